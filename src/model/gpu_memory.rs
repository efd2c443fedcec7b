//! What a pod needs of the memory of its GPUs, and for how many slots what it may have of it is enough.
//!
//! Knows: what containers use and may use. Must not know: which GPU, or who else holds memory of it.
//!
//! Frameworks keep what they have taken: PyTorch's and TensorFlow's allocators give nothing back to the driver. So a pod
//! holds as much as it has ever needed since its containers started.

use super::pod_template::PodTemplate;

/// The resource whose limit is what a container may use of the memory of each of its GPUs, in MiB: HAMi's. Nothing is
/// reserved for it.
pub const LIMIT_RESOURCE: &str = "nvidia.com/gpumem";

/// Memory of each of its GPUs that a pod needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GpuMemory {
    /// Without any request, bytes.
    pub idle: u64,
    /// For each slot in use, bytes.
    pub per_slot: u64,
    /// What it may use at most, bytes; `None` if nothing but its GPU limits it.
    pub limit: Option<u64>,
}

impl GpuMemory {
    /// That of pods of `template`; `None` if its containers do not say.
    #[must_use]
    pub fn of(template: &PodTemplate) -> Option<Self> {
        let (mut idle, mut per_slot) = (0_u64, 0_u64);
        let mut limit: Option<u64> = None;
        for container in template.running() {
            let usage = &container.usage;
            idle = idle.saturating_add(usage.gpu_memory_idle_bytes);
            per_slot = per_slot.saturating_add(usage.gpu_memory_per_slot_bytes);
            let own = container.limits.extended(LIMIT_RESOURCE).saturating_mul(1 << 20);
            if own > 0 {
                limit = Some(limit.unwrap_or(0).saturating_add(own));
            }
        }
        (idle > 0 || per_slot > 0).then_some(Self {
            idle,
            per_slot,
            limit,
        })
    }

    /// With so many slots in use, bytes.
    #[must_use]
    pub const fn with_slots(&self, slots: u64) -> u64 {
        self.idle.saturating_add(self.per_slot.saturating_mul(slots))
    }

    /// The most slots in use that `room` bytes are enough for: `None` if they are not without any, and as many as there
    /// may be if slots need none.
    #[must_use]
    pub const fn slots_in(&self, room: u64) -> Option<u64> {
        let Some(left) = room.checked_sub(self.idle) else {
            return None;
        };
        Some(match left.checked_div(self.per_slot) {
            Some(slots) => slots,
            None => u64::MAX,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::GpuMemory;

    #[test]
    fn room_is_for_as_many_slots_as_it_holds_and_exactly_enough_is_enough() {
        let need = |idle, per_slot| GpuMemory {
            idle,
            per_slot,
            limit: None,
        };
        assert_eq!(need(40, 20).slots_in(100), Some(3));
        assert_eq!(need(40, 20).slots_in(99), Some(2));
        assert_eq!(need(40, 20).slots_in(39), None);
        assert_eq!(need(40, 0).slots_in(40), Some(u64::MAX));
        assert_eq!(need(40, 20).with_slots(3), 100);
    }
}
