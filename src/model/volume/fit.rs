//! Which node can take a pod because of its volumes: Kubernetes' VolumeRestrictions, NodeVolumeLimits and VolumeBinding.
//!
//! VolumeZone has nothing left to refuse: a volume's zone is its node affinity, which VolumeBinding asks first.

use super::Access;
use super::state::{ClaimId, PodClaim, Reach, Volumes};
use crate::model::cluster::{NodeView, PodId};
use crate::model::placement_rules::ZONE_LABEL;
use crate::model::pod_template::PodTemplate;
use std::collections::{BTreeMap, BTreeSet};

/// Why a node cannot take a pod because of a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum VolumeConflict {
    /// Another pod uses a volume that is for one pod.
    InUse,
    /// Its driver attaches no more volumes to the node.
    TooMany,
    /// A volume is in another zone.
    OtherZone,
    /// A volume that has to be made cannot be made there.
    NotMadeThere,
}

/// Why no node at all can take a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnplacedClaim {
    /// The API server did not take the claim of this name.
    Missing(String),
    /// Its volume is made at once and could be made nowhere.
    Unbound,
}

/// Whether a claim of the pod keeps it off every node.
#[must_use]
pub fn claims_unplaced(
    volumes: &Volumes,
    pod: Option<PodId>,
    template: &PodTemplate,
) -> Option<UnplacedClaim> {
    for claim in volumes.claims(pod, &template.volumes) {
        let PodClaim::Made(_, claim) = claim else { continue };
        if !claim.exists {
            return Some(UnplacedClaim::Missing(claim.name.clone()));
        }
        if claim.volume.is_none() && !volumes.classes[claim.spec.class].waits_for_pod {
            return Some(UnplacedClaim::Unbound);
        }
    }
    None
}

/// Everything that keeps a pod of `template` off `node` because of its volumes, in the order of Kubernetes' filters.
#[must_use]
pub fn conflicts(
    volumes: &Volumes,
    pod: Option<PodId>,
    template: &PodTemplate,
    node: &NodeView,
) -> Vec<VolumeConflict> {
    if template.volumes.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    found.extend(used_by_another(volumes, pod, template, node).then_some(VolumeConflict::InUse));
    found.extend(over_attach_limit(volumes, pod, template, node).then_some(VolumeConflict::TooMany));
    found.extend(out_of_reach(volumes, pod, template, node));
    found
}

/// VolumeRestrictions: whether another pod uses a volume that is for one pod.
#[must_use]
pub fn used_by_another(
    volumes: &Volumes,
    pod: Option<PodId>,
    template: &PodTemplate,
    node: &NodeView,
) -> bool {
    let mut claims = volumes.claims(pod, &template.volumes);
    claims.any(|claim| in_use(claim, pod, node))
}

/// VolumeBinding: whether a volume is in another zone, and whether one that has to be made cannot be made there.
#[must_use]
pub fn out_of_reach(
    volumes: &Volumes,
    pod: Option<PodId>,
    template: &PodTemplate,
    node: &NodeView,
) -> Vec<VolumeConflict> {
    let zone = node.label(ZONE_LABEL);
    let (mut elsewhere, mut nowhere) = (false, false);
    for claim in volumes.claims(pod, &template.volumes) {
        match claim {
            PodClaim::Made(_, claim) if claim.volume.is_some() => {
                elsewhere |= matches!(&claim.volume, Some(Reach::Zone(own)) if zone != Some(own));
            }
            PodClaim::Made(..) | PodClaim::New(_) => {
                let class = &volumes.classes[claim.spec().class];
                nowhere |= class.waits_for_pod && !class.allows(&node.facts.labels);
            }
        }
    }
    let elsewhere = elsewhere.then_some(VolumeConflict::OtherZone);
    let nowhere = nowhere.then_some(VolumeConflict::NotMadeThere);
    elsewhere.into_iter().chain(nowhere).collect()
}

/// Whether another pod uses it that should be the only one. Of the node's own pods only those count that are on it in
/// this view: in a what-if some may have left.
fn in_use(claim: PodClaim<'_>, pod: Option<PodId>, node: &NodeView) -> bool {
    let PodClaim::Made(_, claim) = claim else {
        return false;
    };
    if claim.spec.access != Access::OnePod {
        return false;
    }
    let mut others = claim.users.iter().filter(|(user, _)| Some(**user) != pod);
    others.any(|(user, on)| {
        *on != node.facts.name || node.pods.iter().any(|(_, bound)| bound.id == Some(*user))
    })
}

/// NodeVolumeLimits: whether some driver would have more volumes on the node than it attaches. A volume that is there
/// already, with a pod or on its way off the node, is one and the same.
#[must_use]
pub fn over_attach_limit(
    volumes: &Volumes,
    pod: Option<PodId>,
    template: &PodTemplate,
    node: &NodeView,
) -> bool {
    if node.facts.attach_limits.is_empty() {
        return false;
    }
    let (there, count) = attached(volumes, node);
    let driver = |class: usize| volumes.classes[class].driver.as_str();
    let mut more: BTreeMap<&str, u64> = BTreeMap::new();
    for claim in volumes.claims(pod, &template.volumes) {
        if !matches!(claim, PodClaim::Made(id, _) if there.contains(&id)) {
            *more.entry(driver(claim.spec().class)).or_default() += 1;
        }
    }
    more.iter().any(|(driver, more)| {
        let limit = node.facts.attach_limits.get(*driver);
        limit.is_some_and(|&limit| count.get(driver).copied().unwrap_or_default() + more > u64::from(limit))
    })
}

/// The volumes attached to a node, and how many there are of each driver.
fn attached<'a>(volumes: &'a Volumes, node: &NodeView) -> (BTreeSet<usize>, BTreeMap<&'a str, u64>) {
    with_pods(volumes, node, node.leaving_volumes.iter().copied().collect())
}

/// The volumes that the pods of a node use, and how many there are of each driver.
#[must_use]
pub fn attached_by_pods<'a>(
    volumes: &'a Volumes,
    node: &NodeView,
) -> (BTreeSet<ClaimId>, BTreeMap<&'a str, u64>) {
    with_pods(volumes, node, BTreeSet::new())
}

/// The volumes that are `there` or that pods of the node use, and how many there are of each driver.
fn with_pods<'a>(
    volumes: &'a Volumes,
    node: &NodeView,
    mut there: BTreeSet<ClaimId>,
) -> (BTreeSet<ClaimId>, BTreeMap<&'a str, u64>) {
    let mut count: BTreeMap<&str, u64> = BTreeMap::new();
    let driver = |class: usize| volumes.classes[class].driver.as_str();
    for (_, bound) in node
        .pods
        .iter()
        .filter(|(_, bound)| !bound.class.volumes.is_empty())
    {
        for claim in volumes.claims(bound.id, &bound.class.volumes) {
            match claim {
                PodClaim::Made(id, _) => {
                    there.insert(id);
                }
                PodClaim::New(spec) => *count.entry(driver(spec.class)).or_default() += 1,
            }
        }
    }
    for &id in &there {
        *count.entry(driver(volumes.claims[id].spec.class)).or_default() += 1;
    }
    (there, count)
}

/// Whether a driver has more volumes on a node than it attaches: never, in a sound run.
#[must_use]
pub fn has_too_many(volumes: &Volumes, node: &NodeView) -> bool {
    let (_, count) = attached(volumes, node);
    let mut limits = node.facts.attach_limits.iter();
    limits.any(|(driver, &limit)| {
        count
            .get(driver.as_str())
            .is_some_and(|&count| count > u64::from(limit))
    })
}
