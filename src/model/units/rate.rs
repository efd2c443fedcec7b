//! Things per time: `900/s`, `10/min`, `100M/s`.
//!
//! Knows: counts and bytes over a unit of time. Must not know: what arrives or flows.

use super::decimal::{shifted, split_number};
use super::error::{UnitError, quoted};
use super::quantity::{ByteQuantity, meant_suffix};
use super::unit::{Unit, unit_traits};
use std::fmt;

/// Things per second: `900/s`, `10/min`, `5/h`, `1.5k/s`.
#[derive(Clone, Copy, PartialEq, PartialOrd, Default, Debug)]
pub struct Rate(f64);

/// Bytes per second: `100M/s`, `1Gi/s`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct ByteRate(u64);

unit_traits!(
    Rate,
    "rate",
    ["string"],
    "A rate: a number, optionally with k, M or G (thousands), over s, min, h or d.",
    ["900/s", "10/min", "1.5k/s"]
);
unit_traits!(
    ByteRate,
    "byte-rate",
    ["string"],
    "Bytes per second: a Kubernetes quantity over s.",
    ["100M/s", "1Gi/s"]
);

/// Rates above this are taken for a slip.
const RATE_MAX: f64 = 1e15;

impl Rate {
    /// Never.
    pub const ZERO: Self = Self(0.0);

    /// `value` a second; nothing if it is negative, not a number or absurdly large.
    #[must_use]
    pub fn from_per_second(value: f64) -> Option<Self> {
        (0.0..=RATE_MAX).contains(&value).then_some(Self(value))
    }

    /// How many a second.
    #[must_use]
    pub const fn per_second(self) -> f64 {
        self.0
    }
}

impl Unit for Rate {
    const EXPECTED: &'static str = "a rate such as `900/s`, `10/min` or `1.5k/s`";

    fn from_text(text: &str) -> Result<Self, UnitError> {
        let (number, rest) = split_number(text);
        if number.is_empty() {
            return Err(Self::error(format!("{} is not a rate", quoted(text))));
        }
        if number.starts_with('-') {
            return Err(Self::error(format!("{} is negative", quoted(text))));
        }
        let (scale, over) = rest.split_once('/').unwrap_or((rest, ""));
        let power = match scale {
            "" => 0,
            "k" => 3,
            "M" => 6,
            "G" => 9,
            _ => return Err(odd_rate(text, number, scale)),
        };
        let secs = match over {
            "s" => 1.0,
            "min" => 60.0,
            "h" => 3600.0,
            "d" => 86_400.0,
            _ => return Err(odd_rate(text, number, over)),
        };
        let value = number
            .parse::<f64>()
            .ok()
            .map(|value| value * 10f64.powi(power) / secs);
        let value = value.and_then(Self::from_per_second);
        value.ok_or_else(|| Self::error(format!("{} is too large", quoted(text))))
    }
}

/// The error about a rate whose `unit` is missing or unknown.
fn odd_rate(text: &str, number: &str, unit: &str) -> UnitError {
    let error = match unit {
        "" => Rate::error(format!("{} has no unit of time", quoted(text))),
        unit => Rate::error(format!("{} has the unknown unit {}", quoted(text), quoted(unit))),
    };
    match unit {
        "" if number == text => error.suggest(format!("{number}/s")),
        "rps" | "qps" | "tps" | "Hz" | "sec" | "second" | "S" | "req" => error.suggest(format!("{number}/s")),
        "m" | "minute" | "rpm" => error.suggest(format!("{number}/min")),
        "hour" | "hr" | "H" => error.suggest(format!("{number}/h")),
        "day" => error.suggest(format!("{number}/d")),
        _ => error,
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/s", shifted(self.0, 0))
    }
}

impl ByteRate {
    /// Nothing flows.
    pub const ZERO: Self = Self(0);

    /// `bytes` a second.
    #[must_use]
    pub const fn from_bytes_per_second(bytes: u64) -> Self {
        Self(bytes)
    }

    /// Bytes a second.
    #[must_use]
    pub const fn bytes_per_second(self) -> u64 {
        self.0
    }
}

impl Unit for ByteRate {
    const EXPECTED: &'static str = "bytes per second such as `100M/s` or `1Gi/s`";

    fn from_text(text: &str) -> Result<Self, UnitError> {
        let Some(quantity) = text.strip_suffix("/s") else {
            return Err(odd_byte_rate(text));
        };
        match ByteQuantity::from_text(quantity) {
            Ok(bytes) => Ok(Self(bytes.bytes())),
            Err(error) if is_bits(quantity) => Err(odd_byte_rate(text).also(error)),
            Err(error) => Err(UnitError {
                problem: error.problem,
                expected: Self::EXPECTED,
                suggestion: error.suggestion.map(|text| format!("{text}/s")),
            }),
        }
    }
}

impl UnitError {
    /// This error, or `other`'s suggestion when it has none itself.
    fn also(mut self, other: Self) -> Self {
        self.suggestion = self.suggestion.or(other.suggestion);
        self
    }
}

/// Whether `text` counts bits.
fn is_bits(text: &str) -> bool {
    text.ends_with("bit") || text.ends_with("bits")
}

/// The error about a byte rate that is not "quantity/s"; bits are converted.
fn odd_byte_rate(text: &str) -> UnitError {
    let (number, unit) = split_number(text);
    let bits = unit.strip_suffix("bps").or_else(|| {
        let unit = unit.strip_suffix("/s").unwrap_or(unit);
        unit.strip_suffix("bits").or(unit.strip_suffix("bit"))
    });
    if let (Some(prefix), Ok(value)) = (bits, number.parse::<f64>()) {
        let error = ByteRate::error(format!("{} counts bits", quoted(text)));
        let eighth = shifted((value / 8.0).abs(), 0);
        return match meant_suffix(prefix).or(prefix.is_empty().then_some("")) {
            Some(suffix) => error.suggest(format!("{eighth}{suffix}/s")),
            None => error,
        };
    }
    let error = ByteRate::error(format!("{} has no `/s`", quoted(text)));
    match ByteQuantity::from_text(text.strip_suffix("ps").unwrap_or(text)) {
        Ok(bytes) => error.suggest(format!("{bytes}/s")),
        Err(inner) => match inner.suggestion {
            Some(meant) => error.suggest(format!("{meant}/s")),
            None => error,
        },
    }
}

impl fmt::Display for ByteRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/s", ByteQuantity::new(self.0))
    }
}
