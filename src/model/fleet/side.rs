//! What machines have besides CPU, memory and GPUs: local disk, network cards, and what part they play.
//!
//! These limit where a pod may go. No policy weighs them: none of those that are published does.

/// The part a machine plays, such as host of GPUs; pods may ask for one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Role(u16);

impl Role {
    /// Of a pod: any; of a machine: every.
    pub const ANY: Self = Self(0);

    /// The `index`-th of the roles that are told apart, below 65535.
    #[must_use]
    pub const fn nth(index: u16) -> Self {
        Self(index.saturating_add(1))
    }

    /// Whether a machine of the role `machine` plays the part that a pod asks for.
    #[must_use]
    pub const fn accepts(self, machine: Self) -> bool {
        self.0 == 0 || machine.0 == 0 || self.0 == machine.0
    }
}

/// Amounts beside CPU, memory and GPUs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Side {
    /// Local disk, MiB.
    pub disk_mib: u64,
    /// Network cards for RDMA, percent of one.
    pub rdma_percent: u64,
    /// The part it plays.
    pub role: Role,
}

impl Side {
    /// So much of anything is no limit; sums over machines stay numbers.
    pub const NO_LIMIT: u64 = 1 << 40;
    /// Of a machine of which nothing is known.
    pub const UNLIMITED: Self = Self {
        disk_mib: Self::NO_LIMIT,
        rdma_percent: Self::NO_LIMIT,
        role: Role::ANY,
    };

    /// Whether a machine with so much free, of that role, has room for what is asked.
    #[must_use]
    pub const fn has_room_for(&self, asked: &Self) -> bool {
        self.disk_mib >= asked.disk_mib
            && self.rdma_percent >= asked.rdma_percent
            && asked.role.accepts(self.role)
    }

    pub(super) const fn take(&mut self, asked: &Self) {
        self.disk_mib -= asked.disk_mib;
        self.rdma_percent -= asked.rdma_percent;
    }

    pub(super) const fn give_back(&mut self, asked: &Self) {
        self.disk_mib += asked.disk_mib;
        self.rdma_percent += asked.rdma_percent;
    }
}
