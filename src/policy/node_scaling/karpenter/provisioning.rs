//! Pods that wait, and pods of nodes that are going, get nodes (`provisioning/provisioner.go`).

use super::batch::Durations;
use super::instance_type::{CapacityType, InstanceType, Offering, order_by_price};
use super::planned_node::PlannedNode;
use super::planner::{Plan, Planner};
use super::pod_class::PodClasses;
use super::pod_queue::{PlannedPod, PodSource};
use super::policy::{Karpenter, Look};
use super::reasons::{self, NO_NODE, PROVISIONED, REPLACES};
use super::requirements::{CAPACITY_TYPE_LABEL, is_well_known};
use crate::engine::Time;
use crate::model::labels::Labels;
use crate::model::pod_template::PodTemplate;
use crate::policy::node_scaling::{self, NodeClaim, NodeDecision};
use crate::policy::reason::{Reason, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

impl Karpenter {
    /// Plans nodes if a window of waiting pods closes now; when the next one does.
    pub(super) fn provision_when_due(&mut self, look: &mut Look<'_, '_>) -> Option<Time> {
        let now = look.view.now;
        let newest = look.view.pending.iter().map(|group| group.newest).max();
        // Nodes that are going ask for new ones, as their pods will have to move.
        let newest = newest.or_else(|| (!self.memory.going.is_empty()).then_some(Time::ZERO))?;
        let durations = Durations {
            idle: self.batch_idle_duration.span(),
            most: self.batch_max_duration.span(),
        };
        let due = self.memory.batch.wait(now, newest, durations);
        if due > now || !self.memory.batch.is_open() {
            return Some(due);
        }
        self.memory.batch.close(now);
        self.provision(look);
        Some(self.memory.batch.wait(now, newest, durations))
    }

    fn provision(&mut self, look: &mut Look<'_, '_>) {
        let memory = &mut self.memory;
        let mut pods = memory.roster.waiting(look.view);
        pods.extend(memory.roster.leaving(look.view, &memory.going));
        if pods.is_empty() {
            return;
        }
        let existing = memory.roster.existing(look.view, look.market, &memory.going);
        let classes = std::mem::take(&mut memory.roster.classes);
        let mut planner = Planner::new(look.offer, classes, existing, look.view.cluster.objects());
        let plan = planner.what_if(&[], pods);
        self.nominate(look, &planner, &plan);
        for node in &plan.nodes {
            let reason = launch_reason(node, look.offer, &planner.classes, None);
            self.claim(look, node, reason);
        }
        tell_unplanned(look, &plan, &planner.classes);
        self.memory.roster.classes = planner.into_classes();
    }

    /// Nodes that pods are about to come to are spared for a while.
    pub(super) fn nominate(&mut self, look: &Look<'_, '_>, planner: &Planner<'_>, plan: &Plan) {
        let until = look.view.now + self.nomination_window();
        for (node, _) in &plan.existing {
            let place = planner.existing.all()[*node].place;
            let infos = look.view.nodes;
            // Positions are in the order of launch, as the nodes are.
            if let Ok(index) = infos.binary_search_by_key(&place, |info| info.place) {
                self.memory.nominated.insert(infos[index].id, until);
            }
        }
    }

    /// Asks for a planned node; the claim's number.
    pub(super) fn claim(&mut self, look: &mut Look<'_, '_>, node: &PlannedNode, reason: Reason) -> u64 {
        let claim = self.memory.claims_ever;
        self.memory.claims_ever += 1;
        let pool = &look.offer.pools[node.pool];
        let chosen = offerings(node, &look.offer.types, claim);
        look.decisions.push(NodeDecision::Claim {
            claim: Box::new(NodeClaim {
                claim,
                labels: labels(node, &chosen),
                offerings: chosen
                    .iter()
                    .map(|one| node_scaling::Offering {
                        pool: one.pool,
                        zone: one.zone_index,
                    })
                    .collect(),
                taints: pool.taints.clone(),
            }),
            reason,
        });
        claim
    }
}

/// Where a planned node may come from, the best first: spot if any is on offer, cheapest first. Zones of one price take
/// turns from claim to claim.
fn offerings<'a>(node: &'a PlannedNode, types: &'a [InstanceType], turn: u64) -> Vec<&'a Offering> {
    let launchable: Vec<&Offering> = node
        .types
        .iter()
        .flat_map(|&index| types[index].launchable(&node.requirements))
        .collect();
    let has_spot = launchable
        .iter()
        .any(|one| one.capacity_type == CapacityType::Spot);
    let wanted = if has_spot {
        CapacityType::Spot
    } else {
        CapacityType::OnDemand
    };
    let mut chosen: Vec<&Offering> = launchable
        .into_iter()
        .filter(|one| one.capacity_type == wanted)
        .collect();
    chosen.sort_by(|one, other| {
        let by_price = one.price.total_cmp(&other.price);
        by_price.then_with(|| (one.pool, one.zone_index).cmp(&(other.pool, other.zone_index)))
    });
    for alike in
        chosen.chunk_by_mut(|one, other| one.price.total_cmp(&other.price).is_eq() && one.pool == other.pool)
    {
        let zones = alike.len() as u64;
        alike.rotate_left((turn % zones) as usize);
    }
    chosen
}

/// What a node is labelled with beside what its machine is: whatever is asked for that one value meets.
fn labels(node: &PlannedNode, chosen: &[&Offering]) -> Labels {
    let mut labels = Labels::new();
    for (key, allowed) in node.requirements.iter() {
        let value = match allowed.listed() {
            Some([value]) => value,
            Some([value, ..]) if !is_well_known(key) => value,
            _ => continue,
        };
        // The machine says where it is and what it is.
        if !is_machines_own(key) {
            labels.insert(key.to_string(), value.to_string());
        }
    }
    if let Some(first) = chosen.first() {
        labels.insert(
            CAPACITY_TYPE_LABEL.to_owned(),
            first.capacity_type.label().to_owned(),
        );
    }
    labels
}

fn is_machines_own(key: &str) -> bool {
    use crate::model::labels::INSTANCE_TYPE_LABEL;
    use crate::model::placement_rules::{REGION_LABEL, ZONE_LABEL};
    [INSTANCE_TYPE_LABEL, ZONE_LABEL, REGION_LABEL, CAPACITY_TYPE_LABEL].contains(&key)
}

/// The cheapest instance type that a planned node may be, with its price.
pub(super) fn cheapest_of(node: &PlannedNode, offer: &super::planner::Offer) -> Arc<str> {
    let mut types = node.types.clone();
    order_by_price(&mut types, &offer.types, &node.requirements);
    let first = types.first().map(|&index| priced(node, offer, index));
    first
        .unwrap_or_else(|| "nothing that is available".to_owned())
        .into()
}

fn priced(node: &PlannedNode, offer: &super::planner::Offer, index: usize) -> String {
    let one = &offer.types[index];
    let price = one.cheapest_launch(&node.requirements);
    format!("{} at {price:.4} USD an hour", one.name)
}

/// Why a node is launched: for which pods, of which NodePool, and what was the cheapest, then the next cheapest.
pub(super) fn launch_reason(
    node: &PlannedNode,
    offer: &super::planner::Offer,
    classes: &PodClasses,
    replaces: Option<(usize, &Arc<str>)>,
) -> Reason {
    let mut types = node.types.clone();
    order_by_price(&mut types, &offer.types, &node.requirements);
    let priced = |index: &usize| priced(node, offer, *index);
    let cheapest = match types.as_slice() {
        [] => "none is available".to_owned(),
        [only] => format!("{} is the cheapest", priced(only)),
        [first, second, ..] => format!("{} is the cheapest, then {}", priced(first), priced(second)),
    };
    let reason = match replaces {
        None => {
            let first = node
                .pods
                .first()
                .map(|pod| describe(&classes.get(pod.class).template));
            Reason::new(&PROVISIONED).with("first", Value::Name(first.unwrap_or_default().into()))
        }
        Some((1, first)) => Reason::new(&REPLACES).with("nodes", reasons::name(first)),
        Some((nodes, first)) => {
            let all = match nodes - 1 {
                1 => format!("{first} and another node"),
                more => format!("{first} and {more} other nodes"),
            };
            Reason::new(&REPLACES).with("nodes", Value::Name(all.into()))
        }
    };
    reason
        .with("pods", reasons::pods(node.pods.len()))
        .with("nodepool", reasons::name(&offer.pools[node.pool].name))
        .with(
            "types",
            reasons::counted(types.len(), "instance type", "instance types"),
        )
        .with("cheapest", Value::Name(cheapest.into()))
}

/// What tells pods of a template from others, for people.
pub(super) fn describe(template: &PodTemplate) -> String {
    let named = ["app.kubernetes.io/name", "app", "name"]
        .iter()
        .find_map(|key| template.labels.get(*key));
    let requests = template.requests();
    let asks = format!("{}m CPU, {} MiB", requests.cpu_milli, requests.memory_bytes >> 20);
    match named {
        Some(name) => format!("{}/{name}, {asks}", template.namespace),
        None => format!("of {}, {asks}", template.namespace),
    }
}

/// Says for which waiting pods no node could be made.
fn tell_unplanned(look: &mut Look<'_, '_>, plan: &Plan, classes: &PodClasses) {
    let mut by_class: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    for (place, one) in plan.unplanned.iter().enumerate() {
        let PlannedPod { class, from, .. } = one.pod;
        if from == PodSource::Waiting {
            by_class.entry(class).or_insert((0, place)).0 += 1;
        }
    }
    for (class, (pods, first)) in by_class {
        let refusals = &plan.unplanned[first].refusals;
        let (nodepool, why) = match refusals.last() {
            Some(why) => {
                let pool = look.offer.pools.get(refusals.len() - 1);
                (pool.map(|pool| pool.name.clone()), reasons::refusal(why))
            }
            None => (None, "it is not known why".to_owned()),
        };
        let reason = Reason::new(&NO_NODE)
            .with("pods", Value::Count(pods as u64))
            .with("nodepool", Value::Name(nodepool.unwrap_or_else(|| "none".into())))
            .with("why", Value::Name(why.into()));
        look.decisions.push(NodeDecision::Hold {
            subject: format!("pods {}", describe(&classes.get(class).template)).into(),
            reason,
        });
    }
}
