//! KEDA as a policy of a simulated workload: its operator's rounds and the syncs of the HPA that it makes.
//!
//! Knows: when each of the two loops runs, and which of them wrote last. Must not know: what either decides.

use super::sources::{MetricsServer, Sources};
use super::{OperatorView, ScaledObject, make_hpa, reasons, request_scale};
use crate::engine::{Span, Stream, Time};
use crate::policy::parameters::Parameters;
use crate::policy::pod_scaling::hpa::{Hpa, Target};
use crate::policy::pod_scaling::{Need, PodScaler, PodScalerClock, PodScalingDecision, PodScalingView};
use crate::policy::reason::{Reason, Value as Told};
use rand::RngExt;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::borrow::Cow;

/// The loop that goes to zero and back, and the one between one and the maximum, as logs name them.
const OPERATOR: &str = "operator";
const HPA: &str = "hpa";

/// KEDA's ScaledObject, its operator and the HPA that it makes.
#[derive(Clone, Debug, PartialEq)]
pub struct Keda {
    object: ScaledObject,
    sources: Sources,
    hpa: Hpa,
    loops: Option<Loops>,
    /// When a trigger was last seen active.
    last_active: Option<Time>,
}

/// When the two loops run next. They do not know of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Loops {
    created: Time,
    poll: Time,
    sync: Time,
}

impl Keda {
    /// A ScaledObject that has just been created.
    ///
    /// # Errors
    /// Everything that KEDA's webhook would refuse, and what cannot be simulated.
    pub fn new(object: ScaledObject) -> Result<Self, Vec<String>> {
        let object = object.prepare()?;
        let one = |problem: String| vec![problem];
        let sources = Sources::new(&object).map_err(one)?;
        let made = make_hpa(&object, &sources.triggers).map_err(one)?;
        Ok(Self {
            hpa: Hpa::new(made.spec())?,
            sources,
            object,
            loops: None,
            last_active: None,
        })
    }

    fn sync_period(&self) -> Span {
        self.hpa.spec().controller.sync_period.span()
    }

    /// One round of the operator.
    fn poll(&mut self, view: &PodScalingView<'_>, created: Time) -> PodScalingDecision {
        let (active, error) = self.sources.poll(&self.object, view);
        let current = view.replicas.desired;
        let operator = OperatorView {
            active,
            error,
            current,
            since_active: self.last_active.map(|last| view.now.since(last)),
            age: view.now.since(created),
        };
        let decision = request_scale(&self.object, &operator);
        if decision.stamp_active {
            self.last_active = Some(view.now);
        }
        PodScalingDecision::new(decision.replicas.unwrap_or(current), decision.reason).by(OPERATOR)
    }

    /// One sync of the HPA, which is there unless the object is paused.
    fn sync(&mut self, view: &PodScalingView<'_>) -> PodScalingDecision {
        if self.object.annotations.is_paused() {
            return PodScalingDecision::new(view.replicas.desired, Reason::new(&reasons::PAUSED)).by(HPA);
        }
        let mut server = MetricsServer {
            sources: &mut self.sources,
            object: &self.object,
            view,
        };
        let mut decision = self.hpa.look(&Target::of(view), &mut server).by(HPA);
        if let Some((triggers, failures)) = self.sources.fallen_back(&self.object) {
            let reason = Reason::new(&reasons::FALLBACK)
                .with("triggers", Told::Count(triggers))
                .with("failures", Told::Count(failures.into()));
            decision.reason = reason.because(decision.reason);
        }
        decision
    }
}

impl PodScaler for Keda {
    /// The turns are the HPA's; the operator's rounds are looks that it names itself.
    fn clock(&self) -> PodScalerClock {
        PodScalerClock::Every(self.sync_period())
    }

    fn decide(
        &mut self,
        view: &PodScalingView<'_>,
        stream: &mut Stream,
    ) -> (PodScalingDecision, Option<Time>) {
        let (now, polling) = (view.now, self.object.polling_interval());
        let mut loops = self.loops.unwrap_or_else(|| Loops {
            created: now,
            poll: now + polling.scaled(stream.random()),
            sync: now,
        });
        let mut decision = None;
        if loops.poll <= now {
            loops.poll = now + polling;
            decision = Some(self.poll(view, loops.created));
        }
        if loops.sync <= now {
            loops.sync += self.sync_period();
            // Whoever writes first at one instant has written; the other sees it at its next turn.
            let unchanged = |decision: &PodScalingDecision| decision.desired == view.replicas.desired;
            if decision.as_ref().is_none_or(unchanged) {
                decision = Some(self.sync(view));
            }
        }
        self.loops = Some(loops);
        let decision = decision.unwrap_or_else(|| {
            PodScalingDecision::new(view.replicas.desired, Reason::new(&reasons::NOT_DUE)).by(OPERATOR)
        });
        (decision, Some(loops.poll))
    }

    fn watches_pods(&self) -> bool {
        self.hpa.watches_pods()
    }

    fn needs(&self) -> Vec<Need> {
        self.hpa.needs()
    }

    fn clone_box(&self) -> Box<dyn PodScaler> {
        Box::new(self.clone())
    }
}

impl<'de> Deserialize<'de> for Keda {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let object = ScaledObject::deserialize(deserializer)?;
        Self::new(object).map_err(|problems| serde::de::Error::custom(problems.join("; ")))
    }
}

impl JsonSchema for Keda {
    fn schema_name() -> Cow<'static, str> {
        ScaledObject::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        ScaledObject::json_schema(generator)
    }
}

impl Parameters for Keda {
    /// Unlike by [`Deserialize`], each problem is told for itself.
    fn read(value: Value) -> Result<Self, Vec<String>> {
        let object =
            serde_json::from_value::<ScaledObject>(value).map_err(|error| vec![error.to_string()])?;
        Self::new(object)
    }
}
