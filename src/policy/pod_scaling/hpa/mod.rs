//! HPA: Kubernetes' HorizontalPodAutoscaler (`autoscaling/v2`, Kubernetes 1.36), decision for decision.
//!
//! Knows: what the controller computes from a scale subresource, pods and metrics, in its integers and floats. Must not
//! know: how metrics are measured, or what follows from a number of replicas.
//!
//! One look goes `reconcile` → `calculator` (→ `per_pod`, `total`) → `normalise` (→ `history`, `rules`). The vectors of
//! `hpa_replicas.json` and `hpa_behavior.json` run through these functions.

mod behavior_spec;
mod calculator;
mod history;
mod metric;
mod metric_spec;
mod normalise;
mod observe;
mod per_pod;
mod pod_groups;
mod policy;
mod proposal;
mod reasons;
mod reconcile;
mod rules;
mod source;
mod spec;
mod tolerance;
mod total;

pub use behavior_spec::{Behavior, ScalingPolicySpec, ScalingRulesSpec};
pub use calculator::{Calculator, Computed};
pub use history::{Recommendations, ScaleEvents};
pub use metric::{Metric, ResourceTarget, Source, TotalTarget};
pub use metric_spec::{
    ContainerResourceMetric, ExternalMetric, LabelExpression, LabelSelector, MetricIdentifier,
    MetricSourceType, MetricSpec, MetricTarget, MetricTargetType, ObjectMetric, PodsMetric, ResourceMetric,
};
pub use normalise::{Limited, Normalised, Range, Stabilized, normalise};
pub use observe::ObservedMetrics;
pub(super) use observe::thousandths;
pub use pod_groups::{Group, GroupCounts, Readiness, group_pods};
pub use policy::Hpa;
pub use proposal::{MetricError, Proposal, Usage};
pub use reconcile::{Branch, Reconciler};
pub use rules::{RatePolicy, RateUnit, Rules, ScalingRules, Select};
pub use source::{MetricsSource, PodSamples, Sample, Target};
pub use spec::{Controller, HpaSpec, ObjectReference};
pub use tolerance::{ToleranceRule, Tolerances};
