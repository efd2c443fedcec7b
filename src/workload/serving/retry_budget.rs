//! The retry budget: retries are allowed up to a share of the requests of the last ten seconds.
//!
//! The rule of Finagle's `RetryBudget` and Linkerd: a time to live of 10 s kept in ten one-second windows, every new
//! request deposits `share` of a retry, every retry withdraws one, and `min_per_second` is granted on top. Integer
//! thousandths, so that the balance is exact.

use crate::engine::Time;

const WINDOWS: usize = 10;
const WINDOW_NANOS: u64 = 1_000_000_000;
const RETRY: i64 = 1000;

/// Balance of allowed retries.
#[derive(Clone, Debug)]
pub(super) struct RetryBudget {
    deposit: i64,
    reserve: i64,
    windows: [i64; WINDOWS],
    newest: u64,
    balance: i64,
}

impl RetryBudget {
    pub(super) fn new(share: f64, min_per_second: f64) -> Self {
        Self {
            deposit: (share * RETRY as f64).round() as i64,
            reserve: (min_per_second * WINDOWS as f64 * RETRY as f64).round() as i64,
            windows: [0; WINDOWS],
            newest: 0,
            balance: 0,
        }
    }

    /// A new request was made.
    pub(super) fn deposit(&mut self, now: Time) {
        self.expire(now);
        self.enter(self.deposit);
    }

    /// Whether a retry is allowed now; if so it is paid.
    pub(super) fn withdraw(&mut self, now: Time) -> bool {
        self.expire(now);
        let allowed = self.balance + self.reserve >= RETRY;
        if allowed {
            self.enter(-RETRY);
        }
        allowed
    }

    fn enter(&mut self, amount: i64) {
        self.balance += amount;
        self.windows[self.newest as usize % WINDOWS] += amount;
    }

    fn expire(&mut self, now: Time) {
        let current = now.nanos() / WINDOW_NANOS;
        for window in (self.newest + 1..=current).take(WINDOWS) {
            self.balance -= std::mem::take(&mut self.windows[window as usize % WINDOWS]);
        }
        self.newest = current.max(self.newest);
    }
}

#[cfg(test)]
mod tests {
    use super::{RetryBudget, Time};

    #[test]
    fn retries_follow_the_requests_of_the_last_ten_seconds() {
        let at = Time::from_secs_f64;
        let mut budget = RetryBudget::new(0.2, 0.0);
        (0..50).for_each(|_| budget.deposit(at(0.5)));
        let allowed = (0..20).filter(|_| budget.withdraw(at(1.0))).count();
        assert_eq!(allowed, 10, "20 % of 50 requests");
        (0..50).for_each(|_| budget.deposit(at(5.0)));
        assert!(budget.withdraw(at(14.0)), "the second batch is nine seconds old");
        assert!(
            !budget.withdraw(at(16.0)),
            "after ten seconds requests no longer count"
        );
        let mut reserve = RetryBudget::new(0.0, 1.0);
        assert_eq!(
            (0..20).filter(|_| reserve.withdraw(at(3.0))).count(),
            10,
            "one a second over ten seconds"
        );
    }
}
