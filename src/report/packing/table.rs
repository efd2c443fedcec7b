//! The report for a terminal.

use super::{PackingReport, Standing, answer, sentences};
use crate::model::price::Money;
use crate::report::format;
use crate::report::terminal::Sheet;
use crate::report::text_table::{self, Row};

/// Longer names are cut.
const NAME_MOST: usize = 40;

/// Column heads and rows, the best first: texts, then numbers.
pub(super) fn rows(report: &PackingReport) -> (Vec<String>, Vec<Row>) {
    let standings = report.standings();
    let (priced, left_out) = (
        report.is_priced(),
        standings.iter().any(|standing| standing.left_out > 0),
    );
    let several = report.instances.len() > 1;
    let mut header = vec!["policy".to_owned(), "bins".to_owned()];
    if priced {
        header.push("cost/h".to_owned());
    }
    header.extend(report.kinds.iter().cloned());
    if left_out {
        header.push("left out".to_owned());
    }
    match several {
        true => header.extend(["optimal", "mean gap", "worst gap", "on"].map(str::to_owned)),
        false => header.push("over bound".to_owned()),
    }
    let row = |standing: &Standing| {
        let mark = if standing.is_best { "* " } else { "  " };
        let mut numbers = vec![format::count(standing.bins)];
        if priced {
            numbers.push(format::money(standing.cost.map_or(0.0, Money::usd)));
        }
        if !report.kinds.is_empty() {
            numbers.extend(by_kind(report, &standing.policy));
        }
        if left_out {
            numbers.push(format::count(standing.left_out));
        }
        if several {
            let worst = standing.worst.as_ref();
            numbers.extend([
                format::count(standing.optimal),
                format::percent(standing.mean_gap),
                worst.map_or_else(String::new, |worst| format::percent(worst.gap)),
                worst.map_or_else(String::new, |worst| worst.instance.clone()),
            ]);
        } else {
            numbers.push(format::percent(standing.mean_gap));
        }
        (vec![format!("{mark}{}", standing.policy)], numbers)
    };
    (header, standings.iter().map(row).collect())
}

/// How many bins of each kind a heuristic opened on the only instance.
fn by_kind(report: &PackingReport, policy: &str) -> Vec<String> {
    let place = report.policies.iter().position(|own| own == policy);
    let attempt = place.zip(report.instances.first());
    attempt.map_or_else(Vec::new, |(place, instance)| {
        let counts = instance.attempts[place].by_kind.iter();
        counts.map(|&count| format::count(count)).collect()
    })
}

/// The answer, what else is worth saying, and the table.
#[must_use]
pub fn to_terminal(report: &PackingReport, sheet: Sheet) -> String {
    let mut text = format!("{}\n", answer(report));
    for sentence in sentences(report) {
        text += &format!("  {sentence}\n");
    }
    if report.instances.is_empty() {
        return text;
    }
    let (header, rows) = rows(report);
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    text += &text_table::lines(&header, rows, sheet.width, NAME_MOST).join("\n");
    text += "\n\n* fewest bins, or least cost. Optimal: nobody can do with fewer bins. Gaps are to the proven bound, of the cost where bins have prices.\n";
    text
}
