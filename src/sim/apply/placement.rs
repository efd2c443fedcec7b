//! Pods that wait get nodes.

use crate::engine::Time;
use crate::model::cluster::PodId;
use crate::policy::placement::{Incoming, Placement, filter};
use crate::sim::decision_log::{Decision, Why};
use crate::sim::world::{Row, World};
use std::collections::BTreeSet;

/// How a pod that gets a node goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) enum Start {
    /// Its images are pulled, its containers start.
    FromNothing,
    /// It was there before the run: its images are in the node's cache, and it takes work at once.
    DoneAlready,
}

impl World {
    /// Looks for a node for every pod that waits, if the search planned for now is still due.
    pub(in crate::sim) fn on_place(&mut self) {
        if self.place_planned == self.now {
            self.place_waiting(Start::FromNothing);
        }
    }

    /// Looks for a node for every pod that waits, oldest first. Pods of one workload are alike: when one finds no room,
    /// the others of this round are not tried.
    pub(in crate::sim) fn place_waiting(&mut self, start: Start) {
        self.place_planned = Time::NEVER;
        let scenario = self.scenario.clone();
        let waiting: Vec<PodId> = self.cluster.pending().collect();
        let mut no_room: BTreeSet<usize> = BTreeSet::new();
        for id in waiting {
            let Some(workload) = self.cluster.pod(id).map(|pod| pod.workload) else {
                continue;
            };
            if no_room.contains(&workload) {
                continue;
            }
            let template = &scenario.workloads[workload].template;
            let pod = Incoming {
                id: Some(id),
                ..Incoming::any_of(template)
            };
            let answer = self.placer.place(&self.cluster, &pod, &mut self.placement_stream);
            if !self.apply_placement(id, &answer, start) {
                no_room.insert(workload);
            }
        }
        if self.cluster.pending_count() > 0 {
            self.wake_node_scaler();
        }
    }

    /// Carries out what a placer answered about a pod; returns whether it has a node now.
    fn apply_placement(&mut self, id: PodId, answer: &Placement, start: Start) -> bool {
        let Some(workload) = self.cluster.pod(id).map(|pod| pod.workload) else {
            return false;
        };
        let (place, reason) = match answer {
            Placement::Bind { place, reason } => (*place, reason),
            Placement::Wait(rejections) => {
                if self.tell {
                    self.log_binding(id, None, "done", "no_room", &rejections.to_string());
                }
                return false;
            }
        };
        let node = self
            .cluster
            .node_at(place)
            .and_then(|id| Some((id, self.cluster.node(id)?)));
        let template = &self.scenario.workloads[workload].template;
        let verdict = match node {
            None => Err("no such node".to_owned()),
            Some((node, record)) => match filter::feasible(&record.view, template) {
                Ok(()) => Ok(node),
                Err(why) => Err(why.to_string()),
            },
        };
        match verdict {
            Ok(node) => {
                self.log_binding(id, Some(place), "done", reason.code, reason.sentence);
                match start {
                    Start::FromNothing => self.bind_pod(id, node),
                    Start::DoneAlready => self.bind_running_pod(id, node),
                }
                true
            }
            Err(why) => {
                let result = format!("refused: {why}");
                self.log_binding(id, Some(place), &result, reason.code, reason.sentence);
                false
            }
        }
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
        // A binding ends the wait: the next one of this workload is another.
        let waited = place.and_then(|_| self.log.close_hold("placement", &run.spec.name));
        self.rows.extend(waited.map(Row::Decision));
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
