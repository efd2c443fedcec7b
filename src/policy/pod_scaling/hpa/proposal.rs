//! What one metric proposes, or why it cannot.

use super::pod_groups::GroupCounts;

/// The value of a metric as the HPA's status shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Percent of the request, for a target in percent; a whole number, as in the decision.
    pub utilization_percent: Option<i32>,
    /// The mean per pod, or the value itself for a target of a total; thousandths.
    pub milli: i64,
}

/// What one metric proposes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Proposal {
    /// Replicas.
    pub replicas: i32,
    /// The observed value over the target.
    pub ratio: f64,
    /// The observed value.
    pub usage: Usage,
    /// The pods it was observed on, where it is the pods' own metric.
    pub groups: GroupCounts,
}

/// Why a metric proposes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricError {
    /// The API does not answer, or with nothing.
    Unavailable,
    /// There are no pods.
    NoPods,
    /// No pod that counts has a sample.
    NoUsableSamples,
    /// A container has no request for the resource; one is enough to make the whole metric useless.
    MissingRequest,
    /// The pods with samples request nothing in all.
    ZeroRequests,
}

impl MetricError {
    /// What is wrong, for reasons.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Unavailable => "the API does not answer, or has no sample of it",
            Self::NoPods => "there are no pods",
            Self::NoUsableSamples => "no pod that counts has a sample",
            Self::MissingRequest => "a container requests none of the resource",
            Self::ZeroRequests => "the pods with samples request none of the resource",
        }
    }
}
