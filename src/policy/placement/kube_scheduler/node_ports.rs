//! NodePorts: a port of a node is one pod's (`plugins/nodeports/node_ports.go`).

use super::status::{Plugin, Status};
use crate::model::cluster::NodeView;
use crate::model::pod_template::PodTemplate;

pub(super) fn filter(class: &PodTemplate, node: &NodeView) -> Result<(), Status> {
    let wanted = &class.rules.host_ports;
    if wanted.is_empty() {
        return Ok(());
    }
    let mut taken = node
        .pods
        .classes()
        .iter()
        .flat_map(|count| &count.class.rules.host_ports);
    if taken.any(|port| wanted.iter().any(|wanted| wanted.conflicts(port))) {
        return Err(Status::resolvable(
            Plugin::NodePorts,
            "node(s) didn't have free ports for the requested pod ports",
        ));
    }
    Ok(())
}
