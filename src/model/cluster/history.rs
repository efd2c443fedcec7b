//! What has lately happened to a cluster's nodes, so that whoever looks again need only look at what has changed.

use crate::model::pod_template::PodTemplate;
use std::collections::VecDeque;
use std::sync::Arc;

/// So many changes are kept; who has missed more looks at everything.
const KEPT: usize = 4096;

/// What changed on a node.
#[derive(Clone, Debug)]
pub enum Change {
    /// A pod of this class was bound to it.
    Came(Arc<PodTemplate>),
    /// A pod of this class left it; whether that had been asked to stop.
    Went(Arc<PodTemplate>, bool),
    /// A pod of this class on it was asked to stop.
    Stopping(Arc<PodTemplate>),
    /// A pod was promised room on it, or no longer.
    Promised,
    /// An image came to its disk.
    Image,
    /// It takes no more pods.
    Closed,
}

/// The latest changes of one cluster, numbered from its beginning.
#[derive(Debug)]
pub struct History {
    /// Stands for this one cluster: a copy of a cluster is another one from there on.
    identity: Arc<()>,
    changes: VecDeque<(usize, Change)>,
    /// The number of the oldest change that is kept.
    first: u64,
}

impl Default for History {
    fn default() -> Self {
        Self {
            identity: Arc::new(()),
            changes: VecDeque::new(),
            first: 0,
        }
    }
}

impl Clone for History {
    /// That of another cluster, which nobody has looked at yet.
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl History {
    /// What stands for the cluster, to tell it from others by [`Arc::ptr_eq`].
    #[must_use]
    pub const fn identity(&self) -> &Arc<()> {
        &self.identity
    }

    /// The number the next change will have.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.first + self.changes.len() as u64
    }

    /// The changes from number `seen` on, each with the position of its node; `None` if some of them are forgotten.
    pub fn since(&self, seen: u64) -> Option<impl Iterator<Item = &(usize, Change)>> {
        let skip = usize::try_from(seen.checked_sub(self.first)?).ok()?;
        (skip <= self.changes.len()).then(|| self.changes.range(skip..))
    }

    pub(super) fn note(&mut self, place: usize, change: Change) {
        if self.changes.len() == KEPT {
            self.changes.pop_front();
            self.first += 1;
        }
        self.changes.push_back((place, change));
    }
}
