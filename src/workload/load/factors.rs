//! What a user may do to any load: scale it, start it later, repeat it, let it grow.
//!
//! Knows: the four numbers and their meaning. Must not know: how each kind of source obeys them (`spec`, `modify`).

use super::{Intensity, LoadProblem};
use crate::engine::Span;

/// Growth of the rate by `rate` (0.05 = 5 %) every `period`, compounded continuously from the load's beginning.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Growth {
    /// Growth a period: 0.05 is 5 % more, −0.1 is 10 % less.
    pub rate: f64,
    /// The period.
    pub period: Span,
}

impl Growth {
    /// The exponent per second: ln(1 + rate) / period.
    #[must_use]
    pub fn per_sec(self) -> f64 {
        if self.period.is_zero() || self.rate <= -1.0 {
            return 0.0;
        }
        self.rate.ln_1p() / self.period.secs_f64()
    }
}

/// Whether a load starts again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Repeat {
    /// It plays once.
    #[default]
    Once,
    /// It starts again when its series or file ends. A load without an end (a rate) is left as it is.
    AtEnd,
    /// It starts again every so often; what would come later than that in one lap is cut off.
    Every(Span),
}

/// The factors of a load, applied in this order: repeat, then growth and scale, then shift.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Factors {
    /// Factor on the rate. Rates and counts are multiplied (counts are rounded at random so that the expectation is
    /// exact); a replayed request occurs floor(scale) times and once more with the remaining probability.
    pub scale: f64,
    /// How much later the load begins.
    pub shift: Span,
    /// Whether it starts again. Random loads draw anew in each lap; replayed requests are the same in each.
    pub repeat: Repeat,
    /// Growth over time since the load began, running on through the laps.
    pub growth: Option<Growth>,
}

impl Default for Factors {
    fn default() -> Self {
        Self {
            scale: 1.0,
            shift: Span::ZERO,
            repeat: Repeat::Once,
            growth: None,
        }
    }
}

impl Factors {
    /// Scale and growth as one function of time.
    #[must_use]
    pub fn intensity(&self) -> Intensity {
        Intensity::growing(self.scale, self.growth.map_or(0.0, Growth::per_sec))
    }

    /// Everything that is wrong with the factors.
    #[must_use]
    pub fn problems(&self) -> Vec<LoadProblem> {
        let mut problems = Vec::new();
        if !(self.scale.is_finite() && self.scale >= 0.0) {
            problems.push(LoadProblem::new("scale", self.scale, "a number from 0 up"));
        }
        if self.repeat == Repeat::Every(Span::ZERO) {
            problems.push(LoadProblem::new("loop", 0.0, "a period longer than zero"));
        }
        if let Some(growth) = self.growth {
            if !(growth.rate.is_finite() && growth.rate > -1.0) {
                problems.push(LoadProblem::new(
                    "growth.rate",
                    growth.rate,
                    "a number above -1 (-100%)",
                ));
            }
            if growth.period.is_zero() {
                problems.push(LoadProblem::new(
                    "growth.period",
                    0.0,
                    "a period longer than zero",
                ));
            }
        }
        problems
    }
}
