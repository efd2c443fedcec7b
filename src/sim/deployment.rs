//! A Deployment during a run: how large the sets of pods of its versions should be.
//!
//! Knows: sizes of sets, and when they were last scaled. Must not know: pods. What a sync does is decided by
//! `platform::kubernetes`.

use super::versions::Seen;
use crate::platform::kubernetes::fenceposts::Fenceposts;
use crate::platform::kubernetes::proportional::{self, ScaledSet};
use crate::platform::kubernetes::rollout::{self, Acted, PodSet, Strategy};

/// The set of pods of a version.
#[derive(Clone, Copy, Debug, Default)]
struct Set {
    replicas: i32,
    /// The pods wanted, and the most there might be, when the set was last scaled.
    scaled_for: Option<(i32, i32)>,
}

/// The sets of a workload's versions.
#[derive(Clone, Debug)]
pub(super) struct Deployment {
    sets: Vec<Set>,
}

/// What is there when a Deployment is synced.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sync<'a> {
    pub(super) strategy: Strategy,
    /// How many pods are wanted.
    pub(super) desired: u32,
    /// The version that new pods are made from.
    pub(super) current: u32,
    pub(super) is_rolling: bool,
    /// What is there of each version.
    pub(super) seen: &'a [Seen],
    /// Whether a pod of an older version still runs.
    pub(super) old_pods_run: bool,
}

impl Deployment {
    /// The sets of a Deployment of so many versions that begins with `replicas` pods of the first.
    pub(super) fn new(versions: usize, replicas: u32) -> Self {
        let mut sets = vec![Set::default(); versions];
        sets[0].replicas = replicas as i32;
        Self { sets }
    }

    /// How many pods each version should have.
    pub(super) fn sizes(&self) -> Vec<u32> {
        self.sets.iter().map(|set| set.replicas.max(0) as u32).collect()
    }

    /// One sync: changes the sizes of the sets.
    pub(super) fn sync(&mut self, sync: &Sync<'_>) -> Acted {
        let desired = sync.desired as i32;
        let current = sync.current as usize;
        let before = self.sizes();
        let max = desired + surge_of(sync.strategy, desired);
        let known = &self.sets[..=current];
        let of_other_size =
            |set: &Set| set.replicas > 0 && set.scaled_for.is_some_and(|(wanted, _)| wanted != desired);
        if known.iter().any(of_other_size) || !sync.is_rolling {
            self.scale(sync);
            for set in self.sets[..=current].iter_mut().filter(|set| set.replicas > 0) {
                set.scaled_for = Some((desired, max));
            }
            return if self.sizes() == before {
                Acted::Nothing
            } else {
                Acted::OnNew
            };
        }
        let sets = known.iter().zip(sync.seen).enumerate();
        let mut sets: Vec<PodSet> = sets
            .map(|(place, (set, seen))| PodSet {
                created: place as i64,
                replicas: set.replicas,
                available: seen.available as i32,
            })
            .collect();
        let acted = rollout::sync(sync.strategy, desired, &mut sets, current, sync.old_pods_run);
        for (set, resized) in self.sets.iter_mut().zip(sets) {
            if set.replicas != resized.replicas {
                set.replicas = resized.replicas;
                set.scaled_for = Some((desired, max));
            }
        }
        acted
    }

    fn scale(&mut self, sync: &Sync<'_>) {
        let current = sync.current as usize;
        let sets = self.sets[..=current].iter().zip(sync.seen).enumerate();
        let mut sets: Vec<ScaledSet> = sets
            .map(|(place, (set, seen))| ScaledSet {
                created: place as i64,
                replicas: set.replicas,
                available: seen.available as i32,
                desired: set.scaled_for.map(|(desired, _)| desired),
                max: set.scaled_for.map(|(_, max)| max),
            })
            .collect();
        let reported = sync.seen.iter().map(|seen| seen.pods as i32).sum();
        proportional::scale(sync.strategy, sync.desired as i32, reported, &mut sets, current);
        for (set, resized) in self.sets.iter_mut().zip(sets) {
            set.replicas = resized.replicas;
        }
    }
}

fn surge_of(strategy: Strategy, desired: i32) -> i32 {
    match strategy {
        Strategy::Recreate => 0,
        Strategy::RollingUpdate {
            max_surge,
            max_unavailable,
        } => Fenceposts::resolve(max_surge, max_unavailable, desired).surge,
    }
}
