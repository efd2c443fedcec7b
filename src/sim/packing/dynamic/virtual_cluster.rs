//! Virtual clusters: who may use how much of a fleet at a time.

use super::kind::Kind;
use crate::model::fleet::{CPU, GPU};

/// A team with a part of the fleet to itself; its pods wait while they would exceed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VirtualCluster {
    /// What it is called.
    pub name: String,
    /// The most it may use at a time.
    pub quota: Quota,
}

/// The most that may be used at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Thousandths of CPUs; [`Quota::NO_LIMIT`]: any number.
    pub cpu_milli: u64,
    /// Thousandths of GPUs; [`Quota::NO_LIMIT`]: any number.
    pub gpu_milli: u64,
}

impl Quota {
    /// So much is no limit; sums stay numbers.
    pub const NO_LIMIT: u64 = 1 << 60;
    /// None.
    pub const UNLIMITED: Self = Self {
        cpu_milli: Self::NO_LIMIT,
        gpu_milli: Self::NO_LIMIT,
    };

    /// Whether it allows so much.
    pub(super) const fn allows(&self, used: Used) -> bool {
        used.cpu_milli <= self.cpu_milli && used.gpu_milli <= self.gpu_milli
    }
}

/// What counts against a quota.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Used {
    pub(super) cpu_milli: u64,
    pub(super) gpu_milli: u64,
}

impl Used {
    pub(super) fn of(kind: &Kind) -> Self {
        let total = kind.total();
        Self {
            cpu_milli: total[CPU],
            gpu_milli: total[GPU],
        }
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self {
            cpu_milli: self.cpu_milli.saturating_add(other.cpu_milli),
            gpu_milli: self.gpu_milli.saturating_add(other.gpu_milli),
        }
    }

    const fn without(self, other: Self) -> Self {
        Self {
            cpu_milli: self.cpu_milli.saturating_sub(other.cpu_milli),
            gpu_milli: self.gpu_milli.saturating_sub(other.gpu_milli),
        }
    }
}

/// What each virtual cluster uses.
#[derive(Debug)]
pub(super) struct Quotas<'a> {
    clusters: &'a [VirtualCluster],
    used: Vec<Used>,
    /// Whether any has a limit.
    pub(super) any: bool,
}

impl<'a> Quotas<'a> {
    pub(super) fn new(clusters: &'a [VirtualCluster]) -> Self {
        Self {
            clusters,
            used: vec![Used::default(); clusters.len()],
            any: clusters.iter().any(|cluster| cluster.quota != Quota::UNLIMITED),
        }
    }

    /// Whether the cluster may use so much more now.
    pub(super) fn allow(&self, cluster: Option<u32>, more: Used) -> bool {
        cluster.is_none_or(|at| {
            let at = at as usize;
            self.clusters[at].quota.allows(self.used[at].and(more))
        })
    }

    pub(super) fn take(&mut self, cluster: Option<u32>, more: Used) {
        if let Some(at) = cluster {
            let used = &mut self.used[at as usize];
            *used = used.and(more);
        }
    }

    pub(super) fn give_back(&mut self, cluster: Option<u32>, less: Used) {
        if let Some(at) = cluster {
            let used = &mut self.used[at as usize];
            *used = used.without(less);
        }
    }
}
