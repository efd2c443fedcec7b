//! How much of the fleet's GPU is in pieces that are useless to the pods that usually come: those of which so many have
//! come until now. Sampled as the time series is: looking at every node is too much for each event.

use crate::model::cluster::{Cluster, ClusterView};
use crate::model::gpu::Devices;
use crate::policy::placement::typical_pods::{Seen, fragmented};

/// Which part of all pods the kinds make up that are looked at, as in "Beware of Fragmentation".
const POPULARITY: f64 = 0.95;

/// The samples of the measured time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct GpuFragments {
    sum: f64,
    samples: u32,
}

impl GpuFragments {
    /// Looks at the fleet: the useless part of all its GPU, 0 to 1; `None` without a node that has GPUs, and then nobody
    /// asks what has been `seen`.
    pub(super) fn sample(&mut self, cluster: &Cluster, seen: impl FnOnce() -> Seen) -> Option<f64> {
        let view: &dyn ClusterView = cluster;
        let nodes = || {
            let nodes = (0..view.len()).filter_map(|place| view.node(place));
            nodes.filter(|node| node.devices().is_some())
        };
        let all: u64 = nodes()
            .filter_map(|node| node.devices())
            .map(Devices::total_milli)
            .sum();
        if all == 0 {
            return None;
        }
        let typical = seen().typical(POPULARITY);
        let useless: f64 = nodes().map(|node| fragmented(node, &typical)).sum();
        let share = useless / all as f64;
        self.sum += share;
        self.samples += 1;
        Some(share)
    }

    /// Measuring starts now.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    /// The mean of the samples; `None` if no node ever had a GPU.
    pub(super) fn mean(&self) -> Option<f64> {
        (self.samples > 0).then(|| self.sum / f64::from(self.samples))
    }
}
