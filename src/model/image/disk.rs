//! The images on a node's disk: how much room they take and how long ago each was used.
//!
//! Knows: images by name and the layers they share. Must not know: who uses them, or which of them have to go.

use super::layer::{Image, LayerDigest};
use crate::engine::Time;
use std::collections::BTreeMap;

/// A disk for images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiskSpec {
    /// How large it is, bytes.
    pub bytes: u64,
    /// What of it is taken by other things, bytes.
    pub other_bytes: u64,
}

/// An image on the disk.
#[derive(Clone, Debug)]
pub struct ImageOnDisk {
    image: Image,
    /// When it was first seen there.
    pub detected: Time,
    /// When a container was last seen that uses it; `None`: never.
    pub used: Option<Time>,
}

impl ImageOnDisk {
    /// Its size unpacked, bytes, layers that others share included.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.image.unpacked_bytes()
    }
}

/// The images on a node's disk, by their names with tag.
#[derive(Clone, Debug, Default)]
pub struct ImageDisk {
    images: BTreeMap<String, ImageOnDisk>,
}

impl ImageDisk {
    /// An image is there, if it was not.
    pub fn arrived(&mut self, now: Time, name: &str, image: &Image) {
        if !self.images.contains_key(name) {
            let image = image.clone();
            self.images.insert(
                name.to_owned(),
                ImageOnDisk {
                    image,
                    detected: now,
                    used: None,
                },
            );
        }
    }

    /// Containers that use this image are there at `now`.
    pub fn used(&mut self, now: Time, name: &str) {
        if let Some(image) = self.images.get_mut(name) {
            image.used = Some(now);
        }
    }

    /// Images by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ImageOnDisk)> {
        self.images.iter().map(|(name, image)| (name.as_str(), image))
    }

    /// What all images take, bytes: a layer that several share takes its room once.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let layers = self.images.values().flat_map(|kept| &kept.image.layers);
        let once: BTreeMap<LayerDigest, u64> = layers.map(|layer| (layer.digest, layer.unpacked)).collect();
        once.values().fold(0, |sum, &bytes| sum.saturating_add(bytes))
    }

    /// An image goes; the layers that no other image has.
    pub fn remove(&mut self, name: &str) -> Vec<LayerDigest> {
        let Some(gone) = self.images.remove(name) else {
            return Vec::new();
        };
        let stays = |digest: LayerDigest| {
            let mut layers = self.images.values().flat_map(|kept| &kept.image.layers);
            layers.any(|layer| layer.digest == digest)
        };
        let layers = gone.image.layers.iter().map(|layer| layer.digest);
        layers.filter(|&digest| !stays(digest)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::ImageDisk;
    use crate::engine::Time;
    use crate::model::image::{Image, Layer, LayerDigest};

    /// Were a shared layer counted twice or deleted with the first of its images, nodes would collect too early and pull
    /// again what they still have.
    #[test]
    fn a_shared_layer_takes_its_room_once_and_stays_with_its_last_image() {
        let layer = |digest, unpacked| Layer {
            digest: LayerDigest(digest),
            bytes: unpacked / 2,
            unpacked,
        };
        let image = |name: &str, layers: &[Layer]| Image {
            name: name.into(),
            layers: layers.to_vec(),
        };
        let mut disk = ImageDisk::default();
        disk.arrived(Time::ZERO, "a:1", &image("a:1", &[layer(1, 100), layer(2, 10)]));
        disk.arrived(Time::ZERO, "b:1", &image("b:1", &[layer(1, 100), layer(3, 4)]));
        assert_eq!(disk.bytes(), 114);
        assert_eq!(disk.remove("a:1"), [LayerDigest(2)]);
        assert_eq!(disk.bytes(), 104);
        assert_eq!(disk.remove("b:1"), [LayerDigest(1), LayerDigest(3)]);
        assert_eq!((disk.bytes(), disk.remove("b:1")), (0, Vec::new()));
    }
}
