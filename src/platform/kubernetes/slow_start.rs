//! How a controller creates many pods: a few, then twice as many, as long as none fails.
//!
//! Source: `pkg/controller/replicaset/replica_set.go`, `slowStartBatch`.

/// A controller creates or deletes no more pods in one sync.
pub const PODS_MAX: usize = 500;

/// What came of a series of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batches {
    /// Calls made.
    pub attempted: usize,
    /// Calls that succeeded.
    pub succeeded: usize,
    /// Whether a call failed, which ended the series.
    pub failed: bool,
}

/// Makes `wanted` calls in batches of 1, 2, 4, 8 …; `call` says whether it succeeded. A batch is always finished, and
/// the first with a failure is the last.
pub fn create(wanted: usize, mut call: impl FnMut() -> bool) -> Batches {
    let (mut attempted, mut succeeded) = (0, 0);
    let mut size = 1;
    while attempted < wanted {
        let batch = size.min(wanted - attempted);
        let good = (0..batch).filter(|_| call()).count();
        attempted += batch;
        succeeded += good;
        if good < batch {
            break;
        }
        size = 2 * batch;
    }
    Batches {
        attempted,
        succeeded,
        failed: succeeded < attempted,
    }
}
