//! A comparison in sentences: which variant meets the objectives and at what cost, and how each differs.
//!
//! Knows a [`ComparisonTable`]. Must not know where sentences are shown.

use super::answer::in_short;
use super::compare::{ComparisonRow, ComparisonTable, Contender, Verdict, by_unit};
use super::format;

/// The answer in one sentence: who meets the objectives, and which of those costs least.
#[must_use]
pub fn answer(comparison: &ComparisonTable) -> String {
    let all = &comparison.contenders;
    let objectives = all.first().map_or(0, |contender| contender.objectives.len());
    if objectives == 0 {
        return no_objectives(comparison);
    }
    let meeting: Vec<&Contender> = all.iter().filter(|contender| contender.missed() == 0).collect();
    let every = match objectives {
        1 => "the objective",
        2 => "both objectives",
        _ => "every objective",
    };
    match meeting.as_slice() {
        [] => {
            let closest = all.iter().min_by(|a, b| {
                let cost = |contender: &Contender| contender.cost.map_or(0.0, |cost| cost.mean);
                a.missed().cmp(&b.missed()).then(cost(a).total_cmp(&cost(b)))
            });
            let Some(closest) = closest else {
                return "Nothing was compared".to_owned();
            };
            let missed = closest.objectives.iter().find(|objective| !objective.met);
            let missed = missed.map_or_else(String::new, |objective| format!(": {}", in_short(objective)));
            match objectives {
                1 => format!("None meets the objective; {}{missed}", closest.name),
                _ => format!(
                    "None meets {every}; {} misses fewest, {} of {objectives}{missed}",
                    closest.name,
                    closest.missed()
                ),
            }
        }
        [one] => {
            let others: Vec<_> = all.iter().filter(|other| other.name != one.name).collect();
            let others = match others.as_slice() {
                [other] => format!("{} does not", other.name),
                others => format!("the {} others do not", others.len()),
            };
            format!(
                "Only {} meets {every}{}; {others}",
                one.name,
                at_cost(one, comparison)
            )
        }
        several => {
            let who = if several.len() == all.len() && all.len() > 3 {
                format!("All {}", several.len())
            } else {
                listed(several.iter().map(|contender| contender.name.clone()))
            };
            let costs = several
                .iter()
                .filter_map(|contender| Some((contender, contender.cost?.mean)));
            let cheapest = costs.min_by(|a, b| a.1.total_cmp(&b.1));
            let cheapest = cheapest.map_or_else(String::new, |(contender, cost)| {
                let equal = several
                    .iter()
                    .filter(|other| other.cost.is_some_and(|other| other.mean <= cost));
                match equal.count() {
                    n if n == several.len() => format!(", at the same cost of {}", sum(cost, comparison)),
                    1 => format!("; {} costs least, {}", contender.name, sum(cost, comparison)),
                    _ => format!("; the least cost is {}", sum(cost, comparison)),
                }
            });
            format!("{who} meet {every}{cheapest}")
        }
    }
}

fn at_cost(contender: &Contender, comparison: &ComparisonTable) -> String {
    contender.cost.map_or_else(String::new, |cost| {
        format!(", for {}", sum(cost.mean, comparison))
    })
}

/// `$12.30 in 6 h`.
fn sum(usd: f64, comparison: &ComparisonTable) -> String {
    let measured = comparison.made.duration_s - comparison.made.warmup_s;
    format!("{} in {}", format::money(usd), format::duration(measured))
}

fn no_objectives(comparison: &ComparisonTable) -> String {
    let costs = comparison
        .contenders
        .iter()
        .filter_map(|contender| Some((contender, contender.cost?.mean)));
    match costs.min_by(|a, b| a.1.total_cmp(&b.1)) {
        Some((cheapest, cost)) if comparison.contenders.len() > 1 => format!(
            "No objectives set; {} costs least, {}",
            cheapest.name,
            sum(cost, comparison)
        ),
        _ => {
            let count = comparison.variants().len() as u64;
            let variants = format::plural(count, "variant", "variants");
            format!("No objectives set: {variants} against {}", comparison.baseline)
        }
    }
}

/// One sentence a variant: `eager costs 22% more than baseline (95% interval 18% to 26% more), shop p99 latency is 78%
/// lower (…), no significant difference in shop success`.
#[must_use]
pub fn sentences(comparison: &ComparisonTable) -> Vec<String> {
    comparison
        .variants()
        .into_iter()
        .map(|(name, rows)| sentence(comparison, name, &rows))
        .collect()
}

fn sentence(comparison: &ComparisonTable, name: &str, rows: &[&ComparisonRow]) -> String {
    let base = &comparison.baseline;
    if rows.iter().all(|row| row.verdict == Verdict::Equal) {
        return format!("{name} is equal to {base} in everything compared");
    }
    if rows
        .iter()
        .all(|row| row.verdict == Verdict::NoSignificantDifference)
    {
        return format!("{name}: no significant difference from {base} in anything compared");
    }
    let asked = asked_of(comparison);
    let told: Vec<&&ComparisonRow> = rows.iter().filter(|row| is_told(&row.metric, &asked)).collect();
    let mut parts = Vec::new();
    // What it costs comes first, then what users feel.
    let (cost, felt): (Vec<&ComparisonRow>, Vec<&ComparisonRow>) = told
        .into_iter()
        .partition(|row| row.metric == "cost" || row.metric == BY_HAND);
    for row in cost.iter().chain(&felt) {
        if matches!(row.verdict, Verdict::Better | Verdict::Worse | Verdict::Different) {
            parts.push(difference(row));
        }
    }
    let named = |verdict: Verdict| {
        let rows = cost.iter().chain(&felt).filter(|row| row.verdict == verdict);
        let names: Vec<String> = rows.map(|row| row.metric.clone()).collect();
        (!names.is_empty()).then(|| listed(names.into_iter()))
    };
    parts.extend(
        named(Verdict::NoSignificantDifference).map(|names| format!("no significant difference in {names}")),
    );
    parts.extend(named(Verdict::Equal).map(|names| format!("equal {names}")));
    if rows.iter().all(|row| row.verdict == Verdict::Unknown) {
        let shifts = cost.iter().chain(&felt).map(|row| difference(row));
        parts.extend(shifts);
        parts.push("which may be chance: one replication cannot tell".to_owned());
    }
    format!("{name}, against {base}: {}", parts.join("; "))
}

/// The workloads that objectives are about; none where no objective is about a workload.
fn asked_of(comparison: &ComparisonTable) -> Vec<&str> {
    let first = comparison.contenders.first();
    let objectives = first.into_iter().flat_map(|contender| &contender.objectives);
    let workloads = objectives.filter_map(|objective| Some(objective.objective.split_once(": ")?.0));
    workloads.collect()
}

/// Whether a number is told in a sentence: what is paid, in money and in steps by hand; what a fault does; and what users
/// feel, of the workloads that something is asked of, or of all where nothing is.
fn is_told(metric: &str, asked: &[&str]) -> bool {
    if metric == "cost" || metric == BY_HAND || fault_of(metric).is_some() {
        return true;
    }
    let workload = metric
        .strip_suffix(" success")
        .or_else(|| metric.strip_suffix(" p99 latency"));
    workload.is_some_and(|workload| asked.is_empty() || asked.contains(&workload))
}

/// What steps by hand are called, as [`is_told`] and the metrics have it.
const BY_HAND: &str = "steps by hand";

/// The fault that a number is about, and what of it.
fn fault_of(metric: &str) -> Option<(&str, &str)> {
    let (fault, what) = metric.rsplit_once(": ")?;
    ["time to recover", "requests failed", "work lost"]
        .contains(&what)
        .then_some((fault, what))
}

/// A number that is told by itself and not as a share of the other's: `7 steps by hand become 5`.
fn instead(row: &ComparisonRow) -> Option<String> {
    let (before, after) = (
        format::by_unit(row.baseline_mean, &row.unit),
        format::by_unit(row.mean, &row.unit),
    );
    match fault_of(&row.metric) {
        Some((fault, "time to recover")) => {
            Some(format!("recovers from {fault} in {after} instead of {before}"))
        }
        Some((fault, "requests failed")) => {
            Some(format!("{after} requests fail under {fault} instead of {before}"))
        }
        Some((fault, _)) => Some(format!("{after} of work is lost by {fault} instead of {before}")),
        None if row.metric == BY_HAND => {
            let steps = if (row.mean - 1.0).abs() < 1e-9 {
                "step"
            } else {
                "steps"
            };
            Some(format!("takes {after} {steps} by hand instead of {before}"))
        }
        None => None,
    }
}

/// `costs 22% more (95% interval 18% to 26% more)`.
fn difference(row: &ComparisonRow) -> String {
    if let Some(instead) = instead(row) {
        return instead;
    }
    let (subject, more, less) = match row.metric.as_str() {
        "cost" => ("costs".to_owned(), "more", "less"),
        metric => (format!("{metric} is"), "higher", "lower"),
    };
    let word = |value: f64| if value < 0.0 { less } else { more };
    let relative = row.unit != "ratio" && row.baseline_mean.abs() > 0.0;
    let size = |value: f64| {
        if relative {
            let share = (value / row.baseline_mean).abs();
            match share {
                share if !share.is_finite() => format::NOTHING.to_owned(),
                share if share > 0.0 && share < 0.0005 => "less than 0.1%".to_owned(),
                // Three digits are more than an interval of some replications bears.
                share if share >= 0.1 => format!("{:.0}%", share * 100.0),
                share => format!("{}%", format::number((share * 1000.0).round() / 10.0)),
            }
        } else {
            by_unit(value.abs(), &row.unit)
        }
    };
    let shift = row.shift();
    if shift.abs() <= 0.0 {
        return format!("{subject} the same");
    }
    let interval = row.difference.map_or_else(String::new, |difference| {
        // Ends in the order of their size, each with its own word where they differ.
        let (near, far) = if shift < 0.0 {
            (difference.high, difference.low)
        } else {
            (difference.low, difference.high)
        };
        let (word_near, word_far) = (word(near), word(far));
        let (mut near_size, mut far_size) = (size(near), size(far));
        if near_size == far_size && relative {
            // An interval is not a point because it is narrow.
            let fine = |value: f64| format!("{:.2}%", (value / row.baseline_mean).abs() * 100.0);
            (near_size, far_size) = (fine(near), fine(far));
        }
        let (near, far) = (near_size, far_size);
        if word_near == word_far {
            format!(" (95% interval {near} to {far} {word_far})")
        } else {
            format!(" (95% interval {near} {word_near} to {far} {word_far})")
        }
    });
    format!("{subject} {} {}{interval}", size(shift), word(shift))
}

/// `a`, `a and b`, `a, b and c`.
fn listed(names: impl Iterator<Item = String>) -> String {
    let mut names: Vec<String> = names.collect();
    match (names.pop(), names.is_empty()) {
        (None, _) => String::new(),
        (Some(last), true) => last,
        (Some(last), false) => format!("{} and {last}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::compare::tests::sample;

    #[test]
    fn the_answer_names_who_meets_the_objectives_and_what_it_costs() {
        let mut comparison = sample();
        assert_eq!(
            answer(&comparison),
            "Only eager meets both objectives, for $15.10 in 5 h 50 min; the 2 others do not"
        );
        comparison.contenders[2].objectives[0].met = true;
        assert_eq!(
            answer(&comparison),
            "eager and lazy meet both objectives; lazy costs least, $12.30 in 5 h 50 min"
        );
        comparison.contenders[0].objectives[0].met = true;
        assert_eq!(
            answer(&comparison),
            "baseline, eager and lazy meet both objectives; lazy costs least, $12.30 in 5 h 50 min"
        );
        for contender in &mut comparison.contenders {
            contender.objectives[0].met = false;
        }
        assert!(
            answer(&comparison)
                .starts_with("None meets both objectives; lazy misses fewest, 1 of 2: shop p99 latency")
        );
        for contender in &mut comparison.contenders {
            contender.objectives.clear();
        }
        assert_eq!(
            answer(&comparison),
            "No objectives set; lazy costs least, $12.30 in 5 h 50 min"
        );
    }

    /// Were steps and recoveries told as shares, nobody could tell one step from a hundred.
    #[test]
    fn steps_and_faults_are_told_as_what_they_are_instead_of_what_they_were() {
        let mut comparison = sample();
        let told = |row: &mut ComparisonRow, metric: &str, unit: &str, before: f64, after: f64| {
            (row.metric, row.unit) = (metric.into(), unit.into());
            (row.baseline_mean, row.mean, row.verdict) = (before, after, Verdict::Better);
        };
        told(&mut comparison.rows[0], "steps by hand", "count", 7.0, 1.0);
        told(
            &mut comparison.rows[1],
            "crash: time to recover",
            "s",
            6000.0,
            300.0,
        );
        told(&mut comparison.rows[2], "crash: work lost", "s", 600.0, 0.0);
        told(&mut comparison.rows[3], "api success", "ratio", 0.5, 0.9);
        assert_eq!(
            sentences(&comparison)[0],
            "eager, against baseline: takes 1 step by hand instead of 7; recovers from crash in 5 min instead of \
             1 h 40 min; 0 s of work is lost by crash instead of 10 min",
            "and nothing of a workload that nothing is asked of"
        );
    }

    #[test]
    fn a_sentence_says_costs_and_what_is_not_significant_plainly() {
        let mut comparison = sample();
        assert_eq!(
            sentences(&comparison),
            [
                "eager, against baseline: costs 22% more (95% interval 18% to 26% more); shop p99 latency is 78% lower \
                 (95% interval 70% to 86% lower); shop success is 0.011 pp higher (95% interval 0.007 pp to 0.015 pp higher)",
                "lazy: no significant difference from baseline in anything compared"
            ]
        );
        comparison.rows[0].verdict = Verdict::NoSignificantDifference;
        assert!(
            sentences(&comparison)[0].ends_with("no significant difference in shop p99 latency"),
            "{:?}",
            sentences(&comparison)
        );
        for row in &mut comparison.rows {
            (row.verdict, row.difference) = (Verdict::Unknown, None);
        }
        assert!(sentences(&comparison)[0].ends_with("which may be chance: one replication cannot tell"));
    }
}
