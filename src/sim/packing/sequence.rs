//! In which order pods come: shuffled, then copies of pods drawn at random until they ask for more than there is.

use crate::engine::StreamKey;
use rand::RngExt;
use rand::seq::SliceRandom;

/// Pods that come at most: a fleet in which that is nothing is not filled to the end.
const PODS_MAX: usize = 10_000_000;

/// The indices of `amounts` (what each pod asks for) in the order in which pods come: all of them shuffled, then copies
/// drawn with replacement until the first whose part of one device (`units`) would bring the sum above `target`. If all
/// of them together ask for more than that, pods at random positions are left out until they do not.
///
/// All amounts of zero would never reach the target; then there are no copies.
pub(super) fn sequence(amounts: &[u64], units: &[u64], target: f64, key: StreamKey) -> Vec<usize> {
    let mut order: Vec<usize> = (0..amounts.len()).collect();
    order.shuffle(&mut key.stream("packing/order"));
    let mut sum: u64 = amounts.iter().sum();
    let mut stream = key.stream("packing/copies");
    while sum as f64 > target && !order.is_empty() {
        // The order is random: which one takes the place of the one left out does not matter.
        let left_out = order.swap_remove(stream.random_range(0..order.len()));
        sum -= amounts[left_out];
    }
    if sum == 0 {
        return order;
    }
    loop {
        let drawn = stream.random_range(0..amounts.len());
        if (sum + units[drawn]) as f64 > target || order.len() >= PODS_MAX {
            return order;
        }
        sum += amounts[drawn];
        order.push(drawn);
    }
}

#[cfg(test)]
mod tests {
    use super::sequence;
    use crate::engine::StreamKey;

    #[test]
    fn the_list_comes_first_and_copies_follow_until_the_target() {
        let amounts: Vec<u64> = (1..=100).collect();
        let order = sequence(&amounts, &amounts, 7000.0, StreamKey::new(42, 0));
        let mut first = order[..100].to_vec();
        assert_ne!(first, (0..100).collect::<Vec<_>>(), "shuffled");
        first.sort_unstable();
        assert_eq!(first, (0..100).collect::<Vec<_>>(), "each of the list once");
        let sum: u64 = order.iter().map(|&index| amounts[index]).sum();
        assert!((6900..=7000).contains(&sum), "{sum}");
    }

    #[test]
    fn a_list_that_asks_for_too_much_is_thinned() {
        let order = sequence(&[10; 100], &[10; 100], 505.0, StreamKey::new(42, 0));
        assert_eq!(order.len(), 50);
        assert_eq!(sequence(&[0; 3], &[0; 3], 1.0, StreamKey::new(42, 0)).len(), 3);
    }
}
