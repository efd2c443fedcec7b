//! Equal sharing of one rate among a changing number of downloads, in exact integer steps.
//!
//! Knows: bytes, rates and time. Must not know: layers, pulls, or why the rate or the number changes.
//!
//! Equal sharing means that every member receives the same bytes in the same time, so one counter suffices: the
//! *level*, the bytes one member would have received since the beginning, in units of 2⁻²⁰ byte. A download that
//! starts at level `l` ends when the level reaches `l + bytes·2²⁰`. The level is stored at an *anchor*, the last
//! instant at which rate or number changed, and is computed from there and never accumulated in between: looking in
//! small steps gives the same nanoseconds as looking once. It is rounded down by less than one unit at each anchor; a
//! finish is rounded up to the next nanosecond.

use crate::engine::{Span, Time};

const NANOS_PER_SEC: u128 = 1_000_000_000;
const LEVEL_BITS: u32 = 20;

/// What one member has received, in units of 2⁻²⁰ byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Level(u128);

impl Level {
    /// The level at which a download of `bytes` ends that starts at this one.
    pub(super) fn after(self, bytes: u64) -> Self {
        Self(self.0 + (u128::from(bytes) << LEVEL_BITS))
    }

    /// Bytes still to come from this level to `end`, rounded up.
    pub(super) fn bytes_until(self, end: Self) -> u64 {
        let left = end.0.saturating_sub(self.0).div_ceil(1 << LEVEL_BITS);
        u64::try_from(left).unwrap_or(u64::MAX)
    }
}

/// A rate shared equally.
#[derive(Clone, Debug)]
pub(super) struct EqualShare {
    bytes_per_s: u64,
    members: u32,
    anchor: Time,
    level: Level,
}

impl EqualShare {
    /// A rate nobody uses yet.
    pub(super) fn new(bytes_per_s: u64) -> Self {
        Self {
            bytes_per_s,
            members: 0,
            anchor: Time::ZERO,
            level: Level(0),
        }
    }

    /// How many share.
    pub(super) fn members(&self) -> u32 {
        self.members
    }

    /// The level at `now`, rounded down. The products are exact: rate and time are below 2⁶⁴ each.
    pub(super) fn level(&self, now: Time) -> Level {
        if self.members == 0 {
            return self.level;
        }
        let byte_nanos = u128::from(self.bytes_per_s) * u128::from(now.since(self.anchor).nanos());
        let per_byte = u128::from(self.members) * NANOS_PER_SEC;
        let (whole, rest) = (byte_nanos / per_byte, byte_nanos % per_byte);
        Level(self.level.0 + (whole << LEVEL_BITS) + (rest << LEVEL_BITS) / per_byte)
    }

    /// When the level reaches `end` if nothing changes, rounded up; [`Time::NEVER`] if the rate is zero.
    pub(super) fn time_of(&self, end: Level) -> Time {
        let left = end.0.saturating_sub(self.level.0);
        if left == 0 {
            return self.anchor;
        }
        // Below 2⁸⁴ for the largest layer and 2³⁰ for a second: room for 2¹⁴ members.
        let member_nanos = left * u128::from(self.members) * NANOS_PER_SEC;
        if self.bytes_per_s == 0 {
            return Time::NEVER;
        }
        let nanos = member_nanos.div_ceil(u128::from(self.bytes_per_s) << LEVEL_BITS);
        self.anchor + Span::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// Sets the number of members from `now` on.
    pub(super) fn set_members(&mut self, now: Time, members: u32) {
        self.drop_anchor(now);
        self.members = members;
    }

    /// Sets the rate from `now` on.
    pub(super) fn set_rate(&mut self, now: Time, bytes_per_s: u64) {
        self.drop_anchor(now);
        self.bytes_per_s = bytes_per_s;
    }

    fn drop_anchor(&mut self, now: Time) {
        self.level = self.level(now);
        self.anchor = now;
    }
}

#[cfg(test)]
mod tests {
    use super::EqualShare;
    use crate::engine::Time;
    use proptest::prelude::*;

    proptest! {
        /// Were the two roundings not each other's inverse, a download would be due and not done, and the run would hang.
        #[test]
        fn at_the_time_of_a_level_the_level_is_reached_and_a_nanosecond_before_it_is_not(
            rate in 1u64..10_000_000_000, members in 1u32..10, bytes in 1u64..1 << 40, from in 0u64..1 << 50,
        ) {
            let mut share = EqualShare::new(rate);
            share.set_members(Time::from_nanos(from), members);
            let end = share.level(Time::from_nanos(from)).after(bytes);
            let due = share.time_of(end);
            prop_assert!(share.level(due) >= end);
            prop_assert!(share.level(Time::from_nanos(due.nanos() - 1)) < end);
        }
    }
}
