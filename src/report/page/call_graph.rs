//! Who calls whom, as a picture: workloads as boxes from left to right, calls as lines, the bottleneck marked.
//!
//! Knows how a graph is laid out. Must not know what is measured: names and numbers are handed in.

use super::super::calls::{Bottleneck, failures};
use super::super::format::{count_short, duration, percent};
use super::super::html::escape;
use crate::sim::outcome::{CallOutcome, Outcome, WorkloadOutcome};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

const BOX_WIDTH: f64 = 176.0;
const BOX_HEIGHT: f64 = 74.0;
const COLUMN: f64 = 336.0;
const ROW: f64 = 112.0;
const MARGIN: f64 = 14.0;
/// Letters of a name that fit in a box.
const LETTERS: usize = 20;
/// A smaller share of failed calls is left to the table.
const WORTH_SAYING: f64 = 0.000_5;
/// The thickest line.
const THICKEST: f64 = 7.0;

/// The picture as an `<svg>` element; empty where nobody calls anybody.
pub(super) fn picture(outcome: &Outcome, bottleneck: Option<&Bottleneck>) -> String {
    let workloads: Vec<&WorkloadOutcome> = outcome
        .workloads
        .iter()
        .filter(|one| one.calling_mean.is_some())
        .collect();
    if workloads.is_empty() {
        return String::new();
    }
    let seconds = (outcome.duration_s - outcome.warmup_s).max(f64::MIN_POSITIVE);
    let places = places(&workloads, &outcome.calls);
    let (mut width, mut height) = (0.0_f64, 0.0_f64);
    for &(x, y) in places.values() {
        (width, height) = (width.max(x + BOX_WIDTH), height.max(y + BOX_HEIGHT));
    }
    let most = outcome
        .calls
        .iter()
        .map(|call| call.calls)
        .max()
        .unwrap_or(1)
        .max(1);
    let mut lines = String::new();
    let mut labels = String::new();
    for group in between(&outcome.calls) {
        if let (Some(&from), Some(&to)) = (
            places.get(group[0].from.as_str()),
            places.get(group[0].to.as_str()),
        ) {
            line(&mut lines, &mut labels, (from, to), &group, (most, seconds));
        }
    }
    let mut boxes = String::new();
    for workload in &workloads {
        let place = places[workload.name.as_str()];
        let is_bottleneck = bottleneck.is_some_and(|known| known.workload == workload.name);
        station(&mut boxes, place, workload, is_bottleneck);
    }
    let (width, height) = (width + MARGIN, height + MARGIN);
    format!(
        "<svg class=\"graph\" viewBox=\"0 0 {width:.0} {height:.0}\" style=\"max-width:{width:.0}px\" role=\"img\" \
         aria-label=\"Which workload calls which, how often and how long it takes\" xmlns=\"http://www.w3.org/2000/svg\">\
         <defs><marker id=\"g-tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"9\" markerHeight=\"9\" \
         markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0 8 4 0 8z\" class=\"g-tip\"/></marker></defs>\
         {lines}{boxes}{labels}</svg>"
    )
}

/// Calls between the same two workloads, together; in order.
fn between(calls: &[CallOutcome]) -> Vec<Vec<&CallOutcome>> {
    let mut groups: Vec<Vec<&CallOutcome>> = Vec::new();
    for call in calls {
        let same = |group: &&mut Vec<&CallOutcome>| {
            (&group[0].from, &group[0].to, &group[0].kind) == (&call.from, &call.to, &call.kind)
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(call),
            None => groups.push(vec![call]),
        }
    }
    groups
}

/// Where each box stands: a column for each step away from where requests come in, the order of the scenario within.
fn places<'a>(workloads: &[&'a WorkloadOutcome], calls: &[CallOutcome]) -> BTreeMap<&'a str, (f64, f64)> {
    let mut column: BTreeMap<&str, usize> = workloads.iter().map(|one| (one.name.as_str(), 0)).collect();
    // As long as somebody stands left of who calls him; ways on may go round, so no more often than there are boxes.
    for _ in 0..workloads.len() {
        for call in calls.iter().filter(|call| call.kind == "call") {
            let least = column.get(call.from.as_str()).map_or(0, |&from| from + 1);
            if let Some(own) = column.get_mut(call.to.as_str()) {
                *own = (*own).max(least);
            }
        }
    }
    let mut reached: BTreeSet<&str> = BTreeSet::new();
    for call in calls
        .iter()
        .filter(|call| call.kind == "forward" && call.from != call.to)
    {
        let from = column.get(call.from.as_str()).copied().unwrap_or(0);
        reached.insert(&call.from);
        if let Some(own) = column.get_mut(call.to.as_str())
            && reached.insert(&call.to)
        {
            *own = (*own).max(from + 1);
        }
    }
    let mut rows: BTreeMap<usize, usize> = BTreeMap::new();
    for one in workloads {
        *rows.entry(column[one.name.as_str()]).or_default() += 1;
    }
    let most = rows.values().copied().max().unwrap_or(1);
    let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
    let mut places = BTreeMap::new();
    for one in workloads {
        let column = column[one.name.as_str()];
        let row = taken.entry(column).or_default();
        // A short column stands in the middle.
        let above = (most - rows[&column]) as f64 / 2.0;
        let (x, y) = (
            MARGIN + column as f64 * COLUMN,
            MARGIN + (above + *row as f64) * ROW,
        );
        *row += 1;
        places.insert(one.name.as_str(), (x, y));
    }
    places
}

fn line(
    lines: &mut String,
    labels: &mut String,
    (from, to): ((f64, f64), (f64, f64)),
    calls: &[&CallOutcome],
    (most, seconds): (u64, f64),
) {
    let made: u64 = calls.iter().map(|call| call.calls).sum();
    let thick = (THICKEST * (made as f64 / most as f64).sqrt()).max(1.2);
    let class = if calls[0].kind == "call" {
        "g-call"
    } else {
        "g-way"
    };
    let middle = BOX_HEIGHT / 2.0;
    let forwards = to.0 > from.0;
    let (path, label) = if forwards {
        let (x1, y1, x2, y2) = (from.0 + BOX_WIDTH, from.1 + middle, to.0, to.1 + middle);
        let bend = (x2 - x1) / 2.0;
        let path = format!(
            "M{x1:.0} {y1:.0}C{:.0} {y1:.0} {:.0} {y2:.0} {x2:.0} {y2:.0}",
            x1 + bend,
            x2 - bend
        );
        // Near its end lines that come from one box have parted.
        // On the side that the line does not come from.
        (path, (x2 - 14.0, y2, "end", y2 <= y1))
    } else {
        // Back, or to itself: below the boxes.
        let (x1, y1) = (from.0 + BOX_WIDTH / 2.0 + 20.0, from.1 + BOX_HEIGHT);
        let (x2, y2) = (to.0 + BOX_WIDTH / 2.0 - 20.0, to.1 + BOX_HEIGHT);
        let low = y1.max(y2) + 34.0;
        let path = format!("M{x1:.0} {y1:.0}C{x1:.0} {low:.0} {x2:.0} {low:.0} {x2:.0} {y2:.0}");
        (path, ((x1 + x2) / 2.0, low - 2.0, "middle", false))
    };
    let (x, y, anchor, above) = label;
    let answered: u64 = calls.iter().map(|call| call.latency.count).sum();
    let time: f64 = calls
        .iter()
        .map(|call| call.latency.mean * call.latency.count as f64)
        .sum();
    let slowest = calls.iter().map(|call| call.latency.p95).fold(0.0, f64::max);
    let mut title = String::new();
    for call in calls {
        let q = &call.latency;
        let _ = write!(
            title,
            "{}: {} calls, p50 {}, p95 {}, p99 {}. {} ",
            escape(&call.name),
            count_short(call.calls),
            duration(q.p50),
            duration(q.p95),
            duration(q.p99),
            failures(call).unwrap_or_default(),
        );
    }
    let _ = write!(
        lines,
        "<path class=\"{class}\" d=\"{path}\" stroke-width=\"{thick:.1}\" marker-end=\"url(#g-tip)\"><title>{}</title></path>",
        title.trim_end()
    );
    let rate = format!("{}/s", rate(made as f64 / seconds));
    let _ = write!(
        labels,
        "<text class=\"g-label\" text-anchor=\"{anchor}\" x=\"{x:.0}\" y=\"{:.0}\">{rate}</text>",
        if above { y - 24.0 } else { y + 19.0 }
    );
    if answered > 0 {
        let _ = write!(
            labels,
            "<text class=\"g-label g-time\" text-anchor=\"{anchor}\" x=\"{x:.0}\" y=\"{:.0}\">{} · p95 {}</text>",
            if above { y - 9.0 } else { y + 34.0 },
            duration(time / answered as f64),
            duration(slowest)
        );
    }
    let failed: u64 = calls.iter().map(|call| call.failed).sum();
    let failing = failed as f64 / made.max(1) as f64;
    if failing >= WORTH_SAYING {
        let _ = write!(
            labels,
            "<text class=\"g-label g-bad\" text-anchor=\"{anchor}\" x=\"{x:.0}\" y=\"{:.0}\">{} failed</text>",
            if above { y + 19.0 } else { y - 9.0 },
            percent(failing)
        );
    }
}

fn station(boxes: &mut String, (x, y): (f64, f64), workload: &WorkloadOutcome, is_bottleneck: bool) {
    let class = if is_bottleneck { "g-box g-worst" } else { "g-box" };
    let mut name: String = workload.name.chars().take(LETTERS).collect();
    if workload.name.chars().count() > LETTERS {
        name.push('…');
    }
    let _ = write!(
        boxes,
        "<g class=\"{class}\"><title>{}</title><rect x=\"{x:.0}\" y=\"{y:.0}\" width=\"{BOX_WIDTH}\" height=\"{BOX_HEIGHT}\" \
         rx=\"8\"/><text class=\"g-name\" x=\"{:.0}\" y=\"{:.0}\">{}</text>",
        escape(&workload.name),
        x + 12.0,
        y + 21.0,
        escape(&name)
    );
    let time = match workload.latency.count {
        0 => "nothing answered".to_owned(),
        _ => format!(
            "{} · p95 {}",
            duration(workload.latency.mean),
            duration(workload.latency.p95)
        ),
    };
    let _ = write!(
        boxes,
        "<text x=\"{:.0}\" y=\"{:.0}\">{time}</text>",
        x + 12.0,
        y + 38.0
    );
    if let Some(used) = workload.utilization {
        let (left, top, full) = (x + 12.0, y + BOX_HEIGHT - 16.0, 84.0);
        let filled = full * used.clamp(0.0, 1.0);
        let _ = write!(
            boxes,
            "<rect class=\"g-room\" x=\"{left:.0}\" y=\"{top:.0}\" width=\"{full}\" height=\"7\" rx=\"2\"/>\
             <rect class=\"g-used\" x=\"{left:.0}\" y=\"{top:.0}\" width=\"{filled:.1}\" height=\"7\" rx=\"2\"/>\
             <text x=\"{:.0}\" y=\"{:.0}\">{} used</text>",
            left + full + 8.0,
            top + 7.0,
            percent(used)
        );
    }
    if is_bottleneck {
        let _ = write!(
            boxes,
            "<text class=\"g-worst-word\" text-anchor=\"end\" x=\"{:.0}\" y=\"{:.0}\">bottleneck</text>",
            x + BOX_WIDTH - 2.0,
            y - 4.0
        );
    }
    boxes.push_str("</g>");
}

fn rate(per_second: f64) -> String {
    if per_second >= 100.0 {
        count_short(per_second.round() as u64)
    } else {
        super::super::format::number(per_second)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::calls::{bottleneck, tests::with_calls};
    use super::picture;
    use crate::report::sample;

    #[test]
    fn hostile_names_stay_text_and_the_picture_is_well_formed() {
        let mut outcome = with_calls();
        let evil = "</svg><script>alert(1)</script>";
        outcome.workloads[1].name = evil.to_owned();
        outcome.calls[0].to = evil.to_owned();
        let worst = bottleneck(&outcome);
        let svg = picture(&outcome, worst.as_ref());
        sample::assert_well_formed(&svg);
        assert!(!svg.contains("<script>") && svg.contains("bottleneck") && svg.contains("g-call"));
        assert_eq!(picture(&sample::outcome(), None), "");
    }
}
