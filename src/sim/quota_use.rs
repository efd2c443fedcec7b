//! How much of each namespace's quotas is in use, and by whom.
//!
//! Knows: sums. Must not know: what anything is charged for, or whether it may be.

use crate::model::cluster::PodId;
use crate::model::namespace::Namespace;
use std::collections::BTreeMap;

/// An amount of each limit of each quota of a namespace.
pub(super) type Amounts = Vec<Vec<u64>>;

/// What is in use of the quotas of every namespace that has some.
#[derive(Clone, Debug, Default)]
pub(super) struct QuotaUse {
    /// By the namespace's index.
    used: BTreeMap<usize, Amounts>,
    /// What each pod was charged, so that exactly that is given back.
    charged: BTreeMap<PodId, (usize, Amounts)>,
}

impl QuotaUse {
    /// What is in use in a namespace; `like` has the form of its quotas.
    pub(super) fn of(&self, namespace: usize, like: &Amounts) -> Amounts {
        let none = || like.iter().map(|limits| vec![0; limits.len()]).collect();
        self.used.get(&namespace).cloned().unwrap_or_else(none)
    }

    /// Charges `amounts` to a namespace.
    pub(super) fn add(&mut self, namespace: usize, amounts: &Amounts) {
        let mut used = self.of(namespace, amounts);
        for (used, more) in used.iter_mut().flatten().zip(amounts.iter().flatten()) {
            *used = used.saturating_add(*more);
        }
        self.used.insert(namespace, used);
    }

    /// Charges a pod.
    pub(super) fn charge(&mut self, pod: PodId, namespace: usize, amounts: Amounts) {
        self.add(namespace, &amounts);
        self.charged.insert(pod, (namespace, amounts));
    }

    /// Broken laws as sentences; empty if all hold: no quota is exceeded, no pod is charged that is not there, and pods
    /// are charged no more than is in use.
    pub(super) fn broken_laws(
        &self,
        namespaces: &[Namespace],
        is_there: impl Fn(PodId) -> bool,
    ) -> Vec<String> {
        let mut broken = Vec::new();
        for (&namespace, used) in &self.used {
            for (index, (quota, used)) in namespaces[namespace].quotas.iter().zip(used).enumerate() {
                for (place, (limit, &used)) in quota.hard.iter().zip(used).enumerate() {
                    let charged = self.charged.values().filter(|(of, _)| *of == namespace);
                    let pods: u64 = charged.map(|(_, amounts)| amounts[index][place]).sum();
                    if used > limit.most || pods > used {
                        let (name, of, most) = (&quota.name, &limit.name, limit.most);
                        broken.push(format!(
                            "quota {name}: {used} of {most} of {of} in use, {pods} by pods"
                        ));
                    }
                }
            }
        }
        let gone = self.charged.keys().filter(|&&pod| !is_there(pod)).count();
        if gone > 0 {
            broken.push(format!("{gone} pods that have gone are still charged to quotas"));
        }
        broken
    }

    /// A pod has gone: what it was charged is free again.
    pub(super) fn release(&mut self, pod: PodId) {
        let Some((namespace, amounts)) = self.charged.remove(&pod) else {
            return;
        };
        if let Some(used) = self.used.get_mut(&namespace) {
            for (used, less) in used.iter_mut().flatten().zip(amounts.iter().flatten()) {
                *used = used.saturating_sub(*less);
            }
        }
    }
}
