//! Why Karpenter decides, as people read it.

use super::consolidation::Blocked;
use super::planned_node::Refusal;
use crate::policy::reason::{Reason, ReasonKind, Value};
use std::sync::Arc;

/// Declares kinds of reasons: name, code, sentence.
macro_rules! kinds {
    ($($name:ident $code:literal $sentence:literal;)*) => {
        $(pub(super) static $name: ReasonKind = ReasonKind { code: $code, sentence: $sentence };)*
    };
}

kinds! {
    PROVISIONED "pods_pending"
        "for {pods} (the first: {first}), a node of NodePool {nodepool}: {types} would do, {cheapest}";
    REPLACES "replaces"
        "in place of {nodes}, for {pods}, a node of NodePool {nodepool}: {types} would do, {cheapest}";
    EMPTY "empty" "no pod on it has to move{together}: that saves {saving} USD an hour";
    DRIFTED "drifted" "NodePool {nodepool} no longer allows what `{label}` it has: its {pods:pod moves|pods move}";
    DELETED "underutilized_delete"
        "what is on it ({pods}) fits on other nodes{together}: that saves {saving} USD an hour";
    REPLACED "underutilized_replace"
        "what is on it ({pods}) fits into {cheaper} instead, which comes up first{together}: that saves {saving} USD an hour";
    EXPIRED "expired" "it is {age} old, NodePool {nodepool} lets nodes become {life}";
    INTERRUPTED "interrupted" "the provider takes it back in {span}";
    NOT_REGISTERED "not_registered" "it has not come up in {span}";
    REPLACEMENT_FAILED "replacement_failed" "what was to come in its place did not come: {why}";
    NO_NODE "no_node_for_pod" "{pods:pod fits|pods fit} on no node that could be made; NodePool {nodepool}: {why}";
    HELD_PDB "held_by_budget" "disruption budget {budget} of {pod} allows no disruption now";
    HELD_POD "held_by_pod" "{pod} has the annotation karpenter.sh/do-not-disrupt";
    HELD_NODE "held_by_node" "it has the annotation karpenter.sh/do-not-disrupt";
    HELD_NOMINATED "held_nominated" "pods that wait are about to come to it";
    HELD_MIN "held_by_pool_min" "pool {pool} is at its least number of nodes";
    HELD_BUDGET "held_by_nodepool_budget" "the budgets of NodePool {nodepool} allow no further node to go because of {reason}";
    HELD_POLICY "held_by_policy" "NodePool {nodepool} consolidates nodes only when they are empty";
    HELD_AFTER "held_consolidate_after" "pods came or went {span} ago, NodePool {nodepool} waits {after}";
    HELD_NEVER "held_consolidate_never" "NodePool {nodepool} never consolidates";
    STAYS_UNPLANNED "stays_pods_would_not_fit" "{pods} of its pods would have no place: {why}";
    STAYS_UNINITIALIZED "stays_needs_node_that_boots" "its pods would go to a node that is not up yet";
    STAYS_MANY "stays_needs_several_nodes" "it cannot go without {nodes:new node|new nodes} in its place";
    STAYS_PRICE "stays_not_cheaper" "no instance type that takes its pods is cheaper";
    STAYS_MIN_VALUES "stays_min_values" "cheaper instance types would leave fewer values than minValues asks for";
    STAYS_SPOT "stays_spot_to_spot_off" "a spot node is not replaced by a spot node: SpotToSpotConsolidation is off";
    STAYS_SPOT_TYPES "stays_spot_to_spot_types"
        "a spot node is replaced by a spot node only if 15 instance types are cheaper, {types:is|are}";
    EXPIRY_HELD "expired_held" "it is older than NodePool {nodepool} lets nodes become, and {pod} must not be disrupted";
    CHANGED "validation_failed" "15 s later it no longer holds: {why}";
}

/// US dollars an hour.
pub(super) fn price(usd: f64) -> Value {
    Value::Name(format!("{usd:.4}").into())
}

/// A name.
pub(super) fn name(text: &Arc<str>) -> Value {
    Value::Name(text.clone())
}

/// Why a NodePool makes no node for a pod.
pub(super) fn refusal(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Taint(key) => format!("the pods do not tolerate its taint {key}"),
        Refusal::Label(key) => format!("its nodes never have the label {key} that the pods ask for"),
        Refusal::Volume(key) => format!("its nodes are never where a volume is, by the label {key}"),
        Refusal::Topology => "where other pods are leaves no place".to_owned(),
        Refusal::NoTypeMeets => "no instance type has the labels that are asked for".to_owned(),
        Refusal::NoTypeFits => "no instance type is large enough".to_owned(),
        Refusal::NoOffering => "no instance type that would do is available".to_owned(),
        Refusal::MinValues(key) => format!("minValues of {key} could not be met"),
        Refusal::Limits => "its limits leave too little".to_owned(),
    }
}

/// Why a node stays.
pub(super) fn blocked(blocked: &Blocked) -> Reason {
    match blocked {
        Blocked::Unplanned { pods, why } => {
            let why = why.as_ref().map_or_else(String::new, refusal);
            Reason::new(&STAYS_UNPLANNED)
                .with("pods", Value::Count(*pods as u64))
                .with("why", Value::Name(why.into()))
        }
        Blocked::Uninitialized => Reason::new(&STAYS_UNINITIALIZED),
        Blocked::ManyNodes(nodes) => Reason::new(&STAYS_MANY).with("nodes", Value::Count(*nodes as u64)),
        Blocked::NotCheaper => Reason::new(&STAYS_PRICE),
        Blocked::MinValues => Reason::new(&STAYS_MIN_VALUES),
        Blocked::SpotToSpotOff => Reason::new(&STAYS_SPOT),
        Blocked::SpotToSpotTypes(types) => {
            Reason::new(&STAYS_SPOT_TYPES).with("types", Value::Count(*types as u64))
        }
    }
}

/// So many of something.
pub(super) fn counted(count: usize, one: &str, more: &str) -> Value {
    let what = if count == 1 { one } else { more };
    Value::Name(format!("{count} {what}").into())
}

/// Pods.
pub(super) fn pods(count: usize) -> Value {
    counted(count, "pod", "pods")
}

/// That other nodes go at the same time, if any of all `nodes` that go do.
pub(super) fn together(nodes: usize) -> Value {
    match nodes {
        0 | 1 => Value::Word(""),
        2 => Value::Word(", together with another node"),
        more => Value::Name(format!(", together with {} other nodes", more - 1).into()),
    }
}
