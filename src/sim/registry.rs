//! The registry and its pull-through cache during a run: who downloads from them, and what has come through.
//!
//! Knows: nodes by name, layers and bytes. Must not know: which images somebody wants, or what a node makes of its share.

use crate::engine::Time;
use crate::model::cluster::NodeId;
use crate::model::image::{Image, LayerDigest, Puller, Source};
use std::collections::{BTreeMap, BTreeSet};

/// What is under way and what was.
#[derive(Clone, Debug)]
pub(super) struct Registry {
    /// Downloads under way from each source, by node; nodes without any are left out.
    pub(super) downloading: BTreeMap<NodeId, [u32; 2]>,
    /// Layers that have come through the pull-through cache, if there is one.
    cached: Option<BTreeSet<LayerDigest>>,
    /// When the bandwidth is next shared anew.
    pub(super) sharing_planned: Time,
    /// Bytes that nodes which are gone have received from each source.
    gone: [u64; 2],
    /// Bytes received, pulls and deletions when measuring started.
    before: Traffic,
    /// Images that nodes pull by themselves, by name with tag, under the tokens of the pulls.
    pub(super) ahead: BTreeMap<u64, (NodeId, String, Image)>,
    pub(super) pulls: u64,
    pub(super) failed: u64,
    pub(super) deleted: u64,
}

/// Counts of a run, or of its measured part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Traffic {
    /// Bytes received from the registry and from the cache.
    pub(super) bytes: [u64; 2],
    /// Images pulled that were not on the node.
    pub(super) pulls: u64,
    /// Times a pod's images could not be pulled.
    pub(super) failed: u64,
    /// Images deleted to free disks.
    pub(super) deleted: u64,
}

impl Registry {
    /// Nothing has happened yet.
    pub(super) fn new(has_cache: bool) -> Self {
        Self {
            downloading: BTreeMap::new(),
            cached: has_cache.then(BTreeSet::new),
            sharing_planned: Time::NEVER,
            gone: [0; 2],
            before: Traffic::default(),
            ahead: BTreeMap::new(),
            pulls: 0,
            failed: 0,
            deleted: 0,
        }
    }

    /// Where a layer comes from now.
    pub(super) fn source(&self, digest: LayerDigest) -> Source {
        match &self.cached {
            Some(cached) if cached.contains(&digest) => Source::Cache,
            _ => Source::Registry,
        }
    }

    /// Layers have come through the cache; those that are new to it.
    pub(super) fn came_through(&mut self, mut layers: Vec<LayerDigest>) -> Vec<LayerDigest> {
        match &mut self.cached {
            Some(cached) => layers.retain(|&layer| cached.insert(layer)),
            None => layers.clear(),
        }
        layers
    }

    /// An image has come through the cache before the run.
    pub(super) fn had(&mut self, image: &Image) {
        self.came_through(image.layers.iter().map(|layer| layer.digest).collect());
    }

    /// Whether a node lacks layers of `image` that only the registry has.
    pub(super) fn must_ask(&self, puller: &Puller, image: &Image) -> bool {
        let mut layers = image.layers.iter().map(|layer| layer.digest);
        layers.any(|digest| !puller.cache().contains(digest) && self.source(digest) == Source::Registry)
    }

    /// Notes what a node downloads now; whether that is another number than before.
    pub(super) fn note(&mut self, node: NodeId, downloads: [u32; 2]) -> bool {
        let before = match downloads {
            [0, 0] => self.downloading.remove(&node),
            _ => self.downloading.insert(node, downloads),
        };
        before.unwrap_or_default() != downloads
    }

    /// A node is gone; whether others get what it got.
    pub(super) fn forget(&mut self, node: NodeId, puller: &Puller) -> bool {
        for source in Source::ALL {
            self.gone[source as usize] += puller.received_bytes(source);
        }
        self.ahead.retain(|_, (on, ..)| *on != node);
        self.downloading.remove(&node).is_some()
    }

    /// All there was since the start, with what nodes that are there have received.
    fn ever(&self, there: [u64; 2]) -> Traffic {
        Traffic {
            bytes: [self.gone[0] + there[0], self.gone[1] + there[1]],
            pulls: self.pulls,
            failed: self.failed,
            deleted: self.deleted,
        }
    }

    /// Measuring starts; nodes that are there have received so much.
    pub(super) fn reset(&mut self, there: [u64; 2]) {
        self.before = self.ever(there);
    }

    /// What there was since measuring started.
    pub(super) fn measured(&self, there: [u64; 2]) -> Traffic {
        let (now, before) = (self.ever(there), self.before);
        Traffic {
            bytes: [now.bytes[0] - before.bytes[0], now.bytes[1] - before.bytes[1]],
            pulls: now.pulls - before.pulls,
            failed: now.failed - before.failed,
            deleted: now.deleted - before.deleted,
        }
    }
}
