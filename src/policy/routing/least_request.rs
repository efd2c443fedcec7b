//! Least request: the replica with fewest requests in flight, waiting ones included; in turn among equals, as HAProxy's
//! `leastconn` and NGINX's `least_conn` do. (Envoy's `LEAST_REQUEST` draws two at random: that is `power_of_two`.)

use crate::model::request_queue::ReplicaLoads;
use crate::policy::parameters::Parameters;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The replica with fewest requests in flight, in turn among equals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeastRequest {
    #[serde(skip)]
    next: usize,
}

impl LeastRequest {
    #[inline]
    pub(super) fn pick(&mut self, replicas: &ReplicaLoads) -> Option<usize> {
        if replicas.is_empty() {
            return None;
        }
        let place = replicas.least_loaded_from(self.next % replicas.len())?;
        self.next = place + 1;
        Some(place)
    }
}

impl Parameters for LeastRequest {}
