//! GPUs as devices: what a pod asks of them, how much of each is idle, and how much of that is in useless pieces.
//!
//! Knows: devices of a node in thousandths, requests for shares and for whole devices, fragmentation. Must not know: which
//! device or node is chosen.

mod devices;
mod fragmentation;
mod models;
mod request;

pub use devices::{DEVICES_MAX, Taken};
pub use fragmentation::{Demand, TypicalDemand, fragment};
pub use models::{MODELS_MAX, ModelNames, ModelSet};
pub use request::{GpuRequest, MILLI, TaskClass};
