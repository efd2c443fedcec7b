//! Counts by topology key and value; entries that come to zero are gone.

use crate::model::cluster::NodeView;
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default)]
pub(super) struct TopologyCounts(Vec<(String, BTreeMap<String, i64>)>);

impl TopologyCounts {
    /// Adds `by` to the domain of `node` under `key`, if it is in one. Adding zero makes an entry too.
    pub(super) fn add(&mut self, key: &str, node: &NodeView, by: i64) {
        let Some(value) = node.label(key) else { return };
        let place = self.0.iter().position(|(known, _)| known == key);
        let place = place.unwrap_or_else(|| {
            self.0.push((key.to_owned(), BTreeMap::new()));
            self.0.len() - 1
        });
        let domains = &mut self.0[place].1;
        match domains.get_mut(value) {
            Some(count) => *count += by,
            None => {
                domains.insert(value.to_owned(), by);
            }
        }
    }

    /// The same, and an entry that comes to zero is gone (`interpodaffinity/filtering.go`).
    pub(super) fn add_or_drop(&mut self, key: &str, node: &NodeView, by: i64) {
        self.add(key, node, by);
        let Some(value) = node.label(key) else { return };
        if let Some((_, domains)) = self.0.iter_mut().find(|(known, _)| known == key)
            && domains.get(value) == Some(&0)
        {
            domains.remove(value);
        }
    }

    /// The count of the domain of `node` under `key`; `None` if the node has no such label.
    pub(super) fn of(&self, key: &str, node: &NodeView) -> Option<i64> {
        let value = node.label(key)?;
        let domains = self.0.iter().find(|(known, _)| known == key);
        Some(
            domains
                .and_then(|(_, domains)| domains.get(value))
                .copied()
                .unwrap_or_default(),
        )
    }

    /// Whether some domain of `node` counts more than zero.
    pub(super) fn any_positive(&self, node: &NodeView) -> bool {
        self.values(node).any(|count| count > 0)
    }

    /// The sum over the domains of `node`.
    pub(super) fn sum(&self, node: &NodeView) -> i64 {
        self.values(node).sum()
    }

    /// Whether nothing was counted anywhere.
    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|(_, domains)| domains.is_empty())
    }

    fn values<'a>(&'a self, node: &'a NodeView) -> impl Iterator<Item = i64> + 'a {
        self.0
            .iter()
            .filter_map(|(key, domains)| domains.get(node.label(key)?).copied())
    }
}
