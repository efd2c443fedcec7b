//! Searches on a terminal and as JSON.

use super::csv_file::{to_csv, to_tried_csv};
use super::search::{FewestRow, FewestTable};
use crate::report::dynamic_fleet::json;
use crate::report::{format, text_table};
use serde_json::{Value, json};

/// The answer in one sentence.
pub(super) fn answer(table: &FewestTable) -> String {
    let Some((best, machines)) = table.best() else {
        return format!(
            "No number of machines that was tried is enough for {}",
            table.said()
        );
    };
    let cost = table.per_hour(machines).map_or(String::new(), |per_hour| {
        format!(", {} an hour", format::money(per_hour))
    });
    let under = if table.rows.len() == 1 {
        format!(" under {}", best.name())
    } else {
        format!(" at best, under {}", best.name())
    };
    format!(
        "{}{cost}, {} enough{under}: {}",
        format::plural(machines, "machine", "machines"),
        if machines == 1 { "is" } else { "are" },
        table.said()
    )
}

/// How the numbers are to be read, and whether they are to be believed.
pub(super) fn basis(table: &FewestTable) -> String {
    let mut basis = "More machines do not always mean shorter waits: the numbers next to each answer were tried on both sides."
        .to_owned();
    let odd: Vec<String> = table
        .rows
        .iter()
        .filter(|row| !row.found.is_monotone)
        .map(FewestRow::name)
        .collect();
    if odd.is_empty() {
        basis += " Of all that were tried, fewer never did and more always did.";
    } else {
        basis += &format!(
            " For {} some number above the answer does not do: tried_nodes.csv has them.",
            odd.join("; ")
        );
    }
    let any = table.rows.iter().flat_map(|row| row.found.tried.values()).next();
    if let Some(probe) = any {
        basis += &format!(
            " If nobody waited, the pods would need at least {} at their peak.",
            format::plural(probe.outcome.demand_bound, "machine", "machines")
        );
    }
    if let Some(row) = table.rows.first().filter(|row| row.found.least > 1) {
        basis += &format!(
            " Fewer than {} cannot do whatever the policy.",
            format::count(row.found.least)
        );
    }
    basis
}

/// The header and one row a search: texts, then numbers.
pub(super) fn rows(table: &FewestTable) -> (Vec<&'static str>, Vec<text_table::Row>) {
    let mut header = vec![
        "policy",
        "queue",
        "machines",
        "wait",
        "with one fewer",
        "mean wait",
    ];
    if table.price.is_some() {
        header.push("USD an hour");
    }
    header.push("tried");
    let row = |row: &FewestRow| {
        let found = &row.found;
        let nothing = || format::NOTHING.to_owned();
        let duration = |seconds: Option<f64>| seconds.map_or_else(nothing, format::duration);
        let probe = found.probe();
        let mut numbers = vec![
            found.machines.map_or_else(nothing, format::count),
            duration(probe.map(|probe| probe.wait_s)),
            duration(found.wait_one_fewer_s()),
            duration(probe.map(|probe| probe.outcome.waits.mean_s)),
        ];
        if table.price.is_some() {
            let cost = found.machines.and_then(|machines| table.per_hour(machines));
            numbers.push(cost.map_or_else(nothing, format::money));
        }
        numbers.push(format::count(found.tried.len() as u64));
        (vec![row.policy.clone(), row.queue.name().to_owned()], numbers)
    };
    (header, table.rows.iter().map(row).collect())
}

/// The whole text, at most `width` wide where it can be.
#[must_use]
pub fn to_terminal(table: &FewestTable, width: usize) -> String {
    let (header, rows) = rows(table);
    let mut lines = vec![table.title.clone(), String::new(), answer(table)];
    lines.extend(text_table::lines(&header, rows, width, 24));
    lines.extend([String::new(), basis(table)]);
    lines.join("\n")
}

/// Everything that is shown.
#[must_use]
pub fn to_json(table: &FewestTable) -> Value {
    json!({
        "title": table.title,
        "searches": json::rows(&to_csv(table), 3),
        "tried": json::rows(&to_tried_csv(table), 2),
        "version": table.version,
        "command": table.command,
    })
}
