//! One look at the cluster: the snapshot in which all what-ifs of the look are asked.
//!
//! Knows: nodes that are there and nodes that are on their way, and the pods that wait. Must not know: what follows.

use super::circular::Circular;
use super::settings::ClusterAutoscalerSettings;
use super::template;
use crate::engine::{Span, Time};
use crate::model::cluster::{BoundPod, NodeId, NodePhase, Overlay};
use crate::model::gpu::Taken;
use crate::model::pod_template::PodTemplate;
use crate::model::units::Duration;
use crate::policy::node_scaling::{NodeScalingView, PendingPods};
use crate::policy::placement::kube_scheduler::KubeScheduler;
use std::collections::BTreeMap;

/// The annotation of pods that says how old they must be before nodes are launched for them.
const SCALE_UP_DELAY: &str = "cluster-autoscaler.kubernetes.io/pod-scale-up-delay";

/// One look.
pub(super) struct Scan<'a> {
    pub(super) settings: &'a ClusterAutoscalerSettings,
    pub(super) scheduler: &'a KubeScheduler,
    pub(super) view: &'a NodeScalingView<'a>,
    /// The cluster as it is about to be: nodes on their way take pods, expendable pods do not count.
    pub(super) search: Circular<'a>,
}

/// By workload: where its waiting pods found room, one after another.
pub(super) type Hints = BTreeMap<usize, Vec<NodeId>>;

/// Pods that wait for a node and would still find none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting<'a> {
    pub(super) pods: &'a PendingPods<'a>,
    /// How many of them.
    pub(super) count: u32,
}

impl<'a> Scan<'a> {
    /// The snapshot; the last search before this look ended at `last_found`.
    pub(super) fn new(
        settings: &'a ClusterAutoscalerSettings,
        scheduler: &'a KubeScheduler,
        view: &'a NodeScalingView<'a>,
        last_found: usize,
    ) -> Self {
        let mut search = Circular::new(scheduler, Overlay::new(view.cluster), last_found, view.now);
        let cutoff = settings.expendable_pods_priority_cutoff;
        for info in view.nodes {
            let Some(node) = view.cluster.node(info.place) else {
                continue;
            };
            let expendable = |class: &PodTemplate| class.rules.priority < cutoff;
            if node.pods.classes().iter().any(|count| expendable(&count.class)) {
                let tickets = node.pods.iter().filter(|(_, pod)| expendable(&pod.class));
                let tickets: Vec<u64> = tickets.map(|(ticket, _)| ticket).collect();
                for ticket in tickets {
                    search.remove_pod(info.place, ticket);
                }
            }
            if info.phase == NodePhase::Booting {
                search.open_node(info.place);
                let daemons = view.daemons.iter();
                let daemons: Vec<_> = daemons
                    .filter(|class| search.accepts(class, None, info.place))
                    .collect();
                for class in daemons {
                    search.put(template::daemon(class, view.now), info.place);
                }
            }
        }
        Self {
            settings,
            scheduler,
            view,
            search,
        }
    }

    /// When it is.
    pub(super) const fn now(&self) -> Time {
        self.view.now
    }

    /// Whether such pods are of too little importance to do anything for.
    pub(super) fn is_expendable(&self, pods: &PendingPods<'_>) -> bool {
        pods.template.rules.priority < self.settings.expendable_pods_priority_cutoff
    }

    /// How old a pod must be before nodes are launched for it: what its annotation says counts where it is longer.
    fn delay_of(&self, class: &PodTemplate) -> Span {
        let delay = self.settings.new_pod_scale_up_delay.span();
        let own = class.annotations.get(SCALE_UP_DELAY);
        let own = own.and_then(|said| said.parse::<Duration>().ok());
        own.map_or(delay, |own| own.span().max(delay))
    }

    /// Pods that would find no node, after those that would have been placed in the snapshot, the more important ones
    /// first (`core/podlistprocessor/filter_out_schedulable.go`). Pods are tried where they found room at the last look,
    /// which is in `hints`: were they spread anew each time, no room would be left for larger ones.
    pub(super) fn settle(&mut self, hints: &mut Hints) -> Vec<Waiting<'a>> {
        let mut groups: Vec<&'a PendingPods<'a>> = self.view.pending.iter().collect();
        groups.retain(|pods| !self.is_expendable(pods));
        groups.sort_by_key(|pods| std::cmp::Reverse(pods.template.rules.priority));
        let mut waiting = Vec::new();
        let (before, view) = (std::mem::take(hints), self.view);
        let places: BTreeMap<NodeId, usize> = match groups.is_empty() {
            true => BTreeMap::new(),
            false => view.nodes.iter().map(|node| (node.id, node.place)).collect(),
        };
        let ids: BTreeMap<usize, NodeId> = places.iter().map(|(id, place)| (*place, *id)).collect();
        for pods in groups {
            let mut left = pods.count;
            let known = before.get(&pods.workload).map_or(&[][..], Vec::as_slice);
            let settled = hints.entry(pods.workload).or_default();
            while left > 0 {
                let hinted = known
                    .get(settled.len())
                    .and_then(|node| places.get(node))
                    .copied();
                let hinted = hinted.filter(|&place| self.search.accepts(pods.template, pods.like, place));
                let found = hinted.or_else(|| self.search.find(pods.template, pods.like, |_| true));
                let Some(place) = found else { break };
                settled.extend(ids.get(&place));
                let pod = BoundPod {
                    class: pods.template.clone(),
                    id: None,
                    started: self.view.now,
                    terminating: None,
                    devices: Taken::NONE,
                };
                self.search.put(pod, place);
                left -= 1;
            }
            if left > 0 {
                waiting.push(Waiting { pods, count: left });
            }
        }
        waiting.retain(|waiting| waiting.pods.oldest + self.delay_of(waiting.pods.template) <= self.view.now);
        waiting
    }
}
