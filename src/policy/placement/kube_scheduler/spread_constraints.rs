//! The spread constraints of a pod: its own, or the default ones (`plugins/podtopologyspread/common.go`).

use super::configuration::{DefaultingType, SpreadArgs, Unsatisfiable};
use crate::model::cluster::{ApiObjects, NodeView};
use crate::model::labels::{Labels, untolerated};
use crate::model::placement_rules::{
    HOSTNAME_LABEL, LabelSelector, NodeInclusion, SpreadConstraint, WhenUnsatisfiable, ZONE_LABEL,
};
use crate::model::pod_template::PodTemplate;

/// A constraint with its selector ready.
#[derive(Clone, Debug)]
pub(super) struct Constraint {
    pub(super) max_skew: i64,
    pub(super) key: String,
    pub(super) min_domains: usize,
    selector: Option<LabelSelector>,
    affinity: NodeInclusion,
    taints: NodeInclusion,
}

impl Constraint {
    fn new(constraint: &SpreadConstraint, selector: Option<LabelSelector>) -> Self {
        Self {
            max_skew: constraint.max_skew.into(),
            key: constraint.topology_key.clone(),
            min_domains: usize::try_from(constraint.min_domains).unwrap_or_default(),
            selector,
            affinity: constraint.node_affinity_policy,
            taints: constraint.node_taints_policy,
        }
    }

    /// Whether pods with `labels` match the selector.
    pub(super) fn selects(&self, labels: &Labels) -> bool {
        self.selector
            .as_ref()
            .is_some_and(|selector| selector.matches(labels))
    }

    /// Whether pods made from `other` count for a pod made from `own`. An empty selector counts nobody, though a pod
    /// matches it itself.
    pub(super) fn counts(&self, own: &PodTemplate, other: &PodTemplate) -> bool {
        self.selector
            .as_ref()
            .is_some_and(|selector| !selector.is_empty())
            && own.namespace == other.namespace
            && self.selects(&other.labels)
    }

    /// Whether the pods on `node` count for a pod made from `class`.
    pub(super) fn includes(&self, class: &PodTemplate, node: &NodeView) -> bool {
        (self.affinity == NodeInclusion::Ignore || class.selects(&node.facts.name, &node.facts.labels))
            && (self.taints == NodeInclusion::Ignore
                || untolerated(&node.facts.taints, &class.tolerations).is_none())
    }
}

/// Whether `node` has the key of every constraint.
pub(super) fn has_every_key(node: &NodeView, constraints: &[Constraint]) -> bool {
    constraints
        .iter()
        .all(|constraint| node.facts.labels.contains_key(&constraint.key))
}

/// The constraints of `class` that mean `when`.
pub(super) fn constraints(
    args: &SpreadArgs,
    objects: &ApiObjects,
    class: &PodTemplate,
    when: WhenUnsatisfiable,
) -> Vec<Constraint> {
    if !class.rules.spread.is_empty() {
        let own = class.rules.spread.iter();
        return own
            .filter(|constraint| constraint.when_unsatisfiable == when)
            .map(|constraint| {
                let keys = &constraint.match_label_keys;
                let selector = constraint.selector.as_ref();
                let selector = selector.map(|one| one.with_keys_of(keys, &class.labels).into_owned());
                Constraint::new(constraint, selector)
            })
            .collect();
    }
    let defaults: Vec<SpreadConstraint> = default_constraints(args)
        .into_iter()
        .filter(|constraint| constraint.when_unsatisfiable == when)
        .collect();
    if defaults.is_empty() {
        return Vec::new();
    }
    let selector = default_selector(objects, class);
    if selector.is_empty() {
        return Vec::new();
    }
    defaults
        .iter()
        .map(|constraint| Constraint::new(constraint, Some(selector.clone())))
        .collect()
}

fn default_constraints(args: &SpreadArgs) -> Vec<SpreadConstraint> {
    let soft = |skew, key| SpreadConstraint::new(skew, key, WhenUnsatisfiable::ScheduleAnyway, None);
    match args.defaulting_type {
        DefaultingType::System => vec![soft(3, HOSTNAME_LABEL), soft(5, ZONE_LABEL)],
        DefaultingType::List => args
            .default_constraints
            .iter()
            .map(|one| {
                let when = match one.when_unsatisfiable {
                    Unsatisfiable::DoNotSchedule => WhenUnsatisfiable::DoNotSchedule,
                    Unsatisfiable::ScheduleAnyway => WhenUnsatisfiable::ScheduleAnyway,
                };
                SpreadConstraint::new(one.max_skew, &one.topology_key, when, None)
            })
            .collect(),
    }
}

/// What the services in front of the pod and its owner select by, all together (`plugins/helper/spread.go`).
fn default_selector(objects: &ApiObjects, class: &PodTemplate) -> LabelSelector {
    let services = objects.services.iter().filter(|service| {
        service.namespace == class.namespace
            && !service.selector.is_empty()
            && service
                .selector
                .iter()
                .all(|(key, value)| class.labels.get(key) == Some(value))
    });
    let mut merged = Labels::new();
    for service in services {
        merged.extend(service.selector.clone());
    }
    let mut selector = LabelSelector::of_labels(merged);
    if let Some(owner) = &class.rules.owner {
        selector.match_labels.extend(owner.match_labels.clone());
        selector
            .match_expressions
            .extend(owner.match_expressions.iter().cloned());
    }
    selector
}
