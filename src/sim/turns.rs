//! When a controller looks next: at the turns of its period, when its last answer said, and when it is poked.
//!
//! Knows: times. Must not know: who looks, or at what.

use crate::engine::{Span, Time};

/// The looks of one controller. One look is planned at a time; an event of a look that was planned otherwise since is
/// [not due](Turns::due).
#[derive(Clone, Copy, Debug)]
pub(super) struct Turns {
    every: Option<Span>,
    /// The next turn of its period.
    turn: Time,
    planned: Time,
}

impl Turns {
    /// Looks every so often, from `first` on; without a period at `first` only, unless it says or is told otherwise.
    pub(super) const fn new(every: Option<Span>, first: Time) -> Self {
        Self {
            every,
            turn: first,
            planned: Time::NEVER,
        }
    }

    /// The first look, to be planned.
    pub(super) fn first(&mut self) -> Option<Time> {
        self.by(self.turn)
    }

    /// A look at `time` at the latest: when to plan one, unless an earlier one is planned.
    pub(super) fn by(&mut self, time: Time) -> Option<Time> {
        let earlier = time < self.planned;
        earlier.then(|| {
            self.planned = time;
            time
        })
    }

    /// Whether the look planned for `now` still stands; it is taken.
    pub(super) fn due(&mut self, now: Time) -> bool {
        let due = self.planned == now;
        if due {
            self.planned = Time::NEVER;
        }
        due
    }

    /// It has looked at `now`, and wants to look again at `next` at the latest: when to plan the next look. A look in
    /// between moves no turn.
    pub(super) fn looked(&mut self, now: Time, next: Option<Time>) -> Option<Time> {
        if self.turn <= now {
            self.turn = self.every.map_or(Time::NEVER, |every| self.turn + every);
        }
        self.planned = Time::NEVER;
        let next = next.filter(|&next| next > now).unwrap_or(Time::NEVER);
        self.by(next.min(self.turn))
    }
}

#[cfg(test)]
mod tests {
    use super::{Span, Time, Turns};

    fn at(second: u64) -> Time {
        Time::ZERO + Span::from_secs(second)
    }

    #[test]
    fn looks_in_between_move_no_turn_and_replace_each_other() {
        let mut turns = Turns::new(Some(Span::from_secs(60)), at(7));
        assert_eq!(turns.first(), Some(at(7)));
        assert_eq!(turns.by(at(9)), None, "it looks before that anyway");
        assert!(turns.due(at(7)));
        assert_eq!(turns.looked(at(7), Some(at(30))), Some(at(30)));
        assert_eq!(turns.by(at(20)), Some(at(20)), "poked");
        assert!(turns.due(at(20)));
        assert_eq!(turns.looked(at(20), None), Some(at(67)));
        assert!(!turns.due(at(30)), "the last answer holds, and it named no time");
        assert!(turns.due(at(67)));
    }

    #[test]
    fn without_a_period_it_looks_once_and_when_it_says() {
        let mut turns = Turns::new(None, at(0));
        assert_eq!(turns.first(), Some(at(0)));
        assert!(turns.due(at(0)));
        assert_eq!(turns.looked(at(0), Some(at(0))), None, "now is not later");
        assert_eq!(turns.looked(at(0), Some(at(5))), Some(at(5)));
    }
}
