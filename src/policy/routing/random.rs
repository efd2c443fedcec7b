//! Random: any replica, equally likely. The baseline that needs no knowledge; with exponential service each replica
//! is then an M/M/1 queue of its own.

use crate::engine::Stream;
use crate::model::request_queue::ReplicaLoads;
use crate::policy::parameters::Parameters;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Any replica, equally likely.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Random {}

impl Random {
    #[inline]
    pub(super) fn pick(self, replicas: &ReplicaLoads, stream: &mut Stream) -> Option<usize> {
        (!replicas.is_empty()).then(|| stream.random_range(0..replicas.len()))
    }
}

impl Parameters for Random {}
