//! Sizes of images on nodes: a column for every image that was asked for.

use crate::model::cluster::{ClusterView, NodeView};

/// The columns, by number.
#[derive(Debug, Default)]
pub(super) struct Images(Vec<Column>);

#[derive(Debug)]
struct Column {
    name: String,
    /// Bytes, by rank; `None` where the node has it not.
    sizes: Vec<Option<u64>>,
}

impl Images {
    /// The number of the image of this name.
    pub(super) fn number(&mut self, view: &dyn ClusterView, roster: &[usize], name: &str) -> usize {
        if let Some(known) = self.0.iter().position(|column| column.name == name) {
            return known;
        }
        let nodes = roster.iter().map(|&place| view.node(place));
        let sizes = nodes.map(|node| node.and_then(|node| node.images.get(name).copied()));
        self.0.push(Column {
            name: name.to_owned(),
            sizes: sizes.collect(),
        });
        self.0.len() - 1
    }

    /// How large an image is on the node of this rank, if it is there.
    pub(super) fn size(&self, image: usize, rank: usize) -> Option<u64> {
        self.0[image].sizes[rank]
    }

    /// The same as one number.
    pub(super) fn size_as_number(&self, image: usize, rank: usize) -> i64 {
        self.size(image, rank).map_or(-1, |bytes| bytes as i64)
    }

    /// Looks at what the node of this rank has now; tells the numbers of images that have changed there.
    pub(super) fn look(&mut self, node: &NodeView, rank: usize, mut changed: impl FnMut(u32)) {
        for (number, column) in self.0.iter_mut().enumerate() {
            let now = node.images.get(column.name.as_str()).copied();
            if std::mem::replace(&mut column.sizes[rank], now) != now {
                changed(number as u32);
            }
        }
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
