//! One sync of a Deployment whose template changed: which of its sets of pods grows or shrinks now.
//!
//! Knows: the size and the availability of each set. Must not know: pods. Source: `pkg/controller/deployment/rolling.go`
//! and `recreate.go`.

use super::fenceposts::Fenceposts;
use crate::model::placement_rules::Allowed;

/// `spec.strategy`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Strategy {
    /// The old pods go before new ones come.
    Recreate,
    /// Old pods give way to new ones bit by bit.
    RollingUpdate {
        /// How many pods more than wanted may exist.
        max_surge: Allowed,
        /// How many pods fewer than wanted may be available.
        max_unavailable: Allowed,
    },
}

/// A set of pods of one template (a ReplicaSet).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PodSet {
    /// When it was created, on any scale. Sets of one instant count in the order they are given in, which is that of
    /// their names.
    pub created: i64,
    /// How many pods it should have (`spec.replicas`).
    pub replicas: i32,
    /// How many of its pods are available (`status.availableReplicas`).
    pub available: i32,
}

/// What a sync did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acted {
    /// It resized the set of the current template.
    OnNew,
    /// It shrank sets of earlier templates.
    OnOld,
    /// Nothing is to be done now.
    Nothing,
}

/// One sync: resizes the sets in place. `new` is the place of the set of the current template among `sets`, `replicas`
/// is how many pods the Deployment wants, `old_pods_run` whether pods of older templates still exist.
///
/// A sync does one thing: the new set is resized, or else the old ones are.
pub fn sync(strategy: Strategy, replicas: i32, sets: &mut [PodSet], new: usize, old_pods_run: bool) -> Acted {
    match strategy {
        Strategy::Recreate => recreate(replicas, sets, new, old_pods_run),
        Strategy::RollingUpdate {
            max_surge,
            max_unavailable,
        } => {
            let fenceposts = Fenceposts::resolve(max_surge, max_unavailable, replicas);
            if resize_new(replicas, fenceposts, sets, new) {
                Acted::OnNew
            } else if shrink_old(replicas, fenceposts, sets, new) {
                Acted::OnOld
            } else {
                Acted::Nothing
            }
        }
    }
}

fn recreate(replicas: i32, sets: &mut [PodSet], new: usize, old_pods_run: bool) -> Acted {
    let old = sets.iter_mut().enumerate().filter(|&(place, _)| place != new);
    let mut shrank = false;
    for (_, set) in old {
        shrank |= set.replicas > 0;
        set.replicas = 0;
    }
    if shrank {
        Acted::OnOld
    } else if old_pods_run || sets[new].replicas == replicas {
        Acted::Nothing
    } else {
        sets[new].replicas = replicas;
        Acted::OnNew
    }
}

fn total(sets: &[PodSet]) -> i32 {
    sets.iter().map(|set| set.replicas).sum()
}

fn resize_new(replicas: i32, fenceposts: Fenceposts, sets: &mut [PodSet], new: usize) -> bool {
    let size = sets[new].replicas;
    let wanted = if size >= replicas {
        replicas
    } else {
        let room = (replicas + fenceposts.surge - total(sets)).max(0);
        size + room.min(replicas - size)
    };
    sets[new].replicas = wanted;
    wanted != size
}

/// Old pods that are not available go first; then available ones, as far as enough stay available. The second count
/// does not know of the first: both are taken from what was last reported.
fn shrink_old(replicas: i32, fenceposts: Fenceposts, sets: &mut [PodSet], new: usize) -> bool {
    let available_min = replicas - fenceposts.unavailable_of(replicas);
    let mut old: Vec<_> = (0..sets.len())
        .filter(|&place| place != new && sets[place].replicas > 0)
        .collect();
    old.sort_by_key(|&place| sets[place].created);
    let new_unavailable = sets[new].replicas - sets[new].available;
    let mut room = total(sets) - available_min - new_unavailable;
    if old.is_empty() || room <= 0 {
        return false;
    }
    let available: i32 = old.iter().map(|&place| sets[place].available).sum();
    let mut spare = available + sets[new].available - available_min;
    let mut shrank = false;
    for &place in &old {
        let set = &mut sets[place];
        // A set that reports more than it should have is still on its way down: the clean-up ends there.
        if set.available > set.replicas {
            break;
        }
        let dropped = room.min(set.replicas - set.available);
        set.replicas -= dropped;
        room -= dropped;
        shrank |= dropped > 0;
    }
    for &place in &old {
        let set = &mut sets[place];
        let dropped = spare.max(0).min(set.replicas);
        set.replicas -= dropped;
        spare -= dropped;
        shrank |= dropped > 0;
    }
    shrank
}

#[cfg(test)]
mod tests {
    use super::{Acted, PodSet, Strategy, sync};
    use crate::model::placement_rules::Allowed;

    fn set(created: i64, replicas: i32, available: i32) -> PodSet {
        PodSet {
            created,
            replicas,
            available,
        }
    }

    /// Were new pods made while old ones still run, two versions would run side by side, which `Recreate` rules out.
    #[test]
    fn recreate_waits_until_the_last_old_pod_is_gone() {
        let mut sets = [set(0, 3, 3), set(1, 0, 0)];
        let step = |sets: &mut [PodSet], old_pods_run| sync(Strategy::Recreate, 3, sets, 1, old_pods_run);
        assert_eq!(step(&mut sets, true), Acted::OnOld);
        assert_eq!(step(&mut sets, true), Acted::Nothing);
        assert_eq!(step(&mut sets, false), Acted::OnNew);
        assert_eq!([sets[0].replicas, sets[1].replicas], [0, 3]);
        assert_eq!(step(&mut sets, false), Acted::Nothing);
    }

    /// A new version that never becomes available must not take the old one down beyond what may be unavailable.
    #[test]
    fn a_broken_new_version_stops_the_rollout_with_enough_old_pods_left() {
        let quarter = Allowed::Share(0.25);
        let strategy = Strategy::RollingUpdate {
            max_surge: quarter,
            max_unavailable: quarter,
        };
        let mut sets = [set(0, 8, 8), set(1, 0, 0)];
        while sync(strategy, 8, &mut sets, 1, true) != Acted::Nothing {
            sets[0].available = sets[0].replicas;
        }
        assert_eq!([sets[0].replicas, sets[1].replicas], [6, 4]);
    }
}
