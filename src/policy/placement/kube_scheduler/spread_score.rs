//! PodTopologySpread, the score: domains with fewer of the pod's like score high
//! (`plugins/podtopologyspread/scoring.go`).

use super::class_matcher::{ClassMatcher, staying};
use super::configuration::{DefaultingType, SpreadArgs};
use super::go_log::go_log;
use super::normalise::{SCORE_MAX, quotient};
use super::spread_constraints::{Constraint, constraints, has_every_key};
use crate::model::cluster::{ClusterView, NodeView};
use crate::model::placement_rules::{HOSTNAME_LABEL, WhenUnsatisfiable};
use crate::model::pod_template::PodTemplate;
use std::collections::BTreeMap;

/// Pods that count, per constraint and domain.
pub(super) struct Counts<'a> {
    class: &'a PodTemplate,
    constraints: Vec<Constraint>,
    /// By constraint: pods by domain; nothing for nodes as domains, which are counted when they are scored.
    domains: Vec<BTreeMap<&'a str, i64>>,
    weights: Vec<f64>,
    every_key_needed: bool,
}

impl<'a> Counts<'a> {
    /// Counts for the `feasible` nodes over those at `roster`; `None` for a pod without soft constraints, which is not
    /// scored.
    pub(super) fn new(
        args: &SpreadArgs,
        view: &'a dyn ClusterView,
        roster: &[usize],
        feasible: &[usize],
        class: &'a PodTemplate,
    ) -> Option<Self> {
        let constraints = constraints(args, view.objects(), class, WhenUnsatisfiable::ScheduleAnyway);
        if constraints.is_empty() {
            return None;
        }
        let every_key_needed = every_key_needed(args, class);
        let counted = |node: &NodeView| !every_key_needed || has_every_key(node, &constraints);
        let mut domains = vec![BTreeMap::new(); constraints.len()];
        let mut scored = 0;
        for node in feasible.iter().filter_map(|&place| view.node(place)) {
            if !counted(node) {
                continue;
            }
            scored += 1;
            for (constraint, domains) in constraints.iter().zip(&mut domains) {
                if constraint.key != HOSTNAME_LABEL {
                    domains.insert(node.label(&constraint.key).unwrap_or_default(), 0);
                }
            }
        }
        let weight = |(constraint, domains): (&Constraint, &BTreeMap<&str, i64>)| {
            let size = if constraint.key == HOSTNAME_LABEL {
                scored
            } else {
                domains.len()
            };
            weight_of(size)
        };
        let weights = constraints.iter().zip(&domains).map(weight).collect();
        for (constraint, domains) in constraints.iter().zip(&mut domains) {
            if domains.is_empty() {
                continue;
            }
            let mut matcher = ClassMatcher::new(|other: &PodTemplate| constraint.counts(class, other));
            for node in roster.iter().filter_map(|&place| view.node(place)) {
                if !counted(node) || !constraint.includes(class, node) {
                    continue;
                }
                if let Some(count) = domains.get_mut(node.label(&constraint.key).unwrap_or_default()) {
                    *count += matcher.count(node, staying);
                }
            }
        }
        Some(Self {
            class,
            constraints,
            domains,
            weights,
            every_key_needed,
        })
    }

    /// What is scored of a node before normalisation; `None` for one that lacks a key.
    pub(super) fn score(&self, node: &NodeView) -> Option<i64> {
        if self.every_key_needed && !has_every_key(node, &self.constraints) {
            return None;
        }
        let mut score = 0.0;
        for (place, constraint) in self.constraints.iter().enumerate() {
            let Some(value) = node.label(&constraint.key) else {
                continue;
            };
            let count = if constraint.key == HOSTNAME_LABEL {
                ClassMatcher::new(|other: &PodTemplate| constraint.counts(self.class, other))
                    .count(node, staying)
            } else {
                self.domains[place].get(value).copied().unwrap_or_default()
            };
            score += part(count, self.weights[place], constraint.max_skew);
        }
        Some(rounded(score))
    }
}

/// Whether a node must have the key of every constraint to be scored: under the system's defaults a node without zone
/// still counts for spreading over nodes.
pub(super) fn every_key_needed(args: &SpreadArgs, class: &PodTemplate) -> bool {
    !class.rules.spread.is_empty() || args.defaulting_type == DefaultingType::List
}

/// How much pods of a domain count, of which there are `size`.
pub(super) fn weight_of(size: usize) -> f64 {
    go_log((size + 2) as f64)
}

/// What a constraint adds to the score of a node with `count` pods in its domain.
pub(super) fn part(count: i64, weight: f64, max_skew: i64) -> f64 {
    count as f64 * weight + (max_skew - 1) as f64
}

/// `score` rounded half away from zero, of one that is not negative and far from the largest.
pub(super) fn rounded(score: f64) -> i64 {
    let whole = score as i64;
    whole + i64::from(score - whole as f64 >= 0.5)
}

/// High for few; zero for nodes that lack a key.
pub(super) fn normalise(raw: &[Option<i64>]) -> impl Iterator<Item = i64> + '_ {
    let known = || raw.iter().flatten().copied();
    let least = known().min().unwrap_or(i64::MAX);
    let most = known().max().unwrap_or_default().max(0);
    raw.iter().map(move |raw| match raw {
        None => 0,
        Some(_) if most == 0 => SCORE_MAX,
        Some(raw) => quotient(SCORE_MAX * (most + least - raw), most),
    })
}
