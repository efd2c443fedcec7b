//! Packings of a fleet for a terminal: the answer, then a line a policy.

use super::answer::{answer, basis};
use super::levels::{FULL_PCT, FleetPolicyRuns, FleetTable, Level};
use crate::report::format;
use crate::report::text_table;
use crate::sim::packing::Measured;

/// The header and one row a policy: texts, then numbers.
pub(super) fn rows(table: &FleetTable) -> (Vec<&'static str>, Vec<text_table::Row>) {
    let gpu = table.measured == Measured::Gpu;
    let mut header = vec!["policy", "allocated"];
    if gpu {
        header.extend(["unallocated GPUs", "fragmented", "of idle"]);
    }
    header.push("difference to best");
    let row = |runs: &FleetPolicyRuns| {
        let show = |level: Option<Level>, unit: &str, decimals: usize| {
            level.map_or(format::NOTHING.to_owned(), |Level { mean, sd }| {
                match runs.runs.len() {
                    0 | 1 => format!("{mean:.decimals$}{unit}"),
                    _ => format!("{mean:.decimals$}{unit} ±{sd:.decimals$}"),
                }
            })
        };
        let mut numbers = vec![show(runs.level(FULL_PCT, |point| point.alloc_pct), "%", 2)];
        if gpu {
            let unallocated = runs.level(FULL_PCT, |point| table.unallocated_gpus(point.alloc_pct));
            numbers.push(show(unallocated, "", 1));
            numbers.push(show(runs.level(FULL_PCT, |point| point.frag_pct), "%", 2));
            numbers.push(show(runs.level(FULL_PCT, |point| point.frag_ratio_pct), "%", 1));
        }
        let is_best = table.best().is_some_and(|best| best.name == runs.name);
        numbers.push(match table.against_best(runs) {
            _ if is_best => "best".to_owned(),
            None => format::NOTHING.to_owned(),
            Some(difference) => {
                let mean = format::signed(difference.mean(), |value| format!("{value:.2}"));
                match difference.low().zip(difference.high()) {
                    Some((low, high)) => format!("{mean} ±{:.2}", (high - low) / 2.0),
                    None => mean,
                }
            }
        });
        (vec![runs.name.clone()], numbers)
    };
    (header, table.policies.iter().map(row).collect())
}

/// The whole text, at most `width` wide where it can be.
#[must_use]
pub fn to_terminal(table: &FleetTable, width: usize) -> String {
    let (header, rows) = rows(table);
    let mut lines = vec![table.title.clone(), String::new(), answer(table)];
    lines.extend(text_table::lines(&header, rows, width, 24));
    lines.extend([String::new(), basis(table)]);
    if table.policies.iter().any(|runs| runs.runs.len() > 1) {
        lines.push(
            "Differences are in percentage points of the fleet, paired by seed, ± half their 95 % interval."
                .to_owned(),
        );
    }
    if let Some(published) = &table.published {
        lines.extend([String::new(), published.to_terminal(width)]);
    }
    lines.join("\n")
}
