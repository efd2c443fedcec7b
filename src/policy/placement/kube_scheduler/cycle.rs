//! One scheduling cycle: what is worked out once a pod, then the filters, node by node
//! (`schedule_one.go`, `framework/runtime/framework.go`).

use super::KubeScheduler;
use super::inter_pod_filter;
use super::spread_filter;
use super::status::{Diagnosis, Status};
use super::{
    gpu_sharing, node_affinity, node_name, node_ports, node_resources_fit, node_unschedulable,
    taint_toleration,
};
use super::{node_volume_limits, volume_binding, volume_restrictions};
use crate::model::cluster::{ApiObjects, BoundPod, ClusterView, NodeView};
use crate::model::pod_template::PodTemplate;
use crate::policy::placement::Incoming;
use std::borrow::Cow;
use std::sync::Arc;

/// What filters know beside the node handed in.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    spread: Option<spread_filter::Counts>,
    inter_pod: Option<inter_pod_filter::Counts>,
}

impl Prepared {
    fn new(scheduler: &KubeScheduler, view: &dyn ClusterView, roster: &[usize], class: &PodTemplate) -> Self {
        Self {
            spread: spread_filter::Counts::new(&scheduler.pod_topology_spread, view, roster, class),
            inter_pod: inter_pod_filter::Counts::new(view, roster, class),
        }
    }

    /// The same for pods of `class` to come, whatever comes before them.
    pub(super) fn standing(
        scheduler: &KubeScheduler,
        view: &dyn ClusterView,
        roster: &[usize],
        class: &PodTemplate,
    ) -> Self {
        Self {
            spread: spread_filter::Counts::new(&scheduler.pod_topology_spread, view, roster, class),
            inter_pod: Some(inter_pod_filter::Counts::over(view, roster, class, true)),
        }
    }

    /// A pod comes to a node that is there (`by` 1) or leaves it (-1).
    pub(super) fn pod_changes(
        &mut self,
        objects: &ApiObjects,
        class: &PodTemplate,
        pod: &BoundPod,
        node: &NodeView,
        by: i64,
    ) {
        if let Some(spread) = &mut self.spread {
            spread.pod_changes(class, pod, node, by);
        }
        if let Some(inter_pod) = &mut self.inter_pod {
            inter_pod.shift(objects, class, &pod.class, node, by);
        }
    }

    /// A node comes with its pods (`by` 1) or goes with them (-1).
    pub(super) fn node_changes(
        &mut self,
        objects: &ApiObjects,
        class: &PodTemplate,
        node: &NodeView,
        by: i64,
    ) {
        if let Some(spread) = &mut self.spread {
            spread.node_changes(class, node, by as i32);
        }
        if let Some(inter_pod) = &mut self.inter_pod {
            inter_pod.node_changes(objects, class, node, by);
        }
    }
}

/// A pod's filters over one state of the cluster.
#[derive(Clone)]
pub(super) struct Cycle<'a> {
    scheduler: &'a KubeScheduler,
    pub(super) view: &'a dyn ClusterView,
    pub(super) roster: Arc<[usize]>,
    pub(super) pod: &'a Incoming<'a>,
    prepared: Arc<Prepared>,
}

/// Nodes that take the pod, and what is said of those that do not.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) feasible: Vec<usize>,
    pub(super) refused: Vec<(usize, Status)>,
    /// Whether nodes that cannot be named by the pod were left out.
    pub(super) restricted: bool,
}

impl<'a> Cycle<'a> {
    pub(super) fn new(
        scheduler: &'a KubeScheduler,
        view: &'a dyn ClusterView,
        roster: Arc<[usize]>,
        pod: &'a Incoming<'a>,
    ) -> Self {
        let prepared = Arc::new(Prepared::new(scheduler, view, &roster, pod.class));
        Self {
            scheduler,
            view,
            roster,
            pod,
            prepared,
        }
    }

    /// The same with what is known already; no nodes are walked.
    pub(super) fn with(
        scheduler: &'a KubeScheduler,
        view: &'a dyn ClusterView,
        pod: &'a Incoming<'a>,
        prepared: Arc<Prepared>,
    ) -> Self {
        Self {
            scheduler,
            view,
            roster: Arc::default(),
            pod,
            prepared,
        }
    }

    /// Walks the nodes from the `start`-th on, round, until more than `limit` take the pod.
    pub(super) fn find(&self, start: usize, limit: impl Fn(usize) -> usize) -> Result<Found, Status> {
        let named = node_affinity::pre_filter(self.pod.class)?;
        volume_binding::pre_filter(self.view, self.pod)?;
        let nodes: Cow<'_, [usize]> = match &named {
            None => Cow::Borrowed(&self.roster),
            Some(names) => {
                let is_named = |place: &&usize| {
                    self.view
                        .node(**place)
                        .is_some_and(|node| names.contains(&node.facts.name.as_str()))
                };
                Cow::Owned(self.roster.iter().filter(is_named).copied().collect())
            }
        };
        let limit = limit(nodes.len());
        let mut found = Found {
            restricted: named.is_some(),
            ..Found::default()
        };
        for step in 0..nodes.len() {
            let place = nodes[(start + step) % nodes.len()];
            let Some(node) = self.view.node(place) else {
                continue;
            };
            match self.filter(node) {
                // The search stops when it meets one more than it needs; that one is where the next begins.
                Ok(()) if found.feasible.len() == limit => break,
                Ok(()) => found.feasible.push(place),
                Err(status) => found.refused.push((place, status)),
            }
        }
        Ok(found)
    }

    /// Whether `node` takes the pod: both with the pods that were promised room there and go before it, and without.
    pub(super) fn filter(&self, node: &NodeView) -> Result<(), Status> {
        let class = self.pod.class;
        let promised = node.nominated.iter().filter(|promised| {
            promised.class.rules.priority >= class.rules.priority
                && (promised.id.is_none() || promised.id != self.pod.id)
        });
        let mut promised = promised.peekable();
        if promised.peek().is_some() {
            let (mut with, mut crowded) = (self.clone(), node.clone());
            for pod in promised {
                with.change(pod, node, 1);
                crowded.bind(pod.clone());
            }
            with.filter_as_is(&crowded)?;
        }
        self.filter_as_is(node)
    }

    /// The first filter, in the profile's order, that refuses `node`.
    fn filter_as_is(&self, node: &NodeView) -> Result<(), Status> {
        let class = self.pod.class;
        filter_by_facts(self.scheduler, class, node)?;
        filter_by_pods(self.scheduler, class, node)?;
        let scheduler = self.scheduler;
        volume_restrictions::filter(self.view, self.pod, node)?;
        node_volume_limits::filter(self.view, self.pod, node)?;
        volume_binding::filter(scheduler.version, self.view, self.pod, node)?;
        if let Some(spread) = &self.prepared.spread {
            spread.filter(class, node)?;
        }
        match &self.prepared.inter_pod {
            Some(inter_pod) => inter_pod.filter(self.view.objects(), class, node),
            None => Ok(()),
        }
    }

    /// A pod comes to `node` (`by` 1) or leaves it (-1) in a what-if.
    pub(super) fn change(&mut self, pod: &BoundPod, node: &NodeView, by: i64) {
        let class = self.pod.class;
        let prepared = Arc::make_mut(&mut self.prepared);
        if let Some(spread) = &mut prepared.spread {
            spread.change(class, pod, node, by);
        }
        if let Some(inter_pod) = &mut prepared.inter_pod {
            inter_pod.shift(self.view.objects(), class, &pod.class, node, by);
        }
    }

    /// What is said of a pod that no node takes.
    pub(super) fn diagnosis(&self, found: Result<Found, Status>) -> Diagnosis {
        let nodes = self.roster.len();
        match found {
            Err(status) => Diagnosis {
                nodes,
                before: Some(status),
                ..Diagnosis::default()
            },
            Ok(found) => Diagnosis {
                nodes,
                before: None,
                refused: found.refused,
                others: found
                    .restricted
                    .then_some("node(s) didn't satisfy plugin(s) [NodeAffinity]"),
            },
        }
    }
}

/// The filters that look at what of a node stays the same as long as the roster does.
pub(super) fn filter_by_facts(
    scheduler: &KubeScheduler,
    class: &PodTemplate,
    node: &NodeView,
) -> Result<(), Status> {
    node_unschedulable::filter(class, node)?;
    node_name::filter(class, node)?;
    taint_toleration::filter(scheduler.version, class, node)?;
    node_affinity::filter(class, node)
}

/// The filters that look at the pods on a node, and at no other node.
pub(super) fn filter_by_pods(
    scheduler: &KubeScheduler,
    class: &PodTemplate,
    node: &NodeView,
) -> Result<(), Status> {
    node_ports::filter(class, node)?;
    node_resources_fit::filter(&scheduler.node_resources_fit, class, node)?;
    match scheduler.gpu_sharing {
        true => gpu_sharing::filter(class, node),
        false => Ok(()),
    }
}
