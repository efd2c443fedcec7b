//! PodTopologySpread, the filter: no domain may exceed the emptiest by more than the skew allows
//! (`plugins/podtopologyspread/filtering.go`).

use super::class_matcher::{ClassMatcher, staying};
use super::configuration::SpreadArgs;
use super::spread_constraints::{Constraint, constraints, has_every_key};
use super::status::{Plugin, Status};
use crate::model::cluster::{BoundPod, ClusterView, NodeView};
use crate::model::placement_rules::WhenUnsatisfiable;
use crate::model::pod_template::PodTemplate;
use std::collections::BTreeMap;

/// Pods that count, per constraint and domain.
#[derive(Clone, Debug)]
pub(super) struct Counts {
    constraints: Vec<Constraint>,
    /// By constraint.
    domains: Vec<Domains>,
}

/// Pods and nodes by domain.
#[derive(Clone, Debug, Default)]
struct Domains {
    by_value: BTreeMap<String, Domain>,
    /// How many domains have so many pods.
    levels: BTreeMap<i64, u32>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Domain {
    pods: i64,
    nodes: u32,
}

impl Domains {
    /// So many pods more, on so many nodes more. A domain that loses its last node is gone.
    fn shift(&mut self, value: &str, pods: i64, nodes: i32) {
        let before = self.by_value.get(value).copied();
        if let Some(before) = before {
            match self.levels.get_mut(&before.pods) {
                Some(1) | None => _ = self.levels.remove(&before.pods),
                Some(count) => *count -= 1,
            }
        }
        let was = before.unwrap_or_default();
        let now = Domain {
            pods: was.pods + pods,
            nodes: was.nodes.saturating_add_signed(nodes),
        };
        if now.nodes == 0 && nodes < 0 {
            self.by_value.remove(value);
            return;
        }
        *self.levels.entry(now.pods).or_default() += 1;
        match self.by_value.get_mut(value) {
            Some(known) => *known = now,
            None => _ = self.by_value.insert(value.to_owned(), now),
        }
    }

    /// The least count of a domain; `None` without domains.
    fn least(&self) -> Option<i64> {
        self.levels.first_key_value().map(|(level, _)| *level)
    }
}

impl Counts {
    /// Counts over the nodes at `roster`; `None` for a pod without hard constraints, which is not filtered.
    pub(super) fn new(
        args: &SpreadArgs,
        view: &dyn ClusterView,
        roster: &[usize],
        class: &PodTemplate,
    ) -> Option<Self> {
        let constraints = constraints(args, view.objects(), class, WhenUnsatisfiable::DoNotSchedule);
        if constraints.is_empty() {
            return None;
        }
        let mut counts = Self {
            domains: vec![Domains::default(); constraints.len()],
            constraints,
        };
        let constraints = counts.constraints.clone();
        let mut matchers: Vec<_> = constraints
            .iter()
            .map(|constraint| ClassMatcher::new(|other: &PodTemplate| constraint.counts(class, other)))
            .collect();
        for node in roster.iter().filter_map(|&place| view.node(place)) {
            counts.count_node(class, node, 1, |place| matchers[place].count(node, staying));
        }
        Some(counts)
    }

    /// A node comes with its pods (`by` 1) or goes with them (-1).
    pub(super) fn node_changes(&mut self, class: &PodTemplate, node: &NodeView, by: i32) {
        let constraints = self.constraints.clone();
        self.count_node(class, node, by, |place| {
            let counted = |other: &PodTemplate| constraints[place].counts(class, other);
            ClassMatcher::new(counted).count(node, staying)
        });
    }

    fn count_node(
        &mut self,
        class: &PodTemplate,
        node: &NodeView,
        by: i32,
        mut pods: impl FnMut(usize) -> i64,
    ) {
        if !has_every_key(node, &self.constraints) {
            return;
        }
        for (place, constraint) in self.constraints.iter().enumerate() {
            if constraint.includes(class, node)
                && let Some(value) = node.label(&constraint.key)
            {
                self.domains[place].shift(value, i64::from(by) * pods(place), by);
            }
        }
    }

    /// A pod comes to a node that is there (`by` 1) or leaves it (-1): the counts are as if made anew.
    pub(super) fn pod_changes(&mut self, class: &PodTemplate, pod: &BoundPod, node: &NodeView, by: i64) {
        if pod.terminating.is_some() || !has_every_key(node, &self.constraints) {
            return;
        }
        for (place, constraint) in self.constraints.iter().enumerate() {
            if constraint.counts(class, &pod.class)
                && constraint.includes(class, node)
                && let Some(value) = node.label(&constraint.key)
            {
                self.domains[place].shift(value, by, 0);
            }
        }
    }

    /// A pod comes to `node` (`by` 1) or leaves it (-1) in a what-if.
    pub(super) fn change(&mut self, class: &PodTemplate, pod: &BoundPod, node: &NodeView, by: i64) {
        if pod.class.namespace != class.namespace || !has_every_key(node, &self.constraints) {
            return;
        }
        for (place, constraint) in self.constraints.iter().enumerate() {
            if !constraint.selects(&pod.class.labels) || !constraint.includes(class, node) {
                continue;
            }
            if let Some(value) = node.label(&constraint.key) {
                self.domains[place].shift(value, by, 0);
            }
        }
    }

    pub(super) fn filter(&self, class: &PodTemplate, node: &NodeView) -> Result<(), Status> {
        for (place, constraint) in self.constraints.iter().enumerate() {
            let Some(value) = node.label(&constraint.key) else {
                return Err(Status::unresolvable(
                    Plugin::PodTopologySpread,
                    "node(s) didn't match pod topology spread constraints (missing required label)",
                ));
            };
            let domains = &self.domains[place];
            let least = if domains.by_value.len() < constraint.min_domains {
                0
            } else {
                domains.least().unwrap_or(i32::MAX.into())
            };
            let own = i64::from(constraint.selects(&class.labels));
            let count = domains.by_value.get(value).map_or(0, |domain| domain.pods);
            if count + own - least > constraint.max_skew {
                return Err(Status::resolvable(
                    Plugin::PodTopologySpread,
                    "node(s) didn't match pod topology spread constraints",
                ));
            }
        }
        Ok(())
    }
}
