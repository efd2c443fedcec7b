//! NodeName: a pod that names its node goes there (`plugins/nodename/node_name.go`).

use super::status::{Plugin, Status};
use crate::model::cluster::NodeView;
use crate::model::pod_template::PodTemplate;

pub(super) fn filter(class: &PodTemplate, node: &NodeView) -> Result<(), Status> {
    match &class.rules.node_name {
        Some(name) if *name != node.facts.name => Err(Status::unresolvable(
            Plugin::NodeName,
            "node(s) didn't match the requested node name",
        )),
        _ => Ok(()),
    }
}
