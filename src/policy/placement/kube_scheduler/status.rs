//! What a plugin says about a node, and what is said of them all; in kube-scheduler's words.

use crate::model::resources::Shortage;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A plugin of the default profile, in the order in which filters run; then those that do other things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "they are called as in Kubernetes; each has its file")]
pub enum Plugin {
    NodeUnschedulable,
    NodeName,
    TaintToleration,
    NodeAffinity,
    NodePorts,
    NodeResourcesFit,
    PodTopologySpread,
    InterPodAffinity,
    NodeResourcesBalancedAllocation,
    ImageLocality,
    DefaultPreemption,
}

impl Plugin {
    /// Its name in Kubernetes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NodeUnschedulable => "NodeUnschedulable",
            Self::NodeName => "NodeName",
            Self::TaintToleration => "TaintToleration",
            Self::NodeAffinity => "NodeAffinity",
            Self::NodePorts => "NodePorts",
            Self::NodeResourcesFit => "NodeResourcesFit",
            Self::PodTopologySpread => "PodTopologySpread",
            Self::InterPodAffinity => "InterPodAffinity",
            Self::NodeResourcesBalancedAllocation => "NodeResourcesBalancedAllocation",
            Self::ImageLocality => "ImageLocality",
            Self::DefaultPreemption => "DefaultPreemption",
        }
    }
}

/// Whether other pods' leaving could help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// It could.
    Unschedulable,
    /// It could not.
    UnschedulableAndUnresolvable,
}

impl Code {
    /// Its name in Kubernetes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unschedulable => "Unschedulable",
            Self::UnschedulableAndUnresolvable => "UnschedulableAndUnresolvable",
        }
    }
}

/// Why a node does not take a pod.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// A sentence of kube-scheduler.
    Text(&'static str),
    /// It has too little of something.
    Insufficient(Shortage),
    /// It has this taint: key and value (as Kubernetes before 1.36 says it).
    Taint(Arc<str>, Arc<str>),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Insufficient(Shortage::Pods) => f.write_str("Too many pods"),
            Self::Insufficient(what) => write!(f, "Insufficient {what}"),
            Self::Taint(key, value) => write!(f, "node(s) had untolerated taint {{{key}: {value}}}"),
        }
    }
}

/// A plugin's refusal of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Whose.
    pub plugin: Plugin,
    /// Whether other pods' leaving could help.
    pub code: Code,
    /// Why, in the plugin's order.
    pub reasons: Vec<Why>,
}

impl Status {
    pub(super) fn new(plugin: Plugin, code: Code, text: &'static str) -> Self {
        Self {
            plugin,
            code,
            reasons: vec![Why::Text(text)],
        }
    }

    pub(super) fn resolvable(plugin: Plugin, text: &'static str) -> Self {
        Self::new(plugin, Code::Unschedulable, text)
    }

    pub(super) fn unresolvable(plugin: Plugin, text: &'static str) -> Self {
        Self::new(plugin, Code::UnschedulableAndUnresolvable, text)
    }
}

/// Why no node takes a pod.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diagnosis {
    /// Nodes there are.
    pub nodes: usize,
    /// What refused the pod everywhere before any node was looked at.
    pub before: Option<Status>,
    /// Nodes that were looked at, by position, and why each does not take the pod.
    pub refused: Vec<(usize, Status)>,
    /// What is said of each node that was not looked at.
    pub others: Option<&'static str>,
}

impl Diagnosis {
    /// Why nodes do not take the pod, each reason with the number of nodes that give it, sorted as texts.
    #[must_use]
    pub fn reasons(&self) -> Vec<String> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for reason in self.refused.iter().flat_map(|(_, status)| &status.reasons) {
            *counts.entry(reason.to_string()).or_default() += 1;
        }
        let others = self.nodes.saturating_sub(self.refused.len());
        if let Some(text) = self.others.filter(|_| others > 0) {
            *counts.entry(text.to_owned()).or_default() += others;
        }
        let mut lines: Vec<String> = counts
            .into_iter()
            .map(|(reason, count)| format!("{count} {reason}"))
            .collect();
        lines.sort_unstable();
        lines
    }
}

impl fmt::Display for Diagnosis {
    /// `0/5 nodes are available: 2 node(s) had untolerated taint(s), 3 Insufficient cpu.` Reasons are sorted as texts,
    /// count first (kube-scheduler `framework/types.go`, `FitError`).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0/{} nodes are available:", self.nodes)?;
        if let Some(status) = &self.before {
            for reason in &status.reasons {
                write!(f, " {reason}.")?;
            }
            return Ok(());
        }
        let lines = self.reasons();
        if lines.is_empty() {
            return Ok(());
        }
        write!(f, " {}.", lines.join(", "))
    }
}
