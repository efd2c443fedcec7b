//! Rules that look at one node at a time: how well does this pod go there? A placer asks its rule of every node with room
//! and takes the best; so does whoever packs a fleet or opens bins for items, which is how one rule serves pods as they
//! come and a set of them at once.

use super::devices::best_fit;
use crate::engine::Stream;
use crate::model::gpu::{GpuRequest, Taken};
use std::fmt;

/// A node, or a bin, as a rule sees it.
#[derive(Clone, Copy, Debug)]
pub struct Bin<'a> {
    /// What it has: CPU first, then memory, then whatever else there is. Of items without such names, their dimensions.
    pub capacity: &'a [u64],
    /// What of each is not reserved.
    pub free: &'a [u64],
    /// Pods or items in it.
    pub pods: u32,
    /// Its GPUs.
    pub gpus: Gpus<'a>,
}

/// The GPUs of a node as a rule sees them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gpus<'a> {
    /// Idle thousandths of each device.
    pub idle: &'a [u16],
    /// Whether it hosts a pod with a share of a device, and with 1, 2, 3 … whole ones: bit 0, bits 1, 2, 3 …, all counts
    /// from 31 on in the last.
    pub hosts: u32,
}

/// What a pod, or an item, asks for.
#[derive(Clone, Copy, Debug)]
pub struct Need<'a> {
    /// How much, in the order of [`Bin::capacity`].
    pub sizes: &'a [u64],
    /// Devices.
    pub gpus: GpuRequest,
}

/// How well a pod goes to a node that has room for it.
pub trait Rule: Send + Sync + fmt::Debug {
    /// The greater, the better; among equals the first node is taken.
    fn score(&self, bin: &Bin<'_>, need: &Need<'_>) -> f64;

    /// Which devices it gets there.
    fn devices(&self, bin: &Bin<'_>, need: &Need<'_>, _: &mut Stream) -> Taken {
        best_fit(bin.gpus.idle, need.gpus)
    }
}
