//! How many pods on a node are meant, asking once a class.

use crate::model::cluster::{ClassCount, NodeView};
use crate::model::pod_template::PodTemplate;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A question about a pod's class, and the answers so far. It lives no longer than the view it is asked on, so an
/// address stands for one class.
pub(super) struct ClassMatcher<F> {
    matches: F,
    known: BTreeMap<usize, bool>,
}

impl<F: Fn(&PodTemplate) -> bool> ClassMatcher<F> {
    pub(super) const fn new(matches: F) -> Self {
        Self {
            matches,
            known: BTreeMap::new(),
        }
    }

    /// Whether pods of `class` are meant.
    pub(super) fn matches(&mut self, class: &Arc<PodTemplate>) -> bool {
        let address = Arc::as_ptr(class).addr();
        *self.known.entry(address).or_insert_with(|| (self.matches)(class))
    }

    /// The pods on `node` that are meant, as `of` counts those of a class.
    pub(super) fn count(&mut self, node: &NodeView, of: impl Fn(&ClassCount) -> u32) -> i64 {
        let classes = node.pods.classes().iter();
        classes
            .filter(|count| self.matches(&count.class))
            .map(|count| i64::from(of(count)))
            .sum()
    }
}

/// Pods that were not asked to stop.
pub(super) const fn staying(count: &ClassCount) -> u32 {
    count.pods - count.terminating
}
