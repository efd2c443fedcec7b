//! What a placement decision may look at: nodes by position, in order of their launch.

use crate::model::labels::{Labels, Taint};
use crate::model::resources::Resources;

/// One node as placement sees it.
#[derive(Clone, Debug)]
pub struct NodeView {
    /// Its pool's index.
    pub pool: usize,
    /// Its zone's index in the pool; zero without zones.
    pub zone: usize,
    /// Whether it takes pods now.
    pub open: bool,
    /// Whether it was launched and will take pods when it has booted.
    pub booting: bool,
    /// What pods may reserve on it.
    pub allocatable: Resources,
    /// What they have not reserved yet.
    pub free: Resources,
    /// Pods bound to it.
    pub pods: u32,
    /// Its labels.
    pub labels: Labels,
    /// Its taints.
    pub taints: Vec<Taint>,
}

/// A cluster as placement sees it: the live one, or a hypothetical one on top of it.
pub trait ClusterView {
    /// Positions are `0..len()`. A position keeps its node; a gone node leaves a gap.
    fn len(&self) -> usize;

    /// The node at `place`; `None` where one has gone.
    fn node(&self, place: usize) -> Option<&NodeView>;

    /// Whether there is no position at all.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
