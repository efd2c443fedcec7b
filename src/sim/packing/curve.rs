//! Levels over how much has arrived, in whole percent of the fleet.

/// Arrivals go on until they ask for so many percent of the fleet.
pub const ARRIVED_PCT_MAX: usize = 130;
/// Halves of a percent: an event belongs to the percent that it rounds to, which is two of them.
const HALVES: usize = 2 * (ARRIVED_PCT_MAX + 2);

/// What is measured at each event, and its mean over the events of a percent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// What is measured of the fleet and in use, percent.
    pub alloc_pct: f64,
    /// GPU that is of no use to the pods that usually come, percent of the fleet's.
    pub frag_pct: f64,
    /// The same, percent of what is idle.
    pub frag_ratio_pct: f64,
    /// CPU in use, percent of the fleet's.
    pub cpu_pct: f64,
    /// Memory in use, percent of the fleet's.
    pub memory_pct: f64,
    /// Pods so far that found no machine.
    pub refused: f64,
}

impl Point {
    /// Applies `f` to each number of this and the other.
    fn zip(self, other: Self, f: impl Fn(f64, f64) -> f64) -> Self {
        Self {
            alloc_pct: f(self.alloc_pct, other.alloc_pct),
            frag_pct: f(self.frag_pct, other.frag_pct),
            frag_ratio_pct: f(self.frag_ratio_pct, other.frag_ratio_pct),
            cpu_pct: f(self.cpu_pct, other.cpu_pct),
            memory_pct: f(self.memory_pct, other.memory_pct),
            refused: f(self.refused, other.refused),
        }
    }
}

/// Means by whole percents arrived; its size does not grow with the events.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    halves: Vec<(u64, Point)>,
}

impl Default for Curve {
    fn default() -> Self {
        Self {
            halves: vec![(0, Point::default()); HALVES],
        }
    }
}

impl Curve {
    /// Notes what was measured when so many percent had arrived.
    pub fn add(&mut self, arrived_pct: f64, point: Point) {
        let half = ((arrived_pct * 2.0) as usize).min(HALVES - 1);
        let (count, sum) = &mut self.halves[half];
        *count += 1;
        *sum = sum.zip(point, |a, b| a + b);
    }

    /// The mean over the events at which the arrived percentage rounds to `percent`, or if there is none, over those
    /// within one percent of it; `None` if there is none either.
    #[must_use]
    pub fn at(&self, percent: usize) -> Option<Point> {
        let middle = 2 * percent;
        self.mean(middle.saturating_sub(1)..=middle)
            .or_else(|| self.mean(middle.saturating_sub(2)..=middle + 1))
    }

    fn mean(&self, halves: std::ops::RangeInclusive<usize>) -> Option<Point> {
        let of = self.halves.get(halves)?;
        let count: u64 = of.iter().map(|(count, _)| count).sum();
        let sum = of
            .iter()
            .fold(Point::default(), |sum, (_, each)| sum.zip(*each, |a, b| a + b));
        (count > 0).then(|| sum.zip(sum, |sum, _| sum / count as f64))
    }
}

#[cfg(test)]
mod tests {
    use super::{Curve, Point};

    #[test]
    fn a_percent_is_the_mean_of_what_rounds_to_it_or_else_of_its_neighbourhood() {
        let mut curve = Curve::default();
        let point = |alloc_pct| Point {
            alloc_pct,
            ..Point::default()
        };
        for (arrived, value) in [(9.5, 1.0), (10.4, 3.0), (10.5, 100.0), (12.9, 7.0), (131.9, 9.0)] {
            curve.add(arrived, point(value));
        }
        let at = |percent| curve.at(percent).map(|point| point.alloc_pct);
        assert_eq!(at(10), Some(2.0));
        assert_eq!(at(11), Some(100.0));
        assert_eq!(at(12), Some(7.0), "nothing rounds to 12, and 12.9 is within one");
        assert_eq!(at(50), None);
        assert_eq!(at(0), None);
    }
}
