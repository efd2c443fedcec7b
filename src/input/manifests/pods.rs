//! Objects that have pods to workloads.
//!
//! Knows: Kubernetes' names of what pods ask for, and the scenario's. Must not know: who scales them.

use super::deployments;
use super::gpu_annotations;
use super::jobs;
use super::kinds::Kind;
use super::make::{Map, list, number, text};
use super::object::Object;
use super::priorities::Priorities;
use super::probes;
use super::sets;
use super::storage;
use crate::input::{Cursor, Diagnostics, Node, Place, Tree};

/// The workload called `name` that `object` describes; with its volumes, if there are `machines` to attach them to.
pub(super) fn workload(
    object: &Object,
    name: &str,
    machines: bool,
    priorities: &Priorities,
    diagnostics: &mut Diagnostics,
) -> Tree {
    let place = object.place();
    let (metadata, spec) = object.template();
    let mut workload = Map::new(place);
    workload.put("name", text(place, name));
    let namespace = object.at("metadata").at("namespace");
    let at = if namespace.exists() {
        namespace.place()
    } else {
        place
    };
    workload.put_at("namespace", at, text(at, &object.namespace));
    workload.take("labels", metadata.at("labels"));
    annotations(metadata.at("annotations"), &mut workload);
    if let Some(controller) = controller(object) {
        workload.put("controller", text(place, controller));
    }
    let at = if spec.exists() { spec.key_place() } else { place };
    let mut serving = Map::new(at);
    replicas(object, &mut serving);
    serving.put("containers", containers(object, spec, at));
    serving.take("node_selector", spec.at("nodeSelector"));
    serving.take("tolerations", spec.at("tolerations"));
    for field in [
        "affinity",
        "topologySpreadConstraints",
        "schedulingGates",
        "nodeName",
    ] {
        serving.take(field, spec.at(field));
    }
    if let Some(overhead) = spec.at("overhead").tree() {
        serving.put_at("overhead", spec.at("overhead").key_place(), amounts(overhead));
    }
    if let Some(both) = resources(spec.at("resources")) {
        serving.put_at("resources", spec.at("resources").key_place(), both);
    }
    storage::of_pods(object, spec, machines, &mut serving);
    let priority = priorities.of(spec, diagnostics);
    if let Some(class) = priority.class {
        serving.put_at("priorityClassName", class.place, class);
    }
    if let Some(value) = priority.value {
        serving.put_at("priority", value.place, value);
    }
    let preemption = spec.at("preemptionPolicy");
    if preemption.exists() {
        serving.take("preemptionPolicy", preemption);
    } else if let Some(policy) = priority.preemption {
        serving.put_at("preemptionPolicy", policy.place, policy);
    }
    let grace = spec.at("terminationGracePeriodSeconds");
    if let Some(seconds) = grace.tree().and_then(whole) {
        let place = grace.place();
        serving.put_at(
            "termination_grace",
            grace.key_place(),
            text(place, format!("{seconds}s")),
        );
    }
    let is_batch = object.kind.is_batch();
    if is_batch {
        jobs::of_job(object, spec, &mut serving);
    }
    let mut serving = serving.tree();
    gpu_annotations::of_pods(metadata.at("annotations"), &mut serving, diagnostics);
    if is_batch {
        workload.put_at("job", at, serving);
        jobs::of_cron_job(object, &mut workload);
    } else {
        workload.put_at("serving", at, serving);
    }
    deployments::graft(object, &mut workload, diagnostics);
    sets::graft(object, &mut workload, diagnostics);
    workload.tree()
}

/// Annotations of pods that change what happens to them; of the many others, each pod may have its own.
const ANNOTATIONS: &[&str] = &[
    "cluster-autoscaler.kubernetes.io/daemonset-pod",
    "cluster-autoscaler.kubernetes.io/pod-scale-up-delay",
    "cluster-autoscaler.kubernetes.io/safe-to-evict",
    "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes",
    "controller.kubernetes.io/pod-deletion-cost",
    "descheduler.alpha.kubernetes.io/evict",
    "karpenter.sh/do-not-disrupt",
];

/// The annotation of mirrors of static pods.
const MIRROR: &str = "kubernetes.io/config.mirror";

fn annotations(said: Cursor<'_>, workload: &mut Map) {
    let mut kept = Map::new(said.place());
    for key in ANNOTATIONS {
        kept.take(key, said.at(key));
    }
    let mirror = said.at(MIRROR);
    if mirror.exists() {
        // Its value is a hash of the pod, another on each node.
        kept.put_at(MIRROR, mirror.key_place(), text(mirror.place(), "mirror"));
    }
    if !kept.is_empty() {
        workload.put_at("annotations", said.key_place(), kept.tree());
    }
}

/// What makes the pods of `object`, in the scenario's words, where it is not what the scenario takes for granted.
fn controller(object: &Object) -> Option<&'static str> {
    match object.kind {
        Kind::StatefulSet => Some("StatefulSet"),
        Kind::ScaledJob => Some("Job"),
        Kind::Pod => match object.owner() {
            None => Some("None"),
            Some(("StatefulSet", _)) => Some("StatefulSet"),
            // A static pod is its node's, as a DaemonSet's is.
            Some(("DaemonSet" | "Node", _)) => Some("DaemonSet"),
            Some(("Job", _)) => Some("Job"),
            Some(_) => None,
        },
        _ => None,
    }
}

/// What stands for pods that cannot be read, so that what is missing is not reported again.
pub(super) fn placeholder(place: Place) -> Tree {
    let mut container = Map::new(place);
    container.put("name", text(place, "app"));
    list(place, vec![container.tree()])
}

/// The whole number that `tree` is, if it is one that is not negative.
pub(super) fn whole(tree: &Tree) -> Option<u32> {
    match &tree.node {
        Node::Int(value) => u32::try_from(*value).ok(),
        _ => None,
    }
}

fn replicas(object: &Object, serving: &mut Map) {
    match object.kind {
        Kind::Pod | Kind::DaemonSet | Kind::Job | Kind::CronJob => {}
        // Its jobs are started by its policy.
        Kind::ScaledJob => serving.put("replicas", number(object.place(), 0)),
        Kind::KnativeService => {
            let (metadata, _) = object.template();
            let annotations = metadata.at("annotations");
            let said = ["initial-scale", "initialScale"].map(|name| {
                let said = annotations.at(&format!("autoscaling.knative.dev/{name}"));
                let count = said.text().and_then(|text| text.parse::<u32>().ok());
                count.map(|count| (said.place(), count))
            });
            if let Some((place, count)) = said.into_iter().flatten().next() {
                serving.put_at("replicas", place, number(place, count));
            }
        }
        _ => serving.take("replicas", object.at("spec").at("replicas")),
    }
}

/// The containers of a pod: those before the others, those beside them, and its own.
fn containers(object: &Object, spec: Cursor<'_>, place: Place) -> Tree {
    let own = spec.at("containers");
    if own.items().next().is_none() {
        return placeholder(place);
    }
    let host_network = matches!(
        spec.at("hostNetwork").tree().map(|tree| &tree.node),
        Some(Node::Bool(true))
    );
    let mut all = Vec::new();
    for container in spec.at("initContainers").items() {
        let stays = container.at("restartPolicy").text() == Some("Always");
        let kind = if stays { "sidecar" } else { "init" };
        all.push(one(container, Some(kind), None, host_network));
    }
    let count = own.items().count();
    // A hard limit is the serving container's: the one with a port, or the first.
    let limit = spec.at("containerConcurrency");
    let limit = limit
        .tree()
        .filter(|tree| whole(tree).is_some_and(|limit| limit > 0));
    let serving = own.items().position(|container| container.at("ports").exists());
    for (index, container) in own.items().enumerate() {
        let name = (object.kind == Kind::KnativeService).then(|| match count {
            1 => "user-container".to_owned(),
            _ => format!("user-container-{index}"),
        });
        let mut tree = one(container, None, name.as_deref(), host_network);
        if let (true, Some(limit), Node::Map(entries)) =
            (index == serving.unwrap_or(0), limit, &mut tree.node)
        {
            let mut slots = Map::new(limit.place);
            slots.put("slots", limit.clone());
            entries.extend(slots.tree().entries().to_vec());
        }
        all.push(tree);
    }
    list(own.place(), all)
}

/// One container; `name` is what it is called if it does not say.
fn one(container: Cursor<'_>, kind: Option<&str>, name: Option<&str>, host_network: bool) -> Tree {
    let place = container.place();
    let mut map = Map::new(place);
    match (container.at("name").exists(), name) {
        (false, Some(name)) => map.put("name", text(place, name)),
        _ => map.take("name", container.at("name")),
    }
    if let Some(kind) = kind {
        map.put("kind", text(place, kind));
    }
    map.take("image", container.at("image"));
    if let Some(ports) = container.at("ports").tree() {
        let mut ports = ports.clone();
        if host_network {
            on_host(&mut ports);
        }
        map.put_at("ports", container.at("ports").key_place(), ports);
    }
    if let Some(both) = resources(container.at("resources")) {
        map.put_at("resources", container.at("resources").key_place(), both);
    }
    probes::of_container(container, &mut map);
    map.tree()
}

/// What a container or a pod reserves and may use at most, if it says anything of either.
fn resources(said: Cursor<'_>) -> Option<Tree> {
    let mut both = Map::new(said.place());
    for side in ["requests", "limits"] {
        if let Some(tree) = said.at(side).tree() {
            both.put_at(side, said.at(side).key_place(), amounts(tree));
        }
    }
    (!both.is_empty()).then(|| both.tree())
}

/// Ports of a pod on its node's network are the node's.
fn on_host(ports: &mut Tree) {
    let Node::Seq(items) = &mut ports.node else {
        return;
    };
    for port in items {
        if port.entry("hostPort").is_some() {
            continue;
        }
        let container_port = port.entry("containerPort").cloned();
        if let (Some(mut entry), Node::Map(entries)) = (container_port, &mut port.node) {
            "hostPort".clone_into(&mut entry.key);
            entries.push(entry);
        }
    }
}

/// Amounts of resources without those that no node of this model has: huge pages and attached volumes.
pub(super) fn amounts(tree: &Tree) -> Tree {
    let mut tree = tree.clone();
    if let Node::Map(entries) = &mut tree.node {
        entries.retain(|entry| !is_not_modelled(&entry.key) && entry.key != "pods");
    }
    tree
}

/// Whether amounts of the resource `name` are known and ignored.
pub(super) fn is_not_modelled(name: &str) -> bool {
    name.starts_with("hugepages-") || name.starts_with("attachable-volumes-")
}

/// The items of a list without one field.
pub(super) fn without(tree: &Tree, field: &str) -> Tree {
    let mut tree = tree.clone();
    if let Node::Seq(items) = &mut tree.node {
        for item in items {
            if let Node::Map(entries) = &mut item.node {
                entries.retain(|entry| entry.key != field);
            }
        }
    }
    tree
}
