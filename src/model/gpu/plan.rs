//! What the GPUs of a node are offered as: whole ones, instances of them, and either of these several times over.
//!
//! Knows: parts of GPUs that are isolated from each other, the names of their resources, how each is shared. Must not
//! know: nodes or pods.
//!
//! Names are those of the NVIDIA device plugin (`internal/rm/rm.go`, `api/config/v1`): `nvidia.com/gpu` for whole GPUs
//! and, with `migStrategy: single`, for instances; `nvidia.com/mig-1g.5gb` with `mixed`; `.shared` at the end where what
//! is shared is renamed.

use super::mig::MigProfile;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// How those who have a part at the same time use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sharing {
    /// One has it alone.
    Alone,
    /// In turns of equal length among those that have work; what they hold of its memory is not kept apart.
    TimeSlicing,
    /// At once through CUDA's Multi-Process Service, each with an equal part of threads and memory.
    Mps,
}

impl fmt::Display for Sharing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Alone => "alone",
            Self::TimeSlicing => "time slicing",
            Self::Mps => "MPS",
        })
    }
}

/// Which part the next of several equal units comes from (the device plugin's `sharedDevicesAllocationPolicy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HandOut {
    /// From the part with the fewest units handed out: the default.
    #[default]
    Distributed,
    /// From the part with the most.
    Packed,
    /// From the part that the pod has least of.
    Spread,
}

/// A whole GPU, or one instance of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GpuPart {
    /// The number of its GPU on the node, from 0.
    pub gpu: u32,
    /// The instance it is and where it begins; `None` if it is the whole GPU.
    pub instance: Option<(&'static MigProfile, u8)>,
    /// The resource that it is offered as.
    pub resource: Arc<str>,
    /// How those who have it share it.
    pub sharing: Sharing,
    /// Units that it is offered as, 1 or more.
    pub replicas: u32,
    /// Slices of compute that it has, of those that its GPU has.
    pub compute: (u8, u8),
    /// Its memory, bytes; `None` if nobody said.
    pub memory_bytes: Option<u64>,
}

impl GpuPart {
    /// Its speed as a part of its GPU's, more than 0 and at most 1.
    #[must_use]
    pub fn speed(&self) -> f64 {
        f64::from(self.compute.0) / f64::from(self.compute.1)
    }

    /// Memory that one who has it may use at most, bytes; `None` if nobody said how much there is.
    #[must_use]
    pub fn memory_of_one(&self) -> Option<u64> {
        let memory = self.memory_bytes?;
        Some(match self.sharing {
            Sharing::Alone | Sharing::TimeSlicing => memory,
            // Whole MiB, as the plugin says it to the daemon (`cmd/mps-control-daemon/mps/daemon.go`).
            Sharing::Mps => (memory / u64::from(self.replicas)) >> 20 << 20,
        })
    }

    /// `0` of a whole GPU, `0/1g.5gb@3` of an instance.
    #[must_use]
    pub fn name(&self) -> String {
        match self.instance {
            None => self.gpu.to_string(),
            Some((profile, start)) => format!("{}/{}@{start}", self.gpu, profile.name),
        }
    }

    /// What it is and how it is shared, in words: `time slicing, 4 at once`, `1g.5gb alone`.
    #[must_use]
    pub fn kind(&self) -> String {
        let shared = match self.sharing {
            Sharing::Alone => "alone".to_owned(),
            sharing => format!("{sharing}, {} at once", self.replicas),
        };
        match self.instance {
            None => shared,
            Some((profile, _)) => format!("{} {shared}", profile.name),
        }
    }
}

/// The GPUs of each node of a pool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GpuPlan {
    /// What they are; empty if nobody said.
    pub model: String,
    /// Their parts, those of a GPU together.
    pub parts: Vec<GpuPart>,
    /// Which part of several is handed out next.
    pub hand_out: HandOut,
    /// Resources of which no container may ask for more than one.
    pub one_at_a_time: Vec<Arc<str>>,
}

impl GpuPlan {
    /// The resources that a node offers, by name, and how many units of each.
    #[must_use]
    pub fn offers(&self) -> BTreeMap<Arc<str>, u64> {
        let mut offers = BTreeMap::new();
        for part in &self.parts {
            *offers.entry(part.resource.clone()).or_default() += u64::from(part.replicas);
        }
        offers
    }

    /// Whether every GPU is offered as it is, so that shares of one can be told apart.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.parts
            .iter()
            .all(|part| part.instance.is_none() && part.sharing == Sharing::Alone)
    }

    /// Whether any part is used in turns.
    #[must_use]
    pub fn has_turns(&self) -> bool {
        self.parts.iter().any(|part| part.sharing == Sharing::TimeSlicing)
    }
}

#[cfg(test)]
mod tests {
    use super::{GpuPart, GpuPlan, Sharing};

    fn part(gpu: u32, resource: &str, sharing: Sharing, replicas: u32) -> GpuPart {
        GpuPart {
            gpu,
            instance: None,
            resource: resource.into(),
            sharing,
            replicas,
            compute: (1, 1),
            memory_bytes: Some((10 << 20) + 5),
        }
    }

    #[test]
    fn units_of_one_name_add_up_and_mps_splits_memory_in_whole_mebibytes() {
        let plan = GpuPlan {
            parts: vec![
                part(0, "nvidia.com/gpu", Sharing::Alone, 1),
                part(1, "nvidia.com/gpu", Sharing::TimeSlicing, 4),
                part(2, "nvidia.com/gpu.shared", Sharing::Mps, 3),
            ],
            ..GpuPlan::default()
        };
        let offers: Vec<_> = plan.offers().into_iter().collect();
        assert_eq!(
            offers,
            [("nvidia.com/gpu".into(), 5), ("nvidia.com/gpu.shared".into(), 3)]
        );
        assert!(plan.has_turns() && !plan.is_whole());
        assert_eq!(plan.parts[2].memory_of_one(), Some(3 << 20));
        assert_eq!(plan.parts[1].memory_of_one(), plan.parts[1].memory_bytes);
    }
}
