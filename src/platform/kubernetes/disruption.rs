//! A PodDisruptionBudget: how many of its pods may go now, and whether the Eviction API lets one go.
//!
//! Source: `pkg/controller/disruption/disruption.go`, `trySync`, and `pkg/registry/core/pod/storage/eviction.go`.

use crate::engine::Span;
use crate::model::placement_rules::{Allowed, BudgetRule};

/// A pod that was evicted is taken for gone for so long, then for one whose deletion came to nothing.
pub const DELETION_TIMEOUT: Span = Span::from_secs(120);

/// A pod under the budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetPod {
    /// Whether it is ready.
    pub ready: bool,
    /// Whether it was asked to stop.
    pub terminating: bool,
    /// For how long the budget has it down as evicted.
    pub evicted_for: Option<Span>,
}

impl BudgetPod {
    /// Whether the budget still has it down as evicted.
    #[must_use]
    pub fn still_disrupted(self) -> bool {
        !self.terminating && self.evicted_for.is_some_and(|span| span <= DELETION_TIMEOUT)
    }

    fn is_healthy(self) -> bool {
        let going = self.evicted_for.is_some_and(|span| span < DELETION_TIMEOUT);
        self.ready && !self.terminating && !going
    }
}

/// `status` of a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetStatus {
    /// Pods it reckons with.
    pub expected_pods: i32,
    /// How many of them must stay healthy.
    pub desired_healthy: i32,
    /// How many are.
    pub current_healthy: i32,
    /// How many may go.
    pub disruptions_allowed: i32,
}

/// The status of a budget of `rule` over `pods`, whose owners are scaled to `scale` pods in all. Pods without an owner
/// add nothing to the scale.
#[must_use]
pub fn status(rule: BudgetRule, pods: &[BudgetPod], scale: i32) -> BudgetStatus {
    let expected_pods = match rule {
        BudgetRule::MinAvailable(Allowed::Count(_)) => pods.len() as i32,
        _ => scale,
    };
    let desired_healthy = rule.desired_healthy(expected_pods);
    let current_healthy = pods.iter().filter(|pod| pod.is_healthy()).count() as i32;
    let spare = current_healthy - desired_healthy;
    BudgetStatus {
        expected_pods,
        desired_healthy,
        current_healthy,
        disruptions_allowed: if expected_pods <= 0 { 0 } else { spare.max(0) },
    }
}

/// Which pods that are not ready may be evicted although the budget is used up (`unhealthyPodEvictionPolicy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnhealthyEviction {
    /// All of them.
    AlwaysAllow,
    /// All of them, but only while enough others are healthy.
    #[default]
    IfHealthyBudget,
}

/// What the Eviction API answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eviction {
    /// Goes, and no budget pays for it.
    Free,
    /// Goes, and takes one of the disruptions allowed.
    Charged,
    /// Stays: the budget is used up (429).
    Refused,
    /// Stays: the pod is under several budgets (500).
    SeveralBudgets,
}

/// Whether a pod under `budgets` may be evicted. `exempt` is a pod that has ended, has no node yet or was asked to stop
/// already: nobody asks for those.
#[must_use]
pub fn evict(budgets: &[BudgetStatus], policy: UnhealthyEviction, ready: bool, exempt: bool) -> Eviction {
    let budget = match budgets {
        _ if exempt => return Eviction::Free,
        [] => return Eviction::Free,
        [budget] => budget,
        _ => return Eviction::SeveralBudgets,
    };
    let enough = budget.current_healthy >= budget.desired_healthy && budget.desired_healthy > 0;
    if !ready && (policy == UnhealthyEviction::AlwaysAllow || enough) {
        Eviction::Free
    } else if budget.disruptions_allowed > 0 {
        Eviction::Charged
    } else {
        Eviction::Refused
    }
}

#[cfg(test)]
mod tests {
    use super::{BudgetStatus, Eviction, UnhealthyEviction, evict};

    fn budget(current_healthy: i32, disruptions_allowed: i32) -> BudgetStatus {
        BudgetStatus {
            expected_pods: 4,
            desired_healthy: 3,
            current_healthy,
            disruptions_allowed,
        }
    }

    /// Were a broken pod charged while enough others are healthy, it would keep its node from being drained.
    #[test]
    fn a_pod_that_is_not_ready_goes_for_nothing_only_while_enough_others_are_healthy() {
        let policy = UnhealthyEviction::IfHealthyBudget;
        let all = UnhealthyEviction::AlwaysAllow;
        for (budgets, policy, ready, exempt, answer) in [
            (vec![budget(3, 0)], policy, false, false, Eviction::Free),
            (vec![budget(2, 0)], policy, false, false, Eviction::Refused),
            (vec![budget(2, 0)], all, false, false, Eviction::Free),
            (vec![budget(3, 0)], all, true, false, Eviction::Refused),
            (vec![budget(4, 1)], policy, true, false, Eviction::Charged),
            (vec![budget(2, 0)], policy, true, true, Eviction::Free),
            (
                vec![budget(4, 1); 2],
                policy,
                true,
                false,
                Eviction::SeveralBudgets,
            ),
            (vec![], policy, true, false, Eviction::Free),
        ] {
            assert_eq!(evict(&budgets, policy, ready, exempt), answer, "{budgets:?}");
        }
    }
}
