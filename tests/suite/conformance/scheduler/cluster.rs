//! A case of `scheduler.json` as a cluster, a pod and a scheduler.
//!
//! Knows: the file's fields and Kubernetes' API names. Must not know: what is compared.

use super::{list, text, texts};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use tonnage::engine::{Span, Time};
use tonnage::model::cluster::{ApiObjects, BoundPod, ClusterView, History, NodeFacts, NodeView, Service};
use tonnage::model::gpu::Taken;
use tonnage::model::image::Image;
use tonnage::model::labels::{Labels, Taint, TaintEffect, Toleration};
use tonnage::model::placement_rules::{
    AffinityTerm, DisruptionBudget, HostPort, LabelSelector, NodeAffinity, NodeInclusion, NodeSelectorTerm,
    Operator, PodAffinity, PreemptionPolicy, PreferredNodes, PreferredTerm, Protocol, Requirement,
    SpreadConstraint, WhenUnsatisfiable,
};
use tonnage::model::pod_template::{AsksForNone, Container, ContainerKind, PodTemplate, Usage};
use tonnage::model::resources::Resources;
use tonnage::policy::catalog::Catalog;
use tonnage::policy::parameters::Parameters;
use tonnage::policy::placement::kube_scheduler::KubeScheduler;
use tonnage::stats::Distribution;

/// The nodes and pods of a case.
pub(in crate::conformance) struct Nodes {
    nodes: Vec<NodeView>,
    objects: ApiObjects,
    history: History,
}

impl Nodes {
    /// These nodes, and nothing else.
    pub(in crate::conformance) fn of(nodes: Vec<NodeView>) -> Self {
        Self {
            nodes,
            objects: ApiObjects::default(),
            history: History::default(),
        }
    }
}

impl ClusterView for Nodes {
    fn len(&self) -> usize {
        self.nodes.len()
    }

    fn node(&self, place: usize) -> Option<&NodeView> {
        self.nodes.get(place)
    }

    fn objects(&self) -> &ApiObjects {
        &self.objects
    }

    fn roster_version(&self) -> Option<u64> {
        Some(0)
    }

    /// As the live cluster has one: what is placed here is placed the way pods of a run are.
    fn history(&self) -> Option<&History> {
        Some(&self.history)
    }
}

/// What a case gives.
pub(super) struct Given {
    pub(super) cluster: Nodes,
    pub(super) pod: Arc<PodTemplate>,
    pub(super) scheduler: KubeScheduler,
    names: BTreeMap<*const PodTemplate, String>,
}

/// Fields that change a decision; an unknown one is not passed over.
const FIELDS: [&str; 13] = [
    "id",
    "kind",
    "profile",
    "namespaces",
    "services",
    "pdbs",
    "nodes",
    "existing_pods",
    "pod",
    "prefilter_rejected",
    "result",
    "best_nodes",
    "preemption",
];

impl Given {
    /// An empty error: the case has a field that is not known here.
    pub(super) fn read(case: &Value) -> Result<Self, String> {
        let fields = case.as_object().ok_or("a case is an object")?;
        if fields.keys().any(|field| !FIELDS.contains(&field.as_str())) {
            return Err(String::new());
        }
        let mut nodes: Vec<NodeView> = list(&case["nodes"]).iter().map(node).collect();
        let mut names = BTreeMap::new();
        for existing in list(&case["existing_pods"]) {
            let class = Arc::new(template(existing));
            names.insert(Arc::as_ptr(&class), text(&existing["name"]));
            let host = nodes.iter_mut().find(|node| node.facts.name == existing["node"]);
            host.ok_or("a pod is on an unknown node")?.bind(BoundPod {
                class,
                id: None,
                started: Time::ZERO + Span::from_secs(existing["start_time_s"].as_u64().unwrap_or_default()),
                terminating: (existing["deleting"] == true).then_some(Time::ZERO),
                devices: Taken::NONE,
            });
        }
        Ok(Self {
            cluster: Nodes {
                nodes,
                objects: objects(case),
                history: History::default(),
            },
            pod: Arc::new(template(&case["pod"])),
            scheduler: scheduler(&case["profile"])?,
            names,
        })
    }

    pub(super) fn name(&self, place: usize) -> String {
        self.cluster.nodes[place].facts.name.clone()
    }

    pub(super) fn pod_name(&self, pod: &BoundPod) -> String {
        self.names[&Arc::as_ptr(&pod.class)].clone()
    }
}

/// The scheduler as the catalog builds it from a scenario's parameters.
fn scheduler(profile: &Value) -> Result<KubeScheduler, String> {
    assert!(
        Catalog::standard()
            .placement
            .iter()
            .any(|entry| entry.name == "kube_scheduler")
    );
    let named = |name: &Value| json!({"name": name, "weight": 1});
    let point = |point: &Value| json!({"utilization": point[0], "score": point[1]});
    let parameters = json!({
        "NodeResourcesFit": {"scoringStrategy": {
            "type": profile["fit_strategy"],
            "resources": profile["fit_resources"],
            "requestedToCapacityRatio": {"shape": list(&profile["shape"]).iter().map(point).collect::<Vec<_>>()},
        }},
        "NodeResourcesBalancedAllocation": {
            "resources": list(&profile["balanced_resources"]).iter().map(named).collect::<Vec<_>>(),
        },
        "InterPodAffinity": {"hardPodAffinityWeight": profile["hard_pod_affinity_weight"].as_i64().unwrap_or(1)},
    });
    let scheduler: KubeScheduler = serde_json::from_value(parameters).map_err(|error| error.to_string())?;
    scheduler.prepare().map_err(|problems| problems.join("; "))
}

fn objects(case: &Value) -> ApiObjects {
    let pairs = |value: &Value| value.as_object().cloned().unwrap_or_default();
    ApiObjects {
        volumes: Default::default(),
        namespaces: pairs(&case["namespaces"])
            .iter()
            .map(|(name, labels)| (name.clone(), map(labels)))
            .collect(),
        services: list(&case["services"])
            .iter()
            .map(|service| Service {
                namespace: text(&service["namespace"]),
                selector: map(&service["selector"]),
            })
            .collect(),
        budgets: list(&case["pdbs"])
            .iter()
            .map(|budget| DisruptionBudget {
                name: text(&budget["name"]),
                namespace: text(&budget["namespace"]),
                selector: LabelSelector::of_labels(map(&budget["match_labels"])),
                disruptions_allowed: number(&budget["disruptions_allowed"]),
            })
            .collect(),
    }
}

pub(in crate::conformance) fn node(node: &Value) -> NodeView {
    let taint = |taint: &Value| Taint {
        key: text(&taint["key"]),
        value: text(&taint["value"]),
        effect: effect(&taint["effect"]).expect("a taint has an effect"),
    };
    let facts = NodeFacts {
        name: text(&node["name"]),
        labels: map(&node["labels"]),
        taints: list(&node["taints"]).iter().map(taint).collect(),
        ..NodeFacts::default()
    };
    let mut view = NodeView::new(facts, resources(&node["allocatable"]));
    view.cordoned = node["unschedulable"] == true;
    let images = list(&node["images"]).iter();
    let images = images.flat_map(|image| {
        let bytes = image["size_bytes"].as_u64().unwrap_or_default();
        texts(&image["names"]).into_iter().map(move |name| (name, bytes))
    });
    view.images = Arc::new(images.collect());
    view
}

pub(in crate::conformance) fn template(pod: &Value) -> PodTemplate {
    let container = |main: bool| {
        move |container: &Value| {
            let asked = &container["requests"];
            Container {
                cpu_weight: None,
                name: "c".into(),
                kind: match (main, container["restart_always"] == true) {
                    (true, _) => ContainerKind::Main,
                    (false, true) => ContainerKind::Sidecar,
                    (false, false) => ContainerKind::Init,
                },
                image: container["image"].as_str().map(|name| Image {
                    name: name.to_owned(),
                    layers: Vec::new(),
                }),
                requests: resources(asked),
                asks_for_none: AsksForNone {
                    cpu: asked["cpu_milli"] == 0,
                    memory: asked["memory_bytes"] == 0,
                },
                limits: Resources::default(),
                usage: Usage::default(),
                startup: Distribution::ZERO,
            }
        }
    };
    let init = list(&pod["init_containers"]).iter().map(container(false));
    let main = list(&pod["containers"]).iter().map(container(true));
    let mut template =
        PodTemplate::new(init.chain(main).collect()).with_overhead(&resources(&pod["overhead"]));
    template.namespace = text(&pod["namespace"]);
    template.labels = map(&pod["labels"]);
    template.node_selector = map(&pod["node_selector"]);
    template.tolerations = list(&pod["tolerations"]).iter().map(toleration).collect();
    let (rules, affinity) = (&mut template.rules, &pod["affinity"]);
    rules.node_name = pod["node_name"].as_str().map(Into::into);
    rules.node_affinity = node_affinity(&affinity["nodeAffinity"]);
    rules.pod_affinity = pod_affinity(&affinity["podAffinity"]);
    rules.pod_anti_affinity = pod_affinity(&affinity["podAntiAffinity"]);
    rules.spread = list(&pod["topology_spread_constraints"])
        .iter()
        .map(spread)
        .collect();
    rules.priority = number(&pod["priority"]);
    rules.preemption = match pod["preemption_policy"].as_str() {
        Some("Never") => PreemptionPolicy::Never,
        _ => PreemptionPolicy::PreemptLowerPriority,
    };
    let port = pod["host_port"].as_u64().map(|port| HostPort {
        ip: String::new(),
        protocol: Protocol::Tcp,
        port: port as u16,
    });
    rules.host_ports = port.into_iter().collect();
    template
}

fn toleration(toleration: &Value) -> Toleration {
    Toleration {
        key: toleration["key"]
            .as_str()
            .filter(|key| !key.is_empty())
            .map(Into::into),
        value: (toleration["operator"] != "Exists").then(|| text(&toleration["value"])),
        effect: effect(&toleration["effect"]),
        lasts: None,
    }
}

fn effect(effect: &Value) -> Option<TaintEffect> {
    match effect.as_str().unwrap_or_default() {
        "NoSchedule" => Some(TaintEffect::NoSchedule),
        "PreferNoSchedule" => Some(TaintEffect::PreferNoSchedule),
        "NoExecute" => Some(TaintEffect::NoExecute),
        _ => None,
    }
}

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

fn node_affinity(affinity: &Value) -> NodeAffinity {
    let term = |term: &Value| NodeSelectorTerm {
        match_expressions: requirements(&term["matchExpressions"]),
        match_fields: requirements(&term["matchFields"]),
    };
    let required = affinity.get(REQUIRED);
    NodeAffinity {
        required: required.map(|terms| list(&terms["nodeSelectorTerms"]).iter().map(term).collect()),
        preferred: list(&affinity[PREFERRED])
            .iter()
            .map(|one| PreferredNodes {
                weight: number(&one["weight"]),
                preference: term(&one["preference"]),
            })
            .collect(),
    }
}

fn pod_affinity(affinity: &Value) -> PodAffinity {
    let term = |term: &Value| AffinityTerm {
        selector: selector(&term["labelSelector"]),
        namespaces: texts(&term["namespaces"]),
        namespace_selector: selector(&term["namespaceSelector"]),
        topology_key: text(&term["topologyKey"]),
    };
    let preferred = list(&affinity[PREFERRED]).iter();
    PodAffinity {
        required: list(&affinity[REQUIRED]).iter().map(term).collect(),
        preferred: preferred
            .map(|one| PreferredTerm {
                weight: number(&one["weight"]),
                term: term(&one["podAffinityTerm"]),
            })
            .collect(),
    }
}

fn spread(constraint: &Value) -> SpreadConstraint {
    let when = match constraint["whenUnsatisfiable"].as_str() {
        Some("ScheduleAnyway") => WhenUnsatisfiable::ScheduleAnyway,
        _ => WhenUnsatisfiable::DoNotSchedule,
    };
    let policy = |value: &Value, default| match value.as_str() {
        Some("Honor") => NodeInclusion::Honor,
        Some("Ignore") => NodeInclusion::Ignore,
        _ => default,
    };
    let (skew, key) = (number(&constraint["maxSkew"]), text(&constraint["topologyKey"]));
    SpreadConstraint {
        min_domains: constraint["minDomains"]
            .as_i64()
            .map_or(1, |domains| domains as i32),
        node_affinity_policy: policy(&constraint["nodeAffinityPolicy"], NodeInclusion::Honor),
        node_taints_policy: policy(&constraint["nodeTaintsPolicy"], NodeInclusion::Ignore),
        match_label_keys: texts(&constraint["matchLabelKeys"]),
        ..SpreadConstraint::new(skew, &key, when, selector(&constraint["labelSelector"]))
    }
}

fn selector(selector: &Value) -> Option<LabelSelector> {
    selector.is_object().then(|| LabelSelector {
        match_labels: map(&selector["matchLabels"]),
        match_expressions: requirements(&selector["matchExpressions"]),
    })
}

fn requirements(expressions: &Value) -> Vec<Requirement> {
    let requirement = |one: &Value| Requirement {
        key: text(&one["key"]),
        operator: match one["operator"].as_str().expect("an operator") {
            "In" => Operator::In,
            "NotIn" => Operator::NotIn,
            "Exists" => Operator::Exists,
            "DoesNotExist" => Operator::DoesNotExist,
            "Gt" => Operator::Gt,
            "Lt" => Operator::Lt,
            other => panic!("unknown operator {other}"),
        },
        values: texts(&one["values"]),
    };
    list(expressions).iter().map(requirement).collect()
}

fn resources(amounts: &Value) -> Resources {
    let mut resources = Resources::default();
    for (name, amount) in amounts.as_object().into_iter().flatten() {
        let amount = amount.as_u64().expect("an amount");
        match name.as_str() {
            "cpu_milli" => resources.cpu_milli = amount,
            "memory_bytes" => resources.memory_bytes = amount,
            "ephemeral_bytes" => resources.ephemeral_bytes = amount,
            "pods" => resources.pods = amount,
            name => resources = resources.with_extended(name, amount),
        }
    }
    resources
}

fn map(labels: &Value) -> Labels {
    let pairs = labels.as_object().into_iter().flatten();
    pairs.map(|(key, value)| (key.clone(), text(value))).collect()
}

fn number(value: &Value) -> i32 {
    value.as_i64().unwrap_or_default() as i32
}
