//! InterPodAffinity, the filter: pods that must be near one another, or must not
//! (`plugins/interpodaffinity/filtering.go`).

use super::class_matcher::ClassMatcher;
use super::status::{Plugin, Status};
use super::topology_counts::TopologyCounts;
use crate::model::cluster::{ApiObjects, ClusterView, NodeView};
use crate::model::placement_rules::AffinityTerm;
use crate::model::pod_template::PodTemplate;

/// Pods near which the new one must be, or must not, by domain.
#[derive(Clone, Debug)]
pub(super) struct Counts {
    /// Pods that match every needed term of the new one.
    wanted: TopologyCounts,
    /// Pods that the new one must not be near.
    unwanted: TopologyCounts,
    /// Pods that must not have the new one near them.
    unwilling: TopologyCounts,
}

impl Counts {
    /// The same, also where no term is at stake; `others` if a pod that is there may have one.
    pub(super) fn over(view: &dyn ClusterView, roster: &[usize], class: &PodTemplate, others: bool) -> Self {
        let wants = &class.rules.pod_affinity.required;
        let avoids = &class.rules.pod_anti_affinity.required;
        let objects = view.objects();
        let mut counts = Self {
            wanted: TopologyCounts::default(),
            unwanted: TopologyCounts::default(),
            unwilling: TopologyCounts::default(),
        };
        let mut wanted = ClassMatcher::new(|other: &PodTemplate| matches_all(objects, class, other));
        let mut unwanted: Vec<_> = avoids
            .iter()
            .map(|term| ClassMatcher::new(move |other: &PodTemplate| means(objects, term, class, other)))
            .collect();
        for node in roster.iter().filter_map(|&place| view.node(place)) {
            if !wants.is_empty() {
                let pods = wanted.count(node, |count| count.pods);
                if pods > 0 {
                    for term in wants {
                        counts.wanted.add(&term.topology_key, node, pods);
                    }
                }
            }
            for (term, matcher) in avoids.iter().zip(&mut unwanted) {
                let pods = matcher.count(node, |count| count.pods);
                if pods > 0 {
                    counts.unwanted.add(&term.topology_key, node, pods);
                }
            }
            if others {
                for count in node.pods.classes() {
                    counts.unwilling_of(objects, class, &count.class, node, count.pods.into());
                }
            }
        }
        counts
    }

    /// A node comes with its pods (`by` 1) or goes with them (-1).
    pub(super) fn node_changes(
        &mut self,
        objects: &ApiObjects,
        class: &PodTemplate,
        node: &NodeView,
        by: i64,
    ) {
        for count in node.pods.classes() {
            self.shift(objects, class, &count.class, node, by * i64::from(count.pods));
        }
    }

    /// Counts over the nodes at `roster`; `None` where no term is at stake, and nothing is filtered.
    pub(super) fn new(view: &dyn ClusterView, roster: &[usize], class: &PodTemplate) -> Option<Self> {
        let wants = &class.rules.pod_affinity.required;
        let avoids = &class.rules.pod_anti_affinity.required;
        let others = view.may_have_pod_affinity();
        if wants.is_empty() && avoids.is_empty() && !others {
            return None;
        }
        let counts = Self::over(view, roster, class, others);
        let nothing = wants.is_empty() && avoids.is_empty() && counts.unwilling.is_empty();
        (!nothing).then_some(counts)
    }

    /// A pod made from `other` comes to `node` (`by` 1) or leaves it (-1).
    pub(super) fn shift(
        &mut self,
        objects: &ApiObjects,
        class: &PodTemplate,
        other: &PodTemplate,
        node: &NodeView,
        by: i64,
    ) {
        if matches_all(objects, class, other) {
            for term in &class.rules.pod_affinity.required {
                self.wanted.add_or_drop(&term.topology_key, node, by);
            }
        }
        for term in &class.rules.pod_anti_affinity.required {
            if means(objects, term, class, other) {
                self.unwanted.add_or_drop(&term.topology_key, node, by);
            }
        }
        self.unwilling_of(objects, class, other, node, by);
    }

    fn unwilling_of(
        &mut self,
        objects: &ApiObjects,
        class: &PodTemplate,
        other: &PodTemplate,
        node: &NodeView,
        by: i64,
    ) {
        for term in &other.rules.pod_anti_affinity.required {
            if means(objects, term, other, class) {
                self.unwilling.add_or_drop(&term.topology_key, node, by);
            }
        }
    }

    pub(super) fn filter(
        &self,
        objects: &ApiObjects,
        class: &PodTemplate,
        node: &NodeView,
    ) -> Result<(), Status> {
        if !self.is_near_wanted(objects, class, node) {
            return Err(Status::unresolvable(
                Plugin::InterPodAffinity,
                "node(s) didn't match pod affinity rules",
            ));
        }
        let mut avoids = class.rules.pod_anti_affinity.required.iter();
        if avoids.any(|term| {
            self.unwanted
                .of(&term.topology_key, node)
                .is_some_and(|pods| pods > 0)
        }) {
            return Err(Status::resolvable(
                Plugin::InterPodAffinity,
                "node(s) didn't match pod anti-affinity rules",
            ));
        }
        if self.unwilling.any_positive(node) {
            return Err(Status::resolvable(
                Plugin::InterPodAffinity,
                "node(s) didn't satisfy existing pods anti-affinity rules",
            ));
        }
        Ok(())
    }

    fn is_near_wanted(&self, objects: &ApiObjects, class: &PodTemplate, node: &NodeView) -> bool {
        let mut near = true;
        for term in &class.rules.pod_affinity.required {
            match self.wanted.of(&term.topology_key, node) {
                Some(pods) => near &= pods > 0,
                None => return false,
            }
        }
        // The first of pods that want to be near one another may go anywhere.
        near || (self.wanted.is_empty() && matches_all(objects, class, class))
    }
}

/// Whether `term` of a pod made from `owner` means pods made from `other`.
pub(super) fn means(
    objects: &ApiObjects,
    term: &AffinityTerm,
    owner: &PodTemplate,
    other: &PodTemplate,
) -> bool {
    let labels = objects.namespaces.get(&other.namespace);
    term.matches(&owner.namespace, &other.namespace, labels, &other.labels)
}

/// Whether pods made from `other` match every needed term of `class`, and there is one.
pub(super) fn matches_all(objects: &ApiObjects, class: &PodTemplate, other: &PodTemplate) -> bool {
    let terms = &class.rules.pod_affinity.required;
    !terms.is_empty() && terms.iter().all(|term| means(objects, term, class, other))
}
