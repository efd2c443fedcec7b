//! NodeVolumeLimits: a driver attaches so many volumes to a node and no more (`plugins/nodevolumelimits/csi.go`).

use super::status::{Plugin, Status};
use crate::model::cluster::{ClusterView, NodeView};
use crate::model::volume::over_attach_limit;
use crate::policy::placement::Incoming;

pub(super) fn filter(view: &dyn ClusterView, pod: &Incoming<'_>, node: &NodeView) -> Result<(), Status> {
    if pod.class.volumes.is_empty() || !over_attach_limit(&view.objects().volumes, pod.id, pod.class, node) {
        return Ok(());
    }
    Err(Status::resolvable(
        Plugin::NodeVolumeLimits,
        "node(s) exceed max volume count",
    ))
}
