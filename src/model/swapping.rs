//! Which part of the memory of a host's containers is in swap.
//!
//! Knows: amounts. Must not know: containers, who reclaims what, or what happens to what fits nowhere.
//!
//! What a container needs beyond its own limit goes to swap first: its cgroup reclaims from itself alone. What the
//! containers together need beyond the host's memory is taken from each of them in proportion to what it has in memory,
//! as far as it may swap. A kernel takes the pages that were not used for longest, wherever they are; how old pages are is
//! not modelled.

/// What one container needs and may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// Memory it needs, bytes.
    pub needed: u64,
    /// The most of it that may be in memory, bytes.
    pub limit: u64,
    /// The most of it that may be in swap, bytes.
    pub swap: u64,
}

/// Where all of it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swapped {
    /// Of each container, in swap, bytes.
    pub each: Vec<u64>,
    /// The first container that needs more than its own limit and finds no swap for all of that.
    pub stuck: Option<usize>,
    /// What fits nowhere, bytes.
    pub left_over: u64,
}

/// Where what `needs` says is, on a host with so much `memory` for containers and so much `swap`, bytes.
#[must_use]
pub fn swapped(needs: &[Need], memory: u64, swap: u64) -> Swapped {
    let mut free = swap;
    let (mut left_over, mut stuck) = (0_u64, None);
    let mut each = Vec::with_capacity(needs.len());
    for (place, need) in needs.iter().enumerate() {
        let beyond = need.needed.saturating_sub(need.limit);
        let out = beyond.min(need.swap).min(free);
        left_over = left_over.saturating_add(beyond - out);
        stuck = stuck.or((out < beyond).then_some(place));
        free -= out;
        each.push(out);
    }
    let resident = |each: &[u64]| {
        let parts = needs
            .iter()
            .zip(each)
            .map(|(need, out)| need.needed.min(need.limit.saturating_add(*out)) - out);
        parts.map(u128::from).collect::<Vec<_>>()
    };
    loop {
        let parts = resident(&each);
        let over = parts.iter().sum::<u128>().saturating_sub(memory.into());
        let wanted = over.min(free.into());
        let may = |place: usize| needs[place].swap > each[place] && parts[place] > 0;
        let places: Vec<usize> = (0..needs.len()).filter(|&place| may(place)).collect();
        if wanted == 0 || places.is_empty() {
            left_over = left_over.saturating_add(u64::try_from(over).unwrap_or(u64::MAX));
            return Swapped {
                each,
                stuck,
                left_over,
            };
        }
        let all: u128 = places.iter().map(|&place| parts[place]).sum();
        let mut left = wanted;
        for place in places {
            // Rounded up, so that every turn gets on; the last ones get less.
            let share = (wanted * parts[place]).div_ceil(all).min(left).min(parts[place]);
            let room = u128::from(needs[place].swap - each[place]);
            let out = share.min(room) as u64;
            each[place] += out;
            free -= out;
            left -= u128::from(out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Need, swapped};
    use proptest::prelude::*;

    const fn need(needed: u64, limit: u64, swap: u64) -> Need {
        Need { needed, limit, swap }
    }

    #[test]
    fn a_container_over_its_limit_swaps_what_is_over() {
        let found = swapped(&[need(150, 100, 100), need(80, 100, 100)], 1000, 500);
        assert_eq!((found.each, found.left_over), (vec![50, 0], 0));
        let none = swapped(&[need(150, 100, 0)], 1000, 500);
        assert_eq!((none.each, none.stuck, none.left_over), (vec![0], Some(0), 50));
        let full = swapped(&[need(150, 100, 100)], 1000, 20);
        assert_eq!(
            (full.each, full.left_over),
            (vec![20], 30),
            "the host has no more"
        );
    }

    #[test]
    fn a_host_that_is_short_takes_from_all_in_proportion() {
        let any = u64::MAX;
        let found = swapped(&[need(300, any, any), need(100, any, any)], 200, 1000);
        assert_eq!((found.each, found.left_over), (vec![150, 50], 0));
        let one_may = swapped(&[need(300, any, 0), need(100, any, any)], 350, 1000);
        assert_eq!((one_may.each, one_may.left_over), (vec![0, 50], 0));
        let none = swapped(&[need(300, any, any)], 200, 0);
        assert_eq!((none.each, none.left_over), (vec![0], 100));
    }

    proptest! {
        /// Bytes that were lost or found twice would make a host larger or smaller than it is.
        #[test]
        fn every_byte_is_somewhere_and_no_bound_is_passed(
            needs in prop::collection::vec((0u64..1000, 0u64..1000, 0u64..1000), 0..8),
            memory in 0u64..3000, swap in 0u64..2000,
        ) {
            let needs: Vec<Need> = needs.into_iter().map(|(needed, limit, swap)| need(needed, limit, swap)).collect();
            let found = swapped(&needs, memory, swap);
            let total: u64 = needs.iter().map(|need| need.needed).sum();
            let out: u64 = found.each.iter().sum();
            prop_assert!(out <= swap);
            prop_assert!(found.each.iter().zip(&needs).all(|(out, need)| *out <= need.swap && *out <= need.needed));
            prop_assert!(total - out - found.left_over <= memory);
            // Nothing is left over while there is room for it.
            if found.left_over > 0 && out < swap {
                let stuck = |(need, out): (&Need, &u64)| *out == need.swap || *out == need.needed;
                let is_full = total - out - found.left_over == memory;
                prop_assert!(is_full || needs.iter().zip(&found.each).any(stuck));
            }
        }
    }
}
