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
    /// By constraint: pods by domain.
    domains: Vec<BTreeMap<String, i64>>,
    /// By constraint: the least count of a domain; `None` without domains.
    least: Vec<Option<i64>>,
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
        let mut domains = vec![BTreeMap::<String, i64>::new(); constraints.len()];
        let mut matchers: Vec<_> = constraints
            .iter()
            .map(|constraint| ClassMatcher::new(|other: &PodTemplate| constraint.counts(class, other)))
            .collect();
        for node in roster.iter().filter_map(|&place| view.node(place)) {
            if !has_every_key(node, &constraints) {
                continue;
            }
            for (constraint, (matcher, domains)) in
                constraints.iter().zip(matchers.iter_mut().zip(&mut domains))
            {
                if !constraint.includes(class, node) {
                    continue;
                }
                let Some(value) = node.label(&constraint.key) else {
                    continue;
                };
                let count = matcher.count(node, staying);
                match domains.get_mut(value) {
                    Some(known) => *known += count,
                    None => {
                        domains.insert(value.to_owned(), count);
                    }
                }
            }
        }
        drop(matchers);
        let least = domains.iter().map(least_of).collect();
        Some(Self {
            constraints,
            domains,
            least,
        })
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
                *self.domains[place].entry(value.to_owned()).or_default() += by;
                self.least[place] = least_of(&self.domains[place]);
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
            let least = if domains.len() < constraint.min_domains {
                0
            } else {
                self.least[place].unwrap_or(i32::MAX.into())
            };
            let own = i64::from(constraint.selects(&class.labels));
            let count = domains.get(value).copied().unwrap_or_default();
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

fn least_of(domains: &BTreeMap<String, i64>) -> Option<i64> {
    domains.values().copied().min()
}
