//! A set of values that one label may have: some, all but some, or those within bounds.
//!
//! Karpenter keeps what is asked of a node as such sets and intersects them as pods come (`pkg/scheduling/requirement.go`).
//! An empty set of values stands for a label that must not be there.

use crate::model::placement_rules::{Operator, Requirement};
use std::sync::Arc;

/// Values that a label may have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedValues {
    /// Whether all values but `values` are meant.
    others: bool,
    /// In order, none twice.
    values: Vec<Arc<str>>,
    /// The least whole number, if values are bounded below.
    least: Option<i64>,
    /// The greatest whole number, if values are bounded above.
    greatest: Option<i64>,
    /// How many different values must stay possible.
    min_values: Option<u32>,
}

impl AllowedValues {
    /// Only these.
    pub fn only<T: Into<Arc<str>>>(values: impl IntoIterator<Item = T>) -> Self {
        let mut values: Vec<Arc<str>> = values.into_iter().map(Into::into).collect();
        values.sort_unstable();
        values.dedup();
        Self {
            values,
            ..Self::default()
        }
    }

    /// All but these.
    pub fn all_but<T: Into<Arc<str>>>(values: impl IntoIterator<Item = T>) -> Self {
        Self {
            others: true,
            ..Self::only(values)
        }
    }

    /// Any.
    #[must_use]
    pub fn any() -> Self {
        Self {
            others: true,
            ..Self::default()
        }
    }

    /// What a requirement on a label allows.
    #[must_use]
    pub fn of(requirement: &Requirement) -> Self {
        let values = || requirement.values.iter().map(String::as_str);
        let bound = || requirement.values.first()?.parse::<i64>().ok();
        match requirement.operator {
            Operator::In => Self::only(values()),
            Operator::NotIn => Self::all_but(values()),
            Operator::Exists => Self::any(),
            Operator::DoesNotExist => Self::default(),
            Operator::Gt => match bound().and_then(|bound| bound.checked_add(1)) {
                Some(least) => Self {
                    least: Some(least),
                    ..Self::any()
                },
                None => Self::default(),
            },
            Operator::Lt => match bound().and_then(|bound| bound.checked_sub(1)) {
                Some(greatest) => Self {
                    greatest: Some(greatest),
                    ..Self::any()
                },
                None => Self::default(),
            },
        }
    }

    /// The same, of which so many different values must stay possible.
    #[must_use]
    pub const fn with_min_values(mut self, min_values: Option<u32>) -> Self {
        self.min_values = min_values;
        self
    }

    /// How many different values must stay possible.
    #[must_use]
    pub const fn min_values(&self) -> Option<u32> {
        self.min_values
    }

    /// Whether a value is in it.
    #[must_use]
    pub fn has(&self, value: &str) -> bool {
        self.lists(value) != self.others && self.within_bounds(value)
    }

    /// Whether it is the empty set: the label must not be there.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        !self.others && self.values.is_empty()
    }

    /// The values, where they are listed.
    #[must_use]
    pub fn listed(&self) -> Option<&[Arc<str>]> {
        (!self.others).then_some(&self.values)
    }

    /// The value, if there is just one.
    #[must_use]
    pub fn single(&self) -> Option<&Arc<str>> {
        match self.listed() {
            Some([value]) => Some(value),
            _ => None,
        }
    }

    /// Whether a node without the label meets it: `NotIn` and `DoesNotExist`. Bounds make no `NotIn` of "any".
    #[must_use]
    pub const fn allows_absence(&self) -> bool {
        self.is_empty() || (self.others && !self.values.is_empty())
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let others = self.others && other.others;
        let least = self.least.max(other.least);
        let greatest = match (self.greatest, other.greatest) {
            (Some(own), Some(its)) => Some(own.min(its)),
            (own, its) => own.or(its),
        };
        let min_values = self.min_values.max(other.min_values);
        if let (Some(least), Some(greatest)) = (least, greatest)
            && least > greatest
        {
            return Self::default().with_min_values(min_values);
        }
        let bounds = Self {
            least,
            greatest,
            ..Self::default()
        };
        let mut values: Vec<Arc<str>> = match (self.others, other.others) {
            (true, true) => self.values.iter().chain(&other.values).cloned().collect(),
            (true, false) => without(&other.values, self),
            (false, true) => without(&self.values, other),
            (false, false) => {
                let both = self.values.iter().filter(|value| other.lists(value));
                both.cloned().collect()
            }
        };
        if others {
            values.sort_unstable();
            values.dedup();
        }
        values.retain(|value| bounds.within_bounds(value));
        Self {
            others,
            values,
            least: least.filter(|_| others),
            greatest: greatest.filter(|_| others),
            min_values,
        }
    }

    /// Whether some value is in both.
    #[must_use]
    pub fn intersects(&self, other: &Self) -> bool {
        match (self.others, other.others) {
            (false, _) => self
                .values
                .iter()
                .any(|value| other.has(value) && self.has(value)),
            (true, false) => other
                .values
                .iter()
                .any(|value| self.has(value) && other.has(value)),
            (true, true) => {
                let least = self.least.max(other.least);
                let greatest = match (self.greatest, other.greatest) {
                    (Some(own), Some(its)) => Some(own.min(its)),
                    (own, its) => own.or(its),
                };
                least
                    .zip(greatest)
                    .is_none_or(|(least, greatest)| least <= greatest)
            }
        }
    }

    fn lists(&self, value: &str) -> bool {
        self.values.binary_search_by(|known| (**known).cmp(value)).is_ok()
    }

    /// With bounds, a value that is no whole number is outside.
    fn within_bounds(&self, value: &str) -> bool {
        if self.least.is_none() && self.greatest.is_none() {
            return true;
        }
        value.parse::<i64>().is_ok_and(|number| {
            self.least.is_none_or(|least| number >= least)
                && self.greatest.is_none_or(|greatest| number <= greatest)
        })
    }
}

fn without(values: &[Arc<str>], excluded: &AllowedValues) -> Vec<Arc<str>> {
    let left = values.iter().filter(|value| !excluded.lists(value));
    left.cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::{AllowedValues, Operator, Requirement};

    fn of(operator: Operator, values: &[&str]) -> AllowedValues {
        AllowedValues::of(&Requirement {
            key: "k".into(),
            operator,
            values: values.iter().map(ToString::to_string).collect(),
        })
    }

    /// An intersection must hold just the values that both sets hold, however they are written.
    #[test]
    fn an_intersection_holds_what_both_hold() {
        let sets = [
            of(Operator::In, &["1", "2", "x"]),
            of(Operator::In, &["2", "3"]),
            of(Operator::NotIn, &["2"]),
            of(Operator::NotIn, &["x", "7"]),
            of(Operator::Exists, &[]),
            of(Operator::DoesNotExist, &[]),
            of(Operator::Gt, &["1"]),
            of(Operator::Lt, &["7"]),
        ];
        for one in &sets {
            for other in &sets {
                let both = one.intersection(other);
                for value in ["1", "2", "3", "7", "9", "x", "y"] {
                    assert_eq!(
                        both.has(value),
                        one.has(value) && other.has(value),
                        "{value} in {one:?} and {other:?}"
                    );
                }
                assert_eq!(one.intersects(other), !both.is_empty(), "{one:?} and {other:?}");
            }
        }
        assert!(
            of(Operator::Gt, &["5"])
                .intersection(&of(Operator::Lt, &["6"]))
                .is_empty()
        );
    }

    #[test]
    fn a_node_without_the_label_meets_only_what_forbids_values() {
        let allows = |operator, values: &[&str]| of(operator, values).allows_absence();
        assert!(allows(Operator::NotIn, &["a"]) && allows(Operator::DoesNotExist, &[]));
        assert!(
            !allows(Operator::In, &["a"]) && !allows(Operator::Exists, &[]) && !allows(Operator::Gt, &["1"])
        );
    }
}
