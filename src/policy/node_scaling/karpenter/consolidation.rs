//! Whether nodes can go because their pods fit elsewhere, or into one node that costs less (`disruption/consolidation.go`).

use super::allowed_values::AllowedValues;
use super::instance_type::{CapacityType, InstanceType, Offering, min_values_met, order_by_price};
use super::planned_node::{PlannedNode, Refusal};
use super::planner::{Plan, Planner};
use super::pod_queue::{PlannedPod, PodSource};
use super::requirements::CAPACITY_TYPE_LABEL;

use std::sync::Arc;

/// A spot node is replaced by a spot node only if so many types would be cheaper.
pub const SPOT_TO_SPOT_TYPES_MIN: usize = 15;

/// A node that might be disrupted.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The node's index among the planner's.
    pub node: usize,
    /// The index of its NodePool.
    pub pool: usize,
    /// The index of its instance type.
    pub instance_type: usize,
    /// Its zone.
    pub zone: Arc<str>,
    /// How it is bought.
    pub capacity_type: CapacityType,
    /// What it costs to disrupt it.
    pub cost: f64,
    /// The pods that would have to move.
    pub pods: Vec<PlannedPod>,
}

impl Candidate {
    /// What it costs by now, US dollars an hour; nothing if its type is no longer on offer there.
    #[must_use]
    pub fn price(&self, types: &[InstanceType]) -> f64 {
        let price = types[self.instance_type].price_of(&self.zone, self.capacity_type);
        price.unwrap_or_default()
    }
}

/// Why nodes do not go.
#[derive(Clone, Debug, PartialEq)]
pub enum Blocked {
    /// Some pods would have no place.
    Unplanned {
        /// How many.
        pods: usize,
        /// The last NodePool's reason for the first of them.
        why: Option<Refusal>,
    },
    /// Some pods would go to a node that is not up yet.
    Uninitialized,
    /// Their pods would need so many new nodes.
    ManyNodes(usize),
    /// No type that takes the pods is cheaper.
    NotCheaper,
    /// Cheaper types would leave too few values possible.
    MinValues,
    /// All are spot, the replacement may be spot, and that gate is off.
    SpotToSpotOff,
    /// All are spot, the replacement may be spot, and only so many types are cheaper.
    SpotToSpotTypes(usize),
}

/// What to do about nodes.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Leave them.
    Blocked(Blocked),
    /// Remove them: their pods fit on others.
    Delete,
    /// Put one node in their place.
    Replace(Box<PlannedNode>),
}

/// What consolidation looks at beside the candidates.
#[derive(Debug)]
pub struct Consolidation<'p, 'o> {
    /// The cluster.
    pub planner: &'p mut Planner<'o>,
    /// Pods that want places too: those that wait, and those of nodes that are going.
    pub others: &'p [PlannedPod],
    /// Whether spot nodes are replaced by spot nodes.
    pub spot_to_spot: bool,
}

impl Consolidation<'_, '_> {
    /// Whether all of `candidates` can go together.
    pub fn consider(&mut self, candidates: &[&Candidate]) -> Verdict {
        let plan = self.simulate(candidates);
        if let Some(blocked) = self.unplaced(&plan) {
            return Verdict::Blocked(blocked);
        }
        let mut nodes = plan.nodes;
        let Some(mut node) = nodes.pop() else {
            return Verdict::Delete;
        };
        if !nodes.is_empty() {
            return Verdict::Blocked(Blocked::ManyNodes(nodes.len() + 1));
        }
        let types = &self.planner.offer().types;
        let price = price_of(candidates, types);
        let all_spot = candidates
            .iter()
            .all(|one| one.capacity_type == CapacityType::Spot);
        let may_be = |node: &PlannedNode, kind: CapacityType| {
            node.requirements.allow(CAPACITY_TYPE_LABEL, kind.label())
        };
        order_by_price(&mut node.types, types, &node.requirements);
        if all_spot && may_be(&node, CapacityType::Spot) {
            return self.spot_to_spot(candidates, node, price);
        }
        if let Err(blocked) = keep_cheaper(&mut node, types, price) {
            return Verdict::Blocked(blocked);
        }
        // The types were chosen by their spot prices: were there no spot, on-demand could cost more than what goes.
        let is_spot = |one: &Offering| one.capacity_type == CapacityType::Spot;
        let sold_as_spot = |&index: &usize| types[index].offerings.iter().any(is_spot);
        if may_be(&node, CapacityType::Spot)
            && may_be(&node, CapacityType::OnDemand)
            && node.types.iter().any(sold_as_spot)
        {
            node.requirements.narrow(CAPACITY_TYPE_LABEL, &only_spot());
        }
        Verdict::Replace(Box::new(node))
    }

    fn spot_to_spot(&self, candidates: &[&Candidate], mut node: PlannedNode, price: f64) -> Verdict {
        if !self.spot_to_spot {
            return Verdict::Blocked(Blocked::SpotToSpotOff);
        }
        let types = &self.planner.offer().types;
        node.requirements.narrow(CAPACITY_TYPE_LABEL, &only_spot());
        let requirements = &node.requirements;
        node.types
            .retain(|&index| types[index].launchable(requirements).next().is_some());
        if let Err(blocked) = keep_cheaper(&mut node, types, price) {
            return Verdict::Blocked(blocked);
        }
        if candidates.len() > 1 {
            return Verdict::Replace(Box::new(node));
        }
        if node.types.len() < SPOT_TO_SPOT_TYPES_MIN {
            return Verdict::Blocked(Blocked::SpotToSpotTypes(node.types.len()));
        }
        // Only the cheapest are named, so that whichever is launched is not replaced again at once.
        let needed = min_values_met(&node.types, types, &node.requirements).0;
        node.types.truncate(SPOT_TO_SPOT_TYPES_MIN.max(needed));
        Verdict::Replace(Box::new(node))
    }

    /// Where pods would go without the candidates.
    pub fn simulate(&mut self, candidates: &[&Candidate]) -> Plan {
        let without: Vec<usize> = candidates.iter().map(|candidate| candidate.node).collect();
        let moving = candidates.iter().flat_map(|candidate| &candidate.pods);
        let pods = self.others.iter().chain(moving).copied().collect();
        self.planner.what_if(&without, pods)
    }

    /// Pods that have a node and would have no place, or one on a node of which it is not known that it will come up.
    #[must_use]
    pub fn unplaced(&self, plan: &Plan) -> Option<Blocked> {
        let has_node = |pod: &PlannedPod| pod.from != PodSource::Waiting;
        let mut unplanned = plan.unplanned.iter().filter(|one| has_node(&one.pod));
        if let Some(first) = unplanned.next() {
            return Some(Blocked::Unplanned {
                pods: 1 + unplanned.count(),
                why: first.refusals.last().cloned(),
            });
        }
        let nodes = self.planner.existing.all();
        let mut existing = plan.existing.iter();
        existing
            .any(|(node, pod)| pod.from == PodSource::Moving && !nodes[*node].initialized)
            .then_some(Blocked::Uninitialized)
    }
}

/// What the candidates cost together; nothing if one of them has no price any more, so that nothing is cheaper.
#[must_use]
pub fn price_of(candidates: &[&Candidate], types: &[InstanceType]) -> f64 {
    let price = |one: &&Candidate| types[one.instance_type].price_of(&one.zone, one.capacity_type);
    let prices: Option<Vec<f64>> = candidates.iter().map(price).collect();
    prices.map_or(0.0, |prices| prices.iter().sum())
}

/// Keeps the types whose worst launch costs less than `price`.
///
/// # Errors
/// When that is none, or too few.
pub fn keep_cheaper(node: &mut PlannedNode, types: &[InstanceType], price: f64) -> Result<(), Blocked> {
    let requirements = &node.requirements;
    node.types
        .retain(|&index| types[index].worst_launch(requirements) < price);
    if !min_values_met(&node.types, types, &node.requirements)
        .1
        .is_empty()
    {
        return Err(Blocked::MinValues);
    }
    if node.types.is_empty() {
        return Err(Blocked::NotCheaper);
    }
    Ok(())
}

/// What a command saves an hour, as Karpenter reports it: the replacement is credited at the cheapest offering anywhere of
/// its cheapest type.
#[must_use]
pub fn reported_saving(
    candidates: &[&Candidate],
    replacement: Option<&PlannedNode>,
    types: &[InstanceType],
) -> f64 {
    let cheapest = replacement.and_then(|node| {
        let mut order = node.types.clone();
        order_by_price(&mut order, types, &node.requirements);
        order.first().map(|&index| types[index].cheapest_anywhere())
    });
    price_of(candidates, types) - cheapest.unwrap_or_default()
}

fn only_spot() -> AllowedValues {
    AllowedValues::only([CapacityType::Spot.label()])
}
