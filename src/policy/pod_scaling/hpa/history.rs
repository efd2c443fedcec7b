//! What the controller remembers of one HPA: recommendations and changes of scale.
//!
//! Knows: how long entries count and which are overwritten (`pkg/controller/podautoscaler/horizontal.go`). Must not
//! know: what is done with them.

use crate::engine::{Span, Time};
use std::collections::VecDeque;

/// Recommendations before stabilization, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recommendations {
    entries: VecDeque<(Time, i32)>,
    started: bool,
}

impl Recommendations {
    /// The first look at the HPA: its size counts as a recommendation. Later looks change nothing.
    pub fn start(&mut self, now: Time, current: i32) {
        if !self.started {
            self.started = true;
            self.entries.push_back((now, current));
        }
    }

    /// A recommendation at `now`; entries older than `reach` count for nobody any more.
    pub fn record(&mut self, now: Time, replicas: i32, reach: Span) {
        while self.entries.front().is_some_and(|&(at, _)| now.since(at) > reach) {
            self.entries.pop_front();
        }
        self.entries.push_back((now, replicas));
    }

    /// Recommendations not older than `window`, its end included.
    pub fn up_to(&self, now: Time, window: Span) -> impl Iterator<Item = i32> {
        let young = move |&&(at, _): &&(Time, i32)| now.since(at) <= window;
        self.entries.iter().filter(young).map(|&(_, replicas)| replicas)
    }

    /// Recommendations younger than `window`, its end not included.
    pub fn younger_than(&self, now: Time, window: Span) -> impl Iterator<Item = i32> {
        let young = move |&&(at, _): &&(Time, i32)| now.since(at) < window;
        self.entries.iter().filter(young).map(|&(_, replicas)| replicas)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ScaleEvent {
    at: Time,
    change: i32,
    outdated: bool,
}

/// Changes of scale, by direction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScaleEvents {
    up: Vec<ScaleEvent>,
    down: Vec<ScaleEvent>,
}

impl ScaleEvents {
    /// Replicas added and replicas removed less than `period` ago.
    #[must_use]
    pub fn within(&self, now: Time, period: Span) -> (i32, i32) {
        let sum = |events: &[ScaleEvent]| {
            let young = events.iter().filter(|event| now.since(event.at) < period);
            young.fold(0_i32, |sum, event| sum.wrapping_add(event.change))
        };
        (sum(&self.up), sum(&self.down))
    }

    /// The scale has changed from `before` to `after`; `longest_period` is that of the policies of this direction.
    ///
    /// An event older than that makes room for the new one, although a policy of the other direction may still look
    /// that far back: the controller forgets it all the same.
    pub fn store(&mut self, now: Time, before: i32, after: i32, longest_period: Span) {
        let (events, change) = if after > before {
            (&mut self.up, after.wrapping_sub(before))
        } else {
            (&mut self.down, before.wrapping_sub(after))
        };
        let new = ScaleEvent {
            at: now,
            change,
            outdated: false,
        };
        for event in events.iter_mut() {
            event.outdated |= now.since(event.at) > longest_period;
        }
        match events.iter_mut().rfind(|event| event.outdated) {
            Some(slot) => *slot = new,
            None => events.push(new),
        }
    }
}
