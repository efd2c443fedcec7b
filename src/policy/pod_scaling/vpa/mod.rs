//! Kubernetes' Vertical Pod Autoscaler: recommender, updater and admission controller of one VerticalPodAutoscaler.
//!
//! Knows: how the three act together and what is remembered between looks. Must not know: how use is measured, or how
//! a resize or eviction is carried out. Reproduces kubernetes/autoscaler `vertical-pod-autoscaler/pkg`; each file names
//! the sources it follows. Not modelled: LimitRanges, start-up boost, Prometheus history, the eviction rate limit, the
//! rounding of CPU to whole cores by annotation.
//!
//! From samples to pods: [`ContainerHistory`] → [`AggregateState`] (two [`DecayingHistogram`]s) → [`recommend`] →
//! [`within_policy`] → the updater and [`sized`].

mod admission;
mod aggregate;
mod amount;
mod buckets;
mod capping;
mod container;
mod decaying;
mod estimator;
mod flags;
mod histogram;
mod priority;
mod recommender;
mod resource_policy;
mod restriction;
mod sizer;
mod spec;
mod stamp;
#[cfg(test)]
mod tests;
mod updater;

pub use admission::sized;
pub use aggregate::{AggregateState, StateCheckpoint};
pub use amount::AMOUNT_MAX;
pub use buckets::{BUCKETS, Buckets, CPU_BUCKETS, MEMORY_BUCKETS};
pub use capping::{for_pod, within_policy};
pub use container::{ContainerHistory, OomBump};
pub use decaying::{DecayingHistogram, HistogramCheckpoint};
pub use flags::{RecommenderFlags, UpdaterFlags};
pub use histogram::EPSILON;
pub use priority::{Cause, Priority, Thresholds, by_priority, cause, meets_requirements, priority};
pub use recommender::recommend;
pub use resource_policy::{
    ContainerResourcePolicy, ContainerScalingMode, ControlledValues, PodResourcePolicy, ResourceList,
};
pub use sizer::Vpa;
pub use spec::{ChangeRequirement, EvictionRequirement, PodUpdatePolicy, TargetRef, UpdateMode, VpaSpec};
pub use stamp::Stamp;
