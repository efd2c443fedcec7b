//! Disruption budgets that hold every pod of a workload.
//!
//! Knows: how many pods a workload has when their number never changes. Must not know: who would want one to go.

use super::super::spot::Spot;
use super::Lowering;
use super::policies::Deciders;
use super::workload::LoweredWorkload;
use crate::model::placement_rules::BudgetRule;
use crate::model::units::counted;

impl Lowering<'_> {
    /// Warns of budgets that hold every pod of workloads whose number never changes.
    pub(super) fn budgets_that_hold(
        &mut self,
        items: &[Spot<'_>],
        workloads: &[Option<LoweredWorkload>],
        deciders: &Deciders,
    ) {
        for (index, (spot, workload)) in items.iter().zip(workloads).enumerate() {
            let Some(workload) = workload else { continue };
            let holds = |budget: &BudgetRule| {
                let replicas = workload.replicas;
                replicas > 0 && budget.disruptions_allowed(replicas, replicas) == 0
            };
            let told = workload.budget.is_some_and(BudgetRule::allows_nothing);
            if told || !deciders.keeps_its_number(index) || !workload.budget.as_ref().is_some_and(holds) {
                continue;
            }
            let spot = spot.at("serving").at("disruptionBudget");
            let pods = counted(workload.replicas.into(), "pod", "pods");
            let warning = spot.warning(format!("with {pods} this budget never lets one go"));
            self.push(warning.help(
                "a node with one of these pods cannot be drained: have more replicas, or let one go at a time: \
                 `maxUnavailable: 1`",
            ));
        }
    }
}
