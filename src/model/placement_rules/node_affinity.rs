//! Node affinity: which nodes a pod needs and prefers.

use super::selector::{Operator, Requirement};
use crate::model::labels::Labels;

/// A set of nodes: every condition must hold. An empty one matches no node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeSelectorTerm {
    /// Conditions on labels.
    pub match_expressions: Vec<Requirement>,
    /// Conditions on fields; `metadata.name` is the only one there is.
    pub match_fields: Vec<Requirement>,
}

impl NodeSelectorTerm {
    /// Whether the node called `name` with `labels` is in the set.
    #[must_use]
    pub fn matches(&self, name: &str, labels: &Labels) -> bool {
        !self.is_empty()
            && self
                .match_expressions
                .iter()
                .all(|one| one.matches(labels.get(&one.key).map(String::as_str)))
            && self
                .match_fields
                .iter()
                .all(|one| one.matches(Some(name).filter(|_| one.key == NAME_FIELD)))
    }

    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.match_expressions.is_empty() && self.match_fields.is_empty()
    }

    /// The nodes it names: those in every `In` condition on the name; `None` if it has no such condition.
    #[must_use]
    pub fn names(&self) -> Option<Vec<&str>> {
        let mut named = self
            .match_fields
            .iter()
            .filter(|one| one.key == NAME_FIELD && one.operator == Operator::In);
        let first = named.next()?;
        let mut names: Vec<&str> = first.values.iter().map(String::as_str).collect();
        for one in named {
            names.retain(|name| one.values.iter().any(|value| value == name));
        }
        Some(names)
    }
}

const NAME_FIELD: &str = "metadata.name";

/// Nodes a pod prefers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreferredNodes {
    /// How much, 1 to 100.
    pub weight: i32,
    /// Which.
    pub preference: NodeSelectorTerm,
}

/// Which nodes a pod needs and prefers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeAffinity {
    /// The node must be in one of these; `None` for any node, an empty list for none.
    pub required: Option<Vec<NodeSelectorTerm>>,
    /// Nodes it would rather have.
    pub preferred: Vec<PreferredNodes>,
}

impl NodeAffinity {
    /// Whether the node called `name` with `labels` is one the pod needs.
    #[must_use]
    pub fn allows(&self, name: &str, labels: &Labels) -> bool {
        self.required
            .as_ref()
            .is_none_or(|terms| terms.iter().any(|term| term.matches(name, labels)))
    }

    /// The only nodes that can match, if every term names some (kube-scheduler `nodeaffinity/node_affinity.go`).
    #[must_use]
    pub fn only_nodes(&self) -> Option<Vec<&str>> {
        let terms = self.required.as_ref().filter(|terms| !terms.is_empty())?;
        let mut names = Vec::new();
        for term in terms {
            names.extend(term.names()?);
        }
        names.sort_unstable();
        names.dedup();
        Some(names)
    }
}
