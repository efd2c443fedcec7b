//! Pods of lower priority make room: they are asked to stop, and the pod that needs the room is promised it.

use crate::engine::digest::Fact;
use crate::model::cluster::{PodId, PodPhase};
use crate::policy::placement::{ClusterEvent, Preemption};
use crate::sim::decision_log::{Decision, Why};
use crate::sim::world::World;

impl World {
    /// Promises the pending pod `id` the room of a preemption; those of lower priority that were promised room there look
    /// anew.
    pub(in crate::sim) fn promise(&mut self, id: PodId, preemption: &Preemption) {
        let Some(priority) = self.cluster.pod(id).map(|pod| pod.class.rules.priority) else {
            return;
        };
        let Some(node_id) = self.cluster.node_at(preemption.place) else {
            return;
        };
        let displaced: Vec<PodId> = self
            .cluster
            .node(node_id)
            .into_iter()
            .flat_map(|node| &node.view.nominated)
            .filter(|promised| promised.class.rules.priority < priority)
            .filter_map(|promised| promised.id)
            .collect();
        let moved = self
            .cluster
            .pod(id)
            .is_some_and(|pod| pod.nominated.is_some_and(|node| node != node_id));
        for pod in displaced.iter().copied() {
            self.cluster.nominate(pod, None);
        }
        self.cluster.nominate(id, Some(node_id));
        // What was kept for them is for others now, and they themselves look anew.
        for pod in displaced.into_iter().chain(moved.then_some(id)) {
            if let Some(class) = self.cluster.pod(pod).map(|pod| pod.class.clone()) {
                self.tell_queue(|_| Some(ClusterEvent::PodRemoved(&class)));
            }
        }
    }

    /// Carries out a preemption for the pending pod `id`: its victims stop within their grace, and it finds its room,
    /// which it [was promised](Self::promise), when they have gone. Their workloads replace them.
    pub(in crate::sim) fn apply_preemption(&mut self, id: PodId, preemption: &Preemption) {
        let Some((workload, priority)) = self
            .cluster
            .pod(id)
            .filter(|pod| pod.phase == PodPhase::Pending)
            .map(|pod| (pod.workload, pod.class.rules.priority))
        else {
            return;
        };
        let Some(node_id) = self.cluster.node_at(preemption.place) else {
            return;
        };
        // Validated again: only pods that are there and of lower priority leave.
        let victims: Vec<(PodId, usize)> = preemption
            .victims
            .iter()
            .filter_map(|&victim| {
                let pod = self.cluster.pod(victim)?;
                let lower = pod.class.rules.priority < priority;
                (lower && pod.node == Some(node_id)).then_some((victim, pod.workload))
            })
            .collect();
        self.log_preemption(id, preemption, &victims);
        self.digest.add(
            Fact::Decided,
            self.now,
            1 << 60 | workload as u64,
            victims.len() as u64,
        );
        let mut workloads: Vec<usize> = Vec::new();
        for (victim, owner) in victims {
            self.terminate_pod(victim);
            workloads.push(owner);
        }
        workloads.sort_unstable();
        workloads.dedup();
        for workload in workloads {
            self.reconcile(workload);
        }
    }

    fn log_preemption(&mut self, id: PodId, preemption: &Preemption, victims: &[(PodId, usize)]) {
        if !self.tell {
            self.log.count_one(true);
            return;
        }
        let name = |pod: PodId| {
            let pod = self.cluster.pod(pod)?;
            Some(self.workloads[pod.workload].name_of(pod))
        };
        let names: Vec<String> = victims.iter().filter_map(|&(victim, _)| name(victim)).collect();
        let node = self.cluster.node_at(preemption.place);
        let node = node.and_then(|node| self.cluster.node(node));
        let subject = format!(
            "{} on {}",
            name(id).unwrap_or_default(),
            node.map_or("", |node| node.name())
        );
        let protected = match preemption.violations {
            0 => String::new(),
            count => format!(", {count} of them against a disruption budget"),
        };
        let why = format!(
            "of lower priority and asked to stop: {}{protected}",
            names.join(", ")
        );
        let decision = Decision {
            question: "placement",
            policy: &self.scenario.placement.name,
            by: None,
            subject: &subject,
            action: "preempt",
            from: None,
            to: None,
            result: "done",
            reason_code: "preempted",
            reason: Why::Text(&why),
        };
        self.log.write(self.now, &decision, self.tell, &mut self.rows);
    }
}
