//! One container of a pod: when it runs, what it reserves, may use and uses.

use crate::engine::Span;
use crate::model::cpu::CpuShares;
use crate::model::image::Image;
use crate::model::memory_profile::MemoryProfile;
use crate::model::observed::ContainerCounter;
use crate::model::resources::Resources;
use crate::stats::Distribution;
use std::sync::Arc;

/// When a container runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContainerKind {
    /// Before the others, one after another, each to its end.
    Init,
    /// Beside the main containers, started before them and before the init containers after it.
    Sidecar,
    /// The pod's purpose.
    Main,
}

/// How far a container has come since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// For how long it has run.
    pub age: Span,
    /// Requests that were served meanwhile.
    pub served: u64,
}

/// What a container uses, as opposed to what it reserves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// CPU without any request, thousandths.
    pub cpu_idle_milli: u64,
    /// CPU for each slot in use, thousandths.
    pub cpu_per_slot_milli: u64,
    /// Memory without any request, bytes: at its start, where that changes with its age.
    pub memory_idle_bytes: u64,
    /// The same by its age, where it changes.
    pub memory_by_age: Option<Arc<MemoryProfile>>,
    /// Memory that each request it has served leaves taken until it is started again, bytes.
    pub memory_per_request_bytes: u64,
    /// Memory for each slot in use, bytes.
    pub memory_per_slot_bytes: u64,
    /// Memory of each of its GPUs without any request, bytes.
    pub gpu_memory_idle_bytes: u64,
    /// Memory of each of its GPUs for each slot in use, bytes.
    pub gpu_memory_per_slot_bytes: u64,
    /// CPU it uses on top at first, thousandths: class loading, compilation, filling of caches.
    pub cpu_startup_milli: u64,
    /// For how long from its start on.
    pub cpu_startup_for: Span,
}

impl Usage {
    /// What it uses with `slots` in use, when it has just started: (thousandths of a CPU, bytes of memory).
    #[must_use]
    pub fn with_slots(&self, slots: u64) -> (u64, u64) {
        let at = |idle: u64, each: u64| idle.saturating_add(each.saturating_mul(slots));
        (
            at(self.cpu_idle_milli, self.cpu_per_slot_milli),
            at(self.memory_idle_bytes, self.memory_per_slot_bytes),
        )
    }

    /// Memory without any request, bytes.
    #[must_use]
    pub fn memory_without_requests(&self, standing: Standing) -> u64 {
        let by_age = self.memory_by_age.as_ref();
        let idle = by_age.map_or(self.memory_idle_bytes, |profile| profile.at(standing.age));
        idle.saturating_add(self.memory_per_request_bytes.saturating_mul(standing.served))
    }

    /// Memory with `slots` in use, bytes.
    #[must_use]
    pub fn memory(&self, standing: Standing, slots: u64) -> u64 {
        let of_slots = self.memory_per_slot_bytes.saturating_mul(slots);
        self.memory_without_requests(standing).saturating_add(of_slots)
    }

    /// The most memory it may ever use with so many `slots` (`None`: no limit), bytes; `u64::MAX` if there is no bound.
    #[must_use]
    pub fn memory_most(&self, slots: Option<u32>) -> u64 {
        if self.memory_per_request_bytes > 0 {
            return u64::MAX;
        }
        let by_age = self.memory_by_age.as_ref();
        let idle = by_age.map_or(self.memory_idle_bytes, |profile| profile.most());
        match slots {
            Some(slots) => idle.saturating_add(self.memory_per_slot_bytes.saturating_mul(slots.into())),
            None if self.memory_per_slot_bytes > 0 => u64::MAX,
            None => idle,
        }
    }

    /// Whether what it uses without requests changes while it runs.
    #[must_use]
    pub const fn memory_changes(&self) -> bool {
        self.memory_by_age.is_some() || self.memory_per_request_bytes > 0
    }

    /// Whether it says anything of memory.
    #[must_use]
    pub const fn says_memory(&self) -> bool {
        self.memory_idle_bytes > 0 || self.memory_per_slot_bytes > 0 || self.memory_changes()
    }

    /// Whether it says anything of CPU.
    #[must_use]
    pub const fn says_cpu(&self) -> bool {
        self.cpu_idle_milli > 0 || self.cpu_per_slot_milli > 0 || self.cpu_startup_milli > 0
    }

    /// CPU used on top at first, over the container's first `age`; thousandths × ns.
    #[must_use]
    pub fn startup_cpu(&self, age: Span) -> u128 {
        u128::from(self.cpu_startup_milli) * u128::from(age.min(self.cpu_startup_for).nanos())
    }

    /// The container's counters where it stands, after it has spent `starting` on starting and slots were in use for
    /// `busy` slots × ns, and `slots` are now.
    #[must_use]
    pub fn counter(&self, standing: Standing, starting: Span, busy: u128, slots: u64) -> ContainerCounter {
        ContainerCounter {
            cpu_milli_nanos: u128::from(self.cpu_idle_milli) * u128::from(standing.age.nanos())
                + u128::from(self.cpu_per_slot_milli) * busy
                + self.startup_cpu(starting),
            memory_bytes: self.memory(standing, slots),
        }
    }
}

/// Whether a request of zero was written down (`cpu: 0`) or is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AsksForNone {
    /// `cpu: 0`.
    pub cpu: bool,
    /// `memory: 0`.
    pub memory: bool,
}

/// One container of a pod.
#[derive(Clone, Debug, PartialEq)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// When it runs.
    pub kind: ContainerKind,
    /// What must be pulled first; `None` if it is on every node.
    pub image: Option<Image>,
    /// What it reserves.
    pub requests: Resources,
    /// Which of CPU and memory it reserves none of in so many words. Only scores tell this from saying nothing.
    pub asks_for_none: AsksForNone,
    /// What it may use at most; zero means no limit.
    pub limits: Resources,
    /// Its weight where containers compete for CPU time, as its platform sets it whatever it reserves; `None` for the one
    /// that Kubernetes makes of its request.
    pub cpu_weight: Option<CpuShares>,
    /// What it uses.
    pub usage: Usage,
    /// From start to started for main and sidecar containers, the whole run of an init container; seconds.
    pub startup: Distribution,
}

impl Container {
    /// Its weight where containers compete for CPU time: the one that is set, or 1024 for each CPU it requests, 2 at
    /// least.
    #[must_use]
    pub fn cpu_shares(&self) -> CpuShares {
        self.cpu_weight
            .unwrap_or_else(|| CpuShares::of_request(self.requests.cpu_milli))
    }
}
