//! What a pod asks of a node's GPUs.

/// Thousandths of a device.
pub const MILLI: u16 = 1000;

/// So many devices, and so much of each. A share of a device is for one device only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GpuRequest {
    count: u16,
    milli: u16,
}

/// Requests that are alike to policies that keep them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TaskClass {
    /// A share of one device.
    Share,
    /// So many whole devices.
    Whole(u16),
}

impl GpuRequest {
    /// No GPU.
    pub const NONE: Self = Self { count: 0, milli: 0 };

    /// `count` whole devices.
    #[must_use]
    pub const fn whole(count: u16) -> Self {
        Self {
            count,
            milli: if count == 0 { 0 } else { MILLI },
        }
    }

    /// `milli` thousandths of one device, a whole one at most; none if zero.
    #[must_use]
    pub const fn share(milli: u16) -> Self {
        Self {
            count: if milli == 0 { 0 } else { 1 },
            milli: if milli > MILLI { MILLI } else { milli },
        }
    }

    /// How many devices.
    #[must_use]
    pub const fn count(self) -> u16 {
        self.count
    }

    /// Thousandths of each, 0 to 1000.
    #[must_use]
    pub const fn milli(self) -> u16 {
        self.milli
    }

    /// Whether no GPU is asked for.
    #[must_use]
    pub const fn is_none(self) -> bool {
        self.count == 0
    }

    /// Whether it is a share of one device.
    #[must_use]
    pub const fn is_share(self) -> bool {
        self.count == 1 && self.milli < MILLI
    }

    /// Thousandths over all devices.
    #[must_use]
    pub const fn total_milli(self) -> u64 {
        self.count as u64 * self.milli as u64
    }

    /// What it is to policies that keep tasks of a kind together; `None` if it asks for no GPU.
    #[must_use]
    pub const fn class(self) -> Option<TaskClass> {
        match self {
            Self { count: 0, .. } => None,
            request if request.is_share() => Some(TaskClass::Share),
            request => Some(TaskClass::Whole(request.count)),
        }
    }

    /// Whether devices with so much idle, in thousandths, have room for it.
    #[must_use]
    pub fn fits(self, idle: &[u16]) -> bool {
        let able = idle.iter().filter(|&&idle| idle >= self.milli);
        self.is_none() || able.take(usize::from(self.count)).count() == usize::from(self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::{GpuRequest, TaskClass};

    #[test]
    fn a_share_needs_one_device_with_room_and_whole_devices_need_idle_ones() {
        let idle = [400, 1000, 0, 1000];
        assert!(GpuRequest::share(400).fits(&idle));
        assert!(GpuRequest::whole(2).fits(&idle));
        assert!(!GpuRequest::whole(3).fits(&idle), "two halves are no whole");
        assert!(!GpuRequest::share(401).fits(&[400, 400]));
        assert!(GpuRequest::NONE.fits(&[]));
        assert_eq!(GpuRequest::share(1000), GpuRequest::whole(1));
        assert_eq!(GpuRequest::share(999).class(), Some(TaskClass::Share));
        assert_eq!(GpuRequest::whole(4).total_milli(), 4000);
    }
}
