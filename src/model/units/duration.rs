//! Lengths of time: `90s`, `1h30m`, `250ms`.
//!
//! Knows: the notation of Go and Kubernetes, with days. Must not know: instants, or what the time is spent on.

use super::decimal::{Decimal, split_number};
use super::error::{UnitError, quoted};
use super::unit::{Unit, unit_traits};
use crate::engine::Span;
use std::fmt;

/// A length of time, to the nanosecond: `90s`, `1h30m`, `250ms`, `10us`, `2d`, `0`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Duration(Span);

unit_traits!(
    Duration,
    "duration",
    ["string", "number"],
    "A length of time: whole or decimal numbers with units d, h, m, s, ms, us, ns, largest first. A bare `0` is allowed.",
    ["90s", "1h30m", "250ms", "2d"]
);

/// Units from large to small, in nanoseconds.
const UNITS: [(&str, u64); 7] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

impl Duration {
    /// No time at all.
    pub const ZERO: Self = Self(Span::ZERO);

    /// The length of `span`.
    #[must_use]
    pub const fn new(span: Span) -> Self {
        Self(span)
    }

    /// `secs` whole seconds, saturating.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(Span::from_secs(secs))
    }

    /// `millis` whole milliseconds, saturating.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(Span::from_nanos(millis.saturating_mul(1_000_000)))
    }

    /// The length as the engine counts it.
    #[must_use]
    pub const fn span(self) -> Span {
        self.0
    }
}

impl From<Span> for Duration {
    fn from(span: Span) -> Self {
        Self(span)
    }
}

impl From<Duration> for Span {
    fn from(duration: Duration) -> Self {
        duration.0
    }
}

impl Unit for Duration {
    const EXPECTED: &'static str = "a duration such as `90s`, `1h30m` or `250ms`";

    fn from_text(text: &str) -> Result<Self, UnitError> {
        if text.starts_with('-') {
            return Err(Self::error(format!("{} is negative", quoted(text))));
        }
        let (number, rest) = split_number(text);
        if rest.is_empty() && !number.is_empty() && Decimal::parse(number).is_some_and(Decimal::is_zero) {
            return Ok(Self::ZERO);
        }
        let mut rest = text;
        let mut nanos: u64 = 0;
        let mut largest = 0;
        loop {
            let (number, spaced) = split_number(rest);
            let tail = spaced.trim_start();
            let end = tail.find(|c: char| !c.is_alphabetic()).unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(end);
            if number.is_empty() {
                return Err(not_a_duration(text));
            }
            if unit.is_empty() {
                let error = Self::error(format!("{} has no unit", quoted(text)));
                return Err(if number == text {
                    error.suggest(format!("{text}s"))
                } else {
                    error
                });
            }
            let unit = if matches!(unit, "µs" | "μs") { "us" } else { unit };
            let Some(index) = UNITS.iter().position(|&(name, _)| name == unit) else {
                return Err(unknown_unit(text, number, unit, tail));
            };
            if spaced.starts_with(char::is_whitespace) {
                return Err(not_a_duration(text));
            }
            if index < largest {
                return Err(Self::error(format!(
                    "the units of {} are out of order",
                    quoted(text)
                )));
            }
            largest = index + 1;
            nanos = Decimal::parse(number)
                .and_then(|n| n.times(UNITS[index].1.into()))
                .map(|n| n.exact.then_some(n.floor).ok_or_else(|| too_fine(text)))
                .transpose()?
                .and_then(|n| u64::try_from(n).ok())
                .and_then(|n| nanos.checked_add(n))
                .ok_or_else(|| Self::error(format!("{} is longer than 584 years", quoted(text))))?;
            if tail.is_empty() {
                return Ok(Self(Span::from_nanos(nanos)));
            }
            rest = tail;
        }
    }
}

fn too_fine(text: &str) -> UnitError {
    Duration::error(format!("{} is finer than a nanosecond", quoted(text)))
}

fn not_a_duration(text: &str) -> UnitError {
    let error = Duration::error(format!("{} is not a duration", quoted(text)));
    let dense: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if dense != text && Duration::from_text(&dense).is_ok() {
        return error.suggest(dense);
    }
    error
}

/// An error about `unit`, suggesting the unit that was probably meant when the rest of the text is sound.
fn unknown_unit(text: &str, number: &str, unit: &str, tail: &str) -> UnitError {
    let error = Duration::error(format!("{} has the unknown unit {}", quoted(text), quoted(unit)));
    let meant = match unit.to_ascii_lowercase().as_str() {
        "s" | "sec" | "secs" | "second" | "seconds" => "s",
        "m" | "min" | "mins" | "minute" | "minutes" => "m",
        "h" | "hr" | "hrs" | "hour" | "hours" => "h",
        "d" | "day" | "days" => "d",
        "ms" | "msec" | "millis" | "millisecond" | "milliseconds" => "ms",
        "us" | "usec" | "micros" | "microsecond" | "microseconds" => "us",
        "ns" | "nsec" | "nanos" | "nanosecond" | "nanoseconds" => "ns",
        _ => return error,
    };
    if tail.is_empty() && text.starts_with(number) {
        return error.suggest(format!("{number}{meant}"));
    }
    error
}

impl fmt::Display for Duration {
    /// Exact: every unit that is not zero.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left = self.0.nanos();
        if left == 0 {
            return f.write_str("0s");
        }
        for (name, size) in UNITS {
            if left >= size {
                write!(f, "{}{name}", left / size)?;
                left %= size;
            }
        }
        Ok(())
    }
}
