//! The order in which nodes are walked: zone by zone in turn (`backend/cache/node_tree.go`).

use crate::model::cluster::{ClusterView, NodeView};
use crate::model::placement_rules::{REGION_LABEL, ZONE_LABEL};
use std::sync::Arc;

/// The nodes there are, and of which state of the cluster that is.
#[derive(Clone, Debug, Default)]
pub(super) struct Roster {
    version: Option<u64>,
    places: Arc<[usize]>,
}

impl Roster {
    /// The positions of the nodes that have registered, first of each zone, then second of each, and so on. Zones come
    /// in the order of their oldest node.
    pub(super) fn of(&mut self, view: &dyn ClusterView) -> Arc<[usize]> {
        let version = view.roster_version();
        if version.is_none() || version != self.version {
            self.places = walk(view);
            self.version = version;
        }
        self.places.clone()
    }
}

fn walk(view: &dyn ClusterView) -> Arc<[usize]> {
    let mut zones: Vec<((&str, &str), Vec<usize>)> = Vec::new();
    for place in 0..view.len() {
        let Some(node) = view.node(place).filter(|node| !node.booting) else {
            continue;
        };
        let zone = zone_of(node);
        match zones.iter_mut().find(|(known, _)| *known == zone) {
            Some((_, places)) => places.push(place),
            None => zones.push((zone, vec![place])),
        }
    }
    let longest = zones
        .iter()
        .map(|(_, places)| places.len())
        .max()
        .unwrap_or_default();
    (0..longest)
        .flat_map(|turn| {
            zones
                .iter()
                .filter_map(move |(_, places)| places.get(turn).copied())
        })
        .collect()
}

fn zone_of(node: &NodeView) -> (&str, &str) {
    let label = |key| node.label(key).unwrap_or_default();
    (label(REGION_LABEL), label(ZONE_LABEL))
}
