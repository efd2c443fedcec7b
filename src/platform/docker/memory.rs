//! How much of a container's memory Docker lets the kernel put into swap.
//!
//! Knows: `--memory` and `--memory-swap`, Compose's `mem_limit` and `memswap_limit`. Must not know: how much swap a host
//! has, or what its use costs.
//!
//! moby `daemon/daemon_unix.go`, `adaptContainerSettings` and `verifyPlatformContainerResources` (from memory): `--memory-swap`
//! is memory and swap together; unset beside `--memory` it becomes twice that; -1 is no limit; it may not be below
//! `--memory`, and not stand without it. With cgroup v2 what the kernel gets is the difference (`memory.swap.max`).

/// `--memory-swap` of a container.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MemorySwap {
    /// Not said: as much swap as memory.
    #[default]
    Unset,
    /// Memory and swap together, bytes.
    Total(u64),
    /// `-1`: as much swap as there is.
    Unlimited,
}

impl MemorySwap {
    /// How much swap a container with a memory limit of so many bytes (0: none) may use, bytes.
    #[must_use]
    pub const fn swap_bytes(self, memory_limit: u64) -> u64 {
        match self {
            _ if memory_limit == 0 => u64::MAX,
            Self::Unset => memory_limit,
            Self::Total(total) => total.saturating_sub(memory_limit),
            Self::Unlimited => u64::MAX,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::MemorySwap;

    #[test]
    fn what_is_not_said_is_as_much_again_and_equal_is_none() {
        let gib = 1 << 30;
        assert_eq!(MemorySwap::Unset.swap_bytes(gib), gib);
        assert_eq!(MemorySwap::Total(gib).swap_bytes(gib), 0);
        assert_eq!(MemorySwap::Total(3 * gib).swap_bytes(gib), 2 * gib);
        assert_eq!(MemorySwap::Unlimited.swap_bytes(gib), u64::MAX);
        assert_eq!(MemorySwap::Unset.swap_bytes(0), u64::MAX, "nothing limits it");
    }
}
