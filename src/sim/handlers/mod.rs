//! What happens when a control event comes up, one file a noun.

mod node;
mod pod;
mod pod_sizing;
mod policies;

pub(super) use pod::{PodEnd, pod_subject};
