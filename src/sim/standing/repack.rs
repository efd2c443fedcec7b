//! The pods of a cluster packed anew from empty nodes: what a policy needs for them, and how few nodes anybody needs.
//!
//! Knows: placers and bounds. Must not know: which policies are compared, or how that is shown.

use super::{Standing, WaitingPod};
use crate::engine::{StreamKey, Time};
use crate::model::cluster::{ClusterView, NodeView};
use crate::model::gpu::{Devices, MILLI, is_gpu};
use crate::model::packing::bounds::cheapest;
use crate::model::packing::{BinKind, Instance, Item, lower_bound};
use crate::model::resources::Resources;
use crate::policy::placement::{Incoming, Placement, Placer};
use std::collections::{BTreeMap, BTreeSet};

/// All pods of `standing` that could be on another node, placed one after another by `placer` on nodes that have only those
/// pods that end with them. Those that find no room are `waiting`.
#[must_use]
pub fn repack(standing: &Standing, placer: &dyn Placer, seed: u64) -> Standing {
    let mut placer = placer.clone_box();
    let mut packed = standing.emptied();
    let mut stream = StreamKey::new(seed, 0).stream("placement");
    for (class, name) in standing.pods() {
        match placer.place(&packed, &Incoming::any_of(class, Time::ZERO), &mut stream) {
            Placement::Bind { place, devices, .. } => {
                packed.add(place, class, devices, name.clone());
            }
            Placement::Wait(_) => packed.waiting.push(WaitingPod {
                class: class.clone(),
                name: name.clone(),
            }),
        }
    }
    packed
}

/// No packing of all pods that could be on another node needs fewer nodes, by what they reserve; their other wishes are not
/// looked at.
#[must_use]
pub fn fewest_nodes(standing: &Standing) -> u64 {
    let empty = standing.emptied();
    let extended = standing.extended();
    let mut kinds: BTreeMap<Vec<u64>, u64> = BTreeMap::new();
    for place in 0..empty.len() {
        if let Some(node) = empty.node(place) {
            let capacity = sizes(&node.free, idle_gpu_milli(node), &extended);
            *kinds.entry(capacity).or_default() += 1;
        }
    }
    let own = ["cpu", "memory", "pods", "ephemeral-storage", "gpu-milli"].map(str::to_owned);
    let instance = Instance {
        name: "state".to_owned(),
        dimensions: own.into_iter().chain(extended.iter().cloned()).collect(),
        kinds: kinds
            .into_iter()
            .map(|(capacity, count)| BinKind {
                name: String::new(),
                capacity,
                price: None,
                most: Some(count),
            })
            .collect(),
        items: standing
            .pods()
            .map(|(class, name)| Item {
                name: name.full.clone(),
                class: String::new(),
                sizes: sizes(class.requests(), class.gpus().total_milli(), &extended),
                below_zero: Vec::new(),
            })
            .collect(),
        optimum: None,
    };
    let program = cheapest(&instance).map_or(0, |least| least.bins);
    program.max(lower_bound(&instance).bins)
}

/// Shares of GPUs are no amount of an extended resource: they are counted in thousandths beside the whole ones.
fn sizes(of: &Resources, gpu_milli: u64, extended: &BTreeSet<String>) -> Vec<u64> {
    let own = [
        of.cpu_milli,
        of.memory_bytes,
        of.pods,
        of.ephemeral_bytes,
        gpu_milli,
    ];
    own.into_iter()
        .chain(extended.iter().map(|name| of.extended(name)))
        .collect()
}

fn idle_gpu_milli(node: &NodeView) -> u64 {
    let told_apart = node.devices().map(Devices::idle_milli);
    told_apart.unwrap_or_else(|| {
        let whole = node.free.extended_iter().filter(|(name, _)| is_gpu(name));
        whole
            .map(|(_, count)| count.saturating_mul(u64::from(MILLI)))
            .sum()
    })
}
