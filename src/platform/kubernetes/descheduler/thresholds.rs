//! Thresholds: percentages of what a node has, by resource.

use std::collections::BTreeMap;

/// The resources that count whether anybody names them or not.
const BASIC: [&str; 3] = ["cpu", "memory", "pods"];

/// Percent by resource, 0 to 100.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Thresholds(BTreeMap<String, f64>);

impl Thresholds {
    /// The same percentage of CPU, memory and places for pods, as the descheduler's chart has it: 20, and 50 as target.
    #[must_use]
    pub fn basic(percent: f64) -> Self {
        Self(BASIC.map(|name| (name.to_owned(), percent)).into())
    }

    /// These percentages, 0 to 100, by resource.
    #[must_use]
    pub const fn new(percent: BTreeMap<String, f64>) -> Self {
        Self(percent)
    }

    /// By resource.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        self.0.iter().map(|(name, percent)| (name.as_str(), *percent))
    }

    /// The percentage of one resource, if it has one.
    #[must_use]
    pub fn get(&self, resource: &str) -> Option<f64> {
        self.0.get(resource).copied()
    }

    pub(super) fn all_at(&self, percent: f64) -> Self {
        Self(self.0.keys().map(|name| (name.clone(), percent)).collect())
    }

    pub(super) fn with_basic_resources(&self) -> Vec<String> {
        let mut names: Vec<String> = self.0.keys().cloned().collect();
        names.extend(BASIC.map(str::to_owned));
        names.sort();
        names.dedup();
        names
    }

    /// Whether none of the thresholds is below what is used.
    pub(super) fn none_below(&self, percent: &BTreeMap<String, f64>) -> bool {
        !self.any_below(percent)
    }

    /// Whether one of the thresholds is below what is used.
    pub(super) fn any_below(&self, percent: &BTreeMap<String, f64>) -> bool {
        let used = |name: &str| percent.get(name).copied().unwrap_or(0.0);
        self.iter().any(|(name, threshold)| threshold < used(name))
    }
}
