//! Images on the disks of nodes: they come with the machine, are pulled ahead, and are deleted when a disk fills up.

use crate::model::cluster::NodeId;
use crate::model::image::{Image, LayerDigest};
use crate::platform::kubernetes::image_gc::{Collection, ImageGc, collect};
use crate::sim::decision_log::{Decision, Why};
use crate::sim::event::{Control, NodeTurn};
use crate::sim::world::World;
use std::collections::BTreeSet;

impl World {
    /// A node that has just been launched has the images of its machine image; one that was there before the run also those
    /// that it pulls by itself.
    pub(in crate::sim) fn preload_images(&mut self, id: NodeId, was_there: bool) {
        let Some(pool) = self.cluster.node(id).map(|node| node.view.pool) else {
            return;
        };
        let images = self.fleet.pools[pool].spec.images.clone();
        let pulled = images.prepull.iter().filter(|_| was_there);
        for (name, image) in images.preloaded.iter().chain(pulled) {
            if let Some(node) = self.cluster.node_mut(id) {
                for layer in &image.layers {
                    node.puller.cache_mut().insert(layer.digest);
                }
            }
            self.keep_image(id, name, image);
        }
    }

    /// A node that is ready pulls the images that its pool wants on it, and looks at its disk from now on.
    pub(in crate::sim) fn begin_image_care(&mut self, id: NodeId) {
        let now = self.now;
        let Some(pool) = self.cluster.node(id).map(|node| node.view.pool) else {
            return;
        };
        for (name, image) in self.fleet.pools[pool].spec.images.prepull.clone() {
            if let Some(token) = self.pull_image(id, &image) {
                self.registry.ahead.insert(token, (id, name, image));
            }
        }
        self.plan_pull(id);
        if self.scenario.images.disk.is_some() {
            self.plan(now + ImageGc::PERIOD, Control::Node(id, NodeTurn::LooksAtImages));
        }
    }

    /// A node's kubelet looks at its disk.
    pub(in crate::sim) fn on_look_at_images(&mut self, id: NodeId) {
        let (now, gc) = (self.now, self.scenario.image_gc);
        let Some(disk) = self
            .scenario
            .images
            .disk
            .filter(|_| self.cluster.node(id).is_some())
        else {
            return;
        };
        self.plan(now + ImageGc::PERIOD, Control::Node(id, NodeTurn::LooksAtImages));
        if self.faults.is_silent(id) {
            return;
        }
        let in_use: BTreeSet<String> = self.images_of_pods(id).map(|(name, _)| name.to_owned()).collect();
        let Some(node) = self.cluster.node_mut(id) else {
            return;
        };
        in_use.iter().for_each(|name| node.images.used(now, name));
        if let Some(collection) = collect(gc, now, disk, &node.images) {
            self.delete_images(id, &collection);
        }
    }

    /// Images of the pods on a node, by name with tag, those that are being pulled included.
    fn images_of_pods(&self, id: NodeId) -> impl Iterator<Item = (&str, &Image)> {
        let pods = self.cluster.node(id).into_iter().flat_map(|node| &node.pods);
        let pods = pods.filter_map(|&pod| self.cluster.pod(pod));
        pods.flat_map(|pod| pod.class.images())
    }

    /// Layers that pods and pulls on a node count on, whether they are there already or to come.
    fn layers_in_use(&self, id: NodeId) -> BTreeSet<LayerDigest> {
        let ahead = self.registry.ahead.values();
        let ahead = ahead.filter(|(node, ..)| *node == id).map(|(.., image)| image);
        let images = self.images_of_pods(id).map(|(_, image)| image).chain(ahead);
        images
            .flat_map(|image| &image.layers)
            .map(|layer| layer.digest)
            .collect()
    }

    /// An image is on a node's disk.
    pub(in crate::sim) fn keep_image(&mut self, id: NodeId, name: &str, image: &Image) {
        self.cluster.image_arrived(id, name, image);
        if self.scenario.images.disk.is_some()
            && let Some(node) = self.cluster.node_mut(id)
        {
            node.images.arrived(self.now, name, image);
        }
    }

    fn delete_images(&mut self, id: NodeId, collection: &Collection) {
        let wanted = self.layers_in_use(id);
        for name in &collection.images {
            let Some(node) = self.cluster.node_mut(id) else {
                return;
            };
            for layer in node.images.remove(name) {
                if !wanted.contains(&layer) {
                    node.puller.cache_mut().remove(layer);
                }
            }
            self.registry.deleted += 1;
            self.cluster.image_deleted(id, name);
        }
        let Some(node) = self.cluster.node(id) else { return };
        let percent = collection.used_percent;
        let why = match (collection.images.len(), collection.freed < collection.wanted) {
            (0, _) => format!("its disk is {percent} % full, and every image is in use or too new"),
            (_, false) => format!(
                "its disk is {percent} % full; deleted: {}",
                collection.images.join(", ")
            ),
            (_, true) => format!(
                "its disk is {percent} % full; deleted, which is not enough: {}",
                collection.images.join(", ")
            ),
        };
        let decision = Decision {
            question: "image_gc",
            policy: "kubelet",
            by: None,
            subject: node.name(),
            action: "delete_images",
            from: None,
            to: None,
            result: if collection.freed < collection.wanted {
                "partly"
            } else {
                "done"
            },
            reason_code: "disk_full",
            reason: Why::Text(&why),
        };
        self.log.write(self.now, &decision, self.tell, &mut self.rows);
    }
}
