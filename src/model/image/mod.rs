//! Container images and how a node gets them.
//!
//! Knows: layers, what a node has on disk, and the physics of a pull (shared bandwidth, a bounded number of downloads,
//! extraction in layer order; what nodes share; room on disk). Must not know: pods, registries by name, image policies, or
//! who asked for the pull.

pub mod disk;
mod fair;
pub mod layer;
pub mod pull;
mod share;
pub mod supply;

pub use disk::{DiskSpec, ImageDisk, ImageOnDisk};
pub use layer::{Image, Layer, LayerDigest, NodeImageCache, PoolImages, with_tag};
pub use pull::{LayerProgress, Puller, PullerSettings, Source};
pub use supply::{CacheSpec, ImageSupply, NodeDownloads};
