//! VolumeBinding: a pod goes where its volumes are, or can be made (`plugins/volumebinding/volume_binding.go`).

use super::configuration::Version;
use super::status::{Code, Plugin, Status, Why};
use crate::model::cluster::{ClusterView, NodeView};
use crate::model::volume::{UnplacedClaim, VolumeConflict, claims_unplaced, out_of_reach};
use crate::policy::placement::Incoming;

/// A claim that is not there, or that should have its volume and has none, keeps the pod off every node.
pub(super) fn pre_filter(view: &dyn ClusterView, pod: &Incoming<'_>) -> Result<(), Status> {
    if pod.class.volumes.is_empty() {
        return Ok(());
    }
    let why = match claims_unplaced(&view.objects().volumes, pod.id, pod.class) {
        None => return Ok(()),
        Some(UnplacedClaim::Missing(name)) => Why::NoClaim(name.into()),
        Some(UnplacedClaim::Unbound) => Why::Text("pod has unbound immediate PersistentVolumeClaims"),
    };
    Err(refusal(vec![why]))
}

pub(super) fn filter(
    version: Version,
    view: &dyn ClusterView,
    pod: &Incoming<'_>,
    node: &NodeView,
) -> Result<(), Status> {
    if pod.class.volumes.is_empty() {
        return Ok(());
    }
    let found = out_of_reach(&view.objects().volumes, pod.id, pod.class, node);
    if found.is_empty() {
        return Ok(());
    }
    let said = |conflict| match (conflict, version) {
        (VolumeConflict::NotMadeThere, _) => "node(s) didn't find available persistent volumes to bind",
        (_, Version::V1_34) => "node(s) had volume node affinity conflict",
        (_, Version::V1_36) => "node(s) didn't match PersistentVolume's node affinity",
    };
    Err(refusal(
        found
            .into_iter()
            .map(|conflict| Why::Text(said(conflict)))
            .collect(),
    ))
}

const fn refusal(reasons: Vec<Why>) -> Status {
    Status {
        plugin: Plugin::VolumeBinding,
        code: Code::UnschedulableAndUnresolvable,
        reasons,
    }
}
