//! Disruption budgets: how many pods may go at a time.

use super::selector::LabelSelector;
use crate::model::labels::Labels;

/// A PodDisruptionBudget as preemption and eviction see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisruptionBudget {
    /// Its name.
    pub name: String,
    /// The namespace of its pods.
    pub namespace: String,
    /// Its pods; an empty selector means none here.
    pub selector: LabelSelector,
    /// How many of them may go now (`status.disruptionsAllowed`).
    pub disruptions_allowed: i32,
}

impl DisruptionBudget {
    /// Whether a pod in `namespace` with `labels` is under it. Neither an empty selector nor a pod without labels
    /// matches (kube-scheduler `defaultpreemption/default_preemption.go`).
    #[must_use]
    pub fn covers(&self, namespace: &str, labels: &Labels) -> bool {
        self.namespace == namespace
            && !labels.is_empty()
            && !self.selector.is_empty()
            && self.selector.matches(labels)
    }
}
