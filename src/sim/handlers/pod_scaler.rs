//! Pod scalers are asked: gather what they may know, ask, hand the answer to `apply`.

use crate::policy::pod_scaling::{Backlog, PodScalingView, Replicas};
use crate::sim::event::Control;
use crate::sim::world::World;

impl World {
    /// A pod scaler's time has come.
    pub(in crate::sim) fn on_pod_scaler(&mut self, workload: u32) {
        if self.workloads[workload as usize].scaler_turns.due(self.now) {
            self.ask_pod_scaler(workload as usize);
        }
    }

    /// Asks a workload's pod scaler now.
    pub(in crate::sim) fn ask_pod_scaler(&mut self, workload: usize) {
        let (now, start) = (self.now, self.scenario.start);
        let run = &mut self.workloads[workload];
        let (cpu_request_milli, memory_request_bytes) = run.mean_requests(&self.cluster);
        let pods = run
            .watch
            .as_ref()
            .map(|watch| watch.pods(now, &self.cluster, &run.pods));
        let view = PodScalingView {
            now,
            start,
            replicas: Replicas {
                desired: run.desired,
                ready: run.ready.level() as u32,
                starting: run.starting.level() as u32,
                pending: run.pending.level() as u32,
            },
            slots: run.spec.serving.slots,
            cpu_request_milli,
            memory_request_bytes,
            reading: run.reading(now),
            down: run.down(now),
            backlog: Backlog {
                queued: run.serving.queued(),
                in_service: run.serving.in_service(),
            },
            pods: pods.as_deref().unwrap_or_default(),
        };
        let (decision, next_look) = run.scaler.decide(&view, &mut run.scaler_stream);
        if let Some(at) = run.scaler_turns.looked(now, next_look) {
            self.plan(at, Control::PodScaler(workload as u32));
        }
        self.apply_pod_scaling(workload, &decision);
    }
}
