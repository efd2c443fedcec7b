//! Amounts of a resource as the recommender computes with them: whole thousandths of CPU or whole bytes, cut off after
//! every step.
//!
//! Knows: the cap and how fractions are cut. Must not know: which resource. Source: `recommender/model/types.go`.

/// No amount is above this.
pub const AMOUNT_MAX: u64 = 100_000_000_000_000;

/// `amount` without its fraction, between 0 and [`AMOUNT_MAX`]. Not a number becomes 0: Go makes the least integer of
/// it, and every use is raised to a minimum afterwards.
#[must_use]
pub(super) fn truncated(amount: f64) -> u64 {
    if amount > AMOUNT_MAX as f64 {
        AMOUNT_MAX
    } else {
        amount as u64
    }
}

/// `amount · factor`, cut off.
#[must_use]
pub(super) fn scaled(amount: u64, factor: f64) -> u64 {
    truncated(amount as f64 * factor)
}

/// `amount` raised to the next multiple of `step`; itself for a step of 0 or 1.
#[must_use]
pub(super) const fn rounded_up(amount: u64, step: u64) -> u64 {
    if step <= 1 {
        return amount;
    }
    amount.saturating_add((step - amount % step) % step)
}
