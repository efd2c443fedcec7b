//! The scenario file as users write it.
//!
//! Knows: every field, its unit, its default and what it means; the doc comments are the schema's descriptions. Must
//! not know: what a run makes of it, or which policies there are (the catalog adds those to the schema).

pub(crate) mod batch;
pub(crate) mod calls;
pub(crate) mod cluster;
pub(crate) mod cpu;
pub(crate) mod daemon_set;
pub(crate) mod deployment;
pub(crate) mod distribution;
pub(crate) mod faults;
pub(crate) mod gpus;
pub(crate) mod images;
pub(crate) mod load;
pub(crate) mod memory;
pub(crate) mod namespaces;
pub(crate) mod offer;
pub(crate) mod placement_rules;
pub(crate) mod platform;
pub(crate) mod probes;
pub(crate) mod queue;
pub(crate) mod retry;
pub(crate) mod stateful_set;
pub(crate) mod volumes;
pub(crate) mod workload;

use crate::model::units::{Duration, Share, Timestamp, Usd};
use cluster::Cluster;
use cpu::Cpu;
use faults::Fault;
use load::Load;
use namespaces::Namespace;
use platform::Platform;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use workload::Workload;

/// A scenario: a cluster, what runs on it, the load, the policies to try, and what is wanted of the outcome.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Tonnage scenario")]
pub(crate) struct ScenarioFile {
    /// The scenario's name.
    #[schemars(length(min = 1))]
    pub(crate) name: String,
    /// What it shows, in a sentence or two. Without it, the comment at the top of the file.
    #[serde(default)]
    pub(crate) description: Option<String>,
    /// Simulated time, at most ten years.
    pub(crate) duration: Duration,
    /// Time at the start that statistics leave out.
    #[serde(default)]
    pub(crate) warmup: Duration,
    /// The calendar's instant at which the run starts, for schedules and daily or weekly loads. The default is a Monday.
    #[serde(default = "default_start")]
    pub(crate) start: Timestamp,
    /// The seed of all randomness, unless the command line gives another.
    #[serde(default = "default_seed")]
    pub(crate) seed: u64,
    /// Time between two rows of the time series. Without it, about 720 rows at a round interval of 1 s or more.
    #[serde(default)]
    pub(crate) sample_every: Option<Duration>,
    /// Files of Kubernetes objects, as `kubectl get -o yaml` prints them; relative to this file. What they say becomes part
    /// of the scenario, which wins where both say something.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub(crate) manifests: Vec<String>,
    /// A Compose file; relative to this file. Its services become part of the scenario, which wins where both say something.
    #[serde(default)]
    pub(crate) compose: Option<String>,
    /// What runs the containers.
    #[serde(default)]
    pub(crate) platform: Platform,
    /// How CPU limits and busy nodes slow containers.
    #[serde(default)]
    pub(crate) cpu: Cpu,
    /// The machines. Without it, every pod finds room at once and costs nothing.
    #[serde(default)]
    pub(crate) cluster: Option<Cluster>,
    /// Namespaces with labels of their own, quotas or limit ranges.
    #[serde(default)]
    #[schemars(length(max = 10_000))]
    pub(crate) namespaces: Vec<Namespace>,
    /// What runs.
    #[schemars(length(min = 1, max = 20_000))]
    pub(crate) workloads: Vec<Workload>,
    /// What arrives, and where.
    #[serde(default)]
    pub(crate) load: Vec<Load>,
    /// What goes wrong, and when.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub(crate) faults: Vec<Fault>,
    /// How controllers see metrics.
    #[serde(default)]
    pub(crate) metrics: Metrics,
    /// Who decides: one policy a question.
    #[serde(default)]
    pub(crate) policies: Policies,
    /// What is wanted of the outcome.
    #[serde(default)]
    pub(crate) objectives: Vec<Objective>,
    /// What the scenario as it stands is called among its variants: `baseline` without this.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100))]
    pub(crate) baseline: Option<String>,
    /// Variants to compare with the scenario as it stands: a name, and the values that differ, by their path, such as
    /// `policies.pod_scaling.shop.target_tracking.utilization: 50%`. An item of a list goes by its name or its index.
    #[serde(default)]
    pub(crate) variants: BTreeMap<String, BTreeMap<String, Value>>,
}

/// 2026-01-05T00:00:00Z, a Monday.
pub(crate) fn default_start() -> Timestamp {
    Timestamp::from_unix_secs(1_767_571_200).unwrap_or_default()
}

/// The seed of a scenario that names none.
pub(crate) const fn default_seed() -> u64 {
    1
}

/// How metrics reach controllers; the defaults are those of metrics-server.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Metrics {
    /// Time between two scrapes.
    pub(crate) interval: Duration,
    /// What a reading averages over, ending at its newest scrape.
    pub(crate) window: Duration,
    /// From a scrape to the moment a controller can see it.
    pub(crate) delay: Duration,
    /// Time between two looks of a node at the CPU and memory of its containers; a scrape gets what the last look saw.
    /// Matters to policies that look at single pods, such as `hpa`. 10 s is the kubelet's (cAdvisor).
    pub(crate) housekeeping: Duration,
    /// When the first scrape is taken, within the first interval. Without it, chance draws one for each workload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) phase: Option<Duration>,
    /// Times at which sources of metrics do not answer.
    #[schemars(length(max = 10_000))]
    pub(crate) outages: Vec<Outage>,
}

/// A time at which sources of metrics do not answer the policies that look at them, nor take anything in; when they come
/// back they begin anew. What stands in front of the replicas goes on: `on_demand`, and waking from zero.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Outage {
    /// When it begins.
    pub(crate) from: Duration,
    /// How long it lasts.
    #[serde(rename = "for")]
    pub(crate) length: Duration,
    /// Whose metrics; without it, those of all workloads.
    #[serde(default)]
    pub(crate) workloads: Vec<String>,
    /// Which sources do not answer; without it, all.
    #[serde(default = "every_source")]
    #[schemars(length(min = 1))]
    pub(crate) sources: Vec<MetricSource>,
}

fn every_source() -> Vec<MetricSource> {
    vec![MetricSource::Resources, MetricSource::Traffic]
}

/// A source of metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MetricSource {
    /// CPU and memory of pods: metrics-server.
    Resources,
    /// Requests and queues: the pods' own pages, queries, brokers that KEDA asks.
    Traffic,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(15),
            window: Duration::from_secs(30),
            delay: Duration::ZERO,
            housekeeping: Duration::from_secs(10),
            phase: None,
            outages: Vec::new(),
        }
    }
}

/// One policy a question: its name and its parameters, `{target_tracking: {utilization: 70%}}`, or the name alone where
/// every parameter has a default.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Policies {
    /// Which node takes a pod?
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) placement: Option<Value>,
    /// Which pod serves a request? By workload; `least_request` for the others.
    pub(crate) routing: BTreeMap<String, Value>,
    /// How many replicas? By workload; `static` for the others.
    pub(crate) pod_scaling: BTreeMap<String, Value>,
    /// How big? By workload; as their containers say for the others.
    pub(crate) pod_sizing: BTreeMap<String, Value>,
    /// Which machines?
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) node_scaling: Option<Value>,
    /// When policies that decide at intervals look first.
    pub(crate) phase: Phases,
}

/// When policies that decide at intervals look first, within their first interval. Without it, chance draws a time for
/// each, as real controllers are not started together.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Phases {
    /// The pod scaler's first look, by workload.
    pub(crate) pod_scaling: BTreeMap<String, Duration>,
    /// The pod sizer's first look at what is used, by workload.
    pub(crate) pod_sizing: BTreeMap<String, Duration>,
    /// The pod sizer's first look for pods to change, by workload.
    pub(crate) pod_updating: BTreeMap<String, Duration>,
    /// The node scaler's first look.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) node_scaling: Option<Duration>,
}

/// Something wanted of the outcome.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub(crate) enum Objective {
    /// Statistics of a workload's latency stay at or below bounds.
    Latency(Latency),
    /// The share of a workload's finished requests that succeeded is at least a bound.
    Success(Success),
    /// The share of a workload's Jobs that are complete in time is at least a bound.
    Finish(Finish),
    /// The machines cost at most so much over the measured time.
    Cost(Cost),
}

/// Upper bounds on a workload's latency; each is an objective of its own.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Latency {
    /// The workload's name.
    pub(crate) workload: String,
    /// The mean.
    #[serde(default)]
    pub(crate) mean: Option<Duration>,
    /// The median.
    #[serde(default)]
    pub(crate) p50: Option<Duration>,
    /// The 95th percentile.
    #[serde(default)]
    pub(crate) p95: Option<Duration>,
    /// The 99th percentile.
    #[serde(default)]
    pub(crate) p99: Option<Duration>,
    /// The 99.9th percentile.
    #[serde(default)]
    pub(crate) p99_9: Option<Duration>,
}

/// A lower bound on the share of requests that succeed.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Success {
    /// The workload's name.
    pub(crate) workload: String,
    /// The least share.
    pub(crate) at_least: Share,
}

/// A lower bound on the share of Jobs that are complete in time.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Finish {
    /// The workload's name.
    pub(crate) workload: String,
    /// How long after the time that it is for a Job may be complete.
    pub(crate) within: Duration,
    /// The least share. One that failed was not in time; one that has not ended counts once it is late.
    #[serde(default = "all")]
    pub(crate) at_least: Share,
}

const fn all() -> Share {
    Share::ONE
}

/// An upper bound on cost.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cost {
    /// The most, US dollars.
    pub(crate) at_most: Usd,
}
