//! Load: when requests come.
//!
//! Every source is a stream of arrivals in time order; nothing is generated ahead of need, so memory does not grow
//! with the length of a run. A source owns its random stream: two policies compared on one scenario see the same
//! arrivals, whatever they do.

use crate::engine::{Span, Time};

/// One request on its way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When it arrives.
    pub at: Time,
    /// Its class, an index into the workload's classes; `None` leaves the draw to the workload.
    pub class: Option<u8>,
    /// Its demand; `None` leaves the draw to the workload.
    pub demand: Option<Span>,
}

/// A stream of arrivals. Times never decrease. After the first `None` it stays `None`.
pub trait ArrivalSource: Send + Sync {
    /// The next request.
    fn next_arrival(&mut self) -> Option<Arrival>;

    /// A copy that goes on from the same place, for runs that fork and for further replications.
    fn clone_box(&self) -> Box<dyn ArrivalSource>;
}

impl Clone for Box<dyn ArrivalSource> {
    fn clone(&self) -> Self {
        self.clone_box()
    }
}
