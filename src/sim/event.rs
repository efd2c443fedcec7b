//! The control events of a run. What happens per request never comes here.

use crate::engine::Event;
use crate::model::cluster::{NodeId, PodId};
use crate::model::probe::ProbeKind;

/// Something to do at a planned time. Small and `Copy`; the rest lives in the entity's record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Control {
    /// A pod that was asked to stop has had its grace.
    GraceOver(PodId),
    /// Something about a machine that a fault concerns.
    Node(NodeId, NodeTurn),
    /// Something about a pod that a fault concerns.
    Pod(PodId, PodTurn),
    /// The provider's time for taking a machine back has come.
    Reclaim(NodeId),
    /// A launch fails.
    LaunchFails(NodeId),
    /// The provider says that it takes a machine back.
    Notice(NodeId),
    /// What the scenario sets for a given time, by its index.
    Planned(u32),
    /// A volume, by its claim's index, is detached from a node.
    Detach(u32),
    /// A pod's volumes are attached.
    VolumesReady(PodId),
    /// A pull on a node has made progress.
    Pull(NodeId),
    /// What the registry sends is shared anew among the nodes that pull.
    ShareRegistry,
    /// The CPU of busy nodes is shared anew among their pods.
    ShareCpu,
    /// Who shares a GPU is looked at.
    ShareGpus,
    /// A pod's start goes on by one step.
    PodStep(PodId),
    /// A node has booted.
    NodeReady(NodeId),
    /// Find nodes for the pods that wait.
    Place,
    /// A pod scaler looks.
    PodScaler(u32),
    /// Pods of a workload that were refused are asked for again.
    Create(u32),
    /// A workload's template changes, or a rollout of it may go on.
    Rollout(u32),
    /// Controllers of a workload's Jobs and of its CronJob look.
    Jobs(u32),
    /// A person starts again what has ended for good of a workload.
    ByHand(u32),
    /// A pod sizer learns and recommends.
    PodSizer(u32),
    /// A pod sizer looks for pods to change.
    PodUpdater(u32),
    /// The node scaler looks.
    NodeScaler,
    /// A node is being drained: the next attempt at evictions.
    Drain(NodeId),
    /// Metrics of a workload are scraped.
    Scrape(u32),
    /// The nodes look at the containers of a workload's pods.
    Housekeeping(u32),
    /// A row of the time series is due.
    Sample,
    /// Measuring starts.
    WarmupOver,
}

/// What happens to a machine that a fault concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NodeTurn {
    /// It crashes.
    Crash,
    /// It answers again.
    Back,
    /// The node controller finds out that it does not answer.
    FoundSilent,
    /// It gets the taint that makes its pods leave.
    Tainted,
    /// Some of its pods have to leave.
    Evicts,
    /// Its kubelet looks at its memory.
    LooksAtMemory,
    /// Its kubelet looks at the images on its disk.
    LooksAtImages,
    /// It was deleted, and its pods are collected.
    Collected,
}

/// What happens to a pod that works or that a fault concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PodTurn {
    /// Its containers crash.
    Crash,
    /// Its containers start again.
    Restart,
    /// Its containers exit of their own accord.
    Exit,
    /// A probe gives it up while it starts.
    GivenUp,
    /// A probe is sent.
    Look(ProbeKind),
    /// Its containers were stopped because of a probe, and their grace is over.
    Stopped,
    /// It has waited before it stops.
    HookOver,
    /// Its work comes to an end.
    Worked,
    /// Its memory has to be looked at.
    Memory,
    /// Its images are pulled once more.
    PullAgain,
    /// Its health check finds it healthy.
    Healthy,
    /// Its containers may start, if its images are there.
    MayStart,
}

impl Event for Control {
    /// Losses, readiness, (arrivals), controllers, samples. Arrivals happen in the workloads, before rank
    /// [`Control::FIRST_AFTER_ARRIVALS`].
    fn rank(&self) -> u8 {
        match self {
            Self::GraceOver(_) | Self::Detach(_) | Self::Reclaim(_) | Self::LaunchFails(_) => 0,
            Self::Node(_, NodeTurn::Crash)
            | Self::Pod(
                _,
                PodTurn::Crash
                | PodTurn::Exit
                | PodTurn::GivenUp
                | PodTurn::Stopped
                | PodTurn::Worked
                | PodTurn::Memory,
            ) => 0,
            Self::Node(_, NodeTurn::Back) | Self::Pod(..) => 3,
            Self::Notice(_) | Self::Planned(_) => 4,
            Self::Node(..) | Self::ShareGpus => 9,
            Self::Pull(_) | Self::VolumesReady(_) => 1,
            Self::ShareRegistry | Self::PodStep(_) => 2,
            Self::ShareCpu => 5,
            Self::NodeReady(_) => 3,
            Self::Scrape(_) | Self::Housekeeping(_) => 10,
            Self::PodScaler(_) | Self::ByHand(_) => 11,
            Self::PodSizer(_) => 12,
            Self::PodUpdater(_) => 13,
            Self::Create(_) | Self::Rollout(_) | Self::Jobs(_) => 14,
            Self::Place => 15,
            Self::NodeScaler => 16,
            Self::Drain(_) => 17,
            Self::Sample => 20,
            Self::WarmupOver => 21,
        }
    }

    fn entity(&self) -> u64 {
        match *self {
            Self::GraceOver(pod) | Self::PodStep(pod) | Self::VolumesReady(pod) | Self::Pod(pod, _) => {
                pod.index() as u64
            }
            Self::Pull(node)
            | Self::NodeReady(node)
            | Self::Drain(node)
            | Self::Reclaim(node)
            | Self::Node(node, _)
            | Self::LaunchFails(node)
            | Self::Notice(node) => node.index() as u64,
            Self::PodScaler(index)
            | Self::PodSizer(index)
            | Self::PodUpdater(index)
            | Self::Create(index)
            | Self::Rollout(index)
            | Self::Jobs(index)
            | Self::ByHand(index)
            | Self::Detach(index)
            | Self::Planned(index)
            | Self::Scrape(index)
            | Self::Housekeeping(index) => u64::from(index),
            Self::ShareRegistry
            | Self::ShareCpu
            | Self::ShareGpus
            | Self::Place
            | Self::NodeScaler
            | Self::Sample
            | Self::WarmupOver => 0,
        }
    }
}

impl Control {
    /// Events of this rank and above see the arrivals of their instant; those below do not.
    pub(super) const FIRST_AFTER_ARRIVALS: u8 = 10;
}

const _: () = assert!(size_of::<Control>() <= 16, "an event is small");
