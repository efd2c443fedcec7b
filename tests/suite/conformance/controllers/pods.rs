//! Which pods come and go: deletion order, slow start, budgets, StatefulSets.

use super::{allowed, count, flag, list, phase, span, text, whole};
use serde_json::{Value, json};
use tonnage::model::placement_rules::BudgetRule;
use tonnage::platform::kubernetes::deletion_order::{self, Candidate};
use tonnage::platform::kubernetes::disruption::{self, BudgetPod};
use tonnage::platform::kubernetes::slow_start;
use tonnage::platform::kubernetes::stateful_set::{self, Revision, StatefulPod, StatefulSet, UpdateStrategy};

pub(super) fn deletion_order(given: &Value) -> Value {
    let pods = list(&given["pods"]);
    let related = pods.iter().chain(list(&given["other_related_pods"]));
    let related: Vec<_> = related
        .filter(|pod| !phase(&pod["phase"]).is_terminal() && pod["terminating"] != true)
        .map(|pod| text(&pod["node"]))
        .collect();
    let candidates: Vec<_> = pods
        .iter()
        .map(|pod| {
            let node = text(&pod["node"]);
            let uid = text(&pod["uid"]).replace('-', "");
            let restarts = list(&pod["restarts"]).iter().map(whole).max().unwrap_or(0);
            Candidate {
                assigned: !node.is_empty(),
                phase: phase(&pod["phase"]),
                ready_for: span(&pod["ready_for_s"]),
                deletion_cost: pod["deletion_cost"]
                    .as_i64()
                    .map_or(0, |_| count(&pod["deletion_cost"])),
                doubled_up: related.iter().filter(|&&other| other == node).count(),
                restarts: u32::try_from(restarts).expect("a count"),
                sidecar_restarts: 0,
                age: span(&pod["age_s"]).expect("an age"),
                uid: u128::from_str_radix(&uid, 16).expect("a hexadecimal number"),
            }
        })
        .collect();
    let order = deletion_order::replica_set(&candidates);
    let names = order.into_iter().map(|place| text(&pods[place]["name"]));
    json!({"delete_order": names.collect::<Vec<_>>()})
}

pub(super) fn slow_start(given: &Value) -> Value {
    let size = |field: &str| usize::try_from(whole(&given[field])).expect("a count");
    let mut left = size("creations_allowed");
    let done = slow_start::create(size("want"), || {
        let good = left > 0;
        left = left.saturating_sub(1);
        good
    });
    json!({"attempted": done.attempted, "created": done.succeeded, "error": done.failed})
}

pub(super) fn budget(given: &Value) -> Value {
    let rule = match (
        allowed(&given["min_available"]),
        allowed(&given["max_unavailable"]),
    ) {
        (Some(least), _) => BudgetRule::MinAvailable(least),
        (None, Some(most)) => BudgetRule::MaxUnavailable(most),
        (None, None) => panic!("a budget without a rule"),
    };
    let pods: Vec<_> = list(&given["pods"])
        .iter()
        .map(|pod| BudgetPod {
            ready: flag(&pod["ready"]),
            terminating: flag(&pod["terminating"]),
            evicted_for: span(&pod["evicted_ago_s"]),
        })
        .collect();
    let owns = |controller: &&Value| {
        let name = &controller["name"];
        list(&given["pods"]).iter().any(|pod| pod["controller"] == *name)
    };
    let owners = list(&given["controllers"]).iter().filter(owns);
    let scale = owners.map(|controller| count(&controller["replicas"])).sum();
    let status = disruption::status(rule, &pods, scale);
    let disrupted = (0..pods.len()).filter(|&place| pods[place].still_disrupted());
    let mut disrupted: Vec<_> = disrupted
        .map(|place| text(&given["pods"][place]["name"]))
        .collect();
    disrupted.sort_unstable();
    json!({
        "current_healthy": status.current_healthy,
        "desired_healthy": status.desired_healthy,
        "disruptions_allowed": status.disruptions_allowed,
        "expected_pods": status.expected_pods,
        "still_disrupted": disrupted,
    })
}

pub(super) fn stateful_set(given: &Value) -> Value {
    let one = allowed(&json!("1"));
    let strategy = match text(&given["update_strategy"]) {
        "OnDelete" => UpdateStrategy::OnDelete,
        _ => UpdateStrategy::RollingUpdate {
            partition: given["partition"].as_i64().map(|_| count(&given["partition"])),
            max_unavailable: allowed(&given["max_unavailable"])
                .or(one)
                .filter(|_| flag(&given["max_unavailable_gate"])),
        },
    };
    let parallel = text(&given["pod_management"]) == "Parallel";
    let set = StatefulSet {
        replicas: count(&given["replicas"]),
        strategy,
        parallel,
        min_ready: span(&given["min_ready_s"]).expect("a span"),
        current_replicas: count(&given["status_current_replicas"]),
    };
    let pods: Vec<_> = list(&given["pods"])
        .iter()
        .map(|pod| StatefulPod {
            ordinal: count(&pod["ordinal"]),
            revision: if text(&pod["revision"]) == "new" {
                Revision::New
            } else {
                Revision::Old
            },
            phase: phase(&pod["phase"]),
            ready_for: span(&pod["ready_for_s"]),
            terminating: flag(&pod["terminating"]),
        })
        .collect();
    let done = stateful_set::pass(&set, &pods);
    let created = done.created.iter().map(|(ordinal, revision)| match revision {
        Revision::Old => format!("s-{ordinal}@old"),
        Revision::New => format!("s-{ordinal}@new"),
    });
    let mut created: Vec<_> = created.collect();
    let mut deleted: Vec<_> = done
        .deleted
        .iter()
        .map(|ordinal| format!("s-{ordinal}"))
        .collect();
    if parallel {
        created.sort_unstable();
        deleted.sort_unstable();
    }
    json!({"created": created, "deleted": deleted})
}
