//! What DaemonSets take of every node of a NodePool, by instance type.

use super::instance_type::InstanceType;
use super::node_pool::NodePool;
use super::requirements::{Requirements, Undefined};
use crate::model::labels::{Taint, TaintEffect};
use crate::model::placement_rules::HostPort;
use crate::model::pod_template::PodTemplate;
use crate::model::resources::Resources;
use std::sync::Arc;

/// What the same DaemonSets take.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DaemonOverhead {
    /// What they reserve together, pod slots included.
    pub requests: Resources,
    /// The ports they take.
    pub ports: Vec<HostPort>,
}

/// What DaemonSets take on nodes of a NodePool, by instance type.
#[derive(Clone, Debug, Default)]
pub struct DaemonOverheads {
    overheads: Vec<DaemonOverhead>,
    /// By instance type: which of them.
    of_type: Vec<usize>,
}

impl DaemonOverheads {
    /// What `daemons` take on nodes of `pool`.
    #[must_use]
    pub fn new(pool: &NodePool, types: &[InstanceType], daemons: &[&Arc<PodTemplate>]) -> Self {
        let mut all = Self::default();
        for instance_type in types {
            let own = daemons
                .iter()
                .filter(|daemon| runs_on(daemon, pool, instance_type));
            let mut overhead = DaemonOverhead::default();
            for daemon in own {
                overhead.requests.add(daemon.requests());
                overhead.ports.extend(daemon.rules.host_ports.iter().cloned());
            }
            let known = all.overheads.iter().position(|known| *known == overhead);
            all.of_type.push(known.unwrap_or(all.overheads.len()));
            if known.is_none() {
                all.overheads.push(overhead);
            }
        }
        all
    }

    /// What they take on a node of one type.
    #[must_use]
    pub fn of(&self, instance_type: usize) -> &DaemonOverhead {
        &self.overheads[self.of_type[instance_type]]
    }

    /// The least they take of each resource on a node of any of these types.
    #[must_use]
    pub fn least(&self, types: &[usize]) -> Resources {
        let mut overheads: Vec<usize> = types.iter().map(|&one| self.of_type[one]).collect();
        overheads.sort_unstable();
        overheads.dedup();
        let mut overheads = overheads.into_iter().map(|place| &self.overheads[place].requests);
        let Some(first) = overheads.next() else {
            return Resources::default();
        };
        overheads.fold(first.clone(), |least, other| least.minus(&least.minus(other)))
    }
}

/// Whether a DaemonSet has a pod on nodes of `pool` of a type: by hard taints, and by any of its required terms.
fn runs_on(daemon: &PodTemplate, pool: &NodePool, instance_type: &InstanceType) -> bool {
    let undefined = Undefined::WellKnownAllowed;
    tolerates(daemon, &pool.taints)
        && tolerates(daemon, &instance_type.taints)
        && any_term(daemon, |asked| {
            pool.requirements.conflict(asked, undefined).is_none()
                && instance_type.requirements.intersect(asked)
        })
}

/// Whether a DaemonSet has a pod on a node with these labels, the hostname apart, and taints.
#[must_use]
pub fn runs_on_labels(daemon: &PodTemplate, labels: &Requirements, taints: &[Taint]) -> bool {
    tolerates(daemon, taints)
        && any_term(daemon, |asked| {
            labels.conflict(asked, Undefined::Denied).is_none()
        })
}

fn tolerates(daemon: &PodTemplate, taints: &[Taint]) -> bool {
    let kept_off = |taint: &Taint| taint.effect != TaintEffect::PreferNoSchedule && !daemon.tolerates(taint);
    !taints.iter().any(kept_off)
}

/// Whether any of the required terms, together with the node selector, is allowed.
fn any_term(daemon: &PodTemplate, allowed: impl Fn(&Requirements) -> bool) -> bool {
    let selected = Requirements::of_labels(&daemon.node_selector);
    match daemon.rules.node_affinity.required.as_deref() {
        None | Some([]) => allowed(&selected),
        Some(terms) => terms.iter().any(|term| {
            let mut asked = selected.clone();
            asked.narrow_all(&Requirements::of(&term.match_expressions));
            allowed(&asked)
        }),
    }
}
