//! How far a rollout may stray from the number of pods wanted.
//!
//! Source: `pkg/controller/deployment/util/deployment_util.go`, `ResolveFenceposts`, `MaxSurge`, `MaxUnavailable`.

use crate::model::placement_rules::Allowed;

/// The share of `maxSurge` and `maxUnavailable` unless set.
pub const DEFAULT: Allowed = Allowed::Share(0.25);

/// The bounds of a rollout, in pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fenceposts {
    /// So many more than wanted may exist.
    pub surge: i32,
    /// So many fewer than wanted may be available.
    pub unavailable: i32,
}

impl Fenceposts {
    /// The bounds for `replicas` wanted pods: a share of surge rounds up, one of unavailability down; if both come to
    /// nothing, one pod may be unavailable, as the rollout could not begin otherwise.
    #[must_use]
    pub fn resolve(max_surge: Allowed, max_unavailable: Allowed, replicas: i32) -> Self {
        let surge = max_surge.rounded_up(replicas);
        let unavailable = max_unavailable.rounded_down(replicas);
        let stuck = surge == 0 && unavailable == 0;
        Self {
            surge,
            unavailable: if stuck { 1 } else { unavailable },
        }
    }

    /// How many of `replicas` wanted pods may be unavailable: never more than there are.
    #[must_use]
    pub fn unavailable_of(self, replicas: i32) -> i32 {
        self.unavailable.min(replicas)
    }
}
