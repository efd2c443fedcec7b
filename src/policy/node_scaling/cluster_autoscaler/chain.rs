//! Expanders in a row (`cluster-autoscaler/expander/factory/chain.go`, `expander/priority/priority.go`).
//!
//! Knows: which of several ways each expander finds best; each chooses among those the one before it finds equal, and
//! the last word is a draw. Must not know: how a way was found.

use super::expander::{Expander, Growth, PriceContext};
use crate::engine::Stream;
use rand::RngExt;
use regex::Regex;

/// The expanders in their order.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    pub(super) expanders: Vec<Expander>,
    /// Patterns of names by their priority, the highest first.
    pub(super) patterns: Vec<(i64, Vec<Regex>)>,
}

/// Which way was chosen, and by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    /// The place of the way.
    pub(super) way: usize,
    /// The expander after which it alone was left; the draw, where several were to the end.
    pub(super) by: &'static str,
}

impl Chain {
    /// The best of `ways`, whose groups have these `names`; `None` without any.
    pub(super) fn choose(
        &self,
        ways: &[Growth],
        names: &[&str],
        context: PriceContext,
        stream: &mut Stream,
    ) -> Option<Choice> {
        let mut left: Vec<usize> = (0..ways.len()).collect();
        let mut by = self
            .expanders
            .first()
            .map_or("random", |expander| expander.name());
        for expander in &self.expanders {
            if left.len() <= 1 {
                break;
            }
            by = expander.name();
            left = match expander {
                Expander::Priority => self.of_highest_priority(&left, names),
                Expander::Random => vec![left[stream.random_range(0..left.len())]],
                _ => {
                    let some: Vec<Growth> = left.iter().map(|&way| ways[way]).collect();
                    let best = expander.best(&some, context);
                    best.into_iter().map(|place| left[place]).collect()
                }
            };
        }
        match left.as_slice() {
            [] => None,
            [way] => Some(Choice { way: *way, by }),
            several => Some(Choice {
                way: several[stream.random_range(0..several.len())],
                by: "a draw among equals",
            }),
        }
    }

    fn of_highest_priority(&self, left: &[usize], names: &[&str]) -> Vec<usize> {
        let matching = |patterns: &[Regex]| -> Vec<usize> {
            let matches = |way: &&usize| patterns.iter().any(|pattern| pattern.is_match(names[**way]));
            left.iter().filter(matches).copied().collect()
        };
        let mut found = self.patterns.iter().map(|(_, patterns)| matching(patterns));
        found
            .find(|ways| !ways.is_empty())
            .unwrap_or_else(|| left.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::{Chain, Choice, Expander, Growth, PriceContext, Regex};
    use crate::engine::StreamKey;

    const CONTEXT: PriceContext = PriceContext {
        small_pod_price: 0.02,
        cluster_nodes: 10,
    };

    fn way(nodes: u32, pods: u32) -> Growth {
        Growth {
            nodes,
            pods,
            asked: (1000 * u64::from(pods), 0),
            capacity: (4000, 1 << 34),
            node_price: 0.2,
            pods_price: 0.05,
            gpus: false,
            exists: true,
        }
    }

    /// If a later expander saw ways an earlier one had ruled out, `priority,least-waste` would buy what nobody prefers.
    #[test]
    fn each_expander_chooses_among_what_the_one_before_left() {
        let ways = [way(3, 6), way(2, 6), way(1, 4), way(2, 6)];
        let names = ["spot-large", "spot-small", "on-demand", "spot-b"];
        let pattern = |text| vec![Regex::new(text).unwrap()];
        let chain = |expanders: &[Expander]| Chain {
            expanders: expanders.to_vec(),
            patterns: vec![(50, pattern("^none")), (20, pattern("spot")), (10, pattern(".*"))],
        };
        let mut stream = StreamKey::new(1, 0).stream("node_scaling");
        let mut choose = |expanders: &[Expander]| {
            chain(expanders)
                .choose(&ways, &names, CONTEXT, &mut stream)
                .unwrap()
        };
        let chosen = choose(&[Expander::LeastNodes]);
        assert_eq!(
            chosen,
            Choice {
                way: 2,
                by: "least-nodes"
            }
        );
        let mut drawn: Vec<usize> = (0..64)
            .map(|_| {
                let chosen = choose(&[Expander::Priority, Expander::LeastNodes]);
                assert_eq!(chosen.by, "a draw among equals");
                chosen.way
            })
            .collect();
        drawn.sort_unstable();
        drawn.dedup();
        assert_eq!(
            drawn,
            [1, 3],
            "both of the best of the highest priority, and no other"
        );
    }
}
