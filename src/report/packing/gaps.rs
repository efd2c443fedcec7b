//! How far each heuristic is over the proven bound, on average and at its best and worst, as a picture.
//!
//! Knows pixels.

use super::{PackingReport, Standing};
use crate::report::format;
use crate::report::html::escape;
use crate::report::plots::axis;
use std::fmt::Write;

const WIDTH: f64 = 960.0;
const LEFT: f64 = 190.0;
const RIGHT: f64 = 70.0;
const TOP: f64 = 70.0;
const ROW: f64 = 17.0;
const BOTTOM: f64 = 30.0;
/// Longer names are cut.
const NAME_MOST: usize = 26;

/// The whole picture, the best heuristic first; `None` without instances.
#[must_use]
pub fn gaps(report: &PackingReport) -> Option<String> {
    let mut standings = report.standings();
    if report.instances.is_empty() {
        return None;
    }
    standings.sort_by(|a, b| a.mean_gap.total_cmp(&b.mean_gap));
    let worst = |standing: &Standing| standing.worst.as_ref().map_or(0.0, |worst| worst.gap);
    let most = standings.iter().map(worst).fold(0.01, f64::max);
    let ticks = axis::linear_ticks(most * 100.0, 6);
    let end = ticks.last().copied().unwrap_or(100.0).max(most * 100.0);
    let at = |gap: f64| LEFT + (gap * 100.0).max(0.0) / end * (WIDTH - LEFT - RIGHT);
    let bottom = TOP + ROW * standings.len() as f64;
    let height = bottom + BOTTOM;
    let title = format!(
        "Bins over the proven bound on {}",
        format::plural(report.instances.len() as u64, "instance", "instances")
    );
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\" aria-label=\"{0}\" font-family=\"sans-serif\" font-size=\"12\">\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#fff\"/>\
         <text x=\"8\" y=\"22\" font-size=\"15\" fill=\"#1c2024\">{0}</text>\
         <text x=\"8\" y=\"42\" fill=\"#606870\">Dot and number: the mean over instances. Line: from the least to the \
         greatest.</text>",
        escape(&title)
    );
    for tick in &ticks {
        let x = at(tick / 100.0);
        let _ = write!(
            out,
            "<path d=\"M{x:.1} {0:.1}V{bottom:.1}\" stroke=\"#e8ebee\"/>\
             <text x=\"{x:.1}\" y=\"{1:.1}\" text-anchor=\"middle\" fill=\"#606870\">{tick}%</text>\
             <text x=\"{x:.1}\" y=\"{2:.1}\" text-anchor=\"middle\" fill=\"#606870\">{tick}%</text>",
            TOP - 4.0,
            TOP - 8.0,
            bottom + 16.0
        );
    }
    for (row, standing) in standings.iter().enumerate() {
        let y = TOP + ROW * row as f64 + ROW / 2.0;
        let (colour, weight) = match standing.is_best {
            true => ("#d55e00", "600"),
            false => ("#0072b2", "400"),
        };
        let name: String = match standing.policy.chars().count() > NAME_MOST {
            true => standing.policy.chars().take(NAME_MOST - 1).chain(['…']).collect(),
            false => standing.policy.clone(),
        };
        let _ = write!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\" font-weight=\"{weight}\" fill=\"#1c2024\">{}</text>\
             <path d=\"M{:.1} {y:.1}H{:.1}\" stroke=\"{colour}\" stroke-width=\"2\" opacity=\".4\"/>\
             <circle cx=\"{:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"{colour}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" fill=\"#606870\">{}</text>",
            LEFT - 10.0,
            y + 4.0,
            escape(&name),
            at(standing.least_gap),
            at(worst(standing)),
            at(standing.mean_gap),
            WIDTH - RIGHT + 10.0,
            y + 4.0,
            format::percent(standing.mean_gap)
        );
    }
    out.push_str("</svg>\n");
    Some(out)
}
