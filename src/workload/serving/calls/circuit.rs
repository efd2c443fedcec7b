//! A circuit breaker: how many calls a replica of the caller may have out, and when it makes none for a while.
//!
//! The limits are Envoy's (`max_connections`, `max_pending_requests`, `max_requests`, `max_retries`), each process for
//! itself and not coordinated. The breaker is that of resilience4j with a count of failures in a row, as in Envoy's
//! outlier detection: closed, open for a time, then half open for a few calls that decide.

use super::record::CallId;
use crate::engine::{Span, Time};
use std::collections::VecDeque;

/// The rules; without a number there is no such limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CircuitSpec {
    /// Calls out at a time; more wait for one to end.
    pub max_connections: Option<u32>,
    /// Calls that wait for that; more fail at once.
    pub max_pending: Option<u32>,
    /// Calls out at a time; more fail at once.
    pub max_requests: Option<u32>,
    /// Repeated attempts out at a time; more are not repeated.
    pub max_retries: Option<u32>,
    /// After so many failures in a row no call is made for a time.
    pub consecutive_failures: Option<u32>,
    /// For how long.
    pub open_for: Span,
    /// So many calls are then made to see how it goes; if all are answered, all is well, and if one fails it is as before.
    pub half_open_requests: u32,
}

/// What becomes of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// It goes out; whether it is one of those that decide.
    Sent { probe: bool },
    /// It waits until another has ended.
    Waits,
    /// It fails.
    Broken,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Closed,
    Open {
        until: Time,
    },
    HalfOpen {
        out: u32,
        answered: u32,
    },
}

/// The breaker of one replica for one kind of call.
#[derive(Clone, Debug, Default)]
pub(super) struct Circuit {
    active: u32,
    retries: u32,
    failures: u32,
    state: State,
    pub(super) pending: VecDeque<CallId>,
}

impl Circuit {
    /// What becomes of an attempt at `now`; one that waits is not noted yet.
    pub(super) fn admit(&mut self, rules: &CircuitSpec, now: Time) -> Admission {
        let at_least = |count: u32, most: Option<u32>| most.is_some_and(|most| count >= most);
        if let State::Open { until } = self.state {
            if now < until {
                return Admission::Broken;
            }
            self.state = State::HalfOpen { out: 0, answered: 0 };
        }
        if at_least(self.active, rules.max_requests) {
            return Admission::Broken;
        }
        if at_least(self.active, rules.max_connections) {
            let full = at_least(self.pending.len() as u32, rules.max_pending);
            return if full { Admission::Broken } else { Admission::Waits };
        }
        let mut probe = false;
        if let State::HalfOpen { out, answered } = &mut self.state {
            if *out + *answered >= rules.half_open_requests {
                return Admission::Broken;
            }
            *out += 1;
            probe = true;
        }
        self.active += 1;
        Admission::Sent { probe }
    }

    /// An attempt has ended at `now`: well, badly, or (`None`) because nobody wanted it any more.
    pub(super) fn ended(&mut self, rules: &CircuitSpec, now: Time, probe: bool, well: Option<bool>) {
        self.active -= 1;
        let opens = |state: &mut State| {
            *state = State::Open {
                until: now + rules.open_for,
            };
        };
        match (&mut self.state, well) {
            (State::Closed, Some(true)) => self.failures = 0,
            (State::Closed, Some(false)) => {
                self.failures += 1;
                if rules
                    .consecutive_failures
                    .is_some_and(|most| self.failures >= most)
                {
                    opens(&mut self.state);
                }
            }
            (State::HalfOpen { .. }, Some(false)) if probe => opens(&mut self.state),
            (State::HalfOpen { out, answered }, well) if probe => {
                *out -= 1;
                *answered += u32::from(well.is_some());
                if *answered >= rules.half_open_requests {
                    self.state = State::Closed;
                    self.failures = 0;
                }
            }
            // Sent before it opened, or before it was half open: known already.
            _ => {}
        }
    }

    /// Whether an attempt may be repeated; if so it counts until [`Self::retried`].
    pub(super) fn retries(&mut self, rules: &CircuitSpec) -> bool {
        let allowed = rules.max_retries.is_none_or(|most| self.retries < most);
        self.retries += u32::from(allowed);
        allowed
    }

    /// A repeated attempt has ended.
    pub(super) const fn retried(&mut self) {
        self.retries -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::{Admission, Circuit, CircuitSpec};
    use crate::engine::{Span, Time};

    const RULES: CircuitSpec = CircuitSpec {
        max_connections: None,
        max_pending: None,
        max_requests: None,
        max_retries: None,
        consecutive_failures: Some(3),
        open_for: Span::from_secs(30),
        half_open_requests: 2,
    };

    fn at(seconds: f64) -> Time {
        Time::from_secs_f64(seconds)
    }

    #[test]
    fn failures_in_a_row_open_it_and_its_probes_decide() {
        let mut circuit = Circuit::default();
        let sent = |probe| Admission::Sent { probe };
        for well in [false, false, true, false, false] {
            assert_eq!(circuit.admit(&RULES, at(1.0)), sent(false));
            circuit.ended(&RULES, at(1.0), false, Some(well));
        }
        // One that will not be answered for long, and a third failure in a row.
        assert_eq!(circuit.admit(&RULES, at(1.0)), sent(false));
        assert_eq!(circuit.admit(&RULES, at(1.0)), sent(false));
        circuit.ended(&RULES, at(2.0), false, Some(false));
        assert_eq!(
            circuit.admit(&RULES, at(31.9)),
            Admission::Broken,
            "open for 30 s"
        );
        assert_eq!(circuit.admit(&RULES, at(32.0)), sent(true));
        circuit.ended(&RULES, at(32.0), false, Some(false));
        assert_eq!(
            circuit.admit(&RULES, at(32.0)),
            sent(true),
            "the old one does not count"
        );
        assert_eq!(circuit.admit(&RULES, at(32.0)), Admission::Broken, "two at most");
        circuit.ended(&RULES, at(33.0), true, Some(false));
        assert_eq!(circuit.admit(&RULES, at(34.0)), Admission::Broken, "open again");
        circuit.ended(&RULES, at(34.0), true, Some(true));
        for _ in 0..2 {
            assert_eq!(circuit.admit(&RULES, at(63.0)), sent(true));
            circuit.ended(&RULES, at(63.0), true, Some(true));
        }
        assert_eq!(circuit.admit(&RULES, at(63.0)), sent(false), "closed");
    }

    #[test]
    fn limits_let_wait_or_refuse() {
        let rules = CircuitSpec {
            max_connections: Some(1),
            max_pending: Some(1),
            max_retries: Some(1),
            ..RULES
        };
        let mut circuit = Circuit::default();
        assert_eq!(circuit.admit(&rules, at(0.0)), Admission::Sent { probe: false });
        assert_eq!(circuit.admit(&rules, at(0.0)), Admission::Waits);
        circuit
            .pending
            .push_back(crate::engine::arena::Id::from_parts(0, 0));
        assert_eq!(circuit.admit(&rules, at(0.0)), Admission::Broken);
        let refuses = CircuitSpec {
            max_requests: Some(1),
            ..RULES
        };
        assert_eq!(circuit.admit(&refuses, at(0.0)), Admission::Broken);
        assert!(circuit.retries(&rules) && !circuit.retries(&rules));
        circuit.retried();
        assert!(circuit.retries(&rules));
    }
}
