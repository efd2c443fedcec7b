//! Where nodes get their images from, and what each gets of the bandwidth that they share.
//!
//! Knows: a registry, a pull-through cache in front of it, and the links of nodes. Must not know: which layers cross them.

use super::disk::DiskSpec;
use super::fair::{Flows, share};
use super::pull::PullerSettings;

/// How images come to nodes, and how much of their disks they may fill.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImageSupply {
    /// What each node can do by itself.
    pub puller: PullerSettings,
    /// Most that the registry sends in all, bytes a second; `None`: as much as nodes can take.
    pub registry_bytes_per_s: Option<u64>,
    /// The pull-through cache, if there is one: all that comes from the registry comes through it.
    pub cache: Option<CacheSpec>,
    /// What nodes keep images on; `None` for disks that are never full.
    pub disk: Option<DiskSpec>,
}

/// A pull-through cache near the nodes. A layer is in it once it has come through whole; it is large enough for all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheSpec {
    /// Most that it sends in all, bytes a second; `None`: as much as nodes can take.
    pub bytes_per_s: Option<u64>,
}

/// Downloads under way on one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeDownloads {
    /// From the registry.
    pub registry: u32,
    /// From the cache.
    pub cache: u32,
    /// Most it gets from the registry, bytes a second: its link, or less where the registry is in trouble.
    pub registry_most: u64,
}

impl ImageSupply {
    /// Whether nodes share anything, so that one's pulls slow down another's.
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        self.registry_bytes_per_s.is_some() || self.cache.is_some()
    }

    /// What each of `nodes` gets from the registry and from the cache, bytes a second: max-min fair among downloads.
    #[must_use]
    pub fn allot(&self, nodes: &[NodeDownloads]) -> Vec<[u64; 2]> {
        let unlimited = u64::MAX >> 1;
        let mut capacities = vec![
            self.registry_bytes_per_s.unwrap_or(unlimited),
            self.cache
                .and_then(|cache| cache.bytes_per_s)
                .unwrap_or(unlimited),
        ];
        let mut flows = Vec::with_capacity(2 * nodes.len());
        for node in nodes {
            let link = capacities.len();
            capacities.extend([self.puller.link_bytes_per_s, node.registry_most]);
            flows.push(Flows {
                count: node.registry,
                links: [Some(link), Some(link + 1), Some(0), Some(1)],
            });
            flows.push(Flows {
                count: node.cache,
                links: [Some(link), Some(1), None, None],
            });
        }
        let rates = share(&flows, &capacities);
        rates.chunks_exact(2).map(|pair| [pair[0], pair[1]]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{CacheSpec, ImageSupply, NodeDownloads};
    use crate::model::image::PullerSettings;

    const MB: u64 = 1_000_000;

    /// Ten nodes that pull at once get a tenth of the registry each; what is in the cache comes at the speed of the links.
    #[test]
    fn a_registry_is_shared_and_a_cache_relieves_it() {
        let supply = ImageSupply {
            puller: PullerSettings::default(),
            registry_bytes_per_s: Some(200 * MB),
            cache: None,
            disk: None,
        };
        let asks = |registry, cache| NodeDownloads {
            registry,
            cache,
            registry_most: 100 * MB,
        };
        assert_eq!(supply.allot(&[asks(3, 0); 10]), [[20 * MB, 0]; 10]);
        assert_eq!(supply.allot(&[asks(1, 0)]), [[100 * MB, 0]]);
        let cached = ImageSupply {
            cache: Some(CacheSpec {
                bytes_per_s: Some(450 * MB),
            }),
            ..supply
        };
        let mut nodes = [asks(1, 0); 6];
        nodes[..2].fill(asks(0, 1));
        let rates = cached.allot(&nodes);
        assert_eq!(rates[..2], [[0, 100 * MB]; 2]);
        assert_eq!(rates[2..], [[50 * MB, 0]; 4]);
        // Three quarters of a node's downloads come from a registry in trouble: the rest of its link serves the cache.
        let slow = NodeDownloads {
            registry: 3,
            cache: 1,
            registry_most: 10 * MB,
        };
        assert_eq!(cached.allot(&[slow]), [[10 * MB, 90 * MB]]);
    }
}
