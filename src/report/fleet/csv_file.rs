//! `fleet.csv`: a row for every policy, seed and percentage arrived.

use super::levels::FleetTable;
use crate::sim::packing::Measured;

/// The columns. Percentages are of the fleet's GPUs (of its CPUs where no GPU is asked for) and means over the pods at
/// whose arrival the percentage arrived rounds to the row's; GPU columns are empty for a fleet without GPUs.
pub const COLUMNS: [&str; 10] = [
    "policy",
    "seed",
    "arrived_pct",
    "alloc_pct",
    "frag_pct",
    "frag_ratio_pct",
    "unallocated_gpus",
    "cpu_alloc_pct",
    "memory_alloc_pct",
    "refused_pods",
];

/// The file's text.
#[must_use]
pub fn to_csv(table: &FleetTable) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory does not fail.
    let _ = writer.write_record(COLUMNS);
    let gpus = |value: f64| match table.measured {
        Measured::Gpu => decimal(value),
        Measured::Cpu => String::new(),
    };
    for policy in &table.policies {
        for (seed, outcome) in &policy.runs {
            for percent in FleetTable::percents() {
                let Some(point) = outcome.curve.at(percent) else {
                    continue;
                };
                let _ = writer.write_record([
                    policy.name.clone(),
                    seed.to_string(),
                    percent.to_string(),
                    decimal(point.alloc_pct),
                    gpus(point.frag_pct),
                    gpus(point.frag_ratio_pct),
                    gpus(table.unallocated_gpus(point.alloc_pct)),
                    decimal(point.cpu_pct),
                    decimal(point.memory_pct),
                    decimal(point.refused),
                ]);
            }
        }
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

fn decimal(value: f64) -> String {
    let text = format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" {
        "0".to_owned()
    } else {
        text.to_owned()
    }
}
