//! What the run's API server knows beside nodes and pods: namespaces and disruption budgets.

use super::scenario::Scenario;
use super::world::World;
use crate::model::cluster::ApiObjects;
use crate::model::labels::Labels;
use crate::model::placement_rules::{DisruptionBudget, NAMESPACE_LABEL};
use std::collections::BTreeMap;

/// The objects of a scenario at its start. A workload that has a budget has one of its own name; all its pods, and no
/// others, are under it.
pub(super) fn of_scenario(scenario: &Scenario) -> ApiObjects {
    let namespaces = scenario.workloads.iter().map(|workload| {
        let name = workload.template.namespace.clone();
        let labels = Labels::from([(NAMESPACE_LABEL.to_owned(), name.clone())]);
        (name, labels)
    });
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
        namespaces: namespaces.collect::<BTreeMap<_, _>>(),
        services: Vec::new(),
        budgets: budgets.collect(),
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
