//! How big?
//!
//! A pod sizer sees what every container used, what it asks for, and which were killed for memory. It answers with new
//! requests for pods to come, and with running pods to resize or evict, each with a reason.
//!
//! Knows: containers of one workload by position in its template. Must not know: nodes, or how a resize is carried out.

use super::Need;
use crate::engine::{Span, Time};
use crate::policy::reason::Reason;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A resource that a pod sizer sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SizedResource {
    /// CPU.
    Cpu,
    /// Memory.
    Memory,
}

impl SizedResource {
    /// Both, CPU first.
    pub const ALL: [Self; 2] = [Self::Cpu, Self::Memory];

    /// As users write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
        }
    }
}

/// An amount of each resource, or none said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amounts {
    /// CPU, thousandths.
    pub cpu_milli: Option<u64>,
    /// Memory, bytes.
    pub memory_bytes: Option<u64>,
}

impl Amounts {
    /// Of both resources.
    #[must_use]
    pub const fn of(cpu_milli: u64, memory_bytes: u64) -> Self {
        Self {
            cpu_milli: Some(cpu_milli),
            memory_bytes: Some(memory_bytes),
        }
    }

    /// The amount of `resource`: thousandths of CPU or bytes.
    #[must_use]
    pub const fn get(self, resource: SizedResource) -> Option<u64> {
        match resource {
            SizedResource::Cpu => self.cpu_milli,
            SizedResource::Memory => self.memory_bytes,
        }
    }

    /// The same with each amount replaced by what `with` makes of it.
    #[must_use]
    pub fn map(self, with: impl Fn(SizedResource, Option<u64>) -> Option<u64>) -> Self {
        Self {
            cpu_milli: with(SizedResource::Cpu, self.cpu_milli),
            memory_bytes: with(SizedResource::Memory, self.memory_bytes),
        }
    }

    /// The same, with the amounts of `other` where nothing is said.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.map(|resource, amount| amount.or(other.get(resource)))
    }
}

/// What a container asks for and may use at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContainerSize {
    /// Requests.
    pub requests: Amounts,
    /// Limits; none said is no limit.
    pub limits: Amounts,
}

/// A container of the workload's template.
#[derive(Clone, Copy, Debug)]
pub struct ContainerTemplate<'a> {
    /// Its name.
    pub name: &'a str,
    /// What the template says.
    pub size: ContainerSize,
}

/// How far an asked-for resize of a pod has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResizeState {
    /// None is under way.
    #[default]
    None,
    /// Its node has no room now (`PodResizePending`, reason `Deferred`).
    Deferred,
    /// Its node can never hold it (`PodResizePending`, reason `Infeasible`).
    Infeasible,
    /// Being carried out (`PodResizeInProgress`).
    InProgress,
    /// Failed while being carried out (`PodResizeInProgress`, reason `Error`).
    Failed,
}

/// A container of a pod as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct SizedContainer {
    /// What it asks for now.
    pub size: ContainerSize,
    /// If it was last stopped for using too much memory: how long it had run.
    pub last_oom_after: Option<Span>,
}

/// A pod that is not terminating.
#[derive(Clone, Copy, Debug)]
pub struct SizedPod<'a> {
    /// Stable, and never another pod's.
    pub key: u64,
    /// Whether none of its containers runs yet.
    pub pending: bool,
    /// When its node took it; `None` before.
    pub started: Option<Time>,
    /// How far a resize has come.
    pub resize: ResizeState,
    /// Its containers, in the template's order.
    pub containers: &'a [SizedContainer],
}

/// What a container used over an interval.
#[derive(Clone, Copy, Debug)]
pub struct UsageSample {
    /// The pod's key.
    pub pod: u64,
    /// The container's position in the template.
    pub container: usize,
    /// Start of the interval, as the metrics pipeline stamps it.
    pub at: Time,
    /// Mean CPU, thousandths.
    pub cpu_milli: u64,
    /// Memory, bytes.
    pub memory_bytes: u64,
}

/// A container that was killed for memory.
#[derive(Clone, Copy, Debug)]
pub struct OomKill {
    /// The pod's key.
    pub pod: u64,
    /// The container's position in the template.
    pub container: usize,
    /// When.
    pub at: Time,
    /// Memory it asked for, bytes.
    pub memory_request_bytes: u64,
}

/// What a pod sizer may know.
#[derive(Clone, Copy, Debug)]
pub struct PodSizingView<'a> {
    /// Now.
    pub now: Time,
    /// The civil date and time at which the run started, taken as UTC.
    pub start: jiff::civil::DateTime,
    /// The workload's containers, init containers left out.
    pub containers: &'a [ContainerTemplate<'a>],
    /// Pods the workload's controller is set to.
    pub replicas: u32,
    /// Its pods that are not terminating, in a fixed order.
    pub pods: &'a [SizedPod<'a>],
    /// What was observed since the last call of [`PodSizer::recommend`], oldest first; empty for other calls.
    pub usage: &'a [UsageSample],
    /// Kills for memory since then.
    pub ooms: &'a [OomKill],
}

/// When a pod sizer wants to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PodSizerClock {
    /// Time between two calls of [`PodSizer::recommend`].
    pub recommend: Span,
    /// Time between two calls of [`PodSizer::update`]; `None` if it never changes running pods.
    pub update: Option<Span>,
}

/// What a container should ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recommendation {
    /// The requests to set.
    pub target: Amounts,
    /// Requests below these are too small.
    pub lower: Amounts,
    /// Requests above these are too large.
    pub upper: Amounts,
    /// The target before any policy.
    pub uncapped_target: Amounts,
}

/// What to do with a running pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PodUpdateAction {
    /// Evict it: its controller makes another, which [`PodSizer::admit`] sizes.
    Evict,
    /// Give its containers, in the template's order, these sizes where it runs.
    Resize(Vec<ContainerSize>),
}

/// A running pod to change.
#[derive(Clone, Debug, PartialEq)]
pub struct PodUpdate {
    /// The pod's key.
    pub pod: u64,
    /// How.
    pub action: PodUpdateAction,
    /// Why.
    pub reason: Reason,
}

/// The size of a pod to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct Admission {
    /// Of each container, in the template's order.
    pub sizes: Vec<ContainerSize>,
    /// Why.
    pub reason: Reason,
}

/// A pod-sizing policy.
pub trait PodSizer: Send + Sync + fmt::Debug {
    /// When it wants to run.
    fn clock(&self) -> PodSizerClock;

    /// What must be said of the workload, so that it has anything to look at.
    fn needs(&self) -> Vec<Need> {
        Vec::new()
    }

    /// Learns from what was observed and says what each container should ask for, in the template's order; `None`
    /// where it says nothing.
    fn recommend(&mut self, view: &PodSizingView) -> Vec<Option<Recommendation>>;

    /// Running pods to change, in the order in which to change them.
    fn update(&mut self, view: &PodSizingView) -> Vec<PodUpdate>;

    /// The size of a pod about to be made from the template; `None` to leave it as the template says.
    fn admit(&self, containers: &[ContainerTemplate]) -> Option<Admission>;

    /// A copy with the same private memory.
    fn clone_box(&self) -> Box<dyn PodSizer>;
}

impl<P: PodSizer + 'static> From<P> for Box<dyn PodSizer> {
    fn from(policy: P) -> Self {
        Box::new(policy)
    }
}

impl Clone for Box<dyn PodSizer> {
    fn clone(&self) -> Self {
        self.clone_box()
    }
}
