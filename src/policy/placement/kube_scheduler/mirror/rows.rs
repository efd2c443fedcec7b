//! What is reserved on each node, in rows that lie together: what most verdicts and scores need.

use crate::model::cluster::NodeView;
use crate::model::pod_template::PodTemplate;
use crate::policy::placement::kube_scheduler::amounts::{Books, Resource};

const CPU: usize = 0;
const MEMORY: usize = 1;
const EPHEMERAL: usize = 2;

/// One node's books of CPU, memory and ephemeral storage.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct NodeRow {
    whole: [i64; 3],
    reserved: [i64; 3],
    scored: [i64; 3],
    pods: u64,
    pods_max: u64,
}

impl NodeRow {
    pub(super) fn of(node: &NodeView) -> Self {
        let common = [Resource::Cpu, Resource::Memory, Resource::EphemeralStorage];
        Self {
            whole: common.each_ref().map(|one| one.of(&node.allocatable)),
            reserved: common.each_ref().map(|one| one.of(node.reserved())),
            scored: common.each_ref().map(|one| one.of(node.scored())),
            pods: node.pods.len() as u64,
            pods_max: node.allocatable.pods,
        }
    }

    /// Whether what `class` needs of these resources is free.
    pub(super) fn has_room(&self, class: &PodTemplate) -> bool {
        let need = class.requests();
        let fits = |need: u64, kind: usize| {
            let free = (self.whole[kind] - self.reserved[kind]).max(0);
            need == 0 || need <= free as u64
        };
        self.pods < self.pods_max
            && fits(need.cpu_milli, CPU)
            && fits(need.memory_bytes, MEMORY)
            && fits(need.ephemeral_bytes, EPHEMERAL)
    }
}

impl Books for NodeRow {
    fn amounts(&self, resource: &Resource, guessed: bool) -> (i64, i64) {
        let kind = match resource {
            Resource::Cpu => CPU,
            Resource::Memory => MEMORY,
            Resource::EphemeralStorage => EPHEMERAL,
            // Who asks for one looks at the node itself.
            Resource::Extended(_) => return (0, 0),
        };
        let books = if guessed { &self.scored } else { &self.reserved };
        (books[kind], self.whole[kind])
    }
}
