//! `fewest_nodes.csv`, a row for every policy and queue, and `tried_nodes.csv`, one for every number of machines tried.

use super::search::{FewestRow, FewestTable};
use crate::report::dynamic_fleet::csv_file::decimal;
use crate::sim::packing::dynamic::Level;

/// The columns of searches. `nodes` is empty where not even the most that were tried do; `wait_s` is the limited wait with
/// so many, `wait_one_fewer_s` with one fewer; `least_nodes` is a proven bound, `demand_bound_nodes` how few the pods need
/// at their peak if nobody waits; everything from `looked_from` to `looked_to` next to the answer was tried, and `monotone`
/// says whether fewer never did and more always did.
pub const COLUMNS: [&str; 16] = [
    "policy",
    "queue",
    "limit_of",
    "seed",
    "limit_s",
    "nodes",
    "wait_s",
    "wait_one_fewer_s",
    "wait_mean_s",
    "least_nodes",
    "demand_bound_nodes",
    "looked_from",
    "looked_to",
    "monotone",
    "cost_usd_per_hour",
    "cost_usd",
];

/// The columns of what was tried.
pub const TRIED_COLUMNS: [&str; 10] = [
    "policy",
    "queue",
    "nodes",
    "holds",
    "wait_s",
    "wait_mean_s",
    "wait_p95_s",
    "too_large",
    "never_room",
    "nodes_used_max",
];

fn text(writer: csv::Writer<Vec<u8>>) -> String {
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

fn names(row: &FewestRow) -> Vec<String> {
    vec![row.policy.clone(), row.queue.name().to_owned()]
}

/// The searches.
#[must_use]
pub fn to_csv(table: &FewestTable) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory does not fail.
    let _ = writer.write_record(COLUMNS);
    for row in &table.rows {
        let found = &row.found;
        let probe = found.probe();
        let number = |value: Option<f64>| value.map_or(String::new(), decimal);
        let per_hour = found.machines.and_then(|machines| table.per_hour(machines));
        let hours = probe.map(|probe| (probe.outcome.span_s.1 - probe.outcome.span_s.0) / 3600.0);
        let any = found.tried.values().next();
        let mut fields = names(row);
        fields.extend([
            table.limit.of.to_string(),
            table.seed.to_string(),
            decimal(table.limit.at_most.secs_f64()),
            found
                .machines
                .map_or(String::new(), |machines| machines.to_string()),
            number(probe.map(|probe| probe.wait_s)),
            number(found.wait_one_fewer_s()),
            number(probe.map(|probe| probe.outcome.waits.mean_s)),
            found.least.to_string(),
            any.map_or(String::new(), |probe| probe.outcome.demand_bound.to_string()),
            found.looked_at.0.to_string(),
            found.looked_at.1.to_string(),
            found.is_monotone.to_string(),
            number(per_hour),
            number(per_hour.zip(hours).map(|(per_hour, hours)| per_hour * hours)),
        ]);
        let _ = writer.write_record(fields);
    }
    text(writer)
}

/// Everything that was tried, the fewest machines first.
#[must_use]
pub fn to_tried_csv(table: &FewestTable) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let _ = writer.write_record(TRIED_COLUMNS);
    for row in &table.rows {
        for (machines, probe) in &row.found.tried {
            let outcome = &probe.outcome;
            let mut fields = names(row);
            fields.extend([
                machines.to_string(),
                probe.holds.to_string(),
                decimal(probe.wait_s),
                decimal(outcome.waits.mean_s),
                decimal(outcome.waits.p95_s),
                outcome.too_large.to_string(),
                outcome.never_room.to_string(),
                outcome.peak(Level::Nodes).to_string(),
            ]);
            let _ = writer.write_record(fields);
        }
    }
    text(writer)
}
