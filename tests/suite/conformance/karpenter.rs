//! `karpenter.json`: what the real Karpenter planned, consolidated and allowed.
//!
//! Knows: the file's fields. Must not know: how anything is decided.

mod given;

use super::{Case, Mismatch, Verdict};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tonnage::model::placement_rules::ZONE_LABEL;
use tonnage::policy::node_scaling::karpenter::budgets::{Budget, DisruptionReason, allowed};
use tonnage::policy::node_scaling::karpenter::consolidation::{Candidate, Consolidation, reported_saving};
use tonnage::policy::node_scaling::karpenter::disruption_cost::{eviction_cost, lifetime_remaining};
use tonnage::policy::node_scaling::karpenter::instance_type::order_by_price;
use tonnage::policy::node_scaling::karpenter::methods::{self, Command};
use tonnage::policy::node_scaling::karpenter::node_pool::{ConsolidationPolicy, NodePool};
use tonnage::policy::node_scaling::karpenter::planned_node::PlannedNode;
use tonnage::policy::node_scaling::karpenter::planner::Offer;
use tonnage::policy::node_scaling::karpenter::pod_queue::{PlannedPod, PodSource, sort};
use tonnage::policy::node_scaling::karpenter::requirements::CAPACITY_TYPE_LABEL;

use given::*;
/// When every case was recorded, unless it says so itself.
const NOW: &str = "2026-08-20T12:00:00Z";
const REASONS: [DisruptionReason; 3] = [
    DisruptionReason::Drifted,
    DisruptionReason::Empty,
    DisruptionReason::Underutilized,
];

/// Checks a case of any kind that is modelled.
pub(crate) fn check(case: &Case) -> Verdict {
    let (input, expect) = (&case.value["input"], &case.value["expect"]);
    let mismatches = match case.value["kind"].as_str() {
        Some("budget") => budget(input, expect),
        Some("disruption_cost") => cost(input, expect),
        Some("pod_order") => order(input, expect),
        Some("provision") => provision(input, expect),
        Some("consolidate") => consolidate(input, expect),
        _ => return Verdict::NotYetSupported,
    };
    if mismatches.is_empty() {
        Verdict::Pass
    } else {
        Verdict::Fail(mismatches)
    }
}

fn budget(input: &Value, expect: &Value) -> Vec<Mismatch> {
    let budgets: Vec<Budget> = list(&input["budgets"]).iter().map(read_budget).collect();
    let reason = REASONS
        .into_iter()
        .find(|reason| input["reason"] == reason.name());
    let now = input["now"].as_str().unwrap_or(NOW).parse().expect("a time");
    let nodes = whole(&input["nodes"]) as u32;
    let found = allowed(&budgets, nodes, reason.expect("a reason"), now);
    let broken = budgets.iter().any(|budget| {
        budget
            .window
            .as_ref()
            .is_some_and(|window| window.schedule.is_none())
    });
    let actual = found.map_or(json!("unlimited"), |found| json!(found));
    differences(expect, &json!({"allowed": actual, "error": broken}))
}

fn cost(input: &Value, expect: &Value) -> Vec<Mismatch> {
    let costs: Vec<f64> = list(&input["pods"]).iter().map(pod_cost).collect();
    let sum: f64 = costs.iter().sum();
    let left = lifetime_remaining(seconds(&input["age_s"]), expiry(&input["expire_after_s"]));
    let actual = json!({
        "disruption_cost": sum * left,
        "lifetime_remaining": left,
        "pod_costs": costs,
        "rescheduling_cost": sum,
    });
    differences(expect, &actual)
}

fn pod_cost(pod: &Value) -> f64 {
    let stated = pod["deletion_cost"].as_str().filter(|text| !text.is_empty());
    eviction_cost(stated, pod["priority"].as_i64().unwrap_or_default() as i32)
}

fn order(input: &Value, expect: &Value) -> Vec<Mismatch> {
    let mut pods = Pods::default();
    let mut planned = pods.read(&input["pods"], PodSource::Waiting);
    sort(&mut planned, |class| pods.classes.get(class).template.requests());
    differences(expect, &json!({"order": pods.names(&planned)}))
}

fn provision(input: &Value, expect: &Value) -> Vec<Mismatch> {
    let cluster = Cluster::read(input);
    let mut pods = cluster.pods;
    let pending = pods.read(&input["pending_pods"], PodSource::Waiting);
    let mut planner = planner(&cluster.offer, pods.classes.clone(), cluster.existing);
    let plan = planner.what_if(&[], pending);
    let mut existing: BTreeMap<String, Vec<PlannedPod>> = BTreeMap::new();
    for (node, pod) in &plan.existing {
        let name = planner.existing.all()[*node].name.to_string();
        existing.entry(name).or_default().push(*pod);
    }
    let existing: BTreeMap<String, Vec<String>> = existing
        .into_iter()
        .map(|(node, own)| (node, sorted(pods.names(&own))))
        .collect();
    let mut claims: Vec<Value> = plan
        .nodes
        .iter()
        .map(|node| claim(node, &cluster.offer, &pods))
        .collect();
    claims.sort_by_key(|claim| claim["pods"].to_string());
    let left: Vec<PlannedPod> = plan.unplanned.iter().map(|one| one.pod).collect();
    let actual = json!({
        "existing": existing,
        "new_claims": claims,
        "unschedulable": sorted(pods.names(&left)),
    });
    let mut expected = expect.clone();
    if let Some(claims) = expected["new_claims"].as_array_mut() {
        claims.sort_by_key(|claim| claim["pods"].to_string());
    }
    differences(&expected, &actual)
}

fn consolidate(input: &Value, expect: &Value) -> Vec<Mismatch> {
    let cluster = Cluster::read(input);
    let mut pods = cluster.pods;
    let others = pods.read(&input["pending_pods"], PodSource::Waiting);
    let nodes = list(&input["nodes"]);
    let by_name = |name: &str| nodes.iter().find(|node| node["name"] == name).expect("a node");
    let mut candidates = Vec::new();
    let mut names = Vec::new();
    let mut consolidatable = Vec::new();
    for (index, node) in cluster.existing.all().iter().enumerate() {
        let given = by_name(&node.name);
        let bound = list(&given["pods"]);
        if !node.initialized || bound.iter().any(|pod| pod["do_not_disrupt"] == true) {
            continue;
        }
        let moving = pods.read(&given["pods"], PodSource::Moving);
        let left = lifetime_remaining(seconds(&given["age_s"]), expiry(&given["expire_after_s"]));
        let (pool, _) = node.charged.as_ref().expect("of a NodePool");
        let types = &cluster.offer.types;
        candidates.push(Candidate {
            node: index,
            pool: *pool,
            instance_type: types
                .iter()
                .position(|one| *one.name == *text(&given["instance_type"]))
                .expect("a type"),
            zone: text(&given["zone"]).into(),
            capacity_type: capacity_type(&given["capacity_type"]),
            cost: bound.iter().map(pod_cost).sum::<f64>() * left,
            pods: moving,
        });
        names.push(node.name.to_string());
        consolidatable.push(given["not_consolidatable"] != true);
    }
    let offer = &cluster.offer;
    let mut budgets = BTreeMap::new();
    for reason in REASONS {
        let allowed: Vec<u32> = offer
            .pools
            .iter()
            .map(|pool| left_over(pool, nodes, reason))
            .collect();
        budgets.insert(reason.name(), allowed);
    }
    let by_pool = |reason: &str| {
        let named = offer.pools.iter().zip(&budgets[reason]);
        named
            .map(|(pool, &allowed)| (pool.name.to_string(), json!(allowed)))
            .collect::<serde_json::Map<_, _>>()
    };
    let mut listed: Vec<Value> = candidates
        .iter()
        .zip(&names)
        .map(|(one, name)| json!({"disruption_cost": one.cost, "node": name, "price": one.price(&offer.types)}))
        .collect();
    listed.sort_by_key(|one| one["node"].to_string());
    let may = |underutilized: bool| {
        let open = candidates.iter().zip(&consolidatable).filter(|(one, open)| {
            let policy = offer.pools[one.pool].disruption.policy;
            **open && (!underutilized || policy == ConsolidationPolicy::WhenEmptyOrUnderutilized)
        });
        open.map(|(one, _)| one.clone()).collect::<Vec<_>>()
    };
    let mut planner = planner(offer, pods.classes.clone(), cluster.existing);
    let node_names: Vec<String> = planner
        .existing
        .all()
        .iter()
        .map(|node| node.name.to_string())
        .collect();
    let mut around = Consolidation {
        planner: &mut planner,
        others: &others,
        spot_to_spot: input["spot_to_spot"] == true,
    };
    let (idle, busy) = (may(false), may(true));
    let empty = methods::empty(&idle, budgets["Empty"].clone()).command;
    let multi = methods::multi(&mut around, &busy, budgets["Underutilized"].clone()).command;
    let single = methods::single(&mut around, &busy, &budgets["Underutilized"]).command;
    let shown = |command: Option<Command>, from: &[Candidate]| {
        let Some(command) = command else {
            return json!({"decision": "no-op"});
        };
        let going: Vec<&Candidate> = command.candidates.iter().map(|&place| &from[place]).collect();
        let names = going.iter().map(|one| node_names[one.node].clone()).collect();
        let replacement = command.replacement.as_deref();
        let mut shown = json!({
            "decision": if replacement.is_some() { "replace" } else { "delete" },
            "remove": sorted(names),
            "savings": reported_saving(&going, replacement, &offer.types),
        });
        if let Some(node) = replacement {
            shown["replacement"] = claim(node, offer, &pods);
        }
        shown
    };
    let actual = json!({
        "budgets": {
            "Drifted": by_pool("Drifted"), "Empty": by_pool("Empty"), "Underutilized": by_pool("Underutilized"),
        },
        "candidates": listed,
        "empty": shown(empty, &idle),
        "multi": shown(multi, &busy),
        "single": shown(single, &busy),
    });
    let mut expected = expect.clone();
    for method in ["empty", "multi", "single"] {
        if let Some(names) = expected[method].get_mut("remove").and_then(Value::as_array_mut) {
            names.sort_by_key(ToString::to_string);
        }
    }
    differences(&expected, &actual)
}

/// What the budgets of a NodePool leave after nodes that are not ready.
fn left_over(pool: &NodePool, nodes: &[Value], reason: DisruptionReason) -> u32 {
    let own = nodes
        .iter()
        .filter(|node| node["node_pool"] == *pool.name && node["not_initialized"] != true);
    let count = own.clone().count() as u32;
    let down = own.filter(|node| node["not_ready"] == true).count() as u32;
    let now = NOW.parse().expect("a time");
    let allowed = allowed(&pool.disruption.budgets, count, reason, now).unwrap_or(i32::MAX as u32);
    allowed.saturating_sub(down)
}

/// A planned node as the file shows one.
fn claim(node: &PlannedNode, offer: &Offer, pods: &Pods) -> Value {
    let mut types = node.types.clone();
    order_by_price(&mut types, &offer.types, &node.requirements);
    let cheapest = types
        .first()
        .map(|&index| offer.types[index].cheapest_launch(&node.requirements));
    let allowed = |key: &str, all: &mut dyn Iterator<Item = String>| {
        let open: Vec<String> = all.filter(|value| node.requirements.allow(key, value)).collect();
        let mut open = sorted(open);
        open.dedup();
        open
    };
    let mut zones = offer
        .types
        .iter()
        .flat_map(|one| one.offerings.iter().map(|offering| offering.zone.to_string()));
    let mut ways = ["on-demand".to_owned(), "spot".to_owned()].into_iter();
    json!({
        "capacity_types_allowed": allowed(CAPACITY_TYPE_LABEL, &mut ways),
        "cheapest_price": cheapest,
        "instance_types_by_price": types.iter().map(|&index| offer.types[index].name.to_string()).collect::<Vec<_>>(),
        "node_pool": offer.pools[node.pool].name.to_string(),
        "pods": sorted(pods.names(&node.pods)),
        "request_cpu_milli": node.requests.cpu_milli,
        "request_memory_mib": node.requests.memory_bytes >> 20,
        "zones_allowed": allowed(ZONE_LABEL, &mut zones),
    })
}

/// Every field in which `actual` is not what is expected; numbers may differ in the last places.
fn differences(expected: &Value, actual: &Value) -> Vec<Mismatch> {
    let mut found = Vec::new();
    compare("", expected, actual, &mut found);
    found
}

fn compare(path: &str, expected: &Value, actual: &Value, found: &mut Vec<Mismatch>) {
    let same = match (expected, actual) {
        (Value::Object(fields), Value::Object(own)) if fields.len() == own.len() => {
            for (name, value) in fields {
                compare(&format!("{path}.{name}"), value, &actual[name], found);
            }
            true
        }
        (Value::Array(items), Value::Array(own)) if items.len() == own.len() => {
            for (place, (value, own)) in items.iter().zip(own).enumerate() {
                compare(&format!("{path}[{place}]"), value, own, found);
            }
            true
        }
        (Value::Number(_), Value::Number(_)) => {
            let (one, other) = (
                expected.as_f64().unwrap_or_default(),
                actual.as_f64().unwrap_or_default(),
            );
            (one - other).abs() <= 1e-9 * one.abs().max(1.0)
        }
        _ => expected == actual,
    };
    if !same {
        found.push(Mismatch {
            what: path.trim_start_matches('.').to_owned(),
            expected: expected.to_string(),
            actual: actual.to_string(),
        });
    }
}
