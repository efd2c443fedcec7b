//! How the nodes that could take a pod compare, for people who ask why.

/// What a placement policy made of every node it looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// What is scored, and how much each score counts.
    pub criteria: Vec<(&'static str, i64)>,
    /// Nodes that take the pod, the highest total first.
    pub nodes: Vec<ComparedNode>,
    /// Nodes that do not, of those that were looked at.
    pub refused: usize,
    /// Why they do not, counted by reason; empty if all do.
    pub refusals: String,
    /// Nodes that were not looked at.
    pub skipped: usize,
}

/// One node that takes the pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComparedNode {
    /// Its position in the view.
    pub place: usize,
    /// A score for each criterion, before its weight.
    pub scores: Vec<i64>,
    /// The weighted sum.
    pub total: i64,
}
