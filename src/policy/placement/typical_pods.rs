//! Which pods usually come, and how much of a node's idle GPU is of no use to them.
//!
//! Pods that ask for the same CPU and GPUs and may go to the same nodes are of one kind, as in "Beware of Fragmentation"
//! (USENIX ATC 2023); DaemonSets' pods come with nodes, not by themselves, and do not count.

use crate::model::cluster::NodeView;
use crate::model::gpu::{Demand, expected_fragment};
use crate::model::labels::untolerated;
use crate::model::owner::Owner;
use crate::model::pod_template::PodTemplate;
use std::cmp::Reverse;
use std::sync::Arc;

/// How many pods of each kind have come.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Seen(Vec<(Arc<PodTemplate>, u64)>);

/// A kind of pods that usually comes, and which part of all of them it is.
#[derive(Clone, Debug)]
pub(crate) struct Typical {
    class: Arc<PodTemplate>,
    share: f64,
}

impl Seen {
    /// `pods` of `class` have come.
    pub(crate) fn add(&mut self, class: &Arc<PodTemplate>, pods: u64) {
        if class.owner == Owner::DaemonSet || pods == 0 {
            return;
        }
        match self.0.iter_mut().find(|(known, _)| alike(known, class)) {
            Some((_, known)) => *known += pods,
            None => self.0.push((class.clone(), pods)),
        }
    }

    /// The pod of `class` that was counted last has not come after all.
    pub(crate) fn take_back(&mut self, class: &Arc<PodTemplate>) {
        if class.owner == Owner::DaemonSet {
            return;
        }
        if let Some((_, known)) = self.0.iter_mut().find(|(known, _)| alike(known, class)) {
            *known -= 1;
            self.0.retain(|(_, pods)| *pods > 0);
        }
    }

    /// The commonest kinds, until they are `popularity` of all, 0 to 1; their shares of each other.
    pub(crate) fn typical(&self, popularity: f64) -> Vec<Typical> {
        let mut kinds: Vec<&(Arc<PodTemplate>, u64)> = self.0.iter().collect();
        kinds.sort_by_key(|(_, pods)| Reverse(*pods));
        let all: u64 = kinds.iter().map(|(_, pods)| pods).sum();
        let mut kept = 0;
        kinds.retain(|(_, pods)| {
            let is_needed = (kept as f64) < popularity * all as f64;
            kept += if is_needed { *pods } else { 0 };
            is_needed
        });
        let kinds = kinds.into_iter();
        kinds
            .map(|(class, pods)| Typical {
                class: class.clone(),
                share: *pods as f64 / kept as f64,
            })
            .collect()
    }
}

fn alike(one: &Arc<PodTemplate>, other: &Arc<PodTemplate>) -> bool {
    Arc::ptr_eq(one, other)
        || demand(one) == demand(other)
            && one.node_selector == other.node_selector
            && one.rules.node_affinity == other.rules.node_affinity
            && one.tolerations == other.tolerations
}

fn demand(class: &PodTemplate) -> Demand {
    Demand {
        cpu_milli: class.requests().cpu_milli,
        gpus: class.gpus(),
    }
}

/// What the typical pods ask of `node`; `None` of those that may not go there.
pub(crate) fn accepted(node: &NodeView, typical: &[Typical]) -> impl Iterator<Item = (f64, Option<Demand>)> {
    let of = |kind: &Typical| {
        let class = &kind.class;
        let may = class.selects(&node.facts.name, &node.facts.labels)
            && untolerated(&node.facts.taints, &class.tolerations).is_none();
        (kind.share, may.then(|| demand(class)))
    };
    typical.iter().map(of)
}

/// Thousandths of the node's idle GPU that are useless to a typical pod, expected.
pub(crate) fn fragmented(node: &NodeView, typical: &[Typical]) -> f64 {
    node.devices().map_or(0.0, |devices| {
        let mix: Vec<_> = accepted(node, typical).collect();
        expected_fragment(node.free.cpu_milli, devices.idle(), &mix)
    })
}

#[cfg(test)]
mod tests {
    use super::Seen;
    use crate::model::pod_template::PodTemplate;
    use crate::model::resources::Resources;
    use std::sync::Arc;

    #[test]
    fn rare_kinds_are_left_out_and_the_others_make_up_the_whole() {
        let class = |cpu| Arc::new(PodTemplate::new(Vec::new()).with_overhead(&Resources::new(cpu, 0)));
        let mut seen = Seen::default();
        for (cpu, pods) in [(500, 10), (1000, 60), (2000, 4), (500, 26)] {
            seen.add(&class(cpu), pods);
        }
        let shares = |popularity| -> Vec<(u64, f64)> {
            let typical = seen.typical(popularity);
            let of = |kind: &super::Typical| (kind.class.requests().cpu_milli, kind.share);
            typical.iter().map(of).collect()
        };
        assert_eq!(
            shares(0.95),
            [(1000, 0.625), (500, 0.375)],
            "those of one size are one kind"
        );
        assert_eq!(shares(1.0), [(1000, 0.6), (500, 0.36), (2000, 0.04)]);
        assert!(Seen::default().typical(0.95).is_empty());
    }

    #[test]
    fn who_is_taken_back_has_not_come() {
        let class = |cpu| Arc::new(PodTemplate::new(Vec::new()).with_overhead(&Resources::new(cpu, 0)));
        let mut seen = Seen::default();
        seen.add(&class(500), 2);
        let before = seen.clone();
        for cpu in [500, 700] {
            seen.add(&class(cpu), 1);
            assert_ne!(seen, before);
            seen.take_back(&class(cpu));
            assert_eq!(seen, before, "neither a known kind nor a new one leaves a trace");
        }
    }
}
