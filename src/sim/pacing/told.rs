//! What slowness has cost, as the outcome tells it.

use crate::model::cpu::CpuMode;
use crate::sim::outcome::{ContainerCpu, CpuOutcome};
use crate::sim::world::World;

impl World {
    /// What CPU limits and busy nodes have cost a workload, if they could cost it anything.
    pub(in crate::sim) fn cpu_outcome(&self, workload: usize) -> Option<CpuOutcome> {
        let now = self.now;
        let run = &self.workloads[workload];
        let mut books = run.cpu.clone();
        for (_, station) in run.serving.replica_stations() {
            if let Some(paced) = station.service.paced().filter(|_| run.batch.is_none()) {
                books.add(&paced.record(now));
            }
        }
        let works = self.pacing.works.values();
        for work in works.filter(|work| work.workload == workload) {
            books.add(&work.record(now).0);
        }
        if !books.any {
            return None;
        }
        let is_exact = self.scenario.cpu.limits == Some(CpuMode::Exact) && run.batch.is_none();
        let mut containers: Vec<ContainerCpu> = books
            .containers
            .iter()
            .filter_map(|&(place, throttling)| {
                let container = run.spec.template.containers.get(place)?;
                Some(ContainerCpu {
                    name: container.name.clone(),
                    limit_cores: container.limits.cpu_milli as f64 / 1e3,
                    periods: is_exact.then_some(throttling.periods),
                    periods_throttled: is_exact.then_some(throttling.throttled_periods),
                    throttled_s: throttling.throttled.secs_f64(),
                })
            })
            .collect();
        containers.sort_by(|one, other| one.name.cmp(&other.name));
        Some(CpuOutcome {
            mode: if is_exact { "exact" } else { "fluid" }.to_owned(),
            waited_s: books.waited as f64 / 1e9,
            containers,
        })
    }
}
