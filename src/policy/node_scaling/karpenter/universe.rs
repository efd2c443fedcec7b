//! The domains that nodes to come may be in (`scheduling/topologydomaingroup.go`).

use super::requirements::Requirements;
use crate::model::labels::{Taint, Toleration};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A domain that new nodes may be in, and the taints that such nodes have, for each NodePool that makes them.
#[derive(Clone, Debug, Default)]
pub struct Universe(BTreeMap<Arc<str>, Domains>);

/// Domains by name, and the taints of each kind of node that may be there.
type Domains = BTreeMap<Arc<str>, Vec<Arc<[Taint]>>>;

impl Universe {
    /// Nodes with these labels, each with any of its values, and taints may be made.
    pub fn add(&mut self, labels: &Requirements, taints: &Arc<[Taint]>) {
        for (key, allowed) in labels.iter() {
            let domains = self.0.entry(key.clone()).or_default();
            for value in allowed.listed().into_iter().flatten() {
                let known = domains.entry(value.clone()).or_default();
                if !known.iter().any(|own| Arc::ptr_eq(own, taints)) {
                    known.push(taints.clone());
                }
            }
        }
    }

    /// The domains under `key` that a pod may go to because of taints; all without `tolerations`.
    #[must_use]
    pub fn domains(&self, key: &str, tolerations: Option<&[Toleration]>) -> Vec<Arc<str>> {
        let tolerated = |taints: &Arc<[Taint]>| {
            tolerations.is_none_or(|own| {
                let ignored = |taint: &Taint| own.iter().any(|one| one.tolerates(taint));
                taints.iter().all(ignored)
            })
        };
        let domains = self.0.get(key).into_iter().flatten();
        let open = domains.filter(|(_, pools)| pools.iter().any(tolerated));
        open.map(|(domain, _)| domain.clone()).collect()
    }
}
