//! How often a load would change by itself: states that follow one another, laps that start again.
//!
//! Knows: the limits on them, and where the shortest one stands. Must not know: how many requests come of it (`volume`
//! does). A load that changes every nanosecond takes for ever, however few its requests are.

use super::super::spot::Spot;
use super::Lowering;
use super::timing::{TURNS_MAX, Timing};
use crate::engine::Span;
use crate::model::units::Duration;
use crate::workload::load::{LoadSpec, Mmpp, Repeat};

/// Most laps of a load that starts again; a lap of a curve costs more than a turn.
const LAPS_MAX: u64 = 100_000_000;

impl Lowering<'_> {
    /// Reports a stay of no length at its place; whether all have some. `stays` are the places of the mean stays.
    pub(super) fn stays_last(&mut self, stays: &[(Spot<'_>, Duration)]) -> bool {
        let none = stays.iter().filter(|(_, stay)| stay.span().is_zero());
        for (spot, _) in none.clone() {
            let error = spot.error("a mean stay must be longer than zero");
            self.push(error.help("write a duration such as `30s`; for one rate alone take `poisson`"));
        }
        none.count() == 0
    }

    /// Reports states that would follow one another too often for a run to end, at the shortest stay.
    pub(super) fn state_changes(&mut self, chain: &Mmpp, stays: &[(Spot<'_>, Duration)], timing: &Timing) {
        let changes = chain.changes_per_sec() * timing.duration.secs_f64();
        let Some((spot, _)) = stays.iter().min_by_key(|(_, stay)| stay.span()) else {
            return;
        };
        if changes > TURNS_MAX as f64 {
            let error = spot.error(format!(
                "the states would change about {changes:.1e} times in a run of {}: a run that would never end",
                Duration::from(timing.duration)
            ));
            self.push(error.help(format!(
                "expected stays of at least {} on average; at most {TURNS_MAX:e} changes a run",
                least(timing.duration, TURNS_MAX)
            )));
        }
    }

    /// Reports a load that would start again, or pass through the intervals of a recording, too often for a run to end.
    pub(super) fn laps(&mut self, item: &Spot<'_>, spec: &LoadSpec, repeat: Repeat, timing: &Timing) {
        let lap = match repeat {
            Repeat::Once => return,
            Repeat::Every(span) => Some(span),
            Repeat::AtEnd => spec.length(),
        };
        let Some(lap) = lap.filter(|lap| !lap.is_zero()) else {
            return;
        };
        let duration = timing.duration;
        let mut too_often = |spot: &Spot<'_>, what: &str, span: Span, most: u64| {
            let times = duration.nanos() / span.nanos().max(1);
            if times > most {
                let error = spot.error(format!(
                    "{what} about {:.1e} times in a run of {}: a run that would never end",
                    times as f64,
                    Duration::from(duration)
                ));
                let least = least(duration, most);
                self.push(error.help(format!("expected at least {least}; at most {most:e} times a run")));
            }
            times > most
        };
        let every = item.at("loop").at("every");
        let place = if every.exists() { every } else { item.at("loop") };
        if too_often(&place, "this load would start again", lap, LAPS_MAX) {
            return;
        }
        if let LoadSpec::Counts(counts) = spec
            && let Some((_, kind)) = item.at("arrivals").entries().into_iter().next()
        {
            let interval = kind.at("interval");
            let place = if interval.exists() { interval } else { kind };
            too_often(&place, "an interval would begin", counts.interval, TURNS_MAX);
        }
    }
}

/// The shortest span of which `duration` has at most `most`.
fn least(duration: Span, most: u64) -> Duration {
    Span::from_nanos(duration.nanos().div_ceil(most)).into()
}
