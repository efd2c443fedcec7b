//! What it costs to disrupt a node: what its pods are worth, less the nearer its end is (`pkg/utils/disruption`).

use crate::engine::Span;

/// The annotation that says which of its like a pod would rather survive.
pub const DELETION_COST_ANNOTATION: &str = "controller.kubernetes.io/pod-deletion-cost";

/// The most and, negated, the least that one pod counts.
const COST_MAX: f64 = 10.0;

/// What one pod counts: 1, more or less by its deletion cost, as its annotation has it, and by its priority. A deletion
/// cost that is no number is passed over.
#[must_use]
pub fn eviction_cost(deletion_cost: Option<&str>, priority: i32) -> f64 {
    let stated = deletion_cost.and_then(|text| text.parse::<f64>().ok());
    let cost = 1.0 + stated.map_or(0.0, |cost| cost / 2f64.powi(27)) + f64::from(priority) / 2f64.powi(25);
    cost.clamp(-COST_MAX, COST_MAX)
}

/// The share of its life that a node of this age has left; all of it if it never expires.
#[must_use]
pub fn lifetime_remaining(age: Span, expire_after: Option<Span>) -> f64 {
    let Some(life) = expire_after.map(Span::secs_f64).filter(|&life| life > 0.0) else {
        return 1.0;
    };
    ((life - age.secs_f64()) / life).clamp(0.0, 1.0)
}
