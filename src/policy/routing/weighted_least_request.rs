//! Weighted least request, as Envoy's `LEAST_REQUEST` does it.
//!
//! Where all weights are equal: the less loaded of a few replicas drawn at random. Where they are not: by earliest
//! deadline. A replica's next deadline is one over weight / (requests in flight + 1)^bias after its last, with what is in
//! flight at the time it is chosen; bias 0 is weighted round robin, a larger one heeds load more.

use super::PowerOfTwo;
use super::weights::Weights;
use crate::engine::Stream;
use crate::model::request_queue::ReplicaLoads;
use crate::policy::parameters::Parameters;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// By earliest deadline, in proportion to weight / (requests in flight + 1)^bias; the less loaded of two at random where
/// all weigh the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WeightedLeastRequest {
    /// What sets the weight of a replica.
    pub weights: Weights,
    /// How much requests in flight count against a replica; 0 not at all.
    #[schemars(range(min = 0, max = 100))]
    pub active_request_bias: f64,
    /// Replicas drawn for each request where all weigh the same.
    #[schemars(range(min = 1, max = 64))]
    pub choice_count: u32,
    #[serde(skip)]
    schedule: Schedule,
    #[serde(skip)]
    looked: Option<(u64, bool)>,
}

/// Deadlines of the replicas, in an arbitrary time of their own.
#[derive(Clone, Debug, Default, PartialEq)]
struct Schedule {
    version: Option<u64>,
    now: f64,
    /// (deadline, order of entry) by position.
    deadlines: Vec<(f64, u64)>,
    entries: u64,
}

impl Default for WeightedLeastRequest {
    fn default() -> Self {
        Self {
            weights: Weights::default(),
            active_request_bias: 1.0,
            choice_count: 2,
            schedule: Schedule::default(),
            looked: None,
        }
    }
}

impl WeightedLeastRequest {
    /// Where all weigh the same, the least loaded of so many drawn at random.
    pub(super) fn of_equals(choices: u32) -> Self {
        Self {
            choice_count: choices,
            ..Self::default()
        }
    }

    #[inline(never)]
    pub(super) fn pick(&mut self, replicas: &ReplicaLoads, stream: &mut Stream) -> Option<usize> {
        if self.all_equal(replicas) {
            self.schedule.version = None;
            let draw = PowerOfTwo {
                choices: self.choice_count,
                ..PowerOfTwo::default()
            };
            return draw.pick(replicas, stream);
        }
        let bias = self.active_request_bias;
        let effective = |place: usize| {
            let active = f64::from(replicas.load(place)) + 1.0;
            replicas.facts(place).weight / active.powf(bias)
        };
        self.schedule.follow(replicas, effective);
        self.schedule.next(effective)
    }

    fn all_equal(&mut self, replicas: &ReplicaLoads) -> bool {
        let version = replicas.weights_version();
        match self.looked {
            Some((looked, equal)) if looked == version => equal,
            _ => {
                let mut weights = (0..replicas.len()).map(|place| replicas.facts(place).weight);
                let first = weights.next();
                let equal = weights.all(|weight| Some(weight) == first);
                self.looked = Some((version, equal));
                equal
            }
        }
    }
}

impl Schedule {
    fn follow(&mut self, replicas: &ReplicaLoads, effective: impl Fn(usize) -> f64) {
        if self.version == Some(replicas.version()) {
            return;
        }
        *self = Self {
            version: Some(replicas.version()),
            ..Self::default()
        };
        for place in 0..replicas.len() {
            let deadline = self.enter(effective(place));
            self.deadlines.push(deadline);
        }
    }

    fn enter(&mut self, weight: f64) -> (f64, u64) {
        self.entries += 1;
        (self.now + 1.0 / weight, self.entries)
    }

    fn next(&mut self, effective: impl Fn(usize) -> f64) -> Option<usize> {
        let earlier = |a: &(f64, u64), b: &(f64, u64)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        let all = self.deadlines.iter().enumerate();
        let (place, &(deadline, _)) = all.min_by(|a, b| earlier(a.1, b.1))?;
        self.now = deadline;
        self.deadlines[place] = self.enter(effective(place));
        Some(place)
    }
}

impl Parameters for WeightedLeastRequest {
    fn problems(&self) -> Vec<String> {
        let bias = self.active_request_bias;
        if (0.0..=100.0).contains(&bias) {
            return Vec::new();
        }
        vec![format!("`active_request_bias` must be from 0 to 100, not {bias}")]
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_replicas::{stream, weighing};
    use super::*;

    fn shares(weights: &[f64], bias: f64, loads: &[u32]) -> Vec<u32> {
        let mut all = weighing(weights);
        for (station, &load) in loads.iter().enumerate() {
            all.set(station, load);
        }
        let mut router = WeightedLeastRequest {
            active_request_bias: bias,
            ..WeightedLeastRequest::default()
        };
        let (mut counts, mut stream) = (vec![0; weights.len()], stream());
        for _ in 0..1200 {
            counts[router.pick(&all, &mut stream).unwrap()] += 1;
        }
        counts
    }

    #[test]
    fn shares_follow_weight_over_requests_in_flight_to_the_power_of_the_bias() {
        assert_eq!(shares(&[2.0, 1.0], 1.0, &[0, 0]), [800, 400]);
        assert_eq!(
            shares(&[2.0, 1.0], 1.0, &[1, 0]),
            [600, 600],
            "one in flight halves it"
        );
        assert_eq!(
            shares(&[2.0, 1.0], 0.0, &[7, 0]),
            [800, 400],
            "without bias load counts nothing"
        );
        assert_eq!(
            shares(&[8.0, 1.0], 2.0, &[1, 0]),
            [800, 400],
            "the bias is an exponent"
        );
    }

    #[test]
    fn equal_weights_are_two_choices_at_random() {
        let counts = shares(&[3.0, 3.0, 3.0], 1.0, &[5, 0, 0]);
        // The busy one is chosen only when it is drawn twice.
        assert!((90..180).contains(&counts[0]), "{counts:?}");
    }
}
