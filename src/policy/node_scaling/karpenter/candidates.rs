//! Which nodes might be disrupted, and what keeps the others from it (`disruption/types.go`, `state/statenode.go`).

use super::consolidation::Candidate;
use super::disruption_cost::{DELETION_COST_ANNOTATION, eviction_cost, lifetime_remaining};
use super::market::capacity_type;
use super::node_pool::{ConsolidationPolicy, NodePool};
use super::planner::Planner;
use super::pod_queue::PodSource;
use super::policy::{Karpenter, Look};
use super::provisioning::describe;
use super::reasons::{
    self, HELD_AFTER, HELD_MIN, HELD_NEVER, HELD_NODE, HELD_NOMINATED, HELD_PDB, HELD_POD, HELD_POLICY,
};
use super::requirements::Undefined;
use crate::model::cluster::{ApiObjects, NodePhase, NodeView};
use crate::model::labels::Labels;
use crate::model::owner::Owner;
use crate::model::pod_template::PodTemplate;
use crate::policy::node_scaling::NodeInfo;
use crate::policy::reason::{Reason, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The annotation that keeps a pod, or the node it is on, from being disrupted.
pub const DO_NOT_DISRUPT_ANNOTATION: &str = "karpenter.sh/do-not-disrupt";

/// A node that might be disrupted.
#[derive(Clone, Debug)]
pub(super) struct Site {
    pub(super) candidate: Candidate,
    /// Its position among the nodes of the look.
    pub(super) info: usize,
    /// What keeps it from being consolidated though it might be disrupted.
    pub(super) unconsolidatable: Option<Reason>,
    /// What keeps it from being consolidated by methods that move pods.
    pub(super) only_when_empty: bool,
    /// The label that its NodePool no longer allows.
    pub(super) drifted: Option<Arc<str>>,
    /// Its pods keep it: only drift with a termination grace period may disrupt it.
    pub(super) held: Option<Reason>,
}

/// Nodes that might be disrupted, and those that might not with why.
#[derive(Debug, Default)]
pub(super) struct Sites {
    pub(super) sites: Vec<Site>,
    pub(super) held: Vec<(usize, Reason)>,
}

impl Karpenter {
    /// Looks at every node of a NodePool that is up and stays.
    pub(super) fn sites(&mut self, look: &Look<'_, '_>, planner: &Planner<'_>) -> Sites {
        let view = look.view;
        let mut index_of: Vec<usize> = vec![usize::MAX; view.cluster.len()];
        for (index, node) in planner.existing.all().iter().enumerate() {
            index_of[node.place] = index;
        }
        let mut staying: Vec<u32> = view.pools.iter().map(|pool| pool.staying).collect();
        let mut keepers = Keepers::default();
        let mut found = Sites::default();
        for (place, info) in view.nodes.iter().enumerate() {
            if info.phase != NodePhase::Ready || self.is_going(info) {
                continue;
            }
            let (Some(node), Some(known)) = (view.cluster.node(info.place), self.memory.roster.of(info.id))
            else {
                continue;
            };
            let Some(pool) = known.pool else { continue };
            let node_pool = &self.pools[pool];
            if self
                .memory
                .nominated
                .get(&info.id)
                .is_some_and(|until| *until > view.now)
            {
                found.held.push((place, Reason::new(&HELD_NOMINATED)));
                continue;
            }
            let spec = view.pools[info.pool].spec;
            if staying[info.pool] <= spec.nodes_min {
                let name = Value::Name(spec.name.as_str().into());
                found
                    .held
                    .push((place, Reason::new(&HELD_MIN).with("pool", name)));
                continue;
            }
            if is_kept(&node.facts.annotations) || is_kept(&node_pool.annotations) {
                found.held.push((place, Reason::new(&HELD_NODE)));
                continue;
            }
            let held = keepers.of(node, view.cluster.objects());
            // A grace period ends what a budget forbids; a pod that must not be disrupted is not looked for then.
            let eventual = |reason: &&Reason| {
                node_pool.termination_grace.is_some() && reason.kind().code == HELD_PDB.code
            };
            if let Some(reason) = held.as_ref().filter(|reason| !eventual(reason)) {
                found.held.push((place, reason.clone()));
                continue;
            }
            let labels = self.memory.roster.labels_of(known);
            let drifted = labels
                .conflict(&node_pool.requirements, Undefined::WellKnownAllowed)
                .map(Into::into);
            let cost =
                cost_of(node) * lifetime_remaining(view.now.since(info.launched), node_pool.expire_after);
            let unconsolidatable = unconsolidatable(look, info, node_pool);
            let only_when_empty = node_pool.disruption.policy == ConsolidationPolicy::WhenEmpty;
            let pods = self.memory.roster.movable(view, node, PodSource::Moving);
            if !pods.is_empty() || held.is_none() {
                staying[info.pool] -= u32::from(spec.nodes_min > 0);
            }
            found.sites.push(Site {
                candidate: Candidate {
                    node: index_of[info.place],
                    pool,
                    instance_type: look.market.of_pool[info.pool],
                    zone: spec.zones.get(node.zone).map_or("", String::as_str).into(),
                    capacity_type: capacity_type(spec),
                    cost,
                    pods,
                },
                info: place,
                unconsolidatable,
                only_when_empty,
                drifted,
                held,
            });
        }
        found
    }

    /// The first pod of a node that must not be disrupted, for people.
    pub(super) fn held_pod(&self, look: &Look<'_, '_>, info: &NodeInfo) -> Option<String> {
        let node = look.view.cluster.node(info.place)?;
        let mut pods = node
            .pods
            .classes()
            .iter()
            .filter(|count| count.pods > count.terminating);
        let keeper = pods.find(|count| must_stay(&count.class))?;
        Some(describe(&keeper.class))
    }
}

/// What pods cost to evict, all of a node's together.
fn cost_of(node: &NodeView) -> f64 {
    let mut sum = 0.0;
    for count in node.pods.classes() {
        let stated = count
            .class
            .annotations
            .get(DELETION_COST_ANNOTATION)
            .map(String::as_str);
        let cost = eviction_cost(stated, count.class.rules.priority);
        for _ in count.terminating..count.pods {
            sum += cost;
        }
    }
    sum
}

fn unconsolidatable(look: &Look<'_, '_>, info: &NodeInfo, pool: &NodePool) -> Option<Reason> {
    let name = reasons::name(&pool.name);
    let Some(after) = pool.disruption.consolidate_after else {
        return Some(Reason::new(&HELD_NEVER).with("nodepool", name));
    };
    let since = info.pods_changed.max(info.ready.unwrap_or(info.launched));
    let idle = look.view.now.since(since);
    (idle < after).then(|| {
        Reason::new(&HELD_AFTER)
            .with("nodepool", name)
            .with("span", Value::Span(idle))
            .with("after", Value::Span(after))
    })
}

/// Why a node that could be consolidated when empty is not now.
pub(super) fn only_when_empty(pool: &NodePool) -> Reason {
    Reason::new(&HELD_POLICY).with("nodepool", reasons::name(&pool.name))
}

fn must_stay(template: &PodTemplate) -> bool {
    is_kept(&template.annotations)
}

fn is_kept(annotations: &Labels) -> bool {
    let annotation = annotations.get(DO_NOT_DISRUPT_ANNOTATION);
    annotation.is_some_and(|value| value == "true")
}

/// Which classes of pods keep their nodes, asked once for each.
#[derive(Default)]
struct Keepers {
    known: BTreeMap<usize, Option<Reason>>,
}

impl Keepers {
    /// What keeps a node, if a pod on it does.
    fn of(&mut self, node: &NodeView, objects: &ApiObjects) -> Option<Reason> {
        let mut staying = node
            .pods
            .classes()
            .iter()
            .filter(|count| count.pods > count.terminating);
        staying.find_map(|count| {
            let address = Arc::as_ptr(&count.class) as usize;
            let known = self
                .known
                .entry(address)
                .or_insert_with(|| keeps(&count.class, objects));
            known.clone()
        })
    }
}

fn keeps(template: &PodTemplate, objects: &ApiObjects) -> Option<Reason> {
    let pod = || Value::Name(describe(template).into());
    if must_stay(template) {
        return Some(Reason::new(&HELD_POD).with("pod", pod()));
    }
    if template.owner == Owner::DaemonSet {
        return None;
    }
    let covers = |&&budget: &&&crate::model::placement_rules::DisruptionBudget| {
        budget.disruptions_allowed <= 0 && budget.covers(&template.namespace, &template.labels)
    };
    let budgets = objects.budgets.iter().collect::<Vec<_>>();
    let budget = budgets.iter().find(covers)?;
    Some(
        Reason::new(&HELD_PDB)
            .with("budget", Value::Name(budget.name.as_str().into()))
            .with("pod", pod()),
    )
}
