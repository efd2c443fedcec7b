//! What faults a scenario sets for given times, and what happens then.

use super::Faults;
use crate::engine::Time;
use crate::model::fault::FaultKind;
use crate::sim::cloud::Planned;
use crate::sim::world::{Row, World};

impl Faults {
    /// Every beginning and end that is known before the run.
    pub(in crate::sim) fn agenda(&self) -> Vec<(Time, Planned)> {
        let outages = self.outages.iter().enumerate();
        let mut agenda: Vec<(Time, Planned)> = outages
            .map(|(index, outage)| (outage.window.from, Planned::ZoneOut(index)))
            .collect();
        for (fault, spec) in self.specs.iter().enumerate() {
            if let Some(window) = spec.kind.window() {
                agenda.push((window.from, Planned::FaultBegins(fault)));
                agenda.push((window.until, Planned::FaultEnds(fault)));
            }
            let when = match &spec.kind {
                FaultKind::NodeCrash(crash) => &crash.when,
                FaultKind::ContainerCrash { when, .. } => when,
                FaultKind::RollingUpgrade(upgrade) => {
                    agenda.push((upgrade.at, Planned::FaultBegins(fault)));
                    continue;
                }
                _ => continue,
            };
            agenda.extend(when.at.iter().map(|&at| (at, Planned::FaultBegins(fault))));
        }
        agenda
    }
}

impl World {
    /// The time of a fault has come.
    pub(in crate::sim) fn on_fault_begins(&mut self, fault: usize) {
        match self.faults.specs[fault].kind.clone() {
            FaultKind::NodeCrash(crash) => self.crash_one_node(fault, &crash),
            FaultKind::ContainerCrash { workload, share, .. } => {
                self.crash_some_pods(fault, workload, share);
            }
            FaultKind::SlowBoot { .. }
            | FaultKind::FailingBoot { .. }
            | FaultKind::Registry { .. }
            | FaultKind::SlowApi { .. }
            | FaultKind::Metrics { .. } => self.window_begins(fault),
            FaultKind::RollingUpgrade(upgrade) => self.begin_upgrade(fault, upgrade),
            FaultKind::ZoneOutage(_) | FaultKind::SpotInterruption { .. } => {}
        }
    }

    /// The end of a fault's time has come.
    pub(in crate::sim) fn on_fault_ends(&mut self, fault: usize) {
        if let Some(id) = self.faults.lasting.remove(&fault) {
            self.faults.account.over(id);
        }
        if matches!(self.faults.specs[fault].kind, FaultKind::Registry { .. }) {
            self.set_pull_rates();
        }
    }

    /// A fault of an affected workload begins: how it was before is kept.
    pub(in crate::sim) fn fault_affects(&mut self, occurrence: Option<u32>, workload: usize) {
        let run = &self.workloads[workload];
        let (available, totals) = (run.available(), run.serving.totals());
        self.faults
            .account
            .affects(self.now, occurrence, workload, available, totals);
    }

    /// Takes the workloads as they are into the accounts of faults under way.
    pub(in crate::sim) fn note_faults(&mut self) {
        if self.faults.account.is_quiet() {
            return;
        }
        let rows = self.faults.account.note(self.now, &self.workloads);
        if self.tell {
            self.rows.extend(rows.into_iter().map(Row::Fault));
        }
    }
}
