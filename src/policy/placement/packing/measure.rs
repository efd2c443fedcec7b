//! How large is an item, how full is a bin: one number for all dimensions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One number for what is asked for, or free, in all dimensions: x is the share of a bin in one, w its weight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// The sum of w x.
    #[default]
    L1,
    /// The sum of w x²; no root, which would change no order.
    L2,
    /// The greatest w x.
    Linf,
    /// The sum of x, without weights.
    Sum,
    /// The greatest x, without weights.
    Max,
    /// The product of x; weights would change no order.
    Product,
}

impl Measure {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::L1,
        Self::Linf,
        Self::L2,
        Self::Sum,
        Self::Max,
        Self::Product,
    ];

    /// What the published results call it, or would.
    #[must_use]
    pub const fn published(self) -> &'static str {
        match self {
            Self::L1 => "L1",
            Self::L2 => "L2",
            Self::Linf => "Linf",
            Self::Sum => "Sum",
            Self::Max => "Max",
            Self::Product => "Product",
        }
    }

    /// The measure of `shares`.
    pub(super) fn of(self, shares: &[f32], weights: &[f32]) -> f32 {
        let weighted = shares.iter().zip(weights);
        match self {
            Self::L1 => weighted.fold(0.0, |sum, (x, w)| sum + w * x),
            Self::L2 => weighted.fold(0.0, |sum, (x, w)| sum + w * x * x),
            Self::Linf => weighted.fold(0.0, |most, (x, w)| f32::max(most, w * x)),
            Self::Sum => shares.iter().sum(),
            Self::Max => shares.iter().copied().fold(0.0, f32::max),
            Self::Product => shares.iter().product(),
        }
    }
}

/// One number for what is free in a bin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BinMeasure {
    /// The sum of w r, r the share that is free.
    #[default]
    L1,
    /// The sum of w r².
    L2,
    /// The greatest w r.
    Linf,
    /// The sum of w (1 - r)²: the load instead of what is free, so that the emptiest bin comes first.
    L2Load,
    /// The sum of r, without weights.
    Sum,
    /// The greatest r, without weights.
    Max,
    /// The product of r; weights would change no order.
    Product,
}

impl BinMeasure {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::L1,
        Self::Linf,
        Self::L2,
        Self::L2Load,
        Self::Sum,
        Self::Max,
        Self::Product,
    ];

    /// What the published results call it, or would.
    #[must_use]
    pub const fn published(self) -> &'static str {
        match self {
            Self::L2Load => "L2Load",
            other => other.of_items().published(),
        }
    }

    /// How items are measured beside bins that are measured so.
    #[must_use]
    pub const fn of_items(self) -> Measure {
        match self {
            Self::L1 => Measure::L1,
            Self::L2 | Self::L2Load => Measure::L2,
            Self::Linf => Measure::Linf,
            Self::Sum => Measure::Sum,
            Self::Max => Measure::Max,
            Self::Product => Measure::Product,
        }
    }
}
