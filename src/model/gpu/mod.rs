//! GPUs as devices: what a pod asks of them, how much of each is idle, and how much of that is in useless pieces; into
//! what a GPU is cut, and how fast those go that share one.
//!
//! Knows: devices of a node in thousandths, requests for shares and for whole devices, fragmentation, instances, turns.
//! Must not know: which node is chosen.

mod devices;
mod fragmentation;
mod mig;
mod models;
mod plan;
mod products;
mod request;
pub mod turns;

pub use devices::{DEVICES_MAX, Devices, Taken, hand_out, is_gpu};
pub use fragmentation::{Demand, expected_fragment, fragment};
pub use mig::{Geometry, Instance, MigProfile};
pub use models::{MODELS_MAX, ModelNames, ModelSet};
pub use plan::{GpuPart, GpuPlan, HandOut, Sharing};
pub use products::Product;
pub use request::{GpuRequest, MILLI, TaskClass};
