//! What goes wrong, as users write it.
//!
//! Knows: fields and defaults. Must not know: what comes of it.

use super::MetricSource;
use super::distribution::Times;
use super::every_source;
use crate::model::units::{Duration, Share};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that goes wrong: at given times, for a time, or again and again by chance.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub(crate) enum Fault {
    /// A machine stops, with everything on it. Kubernetes finds out when its lease has not been renewed for the grace (50
    /// s); its pods get no requests from then on, and are replaced after their toleration of that (300 s). A machine that
    /// is repaired comes back with its pods; one that is not is deleted, and its pods with it, about a minute after it was
    /// found out.
    NodeCrash(NodeCrash),
    /// No machine of a zone can be reached for a time, and launches there fail. The machines themselves run on.
    ZoneOutage(ZoneOutage),
    /// Containers of a workload crash. The kubelet starts them again where they are: at once the first time, later after
    /// its back-off (10 s, doubling up to 5 min).
    ContainerCrash(ContainerCrash),
    /// The same, by the kernel, for their use of memory (`OOMKilled`): a VerticalPodAutoscaler learns of it.
    OomKill(ContainerCrash),
    /// The provider takes spot machines of a pool back, beside what its `interruptions` say.
    SpotInterruption(SpotInterruption),
    /// The machines of a pool are replaced one after another, as for a new version: others come first as far as the surge
    /// goes, then each is closed, its pods are evicted as their disruption budgets allow, and it goes.
    RollingUpgrade(RollingUpgrade),
    /// Machines launched in a time take longer to boot.
    SlowBoot(SlowBoot),
    /// Machines launched in a time do not come up.
    FailingBoot(FailingBoot),
    /// Images come slower for a time, or not at all.
    Registry(Registry),
    /// The API server answers late for a time: pods are created and bound later, nodes join later.
    SlowApi(SlowApi),
    /// Sources of metrics do not answer for a time, as in `metrics.outages`.
    Metrics(MetricsDown),
}

/// Which machines crash, and when.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NodeCrash {
    /// What reports call it; by default its kind and what it hits.
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// A machine: one of the `named`, or `pool-number` as the machines of a pool are called.
    #[serde(default)]
    pub(crate) node: Option<String>,
    /// A pool: any of its machines. Without this and `node`, any machine.
    #[serde(default)]
    pub(crate) pool: Option<String>,
    /// When, from the start of the run; each time one machine.
    #[serde(default)]
    #[schemars(length(max = 10_000))]
    pub(crate) at: Vec<Duration>,
    /// Mean time from a machine's being up to its crash, exponentially distributed.
    #[serde(default)]
    pub(crate) mean_between: Option<Duration>,
    /// From the crash to the machine's being up again. Without it, the machine never is.
    #[serde(default)]
    pub(crate) repair: Option<Times>,
    /// How many machines are repaired at a time, in the order of their crashes; the others wait. Without it, all.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub(crate) repair_crews: Option<u32>,
}

/// Which zone cannot be reached, when, and how long.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ZoneOutage {
    /// What reports call it; by default its kind and what it hits.
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// The zone; without it, any: one at `from`, by chance each.
    #[serde(default)]
    pub(crate) zone: Option<String>,
    /// When it begins, from the start of the run.
    #[serde(default)]
    pub(crate) from: Option<Duration>,
    /// Mean time from a zone's being reached again to its next outage, exponentially distributed.
    #[serde(default)]
    pub(crate) mean_between: Option<Duration>,
    /// How long it lasts.
    #[serde(rename = "for")]
    pub(crate) length: Times,
}

/// Whose containers crash, and when.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContainerCrash {
    /// What reports call it; by default its kind and what it hits.
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// The workload.
    pub(crate) workload: String,
    /// When, from the start of the run.
    #[serde(default)]
    #[schemars(length(max = 10_000))]
    pub(crate) at: Vec<Duration>,
    /// The share of its ready pods that crash each time; chance says which.
    #[serde(default = "whole")]
    pub(crate) share: Share,
    /// Mean time from a pod's being ready to its crash, exponentially distributed.
    #[serde(default)]
    pub(crate) mean_between: Option<Duration>,
}

const fn whole() -> Share {
    Share::ONE
}

/// From which pool machines are taken, and when.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SpotInterruption {
    /// The pool.
    pub(crate) pool: String,
    /// When notice is given, from the start of the run.
    pub(crate) at: Duration,
    /// The share of the machines there are; chance says which.
    #[serde(default = "whole")]
    pub(crate) share: Share,
    /// In which of the pool's zones; without it, in all.
    #[serde(default)]
    pub(crate) zones: Vec<String>,
}

/// Which pool is upgraded, when, and how carefully. The defaults are those of Google's node pools.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RollingUpgrade {
    /// What reports call it; by default its kind and what it hits.
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// The pool.
    pub(crate) pool: String,
    /// When it begins, from the start of the run.
    pub(crate) at: Duration,
    /// So many more machines may be there meanwhile, within the pool's `max`.
    #[serde(default = "one")]
    #[schemars(range(max = 1_000_000))]
    pub(crate) max_surge: u32,
    /// So many may be missing meanwhile.
    #[serde(default)]
    #[schemars(range(max = 1_000_000))]
    pub(crate) max_unavailable: u32,
    /// How long the pods of a machine may withstand their eviction; then they are stopped whatever their budgets say.
    #[serde(default = "hour")]
    pub(crate) timeout: Duration,
}

const fn one() -> u32 {
    1
}

const fn hour() -> Duration {
    Duration::from_secs(3600)
}

/// Whose boots are slow, and when.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SlowBoot {
    /// What reports call it; by default its kind.
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// The pools; without it, all.
    #[serde(default)]
    pub(crate) pools: Vec<String>,
    /// When it begins, from the start of the run.
    pub(crate) from: Duration,
    /// How long it lasts.
    #[serde(rename = "for")]
    pub(crate) length: Duration,
    /// By what the time of a boot is multiplied.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub(crate) factor: f64,
}

/// Whose boots fail, and when.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FailingBoot {
    /// What reports call it; by default its kind.
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// The pools; without it, all.
    #[serde(default)]
    pub(crate) pools: Vec<String>,
    /// When it begins, from the start of the run.
    pub(crate) from: Duration,
    /// How long it lasts.
    #[serde(rename = "for")]
    pub(crate) length: Duration,
    /// The share of launches that fail.
    #[serde(default = "whole")]
    pub(crate) probability: Share,
    /// From a launch to its failure.
    #[serde(default = "minute")]
    pub(crate) after: Duration,
}

const fn minute() -> Duration {
    Duration::from_secs(60)
}

/// When images come slower.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registry {
    /// What reports call it; by default its kind.
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// When it begins, from the start of the run.
    pub(crate) from: Duration,
    /// How long it lasts.
    #[serde(rename = "for")]
    pub(crate) length: Duration,
    /// What is left of each machine's `cluster.images.bandwidth`; without it, nothing: pulls fail, and the kubelet tries
    /// again after its back-off (10 s, doubling up to 5 min).
    #[serde(default)]
    pub(crate) speed: Share,
}

/// When the API server is slow.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SlowApi {
    /// What reports call it; by default its kind.
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// When it begins, from the start of the run.
    pub(crate) from: Duration,
    /// How long it lasts.
    #[serde(rename = "for")]
    pub(crate) length: Duration,
    /// How much later pods are created and bound, and nodes join.
    pub(crate) delay: Duration,
}

/// Whose metrics do not come, and when.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MetricsDown {
    /// What reports call it; by default its kind.
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// When it begins, from the start of the run.
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
