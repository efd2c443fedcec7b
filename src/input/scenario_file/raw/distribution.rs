//! Random times as users write them.
//!
//! Knows: the families and the parameters users know them by. Must not know: the mathematics.

use crate::model::units::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A time that may be random: `90s` is always the same, `{lognormal: {median: 55s, p95: 110s}}` is not.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Times {
    /// Always the same.
    Always(Duration),
    /// A law.
    Law(Box<Law>),
}

impl Times {
    /// No time at all.
    pub(crate) const fn zero() -> Self {
        Self::Always(Duration::ZERO)
    }
}

/// A law of random times.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub(crate) enum Law {
    /// Always the same.
    Constant(Duration),
    /// Memoryless: give `mean`, `median` or `p95`.
    Exponential {
        /// The mean.
        #[serde(default)]
        mean: Option<Duration>,
        /// The median.
        #[serde(default)]
        median: Option<Duration>,
        /// The 95th percentile.
        #[serde(default)]
        p95: Option<Duration>,
    },
    /// Every time between two bounds, equally likely.
    Uniform {
        /// The least.
        low: Duration,
        /// The greatest.
        high: Duration,
    },
    /// Normal, cut at zero: give `mean` and `std` (before the cut), or `mean` and `cv` (after it).
    Normal {
        /// The mean.
        mean: Duration,
        /// The standard deviation before the cut.
        #[serde(default)]
        std: Option<Duration>,
        /// The coefficient of variation after the cut.
        #[serde(default)]
        #[schemars(range(min = 0))]
        cv: Option<f64>,
    },
    /// Lognormal: give `mean` or `median`, and `cv` or `p95`.
    Lognormal {
        /// The median.
        #[serde(default)]
        median: Option<Duration>,
        /// The 95th percentile.
        #[serde(default)]
        p95: Option<Duration>,
        /// The mean.
        #[serde(default)]
        mean: Option<Duration>,
        /// The coefficient of variation: standard deviation over mean.
        #[serde(default)]
        #[schemars(range(min = 0))]
        cv: Option<f64>,
    },
    /// Gamma: give `mean` and `cv`, or `shape` and `scale`.
    Gamma {
        /// The mean.
        #[serde(default)]
        mean: Option<Duration>,
        /// The coefficient of variation.
        #[serde(default)]
        #[schemars(range(min = 0))]
        cv: Option<f64>,
        /// The shape.
        #[serde(default)]
        #[schemars(range(min = 0))]
        shape: Option<f64>,
        /// The scale.
        #[serde(default)]
        scale: Option<Duration>,
    },
    /// The sum of equal exponential phases.
    Erlang {
        /// How many phases.
        #[schemars(range(min = 1, max = 1_000_000))]
        phases: u32,
        /// The mean of the sum.
        mean: Duration,
    },
    /// Weibull: give `mean` and `cv`, `median` and `p95`, or `shape` and `scale`.
    Weibull {
        /// The mean.
        #[serde(default)]
        mean: Option<Duration>,
        /// The coefficient of variation.
        #[serde(default)]
        #[schemars(range(min = 0))]
        cv: Option<f64>,
        /// The median.
        #[serde(default)]
        median: Option<Duration>,
        /// The 95th percentile.
        #[serde(default)]
        p95: Option<Duration>,
        /// The shape.
        #[serde(default)]
        #[schemars(range(min = 0))]
        shape: Option<f64>,
        /// The scale.
        #[serde(default)]
        scale: Option<Duration>,
    },
    /// Pareto: give `alpha` with the least time `min`, or with the `mean`.
    Pareto {
        /// The tail index; the mean is infinite at or below 1.
        #[schemars(range(min = 0))]
        alpha: f64,
        /// The least time.
        #[serde(default)]
        min: Option<Duration>,
        /// The mean, for an `alpha` above 1.
        #[serde(default)]
        mean: Option<Duration>,
    },
    /// A mixture of exponentials: give `mean` and `cv`, or `phases`.
    Hyperexponential {
        /// The mean.
        #[serde(default)]
        mean: Option<Duration>,
        /// The coefficient of variation, at least 1.
        #[serde(default)]
        #[schemars(range(min = 0))]
        cv: Option<f64>,
        /// The exponentials.
        #[serde(default)]
        #[schemars(length(min = 1, max = 1000))]
        phases: Option<Vec<Phase>>,
    },
    /// Measured times, each equally likely: give `values`, or a `file` of seconds.
    Empirical {
        /// The times.
        #[serde(default)]
        #[schemars(length(min = 1))]
        values: Option<Vec<Duration>>,
        /// A text file of numbers of seconds with white space or line breaks between them; looked for as traces are.
        #[serde(default)]
        file: Option<String>,
    },
}

/// One exponential of a mixture.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Phase {
    /// How likely it is; the phases sum to 1.
    #[schemars(range(min = 0, max = 1))]
    pub(crate) probability: f64,
    /// Its mean.
    pub(crate) mean: Duration,
}
