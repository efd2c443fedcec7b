//! What a run came to: the outcome from gauges, histograms and bills.

use super::outcome::{
    BalancingOutcome, ClassOutcome, ClusterOutcome, ImagesOutcome, Outcome, PoolOutcome, Quantiles,
    ReplicaCounts, RequestCounts, Restarts, WorkloadOutcome,
};
use super::workload_run::WorkloadRun;
use super::world::World;
use crate::engine::{Span, Time};
use crate::stats::{Gauge, Histogram};
use crate::workload::serving::{RequestTotals, Tally};

/// Hours in a month of billing, the cloud providers' convention.
const HOURS_PER_MONTH: f64 = 730.0;
const NANOS_PER_HOUR: f64 = 3.6e12;

impl World {
    pub(super) fn outcome(&self, stopped: &str, events: u64, seed: u64, replication: u64) -> Outcome {
        let cluster = self.cluster_outcome(self.now.since(self.measured_from));
        let mut digest = self.digest;
        self.workloads
            .iter()
            .for_each(|run| digest.merge(run.serving.digest()));
        let workloads: Vec<_> = self
            .workloads
            .iter()
            .enumerate()
            .map(|(index, run)| WorkloadOutcome {
                cpu: self.cpu_outcome(index),
                ..workload_outcome(run, self.measured_from, self.now)
            })
            .collect();
        let mut outcome = Outcome {
            scenario: self.scenario.name.clone(),
            story: self.scenario.story.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            seed,
            replication,
            duration_s: self.now.secs_f64(),
            warmup_s: self.measured_from.secs_f64(),
            stopped: stopped.to_owned(),
            failure: self.failure(),
            events,
            digest: digest.to_string(),
            warnings: self.warnings(&cluster, &workloads),
            workloads,
            calls: self.call_outcomes(),
            cluster,
            faults: self.faults.account.outcome(self.now, &self.workloads),
            by_hand: self.by_hand.outcome(),
            objectives: Vec::new(),
            assumptions: self.assumptions(),
        };
        outcome.objectives = self
            .scenario
            .objectives
            .iter()
            .map(|objective| objective.judge(&outcome))
            .collect();
        outcome
    }

    /// What broke, if anything did: the first workload whose load ended before its end.
    fn failure(&self) -> Option<String> {
        let broken = |run: &WorkloadRun| {
            let fault = run.serving.fault()?;
            Some(format!("the load of {} broke off: {fault}", run.spec.name))
        };
        self.workloads.iter().find_map(broken)
    }

    fn cluster_outcome(&self, measured: Span) -> ClusterOutcome {
        let mut cluster = ClusterOutcome {
            placement: self.scenario.placement.name.clone(),
            node_scaling: self.scenario.node_scaling.name.clone(),
            pod_pending: quantiles(&self.pod_pending),
            ..ClusterOutcome::default()
        };
        if self.fleet.unlimited {
            return cluster;
        }
        let bills = self.measured_bills();
        let hours = measured.hours_f64();
        let nodes = &self.fleet.nodes;
        cluster.nodes_mean = nodes.mean_since_reset(self.now);
        (cluster.nodes_min, cluster.nodes_max) = extremes(nodes);
        cluster.nodes_start = self.fleet.pools.iter().map(|pool| pool.spec.nodes_initial).sum();
        cluster.node_hours = bills.iter().map(|&(_, life)| life as f64 / NANOS_PER_HOUR).sum();
        cluster.cost_usd = bills.iter().map(|(cost, _)| cost.usd()).sum();
        cluster.cost_usd_per_month = if hours > 0.0 {
            cluster.cost_usd / hours * HOURS_PER_MONTH
        } else {
            0.0
        };
        (cluster.launches, cluster.removals) = (self.fleet.launches, self.fleet.removals);
        (cluster.launch_failures, cluster.interruptions) =
            (self.fleet.launch_failures, self.fleet.interruptions);
        cluster.evictions = self.fleet.evictions;
        let since = self.measured_from;
        let cpu_used = self
            .workloads
            .iter()
            .enumerate()
            .map(|(index, run)| {
                let unused = self.pacing.unused_by(self.now, index);
                run.cpu_used(self.now, unused) + run.startup_cpu_used(&self.cluster, since, self.now)
            })
            .sum();
        let reserved = self.reserved.means(self.now, cpu_used);
        (cluster.cpu_reserved, cluster.memory_reserved) = (reserved.cpu, reserved.memory);
        (cluster.gpu_reserved, cluster.gpu_fragmented) = (reserved.gpu, self.gpu_fragments.mean());
        let pools = self.fleet.pools.iter().map(|pool| pool.spec.name.as_str());
        let pools: Vec<&str> = pools.collect();
        (cluster.gpus, cluster.gpu_used) = self.gpus.outcomes(self.now, measured.nanos() as f64, &pools);
        let traffic = self.registry.measured(self.received_bytes());
        let supply = &self.scenario.images;
        cluster.images = (supply.is_shared() || supply.disk.is_some()).then(|| ImagesOutcome {
            pulls: traffic.pulls,
            failed: traffic.failed,
            registry_bytes: traffic.bytes[0],
            cache_bytes: traffic.bytes[1],
            deleted: traffic.deleted,
        });
        let says_usage = |run: &WorkloadRun| run.spec.template.says_cpu_usage();
        cluster.cpu_used = self.workloads.iter().any(says_usage).then_some(reserved.cpu_used);
        cluster.pools = self
            .fleet
            .pools
            .iter()
            .zip(&bills)
            .map(|(pool, (cost, life))| PoolOutcome {
                name: pool.spec.name.clone(),
                shape: pool.spec.shape.name.clone(),
                nodes_mean: pool.nodes.mean_since_reset(self.now),
                nodes_max: extremes(&pool.nodes).1,
                node_hours: *life as f64 / NANOS_PER_HOUR,
                cost_usd: cost.usd(),
                launch_failures: pool.launch_failures,
                interruptions: pool.interruptions,
            })
            .collect();
        cluster
    }
}

fn workload_outcome(run: &WorkloadRun, measured_from: Time, now: Time) -> WorkloadOutcome {
    let tallies = run.serving.tallies();
    let (mut latency, mut wait, mut waited) = (Histogram::fine(), Histogram::fine(), 0);
    let mut totals = RequestTotals::default();
    for (tally, before) in tallies.iter().zip(&run.totals_at_warmup) {
        latency.merge(&tally.latency);
        wait.merge(&tally.wait());
        waited += tally.waited();
        totals = totals.plus(&tally.totals.since(before));
    }
    let unfinished = run.serving.totals().unfinished();
    let ready = run.ready.since_reset(now);
    let slots = run.slots().map(|slots| f64::from(slots) * ready.integral as f64);
    let (ready_min, ready_max) = extremes(&run.ready);
    WorkloadOutcome {
        name: run.spec.name.clone(),
        routing: run.spec.routing.name.clone(),
        pod_scaling: run.spec.pod_scaling.name.clone(),
        requests: counts(&totals, unfinished),
        latency: quantiles(&latency),
        wait: quantiles(&wait),
        wait_probability: if wait.count() == 0 {
            0.0
        } else {
            waited as f64 / wait.count() as f64
        },
        queued_mean: run.serving.waiting_gauge().mean_since_reset(now),
        in_service_mean: run.serving.in_service_gauge().mean_since_reset(now),
        calling_mean: run.serving.is_linked().then(|| {
            run.serving
                .calling_gauge()
                .map_or(0.0, |gauge| gauge.mean_since_reset(now))
        }),
        utilization: slots
            .filter(|&slots| slots > 0.0)
            .map(|slots| run.serving.ready_busy_integral(now) as f64 / slots),
        replicas: ReplicaCounts {
            ready_mean: ready.mean(),
            starting_mean: run.starting.mean_since_reset(now),
            pending_mean: run.pending.mean_since_reset(now),
            ready_min,
            ready_max,
        },
        jobs: run.spec.serving.ends.map(|_| {
            let waiting = u64::from(run.desired).saturating_sub(run.ready.level());
            run.jobs.counts(waiting)
        }),
        balancing: run.serving.balancing().map(|record| BalancingOutcome {
            cross_zone_share: record
                .cross_zone
                .filter(|_| record.routed > 0)
                .map(|crossed| crossed as f64 / record.routed as f64),
            ejections: record.ejections,
        }),
        batch: run.batch.as_ref().map(|batch| batch.outcome(measured_from, now)),
        cpu: None,
        rollouts: run
            .versions
            .as_ref()
            .map_or_else(Vec::new, |versions| versions.told.clone()),
        restarts: Restarts {
            crash: run.restarts.crash.into(),
            oom: run.restarts.out_of_memory.into(),
            probe: run.restarts.probe.into(),
            machine: run.restarts.machine.into(),
            gpu_memory: run.restarts.gpu_memory.into(),
        },
        scale_ups: run.scale_ups,
        scale_downs: run.scale_downs,
        pod_start: quantiles(&run.pod_start),
        classes: if tallies.len() > 1 {
            class_outcomes(run, tallies)
        } else {
            Vec::new()
        },
    }
}

fn class_outcomes(run: &WorkloadRun, tallies: &[Tally]) -> Vec<ClassOutcome> {
    let classes = &run.spec.serving.classes;
    classes
        .iter()
        .zip(tallies)
        .zip(&run.totals_at_warmup)
        .map(|((class, tally), before)| ClassOutcome {
            name: class.name.clone(),
            requests: counts(&tally.totals.since(before), tally.totals.unfinished()),
            latency: quantiles(&tally.latency),
            wait: quantiles(&tally.wait()),
        })
        .collect()
}

fn counts(totals: &RequestTotals, unfinished: u64) -> RequestCounts {
    RequestCounts {
        arrived: totals.arrived,
        attempts: totals.attempts,
        succeeded: totals.succeeded,
        refused: totals.refused,
        timed_out: totals.timed_out,
        abandoned: totals.abandoned,
        lost: totals.lost,
        call_failed: totals.call_failed,
        cancelled: totals.cancelled,
        unfinished,
    }
}

/// Nanoseconds in a histogram as seconds.
pub(super) fn quantiles(histogram: &Histogram) -> Quantiles {
    let at = |p| histogram.quantile(p) as f64 / 1e9;
    Quantiles {
        count: histogram.count(),
        mean: histogram.mean() / 1e9,
        std_dev: histogram.std_dev() / 1e9,
        p50: at(0.5),
        p95: at(0.95),
        p99: at(0.99),
        p999: at(0.999),
        max: histogram.max() as f64 / 1e9,
    }
}

fn extremes(gauge: &Gauge) -> (u32, u32) {
    (gauge.min() as u32, gauge.max() as u32)
}

/// A share of `whole`; 0 where there is nothing to share.
pub(super) fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}
