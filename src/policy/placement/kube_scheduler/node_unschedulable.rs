//! NodeUnschedulable: cordoned nodes take only pods that tolerate it; closed ones take none
//! (`plugins/nodeunschedulable/node_unschedulable.go`).

use super::status::{Plugin, Status};
use crate::model::cluster::NodeView;
use crate::model::pod_template::PodTemplate;

pub(super) fn filter(class: &PodTemplate, node: &NodeView) -> Result<(), Status> {
    if node.open && (!node.cordoned || class.tolerates_unschedulable()) {
        return Ok(());
    }
    Err(Status::unresolvable(
        Plugin::NodeUnschedulable,
        "node(s) were unschedulable",
    ))
}
