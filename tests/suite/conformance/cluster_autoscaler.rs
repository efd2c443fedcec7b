//! `cluster_autoscaler.json`: what the real Cluster Autoscaler estimated, chose and measured.
//!
//! Knows: the file's fields. Must not know: how anything is decided.

mod removal;

use super::scheduler::cluster::{Nodes, node, template};
use super::{Case, Mismatch, Verdict};
use serde_json::{Value, json};
use std::sync::Arc;
use tonnage::engine::Time;
use tonnage::policy::node_scaling::cluster_autoscaler::estimator::{self, Estimate, Group, Settings};
use tonnage::policy::node_scaling::cluster_autoscaler::expander::{Expander, Growth, PriceContext};
use tonnage::policy::node_scaling::cluster_autoscaler::utilization::{
    Decisive, Kind, Leaving, Occupant, Utilization,
};
use tonnage::policy::placement::KubeScheduler;

const GPU: &str = "nvidia.com/gpu";

/// Checks a case of any kind that is modelled.
pub(crate) fn check(case: &Case) -> Verdict {
    let value = case.value;
    let mismatches = match value["kind"].as_str() {
        Some("expander") => expander(value),
        Some("utilization") => utilization(value),
        Some("binpacking_estimate") => binpacking(value),
        Some("node_removal") => removal::check(value),
        _ => return Verdict::NotYetSupported,
    };
    if mismatches.is_empty() {
        Verdict::Pass
    } else {
        Verdict::Fail(mismatches)
    }
}

fn differs(what: &str, expected: &Value, actual: &Value) -> Option<Mismatch> {
    (expected != actual).then(|| Mismatch {
        what: what.to_owned(),
        expected: expected.to_string(),
        actual: actual.to_string(),
    })
}

fn expander(case: &Value) -> Vec<Mismatch> {
    let model = &case["price_model"];
    let price = |cpu_milli: f64, bytes: f64| {
        cpu_milli / 1000.0 * number(&model["cpu_core_hour"])
            + bytes / f64::from(1 << 30) * number(&model["gib_hour"])
    };
    let options = case["options"].as_array().expect("a list");
    let way = |option: &Value| {
        let (asked, pods) = (&option["pod_requests"], whole(&option["pod_count"]));
        let (cpu, memory) = (whole(&asked["cpu_milli"]), whole(&asked["memory_bytes"]));
        Growth {
            nodes: whole(&option["node_count"]) as u32,
            pods: pods as u32,
            asked: (cpu * pods, memory * pods),
            capacity: (
                whole(&option["node"]["cpu_milli"]),
                whole(&option["node"]["memory_bytes"]),
            ),
            node_price: number(&option["node_price_per_hour"]),
            pods_price: price(cpu as f64, memory as f64) * pods as f64,
            gpus: whole(&option["node"][GPU]) > 0,
            exists: true,
        }
    };
    let ways: Vec<Growth> = options.iter().map(way).collect();
    let context = PriceContext {
        small_pod_price: price(500.0, f64::from(500 << 20)),
        cluster_nodes: whole(&case["cluster_size"]) as usize,
    };
    let kinds = [
        ("least_waste", Expander::LeastWaste),
        ("most_pods", Expander::MostPods),
        ("least_nodes", Expander::LeastNodes),
        ("price", Expander::Price),
    ];
    let check = |(field, expander): (&str, Expander)| {
        let best = expander.best(&ways, context);
        let best: Vec<&Value> = best.into_iter().map(|place| &options[place]["id"]).collect();
        differs(field, &case[field], &json!(best))
    };
    kinds.into_iter().filter_map(check).collect()
}

fn utilization(case: &Value) -> Vec<Mismatch> {
    let view = node(&case["node"]);
    let pods = case["pods"].as_array().expect("a list");
    let templates: Vec<_> = pods.iter().map(|pod| template(&pod["pod"])).collect();
    let occupants: Vec<Occupant<'_>> = pods
        .iter()
        .zip(&templates)
        .map(|(pod, template)| Occupant {
            requests: template.requests(),
            kind: match pod["owner"].as_str() {
                Some("DaemonSet") => Kind::Daemon,
                Some("mirror") => Kind::Mirror,
                _ => Kind::Ordinary,
            },
            long_terminating: pod["long_terminating"] == true,
        })
        .collect();
    let leaving = Leaving {
        daemons: case["ignore_daemonsets"] == true,
        mirrors: case["ignore_mirror"] == true,
    };
    let gpu = (case["gpu_node"] == true).then_some(GPU);
    let Some(found) = Utilization::of(&view.allocatable, gpu, &occupants, leaving) else {
        return vec![Mismatch {
            what: "utilization".to_owned(),
            expected: case["utilization"].to_string(),
            actual: "nothing is allocatable".to_owned(),
        }];
    };
    let (resource, full) = found.decisive();
    let resource = match resource {
        Decisive::Cpu => "cpu",
        Decisive::Memory => "memory",
        Decisive::Gpu => GPU,
    };
    let same = |what: &str, actual: f64| {
        let expected = &case[what];
        let equal = match expected.as_f64() {
            Some(expected) => (expected - actual).abs() <= 1e-15 * expected.abs(),
            None => actual.is_nan() == (expected == "NaN"),
        };
        (!equal).then(|| Mismatch {
            what: what.to_owned(),
            expected: expected.to_string(),
            actual: actual.to_string(),
        })
    };
    [
        same("cpu_util", found.cpu),
        same("mem_util", found.memory),
        same("gpu_util", found.gpu.unwrap_or(0.0)),
        same("utilization", full),
        differs("resource", &case["resource"], &json!(resource)),
        differs(
            "eligible_at_threshold_0.5",
            &case["eligible_at_threshold_0.5"],
            &json!(found.is_low(0.5)),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn binpacking(case: &Value) -> Vec<Mismatch> {
    let list = |field: &str| case[field].as_array().cloned().unwrap_or_default();
    let open = |value: &Value| {
        let mut view = node(value);
        view.open = true;
        view
    };
    let existing = Nodes::of(list("existing_nodes").iter().map(open).collect());
    let fresh = open(&case["template"]);
    let given = list("groups");
    let groups: Vec<Group> = given
        .iter()
        .map(|group| Group {
            class: Arc::new(template(&group["pod"])),
            count: whole(&group["count"]) as u32,
            like: None,
        })
        .collect();
    let name = |index: usize| given[index]["pod"]["name"].as_str().unwrap_or_default();
    let most = whole(&case["max_nodes"]);
    let mut mismatches = Vec::new();
    for (field, fast_path) in [("normal", false), ("fastpath", true)] {
        let settings = Settings {
            nodes_max: (most > 0).then_some(most as u32),
            capacity: (fresh.allocatable.cpu_milli, fresh.allocatable.memory_bytes),
            fast_path,
            last_found: 0,
        };
        let scheduler = KubeScheduler::default();
        let Estimate {
            nodes,
            scheduled,
            runs,
            ..
        } = estimator::estimate(
            &scheduler,
            &existing,
            std::slice::from_ref(&fresh),
            &groups,
            settings,
            Time::ZERO,
        );
        let per_group: serde_json::Map<String, Value> = scheduled
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0)
            .map(|(index, count)| (name(index).to_owned(), json!(count)))
            .collect();
        let runs: Vec<&str> = runs.into_iter().map(name).collect();
        let actual = json!({
            "nodes": nodes,
            "placement_runs": runs,
            "scheduled": scheduled.iter().sum::<u32>(),
            "scheduled_per_group": per_group,
        });
        mismatches.extend(differs(field, &case[field], &actual));
    }
    mismatches
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_default()
}

fn whole(value: &Value) -> u64 {
    value.as_u64().unwrap_or_default()
}
