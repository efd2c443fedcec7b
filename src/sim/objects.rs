//! What the run's API server knows beside nodes and pods: namespaces and disruption budgets.

use super::scenario::Scenario;
use super::world::World;
use crate::model::cluster::ApiObjects;
use crate::model::labels::Labels;
use crate::model::placement_rules::{DisruptionBudget, NAMESPACE_LABEL, ZONE_LABEL};
use crate::model::volume::{Reach, Volumes, immediate_zone};
use std::collections::{BTreeMap, BTreeSet};

/// The objects of a scenario at its start. A workload that has a budget has one of its own name; all its pods, and no
/// others, are under it.
pub(super) fn of_scenario(scenario: &Scenario) -> ApiObjects {
    let named = scenario
        .workloads
        .iter()
        .map(|workload| &workload.template.namespace);
    let known = scenario.namespaces.iter();
    // Labels that were given win over none.
    let mut namespaces: BTreeMap<String, Labels> = known
        .map(|namespace| (namespace.name.clone(), namespace.labels.clone()))
        .chain(named.map(|name| (name.clone(), Labels::new())))
        .rev()
        .collect();
    for (name, labels) in &mut namespaces {
        labels.insert(NAMESPACE_LABEL.to_owned(), name.clone());
    }
    let budgets = scenario.workloads.iter().filter_map(|workload| {
        workload.budget?;
        Some(DisruptionBudget {
            name: workload.name.clone(),
            namespace: workload.template.namespace.clone(),
            selector: workload.template.rules.owner.clone().unwrap_or_default(),
            disruptions_allowed: 0,
        })
    });
    ApiObjects {
        namespaces,
        services: Vec::new(),
        budgets: budgets.collect(),
        volumes: volumes(scenario),
    }
}

/// The claims that pods share. A volume that waits for no pod is there at once.
fn volumes(scenario: &Scenario) -> Volumes {
    let classes = scenario.storage.classes.iter();
    let classes = classes.map(|one| one.class.clone()).collect();
    let mut volumes = Volumes::new(classes, scenario.storage.claims.clone());
    for index in 0..volumes.claims.len() {
        let claim = &volumes.claims[index];
        volumes.claims[index].volume = made_at_once(scenario, &claim.name, claim.spec.class);
    }
    volumes
}

/// Where the volume of a claim called `name` is made with the claim itself; `None` if it waits for its first pod, or can
/// be made nowhere.
pub(super) fn made_at_once(scenario: &Scenario, name: &str, class: usize) -> Option<Reach> {
    let class = &scenario.storage.classes[class].class;
    if class.waits_for_pod {
        return None;
    }
    let allowed: Vec<Labels> = scenario
        .pools
        .iter()
        .flat_map(|pool| (0..pool.zones.len().max(1)).map(|zone| pool.node_labels("", zone)))
        .filter(|labels| class.allows(labels))
        .collect();
    if !class.zonal || scenario.pools.is_empty() {
        return (!allowed.is_empty() || scenario.pools.is_empty()).then_some(Reach::Anywhere);
    }
    let zones: BTreeSet<&str> = allowed
        .iter()
        .filter_map(|labels| labels.get(ZONE_LABEL).map(String::as_str))
        .collect();
    let zones: Vec<&str> = zones.into_iter().collect();
    match immediate_zone(name, &zones) {
        Some(zone) => Some(Reach::Zone(zone.to_owned())),
        None => (!allowed.is_empty()).then_some(Reach::Anywhere),
    }
}

impl World {
    /// Brings the budgets up to date with how many pods are ready now.
    pub(super) fn refresh_budgets(&mut self) {
        if self.cluster.budgets_mut().is_empty() {
            return;
        }
        let workloads = self.workloads.iter();
        let allowed: Vec<i32> = workloads
            .filter_map(|run| {
                let ready = u32::try_from(run.ready.level()).unwrap_or(u32::MAX);
                Some(run.spec.budget?.disruptions_allowed(run.desired, ready))
            })
            .collect();
        for (budget, allowed) in self.cluster.budgets_mut().iter_mut().zip(allowed) {
            budget.disruptions_allowed = allowed;
        }
    }
}
