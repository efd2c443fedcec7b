//! A case of `karpenter.json` as NodePools, instance types, nodes and pods.
//!
//! Knows: the file's fields. Must not know: what is compared.

use super::REASONS;
use serde_json::Value;
use std::sync::Arc;
use tonnage::engine::{Span, Time};
use tonnage::model::cluster::ApiObjects;
use tonnage::model::cron::Recurrence;
use tonnage::model::labels::{INSTANCE_TYPE_LABEL, Labels, Taint, TaintEffect, Toleration};
use tonnage::model::placement_rules::{
    AffinityTerm, HOSTNAME_LABEL, LabelSelector, NodeSelectorTerm, Operator, PreferredNodes, Requirement,
    SpreadConstraint, WhenUnsatisfiable, ZONE_LABEL,
};
use tonnage::model::pod_template::PodTemplate;
use tonnage::model::resources::Resources;
use tonnage::policy::node_scaling::karpenter::allowed_values::AllowedValues;
use tonnage::policy::node_scaling::karpenter::budgets::{Budget, Nodes, Window};
use tonnage::policy::node_scaling::karpenter::daemon_overhead::DaemonOverheads;
use tonnage::policy::node_scaling::karpenter::existing_nodes::{ExistingNode, ExistingNodes, NodeKind};
use tonnage::policy::node_scaling::karpenter::instance_type::{CapacityType, InstanceType, Offering};
use tonnage::policy::node_scaling::karpenter::node_pool::{
    ConsolidationPolicy, Disruption, Limited, Limits, NodePool, sort_by_weight,
};
use tonnage::policy::node_scaling::karpenter::planner::{Offer, Planner};
use tonnage::policy::node_scaling::karpenter::pod_class::{PodClasses, VolumeNeeds};
use tonnage::policy::node_scaling::karpenter::pod_queue::{PlannedPod, PodSource};
use tonnage::policy::node_scaling::karpenter::requirements::{
    CAPACITY_TYPE_LABEL, NODE_POOL_LABEL, Requirements,
};

/// Nodes, what more can be made of, and names.
pub(super) struct Cluster {
    pub(super) offer: Offer,
    pub(super) existing: ExistingNodes,
    pub(super) pods: Pods,
}

impl Cluster {
    pub(super) fn read(input: &Value) -> Self {
        let types: Vec<InstanceType> = list(&input["instance_types"]).iter().map(instance_type).collect();
        let mut pools: Vec<NodePool> = list(&input["node_pools"]).iter().map(node_pool).collect();
        sort_by_weight(&mut pools);
        let daemons: Vec<Arc<PodTemplate>> = list(&input["daemon_pods"])
            .iter()
            .map(|pod| Arc::new(template(pod)))
            .collect();
        let daemons: Vec<&Arc<PodTemplate>> = daemons.iter().collect();
        let overheads = pools
            .iter()
            .map(|pool| DaemonOverheads::new(pool, &types, &daemons))
            .collect();
        let offer = Offer::new(pools, types, overheads);
        let mut pods = Pods::default();
        let mut kinds = Vec::new();
        let nodes = list(&input["nodes"]).iter().enumerate();
        let nodes = nodes
            .map(|(place, node)| {
                let bound = pods.read(&node["pods"], PodSource::Moving);
                existing_node(place, node, &offer, &bound, &pods.classes, &mut kinds)
            })
            .collect();
        Self {
            offer,
            existing: ExistingNodes::new(kinds, nodes),
            pods,
        }
    }
}

pub(super) fn existing_node(
    place: usize,
    node: &Value,
    offer: &Offer,
    bound: &[PlannedPod],
    classes: &PodClasses,
    kinds: &mut Vec<NodeKind>,
) -> ExistingNode {
    let (name, pool) = (text(&node["name"]), text(&node["node_pool"]));
    let pool = offer
        .pools
        .iter()
        .position(|one| *one.name == *pool)
        .expect("a NodePool");
    let own = offer
        .types
        .iter()
        .find(|one| *one.name == *text(&node["instance_type"]))
        .expect("a type");
    let labels = Labels::from([
        (INSTANCE_TYPE_LABEL.to_owned(), text(&node["instance_type"])),
        (ZONE_LABEL.to_owned(), text(&node["zone"])),
        (CAPACITY_TYPE_LABEL.to_owned(), text(&node["capacity_type"])),
        (NODE_POOL_LABEL.to_owned(), text(&node["node_pool"])),
    ]);
    kinds.push(NodeKind::new(&labels, offer.pools[pool].taints.clone()));
    let mut free = own.allocatable.clone();
    for pod in bound {
        free.subtract(classes.get(pod.class).template.requests());
    }
    let daemons = offer.daemons[pool].of(offer
        .types
        .iter()
        .position(|one| one.name == own.name)
        .expect("a type"));
    free.subtract(&daemons.requests);
    ExistingNode {
        place,
        name: name.as_str().into(),
        hostname: name.as_str().into(),
        kind: kinds.len() - 1,
        initialized: node["not_initialized"] != true,
        charged: Some((pool, own.capacity.clone())),
        free,
        ports: Vec::new(),
        pods: bound.iter().map(|pod| (pod.class, 1)).collect(),
        volumes: None,
    }
}

pub(super) fn planner(offer: &Offer, classes: PodClasses, existing: ExistingNodes) -> Planner<'_> {
    Planner::new(offer, classes, existing, ApiObjects::NONE)
}

/// Pods by class and by the rank of their UIDs.
#[derive(Default)]
pub(super) struct Pods {
    pub(super) classes: PodClasses,
    names: Vec<String>,
}

impl Pods {
    pub(super) fn read(&mut self, pods: &Value, from: PodSource) -> Vec<PlannedPod> {
        let none: VolumeNeeds = Arc::new([]);
        let mut given: Vec<&Value> = list(pods).iter().collect();
        given.sort_by_key(|pod| text(&pod["name"]));
        let mut planned = Vec::new();
        for pod in given {
            let class = self.classes.of(&Arc::new(template(pod)), &none);
            planned.push(PlannedPod {
                class,
                created: Time::ZERO + seconds(&pod["created_s"]),
                uid: self.names.len() as u64,
                id: None,
                from,
            });
            self.names.push(text(&pod["name"]));
        }
        planned
    }

    pub(super) fn names(&self, pods: &[PlannedPod]) -> Vec<String> {
        pods.iter()
            .map(|pod| self.names[pod.uid as usize].clone())
            .collect()
    }
}

pub(super) fn template(pod: &Value) -> PodTemplate {
    let asked = Resources::new(whole(&pod["cpu_milli"]), whole(&pod["memory_mib"]) << 20);
    let mut template = PodTemplate::new(Vec::new()).with_overhead(&asked);
    template.labels = Labels::from([("app".to_owned(), "x".to_owned())]);
    for (key, value) in pod["node_selector"].as_object().into_iter().flatten() {
        template.node_selector.insert(key.clone(), text(value));
    }
    let alike = Some(LabelSelector::of_labels(template.labels.clone()));
    if pod["anti_affinity_self_hostname"] == true {
        template.rules.pod_anti_affinity.required.push(AffinityTerm {
            selector: alike.clone(),
            topology_key: HOSTNAME_LABEL.to_owned(),
            ..AffinityTerm::default()
        });
    }
    if let Some(skew) = pod["zone_spread_max_skew"].as_i64().filter(|&skew| skew > 0) {
        let hard = WhenUnsatisfiable::DoNotSchedule;
        template
            .rules
            .spread
            .push(SpreadConstraint::new(skew as i32, ZONE_LABEL, hard, alike));
    }
    if let Some(zone) = pod["preferred_zone"].as_str() {
        let wish = Requirement {
            key: ZONE_LABEL.to_owned(),
            operator: Operator::In,
            values: vec![zone.to_owned()],
        };
        template.rules.node_affinity.preferred.push(PreferredNodes {
            weight: 1,
            preference: NodeSelectorTerm {
                match_expressions: vec![wish],
                match_fields: Vec::new(),
            },
        });
    }
    if let Some(key) = pod["tolerates"].as_str() {
        template.tolerations.push(Toleration {
            key: Some(key.to_owned()),
            value: None,
            effect: None,
            lasts: None,
        });
    }
    template
}

pub(super) fn instance_type(value: &Value) -> InstanceType {
    let pods = whole(&value["pods"]);
    let sized = |cpu: &str, memory: &str| {
        Resources::new(whole(&value[cpu]), whole(&value[memory]) << 20).with_pods(pods)
    };
    let offerings: Vec<Offering> = list(&value["offerings"])
        .iter()
        .map(|offering| Offering {
            zone: text(&offering["zone"]).into(),
            capacity_type: capacity_type(&offering["capacity_type"]),
            price: offering["price"].as_f64().expect("a price"),
            available: offering["available"] == true,
            pool: 0,
            zone_index: 0,
        })
        .collect();
    let mut requirements = Requirements::default();
    let zones = offerings.iter().map(|one| one.zone.clone());
    let ways = offerings.iter().map(|one| one.capacity_type.label());
    requirements.narrow(ZONE_LABEL, &AllowedValues::only(zones));
    requirements.narrow(CAPACITY_TYPE_LABEL, &AllowedValues::only(ways));
    requirements.narrow(INSTANCE_TYPE_LABEL, &AllowedValues::only([text(&value["name"])]));
    InstanceType {
        name: text(&value["name"]).into(),
        capacity: sized("cpu_milli", "memory_mib"),
        allocatable: sized("allocatable_cpu_milli", "allocatable_memory_mib"),
        requirements,
        taints: Vec::new(),
        offerings,
    }
}

pub(super) fn node_pool(value: &Value) -> NodePool {
    let asked: Vec<Requirement> = list(&value["requirements"])
        .iter()
        .map(|one| Requirement {
            key: text(&one["key"]),
            operator: match one["op"].as_str() {
                Some("In") => Operator::In,
                Some("NotIn") => Operator::NotIn,
                Some("Exists") => Operator::Exists,
                Some("DoesNotExist") => Operator::DoesNotExist,
                Some("Gt") => Operator::Gt,
                _ => Operator::Lt,
            },
            values: list(&one["values"]).iter().map(text).collect(),
        })
        .collect();
    let mut requirements = Requirements::of(&asked);
    requirements.narrow(NODE_POOL_LABEL, &AllowedValues::only([text(&value["name"])]));
    let limit = whole(&value["limit_cpu_milli"]);
    NodePool {
        name: text(&value["name"]).into(),
        weight: whole(&value["weight"]) as u32,
        requirements,
        labels: Labels::new(),
        annotations: Labels::new(),
        taints: value["taint_no_schedule"]
            .as_str()
            .map(|key| Taint {
                key: key.to_owned(),
                value: String::new(),
                effect: TaintEffect::NoSchedule,
            })
            .into_iter()
            .collect(),
        startup_taints: Vec::new(),
        limits: Limits(
            (limit > 0)
                .then(|| (Limited::Cpu, limit.into()))
                .into_iter()
                .collect(),
        ),
        disruption: Disruption {
            policy: match value["consolidation_policy"].as_str() {
                Some("WhenEmpty") => ConsolidationPolicy::WhenEmpty,
                _ => ConsolidationPolicy::WhenEmptyOrUnderutilized,
            },
            consolidate_after: Some(Span::ZERO),
            budgets: list(&value["budgets"]).iter().map(read_budget).collect(),
        },
        expire_after: None,
        termination_grace: None,
    }
}

pub(super) fn read_budget(budget: &Value) -> Budget {
    let names = budget["reasons"].as_array();
    let window = budget["schedule"].as_str().map(|schedule| Window {
        schedule: Recurrence::parse(schedule).ok(),
        duration: Span::from_secs(whole(&budget["duration_s"])),
    });
    Budget {
        nodes: Nodes::parse(budget["nodes"].as_str().expect("a text")).expect("a budget"),
        reasons: names.map(|names| {
            let all = REASONS.into_iter();
            all.filter(|reason| names.iter().any(|name| name == reason.name()))
                .collect()
        }),
        window,
    }
}

pub(super) fn capacity_type(value: &Value) -> CapacityType {
    if value == "spot" {
        CapacityType::Spot
    } else {
        CapacityType::OnDemand
    }
}

pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

pub(super) fn whole(value: &Value) -> u64 {
    value.as_u64().unwrap_or_default()
}

pub(super) fn seconds(value: &Value) -> Span {
    Span::from_secs(whole(value))
}

pub(super) fn expiry(value: &Value) -> Option<Span> {
    Some(seconds(value)).filter(|span| !span.is_zero())
}

pub(super) fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}
