//! The phase of a pod as the API shows it.

/// `status.phase`. The order is that in which a ReplicaSet gives pods up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PodPhase {
    /// Not all of its containers have started.
    Pending,
    /// Its node has not been heard of.
    Unknown,
    /// A container runs, starts or is restarted.
    Running,
    /// All containers ended well.
    Succeeded,
    /// All containers ended, one of them badly.
    Failed,
}

impl PodPhase {
    /// Whether the pod has ended for good.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}
