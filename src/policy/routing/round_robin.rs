//! Round robin: each replica in turn, whatever it has to do. kube-proxy's IPVS default (per connection there).

use crate::model::request_queue::ReplicaLoads;
use crate::policy::parameters::Parameters;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Each replica in turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoundRobin {
    #[serde(skip)]
    next: usize,
}

impl RoundRobin {
    #[inline]
    pub(super) fn pick(&mut self, replicas: &ReplicaLoads) -> Option<usize> {
        if replicas.is_empty() {
            return None;
        }
        let place = if self.next < replicas.len() { self.next } else { 0 };
        self.next = place + 1;
        Some(place)
    }
}

impl Parameters for RoundRobin {}
