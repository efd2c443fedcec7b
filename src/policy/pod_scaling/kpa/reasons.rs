//! Why the Knative autoscaler decided, in sentences.
//!
//! Knows: every rule that can be the last word of a tick. Must not know: the numbers.

use crate::policy::reason::ReasonKind;

pub(super) static STABLE: ReasonKind = ReasonKind {
    code: "kpa_stable",
    sentence: "stable average {stable} at target {target} per pod",
};
pub(super) static RATE_UP: ReasonKind = ReasonKind {
    code: "kpa_scale_up_rate",
    sentence: "stable average {stable} wants {wanted:pod|pods}, limited by max-scale-up-rate from {ready} ready",
};
pub(super) static RATE_DOWN: ReasonKind = ReasonKind {
    code: "kpa_scale_down_rate",
    sentence: "stable average {stable} wants {wanted:pod|pods}, limited by max-scale-down-rate from {ready} ready",
};
pub(super) static ACTIVATION: ReasonKind = ReasonKind {
    code: "kpa_activation_scale",
    sentence: "stable average {stable} wants {wanted:pod|pods}, raised to the activation scale",
};
pub(super) static PANIC: ReasonKind = ReasonKind {
    code: "kpa_panic",
    sentence: "in panic: panic average {panic}, stable average {stable} at target {target} per pod",
};
pub(super) static PANIC_FLOOR: ReasonKind = ReasonKind {
    code: "kpa_panic_floor",
    sentence: "in panic: {wanted} wanted (panic average {panic}, stable average {stable}), no pod goes before it ends",
};
pub(super) static DELAYED: ReasonKind = ReasonKind {
    code: "kpa_scale_down_delay",
    sentence: "{wanted} wanted, held by scale-down-delay {span}",
};
pub(super) static NO_DATA: ReasonKind = ReasonKind {
    code: "kpa_no_data",
    sentence: "no metric for longer than the stable window",
};
pub(super) static ACTIVATING: ReasonKind = ReasonKind {
    code: "kpa_activating",
    sentence: "no metric yet while pods become ready",
};
pub(super) static INITIAL: ReasonKind = ReasonKind {
    code: "kpa_initial_scale",
    sentence: "{wanted} wanted, initial-scale {min} holds until reached once",
};
pub(super) static AT_MIN: ReasonKind = ReasonKind {
    code: "kpa_min_scale",
    sentence: "{wanted} wanted, raised to min-scale {min}",
};
pub(super) static AT_MAX: ReasonKind = ReasonKind {
    code: "kpa_max_scale",
    sentence: "{wanted} wanted, limited to max-scale {max}",
};
pub(super) static ZERO_DISABLED: ReasonKind = ReasonKind {
    code: "kpa_zero_disabled",
    sentence: "no traffic; enable-scale-to-zero is off",
};
pub(super) static ACTIVATION_TIMED_OUT: ReasonKind = ReasonKind {
    code: "kpa_activation_timed_out",
    sentence: "no pod became ready for {span}: given up",
};
pub(super) static ACTIVATION_WAITS: ReasonKind = ReasonKind {
    code: "kpa_activation_waits",
    sentence: "no traffic, but pods are still becoming ready, for {span}",
};
pub(super) static ACTIVE_TOO_SHORT: ReasonKind = ReasonKind {
    code: "kpa_active_too_short",
    sentence: "no traffic; one pod stays until active for the stable window, {span} to go",
};
pub(super) static DEACTIVATES: ReasonKind = ReasonKind {
    code: "kpa_deactivates",
    sentence: "no traffic: marked inactive, the activator comes into the path",
};
pub(super) static NOT_BACKED: ReasonKind = ReasonKind {
    code: "kpa_not_backed_by_activator",
    sentence: "no traffic; the last pod stays until the activator is in the path",
};
pub(super) static RETAINED: ReasonKind = ReasonKind {
    code: "kpa_pod_retention",
    sentence: "no traffic; the last pod is retained for {span} more",
};
pub(super) static GRACE: ReasonKind = ReasonKind {
    code: "kpa_grace_period",
    sentence: "no traffic; the last pod stays for the grace period, {span} to go",
};
pub(super) static TO_ZERO: ReasonKind = ReasonKind {
    code: "kpa_to_zero",
    sentence: "no traffic, inactive for {span}: the last pod goes",
};
