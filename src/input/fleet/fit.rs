//! Pods that fit no machine even when it is empty.
//!
//! One that is too large for every machine is a mistake in the files. One that is too large only for machines of the GPU
//! models it asks for is none: published traces have such pods, whose owners asked in vain.

use super::pods::Pods;
use crate::input::{Diagnostic, Diagnostics, Place};
use crate::model::fleet::{Fleet, FleetNode, PodRequest};
use crate::model::gpu::ModelSet;
use std::collections::BTreeMap;

/// Tells each of them, and what stands in its way.
pub(super) fn check(nodes: &[FleetNode], pods: &Pods, diagnostics: &mut Diagnostics) {
    // Machines that are alike are asked once, and so are pods.
    let mut shapes: BTreeMap<_, &FleetNode> = BTreeMap::new();
    for node in nodes {
        let shape = (node.cpu_milli, node.memory_mib, node.pods, node.gpus, node.model);
        shapes.entry(shape).or_insert(node);
    }
    let shapes: Vec<&FleetNode> = shapes.into_values().collect();
    let empty = Fleet::new(shapes.iter().copied());
    let fits = |pod: &PodRequest| (0..empty.len()).any(|node| empty.fits(node, pod));
    let mut known: BTreeMap<PodRequest, Option<Verdict>> = BTreeMap::new();
    for (pod, place) in pods.pods.iter().zip(&pods.places) {
        let verdict = known.entry(pod.request).or_insert_with(|| {
            let anywhere = PodRequest {
                models: ModelSet::NONE,
                ..pod.request
            };
            (!fits(&pod.request)).then(|| Verdict {
                reason: reason(&shapes, &pod.request),
                only_for_its_models: fits(&anywhere),
            })
        });
        if let Some(verdict) = verdict {
            diagnostics.push(verdict.at(*place));
        }
    }
}

/// Why no machine takes a pod.
struct Verdict {
    reason: String,
    only_for_its_models: bool,
}

impl Verdict {
    fn at(&self, place: Place) -> Diagnostic {
        if self.only_for_its_models {
            let message =
                "no machine with the GPU model that this pod asks for takes it: it will find no room";
            return Diagnostic::warning(place, message).help(&self.reason);
        }
        Diagnostic::error(place, "no machine takes this pod even when it is empty").help(&self.reason)
    }
}

/// What stands in its way: one resource alone, or that no machine has all of them together.
fn reason(nodes: &[&FleetNode], pod: &PodRequest) -> String {
    let able = || nodes.iter().filter(|node| pod.models.accepts(node.model));
    let of = match pod.models.is_none() {
        true => "any machine",
        false => "those with its GPU model",
    };
    let cpu = able().map(|node| node.cpu_milli).max().unwrap_or(0);
    let memory = able().map(|node| node.memory_mib).max().unwrap_or(0);
    let gpus = able().map(|node| node.gpus).max().unwrap_or(0);
    let asked = usize::from(pod.gpus.count());
    if pod.cpu_milli > cpu {
        return format!(
            "it asks for {} thousandths of a CPU; the most of {of} is {cpu}",
            pod.cpu_milli
        );
    }
    if pod.memory_mib > memory {
        return format!(
            "it asks for {} MiB of memory; the most of {of} is {memory}",
            pod.memory_mib
        );
    }
    if asked > gpus {
        return format!("it asks for {asked} GPUs; the most of {of} is {gpus}");
    }
    format!(
        "it asks for {} thousandths of a CPU, {} MiB and {asked} GPUs: {of} has each of them, but none all together",
        pod.cpu_milli, pod.memory_mib
    )
}
