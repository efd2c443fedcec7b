//! How full a node is (`cluster-autoscaler/simulator/utilization/info.go`).
//!
//! Knows: what pods ask for and what of a node is allocatable. Must not know: what pods really use: Cluster Autoscaler
//! does not either.

use crate::model::resources::Resources;

/// Who runs a pod, as far as it makes a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A pod that could run elsewhere.
    Ordinary,
    /// One of a DaemonSet: every node has it.
    Daemon,
    /// A mirror of a static pod: the node's kubelet runs it.
    Mirror,
}

/// A pod on the node.
#[derive(Clone, Copy, Debug)]
pub struct Occupant<'a> {
    /// What it asks for.
    pub requests: &'a Resources,
    /// Who runs it.
    pub kind: Kind,
    /// Whether it should have gone long ago.
    pub long_terminating: bool,
}

/// Which pods are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leaving {
    /// Pods of DaemonSets, with their share of the node.
    pub daemons: bool,
    /// Mirror pods, with their share of the node.
    pub mirrors: bool,
}

/// How full a node is: shares of what is allocatable, 0 to 1, more where pods ask for more than there is; not a number where
/// the pods that are left out take all of it, below 0 where they take more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Utilization {
    /// Of CPU; 0 for a node with GPUs.
    pub cpu: f64,
    /// Of memory; 0 for a node with GPUs.
    pub memory: f64,
    /// Of GPUs, for a node with them.
    pub gpu: Option<f64>,
}

/// What decides how full a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decisive {
    /// CPU.
    Cpu,
    /// Memory.
    Memory,
    /// GPUs.
    Gpu,
}

impl Utilization {
    /// How full a node with `allocatable` is of `pods`. `gpu` is the name of its GPUs as a resource, if it has any.
    /// `None`: nothing of CPU or memory is allocatable, which the real one reports as an error.
    #[must_use]
    pub fn of(
        allocatable: &Resources,
        gpu: Option<&str>,
        pods: &[Occupant<'_>],
        leaving: Leaving,
    ) -> Option<Self> {
        let share = |amount: &dyn Fn(&Resources) -> u64| {
            // What is left out may ask for more than there is: then there is less than nothing.
            let mut whole = i128::from(amount(allocatable));
            if whole == 0 {
                return None;
            }
            let mut used = 0_i128;
            for pod in pods {
                let asked = i128::from(amount(pod.requests));
                let left_out = match pod.kind {
                    Kind::Ordinary => false,
                    Kind::Daemon => leaving.daemons,
                    Kind::Mirror => leaving.mirrors,
                };
                if left_out {
                    whole -= asked;
                } else if !pod.long_terminating {
                    used += asked;
                }
            }
            Some(used as f64 / whole as f64)
        };
        if let Some(name) = gpu {
            return Some(Self {
                cpu: 0.0,
                memory: 0.0,
                gpu: Some(share(&|amounts| amounts.extended(name)).unwrap_or(0.0)),
            });
        }
        Some(Self {
            cpu: share(&|amounts| amounts.cpu_milli)?,
            memory: share(&|amounts| amounts.memory_bytes)?,
            gpu: None,
        })
    }

    /// What decides, and how full that is. Of two that are equal it is memory.
    #[must_use]
    pub fn decisive(&self) -> (Decisive, f64) {
        match self.gpu {
            Some(gpu) => (Decisive::Gpu, gpu),
            None if self.cpu > self.memory => (Decisive::Cpu, self.cpu),
            None => (Decisive::Memory, self.memory),
        }
    }

    /// Whether the node may go as far as this is concerned: it is not fuller than `threshold`. What is no number is not.
    #[must_use]
    pub fn is_low(&self, threshold: f64) -> bool {
        let (_, full) = self.decisive();
        full.partial_cmp(&threshold) != Some(std::cmp::Ordering::Greater)
    }
}
