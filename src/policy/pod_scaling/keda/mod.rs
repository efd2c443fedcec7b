//! KEDA: what its operator, its metrics server and its webhook decide.
//!
//! Knows: `keda.sh/v1alpha1` ScaledObjects and ScaledJobs in their own words; the operator's loop that wakes a workload
//! and puts it to sleep; the HorizontalPodAutoscaler it makes for everything between; fallback, cron and formulas. Must
//! not know: how an HPA decides (it is handed a description, [`MadeHpa`]), or where a trigger's value comes from.
//!
//! Two loops that do not know of each other: [`request_scale`] runs every polling interval and moves between zero and
//! awake; the made HPA runs every fifteen seconds between one and the maximum, on values read when it asks, through
//! [`MetricHealth`] and [`Formula`]. Sources named in the files are of kedacore/keda.

mod annotations;
mod autoscaler;
pub mod cron;
mod fallback;
mod formula;
mod hpa;
mod job_scaler;
mod modifiers;
mod operator;
mod reasons;
mod scaled_job;
mod scaled_object;
mod sources;
mod trigger;
mod validate;

pub use annotations::Annotations;
pub use autoscaler::Keda;
pub use fallback::{Fallback, FallbackBehavior, MetricHealth, MetricRead, Source};
pub use formula::Formula;
pub use hpa::{MadeHpa, MadeMetric, MetricTarget, make_hpa};
pub use job_scaler::KedaJob;
pub use modifiers::ScalingModifiers;
pub use operator::{ActiveCondition, OperatorDecision, OperatorView, ReadyCondition, request_scale};
pub use scaled_job::{
    Calculation, JobDecision, JobView, Rollout, RolloutStrategy, ScaledJob, ScalingStrategy, Strategy,
    TriggerLoad, request_jobs,
};
pub use scaled_object::{Advanced, HorizontalPodAutoscalerConfig, ScaleTargetRef, ScaledObject};
pub use trigger::{MetricKind, MetricType, ScaleTrigger, Trigger, TriggerKind};
