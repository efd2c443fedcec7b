//! Runs on a terminal.

use super::clusters;
use super::runs::{DynamicRun, DynamicTable};
use crate::report::{format, text_table};
use crate::sim::packing::dynamic::Level;

/// The answer in one sentence.
pub(super) fn answer(table: &DynamicTable) -> String {
    let Some(best) = table.best() else {
        return "Nothing was run".to_owned();
    };
    let outcome = &best.outcome;
    if outcome.started == 0 {
        return "No pod got a machine".to_owned();
    }
    let share = table.percent(table.measured(), outcome.mean(table.measured()));
    let waits = if outcome.waited == 0 {
        "nobody waits".to_owned()
    } else {
        format!(
            "pods wait {} in the mean, 95 % of them at most {}",
            format::duration(outcome.waits.mean_s),
            format::duration(outcome.waits.p95_s)
        )
    };
    let used = share.map_or(String::new(), |share| {
        format!(
            ", with {} of the {} in use",
            format::percent(share / 100.0),
            table.unit()
        )
    });
    let is_easy = |run: &DynamicRun| run.outcome.waited + run.outcome.never_room == 0;
    if table.runs.len() == 1 {
        format!("Under {}, {waits}{used}", best.name())
    } else if table.runs.iter().all(is_easy) {
        format!("Nobody waits, whatever the policy{used}")
    } else {
        format!("Waits are least under {}: {waits}{used}", best.name())
    }
}

/// How the numbers are to be read, and who got no machine.
pub(super) fn basis(table: &DynamicTable) -> String {
    let mut basis = "Waits of pods that got a machine; levels are means from the first arrival to the last. Bound: no fewer \
                     machines could have run what ran."
        .to_owned();
    let Some(run) = table.runs.first() else {
        return basis;
    };
    basis += &format!(
        " If nobody waited, the pods would need at least {} at their peak.",
        format::plural(run.outcome.demand_bound, "machine", "machines")
    );
    if run.outcome.too_large > 0 {
        basis += &format!(
            " {} too large for the whole fleet, even when it is empty.",
            match run.outcome.too_large {
                1 => "1 pod was".to_owned(),
                count => format!("{} pods were", format::count(count)),
            }
        );
    }
    if run.outcome.over_quota > 0 {
        basis += &format!(
            " {} for more than the quota of their virtual cluster.",
            match run.outcome.over_quota {
                1 => "1 pod asks".to_owned(),
                count => format!("{} pods ask", format::count(count)),
            }
        );
    }
    let gangs = table.runs.iter().map(|run| run.outcome.gangs).max();
    if let Some(gangs) = gangs.filter(|&gangs| gangs > 0) {
        basis += &format!(
            " {} over several machines, all of it at one time.",
            match gangs {
                1 => "1 job ran".to_owned(),
                count => format!("{} jobs ran", format::count(count)),
            }
        );
    }
    basis
}

/// The header and one row a run: texts, then numbers.
pub(super) fn rows(table: &DynamicTable) -> (Vec<&'static str>, Vec<text_table::Row>) {
    let has_gpus = table.measured() == Level::Gpu;
    let never = table.runs.iter().any(|run| run.outcome.never_room > 0);
    let mut header = vec!["policy", "queue", "waited", "mean wait", "p95", "slowdown"];
    header.push(if has_gpus { "GPU in use" } else { "CPU in use" });
    if has_gpus {
        header.push("fragmented");
    }
    header.extend(["nodes", "bound"]);
    if never {
        header.push("no room");
    }
    let row = |run: &DynamicRun| {
        let outcome = &run.outcome;
        let percent = |level: Level| {
            let share = table.percent(level, outcome.mean(level));
            share.map_or(format::NOTHING.to_owned(), |share| format!("{share:.1}%"))
        };
        let mut numbers = vec![
            format::count(outcome.waited),
            format::duration(outcome.waits.mean_s),
            format::duration(outcome.waits.p95_s),
            format::number(outcome.waits.slowdown_mean),
            percent(table.measured()),
        ];
        if has_gpus {
            numbers.push(percent(Level::Fragmented));
        }
        for level in [Level::Nodes, Level::NodesBound] {
            numbers.push(format::number(outcome.mean(level)));
        }
        if never {
            numbers.push(format::count(outcome.never_room));
        }
        (vec![run.policy.clone(), outcome.queue.name().to_owned()], numbers)
    };
    (header, table.runs.iter().map(row).collect())
}

/// The whole text, at most `width` wide where it can be.
#[must_use]
pub fn to_terminal(table: &DynamicTable, width: usize) -> String {
    let (header, rows) = rows(table);
    let mut lines = vec![table.title.clone(), String::new(), answer(table)];
    lines.extend(text_table::lines(&header, rows, width, 24));
    if let Some(title) = clusters::title(table) {
        let (header, rows) = clusters::rows(table);
        lines.extend([String::new(), title]);
        lines.extend(text_table::lines(&header, rows, width, 24));
    }
    lines.extend([String::new(), basis(table)]);
    lines.join("\n")
}
