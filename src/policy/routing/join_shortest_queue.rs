//! Join the shortest queue: fewest requests in flight, the one in service included, at random among equals. The
//! textbook policy, optimal for identical exponential servers (Winston 1977).

use crate::engine::Stream;
use crate::model::request_queue::ReplicaLoads;
use crate::policy::parameters::Parameters;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The replica with fewest requests in flight, at random among equals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinShortestQueue {}

impl JoinShortestQueue {
    #[inline]
    pub(super) fn pick(self, replicas: &ReplicaLoads, stream: &mut Stream) -> Option<usize> {
        if replicas.is_empty() {
            return None;
        }
        let nth = stream.random_range(0..replicas.least_loaded_count());
        replicas.nth_least_loaded(nth)
    }
}

impl Parameters for JoinShortestQueue {}
