//! VolumeRestrictions: a volume for one pod is used by one pod (`plugins/volumerestrictions/volume_restrictions.go`).

use super::status::{Plugin, Status};
use crate::model::cluster::{ClusterView, NodeView};
use crate::model::volume::used_by_another;
use crate::policy::placement::Incoming;

pub(super) fn filter(view: &dyn ClusterView, pod: &Incoming<'_>, node: &NodeView) -> Result<(), Status> {
    if pod.class.volumes.is_empty() || !used_by_another(&view.objects().volumes, pod.id, pod.class, node) {
        return Ok(());
    }
    Err(Status::resolvable(
        Plugin::VolumeRestrictions,
        "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode",
    ))
}
