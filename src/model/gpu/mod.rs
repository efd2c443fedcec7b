//! GPUs as devices: what a pod asks of them, how much of each is idle, and how much of that is in useless pieces.
//!
//! Knows: devices of a node in thousandths, requests for shares and for whole devices, fragmentation. Must not know: which
//! node is chosen.

mod devices;
mod fragmentation;
mod models;
mod request;

pub use devices::{DEVICES_MAX, Devices, Taken, hand_out, is_gpu};
pub use fragmentation::{Demand, expected_fragment, fragment};
pub use models::{MODELS_MAX, ModelNames, ModelSet};
pub use request::{GpuRequest, MILLI, TaskClass};
