//! Pods that are listed one by one, each with its node: a cluster as it stands.
//!
//! Knows: which workload a pod is one of. Must not know: what anybody makes of it.

use super::gpu_annotations::devices_of;
use super::graft::Workloads;
use super::kinds::Kind;
use super::object::Object;
use crate::sim::standing::ListedPod;

/// The pods among `objects` that have not ended, in their order.
pub(super) fn listed(objects: &[Object], workloads: &Workloads) -> Vec<ListedPod> {
    let pods = objects
        .iter()
        .enumerate()
        .filter(|(_, object)| object.kind == Kind::Pod);
    let pods = pods.filter(|(_, pod)| {
        let phase = pod.at("status").at("phase").text().unwrap_or_default();
        !matches!(phase, "Succeeded" | "Failed")
    });
    pods.map(|(index, pod)| {
        let of_object = &workloads.of_object;
        let workload = of_object
            .get(&index)
            .or_else(|| of_object.get(&maker(objects, pod)?));
        ListedPod {
            namespace: pod.namespace.clone(),
            name: pod.name.clone(),
            workload: workload.map(|(name, _)| name.clone()),
            node: pod.at("spec").at("nodeName").text().map(str::to_owned),
            devices: devices_of(pod),
        }
    })
    .collect()
}

/// The object that has made `pod`, by its place: its owner, or the Deployment of the ReplicaSet that is its owner.
fn maker(objects: &[Object], pod: &Object) -> Option<usize> {
    let (kind, name) = pod.owner()?;
    let find = |kind: &str, name: &str| {
        let called = |other: &Object| (other.word.as_str(), other.name.as_str()) == (kind, name);
        objects
            .iter()
            .position(|other| other.namespace == pod.namespace && called(other))
    };
    let deployment = || find("Deployment", name.rsplit_once('-')?.0);
    match kind {
        // A ReplicaSet that a Deployment has made is none of the workloads.
        "ReplicaSet" => deployment().or_else(|| find(kind, name)),
        _ => find(kind, name),
    }
}
