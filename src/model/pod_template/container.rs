//! One container of a pod: when it runs, what it reserves, may use and uses.

use crate::engine::Span;
use crate::model::cpu::CpuShares;
use crate::model::image::Image;
use crate::model::observed::ContainerCounter;
use crate::model::resources::Resources;
use crate::stats::Distribution;

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

/// What a container uses, as opposed to what it reserves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// CPU without any request, thousandths.
    pub cpu_idle_milli: u64,
    /// CPU for each slot in use, thousandths.
    pub cpu_per_slot_milli: u64,
    /// Memory without any request, bytes.
    pub memory_idle_bytes: u64,
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
    /// What it uses with `slots` in use, once it has started: (thousandths of a CPU, bytes of memory).
    #[must_use]
    pub fn with_slots(&self, slots: u64) -> (u64, u64) {
        let at = |idle: u64, each: u64| idle.saturating_add(each.saturating_mul(slots));
        (
            at(self.cpu_idle_milli, self.cpu_per_slot_milli),
            at(self.memory_idle_bytes, self.memory_per_slot_bytes),
        )
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

    /// The container's counters at `age`, of which it has spent `starting` on starting, after slots were in use for
    /// `busy` slots × ns, and `slots` are now.
    #[must_use]
    pub fn counter(&self, age: Span, starting: Span, busy: u128, slots: u64) -> ContainerCounter {
        ContainerCounter {
            cpu_milli_nanos: u128::from(self.cpu_idle_milli) * u128::from(age.nanos())
                + u128::from(self.cpu_per_slot_milli) * busy
                + self.startup_cpu(starting),
            memory_bytes: self.memory_idle_bytes + slots * self.memory_per_slot_bytes,
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
