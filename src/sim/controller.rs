//! What makes the pods of a workload and makes them anew, beyond how many are wanted.

/// How the pods of a workload are made and replaced.
#[derive(Clone, Debug, Default)]
pub struct Controller {
    /// Whether every node that takes one has a pod, instead of a number of replicas (a DaemonSet).
    pub on_every_node: bool,
}
