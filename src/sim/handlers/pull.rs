//! A pod's images come to its node, or do not: the kubelet tries again after its back-off, Docker's engine a few times.
//!
//! A registry that is down answers no pull: those under way break off, and what they have got is lost. What a pull-through
//! cache has comes all the same.

use crate::model::cluster::{NodeId, Pod, PodId, PodPhase};
use crate::model::image::Image;
use crate::model::pod_template::PodTemplate;
use crate::sim::decision_log::{Decision, Why};
use crate::sim::event::{Control, PodTurn};
use crate::sim::platform::Platform;
use crate::sim::restarts::EndCause;
use crate::sim::world::World;
use std::collections::BTreeSet;

/// Why images do not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    /// The registry does not answer.
    Registry,
    /// It no longer does, and layers were on their way.
    BrokenOff,
    /// There is no room for them.
    Disk,
}

impl Trouble {
    const fn words(self) -> &'static str {
        match self {
            Self::Registry | Self::BrokenOff => "the registry does not answer",
            Self::Disk => "there is no room on the disk",
        }
    }
}

impl World {
    /// A bound pod's images are pulled.
    pub(in crate::sim) fn pull_images(&mut self, id: PodId, node_id: NodeId) {
        // One whose machine does not answer does nothing before it does.
        let Some(class) = self
            .cluster
            .pod(id)
            .filter(|pod| !pod.silent)
            .map(|pod| pod.class.clone())
        else {
            return;
        };
        if let Some(why) = self.cannot_pull(node_id, &class) {
            self.pull_fails(id, why);
            return;
        }
        let mut images_left = 0;
        for image in class
            .containers
            .iter()
            .filter_map(|container| container.image.as_ref())
        {
            if let Some(token) = self.pull_image(node_id, image) {
                self.pulls.insert(token, id);
                images_left += 1;
            }
        }
        if let Some(pod) = self.cluster.pod_mut(id) {
            pod.images_left = images_left;
        }
        if images_left == 0 {
            self.start_pod(id);
        } else {
            self.plan_pull(node_id);
        }
    }

    /// A node begins to pull an image; the pull's token, or nothing if the image is there.
    pub(in crate::sim) fn pull_image(&mut self, node: NodeId, image: &Image) -> Option<u64> {
        let node = self.cluster.node_mut(node)?;
        if node.puller.cache().has_image(image) {
            return None;
        }
        self.pulls_ever += 1;
        self.registry.pulls += 1;
        let registry = &self.registry;
        node.puller
            .start_from(self.now, self.pulls_ever, image, |layer| registry.source(layer));
        Some(self.pulls_ever)
    }

    /// Why a node cannot pull the images of a pod of `class`, if it cannot.
    fn cannot_pull(&self, node: NodeId, class: &PodTemplate) -> Option<Trouble> {
        let node = self.cluster.node(node)?;
        let mut images = class.containers.iter().filter_map(|one| one.image.as_ref());
        if self.registry_is_down()
            && images
                .clone()
                .any(|image| self.registry.must_ask(&node.puller, image))
        {
            return Some(Trouble::Registry);
        }
        let disk = self.scenario.images.disk?;
        let room = disk
            .bytes
            .saturating_sub(disk.other_bytes.saturating_add(node.images.bytes()));
        let lacks = |image: &Image| {
            let layers = image
                .layers
                .iter()
                .filter(|layer| !node.puller.cache().contains(layer.digest));
            layers.fold(0, |sum: u64, layer| sum.saturating_add(layer.unpacked))
        };
        images.any(|image| lacks(image) > room).then_some(Trouble::Disk)
    }

    /// The registry no longer answers: the pulls under way fail.
    pub(in crate::sim) fn pulls_fail(&mut self) {
        let needs = |(&token, &pod): (&u64, &PodId)| {
            let node = self.cluster.pod(pod).and_then(|pod| pod.node);
            let node = node.and_then(|node| self.cluster.node(node));
            node.is_none_or(|node| node.puller.needs_registry(token))
                .then_some(pod)
        };
        let pods: BTreeSet<PodId> = self.pulls.iter().filter_map(needs).collect();
        for id in pods {
            let node = self.cluster.pod(id).and_then(|pod| pod.node);
            self.cancel_pulls(id, node);
            self.pull_fails(id, Trouble::BrokenOff);
        }
    }

    /// A pod's images could not be pulled: whoever pulls them may try again later.
    fn pull_fails(&mut self, id: PodId, trouble: Trouble) {
        let now = self.now;
        self.registry.failed += 1;
        let engine = match self.scenario.platform {
            Platform::Kubernetes => None,
            Platform::Docker { .. } => Some("docker"),
            Platform::Swarm => Some("swarm"),
        };
        let next = match engine {
            None => Some(self.failed_pulls.failed(id, now)),
            Some(_) if trouble == Trouble::BrokenOff => self.failed_pulls.broke_off(id, now),
            Some(_) if trouble == Trouble::Registry && self.failed_pulls.has_begun(id) => {
                self.failed_pulls.broke_off(id, now)
            }
            Some(_) => None,
        };
        let trouble = trouble.words();
        if let Some(at) = next {
            self.plan(at, Control::Pod(id, PodTurn::PullAgain));
            let wait = at.since(now).secs_f64();
            let what = if engine.is_some() { "a wait" } else { "a back-off" };
            let why = format!(
                "its images could not be pulled: {trouble}; the next attempt is after {what} of {wait} s"
            );
            self.log_pull(id, engine.unwrap_or("kubelet"), "pull", &why);
        } else if self.is_task(id) {
            // A task whose delay is not over is replaced when it is (swarmkit `restart.go`, `waitRestart`).
            let starts = self.cluster.pod(id).map_or(now, |pod| pod.not_before);
            if starts <= now {
                return self.task_fails(id, EndCause::NoImage, None);
            }
            self.failed_pulls.give_up_at(id, starts);
            self.plan(starts, Control::Pod(id, PodTurn::PullAgain));
        } else {
            let why = format!("its images could not be pulled: {trouble}; somebody has to start it again");
            self.log_pull(id, "docker", "stay_down", &why);
            self.ends_for_good(id);
        }
    }

    fn log_pull(&mut self, id: PodId, policy: &'static str, action: &'static str, why: &str) {
        let Some(pod) = self.cluster.pod(id) else { return };
        let run = &self.workloads[pod.workload];
        let decision = Decision {
            question: "restart",
            policy,
            by: None,
            subject: &run.name_of(pod),
            action,
            from: None,
            to: None,
            result: "done",
            reason_code: "pull_failed",
            reason: Why::Text(why),
        };
        self.log.write(self.now, &decision, self.tell, &mut self.rows);
    }

    /// The back-off of a pod whose images could not be pulled is over.
    pub(in crate::sim) fn on_pull_again(&mut self, id: PodId) {
        let pulls = |pod: &&Pod| pod.phase == PodPhase::Pulling && !pod.silent;
        let node = self.cluster.pod(id).filter(pulls).and_then(|pod| pod.node);
        let Some(node) = node.filter(|_| self.failed_pulls.is_due(id, self.now)) else {
            return;
        };
        if self.failed_pulls.is_given_up(id) {
            self.task_fails(id, EndCause::NoImage, None);
        } else {
            self.pull_images(id, node);
        }
    }

    pub(in crate::sim) fn cancel_pulls(&mut self, id: PodId, node: Option<NodeId>) {
        let now = self.now;
        let tokens: Vec<u64> = self
            .pulls
            .iter()
            .filter(|&(_, &pod)| pod == id)
            .map(|(&token, _)| token)
            .collect();
        for token in tokens {
            self.pulls.remove(&token);
            if let Some(node) = node.and_then(|node| self.cluster.node_mut(node)) {
                node.puller.cancel(now, token);
            }
        }
        if let Some(node) = node {
            self.plan_pull(node);
        }
    }
}
