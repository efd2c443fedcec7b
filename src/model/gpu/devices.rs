//! The devices of a node: what is idle of each, and which of them a pod has.

use super::request::{GpuRequest, MILLI};
use crate::model::resources::Resources;
use std::sync::Arc;

/// Most devices of one node that are told apart; a node that claims more hands them out by number alone.
pub const DEVICES_MAX: usize = 64;

/// Whether the extended resource called `name` is a number of GPUs.
#[must_use]
pub fn is_gpu(name: &str) -> bool {
    name.ends_with("/gpu")
}

/// The devices that a pod has, and how much of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Taken {
    devices: u64,
    milli: u16,
}

impl Taken {
    /// None.
    pub const NONE: Self = Self { devices: 0, milli: 0 };

    /// `milli` thousandths of each of `devices`, all of them below [`DEVICES_MAX`].
    #[must_use]
    pub fn of(devices: impl IntoIterator<Item = usize>, milli: u16) -> Self {
        let devices = devices.into_iter().fold(0, |mask, device| mask | 1 << device);
        Self { devices, milli }
    }

    /// The devices, lowest first.
    pub fn devices(self) -> impl Iterator<Item = usize> {
        (0..DEVICES_MAX).filter(move |device| self.devices >> device & 1 == 1)
    }

    /// Thousandths of each.
    #[must_use]
    pub const fn milli(self) -> u16 {
        self.milli
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_none(self) -> bool {
        self.devices == 0
    }

    /// Whether devices with so much idle have room for it.
    #[must_use]
    pub fn fits(self, idle: &[u16]) -> bool {
        self.devices()
            .all(|device| idle.get(device).is_some_and(|&idle| idle >= self.milli))
    }

    /// Takes it from what is idle of each device, never below zero.
    pub fn take_from(self, idle: &mut [u16]) {
        self.devices()
            .for_each(|device| idle[device] = idle[device].saturating_sub(self.milli));
    }

    /// Gives it back.
    pub fn give_back(self, idle: &mut [u16]) {
        self.devices()
            .for_each(|device| idle[device] = (idle[device] + self.milli).min(MILLI));
    }
}

/// As device plugins hand devices out when nobody says which: a share goes to the device with the least idle that takes
/// it, the lowest among equals; whole devices are the lowest idle ones. [`Taken::NONE`] if there is no room.
#[must_use]
pub fn hand_out(idle: &[u16], gpus: GpuRequest) -> Taken {
    if gpus.is_none() || !gpus.fits(idle) {
        return Taken::NONE;
    }
    let able = (0..idle.len()).filter(|&device| idle[device] >= gpus.milli());
    if gpus.is_share() {
        return Taken::of(able.min_by_key(|&device| idle[device]), gpus.milli());
    }
    Taken::of(able.take(usize::from(gpus.count())), gpus.milli())
}

/// What is idle of each device of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Devices {
    resource: Arc<str>,
    idle: Box<[u16]>,
}

impl Devices {
    /// The devices of a node that offers `allocatable`, all idle; `None` if it has none, or more than are told apart.
    #[must_use]
    pub fn of(allocatable: &Resources) -> Option<Self> {
        let (name, count) = allocatable
            .extended_iter()
            .find(|&(name, count)| count > 0 && is_gpu(name))?;
        let count = usize::try_from(count)
            .ok()
            .filter(|&count| count <= DEVICES_MAX)?;
        Some(Self {
            resource: name.into(),
            idle: vec![MILLI; count].into_boxed_slice(),
        })
    }

    /// What they are called as a resource: `nvidia.com/gpu`.
    #[must_use]
    pub fn resource(&self) -> &str {
        &self.resource
    }

    /// Idle thousandths of each.
    #[must_use]
    pub const fn idle(&self) -> &[u16] {
        &self.idle
    }

    /// Idle thousandths of all of them.
    #[must_use]
    pub fn idle_milli(&self) -> u64 {
        self.idle.iter().map(|&idle| u64::from(idle)).sum()
    }

    /// Thousandths of all of them, idle or not.
    #[must_use]
    pub const fn total_milli(&self) -> u64 {
        self.idle.len() as u64 * MILLI as u64
    }

    /// Devices that nobody has any of.
    #[must_use]
    pub fn idle_whole(&self) -> u64 {
        self.idle.iter().filter(|&&idle| idle == MILLI).count() as u64
    }

    /// A pod comes that asks for `gpus`: it gets `wanted`, or where that is none or has no room what is
    /// [handed out](hand_out). Returns what it got; none where a node has taken more pods than it has room for.
    pub fn take(&mut self, gpus: GpuRequest, wanted: Taken) -> Taken {
        let taken = if wanted.is_none() || !wanted.fits(&self.idle) {
            hand_out(&self.idle, gpus)
        } else {
            wanted
        };
        taken.take_from(&mut self.idle);
        taken
    }

    /// A pod goes that had `taken`.
    pub fn give_back(&mut self, taken: Taken) {
        taken.give_back(&mut self.idle);
    }
}

#[cfg(test)]
mod tests {
    use super::{Devices, GpuRequest, Taken, hand_out};
    use crate::model::resources::Resources;

    #[test]
    fn shares_fill_up_begun_devices_and_whole_ones_come_from_the_front() {
        let idle = [1000, 600, 300, 300, 1000];
        assert_eq!(hand_out(&idle, GpuRequest::share(300)), Taken::of([2], 300));
        assert_eq!(hand_out(&idle, GpuRequest::share(301)), Taken::of([1], 301));
        assert_eq!(hand_out(&idle, GpuRequest::whole(2)), Taken::of([0, 4], 1000));
        assert_eq!(hand_out(&idle, GpuRequest::whole(3)), Taken::NONE);
    }

    #[test]
    fn a_device_that_is_taken_is_not_given_twice_and_comes_back_whole() {
        let mut devices = Devices::of(&Resources::new(1, 1).with_extended("nvidia.com/gpu", 2)).unwrap();
        let whole = devices.take(GpuRequest::whole(1), Taken::of([1], 1000));
        let share = devices.take(GpuRequest::share(400), Taken::of([1], 400));
        assert_eq!(whole, Taken::of([1], 1000));
        assert_eq!(share, Taken::of([0], 400), "the one it wanted is taken");
        assert_eq!((devices.idle_milli(), devices.idle_whole()), (600, 0));
        assert_eq!(devices.take(GpuRequest::whole(1), Taken::NONE), Taken::NONE);
        devices.give_back(whole);
        devices.give_back(share);
        assert_eq!(devices.idle_milli(), devices.total_milli());
    }
}
