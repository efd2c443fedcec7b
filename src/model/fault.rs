//! What goes wrong in a run, and when.
//!
//! Knows: which machines, zones, workloads or services a fault concerns, and how long. Must not know: what comes of it.

use crate::engine::{Span, Time};
use crate::stats::Distribution;

/// A fault, or a process of faults.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultSpec {
    /// What reports call it; unique in a scenario.
    pub name: String,
    /// What goes wrong.
    pub kind: FaultKind,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum FaultKind {
    /// Machines stop.
    NodeCrash(NodeCrash),
    /// A zone cannot be reached.
    ZoneOutage(ZoneOutage),
    /// Containers of a workload crash and are started again where they are.
    ContainerCrash {
        /// The workload's index.
        workload: usize,
        /// When.
        when: Occasions,
        /// The share of its pods that crash at a given time, 0 to 1.
        share: f64,
        /// The kernel kills them for their use of memory.
        out_of_memory: bool,
    },
    /// Machines of some pools, by index, take longer to boot.
    SlowBoot {
        /// The pools; in order.
        pools: Vec<usize>,
        /// When they are launched.
        window: Window,
        /// By what the boot's time is multiplied.
        factor: f64,
    },
    /// Machines of some pools, by index, do not come up.
    FailingBoot {
        /// The pools; in order.
        pools: Vec<usize>,
        /// When they are launched.
        window: Window,
        /// The share that fails, 0 to 1.
        probability: f64,
        /// From a launch to its failure; at least a millisecond.
        after: Span,
    },
    /// Images come slower, or not at all.
    Registry {
        /// When.
        window: Window,
        /// What is left of the nodes' speed, 0 to 1.
        speed: f64,
    },
    /// The API server answers late: pods are created and bound later, nodes join later.
    SlowApi {
        /// When.
        window: Window,
        /// How much later.
        delay: Span,
    },
    /// Metrics do not reach some workloads' scalers; the workloads' own outages say when.
    Metrics {
        /// The workloads, by index.
        workloads: Vec<usize>,
        /// When.
        window: Window,
    },
    /// The nodes of a pool are replaced one after another.
    RollingUpgrade(RollingUpgrade),
    /// The provider takes spot machines of a pool back.
    SpotInterruption {
        /// The pool's index.
        pool: usize,
    },
}

impl FaultKind {
    /// Its name in files and reports.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NodeCrash(_) => "node_crash",
            Self::ZoneOutage(_) => "zone_outage",
            Self::ContainerCrash {
                out_of_memory: true, ..
            } => "oom_kill",
            Self::ContainerCrash { .. } => "container_crash",
            Self::SlowBoot { .. } => "slow_boot",
            Self::FailingBoot { .. } => "failing_boot",
            Self::Registry { .. } => "registry",
            Self::SlowApi { .. } => "slow_api",
            Self::Metrics { .. } => "metrics",
            Self::RollingUpgrade(_) => "rolling_upgrade",
            Self::SpotInterruption { .. } => "spot_interruption",
        }
    }

    /// The time it lasts, if it has a beginning and an end of its own.
    #[must_use]
    pub const fn window(&self) -> Option<Window> {
        match self {
            Self::SlowBoot { window, .. }
            | Self::FailingBoot { window, .. }
            | Self::Registry { window, .. }
            | Self::SlowApi { window, .. }
            | Self::Metrics { window, .. } => Some(*window),
            Self::NodeCrash(_)
            | Self::ZoneOutage(_)
            | Self::ContainerCrash { .. }
            | Self::RollingUpgrade(_)
            | Self::SpotInterruption { .. } => None,
        }
    }
}

/// The nodes of a pool are replaced one after another, as for a new version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RollingUpgrade {
    /// The pool's index.
    pub pool: usize,
    /// When it begins.
    pub at: Time,
    /// So many more nodes may be there meanwhile.
    pub surge: u32,
    /// So many may be missing.
    pub unavailable: u32,
    /// How long pods of a node may withstand their eviction; then they are stopped whatever their budgets say.
    pub timeout: Span,
}

/// From when until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// From when.
    pub from: Time,
    /// Until when; it is over at this time.
    pub until: Time,
}

impl Window {
    /// Whether `now` is within it.
    #[must_use]
    pub fn holds(&self, now: Time) -> bool {
        self.from <= now && now < self.until
    }
}

/// When something happens: at given times, by chance, or both.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Occasions {
    /// In order.
    pub at: Vec<Time>,
    /// Mean time between two of them, exponentially distributed; for each machine, pod or zone by itself.
    pub mean_between: Option<Span>,
}

/// Which machines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Machines {
    /// The one of this name.
    Named(String),
    /// Any of these pools, by index; in order.
    Of(Vec<usize>),
}

/// Machines stop, with everything on them.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeCrash {
    /// Which; of several, chance says which one at each given time, and by chance each has crashes of its own.
    pub machines: Machines,
    /// When.
    pub when: Occasions,
    /// From the crash to the machine being up again, seconds; `None` if it is gone for good.
    pub repair: Option<Distribution>,
    /// How many machines are repaired at a time, in the order of their crashes; `None` for all.
    pub repair_crews: Option<u32>,
}

/// A zone cannot be reached.
#[derive(Clone, Debug, PartialEq)]
pub struct ZoneOutage {
    /// Which; of several, chance says which one at each given time, and by chance each has outages of its own.
    pub zones: Vec<String>,
    /// When; by chance, the mean time from the end of one to the next.
    pub when: Occasions,
    /// How long it lasts, seconds.
    pub lasts: Distribution,
}
