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
        *score = SCORE_MAX * *score / largest;
        if reversed {
            *score = SCORE_MAX - *score;
        }
    }
}
