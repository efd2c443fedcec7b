//! Autoscalers to the pod-scaling policies of the workloads they are for.
//!
//! Knows: which object is an autoscaler, whom it is for, and who wins if there are several. Must not know: how a policy
//! decides.

use super::graft::{Makers, Workloads, below};
use super::ignored::Ignored;
use super::kinds::Kind;
use super::knative;
use super::make::{Map, list, number, text};
use super::object::Object;
use crate::input::{Cursor, Diagnostic, Diagnostics, Entry, Node, Place, Tree, unknown_name};
use crate::model::units::quoted;
use std::collections::{BTreeMap, BTreeSet};

/// How many pods?
const SCALING: &str = "pod_scaling";
/// How large?
const SIZING: &str = "pod_sizing";
/// KEDA's annotations that its operator reads begin so.
const KEDA: &str = "autoscaling.keda.sh/";

/// Gives the workloads of the scenario `tree` the policies that their autoscalers are.
pub(super) fn graft(
    tree: &mut Tree,
    objects: &[Object],
    workloads: &Workloads,
    ignored: &mut Ignored,
    diagnostics: &mut Diagnostics,
) {
    let makers = Makers::new(objects, workloads);
    let said = |question: &'static str| {
        let policies = tree.at("policies").at(question);
        policies
            .entries()
            .map(move |(name, _)| (question, name.to_owned()))
    };
    let own: BTreeSet<(&str, String)> = said(SCALING).chain(said(SIZING)).collect();
    let mut first: BTreeMap<(&str, String), Place> = BTreeMap::new();
    for (index, object) in objects.iter().enumerate() {
        if !is_autoscaler(object.kind) {
            continue;
        }
        let word = (object.file, object.word.as_str());
        if !object.kind.has_pods() && makers.is_made_by_another(object) {
            ignored.owned(word);
            continue;
        }
        let (name, described) = match target(object, index, objects, workloads) {
            Ok(Some(found)) => found,
            Ok(None) => continue,
            Err(error) => {
                diagnostics.push(*error);
                continue;
            }
        };
        let title = object.title();
        let question = question(object.kind);
        let key = (question, name.clone());
        if let Some(first) = first.get(&key) {
            let error = Diagnostic::error(
                object.place(),
                format!("a second autoscaler is for the workload {}", quoted(&name)),
            );
            diagnostics.push(error.related(*first, "the first is here"));
            continue;
        }
        first.insert(key.clone(), object.place());
        if own.contains(&key) {
            ignored.because(
                word,
                format!(
                    "{title}: the scenario gives {} a policy of its own",
                    quoted(&name)
                ),
            );
            continue;
        }
        if !described {
            let name = quoted(&name);
            let so = match object.kind {
                Kind::ScaledJob => "none of its jobs is started",
                _ => "it keeps its replicas",
            };
            let said = format!("{title}: no workload of the scenario describes {name}, so {so}");
            ignored.because(word, said);
            continue;
        }
        let Some((policy, spec)) = policy(object, ignored, diagnostics) else {
            continue;
        };
        let place = object.place();
        let mut of_one = Map::new(place);
        of_one.put(policy, spec);
        let policies = below(tree, "policies", place, Node::Map(Vec::new()));
        let scaling = policies.and_then(|tree| below(tree, question, place, Node::Map(Vec::new())));
        if let Some(Node::Map(entries)) = scaling.map(|tree| &mut tree.node) {
            entries.push(Entry {
                key: name,
                key_place: place,
                value: of_one.tree(),
            });
        }
    }
}

const fn is_autoscaler(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::HorizontalPodAutoscaler
            | Kind::HorizontalPodAutoscalerV1
            | Kind::ScaledObject
            | Kind::ScaledJob
            | Kind::KnativeService
            | Kind::VerticalPodAutoscaler
    )
}

/// Which question an autoscaler answers.
const fn question(kind: Kind) -> &'static str {
    match kind {
        Kind::VerticalPodAutoscaler => SIZING,
        _ => SCALING,
    }
}

/// The workload that the autoscaler `object` is for, and whether the scenario describes it; nothing if that is in
/// trouble of its own.
fn target(
    object: &Object,
    index: usize,
    objects: &[Object],
    workloads: &Workloads,
) -> Result<Option<(String, bool)>, Box<Diagnostic>> {
    if matches!(object.kind, Kind::KnativeService | Kind::ScaledJob) {
        return Ok(workloads.of_object.get(&index).cloned());
    }
    let (field, reference) = match object.kind {
        Kind::VerticalPodAutoscaler => ("targetRef", object.at("spec").at("targetRef")),
        _ => ("scaleTargetRef", object.at("spec").at("scaleTargetRef")),
    };
    let kind = match (reference.at("kind").text(), object.kind) {
        (Some(kind), _) => kind,
        (None, Kind::ScaledObject) => "Deployment",
        (None, _) => return Ok(None),
    };
    let Some(name) = reference.at("name").text() else {
        let error = Diagnostic::error(object.place(), format!("{} has no target", object.title()));
        return Err(Box::new(
            error.help(format!("expected `{field}` with `kind` and `name`")),
        ));
    };
    workload_called(object, kind, name, reference.at("name"), objects, workloads)
}

/// The workload behind the object of `kind` and `name` beside `object`, which names it at `place`.
pub(super) fn workload_called(
    object: &Object,
    kind: &str,
    name: &str,
    place: Cursor<'_>,
    objects: &[Object],
    workloads: &Workloads,
) -> Result<Option<(String, bool)>, Box<Diagnostic>> {
    let beside = |other: &Object| other.word == kind && other.namespace == object.namespace;
    let meant = objects
        .iter()
        .position(|other| beside(other) && other.kind.has_pods() && other.name == name);
    if let Some(index) = meant {
        return Ok(workloads.of_object.get(&index).cloned());
    }
    if workloads.own.iter().any(|own| own == name) {
        return Ok(Some((name.to_owned(), true)));
    }
    let pods = objects
        .iter()
        .filter(|other| beside(other) && other.kind.has_pods());
    let names: Vec<&str> = pods
        .map(|other| other.name.as_str())
        .chain(workloads.own.iter().map(String::as_str))
        .collect();
    let error = unknown_name(place.place(), kind, name, names);
    Err(Box::new(error.help(format!(
        "{} is for an object of the namespace {} that is not among the manifests",
        object.title(),
        quoted(&object.namespace)
    ))))
}

/// The name and the parameters of the policy that `object` is.
fn policy(
    object: &Object,
    ignored: &mut Ignored,
    diagnostics: &mut Diagnostics,
) -> Option<(&'static str, Tree)> {
    let spec = object.at("spec").tree()?;
    match object.kind {
        Kind::HorizontalPodAutoscaler => Some(("hpa", spec.clone())),
        Kind::HorizontalPodAutoscalerV1 => Some(("hpa", of_v1(spec))),
        Kind::VerticalPodAutoscaler => Some(("vpa", without_ignored(spec))),
        Kind::ScaledObject => Some(("keda", scaled_object(object, spec, ignored))),
        Kind::ScaledJob => Some(("keda_job", scaled_job(spec))),
        Kind::KnativeService => knative::policy(object, ignored, diagnostics).map(|tree| ("kpa", tree)),
        _ => None,
    }
}

/// A VerticalPodAutoscaler's spec without what of it is known and ignored.
fn without_ignored(spec: &Tree) -> Tree {
    let mut tree = spec.clone();
    if let Node::Map(entries) = &mut tree.node {
        entries.retain(|entry| !["recommenders", "startupBoost"].contains(&entry.key.as_str()));
    }
    tree
}

/// An `autoscaling/v1` spec in the words of `autoscaling/v2`.
fn of_v1(spec: &Tree) -> Tree {
    let mut map = Map::new(spec.place);
    for field in ["scaleTargetRef", "minReplicas", "maxReplicas"] {
        map.take(field, spec.at(field));
    }
    let percent = spec.at("targetCPUUtilizationPercentage");
    if let Some(value) = percent.tree() {
        let place = value.place;
        let mut target = Map::new(place);
        target.put("type", text(place, "Utilization"));
        target.put("averageUtilization", value.clone());
        let mut resource = Map::new(place);
        resource.put("name", text(place, "cpu"));
        resource.put("target", target.tree());
        let mut metric = Map::new(place);
        metric.put("type", text(place, "Resource"));
        metric.put("resource", resource.tree());
        map.put_at("metrics", percent.key_place(), list(place, vec![metric.tree()]));
    }
    map.tree()
}

/// A ScaledJob's spec without its pods and what of it is ignored.
fn scaled_job(spec: &Tree) -> Tree {
    let mut tree = spec.clone();
    let kept = [
        "minReplicaCount",
        "maxReplicaCount",
        "pollingInterval",
        "scalingStrategy",
        "triggers",
    ];
    if let Node::Map(entries) = &mut tree.node {
        entries.retain(|entry| kept.contains(&entry.key.as_str()));
    }
    tree
}

/// A ScaledObject's spec with the annotations that KEDA reads.
fn scaled_object(object: &Object, spec: &Tree, ignored: &mut Ignored) -> Tree {
    let mut tree = spec.clone();
    let annotations = object.at("metadata").at("annotations");
    let mut read = Map::new(annotations.place());
    let mut others = false;
    for (key, value) in annotations.entries() {
        if key.starts_with(KEDA) {
            read.take(key, value);
        } else {
            others = true;
        }
    }
    if others {
        let path = BTreeSet::from(["metadata.annotations".to_owned()]);
        ignored.add((object.file, &object.word), path);
    }
    if let (false, Node::Map(entries)) = (read.is_empty(), &mut tree.node) {
        entries.push(Entry {
            key: "annotations".to_owned(),
            key_place: annotations.key_place(),
            value: read.tree(),
        });
    }
    tree
}

/// What an annotation's text says: a number if it is one.
pub(super) fn scalar(place: Place, said: &str) -> Tree {
    if let Ok(whole) = said.parse::<i64>() {
        return number(place, whole);
    }
    match said.parse::<f64>() {
        Ok(value) if value.is_finite() => Tree {
            node: Node::Float(value),
            place,
        },
        _ => text(place, said),
    }
}
