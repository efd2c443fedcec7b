//! Instants of the calendar, in UTC: `2026-03-02T08:00:00Z`.
//!
//! Knows: RFC 3339. Must not know: the simulated clock, or what time it is.

use super::error::{UnitError, quoted};
use super::unit::{Unit, unit_traits};
use std::fmt;

/// An instant of the calendar, to the second.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Timestamp(jiff::Timestamp);

unit_traits!(
    Timestamp,
    "timestamp",
    ["string"],
    "An instant of the calendar to the second, in UTC (`Z`) or with an offset from it.",
    ["2026-03-02T08:00:00Z", "2026-03-02T09:00:00+01:00"]
);

impl Timestamp {
    /// The instant `secs` seconds after 1970-01-01T00:00:00Z; nothing outside the years -9999 to 9999.
    #[must_use]
    pub fn from_unix_secs(secs: i64) -> Option<Self> {
        jiff::Timestamp::from_second(secs).ok().map(Self)
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn unix_secs(self) -> i64 {
        self.0.as_second()
    }

    /// The instant as the calendar library holds it.
    #[must_use]
    pub const fn instant(self) -> jiff::Timestamp {
        self.0
    }
}

impl Unit for Timestamp {
    const EXPECTED: &'static str = "an instant such as `2026-03-02T08:00:00Z`";

    fn from_text(text: &str) -> Result<Self, UnitError> {
        let Ok(instant) = text.parse::<jiff::Timestamp>() else {
            let error = Self::error(format!("{} is not an instant", quoted(text)));
            let mut meant = ["Z", "T00:00:00Z"].iter().map(|tail| format!("{text}{tail}"));
            return Err(
                match meant.find_map(|text| text.parse::<jiff::Timestamp>().ok()) {
                    Some(meant) => error.suggest(meant.to_string()),
                    None => error,
                },
            );
        };
        if instant.subsec_nanosecond() != 0 {
            return Err(Self::error(format!("{} is finer than a second", quoted(text))));
        }
        Ok(Self(instant))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
