//! How many volumes nodes that are there may still attach (`pkg/scheduling/volumeusage.go`). Of nodes to be made that is not
//! asked, as the real one does not either.
//!
//! Knows: drivers, claims and limits. Must not know: how a pod finds its node.

use crate::model::cluster::NodeView;
use crate::model::pod_template::PodTemplate;
use crate::model::volume::{ClaimId, Volumes, attached_by_pods};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Which driver attaches which claim.
#[derive(Clone, Debug, Default)]
pub struct VolumeDrivers {
    /// By storage class.
    classes: Vec<Arc<str>>,
    /// The storage class of each claim.
    claims: Vec<usize>,
}

impl VolumeDrivers {
    /// Those of `volumes`.
    #[must_use]
    pub fn of(volumes: &Volumes) -> Self {
        Self {
            classes: volumes
                .classes
                .iter()
                .map(|class| class.driver.as_str().into())
                .collect(),
            claims: volumes.claims.iter().map(|claim| claim.spec.class).collect(),
        }
    }

    /// What a pod has attached: claims it shares, and others of its own, each with its driver.
    fn of_pod<'a>(
        &'a self,
        template: &'a PodTemplate,
    ) -> impl Iterator<Item = (Option<ClaimId>, &'a Arc<str>)> {
        let shared = template.volumes.shared.iter();
        let shared = shared.filter_map(|&claim| Some((Some(claim), *self.claims.get(claim)?)));
        let own = template.volumes.own.iter().map(|own| (None, own.spec.class));
        shared
            .chain(own)
            .filter_map(|(claim, class)| Some((claim, self.classes.get(class)?)))
    }
}

/// The volumes of a node whose drivers know a limit.
#[derive(Clone, Debug)]
pub struct NodeVolumes {
    there: BTreeSet<ClaimId>,
    /// How many more each driver with a limit attaches; less than none where there are too many already.
    left: BTreeMap<Arc<str>, i64>,
}

impl NodeVolumes {
    /// Those of `node`, if it has any limit.
    #[must_use]
    pub fn of(volumes: &Volumes, node: &NodeView) -> Option<Self> {
        let limits = &node.facts.attach_limits;
        if limits.is_empty() {
            return None;
        }
        let (there, count) = attached_by_pods(volumes, node);
        let left = limits.iter().map(|(driver, &limit)| {
            let used = count.get(driver.as_str()).copied().unwrap_or(0);
            let left = i64::from(limit) - i64::try_from(used).unwrap_or(i64::MAX);
            (driver.as_str().into(), left)
        });
        Some(Self {
            there,
            left: left.collect(),
        })
    }

    /// Whether the volumes of a pod may be attached too.
    #[must_use]
    pub fn take(&self, template: &PodTemplate, drivers: &VolumeDrivers) -> bool {
        let mut more: BTreeMap<&Arc<str>, i64> = BTreeMap::new();
        for (_, driver) in self.new_ones(template, drivers) {
            *more.entry(driver).or_default() += 1;
        }
        more.into_iter()
            .all(|(driver, more)| self.left.get(driver).is_none_or(|left| more <= *left))
    }

    /// They are.
    pub fn add(&mut self, template: &PodTemplate, drivers: &VolumeDrivers) {
        let new: Vec<_> = self
            .new_ones(template, drivers)
            .map(|(claim, driver)| (claim, driver.clone()))
            .collect();
        for (claim, driver) in new {
            self.there.extend(claim);
            if let Some(left) = self.left.get_mut(&driver) {
                *left -= 1;
            }
        }
    }

    fn new_ones<'a>(
        &'a self,
        template: &'a PodTemplate,
        drivers: &'a VolumeDrivers,
    ) -> impl Iterator<Item = (Option<ClaimId>, &'a Arc<str>)> {
        let volumes = drivers.of_pod(template);
        volumes.filter(|(claim, _)| claim.is_none_or(|claim| !self.there.contains(&claim)))
    }
}
