//! The claims there are, where their volumes are, and which pods use them.

use super::{Access, ClaimSpec, PodVolumes, StorageClass};
use crate::model::cluster::PodId;
use std::collections::BTreeMap;

/// The index of a claim.
pub type ClaimId = usize;

/// From where a volume can be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// From everywhere.
    Anywhere,
    /// From the nodes of a zone.
    Zone(String),
}

/// A claim of a volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// What is asked for.
    pub spec: ClaimSpec,
    /// Where its volume is; `None` while there is none.
    pub volume: Option<Reach>,
    /// Whether the API server took it; pods that use one that it did not take wait for ever.
    pub exists: bool,
    /// The pods that use it on a node, and that node's name.
    pub users: BTreeMap<PodId, String>,
}

impl Claim {
    /// A claim that was taken and has no volume yet.
    #[must_use]
    pub const fn new(name: String, namespace: String, spec: ClaimSpec) -> Self {
        Self {
            name,
            namespace,
            spec,
            volume: None,
            exists: true,
            users: BTreeMap::new(),
        }
    }
}

/// The claims of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Volumes {
    /// Storage classes.
    pub classes: Vec<StorageClass>,
    /// Claims; none ever goes.
    pub claims: Vec<Claim>,
    /// The claims of each pod that has some.
    of_pods: BTreeMap<PodId, Vec<ClaimId>>,
}

/// A claim of a pod: one that is there, or in a what-if one that would be made for it.
#[derive(Clone, Copy, Debug)]
pub(super) enum PodClaim<'a> {
    /// It is there.
    Made(ClaimId, &'a Claim),
    /// It would be made.
    New(&'a ClaimSpec),
}

impl<'a> PodClaim<'a> {
    pub(super) const fn spec(self) -> &'a ClaimSpec {
        match self {
            Self::Made(_, claim) => &claim.spec,
            Self::New(spec) => spec,
        }
    }
}

impl Volumes {
    /// None at all.
    pub const NONE: Self = Self {
        classes: Vec::new(),
        claims: Vec::new(),
        of_pods: BTreeMap::new(),
    };

    /// These claims, which no pod uses yet, and the classes they name.
    #[must_use]
    pub const fn new(classes: Vec<StorageClass>, claims: Vec<Claim>) -> Self {
        Self {
            classes,
            claims,
            of_pods: BTreeMap::new(),
        }
    }

    /// The claims of a pod.
    #[must_use]
    pub fn of_pod(&self, pod: PodId) -> &[ClaimId] {
        self.of_pods.get(&pod).map_or(&[], Vec::as_slice)
    }

    /// The claim called `name` in a namespace.
    #[must_use]
    pub fn named(&self, namespace: &str, name: &str) -> Option<ClaimId> {
        self.claims
            .iter()
            .position(|claim| claim.name == name && claim.namespace == namespace)
    }

    /// The claims of a pod with `volumes`: what it has, or what it would have if it existed.
    pub(super) fn claims<'a>(
        &'a self,
        pod: Option<PodId>,
        volumes: &'a PodVolumes,
    ) -> impl Iterator<Item = PodClaim<'a>> {
        let known = pod.and_then(|pod| self.of_pods.get(&pod));
        let shared = if known.is_some() {
            &[]
        } else {
            volumes.shared.as_slice()
        };
        let own = if known.is_some() {
            &[]
        } else {
            volumes.own.as_slice()
        };
        let made = known.into_iter().flatten().chain(shared);
        made.filter_map(|&id| Some(PodClaim::Made(id, self.claims.get(id)?)))
            .chain(own.iter().map(|template| PodClaim::New(&template.spec)))
    }

    /// A pod is there and has these claims.
    pub fn pod_created(&mut self, pod: PodId, claims: Vec<ClaimId>) {
        self.of_pods.insert(pod, claims);
    }

    /// A pod uses its claims on a node; volumes that wait for a pod are made near it, in `zone` if it has one.
    pub fn pod_bound(&mut self, pod: PodId, node: &str, zone: Option<&str>) {
        for &id in self.of_pods.get(&pod).into_iter().flatten() {
            let claim = &mut self.claims[id];
            claim.users.insert(pod, node.to_owned());
            let zonal = self.classes[claim.spec.class].zonal;
            claim.volume.get_or_insert_with(|| match zone {
                Some(zone) if zonal => Reach::Zone(zone.to_owned()),
                _ => Reach::Anywhere,
            });
        }
    }

    /// A pod has gone.
    pub fn pod_gone(&mut self, pod: PodId) {
        for id in self.of_pods.remove(&pod).into_iter().flatten() {
            self.claims[id].users.remove(&pod);
        }
    }

    /// Broken laws as sentences; empty if all hold. `zone_of` tells a node's zone by its name.
    #[must_use]
    pub fn broken_laws(&self, zone_of: impl Fn(&str) -> Option<String>) -> Vec<String> {
        let mut broken = Vec::new();
        for claim in &self.claims {
            let name = &claim.name;
            if claim.spec.access == Access::OnePod && claim.users.len() > 1 {
                broken.push(format!(
                    "claim {name} is for one pod and {} use it",
                    claim.users.len()
                ));
            }
            let Some(Reach::Zone(zone)) = &claim.volume else {
                continue;
            };
            for node in claim.users.values() {
                if zone_of(node).as_ref() != Some(zone) {
                    broken.push(format!(
                        "claim {name} is in zone {zone} and a pod uses it on {node}"
                    ));
                }
            }
        }
        broken
    }
}

/// The zone in which a volume is made that does not wait for a pod: the sorted `zones` take turns. Claims whose names end
/// in a number start at the rest of the name, so that the replicas of a StatefulSet are spread and the claims of one replica
/// are together (kubernetes `pkg/volume/util`, `getPVCNameHashAndIndexOffset`).
#[must_use]
pub fn immediate_zone<'a>(claim: &str, zones: &[&'a str]) -> Option<&'a str> {
    let mut hashed = claim;
    let mut index = 0;
    if let Some((name, number)) = claim.rsplit_once('-')
        && let Ok(number) = number.parse::<u32>()
    {
        index = number;
        hashed = name.rsplit_once('-').map_or(name, |(_, set)| set);
    }
    let hash = hashed.bytes().fold(2_166_136_261_u32, |hash, byte| {
        hash.wrapping_mul(16_777_619) ^ u32::from(byte)
    });
    let count = u32::try_from(zones.len()).ok().filter(|&count| count > 0)?;
    zones.get((hash.wrapping_add(index) % count) as usize).copied()
}
