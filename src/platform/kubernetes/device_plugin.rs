//! Which of a node's GPUs, or parts of GPUs, a container gets of a resource that all of them are offered as.
//!
//! The kubelet's device manager asks the device plugin which it would rather give (`GetPreferredAllocation`); that of
//! NVIDIA takes one unit after another from the part that is best by its policy (`internal/rm/allocate.go`, 0.20). Equal
//! parts are taken in their order here; there, in no order that is told.

use crate::model::gpu::HandOut;

/// One part: how many units it is offered as, and how many of these somebody has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Units {
    /// All.
    pub total: u32,
    /// Of these, handed out.
    pub taken: u32,
}

/// The parts that `count` more units come from, by place, and how many from each; fewer than `count` in all where not so
/// many are left.
#[must_use]
pub fn preferred(parts: &[Units], count: u32, policy: HandOut) -> Vec<(usize, u32)> {
    let mut picked = vec![0_u32; parts.len()];
    for _ in 0..count {
        let open = (0..parts.len()).filter(|&place| parts[place].taken + picked[place] < parts[place].total);
        let best = open.min_by_key(|&place| {
            let taken = i64::from(parts[place].taken + picked[place]);
            let own = i64::from(picked[place]);
            match policy {
                HandOut::Distributed => (taken, own),
                HandOut::Packed => (-taken, own),
                HandOut::Spread => (own, taken),
            }
        });
        let Some(best) = best else { break };
        picked[best] += 1;
    }
    let picked = picked.into_iter().enumerate();
    picked.filter(|&(_, units)| units > 0).collect()
}

#[cfg(test)]
mod tests {
    use super::{Units, preferred};
    use crate::model::gpu::HandOut;

    fn parts(taken: &[u32]) -> Vec<Units> {
        let four = |&taken: &u32| Units { total: 4, taken };
        taken.iter().map(four).collect()
    }

    #[test]
    fn units_come_from_the_least_shared_gpu_unless_they_are_packed() {
        assert_eq!(preferred(&parts(&[2, 1, 3]), 1, HandOut::Distributed), [(1, 1)]);
        assert_eq!(
            preferred(&parts(&[0, 0]), 2, HandOut::Distributed),
            [(0, 1), (1, 1)]
        );
        assert_eq!(preferred(&parts(&[2, 0]), 2, HandOut::Distributed), [(1, 2)]);
        assert_eq!(
            preferred(&parts(&[2, 1, 3]), 2, HandOut::Packed),
            [(0, 1), (2, 1)]
        );
        assert_eq!(preferred(&parts(&[2, 0]), 2, HandOut::Spread), [(0, 1), (1, 1)]);
        assert_eq!(preferred(&parts(&[4, 4]), 1, HandOut::Distributed), []);
        assert_eq!(preferred(&parts(&[4, 3]), 2, HandOut::Packed), [(1, 1)]);
    }
}
