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
