//! Policies are asked: gather what they may know, ask, hand the answer to `apply`.

use crate::model::cluster::{ClusterView, NodePhase};
use crate::model::volume::Reach;
use crate::policy::node_scaling::{EmptyNode, NodeScalerClock, NodeScalingView, PendingPods, PoolView};
use crate::policy::pod_scaling::{Backlog, PodScalingView, Replicas};
use crate::sim::event::Control;
use crate::sim::world::World;

/// What tells pending pods apart: their workload, and where their volumes are.
type PendingKey<'a> = (usize, Vec<Option<&'a Reach>>);

impl World {
    /// A pod scaler's time has come.
    pub(in crate::sim) fn on_pod_scaler(&mut self, workload: u32) {
        if self.workloads[workload as usize].scaler_turns.due(self.now) {
            self.ask_pod_scaler(workload as usize);
        }
    }

    /// Asks a workload's pod scaler now.
    pub(in crate::sim) fn ask_pod_scaler(&mut self, workload: usize) {
        let (now, start) = (self.now, self.scenario.start);
        let run = &mut self.workloads[workload];
        let (cpu_request_milli, memory_request_bytes) = run.mean_requests(&self.cluster);
        let pods = run
            .watch
            .as_ref()
            .map(|watch| watch.pods(now, &self.cluster, &run.pods));
        let view = PodScalingView {
            now,
            start,
            replicas: Replicas {
                desired: run.desired,
                ready: run.ready.level() as u32,
                starting: run.starting.level() as u32,
                pending: run.pending.level() as u32,
            },
            slots: run.spec.serving.slots,
            cpu_request_milli,
            memory_request_bytes,
            reading: run.reading(now),
            down: run.down(now),
            backlog: Backlog {
                queued: run.serving.queued(),
                in_service: run.serving.in_service(),
            },
            pods: pods.as_deref().unwrap_or_default(),
        };
        let (decision, next_look) = run.scaler.decide(&view, &mut run.scaler_stream);
        if let Some(at) = run.scaler_turns.looked(now, next_look) {
            self.plan(at, Control::PodScaler(workload as u32));
        }
        self.apply_pod_scaling(workload, &decision);
    }

    /// Something changed that a poked node scaler looks at.
    pub(in crate::sim) fn wake_node_scaler(&mut self) {
        if self.node_scaler.clock() == NodeScalerClock::OnChange {
            self.plan_node_scaler(self.now);
        }
    }

    /// A node was lost, or its launch failed.
    pub(in crate::sim) fn wake_node_scaler_of_loss(&mut self) {
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
        let scenario = self.scenario.clone();
        let pools: Vec<PoolView<'_>> = self
            .fleet
            .pools
            .iter()
            .map(|pool| PoolView {
                spec: &pool.spec,
                nodes: pool.nodes.level() as u32,
                fresh: &pool.fresh,
            })
            .collect();
        let volumes = &self.cluster.objects().volumes;
        let mut pending: Vec<(PendingKey<'_>, PendingPods<'_>)> = Vec::new();
        for (id, pod) in self
            .cluster
            .pending()
            .filter_map(|id| Some((id, self.cluster.pod(id)?)))
            // A pod that was promised room needs no machine.
            .filter(|(_, pod)| pod.nominated.is_none())
            // Nor does one that nobody may place yet.
            .filter(|(_, pod)| pod.class.rules.scheduling_gates.is_empty())
        {
            let claims = volumes.of_pod(id);
            let places: Vec<Option<&Reach>> = claims
                .iter()
                .map(|&claim| volumes.claims[claim].volume.as_ref())
                .collect();
            let key = (pod.workload, places);
            match pending.iter_mut().find(|(known, _)| *known == key) {
                Some((_, group)) => group.count += 1,
                None => {
                    let template = &scenario.workloads[pod.workload].template;
                    let like = (!claims.is_empty()).then_some(id);
                    let count = 1;
                    pending.push((
                        key,
                        PendingPods {
                            template,
                            count,
                            like,
                        },
                    ));
                }
            }
        }
        let pending: Vec<PendingPods<'_>> = pending.into_iter().map(|(_, group)| group).collect();
        let empty: Vec<EmptyNode> = self
            .cluster
            .nodes()
            .enumerate()
            .filter(|(_, (_, node))| node.phase == NodePhase::Ready)
            .filter_map(|(place, (_, node))| {
                node.empty_since.map(|since| EmptyNode {
                    place,
                    pool: node.view.pool,
                    since,
                })
            })
            .collect();
        let view = NodeScalingView {
            now: self.now,
            pools: &pools,
            cluster: &self.cluster as &dyn ClusterView,
            pending: &pending,
            empty: &empty,
            placer: &*self.placer,
        };
        let (decisions, next_look) = self.node_scaler.decide(&view, &mut self.node_stream);
        if let Some(at) = self.node_scaler_turns.looked(self.now, next_look) {
            self.plan(at, Control::NodeScaler);
        }
        self.apply_node_scaling(&decisions);
    }
}
