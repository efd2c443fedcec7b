//! Labels, taints and tolerations, with Kubernetes' matching rules.

use crate::engine::Span;
use std::collections::BTreeMap;

/// Key-value labels.
pub type Labels = BTreeMap<String, String>;

/// The label that names a node's shape, as the cloud provider sets it.
pub const INSTANCE_TYPE_LABEL: &str = "node.kubernetes.io/instance-type";

/// The label that says on which terms a node is rented, as Karpenter sets it.
pub const CAPACITY_TYPE_LABEL: &str = "karpenter.sh/capacity-type";

/// The taint of a node that is closed to all pods but those that tolerate it.
pub const UNSCHEDULABLE_TAINT: &str = "node.kubernetes.io/unschedulable";

/// What a taint does to pods that do not tolerate it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaintEffect {
    /// New pods stay away.
    NoSchedule,
    /// New pods stay away if they can.
    PreferNoSchedule,
    /// New pods stay away and running ones are evicted.
    NoExecute,
}

/// A mark on a node that keeps pods away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taint {
    /// Its key.
    pub key: String,
    /// Its value, may be empty.
    pub value: String,
    /// What it does.
    pub effect: TaintEffect,
}

/// A pod's permission to ignore some taints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toleration {
    /// The taint's key; `None` matches every key.
    pub key: Option<String>,
    /// The taint's value; `None` matches every value (operator `Exists`).
    pub value: Option<String>,
    /// The taint's effect; `None` matches every effect.
    pub effect: Option<TaintEffect>,
    /// For how long a running pod bears the taint; `None` without end, zero not at all. Placement passes it over.
    pub lasts: Option<Span>,
}

impl Toleration {
    /// Whether it permits ignoring `taint`.
    #[must_use]
    pub fn tolerates(&self, taint: &Taint) -> bool {
        self.key.as_ref().is_none_or(|key| *key == taint.key)
            && self.value.as_ref().is_none_or(|value| *value == taint.value)
            && self.effect.is_none_or(|effect| effect == taint.effect)
    }
}

/// The first taint that keeps a pod with `tolerations` off a node with `taints`.
#[must_use]
pub fn untolerated<'a>(taints: &'a [Taint], tolerations: &[Toleration]) -> Option<&'a Taint> {
    taints.iter().find(|taint| {
        taint.effect != TaintEffect::PreferNoSchedule
            && !tolerations.iter().any(|toleration| toleration.tolerates(taint))
    })
}

#[cfg(test)]
mod tests {
    use super::{Taint, TaintEffect, Toleration, untolerated};

    #[test]
    fn a_taint_keeps_out_exactly_the_pods_that_do_not_tolerate_it() {
        let gpu = Taint {
            key: "gpu".into(),
            value: "a100".into(),
            effect: TaintEffect::NoSchedule,
        };
        let toleration = |key: Option<&str>, value: Option<&str>, effect| Toleration {
            key: key.map(Into::into),
            value: value.map(Into::into),
            effect,
            lasts: None,
        };
        let taints = [gpu.clone()];
        assert_eq!(untolerated(&taints, &[]), Some(&gpu));
        assert_eq!(
            untolerated(&taints, &[toleration(Some("gpu"), Some("t4"), None)]),
            Some(&gpu)
        );
        assert_eq!(
            untolerated(
                &taints,
                &[toleration(Some("gpu"), None, Some(TaintEffect::NoExecute))]
            ),
            Some(&gpu)
        );
        for permitted in [
            toleration(None, None, None),
            toleration(Some("gpu"), Some("a100"), Some(TaintEffect::NoSchedule)),
        ] {
            assert_eq!(untolerated(&taints, &[permitted]), None);
        }
        let soft = Taint {
            effect: TaintEffect::PreferNoSchedule,
            ..gpu
        };
        assert_eq!(untolerated(&[soft], &[]), None, "a preference never keeps out");
    }
}
