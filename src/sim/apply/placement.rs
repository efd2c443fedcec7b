//! Pods that wait get nodes.

use crate::engine::Time;
use crate::model::cluster::{PodId, PodPhase};
use crate::policy::placement::{Incoming, NoPreemption, Placement, filter};
use crate::sim::decision_log::{Decision, Why};
use crate::sim::world::{Row, World};
use std::cmp::Reverse;
use std::collections::BTreeSet;

impl World {
    /// Looks for a node for every pod that waits, by priority, oldest first. Pods of one workload are alike: when one
    /// finds no room and pushes nobody out, the others of this round are not tried.
    pub(in crate::sim) fn on_place(&mut self) {
        self.place_planned = Time::NEVER;
        let scenario = self.scenario.clone();
        let waiting = self.waiting_pods();
        let mut no_room: BTreeSet<usize> = BTreeSet::new();
        for id in waiting {
            let Some((workload, nominated)) = self
                .cluster
                .pod(id)
                .filter(|pod| pod.phase == PodPhase::Pending)
                .map(|pod| (pod.workload, pod.nominated))
            else {
                continue;
            };
            if no_room.contains(&workload) {
                continue;
            }
            let template = &scenario.workloads[workload].template;
            let pod = Incoming {
                class: template,
                id: Some(id),
                nominated: nominated.and_then(|node| self.cluster.place_of(node)),
            };
            match self.placer.place(&self.cluster, &pod, &mut self.placement_stream) {
                Placement::Bind { place, reason } => {
                    let node = self.cluster.node_at(place);
                    let valid = node
                        .and_then(|node| self.cluster.node(node))
                        .map(|node| filter::feasible(&node.view, template));
                    match (node, valid) {
                        (Some(node), Some(Ok(()))) => {
                            self.log_binding(id, Some(place), "done", reason.code, reason.sentence);
                            self.bind_pod(id, node);
                        }
                        (_, verdict) => {
                            let why = verdict
                                .and_then(Result::err)
                                .map_or_else(|| "no such node".to_owned(), |why| why.to_string());
                            self.log_binding(
                                id,
                                Some(place),
                                &format!("refused: {why}"),
                                reason.code,
                                reason.sentence,
                            );
                            no_room.insert(workload);
                        }
                    }
                }
                Placement::Wait(refusal) => {
                    self.refresh_budgets();
                    match self
                        .placer
                        .preempt(&self.cluster, &pod, &mut self.placement_stream)
                    {
                        Ok(preemption) => self.apply_preemption(id, &preemption),
                        Err(nobody) => {
                            if matches!(nobody, NoPreemption::NoCandidate(_)) {
                                self.cluster.nominate(id, None, template);
                            }
                            if self.tell {
                                self.log_binding(id, None, "done", "no_room", &format!("{refusal}{nobody}"));
                            }
                            no_room.insert(workload);
                        }
                    }
                }
            }
        }
        if self.cluster.pending_count() > 0 {
            self.wake_node_scaler();
        }
    }

    /// The pods without a node, by priority, oldest first (kube-scheduler `plugins/queuesort/priority_sort.go`).
    pub(in crate::sim) fn waiting_pods(&self) -> Vec<PodId> {
        let mut waiting: Vec<PodId> = self.cluster.pending().collect();
        waiting.sort_by_key(|&id| {
            let workload = self.cluster.pod(id).map(|pod| pod.workload);
            Reverse(workload.map(|workload| self.scenario.workloads[workload].template.rules.priority))
        });
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
            Some(node) => format!("{} on {}", run.pod_name(pod.ordinal), node.name()),
            None => run.spec.name.clone(),
        };
        let rows = self.log.record(
            self.now,
            &Decision {
                question: "placement",
                policy: &self.scenario.placement.name,
                subject: &subject,
                action: if place.is_some() { "bind" } else { "wait" },
                from: None,
                to: None,
                result,
                reason_code: code,
                reason: Why::Text(why),
            },
        );
        self.rows.extend(rows.into_iter().map(Row::Decision));
    }
}
