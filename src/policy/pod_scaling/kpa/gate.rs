//! The gate to zero: the last pod goes only when the activator can take its place.
//!
//! Knows: how long the revision has been what it is, and how long the activator has been in the path. Must not know:
//! why no pods are wanted. Source: `kpa/scaler.go`, `handleScaleToZero`.

use super::reasons;
use crate::engine::Span;
use crate::policy::reason::{Reason, ReasonKind, Value};

/// Beyond the progress deadline, so that failing pods are diagnosed first (`activationTimeoutBuffer`).
const ACTIVATION_BUFFER: Span = Span::from_secs(30);
/// When the activator is in the path already, nothing else would bring the revision back.
const REQUEUE_IN_PROXY: Span = Span::from_secs(3);

/// The condition Active of a revision's autoscaler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// Unknown: pods are becoming ready.
    Activating,
    /// True.
    Active,
    /// False: no traffic.
    Inactive,
}

/// What the gate is set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gate {
    /// Whether the last pod may go at all.
    pub enabled: bool,
    /// How long a revision must have been active before it may be called inactive.
    pub stable_window: Span,
    /// How long the activator must have been in the path.
    pub grace: Span,
    /// The least time an inactive revision keeps its last pod.
    pub pod_retention: Span,
    /// How long pods may take to become ready.
    pub progress_deadline: Span,
    /// Whether the activator is probed; not when it is always in the path.
    pub probes_activator: bool,
    /// Whether traffic can reach the revision; if not, the last pod is not retained.
    pub reachable: bool,
}

/// What the gate sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GateState {
    /// Active, or not, or becoming so.
    pub activity: Activity,
    /// For how long.
    pub activity_for: Span,
    /// Whether the activator is meant to be in the path.
    pub in_proxy_mode: bool,
    /// How long it has been in the path; `None` if it is not, or is not known to be.
    pub proxied_for: Option<Span>,
    /// Whether a request sent now would be answered by the activator.
    pub probe_answered: bool,
}

/// What the gate makes of a number of pods.
#[derive(Clone, Debug, PartialEq)]
pub struct GateDecision {
    /// The number of pods; `None` for unknown.
    pub scale: Option<u32>,
    /// Whether to write it; if not, 0 means: the revision is inactive, but its pod stays for now.
    pub apply: bool,
    /// When to look again, if the gate asks for it.
    pub look_again: Option<Span>,
    /// Why, if the gate had a say.
    pub reason: Option<Reason>,
}

impl Gate {
    /// Lets `desired` pass, or says what to do instead.
    #[must_use]
    pub fn pass(&self, desired: u32, state: &GateState) -> GateDecision {
        if desired > 0 {
            return GateDecision {
                scale: Some(desired),
                apply: true,
                look_again: None,
                reason: None,
            };
        }
        let since = state.activity_for;
        if !self.enabled {
            return decision(Some(1), true, None, &reasons::ZERO_DISABLED, since);
        }
        match state.activity {
            Activity::Activating => {
                let timeout = self.progress_deadline + ACTIVATION_BUFFER;
                if since > timeout {
                    decision(Some(0), true, None, &reasons::ACTIVATION_TIMED_OUT, since)
                } else {
                    decision(None, false, Some(timeout), &reasons::ACTIVATION_WAITS, since)
                }
            }
            Activity::Active if since >= self.stable_window => {
                let again = state.in_proxy_mode.then_some(REQUEUE_IN_PROXY);
                decision(Some(0), false, again, &reasons::DEACTIVATES, since)
            }
            Activity::Active => {
                let left = self.stable_window - since;
                decision(Some(1), true, Some(left), &reasons::ACTIVE_TOO_SHORT, left)
            }
            Activity::Inactive => self.pass_inactive(state),
        }
    }

    fn pass_inactive(&self, state: &GateState) -> GateDecision {
        let since = state.activity_for;
        if self.probes_activator && !state.probe_answered {
            return decision(Some(0), false, None, &reasons::NOT_BACKED, since);
        }
        let retention = if self.reachable {
            self.pod_retention
        } else {
            Span::ZERO
        };
        if since >= self.grace.max(retention) {
            return decision(Some(0), true, None, &reasons::TO_ZERO, since);
        }
        if since < retention {
            let left = retention - since;
            return decision(Some(0), false, Some(left), &reasons::RETAINED, left);
        }
        let proxied = state.proxied_for.unwrap_or(Span::ZERO);
        if proxied >= self.grace {
            return decision(Some(0), true, None, &reasons::TO_ZERO, since);
        }
        let left = self.grace - proxied;
        decision(Some(0), false, Some(left), &reasons::GRACE, left)
    }
}

fn decision(
    scale: Option<u32>,
    apply: bool,
    look_again: Option<Span>,
    kind: &'static ReasonKind,
    span: Span,
) -> GateDecision {
    GateDecision {
        scale,
        apply,
        look_again,
        reason: Some(Reason::new(kind).with("span", Value::Span(span))),
    }
}
