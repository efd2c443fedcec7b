//! When a pod must leave a node that got `NoExecute` taints.
//!
//! Knows: the taints, the pod's tolerations and the timer that runs. Must not know: why a node is tainted. Source:
//! `pkg/controller/tainteviction/taint_eviction.go`, `processPodOnNode`, and `timed_workers.go`.

use crate::engine::{Span, Time};
use crate::model::labels::{Taint, Toleration};

/// How long a pod bears `not-ready` and `unreachable` unless it says otherwise: the admission plugin
/// `DefaultTolerationSeconds` writes it into every pod.
pub const DEFAULT_TOLERATION: Span = Span::from_secs(300);

/// A toleration and for how long it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimedToleration {
    /// What it permits.
    pub toleration: Toleration,
    /// For how long; `None` without end, zero not at all (as a negative `tolerationSeconds`).
    pub lasts: Option<Span>,
}

/// The timer of a pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EvictionTimer {
    /// Nothing evicts it.
    #[default]
    None,
    /// It is evicted at `at`, by a timer set at `set`.
    Running {
        /// When the timer was set.
        set: Time,
        /// When it fires.
        at: Time,
    },
    /// It is evicted now.
    Due,
}

/// The timer after the `NoExecute` taints of the node became `taints`, at `now`, before the timer fired.
///
/// Of each taint the first toleration that fits counts, and of those the shortest. A timer that runs is never set anew
/// by a change of taints; only a taint that is not tolerated at all, or the end of all limits, overrules it.
#[must_use]
pub fn on_taints(
    timer: EvictionTimer,
    taints: &[Taint],
    tolerations: &[TimedToleration],
    now: Time,
) -> EvictionTimer {
    if taints.is_empty() {
        return EvictionTimer::None;
    }
    let mut shortest: Option<Span> = None;
    for taint in taints {
        let used = tolerations.iter().find(|timed| timed.toleration.tolerates(taint));
        let Some(used) = used else {
            return EvictionTimer::Due;
        };
        shortest = match (shortest, used.lasts) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
    let Some(lasts) = shortest else {
        return EvictionTimer::None;
    };
    match timer {
        EvictionTimer::Running { set, .. } if set < now => timer,
        _ if lasts.is_zero() => EvictionTimer::Due,
        _ => EvictionTimer::Running {
            set: now,
            at: now + lasts,
        },
    }
}
