//! When a run starts, how long it lasts, and how often it is looked at.
//!
//! Knows: durations and what is absurd about them. Must not know: what runs.

use super::super::raw::{self, Metrics};
use super::super::spot::Spot;
use super::Lowering;
use crate::engine::Span;
use crate::model::observed::MetricsSpec;
use crate::model::units::Duration;

/// The longest run.
const DURATION_MAX: Span = Span::from_secs(10 * 366 * 86_400);
/// Rows of the time series that a file without `sample_every` aims at.
const SAMPLES: u64 = 720;
/// Most rows of a time series.
const ROWS_MAX: u64 = 10_000_000;
/// Most scrapes of a workload's metrics, and most turns of a policy that decides at intervals.
pub(super) const TURNS_MAX: u64 = 1_000_000_000;
/// Round intervals, seconds.
const ROUND: [u64; 18] = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400,
];

/// The times of a scenario.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timing {
    pub(super) duration: Span,
    pub(super) warmup: Span,
    pub(super) start: jiff::civil::DateTime,
    pub(super) sample_every: Span,
    pub(super) metrics: MetricsSpec,
}

impl Lowering<'_> {
    /// Reads the times of the document.
    pub(super) fn timing(&mut self, root: &Spot<'_>) -> Option<Timing> {
        let spot = root.at("duration");
        let duration: Option<Duration> = self.read(&spot);
        if let Some(duration) = duration {
            let span = duration.span();
            if span.is_zero() {
                self.push(spot.error("a run must last longer than zero"));
            } else if span > DURATION_MAX {
                self.push(
                    spot.error(format!("{duration} is too long"))
                        .help("at most ten years"),
                );
            }
        }
        let spot = root.at("warmup");
        let warmup = self.read_or(&spot, Duration::ZERO);
        if let (Some(warmup), Some(duration)) = (warmup, duration)
            && warmup >= duration
            && !duration.span().is_zero()
        {
            let error = spot.error(format!(
                "the warm-up of {warmup} leaves nothing of a run of {duration}"
            ));
            self.push(error.help("statistics cover what comes after the warm-up"));
        }
        let start = self.read_or(&root.at("start"), raw::default_start());
        let spot = root.at("sample_every");
        let sample_every: Option<Duration> = self.read(&spot);
        if let (Some(every), Some(duration)) = (sample_every, duration) {
            self.interval(&spot, every, duration, ROWS_MAX);
        }
        let metrics = self.metrics(&root.at("metrics"), duration);
        let duration = duration?.span();
        Some(Timing {
            duration,
            warmup: warmup?.span(),
            start: start?.instant().to_zoned(jiff::tz::TimeZone::UTC).datetime(),
            sample_every: sample_every.map_or_else(|| round_interval(duration), Duration::span),
            metrics: metrics?,
        })
    }

    fn metrics(&mut self, spot: &Spot<'_>, duration: Option<Duration>) -> Option<MetricsSpec> {
        let metrics = self.read_or(spot, Metrics::default())?;
        self.interval(&spot.at("interval"), metrics.interval, duration?, TURNS_MAX);
        self.interval(
            &spot.at("housekeeping"),
            metrics.housekeeping,
            duration?,
            TURNS_MAX,
        );
        if let Some(phase) = metrics.phase {
            self.phase(&spot.at("phase"), phase, metrics.interval.span());
        }
        if metrics.window < metrics.interval {
            let error = spot.at("window").error(format!(
                "the window of {} is shorter than the interval of {}",
                metrics.window, metrics.interval
            ));
            self.push(error.help("a reading averages over whole scrapes"));
        }
        Some(MetricsSpec {
            interval: metrics.interval.span(),
            window: metrics.window.span(),
            delay: metrics.delay.span(),
            housekeeping: metrics.housekeeping.span(),
            phase: metrics.phase.map(Duration::span),
        })
    }

    /// Checks an interval at which a run is looked at, or at which somebody in it decides.
    pub(super) fn interval(&mut self, spot: &Spot<'_>, every: Duration, duration: Duration, most: u64) {
        let nanos = every.span().nanos();
        if nanos == 0 {
            self.push(spot.error("an interval must be longer than zero"));
        } else if duration.span() <= DURATION_MAX && duration.span().nanos() / nanos > most {
            let error = spot.error(format!(
                "{every} is too short an interval for a run of {duration}"
            ));
            self.push(error.help(format!("at most {most} intervals a run")));
        }
    }
}

/// The shortest round interval of which a run of `duration` has at most [`SAMPLES`].
fn round_interval(duration: Span) -> Span {
    let least = duration.nanos().div_ceil(SAMPLES);
    let round = ROUND
        .iter()
        .map(|secs| Span::from_secs(*secs))
        .find(|span| span.nanos() >= least);
    let day = Span::from_secs(86_400);
    round.unwrap_or_else(|| Span::from_nanos(least.div_ceil(day.nanos()) * day.nanos()))
}

#[cfg(test)]
mod tests {
    use super::{Span, round_interval};

    #[test]
    fn a_time_series_has_round_intervals_and_few_rows() {
        for (duration, every) in [
            (1, 1),
            (720, 1),
            (721, 2),
            (21_600, 30),
            (86_400, 120),
            (604_800, 900),
            (31_536_000, 86_400),
        ] {
            assert_eq!(
                round_interval(Span::from_secs(duration)),
                Span::from_secs(every),
                "{duration} s"
            );
        }
        assert_eq!(
            round_interval(Span::from_secs(315_360_000)),
            Span::from_secs(6 * 86_400)
        );
    }
}
