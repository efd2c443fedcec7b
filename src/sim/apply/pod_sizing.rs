//! Pods get sizes: when they are made, where they run, or by being evicted and made anew.
//!
//! A resize takes effect at once where the node has room. Where it has none it waits until a pod of that node has gone
//! (the kubelet's `Deferred`); one that no room on that node could ever satisfy stays `Infeasible`.

use super::eviction::FORBIDDEN;
use crate::engine::digest::Fact;
use crate::model::cluster::{NodeId, PodId};
use crate::model::pod_template::PodTemplate;
use crate::policy::admission::whole_pod;
use crate::policy::placement::ClusterEvent;
use crate::policy::pod_scaling::pod_sizer::{
    ContainerSize, PodUpdate, PodUpdateAction, Recommendation, ResizeState,
};
use crate::policy::reason::{Reason, ReasonKind};
use crate::sim::decision_log::{Decision, Why};
use crate::sim::handlers::pod_subject;
use crate::sim::sizing::{Waiting, mains, size_of, templates, written};
use crate::sim::world::World;
use std::sync::Arc;

static MEASURED: ReasonKind = ReasonKind {
    code: "measured_use",
    sentence: "what its containers were seen to use",
};

impl World {
    /// What a workload's next pod, called `name`, is made of if it is of this version.
    pub(in crate::sim) fn class_of_next_pod(
        &mut self,
        workload: usize,
        revision: u32,
        name: &str,
    ) -> Arc<PodTemplate> {
        let template = self.workloads[workload].template_of(revision).clone();
        let Some(sizing) = &mut self.workloads[workload].sizing else {
            return template;
        };
        let Some(admission) = sizing.sizer.admit(&templates(&template)) else {
            return template;
        };
        let class = sizing.class_of(&template, &admission.sizes);
        self.log_sizing(
            workload,
            Some(name),
            "admit",
            "done",
            &admission.reason,
            &sizes_of(&class),
        );
        class
    }

    /// Carries out what a pod sizer wants of running pods.
    pub(in crate::sim) fn apply_pod_updates(&mut self, workload: usize, updates: Vec<PodUpdate>) {
        for update in updates {
            let ordinal = update.pod;
            let run = &self.workloads[workload];
            let Some(&id) = run.pods.get(&ordinal) else {
                continue;
            };
            let Some(pod) = self.cluster.pod(id) else { continue };
            let name = run.name_of(pod);
            match update.action {
                PodUpdateAction::Evict => self.evict(workload, &name, id, &update.reason),
                PodUpdateAction::Resize(sizes) => {
                    let wanted = written_sizes(&self.workloads[workload].spec.template, &sizes);
                    let result = match self.resize(workload, ordinal, id, sizes) {
                        ResizeState::Deferred => "deferred: the node has no room now",
                        ResizeState::Infeasible => "infeasible: the node is too small",
                        ResizeState::Failed => "refused",
                        ResizeState::None | ResizeState::InProgress => "done",
                    };
                    self.log_sizing(workload, Some(&name), "resize", result, &update.reason, &wanted);
                }
            }
        }
    }

    /// Evicts a pod, so that its workload makes one of another size.
    fn evict(&mut self, workload: usize, name: &str, id: PodId, reason: &Reason) {
        let sizes = self
            .cluster
            .pod(id)
            .map(|pod| sizes_of(&pod.class))
            .unwrap_or_default();
        let result = match self.may_evict(id) {
            true => "done".to_owned(),
            false => format!("refused: {FORBIDDEN}"),
        };
        let had = format!("it has {sizes}");
        self.log_sizing(workload, Some(name), "evict", &result, reason, &had);
        self.evict_pod(id);
    }

    /// Gives a bound pod's main containers these sizes where it runs, or has the resize wait.
    fn resize(&mut self, workload: usize, ordinal: u64, id: PodId, sizes: Vec<ContainerSize>) -> ResizeState {
        let now = self.now;
        let run = &mut self.workloads[workload];
        let (Some(sizing), Some(pod)) = (&mut run.sizing, self.cluster.pod(id)) else {
            return ResizeState::Failed;
        };
        let Some(node) = pod.node.and_then(|node| self.cluster.node(node)) else {
            return ResizeState::Failed;
        };
        let template = match &run.versions {
            Some(versions) => &versions.version(pod.revision).template,
            None => &run.spec.template,
        };
        let class = sizing.class_of(template, &sizes);
        if whole_pod::check(&class).is_err() {
            return ResizeState::Failed;
        }
        let before = pod.class.clone();
        let mut room = node.view.free.clone();
        room.add(before.requests());
        let state = if !class.requests().fits_in(&node.view.allocatable) {
            ResizeState::Infeasible
        } else if !class.requests().fits_in(&room) {
            ResizeState::Deferred
        } else {
            ResizeState::None
        };
        if state != ResizeState::None {
            sizing.waiting.insert(ordinal, Waiting { sizes, state });
            return state;
        }
        sizing.waiting.remove(&ordinal);
        self.cluster.resize(now, id, &class);
        self.reserved.reserve(now, &before, -1);
        self.reserved.reserve(now, &class, 1);
        self.guard_memory(id);
        self.keep_pace(id);
        self.digest
            .add(Fact::Decided, now, pod_subject(workload, ordinal), 2);
        // What it no longer reserves, others may need.
        if self.cluster.pending_count() > 0 {
            if !before.requests().fits_in(class.requests()) {
                self.tell_queue(|_| Some(ClusterEvent::PodShrunk));
            }
            self.plan_placement();
        }
        state
    }

    /// A pod of `node` has gone: resizes that found no room there are tried again, the oldest pods first.
    pub(in crate::sim) fn retry_resizes(&mut self, node: NodeId) {
        for workload in 0..self.workloads.len() {
            let run = &self.workloads[workload];
            let Some(sizing) = &run.sizing else { continue };
            let here = |id| self.cluster.pod(id).is_some_and(|pod| pod.node == Some(node));
            let deferred = sizing
                .waiting
                .iter()
                .filter(|(_, it)| it.state == ResizeState::Deferred);
            let retried: Vec<(u64, PodId, Vec<ContainerSize>)> = deferred
                .filter_map(|(&ordinal, it)| Some((ordinal, *run.pods.get(&ordinal)?, it.sizes.clone())))
                .filter(|&(_, id, _)| here(id))
                .collect();
            for (ordinal, id, sizes) in retried {
                self.resize(workload, ordinal, id, sizes);
            }
        }
    }

    /// Writes down what a pod sizer recommends, where a target has changed.
    pub(in crate::sim) fn log_recommendation(
        &mut self,
        workload: usize,
        before: &[Option<Recommendation>],
        now: &[Option<Recommendation>],
    ) {
        let target = |said: &Option<Recommendation>| said.map(|said| said.target);
        if before.iter().map(target).eq(now.iter().map(target)) {
            return;
        }
        let template = self.workloads[workload].spec.template.clone();
        let names = mains(&template).map(|container| container.name.as_str());
        let targets = names
            .zip(now)
            .filter_map(|(name, said)| Some((name, (*said)?.target)));
        let targets = written(targets);
        self.log_sizing(
            workload,
            None,
            "recommend",
            "done",
            &Reason::new(&MEASURED),
            &targets,
        );
    }

    fn log_sizing(
        &mut self,
        workload: usize,
        pod: Option<&str>,
        action: &'static str,
        result: &str,
        reason: &Reason,
        sizes: &str,
    ) {
        let changes = action != "recommend";
        let run = &self.workloads[workload];
        let Some(policy) = &run.spec.pod_sizing else {
            return;
        };
        if !self.tell {
            self.log.count_one(changes);
            return;
        }
        let subject = pod.unwrap_or(&run.spec.name);
        let why = format!("{}: {sizes}", reason.render());
        let decision = Decision {
            question: "pod_sizing",
            policy: &policy.name,
            by: None,
            subject,
            action,
            from: None,
            to: None,
            result,
            reason_code: reason.kind().code,
            reason: Why::Text(&why),
        };
        self.log.write(self.now, &decision, self.tell, &mut self.rows);
    }
}

/// What a pod's main containers ask for, as people write it.
fn sizes_of(class: &PodTemplate) -> String {
    written(mains(class).map(|container| (container.name.as_str(), size_of(container).requests)))
}

fn written_sizes(template: &PodTemplate, sizes: &[ContainerSize]) -> String {
    let names = mains(template).map(|container| container.name.as_str());
    written(names.zip(sizes.iter().map(|size| size.requests)))
}
