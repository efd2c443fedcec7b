//! Which nodes each way of consolidating would disrupt now: empty ones, many at once, one
//! (`disruption/emptiness.go`, `multinodeconsolidation.go`, `singlenodeconsolidation.go`).

use super::consolidation::{Blocked, Candidate, Consolidation, Verdict, keep_cheaper};
use super::instance_type::InstanceType;
use super::planned_node::PlannedNode;
use std::collections::BTreeMap;

/// At most about so many nodes go together.
const BATCH_MAX: usize = 100;

/// Nodes to disrupt, and what comes in their place.
#[derive(Clone, Debug)]
pub struct Command {
    /// Positions among the candidates, in the order in which they were looked at.
    pub candidates: Vec<usize>,
    /// One node in their place; without one their pods fit elsewhere.
    pub replacement: Option<Box<PlannedNode>>,
}

/// What came of looking.
#[derive(Clone, Debug, Default)]
pub struct Looked {
    /// What to do, if anything.
    pub command: Option<Command>,
    /// Whether a budget kept a candidate out: then there is more to find when it no longer does.
    pub budgets_bind: bool,
    /// Candidates that were looked at by themselves and stay, and why.
    pub blocked: Vec<(usize, Blocked)>,
    /// Candidates that a budget kept out.
    pub over_budget: Vec<usize>,
}

/// Positions of `candidates` by what it costs to disrupt them, least first.
fn by_cost(candidates: &[Candidate]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_by(|&one, &other| candidates[one].cost.total_cmp(&candidates[other].cost));
    order
}

/// Every empty candidate that the budgets, by NodePool, let go.
#[must_use]
pub fn empty(candidates: &[Candidate], mut budgets: Vec<u32>) -> Looked {
    let mut looked = Looked::default();
    let mut chosen = Vec::new();
    for place in by_cost(candidates) {
        let candidate = &candidates[place];
        if !candidate.pods.is_empty() {
            continue;
        }
        if budgets[candidate.pool] == 0 {
            looked.over_budget.push(place);
            continue;
        }
        budgets[candidate.pool] -= 1;
        chosen.push(place);
    }
    looked.budgets_bind = !looked.over_budget.is_empty();
    looked.command = (!chosen.is_empty()).then_some(Command {
        candidates: chosen,
        replacement: None,
    });
    looked
}

/// As many candidates as can go at once, those that cost least to disrupt first: the longest prefix that a binary search
/// finds, which need not be the longest there is.
pub fn multi(around: &mut Consolidation<'_, '_>, candidates: &[Candidate], mut budgets: Vec<u32>) -> Looked {
    let mut looked = Looked::default();
    let mut open = Vec::new();
    for place in by_cost(candidates) {
        let candidate = &candidates[place];
        if budgets[candidate.pool] == 0 {
            looked.over_budget.push(place);
            continue;
        }
        if !candidate.pods.is_empty() {
            budgets[candidate.pool] -= 1;
            open.push(place);
        }
    }
    looked.budgets_bind = !looked.over_budget.is_empty();
    if open.len() < 2 {
        return looked;
    }
    let (mut low, mut high) = (1, BATCH_MAX.min(open.len() - 1));
    while low <= high {
        let middle = usize::midpoint(low, high);
        let together: Vec<&Candidate> = open[..=middle].iter().map(|&place| &candidates[place]).collect();
        let replacement = match around.consider(&together) {
            Verdict::Blocked(_) => None,
            Verdict::Delete => Some(None),
            Verdict::Replace(mut node) => {
                let types = &around.planner.offer().types;
                without_same_type(&mut node, &together, types)
                    .map(|()| Some(node))
                    .ok()
            }
        };
        match replacement {
            Some(replacement) => {
                looked.command = Some(Command {
                    candidates: open[..=middle].to_vec(),
                    replacement,
                });
                low = middle + 1;
            }
            None => high = middle - 1,
        }
    }
    looked
}

/// Were one of the types that go to come in their place, it would have to be cheaper than the cheapest that goes of it:
/// otherwise that one may as well stay.
fn without_same_type(
    node: &mut PlannedNode,
    going: &[&Candidate],
    types: &[InstanceType],
) -> Result<(), Blocked> {
    let mut cheapest: BTreeMap<usize, f64> = BTreeMap::new();
    for candidate in going {
        let price = types[candidate.instance_type].price_of(&candidate.zone, candidate.capacity_type);
        let price = price.unwrap_or(f64::MAX);
        let known = cheapest.entry(candidate.instance_type).or_insert(price);
        *known = known.min(price);
    }
    let same = node.types.iter().filter_map(|index| cheapest.get(index));
    let price_max = same.copied().fold(f64::MAX, f64::min);
    keep_cheaper(node, types, price_max)
}

/// The first candidate that can go by itself; NodePools take turns, each with what costs least to disrupt first.
pub fn single(around: &mut Consolidation<'_, '_>, candidates: &[Candidate], budgets: &[u32]) -> Looked {
    let mut looked = Looked::default();
    for place in in_turns(candidates) {
        let candidate = &candidates[place];
        if budgets[candidate.pool] == 0 {
            looked.over_budget.push(place);
            continue;
        }
        if candidate.pods.is_empty() {
            continue;
        }
        let replacement = match around.consider(&[candidate]) {
            Verdict::Blocked(blocked) => {
                looked.blocked.push((place, blocked));
                continue;
            }
            Verdict::Delete => None,
            Verdict::Replace(node) => Some(node),
        };
        looked.command = Some(Command {
            candidates: vec![place],
            replacement,
        });
        break;
    }
    looked.budgets_bind = !looked.over_budget.is_empty();
    looked
}

fn in_turns(candidates: &[Candidate]) -> Vec<usize> {
    let mut by_pool: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for place in by_cost(candidates) {
        by_pool.entry(candidates[place].pool).or_default().push(place);
    }
    let most = by_pool.values().map(Vec::len).max().unwrap_or_default();
    let turn = |turn: usize| by_pool.values().filter_map(move |own| own.get(turn).copied());
    (0..most).flat_map(turn).collect()
}
