//! The scale-down delay: the largest number of pods asked for in the recent past.
//!
//! Knows: two-second slots. Must not know: why a number was asked for. Source: `aggregation/max`, `TimeWindow` with the
//! tick as its granularity.

use super::{TICK, whole_seconds};
use crate::engine::{Span, Time};
use std::collections::VecDeque;

/// The largest value of the last slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DelayWindow {
    slots: u64,
    /// Slot and value, values falling: what is older and not larger can never be the largest again.
    falling: VecDeque<(u64, u32)>,
}

impl DelayWindow {
    /// A window of `delay`, rounded up to whole ticks.
    #[must_use]
    pub fn new(delay: Span) -> Self {
        Self {
            slots: delay.nanos().div_ceil(TICK.nanos()).max(1),
            falling: VecDeque::new(),
        }
    }

    /// Records `value` at `now`, not before an earlier record, and returns the largest value in the window.
    pub fn record(&mut self, now: Time, value: u32) -> u32 {
        let slot = whole_seconds(now) / 2;
        while self.falling.back().is_some_and(|&(_, smaller)| smaller <= value) {
            self.falling.pop_back();
        }
        while self
            .falling
            .front()
            .is_some_and(|&(old, _)| slot.saturating_sub(old) >= self.slots)
        {
            self.falling.pop_front();
        }
        // A smaller value in the same slot is no news: a slot stands for its largest value.
        if self.falling.back().is_none_or(|&(last, _)| last != slot) {
            self.falling.push_back((slot, value));
        }
        self.falling.front().map_or(value, |&(_, largest)| largest)
    }
}

#[cfg(test)]
mod tests {
    use super::DelayWindow;
    use crate::engine::{Span, Time};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_the_largest_of_the_last_slots(
            delay in 1_u64..30,
            records in prop::collection::vec((0_u64..6, 0_u32..20), 1..60),
        ) {
            let mut window = DelayWindow::new(Span::from_secs(delay));
            let mut list = vec![];
            let mut second = 0;
            for (gap, value) in records {
                second += gap;
                list.push((second / 2, value));
                let oldest = (second / 2 + 1).saturating_sub(delay.div_ceil(2));
                let largest = list.iter().filter(|&&(slot, _)| slot >= oldest).map(|&(_, value)| value).max();
                let now = Time::from_nanos(second * 1_000_000_000);
                prop_assert_eq!(Some(window.record(now, value)), largest);
            }
        }
    }
}
