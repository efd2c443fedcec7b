//! Max-min fair sharing of the bandwidth that flows have in common: no flow can get more without another, which has no
//! more than it, getting less.
//!
//! Knows: groups of equal flows and the links that they cross. Must not know: layers, nodes, registries or time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A number of equal flows that cross the same links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flows<const LINKS: usize> {
    /// How many.
    pub(super) count: u32,
    /// The links they cross, by their places.
    pub(super) links: [Option<usize>; LINKS],
}

/// What each group of flows gets of `capacities`, in their unit, rounded down: progressive filling (Bertsekas and Gallager,
/// Data Networks, 6.5.2). All flows grow alike; where a link is full, those that cross it stop.
pub(super) fn share<const LINKS: usize>(flows: &[Flows<LINKS>], capacities: &[u64]) -> Vec<u64> {
    let mut left = capacities.to_vec();
    let mut growing = vec![0_u64; capacities.len()];
    let mut crossing: Vec<Vec<usize>> = vec![Vec::new(); capacities.len()];
    for (group, flow) in flows.iter().enumerate().filter(|(_, flow)| flow.count > 0) {
        for &link in flow.links.iter().flatten() {
            growing[link] += u64::from(flow.count);
            crossing[link].push(group);
        }
    }
    let mut given: Vec<Option<u64>> = vec![None; flows.len()];
    let first_full = |link: usize, left: &[u64], growing: &[u64]| {
        (growing[link] > 0).then(|| Reverse((PerFlow(left[link], growing[link]), link)))
    };
    let mut next: BinaryHeap<_> = (0..capacities.len())
        .filter_map(|link| first_full(link, &left, &growing))
        .collect();
    while let Some(Reverse((PerFlow(amount, count), link))) = next.pop() {
        // What a link has for each flow only grows while others stop: one that is out of date comes back later.
        if (amount, count) != (left[link], growing[link]) {
            continue;
        }
        let groups = std::mem::take(&mut crossing[link]);
        for group in groups {
            let flow = &flows[group];
            if given[group].is_some() {
                continue;
            }
            let rate = u128::from(amount) * u128::from(flow.count) / u128::from(count);
            let rate = u64::try_from(rate).unwrap_or(u64::MAX);
            given[group] = Some(rate);
            for &crossed in flow.links.iter().flatten() {
                left[crossed] = left[crossed].saturating_sub(rate);
                growing[crossed] -= u64::from(flow.count);
                if crossed != link {
                    next.extend(first_full(crossed, &left, &growing));
                }
            }
        }
    }
    given.into_iter().map(|rate| rate.unwrap_or(0)).collect()
}

/// An amount for each of so many flows, in order of its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PerFlow(u64, u64);

impl Ord for PerFlow {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let cross = |a: u64, b: u64| u128::from(a) * u128::from(b);
        cross(self.0, other.1)
            .cmp(&cross(other.0, self.1))
            .then(self.1.cmp(&other.1))
    }
}

impl PartialOrd for PerFlow {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::{Flows, share};
    use proptest::prelude::*;

    fn flows(count: u32, links: [Option<usize>; 2]) -> Flows<2> {
        Flows { count, links }
    }

    /// Two nodes with links of 100 share a registry's 120: the one with three downloads is held by the registry as the
    /// other is; if one of them asks through a link of 10, the other has what that leaves.
    #[test]
    fn what_a_slow_link_leaves_goes_to_the_others() {
        let alike = [flows(1, [Some(0), Some(2)]), flows(3, [Some(1), Some(2)])];
        assert_eq!(share(&alike, &[100, 100, 120]), [30, 90]);
        assert_eq!(share(&alike, &[10, 100, 120]), [10, 100]);
        assert_eq!(share(&alike, &[10, 200, 120]), [10, 110]);
    }

    #[test]
    fn who_has_no_flow_or_no_way_gets_nothing() {
        let none = [flows(0, [Some(0), None]), flows(2, [Some(1), Some(0)])];
        assert_eq!(share(&none, &[10, 0]), [0, 0]);
    }

    proptest! {
        /// Were a link overfull, nodes would receive what nobody sends; were a flow held back by no full link on which it
        /// has the most, bandwidth would lie idle or be shared unfairly.
        #[test]
        fn every_flow_is_held_by_a_full_link_on_which_none_has_more(
            groups in prop::collection::vec((1_u32..5, 0_usize..6, prop::option::of(6_usize..8)), 1..12),
            capacities in prop::collection::vec(0_u64..1_000_000_000_000, 8),
        ) {
            let flows: Vec<_> = groups.iter().map(|&(count, own, common)| flows(count, [Some(own), common])).collect();
            let rates = share(&flows, &capacities);
            let crosses = |group: &Flows<2>, link| group.links.contains(&Some(link));
            let total = |link| flows.iter().zip(&rates).filter(|(flow, _)| crosses(flow, link)).map(|(_, rate)| rate).sum::<u64>();
            // Each group loses less than one by rounding down, at each link before.
            let slack = 2 * flows.len() as u64;
            for (link, &capacity) in capacities.iter().enumerate() {
                prop_assert!(total(link) <= capacity, "link {link} is overfull");
            }
            for (flow, &rate) in flows.iter().zip(&rates) {
                let each = |rate: u64, count: u32| rate as f64 / f64::from(count);
                let held = flow.links.iter().flatten().any(|&link| {
                    total(link) + slack >= capacities[link]
                        && flows.iter().zip(&rates).filter(|(other, _)| crosses(other, link))
                            .all(|(other, &more)| each(more, other.count) <= each(rate, flow.count) + slack as f64)
                });
                prop_assert!(held, "{flow:?} could have more than {rate}");
            }
        }
    }
}
