//! Which devices of a node a pod has.

/// Most devices of one node.
pub const DEVICES_MAX: usize = 64;

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

    /// Takes it from what is idle of each device, never below zero.
    pub fn take_from(self, idle: &mut [u16]) {
        self.devices()
            .for_each(|device| idle[device] = idle[device].saturating_sub(self.milli));
    }

    /// Gives it back.
    pub fn give_back(self, idle: &mut [u16]) {
        self.devices().for_each(|device| idle[device] += self.milli);
    }
}
