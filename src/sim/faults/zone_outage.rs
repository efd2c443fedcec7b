//! A zone cannot be reached: its machines run on, and nobody hears of them.

use super::node_loss::Fall;
use crate::engine::Time;
use crate::model::cluster::{Node, NodeId};
use crate::model::fault::FaultKind;
use crate::model::placement_rules::ZONE_LABEL;
use crate::sim::world::World;

impl World {
    /// All nodes of a zone fall silent until `until`.
    pub(super) fn zone_goes(&mut self, fault: usize, zone: &str, until: Time) {
        let within = |node: &Node| node.view.label(ZONE_LABEL) == Some(zone);
        let nodes = self.cluster.nodes().filter(|(_, node)| within(node));
        let nodes: Vec<NodeId> = nodes.map(|(id, _)| id).collect();
        let id = self.faults.account.begin(self.now, fault, zone.to_owned(), false);
        // All that are affected are known before the first loss, so that what they had before is what they had.
        for node in &nodes {
            self.affects_workloads_on(*node, Some(id));
        }
        for node in nodes {
            let fall = Fall {
                gone: false,
                restarts: false,
                back: until,
                occurrence: Some(id),
            };
            self.machine_falls_silent(node, fall);
        }
    }

    /// When the zone called `zone` is to be reached again, if it is not now.
    pub(in crate::sim) fn zone_is_out_until(&self, zone: Option<&str>) -> Option<Time> {
        let specs = self.faults.specs.iter();
        let until = specs.filter_map(|spec| match &spec.kind {
            FaultKind::ZoneOutage { zone: name, window } => {
                (Some(name.as_str()) == zone && window.holds(self.now)).then_some(window.until)
            }
            _ => None,
        });
        until.max()
    }
}
