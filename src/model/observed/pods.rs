//! Pods as a controller finds them in the cluster's API: status, requests, and the newest samples of their metrics.
//!
//! Knows: what a pod's status says. Must not know: how samples came about, or what anybody concludes from them.

use crate::engine::{Span, Time};

/// A pod's `status.phase`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObservedPhase {
    /// Accepted; it waits for a node, pulls images or runs its init containers.
    Pending,
    /// At least one main container runs.
    Running,
    /// All containers ended well.
    Succeeded,
    /// All containers ended, one of them badly.
    Failed,
}

/// A condition's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConditionStatus {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// The node was not heard of.
    Unknown,
}

/// A pod's `Ready` condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadyCondition {
    /// Its status.
    pub status: ConditionStatus,
    /// `lastTransitionTime`.
    pub since: Time,
}

/// A main or sidecar container as the pod's spec has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObservedContainer {
    /// Its name.
    pub name: String,
    /// CPU it requests, thousandths of a core; `None` if it requests none.
    pub cpu_request_milli: Option<i64>,
    /// Memory it requests, thousandths of a byte; `None` if it requests none.
    pub memory_request_milli: Option<i64>,
}

/// What a pod requests as a whole, its overhead included, where its spec asks for anything so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObservedRequest {
    /// CPU, thousandths of a core; `None` if it requests none.
    pub cpu_milli: Option<i64>,
    /// Memory, thousandths of a byte; `None` if it requests none.
    pub memory_milli: Option<i64>,
}

/// What a container used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContainerUsage {
    /// CPU, mean over the sample's window, thousandths of a core, rounded up.
    pub cpu_milli: i64,
    /// Memory at the sample's timestamp, thousandths of a byte.
    pub memory_milli: i64,
}

/// An item of the resource metrics API (`metrics.k8s.io`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceSample {
    /// End of the window.
    pub at: Time,
    /// Length of the window.
    pub window: Span,
    /// Usage of each container, in the order of the pod's containers.
    pub containers: Vec<ContainerUsage>,
}

/// Metrics of a pod's own, as a scraper of its `/metrics` page has them (`custom.metrics.k8s.io`).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TrafficSample {
    /// When the pod was scraped last.
    pub at: Time,
    /// Time since its scrape before; zero before the second.
    pub window: Span,
    /// Requests that arrived at it per second in the window; `None` before the second scrape.
    pub requests_per_second: Option<f64>,
    /// Requests waiting at it.
    pub queue_length: f64,
    /// Requests in service at it.
    pub in_service: f64,
}

/// A pod as a controller sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct ObservedPod<'a> {
    /// The how-manieth pod of its workload it is, from 0.
    pub ordinal: u64,
    /// `status.phase`.
    pub phase: ObservedPhase,
    /// Whether `metadata.deletionTimestamp` is set.
    pub deleted: bool,
    /// The `Ready` condition, if the pod has one.
    pub ready: Option<ReadyCondition>,
    /// `status.startTime`: when its node took it over.
    pub started: Option<Time>,
    /// Its main and sidecar containers.
    pub containers: &'a [ObservedContainer],
    /// What it requests as a whole, if its spec says so.
    pub request: Option<ObservedRequest>,
    /// The newest visible sample of its resources.
    pub sample: Option<&'a ResourceSample>,
    /// The newest visible sample of its traffic.
    pub traffic: Option<TrafficSample>,
}
