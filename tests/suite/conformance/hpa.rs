//! `hpa_replicas.json` and `hpa_behavior.json`, through the HPA that simulations run.
//!
//! Knows: which file is checked where. Must not know: any arithmetic of the HPA.

mod behavior;
mod replicas;

pub(crate) use behavior::check as check_behavior;
pub(crate) use replicas::check as check_replicas;
