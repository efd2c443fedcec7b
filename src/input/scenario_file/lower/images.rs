//! Images: their layers, where they come from, and what nodes keep of them.
//!
//! Knows: how layers are told apart, and the kubelet's bounds. Must not know: pods, or how a node pulls.

use super::super::raw::images::{ImageDisk, ImageSize, ImageSource, Images, PoolImages as RawPoolImages};
use super::super::spot::Spot;
use super::Lowering;
use super::cluster::LoweredCluster;
use crate::input::{nearest, unknown_name};
use crate::model::image::{
    CacheSpec, DiskSpec, Image, ImageSupply, Layer, LayerDigest, PoolImages, PullerSettings, with_tag,
};
use crate::model::units::{ByteQuantity, ByteRate, quoted};
use crate::platform::kubernetes::image_gc::ImageGc;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// Bytes on disk for two compressed ones, where a layer does not say: what common images of Linux distributions and
/// Python come to.
const UNPACKED_OF_TWO: u64 = 5;

/// The images whose sizes are known, and which of them somebody asked for.
#[derive(Debug, Default)]
pub(super) struct ImageList {
    images: BTreeMap<String, Image>,
    asked: RefCell<BTreeSet<String>>,
}

impl ImageList {
    /// The image called `name`, if it has a size.
    pub(super) fn get(&self, name: &str) -> Option<Image> {
        self.asked.borrow_mut().insert(name.to_owned());
        self.images.get(name).cloned()
    }
}

impl LoweredCluster {
    /// Warns of sizes of images that no container has.
    pub(super) fn unused_images(&self, sizes: &Spot<'_>, lowering: &mut Lowering<'_>) {
        let asked = self.images.asked.borrow();
        for (name, spot) in sizes.entries() {
            if !asked.contains(name) {
                let warning = spot.warning(format!("no container has the image {}", quoted(name)));
                lowering.push(warning.suggest(nearest(name, asked.iter().map(String::as_str))));
            }
        }
    }
}

impl Lowering<'_> {
    /// How images come to nodes, when the kubelet deletes them, and which have sizes.
    pub(super) fn image_supply(&mut self, spot: &Spot<'_>) -> (ImageSupply, ImageGc, ImageList) {
        let images = self.read_or(spot, Images::default()).unwrap_or_default();
        let mut rates = vec![
            (spot.at("bandwidth"), Some(images.bandwidth)),
            (spot.at("extract"), Some(images.extract)),
        ];
        let egress = |registry: Option<ImageSource>| registry.and_then(|registry| registry.egress);
        for (key, registry) in [("registry", images.registry), ("cache", images.cache)] {
            rates.push((spot.at(key).at("egress"), egress(registry)));
        }
        for (spot, rate) in rates {
            if rate.is_some_and(|rate| rate.bytes_per_second() == 0) {
                let error = spot.error("no image would ever arrive at this speed");
                self.push(error.help("expected bytes per second above zero, such as `100M/s`"));
            }
        }
        let most = |registry| egress(registry).map(ByteRate::bytes_per_second);
        let (disk, gc) = self.image_disk(&spot.at("disk"), images.disk);
        let supply = ImageSupply {
            puller: PullerSettings {
                downloads_max: images.concurrent.max(1),
                link_bytes_per_s: images.bandwidth.bytes_per_second(),
                extract_bytes_per_s: images.extract.bytes_per_second().max(1),
            },
            registry_bytes_per_s: most(images.registry),
            cache: images.cache.map(|cache| CacheSpec {
                bytes_per_s: most(Some(cache)),
            }),
            disk,
        };
        (supply, gc, self.images(&spot.at("sizes"), &images.sizes))
    }

    fn image_disk(&mut self, spot: &Spot<'_>, disk: Option<ImageDisk>) -> (Option<DiskSpec>, ImageGc) {
        let Some(disk) = disk else {
            return (None, ImageGc::default());
        };
        if disk.low >= disk.high {
            // The kubelet does not start with such a configuration.
            let error = spot.at("imageGCLowThresholdPercent").error(format!(
                "{} is not below the high threshold of {}",
                disk.low, disk.high
            ));
            self.push(error.help("deleting begins at the high threshold and ends at the low one"));
        }
        let (bytes, other) = (disk.size.bytes(), disk.other.bytes());
        if other >= bytes {
            self.push(spot.at("other").error("other things leave no room for images"));
        }
        let gc = ImageGc {
            high_percent: disk.high,
            low_percent: disk.low,
            minimum_age: disk.minimum_age.span(),
        };
        let spec = DiskSpec {
            bytes,
            other_bytes: other,
        };
        (Some(spec), gc)
    }

    /// The images that machines of a pool have or get by themselves.
    pub(super) fn images_of_pool(&mut self, spot: &Spot<'_>, images: &ImageList) -> PoolImages {
        let raw = self.read_or(spot, RawPoolImages::default()).unwrap_or_default();
        let mut named = |key: &str, names: &[String]| {
            let spots = spot.at(key);
            let items = spots.items();
            let find = |(name, spot): (&String, &Spot<'_>)| {
                let image = images.get(name);
                if image.is_none() {
                    let known = images.images.keys().map(String::as_str);
                    let error = unknown_name(
                        spot.cursor.place(),
                        "image with a size under `cluster.images.sizes`",
                        name,
                        known,
                    );
                    self.push(error);
                }
                Some((with_tag(name), image?))
            };
            names.iter().zip(&items).filter_map(find).collect()
        };
        PoolImages {
            preloaded: named("preloaded", &raw.preloaded),
            prepull: named("prepull", &raw.prepull),
        }
    }

    fn images(&mut self, spot: &Spot<'_>, sizes: &BTreeMap<String, ImageSize>) -> ImageList {
        let mut digests: BTreeMap<String, Layer> = BTreeMap::new();
        let mut list = ImageList::default();
        let mut next = 0;
        for (name, size) in sizes {
            let mut layers = Vec::new();
            let mut own = |size: ByteQuantity, unpacked: Option<ByteQuantity>| {
                next += 1;
                let bytes = size.bytes();
                Layer {
                    digest: LayerDigest(next),
                    bytes,
                    unpacked: on_disk(bytes, unpacked),
                }
            };
            match size {
                ImageSize::Whole(bytes) => layers.push(own(*bytes, None)),
                ImageSize::Layers(given) => {
                    for (layer, spot) in given.iter().zip(spot.at(name).items()) {
                        let Some(digest) = &layer.digest else {
                            layers.push(own(layer.size, layer.unpacked));
                            continue;
                        };
                        let known = *digests
                            .entry(digest.clone())
                            .or_insert_with(|| own(layer.size, layer.unpacked));
                        let here = layer.size.bytes();
                        let differs = match known.bytes == here {
                            false => Some("size"),
                            true => (known.unpacked != on_disk(here, layer.unpacked)).then_some("unpacked"),
                        };
                        if let Some(key) = differs {
                            let error = format!("the layer {} has another size elsewhere", quoted(digest));
                            self.push(spot.at(key).error(error));
                        }
                        layers.push(known);
                    }
                }
            }
            list.images.insert(
                name.clone(),
                Image {
                    name: name.clone(),
                    layers,
                },
            );
        }
        list
    }
}

/// The size of a layer on disk.
fn on_disk(bytes: u64, unpacked: Option<ByteQuantity>) -> u64 {
    unpacked.map_or(bytes / 2 * UNPACKED_OF_TWO, ByteQuantity::bytes)
}
