//! What a node scaler can say of a cluster before the run begins: what it will never do, and what will hold it up for ever.
//!
//! Knows: pools and workloads as they are described. Must not know: the file they come from, or how a run goes.

use crate::engine::Span;
use crate::model::pod_template::PodTemplate;
use crate::model::pool::PoolSpec;

/// A cluster and what is to run in it.
#[derive(Clone, Copy, Debug)]
pub struct Outlook<'a> {
    /// Its pools.
    pub pools: &'a [&'a PoolSpec],
    /// Its workloads.
    pub workloads: &'a [WorkloadAhead<'a>],
    /// How long the run lasts.
    pub duration: Span,
}

/// A workload as it is described.
#[derive(Clone, Copy, Debug)]
pub struct WorkloadAhead<'a> {
    /// Its name.
    pub name: &'a str,
    /// What its pods are made of.
    pub template: &'a PodTemplate,
    /// Whether its disruption budget never lets a pod go.
    pub never_lets_go: bool,
}

/// Something that will not work as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Doubt {
    /// The parameter it is about, as a path below the policy, such as `nodePools[0].limits.cpu`; the policy itself if empty.
    pub path: String,
    /// What will not work.
    pub what: String,
    /// What could be written instead.
    pub help: String,
    /// What was written of which `known` may have the word that was meant.
    pub said: Option<String>,
    /// Every name that would do.
    pub known: Vec<String>,
    /// Whether nothing at all would work, so that no run could be meant.
    pub is_hopeless: bool,
}
