//! How a change of the wanted number of pods is shared out among the sets of a Deployment in mid-rollout.
//!
//! Source: `pkg/controller/deployment/sync.go`, `scale`, and `util/deployment_util.go`, `GetReplicaSetProportion`.

use super::fenceposts::Fenceposts;
use super::rollout::Strategy;

/// A set of pods of one template, with what it was last scaled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScaledSet {
    /// When it was created, on any scale; sets of one instant count in the order they are given in.
    pub created: i64,
    /// How many pods it should have.
    pub replicas: i32,
    /// How many of its pods are available.
    pub available: i32,
    /// The pods the Deployment wanted at its last scaling.
    pub desired: Option<i32>,
    /// The most pods the Deployment might have had at its last scaling, surge included.
    pub max: Option<i32>,
}

/// Shares `replicas` out over `sets` in place. `new` is the place of the set of the current template, `reported` is the
/// Deployment's `status.replicas`, which stands in where a set does not know what it was last scaled for.
pub fn scale(strategy: Strategy, replicas: i32, reported: i32, sets: &mut [ScaledSet], new: usize) {
    let active: Vec<_> = (0..sets.len())
        .filter(|&place| sets[place].replicas > 0)
        .collect();
    if let [only] = active[..] {
        sets[only].replicas = replicas;
        return;
    }
    if active.is_empty() {
        sets[new].replicas = replicas;
        return;
    }
    let newest = sets[new];
    if newest.replicas == replicas && newest.desired == Some(replicas) && newest.available == replicas {
        for (place, set) in sets.iter_mut().enumerate() {
            set.replicas = if place == new { set.replicas } else { 0 };
        }
        return;
    }
    if let Strategy::RollingUpdate {
        max_surge,
        max_unavailable,
    } = strategy
    {
        let surge = Fenceposts::resolve(max_surge, max_unavailable, replicas).surge;
        share_out(replicas, surge, reported, sets, active);
    }
}

fn share_out(replicas: i32, surge: i32, reported: i32, sets: &mut [ScaledSet], mut active: Vec<usize>) {
    let max = if replicas > 0 { replicas + surge } else { 0 };
    let to_add = max - active.iter().map(|&place| sets[place].replicas).sum::<i32>();
    if to_add == 0 {
        return;
    }
    let place_in_time = |place: usize| (sets[place].created, place);
    active.sort_by(|&a, &b| {
        let by_age = if to_add > 0 {
            place_in_time(b).cmp(&place_in_time(a))
        } else {
            place_in_time(a).cmp(&place_in_time(b))
        };
        sets[b].replicas.cmp(&sets[a].replicas).then(by_age)
    });
    let mut left = to_add;
    for &place in &active {
        let set = &mut sets[place];
        let own = fraction(*set, replicas, replicas + surge, reported);
        let share = if to_add > 0 { own.min(left) } else { own.max(left) };
        set.replicas += if left == 0 { 0 } else { share };
        left -= if left == 0 { 0 } else { share };
    }
    let first = &mut sets[active[0]];
    first.replicas = (first.replicas + left).max(0);
}

/// By how much the set grows if every set keeps its share.
fn fraction(set: ScaledSet, replicas: i32, max: i32, reported: i32) -> i32 {
    if replicas == 0 {
        return -set.replicas;
    }
    let base = set.max.filter(|&max| max != 0).unwrap_or(reported);
    if base == 0 {
        return 0;
    }
    let size = f64::from(set.replicas.wrapping_mul(max)) / f64::from(base);
    // Half away from zero, as there.
    size.round() as i32 - set.replicas
}
