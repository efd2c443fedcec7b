//! The run loop: advance a simulation until its end, a limit, or a wish to stop.

use super::time::Time;

/// Something that can be advanced: a simulation.
pub trait Run {
    /// When the next thing happens; `None` when nothing ever will.
    fn next_time(&self) -> Option<Time>;

    /// Advances by at least one and at most a few thousand events, none later than `horizon`; returns how many.
    fn advance(&mut self, horizon: Time) -> u64;

    /// Moves the clock to `time` without an event; called when nothing is left to do before it.
    fn settle(&mut self, time: Time);

    /// Whether it cannot go on: what it is fed with has broken.
    fn failed(&self) -> bool {
        false
    }
}

/// Bounds on one call of [`run`].
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The last instant to simulate.
    pub until: Time,
    /// The largest number of events to process.
    pub events_max: u64,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// The simulated time asked for was reached.
    Horizon,
    /// Nothing was left that could happen.
    Exhausted,
    /// The bound on events was reached.
    EventLimit,
    /// Somebody asked to stop.
    Cancelled,
    /// The simulation could not go on.
    Failed,
}

/// Runs until `limits` or `cancelled()`, which is asked every few thousand events.
pub fn run(simulation: &mut impl Run, limits: Limits, mut cancelled: impl FnMut() -> bool) -> StopReason {
    let mut events = 0;
    loop {
        if cancelled() {
            return StopReason::Cancelled;
        }
        if simulation.failed() {
            return StopReason::Failed;
        }
        match simulation.next_time() {
            None => {
                simulation.settle(limits.until);
                return StopReason::Exhausted;
            }
            Some(time) if time > limits.until => {
                simulation.settle(limits.until);
                return StopReason::Horizon;
            }
            Some(_) if events >= limits.events_max => return StopReason::EventLimit,
            Some(_) => events += simulation.advance(limits.until),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Limits, Run, StopReason, Time, run};

    struct Ticks {
        now: u64,
        last: u64,
        breaks_at: u64,
    }
    impl Run for Ticks {
        fn next_time(&self) -> Option<Time> {
            (self.now < self.last).then(|| Time::from_nanos(self.now + 1))
        }
        fn advance(&mut self, _: Time) -> u64 {
            self.now += 1;
            1
        }
        fn settle(&mut self, _: Time) {}
        fn failed(&self) -> bool {
            self.now >= self.breaks_at
        }
    }

    #[test]
    fn every_way_to_stop_says_its_reason() {
        let ticks = |last, breaks_at| Ticks {
            now: 0,
            last,
            breaks_at,
        };
        let stop = |mut ticks: Ticks, until, events_max, cancel_after: u32| {
            let mut asked = 0;
            let limits = Limits {
                until: Time::from_nanos(until),
                events_max,
            };
            run(&mut ticks, limits, || {
                asked += 1;
                asked > cancel_after
            })
        };
        assert_eq!(stop(ticks(100, 99), 10, u64::MAX, u32::MAX), StopReason::Horizon);
        assert_eq!(stop(ticks(5, 99), 10, u64::MAX, u32::MAX), StopReason::Exhausted);
        assert_eq!(stop(ticks(100, 99), 50, 7, u32::MAX), StopReason::EventLimit);
        assert_eq!(stop(ticks(100, 99), 50, u64::MAX, 3), StopReason::Cancelled);
        assert_eq!(stop(ticks(100, 4), 50, u64::MAX, u32::MAX), StopReason::Failed);
    }
}
