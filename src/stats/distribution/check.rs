//! The rules every parameter of a law must keep, and the words that say which one was broken.
//!
//! Knows ranges and plain language. Must not know where a parameter was written down: who reads files adds the place.

/// Why a law cannot be built.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DistributionError {
    /// A parameter is out of its range.
    #[error("the {what} is {found}, but must be {expected}")]
    Parameter {
        /// The parameter, in the user's words.
        what: &'static str,
        /// What was given.
        found: f64,
        /// What would be right.
        expected: &'static str,
    },
    /// Two parameters are each fine but contradict each other.
    #[error("the {greater} is {found}, but must not be below the {lesser}, which is {bound}")]
    Order {
        /// The parameter that must not be the smaller.
        greater: &'static str,
        /// Its value.
        found: f64,
        /// The parameter that must not be the greater.
        lesser: &'static str,
        /// Its value.
        bound: f64,
    },
    /// The family cannot vary that much or that little.
    #[error(
        "a {family} law has a coefficient of variation {expected}, but {found} was asked for: use {instead}"
    )]
    Variation {
        /// The family asked for.
        family: &'static str,
        /// The coefficient of variation asked for.
        found: f64,
        /// What the family can do.
        expected: &'static str,
        /// Families that can do it.
        instead: &'static str,
    },
    /// Phase probabilities do not sum to one.
    #[error("the probabilities of the phases sum to {sum}, but must sum to 1")]
    Probabilities {
        /// Their sum.
        sum: f64,
    },
    /// Nothing to draw from.
    #[error("there is no {what}, but at least one is needed")]
    Empty {
        /// What is missing.
        what: &'static str,
    },
}

/// `value` if it is finite and above zero.
pub(super) fn positive(what: &'static str, value: f64) -> Result<f64, DistributionError> {
    if value.is_finite() && value > 0.0 {
        return Ok(value);
    }
    let expected = "a finite number above 0";
    Err(DistributionError::Parameter {
        what,
        found: value,
        expected,
    })
}

/// `value` if it is finite and not below zero; a negative zero becomes zero.
pub(super) fn non_negative(what: &'static str, value: f64) -> Result<f64, DistributionError> {
    if value.is_finite() && value >= 0.0 {
        return Ok(value + 0.0);
    }
    let expected = "a finite number, 0 or above";
    Err(DistributionError::Parameter {
        what,
        found: value,
        expected,
    })
}

/// `cv` if it can be a coefficient of variation.
pub(super) fn variation(cv: f64) -> Result<f64, DistributionError> {
    non_negative("coefficient of variation", cv)
}

/// Refuses `found` below `bound`.
pub(super) fn ordered(
    greater: &'static str,
    found: f64,
    lesser: &'static str,
    bound: f64,
) -> Result<(), DistributionError> {
    if found < bound {
        return Err(DistributionError::Order {
            greater,
            found,
            lesser,
            bound,
        });
    }
    Ok(())
}
