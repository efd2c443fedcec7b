//! Weighted least connections: the replica with the fewest requests in flight for its weight; among equals in weighted
//! turns. NGINX's `least_conn`; HAProxy's `leastconn` and IPVS's `wlc` are of the same kind.

use super::smooth_turns::SmoothTurns;
use super::weights::Weights;
use crate::model::request_queue::ReplicaLoads;
use crate::policy::parameters::Parameters;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The replica with the fewest requests in flight for its weight, in weighted turns among equals.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WeightedLeastConnections {
    /// What sets the weight of a replica.
    pub weights: Weights,
    #[serde(skip)]
    turns: SmoothTurns,
}

impl WeightedLeastConnections {
    #[inline(never)]
    pub(super) fn pick(&mut self, replicas: &ReplicaLoads) -> Option<usize> {
        let relative = |place| f64::from(replicas.load(place)) / replicas.facts(place).weight;
        let places = 0..replicas.len();
        let least = places.clone().map(relative).fold(f64::INFINITY, f64::min);
        self.turns
            .next(replicas, places.filter(|&place| relative(place) <= least))
    }
}

impl Parameters for WeightedLeastConnections {}

#[cfg(test)]
mod tests {
    use super::super::test_replicas::weighing;
    use super::*;

    #[test]
    fn requests_in_flight_end_up_in_proportion_to_weights() {
        let mut all = weighing(&[4.0, 2.0, 1.0]);
        let mut router = WeightedLeastConnections::default();
        for _ in 0..70 {
            let place = router.pick(&all).unwrap();
            all.increase(place);
        }
        assert_eq!([0, 1, 2].map(|place| all.load(place)), [40, 20, 10]);
    }
}
