//! How containers are asked whether they are well.
//!
//! Knows: which probes a container has, and what of it they ask. Must not know: when one is sent, or what comes of it.

use crate::engine::Span;

/// What a probe asks, and so what can keep it from being answered once the container has started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// The server: it answers when a slot is free for it, in its turn; not at all while the container hangs.
    Server,
    /// The process, beside its requests: only one that hangs does not answer.
    Process,
    /// Something that always answers: the kernel, for a port that is open, or a container without requests.
    Other,
}

/// A probe. Counts are at least 1, the period and the time-out at least a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    /// What it asks.
    pub asks: Asks,
    /// Not before the container has run for so long.
    pub initial_delay: Span,
    /// From one to the next.
    pub period: Span,
    /// An answer that takes longer is none.
    pub timeout: Span,
    /// So many answers in a row make it well.
    pub success_threshold: u32,
    /// So many failures in a row make it unwell.
    pub failure_threshold: u32,
    /// How long a container that it stops may finish what it has; `None` for as long as its pod says.
    pub grace: Option<Span>,
    /// Whether the period is from the end of one to the beginning of the next, as Docker has it; else from beginning to
    /// beginning.
    pub from_end: bool,
}

/// The probes of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContainerProbes {
    /// The container's place in its pod's template.
    pub container: usize,
    /// Has it started? The others wait until it has.
    pub startup: Option<Probe>,
    /// Does it still run as it should? If not, it is stopped and started again.
    pub liveness: Option<Probe>,
    /// May it get requests? If not, its pod gets none.
    pub readiness: Option<Probe>,
}

/// Which probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProbeKind {
    /// Has it started?
    Startup,
    /// Does it still run as it should?
    Liveness,
    /// May it get requests?
    Readiness,
}
