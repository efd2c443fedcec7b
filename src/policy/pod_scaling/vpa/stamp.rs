//! When a sample was taken, by the calendar: whole nanoseconds, and multiples of a span since year 1.
//!
//! Knows: Go's `time.Time.Round`, which counts from January 1 of year 1. Must not know: when a run starts.

use crate::engine::{Span, Time};

/// Seconds from 0001-01-01 to 1970-01-01, in Go's calendar.
const YEAR_1_TO_1970_SECS: i128 = 62_135_596_800;

/// An instant of the calendar: nanoseconds since 1970-01-01T00:00:00Z, as Go's `UnixNano`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp(i64);

impl Stamp {
    /// The instant `nanos` nanoseconds after 1970.
    #[must_use]
    pub const fn from_unix_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// The instant `secs` seconds after 1970, saturating.
    #[must_use]
    pub const fn from_unix_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1_000_000_000))
    }

    /// The instant `time` after a run's start at the civil time `start`, taken as UTC.
    #[must_use]
    pub fn of(start: jiff::civil::DateTime, time: Time) -> Self {
        let since_1970 = start.duration_since(jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0));
        let nanos = since_1970.as_nanos() + i128::from(time.nanos());
        Self(i64::try_from(nanos).unwrap_or(i64::MAX))
    }

    /// Whole seconds since 1970.
    #[must_use]
    pub const fn unix_secs(self) -> i64 {
        self.0.div_euclid(1_000_000_000)
    }

    /// Nanoseconds from `earlier` to `self`, negative if `earlier` is later; saturating, as Go's `Sub`.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// `span` later.
    #[must_use]
    pub fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(nanos(span)))
    }

    /// `span` earlier.
    #[must_use]
    pub fn minus(self, span: Span) -> Self {
        Self(self.0.saturating_sub(nanos(span)))
    }

    /// The nearest multiple of `step` since year 1; the later of two as near. Itself if the step is zero.
    #[must_use]
    pub fn rounded(self, step: Span) -> Self {
        if step.is_zero() {
            return self;
        }
        let (now, step) = (i128::from(self.0), i128::from(step.nanos()));
        let over = (now + YEAR_1_TO_1970_SECS * 1_000_000_000).rem_euclid(step);
        let rounded = if over + over < step {
            now - over
        } else {
            now + step - over
        };
        Self(i64::try_from(rounded).unwrap_or(self.0))
    }
}

fn nanos(span: Span) -> i64 {
    i64::try_from(span.nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::Stamp;
    use crate::engine::{Span, Time};

    #[test]
    fn steps_are_counted_from_year_1_and_halves_go_up() {
        let noon = Stamp::from_unix_secs(43_200);
        assert_eq!(noon.rounded(Span::from_secs(86_400)).unix_secs(), 86_400);
        let before = Stamp::from_unix_secs(43_199);
        assert_eq!(before.rounded(Span::from_secs(86_400)).unix_secs(), 0);
        // Year 1 began on a Monday and 1970 on a Thursday, so that weeks do not start at 1970.
        let week = Span::from_secs(7 * 86_400);
        assert_eq!(Stamp::from_unix_secs(0).rounded(week).unix_secs(), -3 * 86_400);
    }

    #[test]
    fn a_run_starts_at_its_civil_time() {
        let start = jiff::civil::date(2026, 3, 2).at(8, 0, 0, 0);
        let stamp = Stamp::of(start, Time::from_secs_f64(1.0));
        assert_eq!(stamp.unix_secs(), 1_772_438_401);
    }
}
