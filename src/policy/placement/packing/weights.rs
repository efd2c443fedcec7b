//! How much each dimension counts in a measure.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much a dimension counts, from the total T of all shares in it and how many there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Weights {
    /// All dimensions alike.
    #[default]
    Unit,
    /// By the total: what is asked for most counts most.
    Avg,
    /// By exp(0.01 T / n), n the number of items or bins.
    Expo,
    /// By 1 / T; 0 where T is 0.
    ReciprocAvg,
}

impl Weights {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Unit, Self::Avg, Self::Expo, Self::ReciprocAvg];

    /// What the published results call it.
    #[must_use]
    pub const fn published(self) -> &'static str {
        match self {
            Self::Unit => "Unit",
            Self::Avg => "Avg",
            Self::Expo => "Expo",
            Self::ReciprocAvg => "ReciprocAvg",
        }
    }

    /// Writes the weight of each dimension to `weights`.
    pub(super) fn fill(self, totals: &[f32], count: usize, weights: &mut [f32]) {
        for (weight, &total) in weights.iter_mut().zip(totals) {
            *weight = match self {
                Self::Unit => 1.0,
                Self::Avg => total,
                Self::Expo => (0.01 * total / count as f32).exp(),
                Self::ReciprocAvg if total == 0.0 => 0.0,
                Self::ReciprocAvg => 1.0 / total,
            };
        }
    }

    /// The weight of each dimension.
    pub(super) fn of(self, totals: &[f32], count: usize) -> Vec<f32> {
        let mut weights = vec![0.0; totals.len()];
        self.fill(totals, count, &mut weights);
        weights
    }
}
