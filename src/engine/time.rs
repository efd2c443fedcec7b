//! Simulated time: whole nanoseconds since the start of a run, and spans between two such instants.
//!
//! Integers, because equal times must compare equal on every machine and adding spans must not lose a nanosecond
//! after a simulated year. A `u64` of nanoseconds spans 584 years.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

const NANOS_PER_SEC: f64 = 1e9;

/// An instant: nanoseconds since the start of the run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(u64);

/// A length of time in nanoseconds, never negative.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(u64);

impl Time {
    /// The start of the run.
    pub const ZERO: Self = Self(0);
    /// Later than everything that happens; stands for "never".
    pub const NEVER: Self = Self(u64::MAX);

    /// The instant `nanos` nanoseconds after the start.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// The instant `secs` seconds after the start, rounded to the nearest nanosecond; negative and NaN give zero,
    /// too large gives [`Time::NEVER`].
    #[must_use]
    pub fn from_secs_f64(secs: f64) -> Self {
        Self(nanos_from_secs(secs))
    }

    /// Nanoseconds since the start.
    #[must_use]
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// Seconds since the start.
    #[must_use]
    pub fn secs_f64(self) -> f64 {
        self.0 as f64 / NANOS_PER_SEC
    }

    /// The span from `earlier` to `self`, zero if `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// The longest span; stands for "without end".
    pub const MAX: Self = Self(u64::MAX);

    /// A span of `nanos` nanoseconds.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// A span of whole `secs` seconds, saturating.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs.saturating_mul(1_000_000_000))
    }

    /// A span of `secs` seconds, rounded to the nearest nanosecond; negative and NaN give zero, too large saturates.
    #[must_use]
    pub fn from_secs_f64(secs: f64) -> Self {
        Self(nanos_from_secs(secs))
    }

    /// Nanoseconds.
    #[must_use]
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// Seconds.
    #[must_use]
    pub fn secs_f64(self) -> f64 {
        self.0 as f64 / NANOS_PER_SEC
    }

    /// Hours.
    #[must_use]
    pub fn hours_f64(self) -> f64 {
        self.secs_f64() / 3600.0
    }

    /// Whether the span is empty.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The span `factor` times as long, rounded, saturating; a negative or NaN factor gives zero.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        Self((self.0 as f64 * factor).round() as u64)
    }
}

/// Rounds seconds to nanoseconds. `as` saturates and maps NaN to zero, which is what the callers promise.
fn nanos_from_secs(secs: f64) -> u64 {
    (secs * NANOS_PER_SEC).round() as u64
}

impl Add<Span> for Time {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl AddAssign<Span> for Time {
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}

impl Add for Span {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Span {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Span {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for Span {
    /// The users' notation, the two largest units: `250ms`, `1m30s`, `2h`, `3d4h`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 7] = [
            (86_400_000_000_000, "d"),
            (3_600_000_000_000, "h"),
            (60_000_000_000, "m"),
            (1_000_000_000, "s"),
            (1_000_000, "ms"),
            (1_000, "us"),
            (1, "ns"),
        ];
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let first = UNITS
            .iter()
            .position(|&(size, _)| self.0 >= size)
            .unwrap_or(UNITS.len() - 1);
        let (size, unit) = UNITS[first];
        write!(f, "{}{unit}", self.0 / size)?;
        match UNITS.get(first + 1) {
            Some(&(next, name)) if !(self.0 % size / next == 0 || first > 3) => {
                write!(f, "{}{name}", self.0 % size / next)
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Span(self.0).fmt(f)
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "t+{}ns", self.0)
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}ns", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Span, Time};

    #[test]
    fn conversions_saturate_instead_of_wrapping() {
        assert_eq!(Span::from_secs_f64(-1.0), Span::ZERO);
        assert_eq!(Span::from_secs_f64(f64::NAN), Span::ZERO);
        assert_eq!(Time::from_secs_f64(f64::INFINITY), Time::NEVER);
        assert_eq!(Time::NEVER + Span::from_secs(1), Time::NEVER);
    }

    #[test]
    fn spans_print_in_the_users_notation() {
        for (span, text) in [
            (Span::ZERO, "0s"),
            (Span::from_secs_f64(0.25), "250ms"),
            (Span::from_secs(90), "1m30s"),
            (Span::from_secs(7200), "2h"),
            (Span::from_secs(273_600), "3d4h"),
        ] {
            assert_eq!(span.to_string(), text);
        }
    }
}
