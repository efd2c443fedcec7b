//! Container images and how a node gets them.
//!
//! Knows: layers, what a node has on disk, and the physics of a pull (shared bandwidth, a bounded number of downloads,
//! extraction in layer order). Must not know: pods, registries by name, image policies, or who asked for the pull.

pub mod layer;
pub mod pull;
mod share;

pub use layer::{Image, Layer, LayerDigest, NodeImageCache, with_tag};
pub use pull::{LayerProgress, Puller, PullerSettings};
