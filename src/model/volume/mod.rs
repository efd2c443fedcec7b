//! Volumes: storage classes, claims, where a claim's volume is, and which node can take a pod because of it.
//!
//! Knows: Kubernetes' rules about claims, zones, access modes and attach limits. Must not know: who places pods, or how
//! long it takes to move a volume.

mod fit;
mod state;

pub use fit::{
    UnplacedClaim, VolumeConflict, attached_by_pods, claims_unplaced, conflicts, has_too_many, out_of_reach,
    over_attach_limit, used_by_another,
};
pub use state::{Claim, ClaimId, Reach, Volumes, immediate_zone};

use super::labels::Labels;

/// A condition on the nodes near which a volume may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopologyRequirement {
    /// The label of the node.
    pub key: String,
    /// The values it may have.
    pub values: Vec<String>,
}

/// A kind of volume, as placement sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageClass {
    /// Its name.
    pub name: String,
    /// The driver that makes its volumes; nodes count volumes by driver.
    pub driver: String,
    /// Whether a volume is made with its first pod, near that pod's node, and not with its claim.
    pub waits_for_pod: bool,
    /// Where its volumes may be: all conditions of one of these hold. Anywhere, if there is none.
    pub topologies: Vec<Vec<TopologyRequirement>>,
    /// Whether a volume stays in the zone that it was made in.
    pub zonal: bool,
}

impl StorageClass {
    /// Whether it makes volumes near nodes with these labels.
    #[must_use]
    pub fn allows(&self, labels: &Labels) -> bool {
        let meets = |one: &TopologyRequirement| {
            labels
                .get(&one.key)
                .is_some_and(|value| one.values.contains(value))
        };
        self.topologies.is_empty() || self.topologies.iter().any(|all| all.iter().all(meets))
    }
}

/// Who may use a volume at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// The pods of one node.
    OneNode,
    /// One pod.
    OnePod,
    /// Any pods.
    Many,
}

/// What is asked for in a volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimSpec {
    /// The index of its storage class.
    pub class: usize,
    /// Who may use it at a time.
    pub access: Access,
    /// How large it is.
    pub bytes: u64,
}

/// A volume that each pod of a workload has of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimTemplate {
    /// Its name.
    pub name: String,
    /// What is asked for.
    pub spec: ClaimSpec,
}

/// The volumes of a workload's pods.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodVolumes {
    /// Claims that all its pods use.
    pub shared: Vec<ClaimId>,
    /// Claims that each pod has of its own.
    pub own: Vec<ClaimTemplate>,
    /// Names of volumes on the disk of the pod's node, which are lost when it leaves: no driver attaches them.
    pub on_node: Vec<String>,
}

impl PodVolumes {
    /// Whether there is none that a driver attaches.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.shared.is_empty() && self.own.is_empty()
    }
}
