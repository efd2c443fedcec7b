//! Whether a workload under a steady load had settled when measuring began.
//!
//! Knows: the number of requests in the system over the whole run, in bounded memory, and MSER-5. Must not know: what
//! is done about it. A load with a daily wave or a spike never settles and is not judged.

use crate::engine::Span;
use crate::stats::{WarmupEstimate, mser5};

/// Values kept; when they are full, each two become one.
const LEVELS_MAX: usize = 4096;
/// MSER-5 needs fifty values to say anything.
const LEVELS_MIN: usize = 50;
/// A transient is worth a word if it is more than this share of the run,
const SHARE_MIN: f64 = 0.05;
/// if leaving it out moves the mean by more than this share,
const SHIFT_MIN: f64 = 0.05;
/// and if its mean is this many standard errors from that of the rest, over batch means: the cut that MSER-5 likes best
/// wanders on a settled series, most of all where a queue is long and its length changes slowly.
const ERRORS_MIN: f64 = 4.0;
/// Batches of the rest, long enough to be nearly independent.
const BATCHES: usize = 10;

/// What there is to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Settling {
    /// Nothing, or not enough was seen.
    Fine,
    /// It had settled only after so long, which is later than measuring began.
    After(Span),
    /// It had not settled by half of the run.
    NotYet,
}

/// Mean levels of equal intervals from the start of the run.
#[derive(Clone, Debug)]
pub(super) struct Levels {
    values: Vec<f64>,
    /// Samples in one value.
    stride: u32,
    sum: f64,
    in_sum: u32,
}

impl Default for Levels {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            stride: 1,
            sum: 0.0,
            in_sum: 0,
        }
    }
}

impl Levels {
    /// The mean level of one more interval.
    pub(super) fn push(&mut self, level: f64) {
        self.sum += level;
        self.in_sum += 1;
        if self.in_sum < self.stride {
            return;
        }
        self.values.push(self.sum / f64::from(self.stride));
        (self.sum, self.in_sum) = (0.0, 0);
        if self.values.len() == LEVELS_MAX {
            self.values = self
                .values
                .chunks_exact(2)
                .map(|pair| f64::midpoint(pair[0], pair[1]))
                .collect();
            self.stride *= 2;
        }
    }

    /// Judges a run whose samples are `every` apart and that was measured after `warmup`.
    pub(super) fn judge(&self, every: Span, warmup: Span) -> Settling {
        let count = self.values.len();
        if count < LEVELS_MIN {
            return Settling::Fine;
        }
        let step = every.nanos().max(1).saturating_mul(u64::from(self.stride));
        let measured = (warmup.nanos().div_ceil(step) as usize).min(count - 1);
        let (cut, verdict) = match mser5(&self.values) {
            WarmupEstimate::Delete(cut) => (cut, Settling::After(Span::from_nanos(step * cut as u64))),
            WarmupEstimate::TooShort => (count / 2, Settling::NotYet),
        };
        if cut <= measured || ((cut - measured) as f64) < SHARE_MIN * count as f64 {
            return Settling::Fine;
        }
        let (transient, rest) = self.values[measured..].split_at(cut - measured);
        let (shown, settled) = (mean(&self.values[measured..]), mean(rest));
        let matters = (shown - settled).abs() > SHIFT_MIN * settled
            && (mean(transient) - settled).abs() > ERRORS_MIN * standard_error(rest, transient.len());
        if matters { verdict } else { Settling::Fine }
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Of the difference between the mean of `rest` and that of `others` values more of the same kind.
fn standard_error(rest: &[f64], others: usize) -> f64 {
    let length = (rest.len() / BATCHES).max(1);
    let means: Vec<f64> = rest.chunks_exact(length).map(mean).collect();
    let (centre, count) = (mean(&means), means.len() as f64);
    let squares: f64 = means.iter().map(|value| (value - centre).powi(2)).sum();
    let variance = squares / (count - 1.0).max(1.0);
    (variance * (1.0 / count + length as f64 / others.max(1) as f64)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::{LEVELS_MAX, Levels, Settling, Span};
    use crate::engine::StreamKey;
    use crate::stats::Distribution;

    const EVERY: Span = Span::from_secs(10);

    /// `count` draws around a level of ten plus `transient`.
    fn levels(count: usize, transient: impl Fn(usize) -> f64) -> Levels {
        let noise = Distribution::exponential(10.0).unwrap().compile();
        let mut rng = StreamKey::new(3, 0).stream("levels");
        let mut levels = Levels::default();
        for index in 0..count {
            levels.push(noise.sample(&mut rng) + transient(index));
        }
        levels
    }

    /// Fifty more for the first `samples`.
    fn step(samples: usize) -> impl Fn(usize) -> f64 {
        move |index| if index < samples { 50.0 } else { 0.0 }
    }

    #[test]
    fn a_transient_is_found_unless_it_was_left_out_and_none_is_invented() {
        let Settling::After(found) = levels(1000, step(200)).judge(EVERY, Span::ZERO) else {
            panic!("not found");
        };
        assert!((2000.0..3000.0).contains(&found.secs_f64()), "{found}");
        assert_eq!(levels(1000, step(200)).judge(EVERY, found), Settling::Fine);
        assert_eq!(levels(1000, step(0)).judge(EVERY, Span::ZERO), Settling::Fine);
        let growing = levels(1000, |index| index as f64);
        assert_eq!(growing.judge(EVERY, Span::ZERO), Settling::NotYet);
        let short = levels(49, step(20));
        assert_eq!(
            short.judge(EVERY, Span::ZERO),
            Settling::Fine,
            "too little was seen"
        );
    }

    #[test]
    fn a_long_run_is_kept_in_bounded_memory_and_judged_whole() {
        let count = 40 * LEVELS_MAX;
        let levels = levels(count, step(count / 5));
        assert!(levels.values.len() < LEVELS_MAX);
        let Settling::After(found) = levels.judge(EVERY, Span::ZERO) else {
            panic!("not found");
        };
        let share = found.secs_f64() / (10.0 * count as f64);
        assert!((0.2..0.25).contains(&share), "{share}");
    }
}
