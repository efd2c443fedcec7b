//! The list of numbers while it is made.
//!
//! Knows which numbers of an outcome's parts are metrics. Must not know in which order the parts come.

use super::Metric;
use crate::sim::outcome::{BatchOutcome, GpuOutcome, Quantiles, RequestCounts};

/// Metrics in their order.
pub(super) struct List(pub(super) Vec<Metric>);

impl List {
    pub(super) fn maybe(
        &mut self,
        (scope, name): (&'static str, &str),
        metric: &str,
        unit: &'static str,
        value: Option<f64>,
    ) {
        self.0.push(Metric {
            scope,
            name: name.to_owned(),
            metric: metric.to_owned(),
            unit,
            value,
        });
    }

    pub(super) fn add<'m>(
        &mut self,
        who: (&'static str, &str),
        metrics: impl IntoIterator<Item = (&'m str, &'static str, f64)>,
    ) {
        for (metric, unit, value) in metrics {
            self.maybe(who, metric, unit, Some(value));
        }
    }

    pub(super) fn quantiles(&mut self, who: (&'static str, &str), what: &str, q: &Quantiles) {
        self.maybe(who, &format!("{what}_count"), "count", Some(q.count as f64));
        let parts = [
            ("mean", q.mean),
            ("std_dev", q.std_dev),
            ("p50", q.p50),
            ("p95", q.p95),
            ("p99", q.p99),
            ("p999", q.p999),
            ("max", q.max),
        ];
        for (part, value) in parts {
            // Zero would read as "instantly" where nothing was measured.
            self.maybe(
                who,
                &format!("{what}_{part}"),
                "s",
                (q.count > 0).then_some(value),
            );
        }
    }

    pub(super) fn batch(&mut self, who: (&'static str, &str), batch: &BatchOutcome) {
        let counts = [
            ("jobs_started", batch.started),
            ("jobs_complete", batch.succeeded),
            ("jobs_failed", batch.failed),
            ("jobs_replaced", batch.replaced),
            ("jobs_unfinished", batch.unfinished),
            ("job_starts_missed", batch.starts_missed),
            ("job_pods", batch.pods),
            ("job_pods_succeeded", batch.pods_succeeded),
            ("job_pods_failed", batch.pods_failed),
        ];
        self.add(who, counts.map(|(name, count)| (name, "count", count as f64)));
        self.add(
            who,
            [("work", "s", batch.work_s), ("work_lost", "s", batch.work_lost_s)],
        );
        self.quantiles(who, "job_duration", &batch.duration);
        self.quantiles(who, "job_wait", &batch.wait);
    }

    pub(super) fn requests(&mut self, who: (&'static str, &str), r: &RequestCounts) {
        self.add(
            who,
            [
                ("requests_arrived", "count", r.arrived as f64),
                ("requests_attempts", "count", r.attempts as f64),
                ("requests_succeeded", "count", r.succeeded as f64),
                ("requests_refused", "count", r.refused as f64),
                ("requests_timed_out", "count", r.timed_out as f64),
                ("requests_abandoned", "count", r.abandoned as f64),
                ("requests_lost", "count", r.lost as f64),
                ("requests_unfinished", "count", r.unfinished as f64),
            ],
        );
        self.maybe(who, "success_ratio", "ratio", r.success_ratio());
    }

    pub(super) fn gpus(&mut self, gpus: &GpuOutcome) {
        self.add(
            ("gpu", &gpus.name()),
            [
                ("gpu_held", "ratio", gpus.held),
                ("gpu_at_work", "ratio", gpus.at_work),
                ("gpu_used", "ratio", gpus.used),
                ("gpu_memory_mean", "bytes", gpus.memory_mean_bytes),
                ("gpu_memory_max", "bytes", gpus.memory_max_bytes as f64),
                ("gpu_out_of_memory", "count", gpus.out_of_memory as f64),
            ],
        );
    }
}
