//! Which active pods a Job removes when it has too many.
//!
//! Source: `pkg/controller/job/job_controller.go`, `activePodsForRemoval`, and `indexed_job_utils.go`.

use super::sync::{JobPod, JobSpec};
use crate::platform::kubernetes::deletion_order;

/// At least `least` of `active` (places in `pods`). Of an Indexed Job all that have no valid index of their own go in
/// any case.
pub(super) fn pods_to_remove(spec: &JobSpec, pods: &[JobPod], active: &[usize], least: usize) -> Vec<usize> {
    let in_order = |places: &[usize]| -> Vec<usize> {
        let candidates: Vec<_> = places.iter().map(|&place| pods[place].state).collect();
        let order = deletion_order::job(&candidates);
        order.into_iter().map(|place| places[place]).collect()
    };
    let (mut removed, left) = if spec.indexed {
        misplaced(spec, pods, active, in_order)
    } else {
        (Vec::new(), active.to_vec())
    };
    let more = least.saturating_sub(removed.len());
    removed.extend(in_order(&left).into_iter().take(more));
    removed
}

/// Pods without a valid index, and all but the last of those that share one; and the others.
fn misplaced(
    spec: &JobSpec,
    pods: &[JobPod],
    active: &[usize],
    in_order: impl Fn(&[usize]) -> Vec<usize>,
) -> (Vec<usize>, Vec<usize>) {
    let (mut removed, mut left) = (Vec::new(), Vec::new());
    let mut by_index = active.to_vec();
    by_index.sort_by_key(|&place| pods[place].index);
    for alike in by_index.chunk_by(|&a, &b| pods[a].index == pods[b].index) {
        let alike = in_order(alike);
        let Some((last, others)) = alike.split_last() else {
            continue;
        };
        if spec.is_valid(pods[*last].index) {
            removed.extend(others);
            left.push(*last);
        } else {
            removed.extend(&alike);
        }
    }
    (removed, left)
}
