//! What the metrics APIs answer an HPA.
//!
//! Knows: the shape of the answers. Must not know: who measures. KEDA answers for External metrics in its own way.

use crate::engine::{Span, Time};
use crate::model::observed::pods::ObservedPod;
use crate::policy::pod_scaling::PodScalingView;

/// A value of one pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The value, thousandths.
    pub milli: i64,
    /// End of the window.
    pub at: Time,
    /// Length of the window.
    pub window: Span,
}

/// Values of pods.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodSamples {
    /// Of each pod that the HPA's selector finds, in their order.
    pub of_pods: Vec<Option<Sample>>,
    /// Of pods that it does not find, thousandths.
    pub of_others: Vec<i64>,
}

/// An HPA's target and its pods, now.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// Now.
    pub now: Time,
    /// `spec.replicas` of the scale subresource.
    pub replicas: i32,
    /// `status.replicas` of the scale subresource.
    pub status_replicas: i32,
    /// The pods that the selector finds.
    pub pods: &'a [ObservedPod<'a>],
}

impl<'a> Target<'a> {
    /// The workload behind `view`.
    #[must_use]
    pub const fn of(view: &PodScalingView<'a>) -> Self {
        let replicas = view.replicas;
        Self {
            now: view.now,
            replicas: replicas.desired as i32,
            status_replicas: (replicas.ready + replicas.starting + replicas.pending) as i32,
            pods: view.pods,
        }
    }
}

/// The metrics APIs. `None` is an error of the API: no such metric, no sample, or the API is down.
pub trait MetricsSource {
    /// A resource of the pods (`cpu`, `memory`), or of one container of each.
    fn resource(&mut self, resource: &str, container: Option<&str>) -> Option<PodSamples>;
    /// A metric that every pod has.
    fn pods(&mut self, metric: &str) -> Option<PodSamples>;
    /// A metric of an object, thousandths.
    fn object(&mut self, kind: &str, object: &str, metric: &str) -> Option<i64>;
    /// The series of an external metric, thousandths.
    fn external(&mut self, metric: &str) -> Option<Vec<i64>>;
}
