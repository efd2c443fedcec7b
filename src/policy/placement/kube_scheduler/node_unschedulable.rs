//! NodeUnschedulable: cordoned nodes take only pods that tolerate it; closed ones take none
//! (`plugins/nodeunschedulable/node_unschedulable.go`).

use super::status::{Plugin, Status};
use crate::model::cluster::NodeView;
use crate::model::labels::{Taint, TaintEffect};
use crate::model::pod_template::PodTemplate;

pub(super) fn filter(class: &PodTemplate, node: &NodeView) -> Result<(), Status> {
    if node.open && (!node.cordoned || tolerates(class)) {
        return Ok(());
    }
    Err(Status::unresolvable(
        Plugin::NodeUnschedulable,
        "node(s) were unschedulable",
    ))
}

fn tolerates(class: &PodTemplate) -> bool {
    class.tolerates(&Taint {
        key: "node.kubernetes.io/unschedulable".to_owned(),
        value: String::new(),
        effect: TaintEffect::NoSchedule,
    })
}
