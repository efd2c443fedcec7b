//! Inter-pod affinity: near which pods a pod must, and would rather, be or not be.

use super::selector::LabelSelector;
use crate::model::labels::Labels;

/// Some pods, and how near is near.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AffinityTerm {
    /// Which pods; `None` for none.
    pub selector: Option<LabelSelector>,
    /// Namespaces they may be in, beside those of `namespace_selector`.
    pub namespaces: Vec<String>,
    /// Which namespaces they may be in, by their labels. Without this and `namespaces`: that of the pod that has the term.
    pub namespace_selector: Option<LabelSelector>,
    /// The label whose value two nodes share that are near each other.
    pub topology_key: String,
}

impl AffinityTerm {
    /// Whether the term of a pod in namespace `owner` means a pod in `namespace`, whose labels are
    /// `namespace_labels`, with `labels` (kube-scheduler `framework/types.go`).
    #[must_use]
    pub fn matches(
        &self,
        owner: &str,
        namespace: &str,
        namespace_labels: Option<&Labels>,
        labels: &Labels,
    ) -> bool {
        self.covers(owner, namespace, namespace_labels)
            && self
                .selector
                .as_ref()
                .is_some_and(|selector| selector.matches(labels))
    }

    fn covers(&self, owner: &str, namespace: &str, namespace_labels: Option<&Labels>) -> bool {
        if self.namespaces.is_empty() && self.namespace_selector.is_none() {
            return namespace == owner;
        }
        let none = Labels::new();
        self.namespaces.iter().any(|known| known == namespace)
            || self
                .namespace_selector
                .as_ref()
                .is_some_and(|selector| selector.matches(namespace_labels.unwrap_or(&none)))
    }
}

/// A term that is a preference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreferredTerm {
    /// How much, 1 to 100.
    pub weight: i32,
    /// Which pods, and how near.
    pub term: AffinityTerm,
}

/// Needed and preferred terms, of affinity or of anti-affinity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodAffinity {
    /// Every one must hold.
    pub required: Vec<AffinityTerm>,
    /// Each one counts.
    pub preferred: Vec<PreferredTerm>,
}

impl PodAffinity {
    /// Whether it says nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.required.is_empty() && self.preferred.is_empty()
    }
}
