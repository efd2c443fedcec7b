//! Published triplets with sizes below 0.
//!
//! Triplets are made by cutting bins into three items each. Some sets were cut with sizes of -1 and -2 where two items came
//! out larger than the bin together, and their published results rest on those sizes as they are. Such a file proves
//! itself: each three lines in a row fill the bin exactly, in every dimension.

/// Whether each three of the item lines in a row add up to the bin's capacity in every dimension.
pub(super) fn fill_bins_exactly(lines: &[(u64, &str)], capacity: &[u64]) -> bool {
    let sizes = |line: &str| -> Option<Vec<i128>> {
        let numbers: Option<Vec<i128>> = line.split_whitespace().map(|word| word.parse().ok()).collect();
        numbers.filter(|numbers| numbers.len() == capacity.len() + 1 && numbers[capacity.len()] == 1)
    };
    let fills = |triplet: &[(u64, &str)]| {
        let mut left: Vec<i128> = capacity.iter().map(|&capacity| i128::from(capacity)).collect();
        for (_, line) in triplet {
            let Some(sizes) = sizes(line) else { return false };
            for (left, size) in left.iter_mut().zip(sizes) {
                match left.checked_sub(size) {
                    Some(rest) => *left = rest,
                    None => return false,
                }
            }
        }
        triplet.len() == 3 && left.iter().all(|&left| left == 0)
    };
    lines.chunks(3).all(fills)
}
