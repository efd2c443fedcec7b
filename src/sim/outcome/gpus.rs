//! What came of GPUs of which more is known than their number.

use serde::{Deserialize, Serialize};

/// Parts of GPUs of one kind on the nodes of one pool, over the measured part of the run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GpuOutcome {
    /// The pool.
    pub pool: String,
    /// What the GPUs are; empty if nobody said.
    pub model: String,
    /// The resource that the parts are offered as.
    pub resource: String,
    /// What a part is and how it is shared: `time slicing, 4 at once`, `1g.5gb alone`.
    pub sharing: String,
    /// Parts there were, time-weighted mean.
    pub parts_mean: f64,
    /// Units of them that pods had, share of those offered, 0 to 1.
    pub held: f64,
    /// Time in which a pod that had a part had work for it, share of the time, 0 to 1.
    pub at_work: f64,
    /// Work done, share of what the whole GPUs could do that the parts are of, 0 to 1: of parts of one kind that is no more
    /// than their own share.
    pub used: f64,
    /// Memory of a part; absent if nobody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// Memory held of a part, time-weighted mean, bytes.
    pub memory_mean_bytes: f64,
    /// Most memory held of a part, bytes.
    pub memory_max_bytes: u64,
    /// Containers that failed because they needed more memory than there was for them.
    pub out_of_memory: u64,
}

impl GpuOutcome {
    /// Its pool and what its parts are: `gpus: 1g.5gb alone`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}: {}", self.pool, self.sharing)
    }
}
