//! Raw scores to 0..=100.

/// The highest score.
pub(super) const SCORE_MAX: i64 = 100;

/// Scores as percent of the largest, truncated; `reversed`: 100 minus that, and 100 for all if all are zero
/// (kube-scheduler `plugins/helper/normalize_score.go`).
pub(super) fn by_largest(scores: &mut [i64], reversed: bool) {
    let largest = scores.iter().copied().max().unwrap_or_default();
    if largest == 0 {
        if reversed {
            scores.fill(SCORE_MAX);
        }
        return;
    }
    for score in scores {
        *score = quotient(SCORE_MAX * *score, largest);
        if reversed {
            *score = SCORE_MAX - *score;
        }
    }
}

/// Below this, quotients of up to 128 can be had from doubles: both numbers are exact, the next whole number is at
/// least 1 / 2^46 away, and rounding errs by less than half of that.
const EXACT_BELOW: i64 = 1 << 46;
/// The same for what is divided: all such numbers are doubles.
const EXACT_PART_BELOW: i64 = 1 << 53;

/// `part / whole`, truncated, both not negative, `whole` positive and the quotient not above
/// 128; faster than integers divide.
pub(super) fn quotient(part: i64, whole: i64) -> i64 {
    if part < EXACT_PART_BELOW && whole < EXACT_BELOW {
        (part as f64 / whole as f64) as i64
    } else {
        part / whole
    }
}

#[cfg(test)]
mod tests {
    use super::quotient;
    use proptest::prelude::*;

    proptest! {
        /// Were it off by one, so were scores.
        #[test]
        fn quotients_are_those_of_integers(whole in 1_i64..1 << 50, share in 0.0_f64..128.0, off in -2_i64..3) {
            let part = ((whole as f64 * share) as i64 / 128 * 128 + off).max(0);
            prop_assert_eq!(quotient(part, whole), part / whole);
            let multiple = whole * (share as i64);
            for part in [multiple - 1, multiple, multiple + 1].into_iter().filter(|&part| part >= 0) {
                prop_assert_eq!(quotient(part, whole), part / whole);
            }
        }
    }
}
