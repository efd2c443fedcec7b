//! How much of a run to discard before its averages are trusted.
//!
//! Knows MSER-5. Must not know what was observed: it gets a series in time order.
//!
//! Source: White, Cobb & Spratt, *A comparison of five steady-state truncation heuristics for simulation*, Winter
//! Simulation Conference 2000; the rule that a cut at half the run means too short a run: Hoad, Robinson & Davies,
//! *Automating warm-up length estimation*, Journal of the Operational Research Society 61 (2010).

/// Observations a batch.
const BATCH: usize = 5;
/// Fewest batches from which an estimate is given.
const BATCHES_MIN: usize = 10;

/// What to do about the start of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WarmupEstimate {
    /// Delete this many observations from the start (a multiple of five, fewer than half); 0 if there is no transient.
    Delete(usize),
    /// The best cut is at half of the series, or the series has fewer than 50 observations: run longer.
    TooShort,
}

/// Estimates the warm-up of `observations`, which are equally spaced and in time order.
///
/// Over the means of batches of five, the cut d minimises Σ(Yᵢ - Ȳ)² / (m - d)² over the m - d batches kept: the
/// squared standard error the rest would have, were it independent. The least such d counts; observations that do not
/// fill a batch are ignored. A series with a value that is not finite is [`WarmupEstimate::TooShort`]. O(n).
#[must_use]
pub fn mser5(observations: &[f64]) -> WarmupEstimate {
    let batches: Vec<f64> = observations
        .chunks_exact(BATCH)
        .map(|batch| batch.iter().sum::<f64>() / BATCH as f64)
        .collect();
    let half = batches.len() / 2;
    if batches.len() < BATCHES_MIN {
        return WarmupEstimate::TooShort;
    }
    // From the end, so that each cut extends the last by one batch (Welford's update: nothing cancels).
    let (mut mean, mut squares, mut kept) = (0.0, 0.0, 0.0);
    let (mut best_cut, mut best) = (half, f64::INFINITY);
    for (cut, value) in batches.iter().enumerate().rev() {
        kept += 1.0;
        let deviation = value - mean;
        mean += deviation / kept;
        squares += deviation * (value - mean);
        let error = squares / (kept * kept);
        if cut <= half && error <= best {
            (best_cut, best) = (cut, error);
        }
    }
    if best_cut >= half {
        WarmupEstimate::TooShort
    } else {
        WarmupEstimate::Delete(best_cut * BATCH)
    }
}

#[cfg(test)]
mod tests {
    use super::{WarmupEstimate, mser5};
    use crate::engine::StreamKey;
    use crate::stats::Distribution;

    /// `n` draws of an exponential of mean 1 plus `transient(index)`.
    fn series(n: usize, transient: impl Fn(usize) -> f64) -> Vec<f64> {
        let sampler = Distribution::exponential(1.0).unwrap().compile();
        let mut rng = StreamKey::new(4, 0).stream("series");
        (0..n)
            .map(|index| transient(index) + sampler.sample(&mut rng))
            .collect()
    }

    #[test]
    fn an_obvious_transient_is_cut_off_and_little_more() {
        let WarmupEstimate::Delete(cut) = mser5(&series(1000, |index| if index < 200 { 10.0 } else { 0.0 }))
        else {
            panic!("no estimate");
        };
        assert!((200..300).contains(&cut), "{cut}");
    }

    #[test]
    fn a_steady_series_loses_little() {
        let WarmupEstimate::Delete(cut) = mser5(&series(1000, |_| 0.0)) else {
            panic!("no estimate");
        };
        assert!(cut < 150, "{cut}");
        assert_eq!(
            mser5(&[3.0; 100]),
            WarmupEstimate::Delete(0),
            "a constant has no transient"
        );
    }

    #[test]
    fn a_run_that_never_settles_is_too_short() {
        assert_eq!(
            mser5(&series(1000, |index| index as f64 / 10.0)),
            WarmupEstimate::TooShort
        );
        assert_eq!(mser5(&[1.0; 49]), WarmupEstimate::TooShort);
        assert_eq!(mser5(&[f64::NAN; 500]), WarmupEstimate::TooShort);
    }

    #[test]
    fn the_cut_is_the_one_found_by_trying_them_all() {
        let values = series(400, |index| 6.0 * (-(index as f64) / 30.0).exp());
        let batches: Vec<f64> = values
            .chunks(5)
            .map(|batch| batch.iter().sum::<f64>() / 5.0)
            .collect();
        let error = |cut: usize| {
            let kept = &batches[cut..];
            let mean = kept.iter().sum::<f64>() / kept.len() as f64;
            kept.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / (kept.len() as f64).powi(2)
        };
        let best = (0..=40).min_by(|&a, &b| error(a).total_cmp(&error(b))).unwrap();
        assert_eq!(mser5(&values), WarmupEstimate::Delete(best * 5));
    }
}
