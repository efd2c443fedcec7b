//! When a second request is sent for a call that is not answered yet (Dean and Barroso, The Tail at Scale, 2013).

use super::spec::HedgeSpec;
use crate::engine::Span;
use crate::stats::Histogram;

/// Answers before the first look at how long they take.
const FIRST: u64 = 100;
/// Answers between two looks.
const WINDOW: u64 = 1000;

/// How long to wait before the second request.
#[derive(Clone, Debug)]
pub(super) struct Hedge {
    quantile: Option<f64>,
    delay: Option<Span>,
    times: Histogram,
}

impl Hedge {
    pub(super) fn new(spec: HedgeSpec) -> Self {
        let (quantile, delay) = match spec {
            HedgeSpec::After(delay) => (None, Some(delay)),
            HedgeSpec::AfterQuantile(quantile) => (Some(quantile), None),
        };
        Self {
            quantile,
            delay,
            times: Histogram::coarse(),
        }
    }

    /// How long to wait; `None` while too few answers are known.
    pub(super) const fn delay(&self) -> Option<Span> {
        self.delay
    }

    /// A call was answered after `time`.
    pub(super) fn answered(&mut self, time: Span) {
        let Some(quantile) = self.quantile else { return };
        self.times.record_one(time.nanos());
        let count = self.times.count();
        if count == WINDOW || (count == FIRST && self.delay.is_none()) {
            self.delay = Some(Span::from_nanos(self.times.quantile(quantile)));
        }
        if count == WINDOW {
            self.times.reset();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FIRST, Hedge, HedgeSpec, Span, WINDOW};

    #[test]
    fn the_delay_follows_the_answers_of_late() {
        let mut hedge = Hedge::new(HedgeSpec::AfterQuantile(0.95));
        let times = |from: u64| (0..WINDOW).map(move |n| Span::from_nanos(1_000_000 * (from + n % 100)));
        times(1)
            .take(FIRST as usize - 1)
            .for_each(|time| hedge.answered(time));
        assert_eq!(hedge.delay(), None, "too few to tell");
        times(1).for_each(|time| hedge.answered(time));
        let near = |hedge: &Hedge, millis: f64| {
            let delay = hedge.delay().unwrap().secs_f64() * 1e3;
            assert!(
                (delay - millis).abs() < 0.05 * millis,
                "{delay} ms, expected {millis}"
            );
        };
        near(&hedge, 95.0);
        (0..2).for_each(|_| times(301).for_each(|time| hedge.answered(time)));
        near(&hedge, 395.0);
    }
}
