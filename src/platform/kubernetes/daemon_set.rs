//! A DaemonSet: one pod on every node that fits.
//!
//! Knows: its pods per node and whether the node takes them. Must not know: resources, which are the scheduler's
//! matter. Source: `pkg/controller/daemon/daemon_controller.go` and `update.go`; no vectors exist for it.

use crate::model::labels::{Taint, TaintEffect, Toleration, UNSCHEDULABLE_TAINT};
use crate::model::placement_rules::Allowed;

/// The tolerations that the controller adds to every pod, so that it comes early and stays through trouble. Pods on
/// the host's network also tolerate `network-unavailable`.
#[must_use]
pub fn added_tolerations(host_network: bool) -> Vec<Toleration> {
    let node = "node.kubernetes.io/";
    let taints = [
        ("not-ready", TaintEffect::NoExecute),
        ("unreachable", TaintEffect::NoExecute),
        ("disk-pressure", TaintEffect::NoSchedule),
        ("memory-pressure", TaintEffect::NoSchedule),
        ("pid-pressure", TaintEffect::NoSchedule),
        ("unschedulable", TaintEffect::NoSchedule),
        ("network-unavailable", TaintEffect::NoSchedule),
    ];
    let taints = taints.into_iter();
    taints
        .filter(|&(name, _)| host_network || name != "network-unavailable")
        .map(|(name, effect)| Toleration {
            key: Some(format!("{node}{name}")),
            value: None,
            effect: Some(effect),
            lasts: None,
        })
        .collect()
}

/// Whether a node is to have a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeWish {
    /// It gets one.
    Run,
    /// It keeps the one it has, but gets none.
    Keep,
    /// It has none.
    Away,
}

/// What is to be on a node with these taints. `selected` is whether its name and labels are what the pod asks for.
#[must_use]
pub fn wish(selected: bool, taints: &[Taint], unschedulable: bool, tolerations: &[Toleration]) -> NodeWish {
    let cordon = unschedulable.then(|| Taint {
        key: UNSCHEDULABLE_TAINT.to_owned(),
        value: String::new(),
        effect: TaintEffect::NoSchedule,
    });
    let repelled_by = |effect: TaintEffect| {
        let taints = taints.iter().chain(&cordon);
        taints
            .filter(|taint| taint.effect == effect)
            .any(|taint| !tolerations.iter().any(|toleration| toleration.tolerates(taint)))
    };
    if !selected || repelled_by(TaintEffect::NoExecute) {
        NodeWish::Away
    } else if repelled_by(TaintEffect::NoSchedule) {
        NodeWish::Keep
    } else {
        NodeWish::Run
    }
}

/// What a node has, of the old template and of the new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NodePods {
    /// A pod of an older template: whether it is available.
    pub old: Option<bool>,
    /// A pod of the current template: whether it is available.
    pub new: Option<bool>,
}

/// What an update does now, by places in the list of nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpdateStep {
    /// Nodes whose old pod goes.
    pub old_deleted: Vec<usize>,
    /// Nodes that get a new pod beside the old one.
    pub new_created: Vec<usize>,
}

/// One sync of a rolling update over `nodes` that should have a pod, in an order of the caller's choice (there it is
/// random). Both bounds are of the number of nodes and round up; if both come to nothing, one may be unavailable.
#[must_use]
pub fn update(max_surge: Allowed, max_unavailable: Allowed, nodes: &[NodePods]) -> UpdateStep {
    let count = nodes.len() as i32;
    let surge = max_surge.rounded_up(count) as usize;
    let unavailable = max_unavailable.rounded_up(count) as usize;
    if surge == 0 {
        without_surge(unavailable.max(1), nodes)
    } else {
        with_surge(surge, nodes)
    }
}

fn without_surge(unavailable_max: usize, nodes: &[NodePods]) -> UpdateStep {
    let (mut broken, mut candidates, mut unavailable) = (Vec::new(), Vec::new(), 0);
    for (place, pods) in nodes.iter().enumerate() {
        match (pods.old, pods.new) {
            (None, Some(true)) => {}
            (Some(true), None) => candidates.push(place),
            (Some(false), None) => broken.push(place),
            // One too many, one too few, or a new one on its way.
            _ => unavailable += 1,
        }
    }
    let room = unavailable_max.saturating_sub(unavailable);
    broken.extend(candidates.into_iter().take(room));
    UpdateStep {
        old_deleted: broken,
        new_created: Vec::new(),
    }
}

fn with_surge(surge_max: usize, nodes: &[NodePods]) -> UpdateStep {
    let (mut replaced, mut broken, mut candidates, mut surging) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for (place, pods) in nodes.iter().enumerate() {
        match (pods.old, pods.new) {
            (None, _) => {}
            (Some(false), None) => broken.push(place),
            (Some(true), None) => candidates.push(place),
            (Some(_), Some(true)) => replaced.push(place),
            (Some(_), Some(false)) => surging += 1,
        }
    }
    let room = surge_max.saturating_sub(surging);
    broken.extend(candidates.into_iter().take(room));
    UpdateStep {
        old_deleted: replaced,
        new_created: broken,
    }
}

#[cfg(test)]
mod tests {
    use super::{NodePods, NodeWish, added_tolerations, update, wish};
    use crate::model::labels::{Taint, TaintEffect};
    use crate::model::placement_rules::Allowed;

    const OLD: NodePods = NodePods {
        old: Some(true),
        new: None,
    };
    const BROKEN: NodePods = NodePods {
        old: Some(false),
        new: None,
    };
    const COMING: NodePods = NodePods {
        old: None,
        new: Some(false),
    };

    /// Were a broken pod held back by the bound, one that never became available would block its own replacement.
    #[test]
    fn unavailable_old_pods_go_at_once_and_available_ones_within_the_bound() {
        let step = |nodes: &[NodePods]| update(Allowed::Count(0), Allowed::Share(0.3), nodes).old_deleted;
        // 30 % of 4 rounds up to 2.
        assert_eq!(step(&[OLD, BROKEN, OLD, OLD]), [1, 0, 2]);
        assert_eq!(step(&[COMING, BROKEN, OLD, OLD]), [1, 2]);
        assert_eq!(step(&[COMING, COMING, OLD, BROKEN]), [3]);
        assert_eq!(
            update(Allowed::Count(0), Allowed::Count(0), &[OLD, OLD]).old_deleted,
            [0]
        );
    }

    #[test]
    fn with_surge_the_old_pod_stays_until_the_new_one_is_available() {
        let both = |new| NodePods {
            old: Some(true),
            new: Some(new),
        };
        let step = update(
            Allowed::Count(1),
            Allowed::Count(0),
            &[both(false), OLD, both(true), BROKEN],
        );
        assert_eq!(step.old_deleted, [2]);
        assert_eq!(
            step.new_created,
            [3],
            "one surges already, and a broken pod needs no room"
        );
    }

    #[test]
    fn the_pods_come_to_cordoned_nodes_and_leave_those_whose_taints_they_do_not_bear() {
        let taint = |key: &str, effect| Taint {
            key: key.to_owned(),
            value: String::new(),
            effect,
        };
        let borne = added_tolerations(false);
        let silent = [taint("node.kubernetes.io/unreachable", TaintEffect::NoExecute)];
        let dedicated = [taint("dedicated", TaintEffect::NoSchedule)];
        let closed = [taint("maintenance", TaintEffect::NoExecute)];
        assert_eq!(wish(true, &silent, true, &borne), NodeWish::Run);
        assert_eq!(wish(true, &dedicated, false, &borne), NodeWish::Keep);
        assert_eq!(wish(true, &closed, false, &borne), NodeWish::Away);
        assert_eq!(wish(false, &[], false, &borne), NodeWish::Away);
    }
}
