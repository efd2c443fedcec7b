//! What happens when a control event comes up, one file a noun.

mod loss;
mod node;
mod pod;
mod pod_sizing;
mod policies;
mod volumes;

pub(super) use pod::{PodEnd, pod_subject};
