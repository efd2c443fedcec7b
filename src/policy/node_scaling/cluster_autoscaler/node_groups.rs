//! What has become of the nodes that were asked for (`cluster-autoscaler/clusterstate/clusterstate.go`).
//!
//! Knows: by pool the scale-up under way and its back-off. Must not know: why nodes were asked for.

use super::backoff::{Backoff, BackoffRule};
use crate::engine::{Span, Time};
use crate::model::cluster::NodePhase;
use crate::policy::node_scaling::{LaunchFailure, NodeEvent, NodeInfo, NodeScalingView};

/// Scale-ups under way and back-offs, by pool.
#[derive(Clone, Debug, Default)]
pub(super) struct NodeGroups {
    groups: Vec<NodeGroup>,
}

#[derive(Clone, Copy, Debug, Default)]
struct NodeGroup {
    request: Option<Request>,
    backoff: Option<Backoff>,
    /// What went wrong last.
    why: &'static str,
}

/// A scale-up under way.
#[derive(Clone, Copy, Debug)]
struct Request {
    nodes: u32,
    expected_by: Time,
}

impl NodeGroups {
    /// Takes in what has happened since the last look.
    pub(super) fn update(&mut self, view: &NodeScalingView<'_>, rule: BackoffRule) {
        self.groups.resize(view.pools.len(), NodeGroup::default());
        let now = view.now;
        for event in view.events {
            let NodeEvent::LaunchFailed { pool, why, .. } = event else {
                continue;
            };
            let Some(group) = self.groups.get_mut(*pool) else {
                continue;
            };
            group.backoff = Some(Backoff::after_failure(group.backoff, rule, now));
            group.why = name(*why);
            group.request = group.request.and_then(|request| {
                let nodes = request.nodes - 1;
                (nodes > 0).then_some(Request { nodes, ..request })
            });
        }
        let mut upcoming = vec![false; self.groups.len()];
        for node in view.nodes.iter().filter(|node| node.phase == NodePhase::Booting) {
            upcoming[node.pool] = true;
        }
        for (group, upcoming) in self.groups.iter_mut().zip(upcoming) {
            group.backoff = group.backoff.filter(|backoff| !backoff.is_stale(rule, now));
            let Some(request) = group.request else { continue };
            if !upcoming {
                // All that were asked for are there: what failed before is forgotten.
                *group = NodeGroup::default();
            } else if request.expected_by < now {
                group.backoff = Some(Backoff::after_failure(group.backoff, rule, now));
                (group.request, group.why) = (None, "nodes took too long to come");
            }
        }
    }

    /// `nodes` nodes of `pool` have been asked for at `now` and may take `provision` to come.
    pub(super) fn asked(&mut self, pool: usize, nodes: u32, provision: Span, now: Time) {
        if let Some(group) = self.groups.get_mut(pool) {
            let before = group.request.map_or(0, |request| request.nodes);
            group.request = Some(Request {
                nodes: before + nodes,
                expected_by: now + provision,
            });
        }
    }

    /// When the back-off of `pool` ends and what went wrong, if it is backed off.
    pub(super) fn backed_off(&self, pool: usize, now: Time) -> Option<(Time, &'static str)> {
        let group = self.groups.get(pool)?;
        Some((group.backoff?.ends(now)?, group.why))
    }
}

const fn name(why: LaunchFailure) -> &'static str {
    match why {
        LaunchFailure::AtMax => "it had as many nodes as it may",
        LaunchFailure::NoSuchZone => "it has no such zone",
        LaunchFailure::OutOfStock => "the provider had no such machine",
        LaunchFailure::OverQuota => "the provider's quota was used up",
        LaunchFailure::DidNotStart => "a machine did not come up",
    }
}

/// Whether a node that was asked for has taken longer to come than it may.
pub(super) fn is_overdue(node: &NodeInfo, provision: Span, now: Time) -> bool {
    node.phase == NodePhase::Booting && node.launched + provision < now
}
