//! What filters know of pods on other nodes, kept from pod to pod while a hypothetical cluster changes: counted once for each
//! class of pods, then written up node by node and pod by pod.
//!
//! Knows: what each change does to the counts. Must not know: why the cluster changes. What it answers is what the filters
//! answer that count anew; a test holds it against them.

use super::KubeScheduler;
use super::cycle::{Cycle, Prepared};
use super::filters::Filters;
use crate::model::cluster::{ApiObjects, BoundPod, ClusterView, NodeView};
use crate::model::pod_template::PodTemplate;
use crate::policy::placement::Incoming;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The counts of every class of pods that was asked for.
#[derive(Debug, Default)]
pub struct Standing {
    /// By the address of the class, which lives as long as it is here.
    known: BTreeMap<usize, (Arc<PodTemplate>, Arc<Prepared>)>,
}

impl Standing {
    /// Whether nothing was counted yet, so that no change need be told.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.known.clear();
    }

    /// The filters for one pod over `view`, all changes of which have been told.
    #[must_use]
    pub fn filters<'a>(
        &mut self,
        scheduler: &'a KubeScheduler,
        view: &'a dyn ClusterView,
        pod: &'a Incoming<'a>,
    ) -> Filters<'a> {
        if !scheduler.looks_at_other_nodes(view, pod) {
            return scheduler.filters(view, pod);
        }
        let class = pod.class;
        let (_, prepared) = self.known.entry(Arc::as_ptr(class).addr()).or_insert_with(|| {
            let all: Vec<usize> = (0..view.len())
                .filter(|&place| view.node(place).is_some_and(|node| !node.booting))
                .collect();
            (
                class.clone(),
                Arc::new(Prepared::standing(scheduler, view, &all, class)),
            )
        });
        Filters(Cycle::with(scheduler, view, pod, prepared.clone()))
    }

    /// A pod comes to `node` (`by` 1) or leaves it (-1); `node` is as it was or as it is.
    pub fn pod_changes(&mut self, objects: &ApiObjects, pod: &BoundPod, node: &NodeView, by: i64) {
        if node.booting {
            return;
        }
        for (class, prepared) in self.known.values_mut() {
            Arc::make_mut(prepared).pod_changes(objects, class, pod, node, by);
        }
    }

    /// A node comes with its pods (`by` 1) or goes with them (-1).
    pub fn node_changes(&mut self, objects: &ApiObjects, node: &NodeView, by: i64) {
        if node.booting {
            return;
        }
        for (class, prepared) in self.known.values_mut() {
            Arc::make_mut(prepared).node_changes(objects, class, node, by);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BoundPod, Incoming, KubeScheduler, NodeView, PodTemplate, Standing};
    use crate::engine::{Stream, StreamKey, Time};
    use crate::model::cluster::{ClusterView, NodeFacts, Overlay, fixed::Fixed};
    use crate::model::gpu::Taken;
    use crate::model::labels::{Labels, Taint, TaintEffect};
    use crate::model::placement_rules::{
        AffinityTerm, HOSTNAME_LABEL, LabelSelector, SpreadConstraint, WhenUnsatisfiable, ZONE_LABEL,
    };
    use crate::model::resources::Resources;
    use rand::RngExt;
    use std::sync::Arc;

    fn node(place: usize, zone: u32) -> NodeView {
        let name = format!("n{place}");
        let labels = [
            (HOSTNAME_LABEL.to_owned(), name.clone()),
            (ZONE_LABEL.to_owned(), format!("z{zone}")),
        ];
        let facts = NodeFacts {
            name,
            labels: labels.into_iter().collect(),
            ..NodeFacts::default()
        };
        NodeView::new(facts, Resources::new(64_000, 64 << 30).with_pods(110))
    }

    /// Pods of two applications: without rules, spread by zone or by node, away from the other or near their own.
    fn classes() -> Vec<Arc<PodTemplate>> {
        let selector =
            |app: &str| LabelSelector::of_labels(Labels::from([("app".to_owned(), app.to_owned())]));
        let spread = |key: &str, app: &str| {
            SpreadConstraint::new(1, key, WhenUnsatisfiable::DoNotSchedule, Some(selector(app)))
        };
        let term = |key: &str, app: &str| AffinityTerm {
            selector: Some(selector(app)),
            topology_key: key.to_owned(),
            ..AffinityTerm::default()
        };
        let mut classes = Vec::new();
        for app in ["a", "b"] {
            for rule in 0..5 {
                let mut class = PodTemplate::new(Vec::new());
                class.labels.insert("app".to_owned(), app.to_owned());
                match rule {
                    0 => {}
                    1 => class.rules.spread.push(spread(ZONE_LABEL, app)),
                    2 => class.rules.spread.push(spread(HOSTNAME_LABEL, app)),
                    3 => class
                        .rules
                        .pod_anti_affinity
                        .required
                        .push(term(HOSTNAME_LABEL, "b")),
                    _ => class.rules.pod_affinity.required.push(term(ZONE_LABEL, app)),
                }
                classes.push(Arc::new(class));
            }
        }
        classes
    }

    fn pod(class: &Arc<PodTemplate>, stopping: bool) -> BoundPod {
        BoundPod {
            class: class.clone(),
            id: None,
            started: Time::ZERO,
            terminating: stopping.then_some(Time::ZERO),
            devices: Taken::NONE,
        }
    }

    /// A count that is one pod off lets a node go whose pods then wait, or keeps one that is paid for.
    #[test]
    fn counts_that_are_written_up_say_what_counts_made_anew_say() {
        let classes = classes();
        let scheduler = KubeScheduler::default();
        for seed in 0..60 {
            let mut stream = StreamKey::new(seed, 0).stream("standing");
            let some = |stream: &mut Stream, below: usize| stream.random_range(0..below as u64) as usize;
            let mut nodes: Vec<NodeView> = (0..6).map(|place| node(place, place as u32 % 3)).collect();
            nodes[5].booting = true;
            for _ in 0..some(&mut stream, 12) {
                let (place, class) = (some(&mut stream, 5), some(&mut stream, classes.len()));
                nodes[place].bind(pod(&classes[class], some(&mut stream, 4) == 0));
            }
            let below = Fixed(nodes);
            let mut overlay = Overlay::new(&below);
            let mut standing = Standing::default();
            for step in 0..40 {
                let place = some(&mut stream, overlay.len());
                let before = overlay.node(place).unwrap().clone();
                match some(&mut stream, 6) {
                    0 => {
                        let added = overlay.add_node(node(100 + step, step as u32 % 4));
                        standing.node_changes(below.objects(), &overlay.node(added).unwrap().clone(), 1);
                    }
                    1 => {
                        let mut ghost =
                            NodeView::new(NodeFacts::clone(&before.facts), before.allocatable.clone());
                        Arc::make_mut(&mut ghost.facts).taints.push(Taint {
                            key: "gone".to_owned(),
                            value: String::new(),
                            effect: TaintEffect::NoSchedule,
                        });
                        standing.node_changes(below.objects(), &before, -1);
                        standing.node_changes(below.objects(), &ghost, 1);
                        overlay.replace_node(place, ghost);
                    }
                    2 => {
                        standing.node_changes(below.objects(), &before, -1);
                        overlay.open_node(place);
                        standing.node_changes(below.objects(), &overlay.node(place).unwrap().clone(), 1);
                    }
                    3 => {
                        let first = before.pods.iter().next().map(|(ticket, _)| ticket);
                        if let Some(left) = first.and_then(|ticket| overlay.remove_pod(place, ticket)) {
                            standing.pod_changes(below.objects(), &left, &before, -1);
                        }
                    }
                    _ => {
                        let pod = pod(&classes[some(&mut stream, classes.len())], false);
                        standing.pod_changes(below.objects(), &pod, &before, 1);
                        overlay.add_pod(place, pod);
                    }
                }
                for (index, class) in classes.iter().enumerate() {
                    let incoming = Incoming::any_of(class, Time::ZERO);
                    let kept = standing.filters(&scheduler, &overlay, &incoming);
                    let anew = scheduler.filters(&overlay, &incoming);
                    for place in 0..overlay.len() {
                        let said = (kept.refusal(place), anew.refusal(place));
                        let same = format!("{:?}", said.0) == format!("{:?}", said.1);
                        assert!(
                            same,
                            "seed {seed}, step {step}, class {index}, node {place}: {said:?}"
                        );
                    }
                }
            }
        }
    }
}
