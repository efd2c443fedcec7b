//! How a manager finds out that a node is down.
//!
//! Source: swarmkit `manager/dispatcher/dispatcher.go` and `period.go`. A node beats every 5 s, give or take half a
//! second by chance, and is down when nothing has come for three of the periods it was last told.

use crate::engine::{Span, Time};

/// The mean time between two beats.
pub const PERIOD: Span = Span::from_secs(5);
/// By how much a period differs from that at most, either way.
pub const SPREAD: Span = Span::from_nanos(500_000_000);
/// So many periods without a beat, and the node is down.
pub const GRACE: u64 = 3;

/// The period that a manager tells a node after a beat; `drawn` is from 0 to 1.
#[must_use]
pub fn period(drawn: f64) -> Span {
    Span::from_nanos(PERIOD.nanos() - SPREAD.nanos()) + SPREAD.scaled(2.0 * drawn)
}

/// When a node is found down that falls silent at `silent`, and was last `ready` some time before. Each call of `draw`
/// gives the next of its chances, from 0 to 1.
pub fn found_down(ready: Time, silent: Time, mut draw: impl FnMut() -> f64) -> Time {
    // Whoever was there for long is somewhere in a period.
    let long = Span::from_nanos(PERIOD.nanos() * 10);
    let mut beat = if silent > ready + long {
        Time::from_nanos(silent.nanos() - long.nanos()) + PERIOD.scaled(draw())
    } else {
        ready
    };
    loop {
        let period = period(draw());
        if beat + period > silent {
            return beat + Span::from_nanos(period.nanos() * GRACE);
        }
        beat += period;
    }
}

#[cfg(test)]
mod tests {
    use super::found_down;
    use crate::engine::{Span, StreamKey, Time};
    use rand::RngExt;

    /// About 15 s: three periods of 4.5 to 5.5 s from the last beat, which was up to a period ago.
    #[test]
    fn a_silent_node_is_down_after_three_periods() {
        for seed in 1..200 {
            let mut stream = StreamKey::new(seed, 0).stream("heartbeat");
            for silent in [3, 40, 10_000] {
                let silent = Time::ZERO + Span::from_secs(silent);
                let found = found_down(Time::ZERO, silent, || stream.random());
                let after = found.since(silent).secs_f64();
                assert!((8.0..=16.5).contains(&after), "{after}");
            }
        }
    }
}
