//! Turns in proportion to weights, spread evenly: NGINX's smooth weighted round robin.
//!
//! At each turn every replica gains its weight, and the one that has most is chosen and pays the sum of all. Weights 5, 1
//! and 1 give a a b a c a a, and not a a a a a b c.

use crate::model::request_queue::ReplicaLoads;

/// What each replica has gained.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct SmoothTurns {
    /// By station: which replica it was, and what it has.
    gained: Vec<(Option<u64>, f64)>,
}

impl SmoothTurns {
    /// The next turn among the replicas at `places`, in the order of positions.
    pub(super) fn next(
        &mut self,
        replicas: &ReplicaLoads,
        places: impl Iterator<Item = usize>,
    ) -> Option<usize> {
        let mut best: Option<(usize, f64)> = None;
        let mut total = 0.0;
        for place in places {
            let facts = replicas.facts(place);
            let station = replicas.station(place);
            if self.gained.len() <= station {
                self.gained.resize(station + 1, (None, 0.0));
            }
            let gained = &mut self.gained[station];
            if gained.0 != Some(facts.ordinal) {
                *gained = (Some(facts.ordinal), 0.0);
            }
            gained.1 += facts.weight;
            total += facts.weight;
            if best.is_none_or(|(_, most)| gained.1 > most) {
                best = Some((place, gained.1));
            }
        }
        let (place, _) = best?;
        self.gained[replicas.station(place)].1 -= total;
        Some(place)
    }
}
