//! Classes of service, and what the kernel is told of them: who dies first, whose share of a core is how large.
//!
//! Source: `pkg/apis/core/v1/helper/qos/qos.go`, `pkg/kubelet/qos/policy.go`, `pkg/kubelet/cm/helpers_linux.go`.

use crate::model::pod_template::{Container, PodTemplate};

/// `status.qosClass`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QosClass {
    /// Asks for exactly what it may use, cores and memory, in every container.
    Guaranteed,
    /// Asks for something.
    Burstable,
    /// Asks for nothing.
    BestEffort,
}

/// What a container asks for and may use at most; `None` where nothing is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContainerResources {
    /// Cores asked for, thousandths.
    pub cpu_request_milli: Option<i64>,
    /// Cores at most, thousandths.
    pub cpu_limit_milli: Option<i64>,
    /// Memory asked for, bytes.
    pub memory_request: Option<i64>,
    /// Memory at most, bytes.
    pub memory_limit: Option<i64>,
}

impl From<&Container> for ContainerResources {
    fn from(container: &Container) -> Self {
        let said = |amount: u64| (amount > 0).then(|| i64::try_from(amount).unwrap_or(i64::MAX));
        Self {
            cpu_request_milli: said(container.requests.cpu_milli),
            cpu_limit_milli: said(container.limits.cpu_milli),
            memory_request: said(container.requests.memory_bytes),
            memory_limit: said(container.limits.memory_bytes),
        }
    }
}

impl QosClass {
    /// The class of a pod of `template`.
    #[must_use]
    pub fn of_pod(template: &PodTemplate) -> Self {
        let containers: Vec<ContainerResources> =
            template.containers.iter().map(ContainerResources::from).collect();
        Self::of(&containers)
    }

    /// The class of a pod of these containers, init containers and sidecars included.
    #[must_use]
    pub fn of(containers: &[ContainerResources]) -> Self {
        // A quantity of zero is as good as none.
        let sum = |amount: fn(&ContainerResources) -> Option<i64>| {
            let amounts = containers.iter().filter_map(amount).filter(|&amount| amount > 0);
            amounts.map(i128::from).reduce(|a, b| a + b)
        };
        let cpu = [sum(|c| c.cpu_request_milli), sum(|c| c.cpu_limit_milli)];
        let memory = [sum(|c| c.memory_request), sum(|c| c.memory_limit)];
        let limited = |container: &ContainerResources| {
            let set = |limit: Option<i64>| limit.is_some_and(|limit| limit > 0);
            set(container.cpu_limit_milli) && set(container.memory_limit)
        };
        if [cpu, memory].concat().iter().all(Option::is_none) {
            Self::BestEffort
        } else if containers.iter().all(limited) && cpu[0] == cpu[1] && memory[0] == memory[1] {
            Self::Guaranteed
        } else {
            Self::Burstable
        }
    }
}

/// The priority class of what a node cannot live without.
pub const NODE_CRITICAL: &str = "system-node-critical";
/// From this priority on a pod is critical.
const CRITICAL_PRIORITY: i32 = 2_000_000_000;
const GUARANTEED_SCORE: i64 = -997;
const BEST_EFFORT_SCORE: i64 = 1000;

/// Whether a pod counts as one its node cannot live without: by its priority class and a priority to match.
#[must_use]
pub fn is_node_critical(priority: i32, priority_class: &str) -> bool {
    priority >= CRITICAL_PRIORITY && priority_class == NODE_CRITICAL
}

/// `oom_score_adj` of a container that asks for `memory_request` bytes, in a pod of `class` on a node of `node_memory`
/// bytes (above 0): the higher, the sooner the kernel kills it.
#[must_use]
pub fn oom_score(class: QosClass, node_critical: bool, memory_request: i64, node_memory: i64) -> i64 {
    match class {
        _ if node_critical => GUARANTEED_SCORE,
        QosClass::Guaranteed => GUARANTEED_SCORE,
        QosClass::BestEffort => BEST_EFFORT_SCORE,
        QosClass::Burstable => {
            let share = BEST_EFFORT_SCORE.saturating_mul(memory_request) / node_memory.max(1);
            (BEST_EFFORT_SCORE - share).clamp(BEST_EFFORT_SCORE + GUARANTEED_SCORE, BEST_EFFORT_SCORE - 1)
        }
    }
}

/// The kernel's CPU shares of a container: by its request or, if it has none, by its limit.
#[must_use]
pub fn cpu_shares(container: ContainerResources) -> i64 {
    let milli = container.cpu_request_milli.or(container.cpu_limit_milli);
    (milli.unwrap_or(0) * 1024 / 1000).clamp(2, 262_144)
}

/// Microseconds of CPU in every 100 ms that a container may use; 0 is no bound.
#[must_use]
pub fn cpu_quota_micros(container: ContainerResources) -> i64 {
    match container.cpu_limit_milli {
        None | Some(0) => 0,
        Some(milli) => (milli * 100).max(1000),
    }
}
