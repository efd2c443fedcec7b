//! A pod: pending, pulling, starting, ready, terminating, gone; and the containers in it.

use super::node::NodeId;
use crate::engine::{Id, Span, Time};
use crate::model::pod_template::{ContainerKind, PodTemplate};
use std::sync::Arc;

/// Names a pod.
pub type PodId = Id<Pod>;

/// Where a pod is in its life; a pod that is gone is no longer in the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PodPhase {
    /// No node yet.
    Pending,
    /// Bound; its images are on their way.
    Pulling,
    /// Its containers start.
    Starting,
    /// Takes work.
    Ready,
    /// Was asked to stop and finishes what it has.
    Terminating,
}

/// What a container is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContainerState {
    /// Has not started.
    Waiting,
    /// Runs since then.
    Running(Time),
    /// Ended then.
    Ended(Time),
}

/// How often containers were started again where they were, by cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RestartCounts {
    /// They crashed.
    pub crash: u32,
    /// They used more memory than they may, or than there was.
    pub out_of_memory: u32,
    /// A startup or liveness probe failed.
    pub probe: u32,
    /// Their machine started anew.
    pub machine: u32,
    /// They needed more memory of a GPU than there was for them.
    pub gpu_memory: u32,
}

impl RestartCounts {
    /// All of them.
    #[must_use]
    pub const fn total(&self) -> u32 {
        self.crash + self.out_of_memory + self.probe + self.machine + self.gpu_memory
    }
}

/// A pod of a workload.
#[derive(Clone, Debug)]
pub struct Pod {
    /// Its workload's index.
    pub workload: usize,
    /// The how-manieth pod of its workload it is, from 0.
    pub ordinal: u64,
    /// Which version of its workload's template it was made from, from 0.
    pub revision: u32,
    /// Its number in its set, which it shares with those that had its place before; `None` where pods are alike.
    pub number: Option<u32>,
    /// What it is made of; pods that share it are of one class.
    pub class: Arc<PodTemplate>,
    /// Where it is in its life.
    pub phase: PodPhase,
    /// Its node, once bound.
    pub node: Option<NodeId>,
    /// Its ticket among the pods of its node; set by the cluster.
    pub ticket: u64,
    /// The node it was promised room on; set by the cluster.
    pub nominated: Option<NodeId>,
    /// Its containers' states, in the template's order.
    pub containers: Vec<ContainerState>,
    /// When it was created.
    pub created: Time,
    /// When a node was found.
    pub bound: Option<Time>,
    /// Its containers do not start before, also if its images are there.
    pub not_before: Time,
    /// When its images were there.
    pub pulled: Option<Time>,
    /// When it first took work.
    pub ready: Option<Time>,
    /// When it last began or ceased to take work.
    pub ready_changed: Option<Time>,
    /// When it was asked to stop.
    pub terminating: Option<Time>,
    /// Its place among the pods that wait for a node; set by the cluster.
    pub queue_place: u64,
    /// Volumes that are still on another node.
    pub volumes_left: u32,
    /// When the other ones are attached.
    pub volumes_ready: Time,
    /// Images still being pulled.
    pub images_left: u32,
    /// How long each step of its start takes: init containers and sidecars one by one, the main containers together,
    /// readiness.
    pub start_plan: Vec<Span>,
    /// When the step under way is over.
    pub step_due: Time,
    /// Steps of its start that are done.
    pub steps_done: usize,
    /// Whether its machine has stopped answering: nothing that it does gets through.
    pub silent: bool,
    /// How often its containers were started again, by cause.
    pub restarts: RestartCounts,
    /// Requests that its station had served when its main containers started last.
    pub served_before: u64,
    /// The most memory its containers were seen to have, bytes.
    pub memory_peak_bytes: u64,
    /// Its place in the workload: a station, while it takes or finishes requests.
    pub station: Option<usize>,
}

impl Pod {
    /// A pending pod of `class`, created at `now`.
    #[must_use]
    pub fn new(workload: usize, ordinal: u64, class: Arc<PodTemplate>, now: Time) -> Self {
        Self {
            workload,
            ordinal,
            revision: 0,
            number: None,
            containers: vec![ContainerState::Waiting; class.containers.len()],
            class,
            phase: PodPhase::Pending,
            node: None,
            ticket: 0,
            nominated: None,
            created: now,
            bound: None,
            not_before: Time::ZERO,
            pulled: None,
            ready: None,
            ready_changed: None,
            terminating: None,
            queue_place: 0,
            volumes_left: 0,
            volumes_ready: Time::ZERO,
            images_left: 0,
            start_plan: Vec::new(),
            step_due: Time::NEVER,
            steps_done: 0,
            silent: false,
            restarts: RestartCounts::default(),
            served_before: 0,
            memory_peak_bytes: 0,
            station: None,
        }
    }

    /// Whether it was asked to stop.
    #[must_use]
    pub fn is_terminating(&self) -> bool {
        self.phase == PodPhase::Terminating
    }

    /// Whether its init containers and sidecars are not all through yet, so that no main container has started.
    #[must_use]
    pub fn is_initializing(&self) -> bool {
        let containers = self.class.containers.iter().zip(&self.containers);
        containers
            .filter(|(container, _)| container.kind == ContainerKind::Main)
            .all(|(_, state)| *state == ContainerState::Waiting)
    }
}
