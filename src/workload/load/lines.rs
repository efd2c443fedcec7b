//! Rates made of straight pieces: ramps, spikes, steps and the shape of a week.
//!
//! Knows: a list of straight pieces, its value, bounds and exact integral. Must not know: how arrivals are drawn.

use std::sync::Arc;

use crate::engine::{Span, Time};

/// One straight piece: from `at` (ns) on the rate is `rate + slope · (t − at)`, until the next piece begins.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Piece {
    at: u64,
    /// Requests per second at `at`.
    rate: f64,
    /// Requests per second, per second.
    slope: f64,
}

/// A rate made of straight pieces, constant after the last point. Cloning is cheap.
#[derive(Clone, Debug, PartialEq)]
pub struct Lines(Arc<[Piece]>);

/// Hour-of-day factors of an office-hours service, at 00:00, 01:00 … 23:00. A chosen shape, not a measured one: two
/// humps around lunch, and a night at about 7 % of the peak.
pub const OFFICE_HOURS: [f64; 24] = [
    0.18, 0.15, 0.13, 0.12, 0.13, 0.18, 0.32, 0.70, 1.20, 1.62, 1.75, 1.72, 1.55, 1.60, 1.74, 1.70, 1.58,
    1.35, 1.05, 0.85, 0.70, 0.55, 0.40, 0.27,
];

/// Weekday factors of an office-hours service, Monday first. A chosen shape, not a measured one.
pub const OFFICE_DAYS: [f64; 7] = [1.20, 1.25, 1.25, 1.20, 1.10, 0.50, 0.50];

const HOUR: Span = Span::from_secs(3600);

impl Lines {
    /// Straight lines through `points` (time, requests per second), constant before the first and after the last.
    /// Two points at one time make a jump. Points are taken in time order; no points is a rate of zero.
    #[must_use]
    pub fn through(points: &[(Time, f64)]) -> Self {
        let mut points = points.to_vec();
        points.sort_by_key(|point| point.0);
        let mut pieces = vec![Piece {
            at: 0,
            rate: points.first().map_or(0.0, |point| point.1),
            slope: 0.0,
        }];
        for (index, &(at, rate)) in points.iter().enumerate() {
            let slope = match points.get(index + 1) {
                Some(&(next, to)) if next > at => (to - rate) / next.since(at).secs_f64(),
                _ => 0.0,
            };
            let piece = Piece {
                at: at.nanos(),
                rate,
                slope,
            };
            match pieces.last_mut() {
                Some(last) if last.at == piece.at => *last = piece,
                _ => pieces.push(piece),
            }
        }
        Self(pieces.into())
    }

    /// Constant between `steps` (time, requests per second from then on); before the first, the first one's rate.
    #[must_use]
    pub fn steps(steps: &[(Time, f64)]) -> Self {
        let mut points = Vec::with_capacity(2 * steps.len());
        let mut before = None;
        for &(at, rate) in steps {
            points.extend(before.map(|old| (at, old)));
            points.push((at, rate));
            before = Some(rate);
        }
        Self::through(&points)
    }

    /// One week from Monday 00:00: `hours` (values on the hour, straight lines between) times `days` (Monday first;
    /// the hour from 23:00 leads over to the next day), normalised to a mean of `mean` requests per second.
    #[must_use]
    pub fn week(mean: f64, hours: &[f64; 24], days: &[f64; 7]) -> Self {
        let knots: Vec<f64> = days
            .iter()
            .flat_map(|day| hours.iter().map(move |hour| day * hour))
            .collect();
        // Trapezoids over a closed curve: the mean is the mean of the knots.
        let sum: f64 = knots.iter().sum();
        let factor = if sum > 0.0 {
            mean * knots.len() as f64 / sum
        } else {
            0.0
        };
        let mut points = Vec::with_capacity(knots.len() + 1);
        let mut at = Time::ZERO;
        for knot in knots.iter().chain(knots.first()) {
            points.push((at, knot * factor));
            at += HOUR;
        }
        Self::through(&points)
    }

    /// Requests per second at `at`.
    #[must_use]
    pub fn rate_at(&self, at: Time) -> f64 {
        let piece = self.0[self.index(at.nanos())];
        (piece.rate + piece.slope * at.since(Time::from_nanos(piece.at)).secs_f64()).max(0.0)
    }

    /// The least and the greatest rate in [from, until].
    #[must_use]
    pub fn bounds(&self, from: Time, until: Time) -> (f64, f64) {
        let (mut low, mut high) = (f64::INFINITY, 0f64);
        for (rate, slope, length) in self.overlapping(from, until) {
            let end = rate + slope * length;
            low = low.min(rate).min(end);
            high = high.max(rate).max(end);
        }
        (low.clamp(0.0, high), high)
    }

    /// The integral of rate(t) · e^(k(t − from)) over [from, until), exact.
    pub(super) fn area(&self, from: Time, until: Time, k: f64) -> f64 {
        let mut at = 0.0;
        let mut area = 0.0;
        for (rate, slope, length) in self.overlapping(from, until) {
            let (flat, rising) = exponential_areas(k, length);
            area += (k * at).exp() * (rate * flat + slope * rising);
            at += length;
        }
        area
    }

    /// The rate at the beginning of every piece.
    pub(super) fn rates(&self) -> impl Iterator<Item = f64> {
        self.0.iter().map(|piece| piece.rate)
    }

    fn index(&self, nanos: u64) -> usize {
        self.0
            .partition_point(|piece| piece.at <= nanos)
            .saturating_sub(1)
    }

    /// The parts of pieces in [from, until]: rate at the part's start, slope, length in seconds.
    fn overlapping(&self, from: Time, until: Time) -> impl Iterator<Item = (f64, f64, f64)> {
        let (first, from, until) = (
            self.index(from.nanos()),
            from.nanos(),
            until.nanos().max(from.nanos()),
        );
        (first..self.0.len()).map_while(move |index| {
            let piece = self.0[index];
            if piece.at > until {
                return None;
            }
            let start = piece.at.max(from);
            let end = self
                .0
                .get(index + 1)
                .map_or(until, |next| next.at.min(until))
                .max(start);
            let rate = piece.rate + piece.slope * Span::from_nanos(start - piece.at).secs_f64();
            Some((rate, piece.slope, Span::from_nanos(end - start).secs_f64()))
        })
    }
}

/// ∫₀ᴸ e^(kx) dx and ∫₀ᴸ x·e^(kx) dx, without cancellation for small kL.
pub(super) fn exponential_areas(k: f64, length: f64) -> (f64, f64) {
    let x = k * length;
    let flat = if x.abs() > 0.0 { x.exp_m1() / k } else { length };
    if x.abs() < 1e-2 {
        let series = 0.5 + x * (1.0 / 3.0 + x * (1.0 / 8.0 + x * (1.0 / 30.0 + x / 144.0)));
        return (flat, length * length * series);
    }
    (flat, (length * x.exp() - flat) / k)
}

#[cfg(test)]
mod tests {
    use super::{Lines, OFFICE_DAYS, OFFICE_HOURS, exponential_areas};
    use crate::engine::Time;

    fn secs(secs: f64) -> Time {
        Time::from_secs_f64(secs)
    }

    #[test]
    fn a_jump_takes_the_new_rate_at_its_instant() {
        let steps = Lines::steps(&[(secs(0.0), 5.0), (secs(10.0), 20.0)]);
        assert!((steps.rate_at(secs(9.999)) - 5.0).abs() < 1e-12);
        assert!((steps.rate_at(secs(10.0)) - 20.0).abs() < 1e-12);
        assert!((steps.area(secs(5.0), secs(15.0), 0.0) - 125.0).abs() < 1e-9);
        assert_eq!(steps.bounds(secs(0.0), secs(12.0)), (5.0, 20.0));
        assert_eq!(steps.bounds(secs(0.0), secs(9.0)), (5.0, 5.0));
    }

    #[test]
    fn a_week_has_the_mean_it_was_asked_for() {
        let week = Lines::week(40.0, &OFFICE_HOURS, &OFFICE_DAYS);
        let area = week.area(Time::ZERO, secs(7.0 * 86_400.0), 0.0);
        assert!((area / (7.0 * 86_400.0) - 40.0).abs() < 1e-9);
    }

    #[test]
    fn the_series_for_short_pieces_meets_the_closed_form() {
        let (below, above) = (exponential_areas(0.00999, 1.0), exponential_areas(0.01001, 1.0));
        assert!((below.0 - above.0).abs() < 3e-5 && (below.1 - above.1).abs() < 3e-5);
        let exact = (0.00999f64.exp() - below.0) / 0.00999;
        assert!((below.1 - exact).abs() < 1e-11);
    }
}
