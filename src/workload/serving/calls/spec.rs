//! What a workload asks of others for each of its requests: validated, plain parameters.

use super::super::spec::Retry;
use super::circuit::CircuitSpec;
use crate::engine::Span;

/// What becomes of a request after its own service.
#[derive(Clone, Debug, Default)]
pub struct CallsSpec {
    /// Calls, one step after another; a step ends when all its calls have ended.
    pub steps: Vec<Vec<CallSpec>>,
    /// Whether a request keeps its slot while its calls are out (a thread each), or gives it to the next (async).
    pub hold_slot: bool,
    /// Where a request goes when it leaves; with what is left to 1 it leaves for good. Probabilities sum to at most 1.
    pub forward: Vec<ForwardSpec>,
}

impl CallsSpec {
    /// Whether a request has to do with no other workload.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.forward.is_empty()
    }

    /// The workloads it calls, by index, in order of calls.
    pub fn callees(&self) -> impl Iterator<Item = usize> {
        self.steps.iter().flatten().map(|call| call.to)
    }
}

/// One call to another workload.
#[derive(Clone, Debug)]
pub struct CallSpec {
    /// Index of the workload that is called.
    pub to: usize,
    /// Index of the class of the request there; `None`: by the classes' shares.
    pub class: Option<u8>,
    /// Share of requests that make the call, 0 to 1.
    pub probability: f64,
    /// Whether a request goes on without the answer if the call fails.
    pub optional: bool,
    /// An attempt that takes longer has failed for the caller.
    pub timeout: Option<Span>,
    /// Whether and how failed attempts are repeated.
    pub retry: Option<Retry>,
    /// How many calls may be out, and when none are made for a while; each replica of the caller for itself.
    pub circuit: Option<CircuitSpec>,
    /// When a second request is sent for a call that is not answered.
    pub hedge: Option<HedgeSpec>,
}

/// How long a call waits for its answer before a second request is sent for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum HedgeSpec {
    /// So long.
    After(Span),
    /// As long as this share of the last answers took, 0 to 1.
    AfterQuantile(f64),
}

/// One way on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ForwardSpec {
    /// Index of the workload it goes to.
    pub to: usize,
    /// Share of the requests that leave, 0 to 1.
    pub probability: f64,
}
