//! On demand: one replica for every `slots` requests in the system, stopped when idle.
//!
//! Each waiting request has one replica set up for it, at most `max` replicas in all; a set-up that is no longer needed
//! is cancelled, and an idle replica stops at once. These are the set-up models of queueing theory (M/M/1, M/M/k and
//! M/M/inf with set-up times; Gandhi, Harchol-Balter, Adan 2010) and serverless platforms without keep-alive.

use super::{Bounds, PodScaler, PodScalerClock, PodScalingDecision, PodScalingView};
use crate::engine::{Stream, Time};
use crate::policy::parameters::Parameters;
use crate::policy::reason::{Reason, ReasonKind, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

static BACKLOG: ReasonKind = ReasonKind {
    code: "backlog",
    sentence: "{queued} waiting and {in_service} in service",
};

/// One replica for the requests in the system, none when there are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OnDemand {
    /// Fewest replicas.
    pub min: u32,
    /// Most replicas.
    pub max: u32,
}

impl Default for OnDemand {
    fn default() -> Self {
        Self {
            min: 0,
            max: u32::MAX,
        }
    }
}

impl PodScaler for OnDemand {
    fn clock(&self) -> PodScalerClock {
        PodScalerClock::Backlog
    }

    fn decide(&mut self, view: &PodScalingView<'_>, _: &mut Stream) -> (PodScalingDecision, Option<Time>) {
        let in_system = view.backlog.queued + view.backlog.in_service;
        let needed = view
            .slots
            .map_or(u64::from(in_system > 0), |slots| in_system.div_ceil(slots.into()));
        let reason = Reason::new(&BACKLOG)
            .with("queued", Value::Count(view.backlog.queued))
            .with("in_service", Value::Count(view.backlog.in_service));
        let bounds = Bounds::new(self.min, self.max);
        let (desired, reason) = bounds.apply(u32::try_from(needed).unwrap_or(u32::MAX), reason);
        (PodScalingDecision::new(desired, reason), None)
    }

    fn initial_replicas(&self, _: u32) -> u32 {
        self.min
    }

    fn clone_box(&self) -> Box<dyn PodScaler> {
        Box::new(*self)
    }
}

impl Parameters for OnDemand {
    fn problems(&self) -> Vec<String> {
        let bounds = Bounds::new(self.min, self.max).check();
        bounds.err().into_iter().collect()
    }
}
