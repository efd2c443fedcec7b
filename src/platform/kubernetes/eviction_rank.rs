//! Whom the kubelet evicts first when a node runs out of memory.
//!
//! Source: `pkg/kubelet/eviction/helpers.go`, `rankMemoryPressure`. The QoS class plays no part of its own.

use std::cmp::Reverse;

/// A pod as the kubelet's eviction manager sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryUse {
    /// Its working set, bytes; `None` when there are no statistics of it.
    pub working_set: Option<u64>,
    /// Its memory request, bytes.
    pub request: u64,
    /// Its priority.
    pub priority: i32,
}

/// The places of `pods` in the order of eviction, the first to go first: those without statistics, those that use more
/// than they asked for, those of lower priority, those furthest above their request. Equals keep their order.
#[must_use]
pub fn memory(pods: &[MemoryUse]) -> Vec<usize> {
    let mut places: Vec<_> = (0..pods.len()).collect();
    places.sort_by_key(|&place| {
        let pod = pods[place];
        let above = pod
            .working_set
            .map_or(i128::MIN, |used| i128::from(used) - i128::from(pod.request));
        (
            pod.working_set.is_some(),
            Reverse(above > 0),
            pod.priority,
            Reverse(above),
        )
    });
    places
}
