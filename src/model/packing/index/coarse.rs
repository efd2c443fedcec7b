//! Amounts and keys in 16 bits, for a first look: many at a time fit into one register. What has room has room in coarse amounts
//! too, so whoever finds room there looks at the exact amounts once more, and misses nothing.

use super::Amounts;

/// Coarse amounts of `D` resources.
pub(super) type Short<const D: usize> = [u16; D];

/// How amounts of one shape become coarse: the leading 16 bits of what its capacity takes, so that amounts below 65,536
/// stay exact.
#[derive(Clone, Copy, Debug)]
pub(super) struct Coarse<const D: usize> {
    shifts: [u32; D],
    key_shift: u32,
}

impl<const D: usize> Coarse<D> {
    /// For amounts up to `capacity` and keys up to `key_max`.
    pub(super) fn new(capacity: &Amounts<D>, key_max: u64) -> Self {
        Self {
            shifts: capacity.map(shift),
            // One bit less, so that a bound above every key is a number.
            key_shift: shift(key_max.saturating_mul(2)),
        }
    }

    pub(super) fn amounts(&self, exact: &Amounts<D>) -> Short<D> {
        std::array::from_fn(|at| (exact[at] >> self.shifts[at]) as u16)
    }

    pub(super) const fn key(&self, exact: u64) -> u16 {
        (exact >> self.key_shift) as u16
    }

    /// Whether keys are what they were.
    pub(super) const fn keys_are_exact(&self) -> bool {
        self.key_shift == 0
    }
}

/// Whether `need` has room in `free`, as far as coarse amounts tell.
pub(super) fn may_have_room<const D: usize>(need: &Short<D>, free: &Short<D>) -> bool {
    need.iter()
        .zip(free)
        .fold(true, |fits, (need, free)| fits & (need <= free))
}

const fn shift(most: u64) -> u32 {
    (u64::BITS - most.leading_zeros()).saturating_sub(u16::BITS)
}
