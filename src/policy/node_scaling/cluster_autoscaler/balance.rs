//! Growth shared out over groups that are alike (`processors/nodegroupset/balancing_processor.go`,
//! `compare_nodegroups.go`).
//!
//! Knows: sizes of groups, and what a new node of each looks like. Must not know: why they grow.

use crate::model::cluster::NodeView;
use crate::model::labels::Labels;
use crate::model::resources::Resources;

/// Labels that may differ between groups that are alike: where a node is, and which group of which provider it is of.
const IGNORED_LABELS: [&str; 15] = [
    "agentpool",
    "alpha.eksctl.io/instance-id",
    "alpha.eksctl.io/nodegroup-name",
    "cloud.google.com/gke-nodepool",
    "eks.amazonaws.com/nodegroup",
    "failure-domain.beta.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone",
    "k8s.amazonaws.com/eniConfig",
    "kubernetes.azure.com/agentpool",
    "kubernetes.io/hostname",
    "lifecycle",
    "topology.ebs.csi.aws.com/zone",
    "topology.gke.io/zone",
    "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone",
];
/// By this share of the larger one the memory of two machines may differ.
const MEMORY_TOLERANCE: f64 = 0.015;
/// By this share what is allocatable or free on new nodes may differ.
const OTHER_TOLERANCE: f64 = 0.05;

/// How large a group is, and how large it may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) now: u32,
    pub(super) max: u32,
}

/// How many of `nodes` each group gets: always the smallest, until all are at their max.
pub(super) fn shares(sizes: &[Size], nodes: u32) -> Vec<u32> {
    let mut shares = vec![0; sizes.len()];
    // Of equal ones the one that was smaller before goes first, then the first.
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by_key(|&group| sizes[group].now);
    for _ in 0..nodes {
        let open = order
            .iter()
            .filter(|&&group| sizes[group].now + shares[group] < sizes[group].max);
        let Some(&smallest) = open.min_by_key(|&&group| sizes[group].now + shares[group]) else {
            break;
        };
        shares[smallest] += 1;
    }
    shares
}

/// Which labels tell groups apart, as the flags say.
#[derive(Clone, Copy, Debug)]
pub(super) struct ByLabels<'a> {
    /// If there is any, groups are alike where these are there and the same, whatever else they are.
    pub(super) only: &'a [String],
    /// These may differ, beside those that may anyway.
    pub(super) ignored: &'a [String],
}

/// Whether two groups are alike: by the machine's capacity and by what a new node looks like.
pub(super) fn are_alike(
    by: ByLabels<'_>,
    one: (&Resources, &NodeView),
    other: (&Resources, &NodeView),
) -> bool {
    let ((capacity, node), (other_capacity, other_node)) = (one, other);
    if !by.only.is_empty() {
        let (mine, theirs) = (&node.facts.labels, &other_node.facts.labels);
        let same = |key: &String| mine.contains_key(key) && mine.get(key) == theirs.get(key);
        return by.only.iter().all(same);
    }
    capacity.cpu_milli == other_capacity.cpu_milli
        && capacity.pods == other_capacity.pods
        && capacity.ephemeral_bytes == other_capacity.ephemeral_bytes
        && capacity.extended_iter().eq(other_capacity.extended_iter())
        && within(
            capacity.memory_bytes,
            other_capacity.memory_bytes,
            MEMORY_TOLERANCE,
        )
        && close(&node.allocatable, &other_node.allocatable)
        && close(&node.free, &other_node.free)
        && kept(&node.facts.labels, by.ignored).eq(kept(&other_node.facts.labels, by.ignored))
}

fn kept<'a>(labels: &'a Labels, ignored: &'a [String]) -> impl Iterator<Item = (&'a String, &'a String)> {
    labels
        .iter()
        .filter(|(key, _)| !IGNORED_LABELS.contains(&key.as_str()) && !ignored.contains(key))
}

fn within(one: u64, other: u64, share: f64) -> bool {
    one.abs_diff(other) as f64 <= one.max(other) as f64 * share
}

fn close(one: &Resources, other: &Resources) -> bool {
    let pairs = [
        (one.cpu_milli, other.cpu_milli),
        (one.memory_bytes, other.memory_bytes),
        (one.ephemeral_bytes, other.ephemeral_bytes),
        (one.pods, other.pods),
    ];
    let extended = |one: &Resources, other: &Resources| {
        one.extended_iter()
            .all(|(name, amount)| within(amount, other.extended(name), OTHER_TOLERANCE))
    };
    pairs
        .into_iter()
        .all(|(one, other)| within(one, other, OTHER_TOLERANCE))
        && extended(one, other)
        && extended(other, one)
}

#[cfg(test)]
mod tests {
    use super::{Size, shares};

    /// If the smallest did not always come first, one zone would end up with most of the fleet.
    #[test]
    fn the_smallest_grows_first_until_all_are_at_their_max() {
        let sizes = |sizes: &[(u32, u32)]| -> Vec<Size> {
            sizes.iter().map(|&(now, max)| Size { now, max }).collect()
        };
        assert_eq!(shares(&sizes(&[(5, 10), (1, 10), (2, 10)]), 6), [0, 4, 2]);
        assert_eq!(shares(&sizes(&[(1, 2), (1, 10)]), 5), [1, 4]);
        assert_eq!(
            shares(&sizes(&[(1, 2), (3, 4)]), 9),
            [1, 1],
            "no more than they may"
        );
    }
}
