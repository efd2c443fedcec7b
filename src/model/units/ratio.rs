//! Parts of a whole: `70%`, `99.9%`, `0.7`.
//!
//! Knows: that above one a percent sign is needed, so that `70` cannot mean seven thousand percent. Must not know: what
//! the whole is.

use super::decimal::{shifted, split_number};
use super::error::{UnitError, quoted};
use super::unit::{Unit, unit_traits};
use std::fmt;

/// A ratio of at least nothing: `70%`, `150%`, `0.7`.
#[derive(Clone, Copy, PartialEq, PartialOrd, Default, Debug)]
pub struct Ratio(f64);

/// A part of a whole, from nothing to all: `99.9%`, `0.7`.
#[derive(Clone, Copy, PartialEq, PartialOrd, Default, Debug)]
pub struct Share(f64);

unit_traits!(
    Ratio,
    "ratio",
    ["string", "number"],
    "A ratio: a percentage, or a number from 0 to 1. Above 1 the percent sign is needed: `150%`.",
    ["70%", "150%", 0.7]
);
unit_traits!(
    Share,
    "share",
    ["string", "number"],
    "A part of a whole: a percentage from 0% to 100%, or a number from 0 to 1.",
    ["99.9%", "70%", 0.7]
);

/// Ratios above this are taken for a slip.
const RATIO_MAX: f64 = 1e6;

/// Reads a percentage or a plain number, which must not exceed one.
fn parse<U: Unit>(text: &str) -> Result<f64, UnitError> {
    let (number, rest) = split_number(text);
    if number.is_empty() {
        return Err(U::error(format!("{} is not a ratio", quoted(text))));
    }
    if number.starts_with('-') {
        return Err(U::error(format!("{} is negative", quoted(text))));
    }
    let value = match rest {
        "" => number.parse::<f64>(),
        // Moving the point in the text keeps `70%` and `0.7` the same number.
        "%" | " %" => percent(number).parse::<f64>(),
        "percent" | " percent" | "pct" => {
            return Err(U::error(format!("{} is not a ratio", quoted(text))).suggest(format!("{number}%")));
        }
        _ => {
            return Err(U::error(format!(
                "{} has the unknown unit {}",
                quoted(text),
                quoted(rest)
            )));
        }
    };
    let value = value.ok().filter(|value| *value <= RATIO_MAX);
    let value = value.ok_or_else(|| U::error(format!("{} is too large", quoted(text))))?;
    if rest.is_empty() && value > 1.0 {
        let meant = if value < 2.0 {
            shifted(value, 2)
        } else {
            shifted(value, 0)
        };
        let problem = format!("{} is more than the whole", quoted(text));
        return Err(U::error(problem).suggest(format!("{meant}%")));
    }
    Ok(value)
}

/// `number` divided by a hundred, as text that parses to the nearest binary fraction.
fn percent(number: &str) -> String {
    match number.find(['e', 'E']) {
        Some(at) => {
            let exponent = number[at + 1..]
                .parse::<i32>()
                .unwrap_or(i32::MAX)
                .saturating_sub(2);
            format!("{}e{exponent}", &number[..at])
        }
        None => format!("{number}e-2"),
    }
}

impl Ratio {
    /// Nothing.
    pub const ZERO: Self = Self(0.0);
    /// The whole.
    pub const ONE: Self = Self(1.0);

    /// The ratio `value`; nothing if it is negative, not a number or absurdly large.
    #[must_use]
    pub fn new(value: f64) -> Option<Self> {
        (0.0..=RATIO_MAX).contains(&value).then_some(Self(value))
    }

    /// `percent` hundredths.
    #[must_use]
    pub const fn from_percent(percent: u16) -> Self {
        Self(percent as f64 / 100.0)
    }

    /// The ratio as a number; one is the whole.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl Unit for Ratio {
    const EXPECTED: &'static str = "a ratio such as `70%` or `0.7`";

    fn from_text(text: &str) -> Result<Self, UnitError> {
        parse::<Self>(text).map(Self)
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", shifted(self.0, 2))
    }
}

impl Share {
    /// Nothing.
    pub const ZERO: Self = Self(0.0);
    /// All.
    pub const ONE: Self = Self(1.0);

    /// The share `value`; nothing unless it is from 0 to 1.
    #[must_use]
    pub fn new(value: f64) -> Option<Self> {
        (0.0..=1.0).contains(&value).then_some(Self(value))
    }

    /// `percent` hundredths, at most all.
    #[must_use]
    pub const fn from_percent(percent: u8) -> Self {
        let percent = if percent > 100 { 100 } else { percent };
        Self(percent as f64 / 100.0)
    }

    /// The share as a number from 0 to 1.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl Unit for Share {
    const EXPECTED: &'static str = "a share from 0% to 100% such as `70%` or `0.7`";

    fn from_text(text: &str) -> Result<Self, UnitError> {
        let value = parse::<Self>(text)?;
        if value > 1.0 {
            return Err(Self::error(format!("{} is more than the whole", quoted(text))));
        }
        Ok(Self(value))
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", shifted(self.0, 2))
    }
}
