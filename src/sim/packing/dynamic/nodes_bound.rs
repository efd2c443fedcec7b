//! How few machines could do: of each resource by itself, the fewest that have enough of it.

use crate::model::fleet::{DIMENSIONS, Fleet};

/// Sums of the largest machines of a fleet, of each resource.
#[derive(Clone, Debug)]
pub(super) struct NodesBound {
    /// Of each resource, what the 1, 2, 3 … machines with the most of it have together.
    sums: [Vec<u64>; DIMENSIONS],
    largest: [u64; DIMENSIONS],
}

impl NodesBound {
    pub(super) fn new(fleet: &Fleet) -> Self {
        let mut largest = [0; DIMENSIONS];
        let sums = std::array::from_fn(|at| {
            let mut amounts: Vec<u64> = (0..fleet.len())
                .map(|machine| fleet.capacity(machine)[at])
                .collect();
            amounts.sort_unstable_by(|a, b| b.cmp(a));
            largest[at] = amounts.first().copied().unwrap_or(0);
            let mut sum = 0_u64;
            let sums = amounts.iter().map(|amount| {
                sum = sum.saturating_add(*amount);
                sum
            });
            sums.collect()
        });
        Self { sums, largest }
    }

    /// No fewer machines have so much together. Beyond the fleet, more of its largest ones are counted.
    pub(super) fn least(&self, used: &[u64; DIMENSIONS]) -> u64 {
        let of_one = (0..DIMENSIONS).map(|at| {
            let (sums, used) = (&self.sums[at], used[at]);
            let all = sums.last().copied().unwrap_or(0);
            if used == 0 {
                0
            } else if used > all {
                sums.len() as u64 + (used - all).div_ceil(self.largest[at].max(1))
            } else {
                sums.partition_point(|&sum| sum < used) as u64 + 1
            }
        });
        of_one.max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::NodesBound;
    use crate::model::fleet::{Fleet, FleetNode};
    use crate::model::gpu::ModelSet;

    #[test]
    fn the_scarcest_resource_decides_and_large_machines_come_first() {
        let node = |cpu_milli, memory_mib| FleetNode {
            name: String::new(),
            cpu_milli,
            memory_mib,
            pods: 10,
            gpus: 0,
            model: ModelSet::NONE,
        };
        let bound = NodesBound::new(&Fleet::new(&[node(1000, 10), node(4000, 10), node(2000, 10)]));
        assert_eq!(bound.least(&[0, 0, 0]), 0);
        assert_eq!(bound.least(&[4000, 10, 0]), 1);
        assert_eq!(bound.least(&[4001, 10, 0]), 2);
        assert_eq!(bound.least(&[1, 21, 0]), 3);
        assert_eq!(bound.least(&[7001, 0, 0]), 4, "one more of the largest");
    }
}
