//! Sorting by an order that may contradict itself.
//!
//! The order in which pods are given up is not transitive when some ready times are equal and others are not; a sort
//! must not depend on it being so. Go sorts up to twelve items by insertion, and so it is done here.

/// Go's `sort.Sort` sorts so many by plain insertion.
const PLAIN_MAX: usize = 12;

/// Sorts `items` by `less`, keeping the order of equals.
pub(super) fn sort<T: Copy>(items: &mut [T], mut less: impl FnMut(T, T) -> bool) {
    let plain = items.len() <= PLAIN_MAX;
    for end in 1..items.len() {
        let item = items[end];
        let place = if plain {
            let smaller = (0..end).rev().take_while(|&before| less(item, items[before]));
            end - smaller.count()
        } else {
            items[..end].partition_point(|&before| !less(item, before))
        };
        items[place..=end].rotate_right(1);
    }
}

#[cfg(test)]
mod tests {
    use super::sort;

    #[test]
    fn short_and_long_lists_are_sorted_and_equals_keep_their_order() {
        for count in [0, 1, 12, 13, 200] {
            let mut items: Vec<_> = (0..count).map(|place| (place * 7919 % 10, place)).collect();
            let mut expected = items.clone();
            expected.sort_by_key(|&(key, _)| key);
            sort(&mut items, |a, b| a.0 < b.0);
            assert_eq!(items, expected);
        }
    }

    /// An order that goes in a circle must end in some order, and always in the same.
    #[test]
    fn an_order_that_contradicts_itself_does_no_harm() {
        let beats = |a: i32, b: i32| (b - a).rem_euclid(3) == 1;
        let sorted = |count: i32| {
            let mut items: Vec<_> = (0..count).collect();
            sort(&mut items, beats);
            items
        };
        assert_eq!(sorted(40), sorted(40));
        assert_eq!(sorted(40).len(), 40);
    }
}
