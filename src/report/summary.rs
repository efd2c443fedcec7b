//! An outcome as a tidy list of numbers: what `summary.csv` holds, one or many replications alike.
//!
//! Knows the names and units of metrics. Must not know how intervals are computed: they are handed in.

mod list;
mod troubles;

use std::collections::BTreeMap;

use crate::sim::outcome::Outcome;
use list::List;

/// One number of an outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// What it is about: `run`, `cluster`, `pool`, `workload`, `class`, `container`, `call`, `fault`, `faulted`, `by_hand`,
    /// `objective`.
    pub scope: &'static str,
    /// Which one: a workload's or pool's name, `workload/class`, a fault's, `fault/workload`, an objective's sentence.
    pub name: String,
    /// What was measured: `latency_p99`, `cost`.
    pub metric: String,
    /// Its unit: `s`, `ratio`, `usd`, `count`; never empty.
    pub unit: &'static str,
    /// The number; `None` where there is nothing to measure, as the latency of no requests.
    pub value: Option<f64>,
}

/// A mean over replications, with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Mean over the replications.
    pub mean: f64,
    /// Lower and upper end of the 95 % interval; `None` where one replication or no randomness gives none.
    pub ci95: Option<(f64, f64)>,
    /// How many replications had a value.
    pub replications: u64,
}

/// What replications of one scenario came to, by scope, name and metric of [`metrics`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Intervals {
    estimates: BTreeMap<(String, String, String), Estimate>,
    replications: u64,
}

impl Intervals {
    /// No estimates yet, of that many replications.
    #[must_use]
    pub fn new(replications: u64) -> Self {
        Self {
            estimates: BTreeMap::new(),
            replications,
        }
    }

    /// How many replications were run.
    #[must_use]
    pub fn replications(&self) -> u64 {
        self.replications
    }

    /// Adds or replaces the estimate of one metric.
    pub fn insert(&mut self, scope: &str, name: &str, metric: &str, estimate: Estimate) {
        self.estimates
            .insert((scope.to_owned(), name.to_owned(), metric.to_owned()), estimate);
    }

    /// The estimate of one metric, if there is one.
    #[must_use]
    pub fn get(&self, scope: &str, name: &str, metric: &str) -> Option<&Estimate> {
        self.estimates
            .get(&(scope.to_owned(), name.to_owned(), metric.to_owned()))
    }
}

/// Every number of an outcome, in the stable order of `summary.csv`.
#[must_use]
pub fn metrics(outcome: &Outcome) -> Vec<Metric> {
    let mut list = List(Vec::new());
    let met = outcome
        .objectives
        .iter()
        .filter(|objective| objective.met)
        .count();
    list.add(
        ("run", &outcome.scenario),
        [
            ("duration", "s", outcome.duration_s),
            ("warmup", "s", outcome.warmup_s),
            ("events", "count", outcome.events as f64),
            ("objectives", "count", outcome.objectives.len() as f64),
            ("objectives_met", "count", met as f64),
        ],
    );
    let cluster = &outcome.cluster;
    let who = ("cluster", "cluster");
    list.add(
        who,
        [
            ("nodes_mean", "nodes", cluster.nodes_mean),
            ("nodes_max", "nodes", f64::from(cluster.nodes_max)),
            ("nodes_min", "nodes", f64::from(cluster.nodes_min)),
            ("nodes_start", "nodes", f64::from(cluster.nodes_start)),
            ("node_hours", "hours", cluster.node_hours),
            ("cost", "usd", cluster.cost_usd),
            ("cost_per_month", "usd_per_month", cluster.cost_usd_per_month),
            ("launches", "count", cluster.launches as f64),
            ("removals", "count", cluster.removals as f64),
            ("launch_failures", "count", cluster.launch_failures as f64),
            ("interruptions", "count", cluster.interruptions as f64),
            ("evictions", "count", cluster.evictions as f64),
            ("cpu_reserved", "ratio", cluster.cpu_reserved),
            ("memory_reserved", "ratio", cluster.memory_reserved),
            ("cpu_used", "ratio", cluster.cpu_used.unwrap_or(f64::NAN)),
        ],
    );
    for (name, share) in [
        ("gpu_reserved", cluster.gpu_reserved),
        ("gpu_fragmented", cluster.gpu_fragmented),
        ("gpu_used", cluster.gpu_used),
    ] {
        list.add(who, share.map(|share| (name, "ratio", share)));
    }
    if let Some(images) = &cluster.images {
        list.add(
            who,
            [
                ("image_pulls", "count", images.pulls as f64),
                ("image_pulls_failed", "count", images.failed as f64),
                ("image_bytes_registry", "bytes", images.registry_bytes as f64),
                ("image_bytes_cache", "bytes", images.cache_bytes as f64),
                ("images_deleted", "count", images.deleted as f64),
            ],
        );
    }
    list.quantiles(who, "pod_pending", &cluster.pod_pending);
    for gpus in &cluster.gpus {
        list.gpus(gpus);
    }
    for pool in &cluster.pools {
        list.add(
            ("pool", &pool.name),
            [
                ("nodes_mean", "nodes", pool.nodes_mean),
                ("nodes_max", "nodes", f64::from(pool.nodes_max)),
                ("node_hours", "hours", pool.node_hours),
                ("cost", "usd", pool.cost_usd),
            ],
        );
    }
    for workload in &outcome.workloads {
        let who = ("workload", workload.name.as_str());
        list.requests(who, &workload.requests);
        list.quantiles(who, "latency", &workload.latency);
        list.quantiles(who, "wait", &workload.wait);
        list.add(
            who,
            [
                ("wait_probability", "ratio", workload.wait_probability),
                ("queued_mean", "requests", workload.queued_mean),
                ("in_service_mean", "requests", workload.in_service_mean),
            ],
        );
        if let Some(calling) = workload.calling_mean {
            let (failed, cancelled) = (workload.requests.call_failed, workload.requests.cancelled);
            list.add(
                who,
                [
                    ("requests_call_failed", "count", failed as f64),
                    ("requests_cancelled", "count", cancelled as f64),
                    ("calling_mean", "requests", calling),
                ],
            );
        }
        list.maybe(who, "utilization", "ratio", workload.utilization);
        list.add(
            who,
            [
                ("replicas_ready_mean", "replicas", workload.replicas.ready_mean),
                (
                    "replicas_starting_mean",
                    "replicas",
                    workload.replicas.starting_mean,
                ),
                (
                    "replicas_pending_mean",
                    "replicas",
                    workload.replicas.pending_mean,
                ),
                (
                    "replicas_ready_min",
                    "replicas",
                    f64::from(workload.replicas.ready_min),
                ),
                (
                    "replicas_ready_max",
                    "replicas",
                    f64::from(workload.replicas.ready_max),
                ),
                ("scale_ups", "count", workload.scale_ups as f64),
                ("scale_downs", "count", workload.scale_downs as f64),
                ("restarts_crash", "count", workload.restarts.crash as f64),
                ("restarts_oom", "count", workload.restarts.oom as f64),
                ("restarts_probe", "count", workload.restarts.probe as f64),
                ("restarts_machine", "count", workload.restarts.machine as f64),
            ],
        );
        if !outcome.cluster.gpus.is_empty() {
            let times = workload.restarts.gpu_memory;
            list.add(who, [("restarts_gpu_memory", "count", times as f64)]);
        }
        if let Some(jobs) = &workload.jobs {
            let counts = [
                ("jobs_started", jobs.started),
                ("jobs_done", jobs.done),
                ("jobs_unfinished", jobs.unfinished),
                ("jobs_waiting", jobs.waiting),
                ("job_pods_failed", jobs.pods_failed),
            ];
            list.add(who, counts.map(|(name, count)| (name, "count", count as f64)));
        }
        if let Some(balancing) = &workload.balancing {
            let ejections = balancing.ejections.map(|times| times as f64);
            list.maybe(who, "cross_zone_share", "ratio", balancing.cross_zone_share);
            list.maybe(who, "ejections", "count", ejections);
        }
        if let Some(batch) = &workload.batch {
            list.batch(who, batch);
        }
        if let Some(cpu) = &workload.cpu {
            list.add(who, [("cpu_waited", "s", cpu.waited_s)]);
        }
        if !workload.rollouts.is_empty() {
            let in_state = |state: &str| {
                let rollouts = workload.rollouts.iter();
                rollouts.filter(|rollout| rollout.state == state).count() as f64
            };
            let counts = [
                ("rollouts_started", workload.rollouts.len() as f64),
                ("rollouts_completed", in_state("complete")),
                ("rollouts_failed", in_state("failed")),
                ("rollouts_stalled", in_state("stalled")),
                ("rollouts_superseded", in_state("superseded")),
            ];
            list.add(who, counts.map(|(name, count)| (name, "count", count)));
            let complete = workload.rollouts.iter().filter(|one| one.state == "complete");
            let took = complete.filter_map(|one| Some(one.ended_s? - one.started_s));
            let longest = took.reduce(f64::max);
            list.maybe(who, "rollout_duration_max", "s", longest);
            let available = workload.rollouts.iter().map(|one| f64::from(one.available_min));
            let least = available.reduce(f64::min).unwrap_or_default();
            list.add(who, [("rollout_available_min", "count", least)]);
        }
        list.quantiles(who, "pod_start", &workload.pod_start);
        for class in &workload.classes {
            let name = format!("{}/{}", workload.name, class.name);
            list.requests(("class", &name), &class.requests);
            list.quantiles(("class", &name), "latency", &class.latency);
            list.quantiles(("class", &name), "wait", &class.wait);
        }
    }
    for workload in &outcome.workloads {
        let limited = workload.cpu.iter().flat_map(|cpu| &cpu.containers);
        for container in limited {
            let name = format!("{}/{}", workload.name, container.name);
            let who = ("container", name.as_str());
            let count = |of: Option<u64>| of.map(|count| count as f64);
            list.add(who, [("cpu_limit", "cores", container.limit_cores)]);
            list.maybe(who, "cpu_periods", "count", count(container.periods));
            list.maybe(
                who,
                "cpu_periods_throttled",
                "count",
                count(container.periods_throttled),
            );
            list.add(who, [("cpu_throttled", "s", container.throttled_s)]);
        }
    }
    for call in &outcome.calls {
        let who = ("call", call.name.as_str());
        list.add(
            who,
            [
                ("calls", "count", call.calls as f64),
                ("attempts", "count", call.attempts as f64),
                ("failed", "count", call.failed as f64),
                ("retried", "count", call.retried as f64),
                ("hedged", "count", call.hedged as f64),
                ("broken", "count", call.broken as f64),
                ("orphaned", "count", call.orphaned as f64),
            ],
        );
        list.quantiles(who, "latency", &call.latency);
    }
    for fault in &outcome.faults {
        list.fault(fault);
    }
    list.by_hand(outcome);
    for objective in &outcome.objectives {
        let unit = match objective.unit.as_str() {
            "s" => "s",
            "ratio" => "ratio",
            "usd" => "usd",
            _ => "objective",
        };
        list.add(
            ("objective", &objective.objective),
            [
                ("value", unit, objective.value),
                ("bound", unit, objective.bound),
                ("met", "boolean", f64::from(u8::from(objective.met))),
            ],
        );
    }
    list.0
}

/// The columns of `summary.csv`.
pub(super) const COLUMNS: &str = "scope,name,metric,unit,mean,ci95_low,ci95_high,replications";

/// `summary.csv`: for one run, the intervals' columns are empty and `replications` is 1.
#[must_use]
pub fn to_csv(outcome: &Outcome, intervals: Option<&Intervals>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let _ = writer.write_record(COLUMNS.split(','));
    let mut rows = Vec::new();
    for Metric {
        scope,
        name,
        metric,
        unit,
        value,
    } in metrics(outcome)
    {
        let (mean, interval, replications) = match intervals.and_then(|i| i.get(scope, &name, &metric)) {
            Some(estimate) => (Some(estimate.mean), estimate.ci95, estimate.replications),
            None => (value, None, 1),
        };
        let cell = |value: Option<f64>| {
            value
                .filter(|v| v.is_finite())
                .map(|v| v.to_string())
                .unwrap_or_default()
        };
        rows.push([
            scope.to_owned(),
            name,
            metric,
            unit.to_owned(),
            cell(mean),
            cell(interval.map(|(low, _)| low)),
            cell(interval.map(|(_, high)| high)),
            replications.to_string(),
        ]);
    }
    for row in rows {
        // Writing to memory does not fail.
        let _ = writer.write_record(row);
    }
    writer
        .into_inner()
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn the_summary_of_a_run_keeps_its_layout() {
        insta::assert_snapshot!("summary_csv", to_csv(&sample::outcome(), None));
    }

    #[test]
    fn replications_fill_the_interval_columns_of_the_same_layout() {
        let csv = to_csv(&sample::outcome(), Some(&sample::intervals()));
        let line = csv.lines().find(|line| line.contains("cluster,cost,")).unwrap();
        assert_eq!(line, "cluster,cluster,cost,usd,12.5,11.9,13.1,10");
        assert_eq!(
            csv.lines().count(),
            to_csv(&sample::outcome(), None).lines().count()
        );
    }

    #[test]
    fn no_latency_is_not_written_as_zero_latency() {
        let csv = to_csv(&sample::silent(), None);
        assert!(csv.contains("latency_p99,s,,,,1"), "{csv}");
    }

    #[test]
    fn every_metric_is_named_once() {
        let outcome = sample::outcome();
        let list = metrics(&outcome);
        let names: std::collections::BTreeSet<_> =
            list.iter().map(|m| (m.scope, &m.name, &m.metric)).collect();
        assert_eq!(names.len(), list.len());
    }
}
