//! Nodes that pull at the same time share what the registry and its cache send.

use crate::engine::Time;
use crate::model::cluster::NodeId;
use crate::model::image::{NodeDownloads, Source};
use crate::sim::event::Control;
use crate::sim::world::World;

impl World {
    /// What nodes that are there have received from each source, bytes.
    pub(in crate::sim) fn received_bytes(&self) -> [u64; 2] {
        let nodes = self.cluster.nodes();
        nodes.fold([0; 2], |sum, (_, node)| {
            Source::ALL.map(|source| sum[source as usize] + node.puller.received_bytes(source))
        })
    }

    /// A node's downloads may have changed: if so, and if nodes share anything, it is shared anew at this instant.
    pub(in crate::sim) fn note_downloads(&mut self, id: NodeId) {
        if !self.scenario.images.is_shared() {
            return;
        }
        let Some(node) = self.cluster.node_mut(id) else {
            return;
        };
        let downloads = Source::ALL.map(|source| node.puller.downloads(source));
        let fetched = node.puller.take_fetched();
        let new = self.registry.came_through(fetched);
        if self.registry.note(id, downloads) {
            self.plan_sharing();
        }
        let others: Vec<NodeId> = match new[..] {
            [] => Vec::new(),
            _ => self.registry.downloading.keys().copied().collect(),
        };
        for other in others {
            if let Some(node) = self.cluster.node_mut(other) {
                new.iter().for_each(|&layer| node.puller.is_nearby(layer));
            }
        }
    }

    /// Plans to share the bandwidth anew, unless that is planned.
    pub(in crate::sim) fn plan_sharing(&mut self) {
        if self.registry.sharing_planned != self.now {
            self.registry.sharing_planned = self.now;
            self.plan(self.now, Control::ShareRegistry);
        }
    }

    /// What the registry and its cache send is shared among the downloads under way.
    pub(in crate::sim) fn on_share_registry(&mut self) {
        let now = self.now;
        self.registry.sharing_planned = Time::NEVER;
        let most = self.registry_rate();
        let nodes: Vec<(NodeId, [u32; 2])> = self
            .registry
            .downloading
            .iter()
            .map(|(&id, &downloads)| (id, downloads))
            .collect();
        let asked: Vec<NodeDownloads> = nodes
            .iter()
            .map(|&(_, [registry, cache])| NodeDownloads {
                registry,
                cache,
                registry_most: most,
            })
            .collect();
        let rates = self.scenario.images.allot(&asked);
        for (&(id, _), rates) in nodes.iter().zip(rates) {
            let Some(node) = self.cluster.node_mut(id) else {
                continue;
            };
            for source in Source::ALL {
                // A byte a second is as good as none, and keeps every transfer's end in sight.
                node.puller.set_rate(now, source, rates[source as usize].max(1));
            }
            self.plan_pull(id);
        }
    }
}
