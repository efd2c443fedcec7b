//! How many replicas? And how big ([`pod_sizer`])?
//!
//! A pod scaler sees observed metrics (late, windowed, as a real controller would), the replica counts, single pods if
//! it asks for them, and, if it asks to be woken by the backlog, the backlog itself. It answers with a number and a
//! reason.

mod bounds;
mod go_math;
pub mod hpa;
pub mod keda;
pub mod kpa;
mod metric;
mod metric_scaler;
mod on_demand;
pub mod pod_sizer;
mod scheduled;
mod static_replicas;
mod step_scaling;
mod target_tracking;
mod threshold;
pub mod vpa;

pub use bounds::Bounds;
pub use hpa::Hpa;
pub use metric::{Level, Metric};
pub use on_demand::OnDemand;
pub use scheduled::{Scheduled, ScheduledStep};
pub use static_replicas::StaticReplicas;
pub use step_scaling::{Step, StepScaling};
pub use target_tracking::TargetTracking;
pub use threshold::Threshold;

use crate::engine::{Span, Stream, Time};
use crate::model::observed::pods::ObservedPod;
use crate::model::observed::{Down, Reading};
use crate::policy::reason::Reason;
use std::fmt;

/// Replicas of a workload by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replicas {
    /// What was asked for last.
    pub desired: u32,
    /// Taking requests.
    pub ready: u32,
    /// Pulling or starting.
    pub starting: u32,
    /// Waiting for a node.
    pub pending: u32,
}

/// Requests in the system now, known to whoever stands in front of the replicas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Waiting.
    pub queued: u64,
    /// In service.
    pub in_service: u64,
}

/// What a pod scaler may know.
#[derive(Clone, Copy, Debug)]
pub struct PodScalingView<'a> {
    /// Now.
    pub now: Time,
    /// The civil date and time at which the run started.
    pub start: jiff::civil::DateTime,
    /// Replicas by state.
    pub replicas: Replicas,
    /// Requests a replica serves at once; `None` for no limit.
    pub slots: Option<u32>,
    /// CPU a replica reserves, thousandths.
    pub cpu_request_milli: u64,
    /// Memory a replica reserves, bytes.
    pub memory_request_bytes: u64,
    /// Observed metrics; `None` before the first are visible.
    pub reading: Option<Reading>,
    /// Sources of metrics that do not answer.
    pub down: Down,
    /// The backlog, live.
    pub backlog: Backlog,
    /// Every pod of the workload, those on their way out included; empty unless the policy
    /// [watches pods](PodScaler::watches_pods).
    pub pods: &'a [ObservedPod<'a>],
}

impl PodScalingView<'_> {
    /// The civil date and time now; `None` beyond the end of the calendar.
    #[must_use]
    pub fn civil_now(&self) -> Option<jiff::civil::DateTime> {
        let elapsed = jiff::SignedDuration::from_nanos(i64::try_from(self.now.nanos()).ok()?);
        self.start.checked_add(elapsed).ok()
    }
}

/// What a pod scaler asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct PodScalingDecision {
    /// Replicas it wants.
    pub desired: u32,
    /// Why.
    pub reason: Reason,
    /// Which of the policy's loops decided, where it has several that do not know of each other.
    pub by: Option<&'static str>,
}

impl PodScalingDecision {
    /// The decision of a policy with one loop.
    #[must_use]
    pub const fn new(desired: u32, reason: Reason) -> Self {
        Self {
            desired,
            reason,
            by: None,
        }
    }

    /// It was the loop of this name that decided.
    #[must_use]
    pub fn by(self, name: &'static str) -> Self {
        Self {
            by: Some(name),
            ..self
        }
    }
}

/// What wakes a pod scaler, besides the time its last answer named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodScalerClock {
    /// The start of the run, and nothing else.
    Start,
    /// Time: again and again, from a phase on that the scenario sets or chance does.
    Every(Span),
    /// Every change of the backlog, and the start of the run.
    Backlog,
}

/// What a workload must say of itself, or a policy would look at something that is never there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// How much CPU its containers use.
    CpuUsage,
    /// How much memory its containers use.
    MemoryUsage,
    /// How much CPU they reserve.
    CpuRequest,
    /// How much memory they reserve.
    MemoryRequest,
    /// How many requests a replica serves at once.
    Slots,
    /// When its replicas end of their own accord.
    Ends,
}

/// A pod-scaling policy.
pub trait PodScaler: Send + Sync + fmt::Debug {
    /// What wakes it. Must not change during a run.
    fn clock(&self) -> PodScalerClock;

    /// How many replicas the workload should have, and when to look again at the latest, if not woken before. `stream`
    /// is this policy's own randomness.
    fn decide(
        &mut self,
        view: &PodScalingView<'_>,
        stream: &mut Stream,
    ) -> (PodScalingDecision, Option<Time>);

    /// Whether it looks at single pods; they are observed only for policies that do. Must not change during a run.
    fn watches_pods(&self) -> bool {
        false
    }

    /// What the workload must say of itself; a scenario in which it does not is refused.
    fn needs(&self) -> Vec<Need> {
        Vec::new()
    }

    /// Metrics it looks at that nothing in a simulation reports. A real controller finds none either if nobody reports them.
    fn absent_metrics(&self) -> Vec<String> {
        Vec::new()
    }

    /// Whether a request that comes while no replica is wanted wakes it at once. Must not change during a run.
    fn woken_by_first_request(&self) -> bool {
        false
    }

    /// Replicas when the run starts, if the policy knows better than the workload.
    fn initial_replicas(&self, workload: u32) -> u32 {
        workload
    }

    /// A copy with the same private memory.
    fn clone_box(&self) -> Box<dyn PodScaler>;
}

impl<P: PodScaler + 'static> From<P> for Box<dyn PodScaler> {
    fn from(policy: P) -> Self {
        Box::new(policy)
    }
}

impl Clone for Box<dyn PodScaler> {
    fn clone(&self) -> Self {
        self.clone_box()
    }
}
