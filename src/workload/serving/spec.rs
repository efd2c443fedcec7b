//! What a serving workload is: validated, plain parameters.

use super::calls::CallsSpec;
use crate::engine::Span;
use crate::model::request_queue::Discipline;
use crate::stats::Distribution;

/// A serving workload: how replicas serve, what requests are, how clients behave.
#[derive(Clone, Debug)]
pub struct ServingSpec {
    /// Requests a replica serves at the same time; `None` for no limit.
    pub slots: Option<u32>,
    /// Order of service.
    pub discipline: Discipline,
    /// Where requests wait.
    pub queueing: Queueing,
    /// Kinds of requests; never empty.
    pub classes: Vec<ClassSpec>,
    /// Client behaviour.
    pub clients: Clients,
    /// When a replica has done its work and ends of its own accord; `None`: never. Needs a shared queue and one slot.
    pub ends: Option<WorkerEnd>,
    /// What it asks of other workloads.
    pub calls: CallsSpec,
}

/// When a worker is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkerEnd {
    /// After so many messages, one after another; it waits for those that are not there yet.
    Messages(u32),
    /// As soon as it finds the queue empty.
    UntilEmpty,
}

/// Where requests wait and how many may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queueing {
    /// One queue in front of all replicas, instead of one at each.
    pub shared: bool,
    /// Most requests that may wait in one queue; `None` for no limit.
    pub limit: Option<u32>,
    /// The queue is a broker's: what a worker does not settle is handed out again. Needs a shared queue.
    pub redelivery: Option<Redelivery>,
}

/// When a broker hands a message out again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redelivery {
    /// So long after it was handed out, if it is not settled by then; `None`: as soon as its worker has gone, and only
    /// then.
    pub visibility: Option<Span>,
    /// After so many deliveries it is given up: the dead-letter queue.
    pub deliveries_max: u8,
}

/// A kind of request.
#[derive(Clone, Debug)]
pub struct ClassSpec {
    /// Its name.
    pub name: String,
    /// Its share of the arrivals that name no class, relative to the other classes' shares.
    pub share: f64,
    /// Seconds of service at full speed.
    pub demand: Distribution,
    /// Waiting lane, 0 first; used by the priority disciplines.
    pub lane: u8,
}

/// What clients do when they wait or fail.
#[derive(Clone, Debug, Default)]
pub struct Clients {
    /// An attempt that takes longer has failed for the client.
    pub timeout: Option<Span>,
    /// Whether the server drops a request, waiting or in service, whose client has gone; most serve it for nothing.
    pub cancel_on_timeout: bool,
    /// How long clients wait in a queue before they leave, seconds.
    pub patience: Option<Distribution>,
    /// Whether and how failed attempts are repeated.
    pub retry: Option<Retry>,
    /// Users who send their next request a think time after the last has ended.
    pub closed: Vec<ClosedUsers>,
}

/// A population of users who wait for their answer before they go on.
#[derive(Clone, Debug)]
pub struct ClosedUsers {
    /// Names their random streams.
    pub name: String,
    /// How many.
    pub users: u32,
    /// How much later than the run they begin to think about their first request.
    pub shift: Span,
    /// Seconds between the end of a request and the user's next.
    pub think: Distribution,
}

/// Which failures are retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryOn {
    /// After a full queue or with no replica.
    pub refused: bool,
    /// After the time-out.
    pub timed_out: bool,
    /// After the replica went away.
    pub lost: bool,
    /// After a call that the request needed had failed.
    pub call_failed: bool,
}

/// Retries with exponential back-off.
#[derive(Clone, Debug)]
pub struct Retry {
    /// Attempts in all, the first included.
    pub attempts_max: u8,
    /// Wait before the first retry.
    pub backoff_base: Span,
    /// Each further wait is this many times as long.
    pub backoff_factor: f64,
    /// Longest wait.
    pub backoff_max: Span,
    /// Share of the wait drawn uniformly: 0 none, 1 full jitter.
    pub jitter: f64,
    /// Most retries as a share of requests over the last ten seconds; `None` for no budget.
    pub budget: Option<f64>,
    /// Retries a second allowed in any case, where there is a budget.
    pub budget_min_per_second: f64,
    /// Which failures are retried.
    pub on: RetryOn,
}
