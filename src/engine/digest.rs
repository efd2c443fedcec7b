//! The digest of a run: an order-independent sum over mixed facts.
//!
//! A fact is something that happened in the simulated world (an arrival, a completion, a state change, a decision)
//! with its time. Facts, not engine events, so that an optimisation which skips events but changes nothing keeps the
//! digest; a sum, so that facts may be recorded in any order.

use super::random::mix;
use super::time::Time;
use std::fmt;

/// What happened; part of the mixed word, so that an arrival never cancels a completion.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub enum Fact {
    /// Something arrived or was created.
    Arrived = 1,
    /// Something finished well.
    Completed = 2,
    /// Something ended badly: refused, timed out, abandoned, lost.
    Failed = 3,
    /// Something changed state.
    Changed = 4,
    /// A policy decided.
    Decided = 5,
}

/// A wrapping sum of mixed facts.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Digest(u64);

impl Digest {
    /// Adds one fact about `subject` at `time`; `detail` tells apart facts of one kind.
    #[inline]
    pub fn add(&mut self, fact: Fact, time: Time, subject: u64, detail: u64) {
        let word = time.nanos().rotate_left(17) ^ subject.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = self.0.wrapping_add(mix(
            word ^ (detail.rotate_left(8) ^ fact as u64).wrapping_mul(0xd6e8_feb8_6659_fd93)
        ));
    }

    /// Joins the facts of two parts of one run.
    pub fn merge(&mut self, other: Self) {
        self.0 = self.0.wrapping_add(other.0);
    }

    /// The 64-bit value.
    #[must_use]
    pub const fn value(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Digest, Fact, Time};

    #[test]
    fn order_does_not_matter_but_every_part_of_a_fact_does() {
        let at = Time::from_nanos;
        let sum = |facts: &[(Fact, u64, u64, u64)]| {
            let mut digest = Digest::default();
            facts
                .iter()
                .for_each(|&(fact, time, subject, detail)| digest.add(fact, at(time), subject, detail));
            digest
        };
        let (a, b) = ((Fact::Arrived, 1, 2, 3), (Fact::Completed, 4, 5, 6));
        assert_eq!(sum(&[a, b]), sum(&[b, a]));
        for other in [
            (Fact::Failed, 1, 2, 3),
            (Fact::Arrived, 2, 2, 3),
            (Fact::Arrived, 1, 3, 3),
            (Fact::Arrived, 1, 2, 4),
            (Fact::Arrived, 1, 2, 1 << 63 | 3),
        ] {
            assert_ne!(sum(&[a]), sum(&[other]));
        }
    }
}
