//! Label selectors: which labels match.

use crate::model::labels::Labels;
use std::borrow::Cow;

/// How a requirement compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// The label is there and its value is one of the values.
    In,
    /// The label is not there, or its value is none of the values.
    NotIn,
    /// The label is there.
    Exists,
    /// The label is not there.
    DoesNotExist,
    /// The label is there and is an integer greater than the one value; for nodes only.
    Gt,
    /// The label is there and is an integer less than the one value; for nodes only.
    Lt,
}

/// A condition on one label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The label's key.
    pub key: String,
    /// How it compares.
    pub operator: Operator,
    /// What it compares with.
    pub values: Vec<String>,
}

impl Requirement {
    /// Whether a label with this value, or an absent one, meets the condition. A label or a bound that is no integer
    /// never meets `Gt` and `Lt` (apimachinery `labels/selector.go`).
    #[must_use]
    pub fn matches(&self, value: Option<&str>) -> bool {
        let listed = |value: &str| self.values.iter().any(|known| known == value);
        match (self.operator, value) {
            (Operator::In, value) => value.is_some_and(listed),
            (Operator::NotIn, value) => !value.is_some_and(listed),
            (Operator::Exists, value) => value.is_some(),
            (Operator::DoesNotExist, value) => value.is_none(),
            (Operator::Gt, value) => self.compared(value).is_some_and(|(value, bound)| value > bound),
            (Operator::Lt, value) => self.compared(value).is_some_and(|(value, bound)| value < bound),
        }
    }

    fn compared(&self, value: Option<&str>) -> Option<(i64, i64)> {
        let [bound] = self.values.as_slice() else {
            return None;
        };
        Some((value?.parse().ok()?, bound.parse().ok()?))
    }
}

/// A selector of pods or namespaces: every label and every condition must hold. An empty one matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelSelector {
    /// Labels with exactly these values.
    pub match_labels: Labels,
    /// Further conditions.
    pub match_expressions: Vec<Requirement>,
}

impl LabelSelector {
    /// The selector of exactly these labels.
    #[must_use]
    pub const fn of_labels(match_labels: Labels) -> Self {
        Self {
            match_labels,
            match_expressions: Vec::new(),
        }
    }

    /// Whether it asks for nothing, and so matches everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.match_labels.is_empty() && self.match_expressions.is_empty()
    }

    /// Whether `labels` match.
    #[must_use]
    pub fn matches(&self, labels: &Labels) -> bool {
        self.match_labels
            .iter()
            .all(|(key, value)| labels.get(key) == Some(value))
            && self
                .match_expressions
                .iter()
                .all(|one| one.matches(labels.get(&one.key).map(String::as_str)))
    }

    /// The selector that also asks for each of `keys` that `own` has, with its value there (`matchLabelKeys`).
    #[must_use]
    pub fn with_keys_of(&self, keys: &[String], own: &Labels) -> Cow<'_, Self> {
        let found = keys.iter().filter_map(|key| own.get_key_value(key));
        let further: Vec<Requirement> = found
            .map(|(key, value)| Requirement {
                key: key.clone(),
                operator: Operator::In,
                values: vec![value.clone()],
            })
            .collect();
        if further.is_empty() {
            return Cow::Borrowed(self);
        }
        let mut merged = self.clone();
        merged.match_expressions.extend(further);
        Cow::Owned(merged)
    }
}

#[cfg(test)]
mod tests {
    use super::{LabelSelector, Operator, Requirement};
    use crate::model::labels::Labels;

    #[test]
    fn absent_labels_and_values_that_are_no_integers_match_as_in_kubernetes() {
        let requirement = |operator, values: &[&str]| Requirement {
            key: "gen".into(),
            operator,
            values: values.iter().map(ToString::to_string).collect(),
        };
        let cases = [
            (requirement(Operator::In, &["3"]), [true, false, false]),
            (requirement(Operator::NotIn, &["3"]), [false, true, true]),
            (requirement(Operator::Exists, &[]), [true, true, false]),
            (requirement(Operator::DoesNotExist, &[]), [false, false, true]),
            (requirement(Operator::Gt, &["2"]), [true, false, false]),
            (requirement(Operator::Lt, &["4"]), [true, false, false]),
            (requirement(Operator::Gt, &["x"]), [false, false, false]),
        ];
        for (requirement, expected) in cases {
            let actual = [Some("3"), Some("x"), None].map(|value| requirement.matches(value));
            assert_eq!(actual, expected, "{requirement:?}");
        }
        assert!(LabelSelector::default().matches(&Labels::new()));
    }
}
