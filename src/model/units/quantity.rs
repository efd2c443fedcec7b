//! Kubernetes resource quantities: CPU, bytes and countable things.
//!
//! Knows: the suffixes and rounding of Kubernetes quantities. Must not know: what a node or a container is.

use super::decimal::{Decimal, Scaled, split_number};
use super::error::{UnitError, quoted};
use super::unit::{Unit, unit_traits};
use std::fmt;

/// CPU in thousandths of a core: `500m`, `2`, `0.5`. Finer values round up, as in Kubernetes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct CpuQuantity(u64);

/// A number of bytes: `2Gi`, `500M`, `1e3`, `128974848`. Fractions round up, as in Kubernetes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct ByteQuantity(u64);

/// A number of whole things, such as GPUs: `4`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct CountQuantity(u64);

unit_traits!(
    CpuQuantity,
    "cpu",
    ["string", "number"],
    "CPU as a Kubernetes quantity: cores (`2`, `0.5`) or thousandths of a core (`500m`).",
    ["500m", 2, 0.5]
);
unit_traits!(
    ByteQuantity,
    "bytes",
    ["string", "number"],
    "Bytes as a Kubernetes quantity: Ki, Mi, Gi, Ti, Pi, Ei count in 1024s; k, M, G, T, P, E in 1000s.",
    ["2Gi", "500M", "1e3", 128_974_848]
);
unit_traits!(
    CountQuantity,
    "count",
    ["string", "number"],
    "A whole number of things, as a Kubernetes quantity.",
    [1, "4"]
);

/// Suffixes with their value in thousandths, each base from large to small.
const BINARY: [(&str, u128); 6] = [
    ("Ei", 1000 << 60),
    ("Pi", 1000 << 50),
    ("Ti", 1000 << 40),
    ("Gi", 1000 << 30),
    ("Mi", 1000 << 20),
    ("Ki", 1000 << 10),
];
const DECIMAL: [(&str, u128); 6] = [
    ("E", 1_000_000_000_000_000_000_000),
    ("P", 1_000_000_000_000_000_000),
    ("T", 1_000_000_000_000_000),
    ("G", 1_000_000_000_000),
    ("M", 1_000_000_000),
    ("k", 1_000_000),
];

/// Why a text is no quantity.
#[derive(Clone, Copy)]
pub(super) enum Trouble<'a> {
    NotANumber,
    Negative,
    TooLarge,
    Suffix { number: &'a str, suffix: &'a str },
}

/// Reads any Kubernetes quantity in thousandths.
pub(super) fn thousandths(text: &str) -> Result<Scaled, Trouble<'_>> {
    let (number, suffix) = split_number(text);
    if number.is_empty() {
        return Err(Trouble::NotANumber);
    }
    if number.starts_with('-') {
        return Err(Trouble::Negative);
    }
    let decimal = Decimal::parse(number).ok_or(Trouble::TooLarge)?;
    let scaled = match suffix {
        "" => decimal.times(1000),
        "m" => decimal.times(1),
        // Metrics come in billionths and millionths of a core.
        "u" => decimal.times(1).map(|n| divided(n, 1000)),
        "n" => decimal.times(1).map(|n| divided(n, 1_000_000)),
        _ => {
            let known = BINARY.iter().chain(&DECIMAL).find(|(name, _)| *name == suffix);
            let &(_, factor) = known.ok_or(Trouble::Suffix { number, suffix })?;
            decimal.times(factor)
        }
    };
    scaled.ok_or(Trouble::TooLarge)
}

fn divided(value: Scaled, by: u128) -> Scaled {
    Scaled {
        floor: value.floor / by,
        exact: value.exact && value.floor.is_multiple_of(by),
    }
}

/// The message about `trouble` with `text`, which should have been a `U`.
pub(super) fn explain<U: Unit>(text: &str, trouble: Trouble<'_>) -> UnitError {
    let shown = quoted(text);
    match trouble {
        Trouble::NotANumber => U::error(format!("{shown} does not start with a number")),
        Trouble::Negative => U::error(format!("{shown} is negative")),
        Trouble::TooLarge => U::error(format!("{shown} is too large")),
        Trouble::Suffix { suffix, .. } => {
            U::error(format!("{shown} has the unknown suffix {}", quoted(suffix)))
        }
    }
}

/// `value` as a `u64`, or the message that `text` is too large.
pub(super) fn fitted<U: Unit>(text: &str, value: u128) -> Result<u64, UnitError> {
    u64::try_from(value).map_err(|_| explain::<U>(text, Trouble::TooLarge))
}

impl CpuQuantity {
    /// No CPU.
    pub const ZERO: Self = Self(0);

    /// `millis` thousandths of a core.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Thousandths of a core.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.0
    }
}

impl Unit for CpuQuantity {
    const EXPECTED: &'static str = "CPU such as `500m`, `0.5` or `2`";

    fn from_text(text: &str) -> Result<Self, UnitError> {
        let value = thousandths(text).map_err(|trouble| {
            let error = explain::<Self>(text, trouble);
            match split_number(text) {
                (number, "cpu" | "cpus" | "core" | "cores" | "vcpu" | "vCPU" | " cores") => {
                    error.suggest(number)
                }
                _ => error,
            }
        })?;
        fitted::<Self>(text, value.ceil()).map(Self)
    }
}

impl fmt::Display for CpuQuantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_multiple_of(1000) {
            write!(f, "{}", self.0 / 1000)
        } else {
            write!(f, "{}m", self.0)
        }
    }
}

impl ByteQuantity {
    /// No bytes.
    pub const ZERO: Self = Self(0);

    /// `bytes` bytes.
    #[must_use]
    pub const fn new(bytes: u64) -> Self {
        Self(bytes)
    }

    /// The number of bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

/// The suffix that was probably meant by `suffix`: `GB` is `G`, `gib` is `Gi`.
pub(super) fn meant_suffix(suffix: &str) -> Option<&'static str> {
    let lower = suffix.trim().to_ascii_lowercase();
    let bare = lower
        .strip_suffix("bytes")
        .or(lower.strip_suffix('b'))
        .unwrap_or(&lower);
    let same = |&&(name, _): &&(&'static str, u128)| name.eq_ignore_ascii_case(bare);
    if bare.is_empty() && !lower.is_empty() {
        return Some("");
    }
    BINARY.iter().chain(&DECIMAL).find(same).map(|&(name, _)| name)
}

impl Unit for ByteQuantity {
    const EXPECTED: &'static str = "bytes such as `2G` (10^9 each), `2Gi` (2^30 each) or `128974848`";

    fn from_text(text: &str) -> Result<Self, UnitError> {
        let value = thousandths(text).map_err(|trouble| {
            let meant = match trouble {
                Trouble::Suffix { number, suffix } => {
                    meant_suffix(suffix).map(|meant| format!("{number}{meant}"))
                }
                _ => None,
            };
            let error = explain::<Self>(text, trouble);
            match meant {
                Some(meant) => error.suggest(meant),
                None => error,
            }
        })?;
        if value.floor < 1000 && value.ceil() > 0 {
            let error = Self::error(format!("{} is less than one byte", quoted(text)));
            return Err(match text.strip_suffix('m') {
                Some(number) => error.suggest(format!("{number}M")),
                None => error,
            });
        }
        let bytes = divided(value, 1000).ceil();
        fitted::<Self>(text, bytes).map(Self)
    }
}

impl fmt::Display for ByteQuantity {
    /// Exact: the largest suffix that divides the value, or none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = u128::from(self.0) * 1000;
        let fits = |&&(_, factor): &&(&str, u128)| value > 0 && value.is_multiple_of(factor);
        match BINARY.iter().find(fits).or_else(|| DECIMAL.iter().find(fits)) {
            Some((name, factor)) => write!(f, "{}{name}", value / factor),
            None => write!(f, "{}", self.0),
        }
    }
}

impl CountQuantity {
    /// None.
    pub const ZERO: Self = Self(0);

    /// `count` things.
    #[must_use]
    pub const fn new(count: u64) -> Self {
        Self(count)
    }

    /// How many.
    #[must_use]
    pub const fn count(self) -> u64 {
        self.0
    }
}

impl Unit for CountQuantity {
    const EXPECTED: &'static str = "a whole number such as `4`";

    fn from_text(text: &str) -> Result<Self, UnitError> {
        let value = thousandths(text).map_err(|trouble| explain::<Self>(text, trouble))?;
        let whole = divided(value, 1000);
        if !whole.exact {
            return Err(Self::error(format!("{} is not a whole number", quoted(text))));
        }
        fitted::<Self>(text, whole.floor).map(Self)
    }
}

impl fmt::Display for CountQuantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
