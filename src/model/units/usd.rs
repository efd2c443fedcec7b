//! Money: US dollars to the millionth.
//!
//! Knows: how a price is written. Must not know: what is paid for.

use super::decimal::{Decimal, split_number};
use super::error::{UnitError, quoted};
use super::unit::{Unit, unit_traits};
use std::fmt;

/// An amount of US dollars, to the millionth: `0.384` or `$0.384`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Usd(u64);

unit_traits!(
    Usd,
    "usd",
    ["number", "string"],
    "US dollars, to the millionth: a number, or text that starts with `$`.",
    [0.384, "$0.384"]
);

const MICROS: u64 = 1_000_000;

impl Usd {
    /// Free.
    pub const ZERO: Self = Self(0);

    /// `micros` millionths of a dollar.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Millionths of a dollar.
    #[must_use]
    pub const fn micros(self) -> u64 {
        self.0
    }
}

impl Unit for Usd {
    const EXPECTED: &'static str = "US dollars such as `0.384` or `$0.384`";

    fn from_text(text: &str) -> Result<Self, UnitError> {
        let (number, rest) = split_number(text.strip_prefix('$').unwrap_or(text));
        if number.is_empty() || !rest.is_empty() {
            let error = Self::error(format!("{} is not an amount of dollars", quoted(text)));
            return Err(match rest.trim() {
                "USD" | "usd" | "$" if !number.is_empty() => error.suggest(format!("${number}")),
                _ => error,
            });
        }
        if number.starts_with('-') {
            return Err(Self::error(format!("{} is negative", quoted(text))));
        }
        let too_large = || Self::error(format!("{} is too large", quoted(text)));
        let micros = Decimal::parse(number)
            .and_then(|n| n.times(MICROS.into()))
            .ok_or_else(too_large)?;
        if !micros.exact {
            return Err(Self::error(format!(
                "{} is finer than a millionth of a dollar",
                quoted(text)
            )));
        }
        u64::try_from(micros.floor).map(Self).map_err(|_| too_large())
    }
}

impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "${}", self.0 / MICROS)?;
        if self.0.is_multiple_of(MICROS) {
            return Ok(());
        }
        let fraction = format!("{:06}", self.0 % MICROS);
        write!(f, ".{}", fraction.trim_end_matches('0'))
    }
}
