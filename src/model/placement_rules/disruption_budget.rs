//! Disruption budgets: how many pods may go at a time.

use super::selector::LabelSelector;
use crate::model::labels::Labels;

/// A PodDisruptionBudget as preemption and eviction see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisruptionBudget {
    /// Its name.
    pub name: String,
    /// The namespace of its pods.
    pub namespace: String,
    /// Its pods; an empty selector means none here.
    pub selector: LabelSelector,
    /// How many of them may go now (`status.disruptionsAllowed`).
    pub disruptions_allowed: i32,
}

impl DisruptionBudget {
    /// Whether a pod in `namespace` with `labels` is under it. Neither an empty selector nor a pod without labels
    /// matches (kube-scheduler `defaultpreemption/default_preemption.go`).
    #[must_use]
    pub fn covers(&self, namespace: &str, labels: &Labels) -> bool {
        self.namespace == namespace
            && !labels.is_empty()
            && !self.selector.is_empty()
            && self.selector.matches(labels)
    }
}

/// A number of pods, or a share of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Allowed {
    /// So many.
    Count(u32),
    /// A share, 0 to 1.
    Share(f64),
}

impl Allowed {
    /// So many of `pods`, a share rounded up.
    #[must_use]
    pub fn rounded_up(self, pods: i32) -> i32 {
        self.rounded(pods, f64::ceil)
    }

    /// So many of `pods`, a share rounded down.
    #[must_use]
    pub fn rounded_down(self, pods: i32) -> i32 {
        self.rounded(pods, f64::floor)
    }

    fn rounded(self, pods: i32, round: fn(f64) -> f64) -> i32 {
        match self {
            Self::Count(count) => i32::try_from(count).unwrap_or(i32::MAX),
            // Percentages are whole numbers there: the division comes last and is exact enough to round.
            Self::Share(share) => round((share * 100.0).round() * f64::from(pods) / 100.0) as i32,
        }
    }
}

/// How many pods of a workload must stay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BudgetRule {
    /// So many must be ready.
    MinAvailable(Allowed),
    /// So many may be missing.
    MaxUnavailable(Allowed),
}

impl BudgetRule {
    /// Whether no pod may ever go, however many there are.
    #[must_use]
    pub fn allows_nothing(self) -> bool {
        match self {
            Self::MinAvailable(least) => least == Allowed::Share(1.0),
            Self::MaxUnavailable(most) => matches!(most, Allowed::Count(0) | Allowed::Share(0.0)),
        }
    }

    /// How many of `expected` pods must stay healthy; both kinds of share round up
    /// (`pkg/controller/disruption/disruption.go`).
    #[must_use]
    pub fn desired_healthy(self, expected: i32) -> i32 {
        match self {
            Self::MinAvailable(least) => least.rounded_up(expected),
            Self::MaxUnavailable(most) => (expected - most.rounded_up(expected)).max(0),
        }
    }

    /// How many may go now: of a workload scaled to `scale` pods, `ready` are ready and not asked to stop.
    #[must_use]
    pub fn disruptions_allowed(self, scale: u32, ready: u32) -> i32 {
        let count = |pods: u32| i32::try_from(pods).unwrap_or(i32::MAX);
        if scale == 0 {
            return 0;
        }
        (count(ready) - self.desired_healthy(count(scale))).max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Allowed, BudgetRule};

    /// A budget that holds every pod holds every node: said before the run, or a drain would never end for no reason told.
    #[test]
    fn only_a_budget_that_can_never_let_a_pod_go_allows_nothing() {
        let nothing = [
            BudgetRule::MinAvailable(Allowed::Share(1.0)),
            BudgetRule::MaxUnavailable(Allowed::Count(0)),
            BudgetRule::MaxUnavailable(Allowed::Share(0.0)),
        ];
        assert!(nothing.into_iter().all(BudgetRule::allows_nothing));
        let something = [
            BudgetRule::MinAvailable(Allowed::Share(0.99)),
            BudgetRule::MinAvailable(Allowed::Count(1000)),
            BudgetRule::MaxUnavailable(Allowed::Share(0.01)),
        ];
        assert!(!something.into_iter().any(BudgetRule::allows_nothing));
    }

    #[test]
    fn shares_round_up_whichever_way_they_are_said() {
        let share = |share| Allowed::Share(share);
        let cases = [
            (BudgetRule::MinAvailable(Allowed::Count(2)), 5, 3),
            (BudgetRule::MinAvailable(share(0.3)), 5, 3),
            (BudgetRule::MaxUnavailable(Allowed::Count(1)), 5, 1),
            (BudgetRule::MaxUnavailable(share(0.3)), 5, 2),
            (BudgetRule::MaxUnavailable(share(0.3)), 4, 1),
            (BudgetRule::MaxUnavailable(share(0.3)), 2, 0),
        ];
        for (rule, ready, allowed) in cases {
            assert_eq!(
                rule.disruptions_allowed(5, ready),
                allowed,
                "{rule:?} of 5, {ready} ready"
            );
        }
    }
}
