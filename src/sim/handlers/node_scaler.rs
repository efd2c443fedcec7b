//! The node scaler is asked: gather what it may know, ask, hand the answer to `apply`.

use crate::engine::Time;
use crate::model::cluster::{Cluster, ClusterView, Node, NodeId, PodId};
use crate::model::owner::Owner;
use crate::model::pod_template::PodTemplate;
use crate::model::volume::Reach;
use crate::policy::node_scaling::{
    Names, NodeEvent, NodeInfo, NodeScalerClock, NodeScalingView, PendingPods, PoolView,
};
use crate::sim::event::Control;
use crate::sim::scenario::Scenario;
use crate::sim::workload_run::WorkloadRun;
use crate::sim::world::World;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What tells pending pods apart: their workload, their class, and where their volumes are.
type PendingKey<'a> = (usize, *const PodTemplate, Vec<Option<&'a Reach>>);

impl World {
    /// Something changed that a poked node scaler looks at.
    pub(in crate::sim) fn wake_node_scaler(&mut self) {
        if self.node_scaler.clock() == NodeScalerClock::OnChange {
            self.plan_node_scaler(self.now);
        }
    }

    /// The node scaler is to learn of something that happened to nodes. One that is poked looks at once, and has to wait by
    /// itself before it asks again for what it has just not got.
    pub(in crate::sim) fn tell_node_scaler(&mut self, event: NodeEvent) {
        self.node_events.push(event);
        if matches!(
            self.node_scaler.clock(),
            NodeScalerClock::OnChange | NodeScalerClock::OnLoss
        ) {
            self.plan_node_scaler(self.now);
        }
    }

    /// The node scaler's time has come.
    pub(in crate::sim) fn on_node_scaler(&mut self) {
        if !self.node_scaler_turns.due(self.now) {
            return;
        }
        self.refresh_budgets();
        let events = std::mem::take(&mut self.node_events);
        let scenario = self.scenario.clone();
        let pools: Vec<PoolView<'_>> = self
            .fleet
            .pools
            .iter()
            .map(|pool| PoolView {
                spec: &pool.spec,
                nodes: pool.machines(),
                staying: pool.staying(),
                fresh: &pool.fresh,
            })
            .collect();
        let places = self.cluster.nodes().enumerate();
        let nodes: Vec<NodeInfo> = places
            .map(|(place, (id, node))| node_info(place, id, node))
            .collect();
        let templates = self.workloads.iter().map(WorkloadRun::current_template);
        let daemons: Vec<&Arc<PodTemplate>> = templates
            .filter(|template| template.owner == Owner::DaemonSet)
            .collect();
        let view = NodeScalingView {
            now: self.now,
            start: scenario.start,
            pools: &pools,
            cluster: &self.cluster as &dyn ClusterView,
            nodes: &nodes,
            pending: &pending_pods(&self.cluster, self.placed_at),
            daemons: &daemons,
            events: &events,
            placer: &*self.placer,
            names: Some(&RunNames {
                scenario: &scenario,
                cluster: &self.cluster,
            }),
        };
        let (decisions, next_look) = self.node_scaler.decide(&view, &mut self.node_stream);
        if let Some(at) = self.node_scaler_turns.looked(self.now, next_look) {
            self.plan(at, Control::NodeScaler);
        }
        self.apply_node_scaling(&decisions);
    }
}

/// What workloads and pods of a run are called.
struct RunNames<'a> {
    scenario: &'a Scenario,
    cluster: &'a Cluster,
}

impl Names for RunNames<'_> {
    fn workload(&self, index: usize) -> Option<&str> {
        let workload = self.scenario.workloads.get(index);
        workload.map(|workload| workload.name.as_str())
    }

    fn pod(&self, id: PodId) -> Option<String> {
        let pod = self.cluster.pod(id)?;
        let number = pod.number.map_or(pod.ordinal, u64::from);
        Some(format!("{}-{number}", self.workload(pod.workload)?))
    }
}

/// The pods for which a machine might be needed, as far as that is known since the search for nodes at `placed_at`: before
/// it has looked at a pod, nobody says that there is no room for it.
fn pending_pods(cluster: &Cluster, placed_at: Option<Time>) -> Vec<PendingPods<'_>> {
    let volumes = &cluster.objects().volumes;
    let mut pending: Vec<(PendingKey<'_>, PendingPods<'_>)> = Vec::new();
    // Most pods wait side by side with others of their kind: by workload and class, the groups there are.
    let mut known: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
    for (id, pod) in cluster
        .pending()
        .filter_map(|id| Some((id, cluster.pod(id)?)))
        .filter(|(_, pod)| placed_at.is_some_and(|at| pod.created <= at))
        // A pod that was promised room needs no machine.
        .filter(|(_, pod)| pod.nominated.is_none())
        // Nor does one that nobody may place yet, or one that is for a machine that is there.
        .filter(|(_, pod)| pod.class.rules.scheduling_gates.is_empty())
        .filter(|(_, pod)| pod.class.owner != Owner::DaemonSet)
    {
        let claims = volumes.of_pod(id);
        let places: Vec<Option<&Reach>> = claims
            .iter()
            .map(|&claim| volumes.claims[claim].volume.as_ref())
            .collect();
        let key = (pod.workload, Arc::as_ptr(&pod.class), places);
        let alike = known
            .entry((pod.workload, Arc::as_ptr(&pod.class).addr()))
            .or_default();
        match alike.iter().copied().find(|&place| pending[place].0 == key) {
            Some(place) => {
                let group = &mut pending[place].1;
                group.count += 1;
                group.oldest = group.oldest.min(pod.created);
                group.newest = group.newest.max(pod.created);
            }
            None => {
                let group = PendingPods {
                    workload: pod.workload,
                    template: &pod.class,
                    count: 1,
                    like: (!claims.is_empty()).then_some(id),
                    oldest: pod.created,
                    newest: pod.created,
                };
                alike.push(pending.len());
                pending.push((key, group));
            }
        }
    }
    pending.into_iter().map(|(_, group)| group).collect()
}
const fn node_info(place: usize, id: NodeId, node: &Node) -> NodeInfo {
    NodeInfo {
        id,
        place,
        pool: node.view.pool,
        claim: node.claim,
        phase: node.phase,
        launched: node.launched,
        ready: node.ready,
        empty_since: node.empty_since,
        pods_changed: node.pods_changed,
    }
}
