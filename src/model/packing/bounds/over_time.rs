//! How few bins do at every moment while items come and go, and how much bin time that is in all: what no policy can beat,
//! however it moves items about.

use super::supply::Supply;
use crate::engine::Time;

/// An item comes or goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change<'a> {
    /// When; never before the change before it.
    pub at: Time,
    /// How large it is, one number a dimension.
    pub sizes: &'a [u64],
    /// Whether it comes; else it goes, and has come before.
    pub comes: bool,
}

/// The fewest bins over time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OverTime {
    /// The most that are needed at once.
    pub peak: u64,
    /// When they are first.
    pub peak_at: Time,
    /// The sum over bins of the time each is needed, in nanoseconds.
    pub bin_nanos: u128,
}

impl OverTime {
    /// The sum over bins of the time each is needed, in seconds.
    #[must_use]
    pub fn bin_seconds(&self) -> f64 {
        self.bin_nanos as f64 / 1e9
    }
}

/// Counts along: at each moment no fewer bins than hold the sum of each dimension, the largest first, and none that holds
/// two items over half of the largest. Memory does not grow with the items.
#[derive(Clone, Debug)]
pub struct Sweep {
    supply: Supply,
    sums: Vec<u128>,
    /// Of each dimension, items over half of the largest bin.
    large: Vec<u64>,
    /// Items; of no size at all they still need a bin.
    items: u64,
    needed: u64,
    since: Time,
    so_far: OverTime,
}

impl Sweep {
    /// No item yet. Every item is to fit into some bin of `supply`.
    #[must_use]
    pub fn new(supply: Supply) -> Self {
        let dimensions = supply.dimensions();
        Self {
            supply,
            sums: vec![0; dimensions],
            large: vec![0; dimensions],
            items: 0,
            needed: 0,
            since: Time::ZERO,
            so_far: OverTime::default(),
        }
    }

    /// An item comes or goes. What comes and goes at one moment is needed for no time and makes no peak.
    pub fn change(&mut self, change: &Change<'_>) {
        if change.at > self.since {
            self.advance(change.at);
        }
        for (dimension, &size) in change.sizes.iter().enumerate() {
            let (sum, large) = (&mut self.sums[dimension], &mut self.large[dimension]);
            let is_large = u64::from(size > self.supply.largest(dimension) / 2);
            if change.comes {
                (*sum, *large) = (*sum + u128::from(size), *large + is_large);
            } else {
                (*sum, *large) = (
                    sum.saturating_sub(u128::from(size)),
                    large.saturating_sub(is_large),
                );
            }
        }
        self.items = if change.comes {
            self.items + 1
        } else {
            self.items.saturating_sub(1)
        };
        let large = self.large.iter().copied().max().unwrap_or(0);
        self.needed = self
            .supply
            .fewest(&self.sums)
            .max(large)
            .max(u64::from(self.items > 0));
    }

    /// How many are needed now.
    #[must_use]
    pub const fn needed(&self) -> u64 {
        self.needed
    }

    /// Time passes without a change; `at` is not before the last one.
    pub fn advance(&mut self, at: Time) {
        let span = at.since(self.since);
        if self.needed > self.so_far.peak && !span.is_zero() {
            (self.so_far.peak, self.so_far.peak_at) = (self.needed, self.since);
        }
        self.so_far.bin_nanos += u128::from(self.needed) * u128::from(span.nanos());
        self.since = at;
    }

    /// What it came to until the moment up to which it has advanced.
    #[must_use]
    pub const fn so_far(&self) -> OverTime {
        self.so_far
    }
}

/// The fewest bins of `supply` over time, for changes in their order, until `until`.
#[must_use]
pub fn over_time<'a>(supply: Supply, changes: impl Iterator<Item = Change<'a>>, until: Time) -> OverTime {
    let mut sweep = Sweep::new(supply);
    for change in changes.take_while(|change| change.at <= until) {
        sweep.change(&change);
    }
    sweep.advance(until);
    sweep.so_far()
}

#[cfg(test)]
mod tests {
    use super::{Change, OverTime, over_time};
    use crate::engine::Time;
    use crate::model::packing::bounds::Supply;

    /// Two small items share a bin while both are there; two over half never do, whatever they sum to.
    #[test]
    fn bins_are_counted_for_as_long_as_they_are_needed() {
        let change = |secs: u64, sizes: &'static [u64], comes| Change {
            at: Time::from_nanos(secs * 1_000_000_000),
            sizes,
            comes,
        };
        let changes = [
            change(0, &[4, 1], true),
            change(10, &[6, 1], true),
            change(20, &[1, 6], true),
            change(30, &[4, 1], false),
            change(30, &[6, 6], true),
            change(40, &[1, 6], false),
            change(40, &[6, 6], false),
            change(50, &[6, 1], false),
        ];
        let supply = Supply::of_bins([[10, 10].as_slice(); 9].into_iter());
        let until = Time::from_nanos(60_000_000_000);
        let bound = over_time(supply, changes.into_iter(), until);
        let secs = 10 + 10 + 2 * 10 + 2 * 10 + 10;
        let expected = OverTime {
            peak: 2,
            peak_at: Time::from_nanos(20_000_000_000),
            bin_nanos: secs * 1_000_000_000,
        };
        assert_eq!(bound, expected);
    }
}
