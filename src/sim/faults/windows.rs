//! Services that are slow or down for a while: boots, the registry, the API server, metrics.

use crate::engine::{Span, Time};
use crate::model::cluster::NodeId;
use crate::model::fault::FaultKind;
use crate::sim::world::World;
use rand::RngExt;

impl World {
    /// A service's bad time begins. Everybody may suffer from it, but for metrics, which concern those they are of.
    pub(super) fn window_begins(&mut self, fault: usize) {
        let (target, whose): (String, Vec<usize>) = match &self.faults.specs[fault].kind {
            FaultKind::Metrics { workloads, .. } => ("metrics".to_owned(), workloads.clone()),
            FaultKind::SlowBoot { pools, .. } | FaultKind::FailingBoot { pools, .. } => {
                let names = pools.iter().map(|&pool| self.fleet.pools[pool].spec.name.clone());
                (
                    names.collect::<Vec<_>>().join(", "),
                    (0..self.workloads.len()).collect(),
                )
            }
            FaultKind::SlowApi { .. } => ("api".to_owned(), (0..self.workloads.len()).collect()),
            _ => ("registry".to_owned(), (0..self.workloads.len()).collect()),
        };
        let id = self.faults.account.begin(self.now, fault, target, true);
        for workload in whose {
            self.fault_affects(Some(id), workload);
        }
        self.faults.lasting.insert(fault, id);
        if matches!(self.faults.specs[fault].kind, FaultKind::Registry { .. }) {
            self.set_pull_rates();
            if self.registry_is_down() {
                self.pulls_fail();
            }
        }
    }

    /// Whether the registry answers nobody.
    pub(in crate::sim) fn registry_is_down(&self) -> bool {
        self.registry_speed() <= 0.0
    }

    fn kinds_now(&self) -> impl Iterator<Item = (usize, &FaultKind)> {
        let specs = self.faults.specs.iter().enumerate();
        specs
            .filter(|(_, spec)| spec.kind.window().is_some_and(|window| window.holds(self.now)))
            .map(|(fault, spec)| (fault, &spec.kind))
    }

    /// How much later the API server answers now.
    pub(in crate::sim) fn api_delay(&self) -> Span {
        let delays = self.kinds_now().filter_map(|(_, kind)| match kind {
            FaultKind::SlowApi { delay, .. } => Some(*delay),
            _ => None,
        });
        delays.max().unwrap_or(Span::ZERO)
    }

    /// Until when the API server takes the node of a machine that is there now, if it is slow.
    pub(in crate::sim) fn registers_until(&mut self, id: NodeId) -> Option<Time> {
        let delay = self.api_delay();
        let begun = self.faults.registering.remove(&id);
        if delay.is_zero() || begun == Some(self.now) {
            return None;
        }
        self.faults.registering.insert(id, self.now + delay);
        Some(self.now + delay)
    }

    /// What is left of the speed at which nodes get images now, 0 to 1.
    pub(in crate::sim) fn registry_speed(&self) -> f64 {
        let speeds = self.kinds_now().filter_map(|(_, kind)| match kind {
            FaultKind::Registry { speed, .. } => Some(*speed),
            _ => None,
        });
        speeds.fold(1.0, f64::min)
    }

    /// By what the boot of a machine launched now is multiplied.
    pub(in crate::sim) fn boot_factor(&self, pool: usize) -> f64 {
        let factors = self.kinds_now().filter_map(|(_, kind)| match kind {
            FaultKind::SlowBoot { pools, factor, .. } if pools.contains(&pool) => Some(*factor),
            _ => None,
        });
        factors.product()
    }

    /// How long after its launch a machine fails that is launched now, if a fault makes it; `place` is its place among
    /// the launches of its zone.
    pub(in crate::sim) fn boot_fails(&self, pool: usize, zone: usize, place: u64) -> Option<Span> {
        let mut fails = self.kinds_now().filter_map(|(fault, kind)| match kind {
            FaultKind::FailingBoot {
                pools,
                probability,
                after,
                ..
            } if pools.contains(&pool) => {
                let of = self.fleet.pools[pool].spec.place_name(zone);
                let name = format!("failing_boot/{}/{of}", self.faults.specs[fault].name);
                let drawn: f64 = self.key.entity_stream(&name, place).random();
                (drawn < *probability).then_some(*after)
            }
            _ => None,
        });
        fails.next()
    }
}
