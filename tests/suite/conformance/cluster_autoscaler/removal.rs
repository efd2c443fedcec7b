//! Cases of the kind `node_removal`: each node of a cluster on its own, as if it should go.
//!
//! Knows: the file's fields. Must not know: how anything is decided.

use super::super::Mismatch;
use super::super::scheduler::cluster::{Nodes, node, template};
use super::differs;
use serde_json::{Value, json};
use std::sync::Arc;
use tonnage::engine::{Span, Time};
use tonnage::model::cluster::{BoundPod, ClusterView};
use tonnage::model::gpu::Taken;
use tonnage::model::placement_rules::{
    AffinityTerm, DisruptionBudget, HOSTNAME_LABEL, LabelSelector, PodAffinity,
};
use tonnage::model::pod_template::PodTemplate;
use tonnage::policy::node_scaling::cluster_autoscaler::drain::{
    DrainRules, Fate, RemainingBudgets, Tenant, covering,
};
use tonnage::policy::node_scaling::cluster_autoscaler::removal::Removals;
use tonnage::policy::node_scaling::cluster_autoscaler::utilization::Kind;
use tonnage::policy::placement::KubeScheduler;

/// All pods of a case are created at 1 s, and every node is tried at 2000 s.
const AGE: Span = Span::from_secs(1999);

/// A pod of a case.
struct Pod<'a> {
    value: &'a Value,
    class: Arc<PodTemplate>,
}

pub(super) fn check(case: &Value) -> Vec<Mismatch> {
    let list = |field: &str| case[field].as_array().expect("a list");
    let pods: Vec<Pod<'_>> = list("pods").iter().map(pod).collect();
    let budgets: Vec<DisruptionBudget> = list("pdbs").iter().map(budget).collect();
    let mut views: Vec<_> = list("nodes").iter().map(node).collect();
    for view in &mut views {
        view.open = true;
        let name = view.facts.name.clone();
        for pod in pods.iter().filter(|pod| pod.on(&name)) {
            view.bind(pod.bound());
        }
    }
    let names: Vec<String> = views.iter().map(|view| view.facts.name.clone()).collect();
    let cluster = Nodes::of(views);
    let answer = |place: usize| removal(&cluster, place, &names[place], &pods, &budgets);
    let answers: Vec<Value> = (0..cluster.len()).map(answer).collect();
    let expected = list("results").iter().zip(&answers);
    expected
        .filter_map(|(expected, actual)| {
            differs(&format!("removal of {}", expected["node"]), expected, actual)
        })
        .collect()
}

fn removal(
    cluster: &Nodes,
    place: usize,
    name: &str,
    pods: &[Pod<'_>],
    budgets: &[DisruptionBudget],
) -> Value {
    let remaining = RemainingBudgets::of(budgets);
    let (mut moving, mut daemons) = (Vec::new(), Vec::new());
    for pod in pods.iter().filter(|pod| pod.on(name)) {
        let covering = covering(budgets, &pod.class.namespace, &pod.class.labels);
        match DrainRules::default().fate(&pod.tenant(), &remaining, &covering) {
            Fate::Moves => moving.push(pod),
            Fate::EndsWithNode => daemons.push(pod.name()),
            Fate::Vanishes => {}
            Fate::Blocks(blocker) => {
                return json!({
                    "blocking_pod": pod.name(),
                    "blocking_reason": blocker.name(),
                    "node": name,
                    "reason": "BlockedByPod",
                    "removable": false,
                });
            }
        }
    }
    let scheduler = KubeScheduler::default();
    let now = Time::ZERO + Span::from_secs(2000);
    let mut removals = Removals::new(&scheduler, cluster, vec![true; cluster.len()], 0, now);
    let bound: Vec<BoundPod> = moving.iter().map(|pod| pod.bound()).collect();
    match removals.remove(place, &bound, &|_| None) {
        Ok(_) => json!({
            "daemonset_pods": daemons,
            "node": name,
            "pods_to_reschedule": moving.iter().map(|pod| pod.name()).collect::<Vec<_>>(),
            "removable": true,
        }),
        Err(_) => json!({"node": name, "reason": "NoPlaceToMovePods", "removable": false}),
    }
}

impl Pod<'_> {
    fn on(&self, node: &str) -> bool {
        self.value["pod"]["node"] == node
    }

    fn name(&self) -> &Value {
        &self.value["pod"]["name"]
    }

    fn bound(&self) -> BoundPod {
        BoundPod {
            class: self.class.clone(),
            id: None,
            started: Time::ZERO + Span::from_secs(1),
            terminating: None,
            devices: Taken::NONE,
        }
    }

    fn tenant(&self) -> Tenant<'_> {
        Tenant {
            namespace: &self.class.namespace,
            labels: &self.class.labels,
            kind: match self.value["owner"].as_str() {
                Some("DaemonSet") => Kind::Daemon,
                Some("mirror") => Kind::Mirror,
                _ => Kind::Ordinary,
            },
            replicated: self.value["owner"] != "",
            safe_to_evict: self.value["safe_to_evict"].as_str().map(|said| said == "true"),
            local_storage: self.value["empty_dir"] == true,
            finished: false,
            long_terminating: false,
            age: AGE,
        }
    }
}

fn pod(value: &Value) -> Pod<'_> {
    let mut class = template(&value["pod"]);
    if value["hostname_anti_affinity_to_own_app"] == true {
        let own = AffinityTerm {
            selector: Some(LabelSelector::of_labels(class.labels.clone())),
            namespaces: Vec::new(),
            namespace_selector: None,
            topology_key: HOSTNAME_LABEL.to_owned(),
        };
        class.rules.pod_anti_affinity = PodAffinity {
            required: vec![own],
            preferred: Vec::new(),
        };
    }
    Pod {
        value,
        class: Arc::new(class),
    }
}

fn budget(value: &Value) -> DisruptionBudget {
    let labels = value["match_labels"].as_object().expect("labels");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    DisruptionBudget {
        name: "budget".to_owned(),
        namespace: text(&value["namespace"]),
        selector: LabelSelector::of_labels(
            labels
                .iter()
                .map(|(key, value)| (key.clone(), text(value)))
                .collect(),
        ),
        disruptions_allowed: value["disruptions_allowed"].as_i64().unwrap_or_default() as i32,
    }
}
