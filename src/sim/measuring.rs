//! Measuring starts: every statistic forgets what was before.
//!
//! Knows: which numbers are of the measured time. Must not know: what anybody makes of them.

use super::workload_run::Marks;
use super::world::World;
use crate::model::cluster::RestartCounts;

impl World {
    /// Measuring starts now.
    pub(super) fn reset_statistics(&mut self) {
        let now = self.now;
        self.look_at_gpus();
        self.gpus.reset(now);
        self.measured_from = now;
        self.reset_fleet_statistics();
        self.reserved.reset(now);
        self.gpu_fragments.reset();
        self.pod_pending.reset();
        self.by_hand.reset();
        self.registry.reset(self.received_bytes());
        self.workloads.reset_calls();
        self.pacing.reset(now);
        for index in 0..self.workloads.len() {
            let run = &mut self.workloads[index];
            run.startup_cpu_of_gone = 0;
            run.cpu.reset();
            if let Some(watch) = &mut run.watch {
                watch.before_reset(now, &self.cluster, &run.pods, &run.serving);
            }
            let before = Marks::of(run, now);
            run.scrape.measured_anew(&before);
            run.sample.measured_anew(&before);
            run.serving.reset_statistics(now);
            for gauge in [&mut run.ready, &mut run.starting, &mut run.pending] {
                gauge.reset(now);
            }
            run.running.reset(now);
            run.pod_start.reset();
            (run.scale_ups, run.scale_downs) = (0, 0);
            run.restarts = RestartCounts::default();
            run.jobs.reset(run.desired);
            if let Some(batch) = &mut run.batch {
                batch.reset();
            }
            run.totals_at_warmup = run.serving.tallies().iter().map(|tally| tally.totals).collect();
        }
    }
}
