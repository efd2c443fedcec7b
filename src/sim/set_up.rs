//! Time zero: the platform was already running, and every periodic loop gets its first turn.

use super::event::Control;
use super::world::World;
use crate::engine::{Span, Time};
use crate::model::cluster::{PodId, PodPhase};
use crate::policy::node_scaling::NodeScalerClock;
use crate::policy::placement::{Incoming, Placement};
use crate::policy::pod_scaling::PodScalerClock;
use rand::RngExt;

impl World {
    /// Time zero: the platform was already running with its initial nodes and replicas.
    pub(super) fn set_up(&mut self) {
        for pool in 0..self.fleet.pools.len() {
            for _ in 0..self.fleet.pools[pool].spec.nodes_initial {
                self.launch_node(pool, true);
            }
        }
        for workload in 0..self.workloads.len() {
            for _ in 0..self.workloads[workload].desired {
                self.create_pod(workload);
            }
            if self.workloads[workload].scaler.clock() == PodScalerClock::OnBacklog {
                self.workloads[workload].serving.watch_backlog();
            }
        }
        self.place_initial_pods();
        self.reset_statistics();
        self.plan_loops();
    }

    /// Initial replicas that fit are ready at once, their images in the nodes' caches.
    fn place_initial_pods(&mut self) {
        let scenario = self.scenario.clone();
        let waiting = self.waiting_pods();
        for id in waiting {
            let Some(workload) = self.cluster.pod(id).map(|pod| pod.workload) else {
                continue;
            };
            let template = &scenario.workloads[workload].template;
            let pod = Incoming {
                id: Some(id),
                ..Incoming::any_of(template)
            };
            let placed = self.placer.place(&self.cluster, &pod, &mut self.placement_stream);
            let Placement::Bind { place, .. } = placed else {
                continue;
            };
            let Some(node_id) = self.cluster.node_at(place) else {
                continue;
            };
            if let Some(node) = self.cluster.node_mut(node_id) {
                let layers = template
                    .containers
                    .iter()
                    .filter_map(|container| container.image.as_ref());
                for layer in layers.flat_map(|image| &image.layers) {
                    node.puller.cache_mut().insert(layer.digest);
                }
            }
            self.bind_pod(id, node_id);
            if self
                .cluster
                .pod(id)
                .is_some_and(|pod| pod.phase == PodPhase::Starting)
            {
                self.finish_start(id);
            }
        }
        self.place_planned = Time::NEVER;
        if self.cluster.pending_count() > 0 {
            self.plan_placement();
        }
    }

    /// Skips what is left of a pod's start.
    fn finish_start(&mut self, id: PodId) {
        if let Some(pod) = self.cluster.pod_mut(id) {
            pod.start_plan.iter_mut().for_each(|step| *step = Span::ZERO);
        }
        self.on_pod_step(id, false);
    }

    /// Plans the first turn of every periodic loop, each with a phase of its own.
    fn plan_loops(&mut self) {
        let key = self.key;
        let phase = |name: &str, interval: Span| {
            let part: f64 = key.stream(&format!("phase/{name}")).random();
            Time::ZERO + interval.scaled(part)
        };
        let interval = self.scenario.metrics.interval;
        for index in 0..self.workloads.len() {
            let name = self.workloads[index].spec.name.clone();
            self.plan(
                phase(&format!("metrics/{name}"), interval) + Span::from_nanos(1),
                Control::Scrape(index as u32),
            );
            match self.workloads[index].scaler.clock() {
                PodScalerClock::Once => self.plan(Time::ZERO, Control::PodScaler(index as u32)),
                PodScalerClock::Every(every) => {
                    self.plan(
                        phase(&format!("pod_scaling/{name}"), every),
                        Control::PodScaler(index as u32),
                    );
                }
                PodScalerClock::OnBacklog => {}
            }
        }
        match self.node_scaler.clock() {
            NodeScalerClock::Never => {}
            NodeScalerClock::Every(every) => self.plan_node_scaler(phase("node_scaling", every)),
            NodeScalerClock::OnChange => self.plan_node_scaler(Time::ZERO),
        }
        self.plan(
            Time::ZERO + self.scenario.sample_every.min(self.scenario.duration),
            Control::Sample,
        );
        if !self.scenario.warmup.is_zero() {
            self.plan(Time::ZERO + self.scenario.warmup, Control::WarmupOver);
        }
    }
}
