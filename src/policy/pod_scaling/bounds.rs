//! The bounds every pod scaler keeps to.

use crate::model::units::Duration;
use crate::policy::reason::{Reason, ReasonKind, Value};

/// Fewest and most replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Fewest.
    pub min: u32,
    /// Most.
    pub max: u32,
}

static AT_MAX: ReasonKind = ReasonKind {
    code: "at_max",
    sentence: "{wanted} wanted, limited to max {max}",
};
static AT_MIN: ReasonKind = ReasonKind {
    code: "at_min",
    sentence: "{wanted} wanted, raised to min {min}",
};

impl Bounds {
    /// `wanted` within the bounds, and the reason if a bound decided.
    #[must_use]
    pub fn apply(self, wanted: u32, reason: Reason) -> (u32, Reason) {
        let count = |value: u32| Value::Count(value.into());
        if wanted > self.max {
            (
                self.max,
                Reason::new(&AT_MAX)
                    .with("wanted", count(wanted))
                    .with("max", count(self.max)),
            )
        } else if wanted < self.min {
            (
                self.min,
                Reason::new(&AT_MIN)
                    .with("wanted", count(wanted))
                    .with("min", count(self.min)),
            )
        } else {
            (wanted, reason)
        }
    }

    /// Whether fewest is not above most.
    ///
    /// # Errors
    /// A sentence for the user.
    pub fn check(self) -> Result<(), String> {
        if self.min > self.max {
            return Err(format!("min {} is above max {}", self.min, self.max));
        }
        Ok(())
    }
}

/// Whether a periodic policy's period lets time pass.
///
/// # Errors
/// A sentence for the user.
pub(super) fn check_period(every: Duration) -> Result<(), String> {
    if every.span().is_zero() {
        return Err(
            "`every` must be longer than 0s: the policy would look for ever at one instant".to_owned(),
        );
    }
    Ok(())
}
