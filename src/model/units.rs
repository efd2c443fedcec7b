//! Quantities in the notation their users write all day: `90s`, `500m`, `2Gi`, `70%`, `900/s`, `$0.384`.
//!
//! Knows: how each unit is written, read, printed and described in a JSON Schema. Must not know: which field holds
//! which unit, or where in a file a value stood. Scenario structs and policy parameter structs are built from these.
//!
//! Every unit prints in a form that it reads back to the same value, and refuses what it cannot hold (negative, not a
//! number, too large, too fine) with a message that says what was found and shows an example of what is expected.

mod counted;
mod decimal;
mod duration;
mod error;
mod metric;
mod quantity;
mod rate;
mod ratio;
#[cfg(test)]
mod tests;
mod timestamp;
mod unit;
mod usd;

pub use counted::{counted, form};
pub use duration::Duration;
pub use error::{UnitError, quoted};
pub use metric::MetricQuantity;
pub use quantity::{ByteQuantity, CountQuantity, CpuQuantity};
pub use rate::{ByteRate, Rate};
pub use ratio::{Ratio, Share};
pub use timestamp::Timestamp;
pub use usd::Usd;

use unit::check;

/// Says whether a JSON value is a valid unit of one format.
pub type FormatCheck = fn(&serde_json::Value) -> Result<(), UnitError>;

/// Every custom `format` keyword in the schemas of this module, with the function that checks a value against it.
#[must_use]
pub fn formats() -> &'static [(&'static str, FormatCheck)] {
    &[
        ("duration", check::<Duration>),
        ("cpu", check::<CpuQuantity>),
        ("bytes", check::<ByteQuantity>),
        ("count", check::<CountQuantity>),
        ("quantity", check::<MetricQuantity>),
        ("ratio", check::<Ratio>),
        ("share", check::<Share>),
        ("rate", check::<Rate>),
        ("byte-rate", check::<ByteRate>),
        ("usd", check::<Usd>),
        ("timestamp", check::<Timestamp>),
    ]
}
