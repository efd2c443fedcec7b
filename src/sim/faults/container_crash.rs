//! Containers crash: what their pod was doing is lost, and the kubelet starts them again where they are, after its
//! back-off.

use crate::model::cluster::{PodId, PodPhase};
use crate::model::fault::FaultKind;
use crate::sim::event::{Control, PodTurn};
use crate::sim::restarts::EndCause;
use crate::sim::world::World;
use crate::stats::Distribution;
use rand::RngExt;

impl World {
    /// A crash at a given time: of a workload's ready pods, chance says which.
    pub(super) fn crash_some_pods(&mut self, fault: usize, workload: usize, share: f64) {
        let name = format!(
            "container_crash/{}/{}",
            self.faults.specs[fault].name,
            self.now.nanos()
        );
        let pods = self.workloads[workload].pods.iter();
        let hit = pods.filter(|&(&ordinal, _)| {
            let drawn: f64 = self.key.entity_stream(&name, ordinal).random();
            drawn < share
        });
        let hit: Vec<PodId> = hit.map(|(_, &id)| id).collect();
        self.crash_pods(fault, workload, &hit);
    }

    fn crash_pods(&mut self, fault: usize, workload: usize, pods: &[PodId]) {
        let up = |id: &PodId| {
            let pod = self.cluster.pod(*id);
            pod.is_some_and(|pod| pod.phase == PodPhase::Ready && !pod.silent)
        };
        let pods: Vec<PodId> = pods.iter().copied().filter(up).collect();
        if pods.is_empty() {
            return;
        }
        let cause = match &self.faults.specs[fault].kind {
            FaultKind::ContainerCrash {
                out_of_memory: true, ..
            } => EndCause::OutOfMemory,
            _ => EndCause::Crash,
        };
        let target = self.workloads[workload].spec.name.clone();
        let occurrence = self.faults.account.begin(self.now, fault, target, false);
        self.fault_affects(Some(occurrence), workload);
        // The kubelet sees at once that a process of its own has ended.
        self.faults.account.detected(self.now, Some(occurrence));
        for id in pods {
            self.faults.account.pod_hit(occurrence);
            let lost = self.containers_end(id, cause, Some(occurrence));
            self.faults.account.loses(Some(occurrence), workload, 0, lost);
        }
    }

    /// A pod is ready: chance says when its containers crash, for each fault that may hit them.
    pub(in crate::sim) fn plan_next_crash_of_pod(&mut self, id: PodId) {
        let Some(pod) = self.cluster.pod(id) else { return };
        let (workload, ordinal) = (pod.workload, pod.ordinal);
        let mut planned = Vec::new();
        for (fault, spec) in self.faults.specs.iter().enumerate() {
            let mean = match &spec.kind {
                FaultKind::ContainerCrash {
                    workload: of, when, ..
                } if *of == workload => when.mean_between,
                _ => None,
            };
            let Some(law) = mean.and_then(|mean| Distribution::exponential(mean.secs_f64()).ok()) else {
                continue;
            };
            let count = self
                .faults
                .pod_crashes
                .get(&(id, fault))
                .map_or(0, |before| before.1 + 1);
            let workload = &self.workloads[workload].spec.name;
            let name = format!("container_crash/{}/{workload}/{count}", spec.name);
            let mut stream = self.key.entity_stream(&name, ordinal);
            planned.push((fault, self.now + law.compile().sample_span(&mut stream), count));
        }
        for (fault, at, count) in planned {
            self.faults.pod_crashes.insert((id, fault), (at, count));
            self.plan(at, Control::Pod(id, PodTurn::Crash));
        }
    }

    /// A pod's containers crash by chance.
    pub(in crate::sim) fn on_pod_crash(&mut self, id: PodId) {
        let now = self.now;
        let due = self.faults.pod_crashes.range((id, 0)..=(id, usize::MAX));
        let due: Vec<usize> = due
            .filter(|(_, planned)| planned.0 == now)
            .map(|(&(_, fault), _)| fault)
            .collect();
        for fault in due {
            if let Some(workload) = self.cluster.pod(id).map(|pod| pod.workload) {
                self.crash_pods(fault, workload, &[id]);
            }
        }
    }
}
