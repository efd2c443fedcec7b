//! Weighted round robin: turns in proportion to weights, spread evenly. NGINX's default balancer; Envoy's
//! `ROUND_ROBIN` with weights and HAProxy's `roundrobin` give the same shares.

use super::smooth_turns::SmoothTurns;
use super::weights::Weights;
use crate::model::request_queue::ReplicaLoads;
use crate::policy::parameters::Parameters;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Each replica in turn, as often as its weight says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WeightedRoundRobin {
    /// What sets the weight of a replica.
    pub weights: Weights,
    #[serde(skip)]
    turns: SmoothTurns,
}

impl WeightedRoundRobin {
    #[inline(never)]
    pub(super) fn pick(&mut self, replicas: &ReplicaLoads) -> Option<usize> {
        self.turns.next(replicas, 0..replicas.len())
    }
}

impl Parameters for WeightedRoundRobin {}

#[cfg(test)]
mod tests {
    use super::super::test_replicas::weighing;
    use super::*;

    #[test]
    fn five_one_one_goes_round_as_in_nginx() {
        let all = weighing(&[5.0, 1.0, 1.0]);
        let mut router = WeightedRoundRobin::default();
        let turns: Vec<_> = (0..14).map(|_| router.pick(&all).unwrap()).collect();
        assert_eq!(turns, [0, 0, 1, 0, 2, 0, 0, 0, 0, 1, 0, 2, 0, 0]);
    }

    #[test]
    fn equal_weights_are_plain_turns() {
        let all = weighing(&[2.0; 4]);
        let mut router = WeightedRoundRobin::default();
        let turns: Vec<_> = (0..8).map(|_| router.pick(&all).unwrap()).collect();
        assert_eq!(turns, [0, 1, 2, 3, 0, 1, 2, 3]);
    }
}
