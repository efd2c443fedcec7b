//! Images as users write them: their layers, where they come from, and what nodes keep.
//!
//! Knows: fields and defaults. Must not know: how a node pulls.

use crate::model::units::{ByteQuantity, ByteRate, Duration};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How nodes get images. Speeds are those of a middling cloud node, the number of downloads is Docker's.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Images {
    /// A node's link to the registry.
    pub(crate) bandwidth: ByteRate,
    /// How fast a node extracts one image, in compressed bytes.
    pub(crate) extract: ByteRate,
    /// Layers a node downloads at once.
    #[schemars(range(min = 1, max = 1000))]
    pub(crate) concurrent: u32,
    /// What the registry can do. Without it, it sends as fast as nodes can receive.
    pub(crate) registry: Option<ImageSource>,
    /// A pull-through cache near the nodes: all images come through it, and a layer that has come once comes from it. Also
    /// while the registry is down.
    pub(crate) cache: Option<ImageSource>,
    /// The disk that nodes keep images on, and how the kubelet frees it. Without it, disks are never full.
    pub(crate) disk: Option<ImageDisk>,
    /// The compressed sizes of images, by name: `shop:2.4: 850M`, or a list of layers. An image without a size here is
    /// taken to be on every node already.
    pub(crate) sizes: BTreeMap<String, ImageSize>,
}

impl Default for Images {
    fn default() -> Self {
        Self {
            bandwidth: ByteRate::from_bytes_per_second(100_000_000),
            extract: ByteRate::from_bytes_per_second(200_000_000),
            concurrent: 3,
            registry: None,
            cache: None,
            disk: None,
            sizes: BTreeMap::new(),
        }
    }
}

/// The compressed size of an image: in all, or layer by layer.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum ImageSize {
    /// In all, as one layer.
    Whole(ByteQuantity),
    /// Layer by layer, base first.
    Layers(#[schemars(length(min = 1, max = 1000))] Vec<Layer>),
}

/// One layer of an image.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Layer {
    /// Its compressed size.
    pub(crate) size: ByteQuantity,
    /// Its size on disk. Without it, 2.5 times the compressed one, which is common.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) unpacked: Option<ByteQuantity>,
    /// What it is: images that name the same digest share the layer. Without it the layer is this image's own.
    #[serde(default)]
    pub(crate) digest: Option<String>,
}

/// Something that sends images.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ImageSource {
    /// Most that it sends to all nodes together, shared equally among the layers under way. Without it, as fast as nodes
    /// can receive.
    pub(crate) egress: Option<ByteRate>,
}

/// The disk that a node keeps images on. The names and defaults of how it is freed are those of the kubelet's
/// configuration.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImageDisk {
    /// Its size.
    pub(crate) size: ByteQuantity,
    /// What other things take of it.
    #[serde(default)]
    pub(crate) other: ByteQuantity,
    /// From this much in use on, unused images are deleted, percent. The kubelet looks every 5 minutes.
    #[serde(default = "high", rename = "imageGCHighThresholdPercent")]
    #[schemars(range(min = 0, max = 100))]
    pub(crate) high: u8,
    /// Down to this much, percent.
    #[serde(default = "low", rename = "imageGCLowThresholdPercent")]
    #[schemars(range(min = 0, max = 100))]
    pub(crate) low: u8,
    /// Images that have been there for less stay.
    #[serde(default = "minimum_age", rename = "imageMinimumGCAge")]
    pub(crate) minimum_age: Duration,
}

const fn high() -> u8 {
    85
}

const fn low() -> u8 {
    80
}

fn minimum_age() -> Duration {
    Duration::from_secs(120)
}

/// Images of a pool's machines.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PoolImages {
    /// In the machine image: there from the start.
    #[schemars(length(max = 1000))]
    pub(crate) preloaded: Vec<String>,
    /// Pulled by each machine as soon as it is ready, as a DaemonSet that warms caches does.
    #[schemars(length(max = 1000))]
    pub(crate) prepull: Vec<String>,
}
