//! Shares as shades of one blue, the darker the more is in use, which every eye tells apart by their lightness; what is idle
//! is sand, so that it does not look like the ground.

/// Shades from none to all.
pub(super) const SHADES: [&str; 6] = ["#f3dfb3", "#c6d9ec", "#8fb8dc", "#5590c5", "#2666a5", "#08306b"];

/// The shade of a share, 0 to 1: the first only of nothing, the last only of all.
pub(super) fn shade(share: f64) -> usize {
    let last = SHADES.len() - 1;
    match share {
        share if share <= 0.0 => 0,
        share if share >= 1.0 => last,
        share => 1 + ((share * (last - 1) as f64) as usize).min(last - 2),
    }
}

/// What the shades between none and all stand for.
pub(super) const WORDS: [&str; 6] = [
    "idle",
    "under a quarter",
    "to a half",
    "to three quarters",
    "more",
    "all in use",
];

#[cfg(test)]
mod tests {
    use super::{SHADES, WORDS, shade};

    #[test]
    fn nothing_and_all_have_shades_of_their_own() {
        let of = [0.0, 0.001, 0.249, 0.25, 0.5, 0.75, 0.999, 1.0].map(shade);
        assert_eq!(of, [0, 1, 1, 2, 3, 4, 4, 5]);
        assert_eq!(SHADES.len(), WORDS.len());
    }
}
