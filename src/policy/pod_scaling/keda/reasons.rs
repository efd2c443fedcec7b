//! Why KEDA's operator decided, in sentences.
//!
//! Knows: every way through a round of the operator. Must not know: the numbers.

use crate::policy::reason::ReasonKind;

pub(super) static PAUSED: ReasonKind = ReasonKind {
    code: "keda_paused",
    sentence: "paused by annotation",
};
pub(super) static OUT_PAUSED: ReasonKind = ReasonKind {
    code: "keda_scale_out_paused",
    sentence: "active, but scale-out is paused by annotation",
};
pub(super) static IN_PAUSED: ReasonKind = ReasonKind {
    code: "keda_scale_in_paused",
    sentence: "no active trigger, but scale-in is paused by annotation",
};
pub(super) static ACTIVATES: ReasonKind = ReasonKind {
    code: "keda_activates",
    sentence: "a trigger is active: from {from} to {to}",
};
pub(super) static ACTIVE: ReasonKind = ReasonKind {
    code: "keda_active",
    sentence: "a trigger is active; the HPA decides",
};
pub(super) static PARTIAL_ERROR: ReasonKind = ReasonKind {
    code: "keda_partial_error",
    sentence: "a trigger is active and another fails; the HPA decides, the cooldown goes on",
};
pub(super) static AWAITS_FALLBACK: ReasonKind = ReasonKind {
    code: "keda_awaits_fallback",
    sentence: "triggers fail; the HPA falls back",
};
pub(super) static FALLBACK: ReasonKind = ReasonKind {
    code: "keda_fallback",
    sentence: "fallback: {triggers:trigger has|triggers have} failed, {failures:time|times} in a row",
};
pub(super) static ERROR: ReasonKind = ReasonKind {
    code: "keda_error",
    sentence: "triggers fail and there is no fallback: nothing is done",
};
pub(super) static COOLING_DOWN: ReasonKind = ReasonKind {
    code: "keda_cooldown",
    sentence: "no active trigger; cooling down for {span} after the last",
};
pub(super) static DEACTIVATES: ReasonKind = ReasonKind {
    code: "keda_deactivates",
    sentence: "no active trigger: from {from} to {to} in one step",
};
pub(super) static TO_MIN: ReasonKind = ReasonKind {
    code: "keda_to_min",
    sentence: "no active trigger: from {from} to the minimum {to}",
};
pub(super) static AT_REST: ReasonKind = ReasonKind {
    code: "keda_at_rest",
    sentence: "no active trigger, nothing to do",
};
pub(super) static JOBS: ReasonKind = ReasonKind {
    code: "keda_jobs",
    sentence: "queue {queue}, which could use {max:job|jobs}; {running} not done, {pending} of them pending; strategy {strategy}: {to} created, {bound}",
};
pub(super) static JOBS_TO_MIN: ReasonKind = ReasonKind {
    code: "keda_jobs_to_min",
    sentence: "{running:job|jobs} running, fewer than the minimum: {to} created",
};
pub(super) static NOT_DUE: ReasonKind = ReasonKind {
    code: "keda_not_due",
    sentence: "neither loop is due",
};
