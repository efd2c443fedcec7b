//! InterPodAffinity, the score: pods that would rather be near one another, or rather not
//! (`plugins/interpodaffinity/scoring.go`).

use super::class_matcher::ClassMatcher;
use super::configuration::InterPodArgs;
use super::inter_pod_filter::means;
use super::normalise::SCORE_MAX;
use super::topology_counts::TopologyCounts;
use crate::model::cluster::{ClusterView, NodeView};
use crate::model::pod_template::PodTemplate;

/// Weights by domain over the nodes at `roster`; `None` where nothing counts, and nothing is scored.
pub(super) fn pre_score(
    args: &InterPodArgs,
    view: &dyn ClusterView,
    roster: &[usize],
    class: &PodTemplate,
) -> Option<TopologyCounts> {
    let rules = &class.rules;
    let near = rules.pod_affinity.preferred.iter().map(|one| (one, 1));
    let far = rules.pod_anti_affinity.preferred.iter().map(|one| (one, -1));
    let own: Vec<_> = near.chain(far).collect();
    let others = view.may_have_pod_affinity();
    if own.is_empty() && (!others || args.ignore_preferred_terms_of_existing_pods) {
        return None;
    }
    let objects = view.objects();
    let mut weights = TopologyCounts::default();
    let mut matchers: Vec<_> = own
        .iter()
        .map(|(one, _)| ClassMatcher::new(move |other: &PodTemplate| means(objects, &one.term, class, other)))
        .collect();
    for node in roster.iter().filter_map(|&place| view.node(place)) {
        for ((one, sign), matcher) in own.iter().zip(&mut matchers) {
            let pods = matcher.count(node, |count| count.pods);
            if pods > 0 {
                weights.add(&one.term.topology_key, node, sign * i64::from(one.weight) * pods);
            }
        }
        if !others {
            continue;
        }
        for count in node.pods.classes() {
            let (other, pods) = (&count.class, i64::from(count.pods));
            if args.hard_pod_affinity_weight > 0 {
                for term in &other.rules.pod_affinity.required {
                    if means(objects, term, other, class) {
                        weights.add(&term.topology_key, node, args.hard_pod_affinity_weight * pods);
                    }
                }
            }
            let near = other.rules.pod_affinity.preferred.iter().map(|one| (one, 1));
            let far = other
                .rules
                .pod_anti_affinity
                .preferred
                .iter()
                .map(|one| (one, -1));
            for (one, sign) in near.chain(far) {
                if means(objects, &one.term, other, class) {
                    weights.add(&one.term.topology_key, node, sign * i64::from(one.weight) * pods);
                }
            }
        }
    }
    (!weights.is_empty()).then_some(weights)
}

pub(super) fn score(weights: &TopologyCounts, node: &NodeView) -> i64 {
    weights.sum(node)
}

/// From the least, 0, to the most, 100; all zero where all are equal. Divides before it multiplies.
pub(super) fn normalise(scores: &mut [i64]) {
    let least = scores.iter().copied().min().unwrap_or_default();
    let range = scores.iter().copied().max().unwrap_or_default() - least;
    for score in scores {
        *score = if range > 0 {
            (SCORE_MAX as f64 * ((*score - least) as f64 / range as f64)) as i64
        } else {
            0
        };
    }
}
