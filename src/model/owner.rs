//! Who owns a pod: the kind of controller that makes it, and makes it anew when it goes.

/// The kind of a pod's controller (`metadata.ownerReferences`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Owner {
    /// A ReplicaSet, a Deployment's or one of its own.
    #[default]
    ReplicaSet,
    /// A StatefulSet.
    StatefulSet,
    /// A DaemonSet: one pod on every node that takes it.
    DaemonSet,
    /// A Job.
    Job,
    /// None: what goes is gone, and of too many those with least to lose stop first.
    Nobody,
}
