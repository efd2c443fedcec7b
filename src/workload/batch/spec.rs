//! What the pods of a batch workload do: validated, plain parameters.

use crate::engine::Span;
use crate::stats::Distribution;

/// What a pod does from the start of its containers to its end.
#[derive(Clone, Debug)]
pub struct BatchSpec {
    /// Seconds of work of one pod that is not disturbed.
    pub work: Distribution,
    /// Whether and how it fails of itself; `None`: never.
    pub failure: Option<FailureSpec>,
    /// So much work after its start, and again after each further so much, what it has done is kept for whoever goes on
    /// with it; `None`: nothing is.
    pub checkpoint_every: Option<Span>,
}

/// How a pod fails of itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FailureSpec {
    /// How likely, 0 to 1, each time that a pod goes at a piece of work.
    pub chance: f64,
    /// The exit code of its main container.
    pub exit_code: i32,
}
