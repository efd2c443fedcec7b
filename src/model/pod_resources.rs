//! What is reserved and allowed for a pod as a whole, beside what its containers say: `spec.resources` of Kubernetes.
//!
//! Knows: CPU and memory of a pod, and what one of them says of the other. Must not know: nodes, or who checks it.

use super::resources::Resources;

/// Amounts for a pod as a whole; `None` where nothing is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PodAmounts {
    /// Thousandths of a CPU.
    pub cpu_milli: Option<u64>,
    /// Bytes of memory.
    pub memory_bytes: Option<u64>,
}

impl PodAmounts {
    /// What is said, by Kubernetes' names.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let all = [("cpu", self.cpu_milli), ("memory", self.memory_bytes)];
        all.into_iter().filter_map(|(name, amount)| Some((name, amount?)))
    }

    /// `resources` with what is said in place of what they are (`PodRequests` of component-helpers).
    pub(crate) fn in_place_of(&self, resources: &mut Resources) {
        resources.cpu_milli = self.cpu_milli.unwrap_or(resources.cpu_milli);
        resources.memory_bytes = self.memory_bytes.unwrap_or(resources.memory_bytes);
    }

    fn or(&self, other: Self) -> Self {
        Self {
            cpu_milli: self.cpu_milli.or(other.cpu_milli),
            memory_bytes: self.memory_bytes.or(other.memory_bytes),
        }
    }
}

/// What a pod reserves and may use at most as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PodResources {
    /// What it reserves, in place of the sum of its containers.
    pub requests: PodAmounts,
    /// What all its containers may use together at most.
    pub limits: PodAmounts,
}

impl PodResources {
    /// Whether anything is said.
    #[must_use]
    pub fn is_set(&self) -> bool {
        *self != Self::default()
    }

    /// The same with what the API server fills in: where the pod has any limit, a request that it does not say is that of
    /// its containers together, `of_containers`, or if they say none either, its limit (`defaultPodRequests`).
    #[must_use]
    pub fn with_defaults(self, of_containers: PodAmounts) -> Self {
        if self.limits == PodAmounts::default() {
            return self;
        }
        Self {
            requests: self.requests.or(of_containers).or(self.limits),
            limits: self.limits,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{PodAmounts, PodResources};

    const fn amounts(cpu_milli: Option<u64>, memory_bytes: Option<u64>) -> PodAmounts {
        PodAmounts {
            cpu_milli,
            memory_bytes,
        }
    }

    #[test]
    fn a_missing_request_is_that_of_the_containers_or_else_the_limit() {
        let limits = amounts(Some(2000), Some(8));
        let of = |requests, limits, containers| {
            PodResources { requests, limits }
                .with_defaults(containers)
                .requests
        };
        let none = amounts(None, None);
        assert_eq!(
            of(none, limits, amounts(Some(300), None)),
            amounts(Some(300), Some(8))
        );
        assert_eq!(
            of(amounts(Some(500), None), limits, amounts(Some(300), Some(4))),
            amounts(Some(500), Some(4)),
            "what is said stays"
        );
        assert_eq!(
            of(none, amounts(Some(2000), None), amounts(None, Some(4))),
            amounts(Some(2000), Some(4)),
            "a limit of one has the others filled in from the containers"
        );
        assert_eq!(
            of(amounts(Some(500), None), none, amounts(Some(300), Some(4))),
            amounts(Some(500), None),
            "without a limit nothing is filled in"
        );
    }
}
