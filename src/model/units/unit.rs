//! What all units share: reading from text or a number, printing, (de)serialising, describing themselves.
//!
//! Knows: the traits of `serde` and `schemars`. Must not know: any one unit's notation.

use super::error::{UnitError, quoted};
use serde_json::Value;
use std::fmt;
use std::marker::PhantomData;

/// A plain number where a unit may stand.
#[derive(Debug, Clone, Copy)]
pub(super) enum Number {
    /// A whole number.
    Int(i128),
    /// A number with a fraction or an exponent.
    Float(f64),
}

impl Number {
    /// The number as a person would write it.
    pub(super) fn text(self) -> String {
        match self {
            Self::Int(value) => value.to_string(),
            Self::Float(value) => value.to_string(),
        }
    }
}

/// A quantity with a notation of its own.
pub(super) trait Unit: Sized + fmt::Display {
    /// What is expected, with an example: "a duration such as `90s`".
    const EXPECTED: &'static str;

    /// Reads the notation.
    fn from_text(text: &str) -> Result<Self, UnitError>;

    /// Reads a plain number; most units read it as they read its text.
    fn from_number(number: Number) -> Result<Self, UnitError> {
        Self::from_text(&number.text())
    }

    /// An error that expects this unit.
    fn error(problem: impl Into<String>) -> UnitError {
        UnitError::new(problem, Self::EXPECTED)
    }
}

/// Whether `value` is a valid `U`.
pub(super) fn check<U: Unit>(value: &Value) -> Result<(), UnitError> {
    let found = match value {
        Value::String(text) => return U::from_text(text).map(drop),
        Value::Number(number) => return U::from_number(json_number(number)).map(drop),
        Value::Null => "nothing was given".to_owned(),
        Value::Bool(flag) => format!("found {}", quoted(&flag.to_string())),
        Value::Array(_) => "found a list".to_owned(),
        Value::Object(_) => "found a map".to_owned(),
    };
    Err(U::error(found))
}

/// A JSON number as this module holds it.
fn json_number(number: &serde_json::Number) -> Number {
    match number.as_i128() {
        Some(value) => Number::Int(value),
        None => Number::Float(number.as_f64().unwrap_or(f64::NAN)),
    }
}

/// Reads a unit from whatever scalar a format offers.
pub(super) struct UnitVisitor<U>(pub(super) PhantomData<U>);

impl<U: Unit> serde::de::Visitor<'_> for UnitVisitor<U> {
    type Value = U;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(U::EXPECTED)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<U, E> {
        U::from_text(text).map_err(E::custom)
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<U, E> {
        U::from_number(Number::Int(value.into())).map_err(E::custom)
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<U, E> {
        U::from_number(Number::Int(value.into())).map_err(E::custom)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<U, E> {
        U::from_number(Number::Float(value)).map_err(E::custom)
    }
}

/// Gives a [`Unit`] its public face: `FromStr`, `Serialize`, `Deserialize` and `JsonSchema`.
macro_rules! unit_traits {
    ($name:ident, $format:literal, [$($kind:literal),+], $description:literal, [$($example:expr),+]) => {
        impl std::str::FromStr for $name {
            type Err = super::UnitError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                <Self as super::unit::Unit>::from_text(text)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(super::unit::UnitVisitor(std::marker::PhantomData))
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": [$($kind),+],
                    "format": $format,
                    "description": $description,
                    "examples": [$($example),+],
                })
            }
        }
    };
}

pub(super) use unit_traits;
