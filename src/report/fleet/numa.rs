//! Virtual machines on machines with NUMA cells: a row a policy.

use crate::report::format;
use crate::report::text_table;
use crate::sim::packing::{Amounts, NumaOutcome};
use serde_json::{Value, json};

/// The columns.
pub const NUMA_COLUMNS: [&str; 12] = [
    "policy",
    "seed",
    "vms",
    "placed",
    "placed_pct",
    "cpu_alloc_pct",
    "memory_alloc_pct",
    "stranded_cpu_pct",
    "stranded_memory_pct",
    "refused_full",
    "refused_cells",
    "refused_group",
];

/// What came of virtual machines under several policies.
#[derive(Clone, Debug)]
pub struct NumaTable {
    /// What was placed on what.
    pub title: String,
    /// How many virtual machines came.
    pub vms: u64,
    /// How many machines there are.
    pub machines: u64,
    /// The seed of what is drawn.
    pub seed: u64,
    /// By policy.
    pub outcomes: Vec<(String, NumaOutcome)>,
    /// Which machines are alike, one name a machine, such as `2 × 44 CPUs, 175 GiB`.
    pub groups: Vec<String>,
    /// The command that repeats it.
    pub command: String,
    /// Tonnage's version.
    pub version: String,
}

fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64 * 100.0
    }
}

impl NumaTable {
    pub(super) fn best(&self) -> Option<&(String, NumaOutcome)> {
        // The first among equals.
        self.outcomes
            .iter()
            .rev()
            .max_by_key(|(_, outcome)| (outcome.placed, outcome.cpu.used))
    }

    /// Placed, CPU and memory in use, and CPU and memory stranded, all in percent.
    pub(super) fn numbers(&self, outcome: &NumaOutcome) -> [f64; 5] {
        let used = |amounts: Amounts| percent(amounts.used, amounts.all);
        let stranded = |amounts: Amounts| percent(amounts.stranded, amounts.all);
        [
            percent(outcome.placed, self.vms),
            used(outcome.cpu),
            used(outcome.memory_gib),
            stranded(outcome.cpu),
            stranded(outcome.memory_gib),
        ]
    }

    /// A row a policy.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        // Writing to memory does not fail.
        let _ = writer.write_record(NUMA_COLUMNS);
        for (policy, outcome) in &self.outcomes {
            let mut row = vec![
                policy.clone(),
                self.seed.to_string(),
                self.vms.to_string(),
                outcome.placed.to_string(),
            ];
            row.extend(self.numbers(outcome).map(|value| format!("{value:.4}")));
            let refused = [outcome.refused_full, outcome.refused_cells, outcome.refused_group];
            row.extend(refused.map(|count| count.to_string()));
            let _ = writer.write_record(row);
        }
        String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
    }

    /// The same as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let policies = self.outcomes.iter().map(|(policy, outcome)| {
            let [placed, cpu, memory, stranded_cpu, stranded_memory] = self.numbers(outcome);
            json!({
                "policy": policy,
                "placed": outcome.placed,
                "placed_pct": placed,
                "cpu_alloc_pct": cpu,
                "memory_alloc_pct": memory,
                "stranded_cpu_pct": stranded_cpu,
                "stranded_memory_pct": stranded_memory,
                "used_machines": outcome.used_machines,
                "refused_full": outcome.refused_full,
                "refused_cells": outcome.refused_cells,
                "refused_group": outcome.refused_group,
            })
        });
        json!({
            "title": self.title,
            "vms": self.vms,
            "machines": self.machines,
            "seed": self.seed,
            "policies": policies.collect::<Vec<_>>(),
        })
    }

    /// The answer in one sentence, without a full stop.
    #[must_use]
    pub fn answer(&self) -> String {
        match self.best() {
            None => "Nothing was placed".to_owned(),
            Some((policy, outcome)) if outcome.placed == self.vms => {
                format!("{policy} places all {} virtual machines", format::count(self.vms))
            }
            Some((policy, outcome)) => format!(
                "{policy} places most: {} of {} virtual machines",
                format::count(outcome.placed),
                format::count(self.vms)
            ),
        }
    }

    /// What the columns mean.
    pub(super) fn basis(&self) -> String {
        format!(
            "In the order of the list onto {} machines. Refused, by what stood in the way: full (no machine had so much \
             in all its cells), cells (a machine had, but not cell by cell), group (only where its group may not be). \
             Stranded is free in cells where nobody in the list fits.",
            format::count(self.machines)
        )
    }

    /// The answer, and a line a policy.
    #[must_use]
    pub fn to_terminal(&self, width: usize) -> String {
        let header = [
            "policy",
            "placed",
            "CPU used",
            "memory",
            "CPU stranded",
            "memory",
            "machines",
            "full",
            "cells",
            "group",
        ];
        let row = |(policy, outcome): &(String, NumaOutcome)| {
            let [_, shares @ ..] = self.numbers(outcome);
            let mut numbers = vec![format::count(outcome.placed)];
            numbers.extend(shares.map(|value| format!("{value:.2}%")));
            let counts = [
                outcome.used_machines,
                outcome.refused_full,
                outcome.refused_cells,
                outcome.refused_group,
            ];
            numbers.extend(counts.map(format::count));
            (vec![policy.clone()], numbers)
        };
        let rows = self.outcomes.iter().map(row).collect();
        let mut lines = vec![self.title.clone(), String::new(), self.answer()];
        lines.extend(text_table::lines(&header, rows, width, 24));
        lines.extend([String::new(), self.basis()]);
        lines.join("\n")
    }
}
