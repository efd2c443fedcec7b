//! Kubernetes quantities of anything: metrics and their targets.
//!
//! Knows: that the controllers count metrics in thousandths. Must not know: what is measured.

use super::error::UnitError;
use super::quantity::{explain, fitted, thousandths};
use super::unit::{Unit, unit_traits};
use std::fmt;

/// An amount of whatever a metric counts, in thousandths: `100`, `1500m`, `2Gi`. Finer values round up, as
/// `Quantity.MilliValue` does (apimachinery, `pkg/api/resource/quantity.go`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct MetricQuantity(u64);

unit_traits!(
    MetricQuantity,
    "quantity",
    ["string", "number"],
    "A Kubernetes quantity of whatever is measured: `100`, `1500m`, `2Gi`.",
    ["100", "1500m", 30]
);

impl MetricQuantity {
    /// `millis` thousandths.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Thousandths.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.0
    }
}

impl Unit for MetricQuantity {
    const EXPECTED: &'static str = "a quantity such as `100`, `1500m` or `2Gi`";

    fn from_text(text: &str) -> Result<Self, UnitError> {
        let value = thousandths(text).map_err(|trouble| explain::<Self>(text, trouble))?;
        // Controllers hold thousandths in 64 bits with a sign.
        let millis = fitted::<Self>(text, value.ceil())?;
        match i64::try_from(millis) {
            Ok(_) => Ok(Self(millis)),
            Err(_) => fitted::<Self>(text, u128::MAX).map(Self),
        }
    }
}

impl fmt::Display for MetricQuantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_multiple_of(1000) {
            write!(f, "{}", self.0 / 1000)
        } else {
            write!(f, "{}m", self.0)
        }
    }
}
