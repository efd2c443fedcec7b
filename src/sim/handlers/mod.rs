//! What happens when a control event comes up, one file a noun.

mod gpu;
mod health;
mod image_gc;
mod loss;
mod memory;
mod node;
mod node_scaler;
mod pod;
mod pod_row;
mod pod_scaler;
mod pod_sizing;
mod pressure;
mod probe;
mod pull;
mod registry;
mod restart;
mod start;
mod swap;
mod up;
mod volumes;
mod work;

pub(super) use pod::{PodEnd, pod_subject};
