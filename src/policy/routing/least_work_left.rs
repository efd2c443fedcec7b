//! Least work left: the replica that owes the least service to the requests it has. A reference that no real balancer
//! reaches, since it knows how long each request will take; with one slot a replica it is one queue for all of them
//! (Harchol-Balter 2013).

use crate::engine::Time;
use crate::model::request_queue::ReplicaLoads;
use crate::policy::parameters::Parameters;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The replica that owes the least service to its requests, in turn among equals. Knows what nobody knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeastWorkLeft {
    #[serde(skip)]
    next: usize,
}

impl LeastWorkLeft {
    #[inline(never)]
    pub(super) fn pick(&mut self, now: Time, replicas: &ReplicaLoads) -> Option<usize> {
        let count = replicas.len();
        let turns = (0..count).map(|step| (self.next + step) % count);
        let place = turns.min_by_key(|&place| replicas.work_left(place, now))?;
        self.next = place + 1;
        Some(place)
    }
}

impl Parameters for LeastWorkLeft {}
