//! Volumes on nodes: attached, used, detached, and who waits for one.
//!
//! Knows: which node has which volume, and that most can be on one node at a time. Must not know: zones, placement, or how
//! long anything takes.

use crate::engine::Time;
use crate::model::cluster::{NodeId, PodId};
use crate::model::volume::ClaimId;
use std::collections::{BTreeMap, BTreeSet};

/// A volume on a node.
#[derive(Clone, Debug)]
struct Attachment {
    users: BTreeSet<PodId>,
    /// When it is, or was, attached.
    ready: Time,
    /// When it is detached, if nobody uses it any more.
    leaves: Time,
}

/// One volume.
#[derive(Clone, Debug, Default)]
struct Moves {
    on: BTreeMap<NodeId, Attachment>,
    /// Pods that want it on another node than the one it is on, in order of their coming.
    waiting: Vec<(PodId, NodeId)>,
}

/// Every volume that has been on a node.
#[derive(Clone, Debug, Default)]
pub(super) struct Attachments(BTreeMap<ClaimId, Moves>);

impl Attachments {
    /// A pod on `node` wants a volume, which can be on one node at a time if it is `exclusive`; attaching it takes until
    /// `attached`. When the pod has it; `None` if it waits until the volume leaves another node.
    pub(super) fn wanted(
        &mut self,
        claim: ClaimId,
        pod: PodId,
        node: NodeId,
        exclusive: bool,
        attached: Time,
    ) -> Option<Time> {
        let moves = self.0.entry(claim).or_default();
        if let Some(attachment) = moves.on.get_mut(&node) {
            attachment.users.insert(pod);
            attachment.leaves = Time::NEVER;
            return Some(attachment.ready);
        }
        if exclusive && !moves.on.is_empty() {
            moves.waiting.push((pod, node));
            return None;
        }
        let attachment = Attachment {
            users: BTreeSet::from([pod]),
            ready: attached,
            leaves: Time::NEVER,
        };
        moves.on.insert(node, attachment);
        Some(attached)
    }

    /// A pod needs a volume no more; detaching it takes until `detached`. Whether it leaves its node then.
    pub(super) fn given_up(&mut self, claim: ClaimId, pod: PodId, detached: Time) -> Option<NodeId> {
        let moves = self.0.get_mut(&claim)?;
        moves.waiting.retain(|(waits, _)| *waits != pod);
        let used = |(_, attachment): &(&NodeId, &mut Attachment)| attachment.users.contains(&pod);
        let (&node, attachment) = moves.on.iter_mut().find(used)?;
        attachment.users.remove(&pod);
        attachment.users.is_empty().then(|| {
            attachment.leaves = detached;
            node
        })
    }

    /// A volume leaves the nodes that it was to leave now: these nodes, and the pods that waited for it.
    pub(super) fn detached(&mut self, claim: ClaimId, now: Time) -> (Vec<NodeId>, Vec<(PodId, NodeId)>) {
        let Some(moves) = self.0.get_mut(&claim) else {
            return (Vec::new(), Vec::new());
        };
        let leave = |attachment: &Attachment| attachment.users.is_empty() && attachment.leaves <= now;
        let left: Vec<NodeId> = moves
            .on
            .iter()
            .filter(|(_, attachment)| leave(attachment))
            .map(|(&node, _)| node)
            .collect();
        moves.on.retain(|_, attachment| !leave(attachment));
        let waiting = if left.is_empty() {
            Vec::new()
        } else {
            std::mem::take(&mut moves.waiting)
        };
        (left, waiting)
    }

    /// Broken laws as sentences: an exclusive volume is on one node.
    pub(super) fn broken_laws(&self, exclusive: impl Fn(ClaimId) -> bool) -> Vec<String> {
        let many = self
            .0
            .iter()
            .filter(|(claim, moves)| moves.on.len() > 1 && exclusive(**claim));
        many.map(|(claim, moves)| format!("volume {claim} is on {} nodes at once", moves.on.len()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Attachments, NodeId, PodId, Time};

    /// A volume for one node: its second pod there has it at once, a pod elsewhere waits until the last one has gone and
    /// it is detached; a pod that comes back to the node in between keeps it there.
    #[test]
    fn an_exclusive_volume_moves_only_when_its_last_pod_has_gone() {
        let pods: Vec<PodId> = (0..4).map(|index| PodId::from_parts(index, 0)).collect();
        let nodes: Vec<NodeId> = (0..2).map(|index| NodeId::from_parts(index, 0)).collect();
        let at = |second: u64| Time::from_nanos(second * 1_000_000_000);
        let mut attachments = Attachments::default();
        assert_eq!(
            attachments.wanted(0, pods[0], nodes[0], true, at(10)),
            Some(at(10))
        );
        assert_eq!(
            attachments.wanted(0, pods[1], nodes[0], true, at(25)),
            Some(at(10))
        );
        assert_eq!(attachments.wanted(0, pods[2], nodes[1], true, at(30)), None);
        assert_eq!(
            attachments.given_up(0, pods[0], at(40)),
            None,
            "one is still there"
        );
        assert_eq!(attachments.given_up(0, pods[1], at(50)), Some(nodes[0]));
        assert_eq!(
            attachments.wanted(0, pods[3], nodes[0], true, at(60)),
            Some(at(10)),
            "it has not left"
        );
        assert_eq!(attachments.detached(0, at(50)), (vec![], vec![]));
        assert_eq!(attachments.given_up(0, pods[3], at(70)), Some(nodes[0]));
        assert_eq!(
            attachments.detached(0, at(70)),
            (vec![nodes[0]], vec![(pods[2], nodes[1])])
        );
        assert_eq!(
            attachments.wanted(0, pods[2], nodes[1], true, at(80)),
            Some(at(80))
        );
        assert_eq!(attachments.broken_laws(|_| true), Vec::<String>::new());
    }
}
