//! Replicas and requests for the tests of routers.

use super::asking::Asking;
use crate::engine::{Stream, StreamKey};
use crate::model::request_queue::{ReplicaFacts, ReplicaLoads};

/// Idle replicas of these weights, at the stations 0, 1, 2 …
pub(super) fn weighing(weights: &[f64]) -> ReplicaLoads {
    let mut all = ReplicaLoads::default();
    for (station, &weight) in weights.iter().enumerate() {
        let facts = ReplicaFacts {
            ordinal: station as u64,
            weight,
            ..ReplicaFacts::default()
        };
        all.introduce(station, facts);
        all.join(station, 0);
    }
    all
}

/// So many idle replicas, all alike.
pub(super) fn replicas(count: usize) -> ReplicaLoads {
    weighing(&vec![1.0; count])
}

/// A request of an open load.
pub(super) fn asks(request: u64) -> Asking {
    Asking { request, user: None }
}

/// Some randomness.
pub(super) fn stream() -> Stream {
    StreamKey::new(5, 0).stream("routing/test")
}
