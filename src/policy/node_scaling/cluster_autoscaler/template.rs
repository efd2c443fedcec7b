//! What new nodes of a group would look like (`processors/nodeinfosprovider`): one for each zone, in the order of their
//! turns, with the pods that DaemonSets would put there.
//!
//! Knows: pools and DaemonSets. Must not know: for whom a node would be launched.

use super::circular::Circular;
use crate::engine::Time;
use crate::model::cluster::{BoundPod, NodeFacts, NodeView};
use crate::model::gpu::Taken;
use crate::model::pod_template::PodTemplate;
use crate::policy::node_scaling::PoolView;
use std::sync::Arc;

/// The next new nodes of `pool`, until its zones have had a turn each.
pub(super) fn turns(
    search: &mut Circular<'_>,
    pool: &PoolView<'_>,
    daemons: &[&Arc<PodTemplate>],
    now: Time,
) -> Vec<NodeView> {
    let zones = pool.spec.zones.len().max(1);
    let zones = (0..zones).map(|turn| (pool.fresh.zone + turn) % zones);
    zones
        .map(|zone| {
            let mut node = in_zone(pool, zone);
            (node.open, node.booting) = (true, false);
            let before = search.mark();
            let place = search.add_node(node.clone());
            for class in daemons.iter().filter(|class| search.accepts(class, None, place)) {
                node.bind(daemon(class, now));
            }
            search.revert(before);
            node
        })
        .collect()
}

/// A pod of a DaemonSet.
pub(super) fn daemon(class: &Arc<PodTemplate>, now: Time) -> BoundPod {
    BoundPod {
        class: class.clone(),
        id: None,
        started: now,
        terminating: None,
        devices: Taken::NONE,
    }
}

fn in_zone(pool: &PoolView<'_>, zone: usize) -> NodeView {
    let mut node = pool.fresh.clone();
    if zone != node.zone {
        let facts = NodeFacts {
            labels: pool.spec.node_labels(&node.facts.name, zone),
            ..NodeFacts::clone(&node.facts)
        };
        (node.zone, node.facts) = (zone, Arc::new(facts));
    }
    node
}
