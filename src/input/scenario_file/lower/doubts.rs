//! What the node scaler can tell before the run that it will not work, at the place where it is written; and pools that
//! no workload has any use for.
//!
//! Knows: where a policy and its parameters stand. Must not know: any policy.

use super::super::spot::Spot;
use super::Lowering;
use super::blame::walk;
use super::fit::may_go;
use super::policies::Deciders;
use super::workload::LoweredWorkload;
use crate::engine::Span;
use crate::input::nearest;
use crate::model::owner::Owner;
use crate::model::placement_rules::BudgetRule;
use crate::model::pool::PoolSpec;
use crate::model::units::quoted;
use crate::policy::node_scaling::NodeScalerClock;
use crate::policy::node_scaling::outlook::{Doubt, Outlook, WorkloadAhead};

impl Lowering<'_> {
    /// Asks the node scaler that stands below `root`, unless something that it would look at has mistakes of its own.
    pub(super) fn doubts(
        &mut self,
        root: &Spot<'_>,
        pools: &[Option<PoolSpec>],
        workloads: &[Option<LoweredWorkload>],
        deciders: &Deciders,
        duration: Option<Span>,
    ) {
        let pools: Option<Vec<&PoolSpec>> = pools.iter().map(Option::as_ref).collect();
        let workloads: Option<Vec<&LoweredWorkload>> = workloads.iter().map(Option::as_ref).collect();
        let (Some(pools), Some(workloads), Some(duration)) = (pools, workloads, duration) else {
            return;
        };
        let Some(scaler) = deciders.node_scaling.as_ref().filter(|_| !pools.is_empty()) else {
            return;
        };
        let ahead: Vec<WorkloadAhead<'_>> = workloads
            .iter()
            .map(|workload| WorkloadAhead {
                name: &workload.name,
                template: &workload.template,
                never_lets_go: workload.budget.is_some_and(BudgetRule::allows_nothing),
            })
            .collect();
        let outlook = Outlook {
            pools: &pools,
            workloads: &ahead,
            duration,
        };
        let at = root.at("policies").at("node_scaling");
        for doubt in scaler.policy.doubts(&outlook) {
            self.doubt(&at.at(&scaler.name), &at, &doubt);
        }
        if scaler.policy.clock() != NodeScalerClock::Never {
            self.useless_pools(&root.at("cluster").at("pools"), &pools, &workloads);
        }
    }

    fn doubt(&mut self, policy: &Spot<'_>, question: &Spot<'_>, doubt: &Doubt) {
        let spot = match deepest(policy, &doubt.path) {
            Some(parameter) => parameter,
            None if policy.exists() => policy.clone(),
            None => question.clone(),
        };
        let said = if doubt.is_hopeless {
            spot.key_error(&doubt.what)
        } else {
            spot.warning(&doubt.what)
        };
        let meant = doubt.said.as_deref();
        let meant = meant.and_then(|said| nearest(said, doubt.known.iter().map(String::as_str)));
        self.push(said.suggest(meant).help(&*doubt.help));
    }

    /// Pools that could grow, and to whose nodes no pod of any workload may go.
    fn useless_pools(&mut self, spot: &Spot<'_>, pools: &[&PoolSpec], workloads: &[&LoweredWorkload]) {
        let items = spot.items();
        let mut pods = workloads.iter().map(|workload| &workload.template);
        if pods.all(|template| template.owner == Owner::DaemonSet) {
            return;
        }
        for (pool, item) in pools.iter().zip(&items) {
            let mut pods = workloads.iter().map(|workload| &workload.template);
            let used = pods.any(|template| template.owner != Owner::DaemonSet && may_go(template, pool));
            if !used && pool.nodes_max > pool.nodes_initial {
                let what = format!(
                    "no pod of any workload may go to a node of the pool {}: it never grows",
                    quoted(&pool.name)
                );
                self.push(item.warning(what).help(
                    "its nodes are too small for them, or their `node_selector`, `affinity` and `tolerations` exclude it",
                ));
            }
        }
    }
}

/// What stands at `path` below `spot`, or at the part of it that is written down.
fn deepest<'t>(spot: &Spot<'t>, path: &str) -> Option<Spot<'t>> {
    let mut path = path;
    while !path.is_empty() {
        if let Some(found) = walk(spot, path) {
            return Some(found);
        }
        path = path.rsplit_once('.').map_or("", |(before, _)| before);
    }
    None
}
