//! Images as lists of layers, and the set of layers on a node's disk.
//!
//! Knows: digests and sizes. Must not know: time, or how a layer gets onto a node.

use std::collections::BTreeSet;

/// Names a layer's content: two images that list one digest share the bytes. Whoever reads images interns the textual
/// digest into this number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LayerDigest(pub u64);

/// One layer of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer {
    /// What it is.
    pub digest: LayerDigest,
    /// Its compressed size, bytes: what crosses the network.
    pub bytes: u64,
    /// Its size on disk, bytes.
    pub unpacked: u64,
}

/// An image: what a container is started from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its reference, for example `shop:2.4`.
    pub name: String,
    /// Its layers, base first: the order in which they are extracted.
    pub layers: Vec<Layer>,
}

impl Image {
    /// The compressed size of all layers, bytes; a layer listed twice counts once, as it is transferred once.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.sum_once(|layer| layer.bytes)
    }

    /// The size of all layers on disk, bytes; a layer listed twice counts once.
    #[must_use]
    pub fn unpacked_bytes(&self) -> u64 {
        self.sum_once(|layer| layer.unpacked)
    }

    fn sum_once(&self, bytes: impl Fn(&Layer) -> u64) -> u64 {
        let mut seen = BTreeSet::new();
        self.layers
            .iter()
            .filter(|layer| seen.insert(layer.digest))
            .fold(0, |sum, layer| sum.saturating_add(bytes(layer)))
    }
}

/// Images that a pool's nodes have before any pod needs them, by name with tag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PoolImages {
    /// On disk from the start, as part of the machine image.
    pub preloaded: Vec<(String, Image)>,
    /// Pulled by each node as soon as it is ready.
    pub prepull: Vec<(String, Image)>,
}

/// An image's name with `:latest` where it has no tag, as container runtimes list it (kube-scheduler
/// `imagelocality/image_locality.go`).
#[must_use]
pub fn with_tag(name: &str) -> String {
    let tagged = match (name.rfind(':'), name.rfind('/')) {
        (Some(colon), Some(slash)) => colon > slash,
        (colon, _) => colon.is_some(),
    };
    if tagged {
        name.to_owned()
    } else {
        format!("{name}:latest")
    }
}

/// The layers a node has extracted to disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeImageCache {
    layers: BTreeSet<LayerDigest>,
}

impl NodeImageCache {
    /// Whether the layer is on disk.
    #[must_use]
    pub fn contains(&self, digest: LayerDigest) -> bool {
        self.layers.contains(&digest)
    }

    /// Whether every layer of the image is on disk, so that a pull costs nothing.
    #[must_use]
    pub fn has_image(&self, image: &Image) -> bool {
        image.layers.iter().all(|layer| self.contains(layer.digest))
    }

    /// Puts a layer on disk; says whether it was new.
    pub fn insert(&mut self, digest: LayerDigest) -> bool {
        self.layers.insert(digest)
    }

    /// Removes a layer, as image garbage collection does; says whether it was there.
    pub fn remove(&mut self, digest: LayerDigest) -> bool {
        self.layers.remove(&digest)
    }

    /// How many layers are on disk.
    #[must_use]
    pub fn len(&self) -> usize {
        self.layers.len()
    }

    /// Whether the disk holds no layer.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.layers.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::{Image, Layer, LayerDigest, NodeImageCache};

    /// Were a repeated layer counted twice, a plan would move bytes that no node moves.
    #[test]
    fn a_repeated_layer_counts_once_and_an_image_is_cached_only_when_whole() {
        let layer = |digest, bytes| Layer {
            digest: LayerDigest(digest),
            bytes,
            unpacked: 3 * bytes,
        };
        let image = Image {
            name: "shop:2.4".into(),
            layers: vec![layer(1, 10), layer(2, 5), layer(1, 10)],
        };
        assert_eq!((image.bytes(), image.unpacked_bytes()), (15, 45));
        let mut cache = NodeImageCache::default();
        assert!(cache.insert(LayerDigest(1)) && !cache.has_image(&image));
        assert!(cache.insert(LayerDigest(2)) && cache.has_image(&image));
        assert!(cache.remove(LayerDigest(1)) && !cache.has_image(&image));
    }
}
