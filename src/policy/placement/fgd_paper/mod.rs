//! The six policies that Weng et al. compare in "Beware of Fragmentation: Scheduling GPU-Sharing Workloads with
//! Fragmentation Gradient Descent" (USENIX ATC 2023), exactly as their simulator scores them: whole numbers, truncated
//! toward zero, with its constants (a machine of 128 CPUs and 8 GPUs). They take no parameters.

mod best_fit;
mod dot_product;
mod fgd;
mod gpu_clustering;
mod gpu_packing;
mod random;

pub use best_fit::PaperBestFit;
pub use dot_product::PaperDotProduct;
pub use fgd::PaperFgd;
pub use gpu_clustering::PaperGpuClustering;
pub use gpu_packing::PaperGpuPacking;
pub use random::PaperRandom;

use super::rule::Need;
use crate::model::fleet::{CPU, GPU};

/// CPU of the machine that everything is a share of, in thousandths.
const CPU_MILLI: f64 = 128_000.0;
/// GPUs of the machine that everything is a share of, in thousandths.
const GPU_MILLI: f64 = 8000.0;

/// What a machine has free, as shares of the machine everything is measured with: CPU, GPU.
fn free_shares(free: &[u64]) -> [f64; 2] {
    [free[CPU] as f64 / CPU_MILLI, free[GPU] as f64 / GPU_MILLI]
}

/// What a pod asks for, as such shares.
fn shares_of(need: &Need<'_>) -> [f64; 2] {
    [
        need.sizes[CPU] as f64 / CPU_MILLI,
        need.gpus.total_milli() as f64 / GPU_MILLI,
    ]
}

#[cfg(test)]
mod tests;
