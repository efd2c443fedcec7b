//! Pods that wait get nodes.

use crate::engine::Time;
use crate::model::cluster::{ClusterView, NodeId, PodId, PodPhase};
use crate::model::gpu::Taken;
use crate::model::pod_template::PodTemplate;
use crate::policy::placement::{
    ClusterEvent, Comparison, Incoming, NoPreemption, Placement, Refusal, filter,
};
use crate::policy::reason::ReasonKind;
use crate::sim::decision_log::{Decision, Why};
use crate::sim::rows::{COMPARED_MAX, ComparedNodeRow, PlacementRow};
use crate::sim::world::{Row, World};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What came of looking for a node for a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) enum Attempt {
    /// It has a node, or has been promised one.
    Settled,
    /// No node takes it.
    NoRoom,
}

/// How a pod that gets a node goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) enum Start {
    /// Its images are pulled, its containers start.
    FromNothing,
    /// It was there before the run: its images are in the node's cache, and it takes work at once.
    DoneAlready,
}

/// Where a pod goes.
#[derive(Clone, Copy, Debug)]
pub(in crate::sim) struct Home {
    /// Its node.
    pub(in crate::sim) node: NodeId,
    /// The GPUs it gets there; none: those the node hands out.
    pub(in crate::sim) devices: Taken,
}

impl Home {
    /// The node, with whatever GPUs it hands out.
    pub(in crate::sim) const fn on(node: NodeId) -> Self {
        Self {
            node,
            devices: Taken::NONE,
        }
    }
}

impl World {
    /// Looks for a node for every pod that waits, if the search planned for now is still due.
    pub(in crate::sim) fn on_place(&mut self) {
        if self.place_planned == self.now {
            if self.pod_queue.is_some() {
                self.place_queued();
            } else {
                self.place_waiting(Start::FromNothing);
            }
        }
    }

    /// Looks for a node for every pod that waits, by priority, oldest first. Pods of one workload are alike: when one
    /// finds no room and pushes nobody out, the others of this round are not tried. Before the run nobody is pushed out.
    pub(in crate::sim) fn place_waiting(&mut self, start: Start) {
        self.place_planned = Time::NEVER;
        self.placed_at = Some(self.now);
        let mut waiting = self.waiting_pods();
        let mut no_room: BTreeSet<usize> = BTreeSet::new();
        self.place_groups(&mut waiting, start);
        for id in waiting {
            let Some((workload, alone)) = self
                .cluster
                .pod(id)
                .map(|pod| (pod.workload, !pod.class.volumes.own.is_empty()))
            else {
                continue;
            };
            // Volumes of its own may keep a pod off nodes that take others of its workload.
            if !no_room.contains(&workload) && self.attempt(id, start) == Attempt::NoRoom && !alone {
                no_room.insert(workload);
            }
        }
        if self.cluster.pending_count() > 0 {
            if start == Start::DoneAlready {
                // What was not there before the run looks for room like any other pod, and is told why there is none.
                self.plan_placement();
            }
            self.wake_node_scaler();
        }
    }

    /// Binds pods alike of those that wait together, where the placer places them so; takes those that are bound out of
    /// `waiting`.
    fn place_groups(&mut self, waiting: &mut Vec<PodId>, start: Start) {
        let mut groups: Vec<(Arc<PodTemplate>, Vec<PodId>)> = Vec::new();
        if !self.placer.places_together() {
            return;
        }
        for &id in waiting.iter() {
            let Some(class) = self.cluster.pod(id).map(|pod| pod.class.clone()) else {
                continue;
            };
            match groups.iter_mut().find(|(known, _)| Arc::ptr_eq(known, &class)) {
                Some((_, pods)) => pods.push(id),
                None => groups.push((class, vec![id])),
            }
        }
        let mut bound: BTreeSet<PodId> = BTreeSet::new();
        for (class, pods) in groups.into_iter().filter(|(_, pods)| pods.len() > 1) {
            let pod = Incoming::any_of(&class, self.now);
            let (places, reason) = self.placer.place_together(&self.cluster, &pod, pods.len() as u32);
            for (id, place) in pods.into_iter().zip(places) {
                if self.apply_placement(id, (place, Taken::NONE), reason, start) {
                    bound.insert(id);
                }
            }
        }
        waiting.retain(|id| !bound.contains(id));
    }

    /// Looks for a node for one pod, and has others make room for it if need be.
    pub(super) fn attempt(&mut self, id: PodId, start: Start) -> Attempt {
        let Some((workload, class, nominated)) = self
            .cluster
            .pod(id)
            .filter(|pod| pod.phase == PodPhase::Pending)
            .map(|pod| (pod.workload, pod.class.clone(), pod.nominated))
        else {
            return Attempt::Settled;
        };
        if self.is_gated(id, start) {
            return Attempt::NoRoom;
        }
        let pod = Incoming {
            now: self.now,
            class: &class,
            id: Some(id),
            nominated: nominated.and_then(|node| self.cluster.place_of(node)),
        };
        let explained = self.tell && self.explained == Some(workload);
        let comparison = explained
            .then(|| self.placer.compare(&self.cluster, &pod))
            .flatten();
        let answer = self.placer.place(&self.cluster, &pod, &mut self.placement_stream);
        if let (Some(comparison), Placement::Bind { place, .. }) = (comparison, &answer) {
            self.tell_comparison(id, *place, &comparison);
        }
        let settled = match &answer {
            Placement::Bind {
                place,
                reason,
                devices,
            } => {
                let bound = self.apply_placement(id, (*place, *devices), reason, start);
                if !bound {
                    self.back_to_queue(&Refusal::Counted(filter::Rejections::default()), false);
                }
                bound
            }
            Placement::Wait(refusal) => start == Start::FromNothing && self.make_room(&pod, id, refusal),
        };
        if settled {
            Attempt::Settled
        } else {
            Attempt::NoRoom
        }
    }

    /// Tells how the nodes compared for a pod that gets the one at `place`.
    fn tell_comparison(&mut self, id: PodId, place: usize, comparison: &Comparison) {
        let Some(pod) = self.cluster.pod(id) else { return };
        let name = |place: usize| {
            let node = self.cluster.node_at(place).and_then(|id| self.cluster.node(id));
            node.map_or_else(String::new, |node| node.name().to_owned())
        };
        let best = comparison.nodes.iter().take(COMPARED_MAX);
        let row = PlacementRow {
            time_s: self.now.secs_f64(),
            pod: self.workloads[pod.workload].name_of(pod),
            node: name(place),
            criteria: comparison.criteria.clone(),
            nodes: best
                .map(|node| ComparedNodeRow {
                    node: name(node.place),
                    scores: node.scores.clone(),
                    total: node.total,
                })
                .collect(),
            feasible: comparison.nodes.len(),
            refused: comparison.refused,
            refusals: comparison.refusals.clone(),
            skipped: comparison.skipped,
        };
        self.rows.push(Row::Placement(row));
    }

    /// Whether a pod waits behind gates, which is told (kube-scheduler `plugins/schedulinggates/scheduling_gates.go`,
    /// whose words these are).
    pub(super) fn is_gated(&mut self, id: PodId, start: Start) -> bool {
        let Some(class) = self.cluster.pod(id).map(|pod| pod.class.clone()) else {
            return false;
        };
        let gates = &class.rules.scheduling_gates;
        if !gates.is_empty() && self.tell && start == Start::FromNothing {
            let why = format!("waiting for scheduling gates: [{}]", gates.join(" "));
            self.log_binding(id, None, "done", "scheduling_gated", &why);
        }
        !gates.is_empty()
    }

    /// A pod found no node: others may have to leave for it. Returns whether they do.
    fn make_room(&mut self, pod: &Incoming<'_>, id: PodId, refusal: &Refusal) -> bool {
        self.refresh_budgets();
        match self
            .placer
            .preempt(&self.cluster, pod, &mut self.placement_stream)
        {
            Ok(preemption) => {
                self.promise(id, &preemption);
                // It waits already when the first of them goes.
                self.back_to_queue(refusal, true);
                self.apply_preemption(id, &preemption);
                true
            }
            Err(nobody) => {
                let promised = self.cluster.pod(id).is_some_and(|pod| pod.nominated.is_some());
                let forsaken = promised && matches!(nobody, NoPreemption::NoCandidate(_));
                if forsaken {
                    self.cluster.nominate(id, None);
                    // Others may use what was kept for it.
                    self.tell_queue(|_| Some(ClusterEvent::PodRemoved(pod.class)));
                }
                self.back_to_queue(refusal, promised && !forsaken);
                if self.tell {
                    self.log_binding(id, None, "done", "no_room", &format!("{refusal}{nobody}"));
                }
                false
            }
        }
    }

    /// Carries out a placer's choice for a pod; returns whether the pod has a node now.
    fn apply_placement(
        &mut self,
        id: PodId,
        (place, devices): (usize, Taken),
        reason: &ReasonKind,
        start: Start,
    ) -> bool {
        let Some(class) = self.cluster.pod(id).map(|pod| pod.class.clone()) else {
            return false;
        };
        let pod = Incoming {
            id: Some(id),
            ..Incoming::any_of(&class, self.now)
        };
        let node = self
            .cluster
            .node_at(place)
            .and_then(|id| Some((id, self.cluster.node(id)?)));
        let verdict = match node {
            None => Err("no such node".to_owned()),
            Some((node, record)) => {
                match filter::feasible(&self.cluster.objects().volumes, &record.view, &pod) {
                    Ok(()) => Ok(node),
                    Err(why) => Err(why.to_string()),
                }
            }
        };
        match verdict {
            Ok(node) => {
                self.log_binding(id, Some(place), "done", reason.code, reason.sentence);
                let promised = self.cluster.pod(id).and_then(|pod| pod.nominated);
                let home = Home { node, devices };
                match start {
                    Start::FromNothing => self.bind_pod(id, home, start),
                    Start::DoneAlready => self.bind_running_pod(id, home),
                }
                if promised.is_some_and(|promised| promised != node) {
                    // Others may use what was kept for it elsewhere.
                    self.tell_queue(|_| Some(ClusterEvent::PodRemoved(&class)));
                }
                self.tell_queue(|_| Some(ClusterEvent::PodAdded(&class)));
                true
            }
            Err(why) => {
                let result = format!("refused: {why}");
                self.log_binding(id, Some(place), &result, reason.code, reason.sentence);
                false
            }
        }
    }

    /// The pods without a node, by priority, oldest first (kube-scheduler `plugins/queuesort/priority_sort.go`).
    fn waiting_pods(&self) -> Vec<PodId> {
        let mut waiting: Vec<PodId> = self.cluster.pending().collect();
        waiting.sort_by_key(|&id| Reverse(self.cluster.pod(id).map(|pod| pod.class.rules.priority)));
        waiting
    }

    fn log_binding(&mut self, id: PodId, place: Option<usize>, result: &str, code: &'static str, why: &str) {
        if !self.tell {
            self.log.count_one(place.is_some());
            return;
        }
        let Some(pod) = self.cluster.pod(id) else { return };
        let run = &self.workloads[pod.workload];
        let node = place
            .and_then(|place| self.cluster.node_at(place))
            .and_then(|node| self.cluster.node(node));
        // A pod that waits is a hold of its workload, so that a thousand waiting pods are one row; a binding names both.
        let subject = match node {
            Some(node) => format!("{} on {}", run.name_of(pod), node.name()),
            None => run.spec.name.clone(),
        };
        // A binding ends the wait: the next one of this workload is another.
        if place.is_some() {
            let rows = self.log.close_hold("placement", &run.spec.name);
            self.rows.extend(rows.into_iter().map(Row::Decision));
        }
        let decision = Decision {
            question: "placement",
            policy: &self.scenario.placement.name,
            by: None,
            subject: &subject,
            action: if place.is_some() { "bind" } else { "wait" },
            from: None,
            to: None,
            result,
            reason_code: code,
            reason: Why::Text(why),
        };
        self.log.write(self.now, &decision, self.tell, &mut self.rows);
    }
}
