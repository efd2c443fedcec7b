//! What stands beside any routing policy: who is left out, who gets less, who stays near.

use super::balanced::Balanced;
use super::locality::Locality;
use super::outlier_ejection::OutlierEjection;
use super::slow_start::SlowStart;
use super::{LeastRequest, PowerOfTwo, Routing};
use super::{RoundRobin, WeightedLeastConnections, WeightedLeastRequest, WeightedRoundRobin};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How requests are kept from some replicas, whatever policy chooses among the others.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Balancing {
    /// Replicas that fail several requests in a row get none for a while. Without it, they do.
    pub outlier_ejection: Option<OutlierEjection>,
    /// New replicas get less at first. Without it, they get their part at once.
    pub slow_start: Option<SlowStart>,
    /// Requests come from zones, and stay there. Without it, zones count for nothing.
    pub locality: Option<Locality>,
}

impl Balancing {
    /// What a schema cannot say is wrong, one sentence each.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let ejection = self.outlier_ejection.iter().flat_map(OutlierEjection::problems);
        let slow_start = self.slow_start.iter().flat_map(SlowStart::problems);
        let locality = self.locality.iter().flat_map(Locality::problems);
        ejection.chain(slow_start).chain(locality).collect()
    }

    /// Puts this beside `routing`; `None` if that cannot weigh replicas and there is slow start.
    #[must_use]
    pub fn beside(&self, routing: Routing) -> Option<Routing> {
        if *self == Self::default() {
            return Some(routing);
        }
        let routing = match self.slow_start {
            Some(_) => weighing(routing)?,
            None => routing,
        };
        Some(Routing::Balanced(Box::new(Balanced::new(self, routing))))
    }
}

/// The policy that does the same and weighs replicas.
fn weighing(routing: Routing) -> Option<Routing> {
    match routing {
        Routing::RoundRobin(RoundRobin { .. }) => Some(WeightedRoundRobin::default().into()),
        Routing::LeastRequest(LeastRequest { .. }) => Some(WeightedLeastConnections::default().into()),
        Routing::PowerOfTwo(PowerOfTwo { choices, .. }) => {
            Some(WeightedLeastRequest::of_equals(choices).into())
        }
        Routing::WeightedRoundRobin(_)
        | Routing::WeightedLeastConnections(_)
        | Routing::WeightedLeastRequest(_) => Some(routing),
        _ => None,
    }
}
