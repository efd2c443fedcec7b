//! When the kubelet's probes are sent, and what their results make of a container.
//!
//! Knows: a probe's fields, when its worker began and when the container started. Must not know: why a container does
//! not answer. Source: `pkg/kubelet/prober/worker.go`, `prober_manager.go`.
//!
//! A worker looks every period from the time the kubelet took the pod over, whatever the container does meanwhile; the
//! readiness worker also looks as soon as the container has started, and every period from then on.

use crate::engine::{Span, Time};
use crate::model::probe::Probe;

/// The first of the looks at `phase`, `phase` + `period`, … that is not before `from`.
#[must_use]
pub fn first_look(phase: Time, period: Span, from: Time) -> Time {
    let (late, period) = (from.since(phase).nanos(), period.nanos().max(1));
    phase + Span::from_nanos(late.div_ceil(period).saturating_mul(period))
}

/// What a startup or liveness probe makes of a container that is starting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It answers, from then on.
    Passes(Time),
    /// It has failed too often, and is stopped.
    Fails(Time),
}

/// The verdict of a startup or liveness probe, whose worker began at `phase`, on a container that started at `started`
/// and answers from `answers` on; before, it refuses at once.
#[must_use]
pub fn on_start(probe: &Probe, phase: Time, started: Time, answers: Time) -> Verdict {
    let first = first_look(phase, probe.period, started + probe.initial_delay);
    let failures = u64::from(probe.failure_threshold.max(1)) - 1;
    let last = first + Span::from_nanos(probe.period.nanos().saturating_mul(failures));
    if answers > last {
        return Verdict::Fails(last);
    }
    Verdict::Passes(first_look(phase, probe.period, answers.max(first)))
}

/// When a readiness probe has a container ready that started at `started` and answers from `answers` on; `triggered` is
/// when its startup probe passed, or else `started`.
#[must_use]
pub fn ready_at(probe: &Probe, triggered: Time, started: Time, answers: Time) -> Time {
    let from = answers.max(started + probe.initial_delay).max(triggered);
    if from == Time::NEVER {
        return Time::NEVER;
    }
    let more = u64::from(probe.success_threshold.max(1)) - 1;
    first_look(triggered, probe.period, from) + Span::from_nanos(probe.period.nanos().saturating_mul(more))
}

/// How many results of one kind a probe has had in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InARow {
    last: bool,
    count: u32,
}

impl InARow {
    /// Books a result; whether there are now so many in a row that it counts.
    pub fn book(&mut self, probe: &Probe, success: bool) -> bool {
        if self.last != success || self.count == 0 {
            *self = Self {
                last: success,
                count: 0,
            };
        }
        self.count = self.count.saturating_add(1);
        let enough = if success {
            probe.success_threshold
        } else {
            probe.failure_threshold
        };
        self.count >= enough
    }
}

#[cfg(test)]
mod tests {
    use super::{InARow, Verdict, first_look, on_start, ready_at};
    use crate::engine::{Span, Time};
    use crate::model::probe::{Asks, Probe};

    fn probe(delay: u64, failures: u32) -> Probe {
        Probe {
            asks: Asks::Server,
            initial_delay: Span::from_secs(delay),
            period: Span::from_secs(10),
            timeout: Span::from_secs(1),
            success_threshold: 1,
            failure_threshold: failures,
            grace: None,
            from_end: false,
        }
    }

    fn at(seconds: f64) -> Time {
        Time::ZERO + Span::from_secs_f64(seconds)
    }

    #[test]
    fn looks_are_on_the_workers_grid_and_never_early() {
        let of = |from| first_look(at(3.0), Span::from_secs(10), at(from));
        assert_eq!(
            [of(0.0), of(3.0), of(3.1), of(13.0)],
            [at(3.0), at(3.0), at(13.0), at(13.0)]
        );
    }

    /// With the defaults a container has between 20 and 30 s: the third look after its start is the last. Were the looks
    /// counted from the start instead of from the worker's, all would have 20.
    #[test]
    fn a_container_has_as_long_as_the_looks_left_allow() {
        let verdict = |answers| on_start(&probe(0, 3), at(0.0), at(4.0), at(answers));
        assert_eq!(verdict(30.0), Verdict::Passes(at(30.0)));
        assert_eq!(verdict(30.1), Verdict::Fails(at(30.0)));
        assert_eq!(verdict(4.0), Verdict::Passes(at(10.0)));
        let delayed = |answers| on_start(&probe(7, 3), at(0.0), at(4.0), at(answers));
        assert_eq!(delayed(40.0), Verdict::Passes(at(40.0)), "looks at 20, 30 and 40");
        assert_eq!(delayed(5.0), Verdict::Passes(at(20.0)));
        let never = on_start(&probe(0, 1), at(0.0), at(4.0), Time::NEVER);
        assert_eq!(never, Verdict::Fails(at(10.0)));
    }

    #[test]
    fn readiness_is_looked_at_when_the_container_starts_and_every_period_from_then_on() {
        let ready = |answers| ready_at(&probe(0, 3), at(4.0), at(4.0), at(answers));
        assert_eq!(
            [ready(4.0), ready(4.5), ready(24.0)],
            [at(4.0), at(14.0), at(24.0)]
        );
        let twice = Probe {
            success_threshold: 2,
            ..probe(0, 3)
        };
        assert_eq!(ready_at(&twice, at(4.0), at(4.0), at(4.5)), at(24.0));
        assert_eq!(ready_at(&probe(0, 3), at(4.0), at(4.0), Time::NEVER), Time::NEVER);
    }

    #[test]
    fn one_answer_between_failures_starts_the_count_anew() {
        let (mut row, rule) = (InARow::default(), probe(0, 2));
        assert!(!row.book(&rule, false));
        assert!(row.book(&rule, true), "one success is enough");
        assert!(!row.book(&rule, false));
        assert!(row.book(&rule, false));
    }
}
