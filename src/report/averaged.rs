//! Replications as one outcome: every number that is shown is the mean over them.
//!
//! Knows which estimate belongs to which number. Must not know where it is shown.

use super::summary::{Estimate, Intervals};
use crate::sim::outcome::{BatchOutcome, Outcome, Quantiles, RequestCounts, Spread};

/// `outcome`, one replication of several, with the means over all of them in place of its own numbers; what is not a
/// number of the summary (digest, events, warnings) stays that replication's.
#[must_use]
pub fn averaged(outcome: &Outcome, intervals: &Intervals) -> Outcome {
    let mut mean = outcome.clone();
    let cluster = Of(intervals, "cluster", "cluster");
    let fleet = &mut mean.cluster;
    cluster.number("nodes_mean", &mut fleet.nodes_mean);
    cluster.level("nodes_max", &mut fleet.nodes_max);
    cluster.level("nodes_min", &mut fleet.nodes_min);
    cluster.level("nodes_start", &mut fleet.nodes_start);
    cluster.number("node_hours", &mut fleet.node_hours);
    cluster.number("cost", &mut fleet.cost_usd);
    cluster.number("cost_per_month", &mut fleet.cost_usd_per_month);
    cluster.count("launches", &mut fleet.launches);
    cluster.count("removals", &mut fleet.removals);
    cluster.count("launch_failures", &mut fleet.launch_failures);
    cluster.count("interruptions", &mut fleet.interruptions);
    cluster.count("evictions", &mut fleet.evictions);
    cluster.number("cpu_reserved", &mut fleet.cpu_reserved);
    cluster.number("memory_reserved", &mut fleet.memory_reserved);
    for (name, share) in [
        ("cpu_used", &mut fleet.cpu_used),
        ("gpu_reserved", &mut fleet.gpu_reserved),
        ("gpu_fragmented", &mut fleet.gpu_fragmented),
        ("gpu_used", &mut fleet.gpu_used),
    ] {
        if let Some(share) = share {
            cluster.number(name, share);
        }
    }
    if let Some(images) = &mut fleet.images {
        cluster.count("image_pulls", &mut images.pulls);
        cluster.count("image_pulls_failed", &mut images.failed);
        cluster.count("image_bytes_registry", &mut images.registry_bytes);
        cluster.count("image_bytes_cache", &mut images.cache_bytes);
        cluster.count("images_deleted", &mut images.deleted);
    }
    cluster.quantiles("pod_pending", &mut fleet.pod_pending);
    for gpus in &mut fleet.gpus {
        let name = gpus.name();
        let own = Of(intervals, "gpu", &name);
        own.number("gpu_held", &mut gpus.held);
        own.number("gpu_at_work", &mut gpus.at_work);
        own.number("gpu_used", &mut gpus.used);
        own.number("gpu_memory_mean", &mut gpus.memory_mean_bytes);
        own.count("gpu_memory_max", &mut gpus.memory_max_bytes);
        own.count("gpu_out_of_memory", &mut gpus.out_of_memory);
    }
    for pool in &mut fleet.pools {
        let own = Of(intervals, "pool", &pool.name);
        own.number("nodes_mean", &mut pool.nodes_mean);
        own.level("nodes_max", &mut pool.nodes_max);
        own.number("node_hours", &mut pool.node_hours);
        own.number("cost", &mut pool.cost_usd);
    }
    for workload in &mut mean.workloads {
        let own = Of(intervals, "workload", &workload.name);
        own.requests(&mut workload.requests);
        own.quantiles("latency", &mut workload.latency);
        own.quantiles("wait", &mut workload.wait);
        own.number("wait_probability", &mut workload.wait_probability);
        own.number("queued_mean", &mut workload.queued_mean);
        own.number("in_service_mean", &mut workload.in_service_mean);
        if let Some(calling) = &mut workload.calling_mean {
            own.number("calling_mean", calling);
        }
        workload.utilization = own.mean("utilization").or(workload.utilization);
        let replicas = &mut workload.replicas;
        own.number("replicas_ready_mean", &mut replicas.ready_mean);
        own.number("replicas_starting_mean", &mut replicas.starting_mean);
        own.number("replicas_pending_mean", &mut replicas.pending_mean);
        own.level("replicas_ready_min", &mut replicas.ready_min);
        own.level("replicas_ready_max", &mut replicas.ready_max);
        let restarts = &mut workload.restarts;
        own.count("restarts_crash", &mut restarts.crash);
        own.count("restarts_oom", &mut restarts.oom);
        own.count("restarts_probe", &mut restarts.probe);
        own.count("restarts_machine", &mut restarts.machine);
        own.count("restarts_gpu_memory", &mut restarts.gpu_memory);
        own.count("scale_ups", &mut workload.scale_ups);
        own.count("scale_downs", &mut workload.scale_downs);
        if let Some(jobs) = &mut workload.jobs {
            own.count("jobs_started", &mut jobs.started);
            own.count("jobs_done", &mut jobs.done);
            own.count("jobs_unfinished", &mut jobs.unfinished);
            own.count("jobs_waiting", &mut jobs.waiting);
            own.count("job_pods_failed", &mut jobs.pods_failed);
        }
        if let Some(balancing) = &mut workload.balancing {
            balancing.cross_zone_share = own.mean("cross_zone_share").or(balancing.cross_zone_share);
            if let Some(ejections) = &mut balancing.ejections {
                own.count("ejections", ejections);
            }
        }
        if let Some(batch) = &mut workload.batch {
            own.batch(batch);
        }
        if let Some(cpu) = &mut workload.cpu {
            own.number("cpu_waited", &mut cpu.waited_s);
            for container in &mut cpu.containers {
                let name = format!("{}/{}", workload.name, container.name);
                let own = Of(intervals, "container", &name);
                for (metric, count) in [
                    ("cpu_periods", &mut container.periods),
                    ("cpu_periods_throttled", &mut container.periods_throttled),
                ] {
                    if let Some(count) = count {
                        own.count(metric, count);
                    }
                }
                own.number("cpu_throttled", &mut container.throttled_s);
            }
        }
        own.quantiles("pod_start", &mut workload.pod_start);
        for class in &mut workload.classes {
            let name = format!("{}/{}", workload.name, class.name);
            let own = Of(intervals, "class", &name);
            own.requests(&mut class.requests);
            own.quantiles("latency", &mut class.latency);
            own.quantiles("wait", &mut class.wait);
        }
    }
    for call in &mut mean.calls {
        let own = Of(intervals, "call", &call.name);
        own.count("calls", &mut call.calls);
        own.count("attempts", &mut call.attempts);
        own.count("failed", &mut call.failed);
        own.count("retried", &mut call.retried);
        own.count("hedged", &mut call.hedged);
        own.count("broken", &mut call.broken);
        own.count("orphaned", &mut call.orphaned);
        own.quantiles("latency", &mut call.latency);
    }
    for fault in &mut mean.faults {
        let own = Of(intervals, "fault", &fault.name);
        own.count("occurrences", &mut fault.occurrences);
        own.count("unrecovered", &mut fault.unrecovered);
        own.count("nodes", &mut fault.nodes);
        own.spread("time_to_detect", &mut fault.time_to_detect_s);
        own.spread("time_to_recover", &mut fault.time_to_recover_s);
        for workload in &mut fault.workloads {
            let name = format!("{}/{}", fault.name, workload.name);
            let own = Of(intervals, "faulted", &name);
            workload.availability = own.mean("availability").or(workload.availability);
            own.count("pods_lost", &mut workload.pods_lost);
            own.count("requests_lost", &mut workload.requests_lost);
            own.number("work_lost", &mut workload.work_lost_s);
            own.count("requests_failed", &mut workload.requests_failed);
            own.count("requests_succeeded", &mut workload.requests_succeeded);
        }
    }
    mean
}

/// The estimates of one scope and name.
struct Of<'a>(&'a Intervals, &'a str, &'a str);

impl Of<'_> {
    fn mean(&self, metric: &str) -> Option<f64> {
        self.0
            .get(self.1, self.2, metric)
            .map(|&Estimate { mean, .. }| mean)
    }

    fn number(&self, metric: &str, value: &mut f64) {
        *value = self.mean(metric).unwrap_or(*value);
    }

    /// A replication in which nothing of the kind came to an end has no times; another may.
    fn spread(&self, metric: &str, times: &mut Option<Spread>) {
        let of = |what: &str| self.mean(&format!("{metric}_{what}"));
        if let (Some(mean), Some(max)) = (of("mean"), of("max")) {
            let count = times.map_or(1, |times| times.count);
            *times = Some(Spread { count, mean, max });
        }
    }

    /// To the nearest; what happened in some replications did not happen in none, so the least is one.
    fn count(&self, metric: &str, value: &mut u64) {
        if let Some(mean) = self.mean(metric) {
            *value = if mean > 0.0 {
                mean.round().max(1.0) as u64
            } else {
                0
            };
        }
    }

    fn level(&self, metric: &str, value: &mut u32) {
        if let Some(mean) = self.mean(metric) {
            *value = mean.round() as u32;
        }
    }

    fn batch(&self, batch: &mut BatchOutcome) {
        self.count("jobs_started", &mut batch.started);
        self.count("jobs_complete", &mut batch.succeeded);
        self.count("jobs_failed", &mut batch.failed);
        self.count("jobs_replaced", &mut batch.replaced);
        self.count("jobs_unfinished", &mut batch.unfinished);
        self.count("job_starts_missed", &mut batch.starts_missed);
        self.count("job_pods", &mut batch.pods);
        self.count("job_pods_succeeded", &mut batch.pods_succeeded);
        self.count("job_pods_failed", &mut batch.pods_failed);
        self.number("work", &mut batch.work_s);
        self.number("work_lost", &mut batch.work_lost_s);
        self.quantiles("job_duration", &mut batch.duration);
        self.quantiles("job_wait", &mut batch.wait);
    }

    fn requests(&self, counts: &mut RequestCounts) {
        self.count("requests_arrived", &mut counts.arrived);
        self.count("requests_attempts", &mut counts.attempts);
        self.count("requests_succeeded", &mut counts.succeeded);
        self.count("requests_refused", &mut counts.refused);
        self.count("requests_timed_out", &mut counts.timed_out);
        self.count("requests_abandoned", &mut counts.abandoned);
        self.count("requests_lost", &mut counts.lost);
        self.count("requests_call_failed", &mut counts.call_failed);
        self.count("requests_cancelled", &mut counts.cancelled);
        self.count("requests_unfinished", &mut counts.unfinished);
    }

    fn quantiles(&self, metric: &str, quantiles: &mut Quantiles) {
        let named = |what: &str| format!("{metric}_{what}");
        self.count(&named("count"), &mut quantiles.count);
        self.number(&named("mean"), &mut quantiles.mean);
        self.number(&named("std_dev"), &mut quantiles.std_dev);
        self.number(&named("p50"), &mut quantiles.p50);
        self.number(&named("p95"), &mut quantiles.p95);
        self.number(&named("p99"), &mut quantiles.p99);
        self.number(&named("p999"), &mut quantiles.p999);
        self.number(&named("max"), &mut quantiles.max);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use crate::report::summary::metrics;

    /// Were a number forgotten, a page of five replications would show one replication's among the means of all.
    #[test]
    fn every_number_of_the_summary_is_the_mean() {
        let mut outcome = sample::outcome();
        outcome.workloads[0].batch = Some(sample::batch());
        let mut intervals = Intervals::new(5);
        for metric in metrics(&outcome) {
            let estimate = Estimate {
                mean: metric.value.unwrap_or(0.0) * 3.0 + 1.0,
                ci95: None,
                replications: 5,
            };
            intervals.insert(metric.scope, &metric.name, &metric.metric, estimate);
        }
        let mean = averaged(&outcome, &intervals);
        let of_the_run = ["success_ratio", "failure_ratio"];
        for metric in metrics(&mean) {
            if ["run", "objective"].contains(&metric.scope) || of_the_run.contains(&metric.metric.as_str()) {
                continue;
            }
            let expected = intervals
                .get(metric.scope, &metric.name, &metric.metric)
                .unwrap()
                .mean;
            let value = metric.value.unwrap();
            let rounded = value.fract() == 0.0;
            assert!(
                (value - expected).abs() < if rounded { 0.51 } else { 1e-9 },
                "{} {} {}: {value} instead of {expected}",
                metric.scope,
                metric.name,
                metric.metric
            );
        }
    }

    #[test]
    fn what_happened_in_one_of_five_is_not_rounded_away() {
        let outcome = sample::outcome();
        let mut intervals = Intervals::new(5);
        let estimate = Estimate {
            mean: 0.2,
            ci95: None,
            replications: 5,
        };
        intervals.insert("workload", "shop", "requests_lost", estimate);
        assert_eq!(averaged(&outcome, &intervals).workloads[0].requests.lost, 1);
    }
}
