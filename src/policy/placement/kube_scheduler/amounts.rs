//! Amounts of one resource by Kubernetes' name, as scores compare them.

use crate::model::cluster::NodeView;
use crate::model::pod_template::PodTemplate;
use crate::model::resources::Resources;

/// A resource a score looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Resource {
    Cpu,
    Memory,
    EphemeralStorage,
    Extended(String),
}

impl Resource {
    pub(super) fn named(name: &str) -> Self {
        match name {
            "cpu" => Self::Cpu,
            "memory" => Self::Memory,
            "ephemeral-storage" => Self::EphemeralStorage,
            name => Self::Extended(name.to_owned()),
        }
    }

    pub(super) fn of(&self, resources: &Resources) -> i64 {
        let amount = match self {
            Self::Cpu => resources.cpu_milli,
            Self::Memory => resources.memory_bytes,
            Self::EphemeralStorage => resources.ephemeral_bytes,
            Self::Extended(name) => resources.extended(name),
        };
        i64::try_from(amount).unwrap_or(i64::MAX)
    }
}

/// A resource, what the pod asks of it, and which books are looked at.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    resource: Resource,
    /// What the pod asks for.
    pub(super) pod: i64,
    /// Whether a missing request of CPU or memory counts as a guess.
    guessed: bool,
}

impl Asked {
    pub(super) fn new(resource: Resource, class: &PodTemplate, guessed: bool) -> Self {
        let books = if guessed {
            class.scored_requests()
        } else {
            class.requests()
        };
        Self {
            pod: resource.of(books),
            resource,
            guessed,
        }
    }

    /// Whether it is one of those [`Books`] other than a node's own may have.
    pub(super) const fn is_common(&self) -> bool {
        !matches!(self.resource, Resource::Extended(_))
    }

    /// (Reserved before the pod comes, allocatable) on a node; `None` where the resource does not count: the node has
    /// none of it, or it is an extended one that the pod does not ask for (`noderesources/resource_allocation.go`).
    pub(super) fn on(&self, node: &impl Books) -> Option<(i64, i64)> {
        if self.pod == 0 && matches!(self.resource, Resource::Extended(_)) {
            return None;
        }
        let (used, allocatable) = node.amounts(&self.resource, self.guessed);
        (allocatable != 0).then_some((used, allocatable))
    }
}

/// What scores look up of a node.
pub(super) trait Books {
    /// (Reserved, allocatable); `guessed`: as scores see reservations that a pod does not state.
    fn amounts(&self, resource: &Resource, guessed: bool) -> (i64, i64);
}

impl Books for NodeView {
    fn amounts(&self, resource: &Resource, guessed: bool) -> (i64, i64) {
        let books = if guessed { self.scored() } else { self.reserved() };
        (resource.of(books), resource.of(&self.allocatable))
    }
}
