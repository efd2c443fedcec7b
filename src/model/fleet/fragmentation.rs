//! How much idle GPU of a whole fleet is of no use to the pods that usually come, kept up to date machine by machine.

use super::{CPU, Fleet, TypicalPods};

/// Parts of a thousandth of a device that are counted: whole numbers add up to the same in any order.
const PARTS: f64 = (1_u64 << 24) as f64;

/// Fragmented GPU of every machine of a fleet, and their sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragmentation {
    nodes: Vec<u64>,
    sum: u64,
}

impl Fragmentation {
    /// Looks at every machine.
    #[must_use]
    pub fn of(fleet: &Fleet, typical: &TypicalPods) -> Self {
        let nodes: Vec<u64> = (0..fleet.len()).map(|node| parts(fleet, node, typical)).collect();
        Self {
            sum: nodes.iter().sum(),
            nodes,
        }
    }

    /// Looks again at the one machine that changed.
    pub fn look_again(&mut self, fleet: &Fleet, node: usize, typical: &TypicalPods) {
        let now = parts(fleet, node, typical);
        self.sum = self.sum - self.nodes[node] + now;
        self.nodes[node] = now;
    }

    /// Thousandths of a device that are fragmented in the whole fleet.
    #[must_use]
    pub fn milli(&self) -> f64 {
        self.sum as f64 / PARTS
    }
}

fn parts(fleet: &Fleet, node: usize, typical: &TypicalPods) -> u64 {
    let fragmented = typical.fragmented(fleet.free(node)[CPU], fleet.idle(node), fleet.model(node));
    // The rest of a subtraction may lie a hair below zero; a conversion stops there.
    (fragmented * PARTS).round() as u64
}

#[cfg(test)]
mod tests {
    use super::Fragmentation;
    use crate::model::fleet::{Fleet, FleetNode, FleetPod, PodRequest, Side, TypicalPods};
    use crate::model::gpu::{GpuRequest, ModelNames, ModelSet, hand_out};
    use proptest::prelude::*;

    proptest! {
        /// Pods come and go one by one: what is kept is what a look at every machine says, to the last part.
        #[test]
        fn the_kept_sum_is_that_of_a_recount(
            nodes in prop::collection::vec((1_u64..20, 0_usize..9, 0_usize..3), 1..10),
            pods in prop::collection::vec((0_u64..8, 0_u16..5, 1_u16..1000, 0_usize..3), 1..20),
            steps in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..5), 1..80),
        ) {
            let mut names = ModelNames::default();
            let models = ["a", "b"].map(|name| names.learn(name).expect("there is room"));
            let models = [ModelSet::NONE, models[0], models[1]];
            let nodes: Vec<_> = nodes.into_iter().map(|(cpu_milli, gpus, model)| FleetNode {
                name: String::new(), cpu_milli, memory_mib: 0, pods: 100, gpus, model: models[model], side: Side::UNLIMITED,
            }).collect();
            let pods: Vec<_> = pods.into_iter().map(|(cpu_milli, count, milli, model)| FleetPod {
                name: String::new(),
                request: PodRequest {
                    cpu_milli,
                    memory_mib: 0,
                    gpus: if count == 4 { GpuRequest::share(milli) } else { GpuRequest::whole(count) },
                    models: models[model],
                    side: Side::default(),
                },
                models_text: format!("{model}"),
            }).collect();
            let typical = TypicalPods::of(&pods);
            let mut fleet = Fleet::new(&nodes);
            let mut kept = Fragmentation::of(&fleet, &typical);
            let mut there = Vec::new();
            for (pod, node, turn) in steps {
                let changed = if turn < 2 && !there.is_empty() {
                    let (node, pod, taken) = there.swap_remove(node.index(there.len()));
                    fleet.give_back(node, pod, taken);
                    node
                } else {
                    let (pod, node) = (&pods[pod.index(pods.len())].request, node.index(nodes.len()));
                    if !fleet.fits(node, pod) {
                        continue;
                    }
                    let taken = hand_out(fleet.idle(node), pod.gpus);
                    fleet.take(node, pod, taken);
                    there.push((node, pod, taken));
                    node
                };
                kept.look_again(&fleet, changed, &typical);
                prop_assert_eq!(&kept, &Fragmentation::of(&fleet, &typical));
            }
            for (node, pod, taken) in there {
                fleet.give_back(node, pod, taken);
                kept.look_again(&fleet, node, &typical);
            }
            prop_assert_eq!(kept, Fragmentation::of(&Fleet::new(&nodes), &typical), "empty is as it was");
        }
    }
}
