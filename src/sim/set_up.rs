//! Time zero: the platform was already running, and every periodic loop gets its first turn.

use super::apply::{Home, Start};
use super::event::Control;
use super::fleet::LaunchOf;
use super::pod_watch::PodWatch;
use super::turns::Turns;
use super::world::World;
use crate::engine::{Span, Time};
use crate::model::cluster::{Pod, PodId, PodPhase};
use crate::policy::node_scaling::NodeScalerClock;
use crate::policy::pod_scaling::PodScalerClock;
use rand::RngExt;

impl World {
    /// Time zero: the platform was already running with its initial nodes and replicas.
    pub(super) fn set_up(&mut self) {
        for pool in 0..self.fleet.pools.len() {
            for _ in 0..self.fleet.pools[pool].spec.nodes_initial {
                let there = LaunchOf {
                    at_once: true,
                    ..LaunchOf::default()
                };
                self.launch_node(pool, there);
            }
        }
        // Nobody can listen yet; the first who does gets these rows.
        self.tell = true;
        self.create_shared_claims();
        // Nodes have their DaemonSets' pods before anything else comes to them.
        for workload in 0..self.workloads.len() {
            if self.workloads[workload].daemons.is_some() {
                self.reconcile_daemons(workload, Start::DoneAlready);
            }
        }
        for workload in 0..self.workloads.len() {
            if self.workloads[workload].numbers.is_some() {
                self.number_all(workload);
            } else {
                self.reconcile(workload);
            }
            if self.workloads[workload].scaler.clock() == PodScalerClock::Backlog {
                self.workloads[workload].serving.watch_backlog();
            }
        }
        let brought_up = self.is_brought_up();
        if brought_up {
            self.plan_placement();
        } else {
            self.place_waiting(Start::DoneAlready);
        }
        // Pods that were not there leave no trace.
        self.tell = false;
        for workload in 0..self.workloads.len() {
            self.number_no_further(workload);
        }
        self.tell = true;
        self.open_queue();
        self.reset_statistics();
        if brought_up {
            self.brought_up_by_hand();
        }
        self.tell = false;
        self.plan_loops();
        self.plan_offers();
    }

    /// Binds a pod that was running before the run began: its images are in the node's cache, its start is over.
    pub(super) fn bind_running_pod(&mut self, id: PodId, home: Home) {
        let class = self.cluster.pod(id).map(|pod| pod.class.clone());
        if let (Some(class), Some(node)) = (class, self.cluster.node_mut(home.node)) {
            let images = class
                .containers
                .iter()
                .filter_map(|container| container.image.as_ref());
            for image in images {
                self.registry.had(image);
                for layer in &image.layers {
                    node.puller.cache_mut().insert(layer.digest);
                }
            }
        }
        self.bind_pod(id, home, Start::DoneAlready);
        let starts = |pod: &Pod| pod.phase == PodPhase::Starting && !self.restarts.waits(id);
        if self.cluster.pod(id).is_some_and(starts) {
            self.finish_start(id);
        }
    }

    /// Skips what is left of a pod's start.
    fn finish_start(&mut self, id: PodId) {
        if let Some(pod) = self.cluster.pod_mut(id) {
            pod.start_plan.iter_mut().for_each(|step| *step = Span::ZERO);
            pod.step_due = self.now;
        }
        self.probing.forget(id);
        self.on_pod_step(id, false);
    }

    /// Looks at single pods of a workload from now on: at their counters from `look` on, for scrapes from `scrape` on.
    fn watch_pods(&mut self, workload: usize, scrape: Time, look: Time) {
        let run = &mut self.workloads[workload];
        let mut watch = PodWatch::new(self.scenario.metrics, scrape, look);
        let first = watch.next_look(None);
        run.watch = Some(watch);
        self.plan(first, Control::Housekeeping(workload as u32));
    }

    /// Plans the first turn of every periodic loop, each with a phase of its own.
    fn plan_loops(&mut self) {
        let key = self.key;
        let phase = |name: &str, interval: Span| {
            let part: f64 = key.stream(&format!("phase/{name}")).random();
            Time::ZERO + interval.scaled(part)
        };
        let set_or_drawn = |set: Option<Span>, name: &str, interval| {
            set.map_or_else(|| phase(name, interval), |set| Time::ZERO + set)
        };
        let metrics = self.scenario.metrics;
        for index in 0..self.workloads.len() {
            if self.workloads[index].batch.is_some() {
                self.plan_jobs(index);
                continue;
            }
            let name = self.workloads[index].spec.name.clone();
            let scrape = set_or_drawn(metrics.phase, &format!("metrics/{name}"), metrics.interval);
            // A scrape at the very start would have nothing to average over.
            let scrape = scrape + Span::from_nanos(1);
            self.plan(scrape, Control::Scrape(index as u32));
            if self.workloads[index].scaler.watches_pods() || self.workloads[index].sizing.is_some() {
                let look = phase(
                    &format!("housekeeping/{name}"),
                    self.scenario.metrics.housekeeping,
                );
                self.watch_pods(index, scrape, look);
            }
            let run = &mut self.workloads[index];
            let (every, first) = match run.scaler.clock() {
                PodScalerClock::Start | PodScalerClock::Backlog => (None, Time::ZERO),
                PodScalerClock::Every(every) => (
                    Some(every),
                    set_or_drawn(run.spec.pod_scaling_phase, &format!("pod_scaling/{name}"), every),
                ),
            };
            run.scaler_turns = Turns::new(every, first);
            if let Some(first) = run.scaler_turns.first() {
                self.plan(first, Control::PodScaler(index as u32));
            }
        }
        for index in 0..self.workloads.len() {
            let run = &mut self.workloads[index];
            let Some(sizing) = &mut run.sizing else { continue };
            let (name, clock) = (&run.spec.name, sizing.sizer.clock());
            let first = set_or_drawn(
                run.spec.pod_sizing_phase,
                &format!("pod_sizing/{name}"),
                clock.recommend,
            );
            sizing.recommend = Turns::new(Some(clock.recommend), first);
            if let Some(every) = clock.update {
                let first = set_or_drawn(
                    run.spec.pod_updating_phase,
                    &format!("pod_updating/{name}"),
                    every,
                );
                sizing.update = Turns::new(Some(every), first);
            }
            let (learns, updates) = (sizing.recommend.first(), sizing.update.first());
            let learns = learns.map(|first| (first, Control::PodSizer(index as u32)));
            let updates = updates.map(|first| (first, Control::PodUpdater(index as u32)));
            for (first, look) in learns.into_iter().chain(updates) {
                self.plan(first, look);
            }
        }
        if let Some(phase) = self.scenario.node_scaling_phase {
            self.node_scaler.start_at(Time::ZERO + phase);
        }
        let turns = match self.node_scaler.clock() {
            NodeScalerClock::Never => None,
            NodeScalerClock::Every(every) => Some(Turns::new(
                Some(every),
                set_or_drawn(self.scenario.node_scaling_phase, "node_scaling", every),
            )),
            NodeScalerClock::OnLoss => Some(Turns::new(None, Time::NEVER)),
            NodeScalerClock::OnChange => Some(Turns::new(None, Time::ZERO)),
        };
        if let Some(mut turns) = turns {
            let first = turns.first();
            self.node_scaler_turns = turns;
            first
                .into_iter()
                .for_each(|first| self.plan(first, Control::NodeScaler));
        }
        self.plan(
            Time::ZERO + self.scenario.sample_every.min(self.scenario.duration),
            Control::Sample,
        );
        for (index, workload) in (0..).zip(&self.scenario.clone().workloads) {
            let controller = &workload.controller;
            let rollouts = controller.rollouts.iter().map(|rollout| rollout.at);
            let by_hand = controller.numbered().into_iter();
            let by_hand = by_hand.flat_map(|numbered| numbered.deletions.iter().map(|deletion| deletion.at));
            for at in rollouts.chain(by_hand) {
                self.plan(at, Control::Rollout(index));
            }
        }
        if !self.scenario.warmup.is_zero() {
            self.plan(Time::ZERO + self.scenario.warmup, Control::WarmupOver);
        }
    }
}
