//! What a pod gives up, one thing at a time, when no node takes it (`scheduling/preferences.go`).
//!
//! Preferences count as required until they are given up. The first required term of a node affinity goes too while
//! there is another: terms are alternatives.

use crate::model::labels::{TaintEffect, Toleration};
use crate::model::placement_rules::WhenUnsatisfiable;
use crate::model::pod_template::PodTemplate;

/// What was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenUp {
    /// The first of several required node affinity terms.
    RequiredNodeTerm,
    /// The heaviest preferred pod affinity.
    PodAffinity,
    /// The heaviest preferred pod anti-affinity.
    PodAntiAffinity,
    /// The heaviest preferred node affinity.
    NodeAffinity,
    /// A spread constraint that may be violated.
    Spread,
    /// Keeping away from `PreferNoSchedule` taints.
    SoftTaints,
}

/// The pod with one thing less to ask, and what that was; `None` if it asks for nothing that it could do without.
#[must_use]
pub fn relaxed(template: &PodTemplate, soft_taints: bool) -> Option<(PodTemplate, GivenUp)> {
    let mut template = template.clone();
    let given_up = relax(&mut template, soft_taints)?;
    Some((template, given_up))
}

fn relax(template: &mut PodTemplate, soft_taints: bool) -> Option<GivenUp> {
    let rules = &mut template.rules;
    if let Some(terms) = rules
        .node_affinity
        .required
        .as_mut()
        .filter(|terms| terms.len() > 1)
    {
        terms.remove(0);
        return Some(GivenUp::RequiredNodeTerm);
    }
    if remove_heaviest(&mut rules.pod_affinity.preferred, |one| one.weight) {
        return Some(GivenUp::PodAffinity);
    }
    if remove_heaviest(&mut rules.pod_anti_affinity.preferred, |one| one.weight) {
        return Some(GivenUp::PodAntiAffinity);
    }
    if remove_heaviest(&mut rules.node_affinity.preferred, |one| one.weight) {
        return Some(GivenUp::NodeAffinity);
    }
    let mut spread = rules.spread.iter();
    if let Some(soft) = spread.position(|one| one.when_unsatisfiable == WhenUnsatisfiable::ScheduleAnyway) {
        rules.spread.swap_remove(soft);
        return Some(GivenUp::Spread);
    }
    let everything_soft = Toleration {
        key: None,
        value: None,
        effect: Some(TaintEffect::PreferNoSchedule),
        lasts: None,
    };
    if soft_taints && !template.tolerations.contains(&everything_soft) {
        template.tolerations.push(everything_soft);
        return Some(GivenUp::SoftTaints);
    }
    None
}

/// Removes the heaviest, the first of those that are equally heavy; the others stay in order of weight.
fn remove_heaviest<T>(preferred: &mut Vec<T>, weight: impl Fn(&T) -> i32) -> bool {
    preferred.sort_by_key(|one| std::cmp::Reverse(weight(one)));
    if preferred.is_empty() {
        return false;
    }
    preferred.remove(0);
    true
}

#[cfg(test)]
mod tests {
    use super::{GivenUp, relaxed};
    use crate::model::placement_rules::{
        NodeSelectorTerm, PreferredNodes, SpreadConstraint, WhenUnsatisfiable, ZONE_LABEL,
    };
    use crate::model::pod_template::PodTemplate;

    /// Were it in another order, a pod would keep the wrong wish and go to the wrong zone.
    #[test]
    fn wishes_are_given_up_in_karpenters_order_and_needs_are_kept() {
        let mut template = PodTemplate::new(Vec::new());
        let term = NodeSelectorTerm::default();
        template.rules.node_affinity.required = Some(vec![term.clone(), term.clone()]);
        let preferred = |weight| PreferredNodes {
            weight,
            preference: term.clone(),
        };
        template.rules.node_affinity.preferred = vec![preferred(1), preferred(9)];
        let spread = |when| SpreadConstraint::new(1, ZONE_LABEL, when, None);
        template.rules.spread = vec![
            spread(WhenUnsatisfiable::ScheduleAnyway),
            spread(WhenUnsatisfiable::DoNotSchedule),
        ];
        let mut order = Vec::new();
        let mut weights = Vec::new();
        while let Some((next, given_up)) = relaxed(&template, true) {
            order.push(given_up);
            weights.push(
                next.rules
                    .node_affinity
                    .preferred
                    .iter()
                    .map(|one| one.weight)
                    .collect::<Vec<_>>(),
            );
            template = next;
        }
        use GivenUp::{NodeAffinity, RequiredNodeTerm, SoftTaints, Spread};
        assert_eq!(
            order,
            [RequiredNodeTerm, NodeAffinity, NodeAffinity, Spread, SoftTaints]
        );
        assert_eq!(weights[1], [1], "the heaviest goes first");
        assert_eq!(template.rules.spread.len(), 1);
        assert_eq!(
            template.rules.node_affinity.required.map(|terms| terms.len()),
            Some(1)
        );
    }
}
