//! One round of the operator: wake a workload, or put it to sleep.
//!
//! Knows: whether any trigger is active, and since when none is. Must not know: how many replicas a load needs; between
//! one and the maximum the HPA alone decides. Source: `pkg/scaling/executor/scale_scaledobjects.go`, `RequestScale`.

use super::{ScaledObject, reasons};
use crate::engine::Span;
use crate::policy::reason::{Reason, ReasonKind, Value};

/// What the operator sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperatorView {
    /// Whether any trigger is active.
    pub active: bool,
    /// Whether any trigger fails.
    pub error: bool,
    /// Replicas asked for now.
    pub current: u32,
    /// Time since a trigger was last seen active; `None` for never.
    pub since_active: Option<Span>,
    /// Age of the ScaledObject.
    pub age: Span,
}

/// The condition Active.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActiveCondition {
    /// True: `ScalerActive`.
    Active,
    /// False: `ScalerNotActive`.
    NotActive,
    /// False: `ScalerCooldown`.
    Cooldown,
}

/// The condition Ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadyCondition {
    /// True.
    Ready,
    /// Unknown: `PartialTriggerError`, some trigger fails.
    PartialTriggerError,
    /// False: `TriggerError`.
    TriggerError,
}

/// What a round came to.
#[derive(Clone, Debug, PartialEq)]
pub struct OperatorDecision {
    /// Replicas to write; `None` to write nothing.
    pub replicas: Option<u32>,
    /// Whether a trigger counts as seen active now.
    pub stamp_active: bool,
    /// The condition Active; `None` if untouched.
    pub active: Option<ActiveCondition>,
    /// The condition Ready.
    pub ready: ReadyCondition,
    /// Whether the ScaledObject is paused.
    pub paused: bool,
    /// Why.
    pub reason: Reason,
}

/// Decides one round.
#[must_use]
pub fn request_scale(object: &ScaledObject, view: &OperatorView) -> OperatorDecision {
    let decision = OperatorDecision {
        replicas: None,
        stamp_active: false,
        active: None,
        ready: ReadyCondition::Ready,
        paused: false,
        reason: Reason::new(&reasons::PAUSED),
    };
    if object.annotations.is_paused() {
        return OperatorDecision {
            paused: true,
            ..decision
        };
    }
    if view.active || object.annotations.forces_activation() {
        let decision = OperatorDecision {
            active: Some(ActiveCondition::Active),
            ..decision
        };
        return while_active(object, view, decision);
    }
    let decision = OperatorDecision {
        active: Some(ActiveCondition::NotActive),
        ..decision
    };
    while_inactive(object, view, decision)
}

fn while_active(object: &ScaledObject, view: &OperatorView, decision: OperatorDecision) -> OperatorDecision {
    let min = object.min_replicas();
    let idle = object.idle_replica_count.is_some() && view.current < min;
    if view.current == 0 || idle {
        if object.annotations.pauses_scale_out() {
            return decision.because(&reasons::OUT_PAUSED);
        }
        return OperatorDecision {
            stamp_active: true,
            ..decision.move_to(min.max(1), &reasons::ACTIVATES, view)
        };
    }
    if view.error {
        return OperatorDecision {
            ready: ReadyCondition::PartialTriggerError,
            ..decision.because(&reasons::PARTIAL_ERROR)
        };
    }
    OperatorDecision {
        stamp_active: true,
        ..decision.because(&reasons::ACTIVE)
    }
}

fn while_inactive(
    object: &ScaledObject,
    view: &OperatorView,
    decision: OperatorDecision,
) -> OperatorDecision {
    let min = object.min_replicas();
    match object.fallback {
        // At zero the HPA is off, so a jump to zero would bar the fallback.
        Some(fallback) if view.error && fallback.replicas != 0 => {
            return decision.because(&reasons::AWAITS_FALLBACK);
        }
        None if view.error => {
            return OperatorDecision {
                ready: ReadyCondition::TriggerError,
                ..decision.because(&reasons::ERROR)
            };
        }
        _ => {}
    }
    let above_idle = object.idle_replica_count.is_some_and(|idle| view.current > idle);
    if above_idle || (view.current > 0 && min == 0) {
        return put_to_sleep(object, view, decision);
    }
    if object.idle_replica_count.is_none() && view.current < min {
        return decision.move_to(min, &reasons::TO_MIN, view);
    }
    decision.because(&reasons::AT_REST)
}

/// In one step, and only after the cooldown.
fn put_to_sleep(object: &ScaledObject, view: &OperatorView, decision: OperatorDecision) -> OperatorDecision {
    if object.annotations.pauses_scale_in() {
        return decision.because(&reasons::IN_PAUSED);
    }
    let (since, cooldown) = match view.since_active {
        Some(since) => (since, object.cooldown()),
        None => (view.age, object.initial_cooldown()),
    };
    if since > cooldown {
        let to = object.idle_replica_count.unwrap_or_else(|| object.min_replicas());
        return decision.move_to(to, &reasons::DEACTIVATES, view);
    }
    OperatorDecision {
        active: Some(ActiveCondition::Cooldown),
        reason: Reason::new(&reasons::COOLING_DOWN).with("span", Value::Span(cooldown)),
        ..decision
    }
}

impl OperatorDecision {
    fn because(self, kind: &'static ReasonKind) -> Self {
        Self {
            reason: Reason::new(kind),
            ..self
        }
    }

    fn move_to(self, replicas: u32, kind: &'static ReasonKind, view: &OperatorView) -> Self {
        Self {
            replicas: Some(replicas),
            reason: Reason::new(kind)
                .with("from", Value::Count(view.current.into()))
                .with("to", Value::Count(replicas.into())),
            ..self
        }
    }
}
