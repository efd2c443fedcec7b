//! Metrics as a controller can know them: scraped at an interval, averaged over a window, late, and missing while a
//! pod starts. Staleness is part of the model.
//!
//! Two pipelines: a [`Reading`] is a workload as a whole, for scalers that look at means; [`pods`] is pod by pod, as
//! the API of a cluster shows them.

mod delayed;
mod outage;
pub mod pods;
mod resource_meter;

pub use delayed::Delayed;
pub use outage::{Down, Outage};
pub use resource_meter::{ContainerCounter, CounterPoint, ResourceMeter};

use crate::engine::{Span, Time};
use std::collections::VecDeque;

/// How metrics reach controllers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetricsSpec {
    /// Time between two scrapes.
    pub interval: Span,
    /// What a reading averages over, ending at its newest scrape.
    pub window: Span,
    /// From a scrape to the moment a controller can see it.
    pub delay: Span,
    /// Time between two looks of a node at the counters of its containers; a scrape of CPU and memory of single pods
    /// gets those of the last look.
    pub housekeeping: Span,
    /// When the first scrape is taken; `None` for a time within the first interval that chance draws.
    pub phase: Option<Span>,
}

impl Default for MetricsSpec {
    /// metrics-server's resolution of 15 s, its window of about 30 s, visible at once; cAdvisor's housekeeping of 10 s.
    fn default() -> Self {
        Self {
            interval: Span::from_secs(15),
            window: Span::from_secs(30),
            delay: Span::ZERO,
            housekeeping: Span::from_secs(10),
            phase: None,
        }
    }
}

/// What one scrape saw of a workload, averaged since the scrape before.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Scrape {
    /// Replicas that took requests, time-weighted mean.
    pub ready: f64,
    /// Slots in use over all replicas, time-weighted mean.
    pub busy: f64,
    /// Requests waiting, time-weighted mean.
    pub queued: f64,
    /// Requests in service, time-weighted mean.
    pub in_service: f64,
    /// Requests that arrived, per second.
    pub rate: f64,
    /// CPU used over all ready replicas, thousandths.
    pub cpu_milli: f64,
    /// Memory used over all ready replicas, bytes.
    pub memory_bytes: f64,
}

/// A reading: the mean over the window, and when its newest scrape was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// The averaged values.
    pub mean: Scrape,
    /// When the newest scrape in it was taken.
    pub at: Time,
}

/// The scrapes a controller may still look at.
#[derive(Clone, Debug)]
pub struct Observed {
    spec: MetricsSpec,
    scrapes: VecDeque<(Time, Scrape)>,
}

impl Observed {
    /// No scrape yet.
    #[must_use]
    pub const fn new(spec: MetricsSpec) -> Self {
        Self {
            spec,
            scrapes: VecDeque::new(),
        }
    }

    /// A scrape was taken at `now`.
    pub fn record(&mut self, now: Time, scrape: Scrape) {
        self.scrapes.push_back((now, scrape));
        let reach = self.spec.window + self.spec.delay + self.spec.interval;
        while self.scrapes.front().is_some_and(|&(at, _)| now.since(at) > reach) {
            self.scrapes.pop_front();
        }
    }

    /// Whoever scrapes was out of order: what it had is lost.
    pub fn lose(&mut self) {
        self.scrapes.clear();
    }

    /// What a controller sees at `now`; `None` before the first scrape is visible.
    #[must_use]
    pub fn reading(&self, now: Time) -> Option<Reading> {
        let visible = || {
            self.scrapes
                .iter()
                .filter(|&&(at, _)| at + self.spec.delay <= now)
        };
        let at = visible().next_back()?.0;
        let window = || visible().filter(|&&(time, _)| at.since(time) < self.spec.window || time == at);
        let count = window().count() as f64;
        let mean = |part: fn(&Scrape) -> f64| window().map(|(_, scrape)| part(scrape)).sum::<f64>() / count;
        let mean = Scrape {
            ready: mean(|scrape| scrape.ready),
            busy: mean(|scrape| scrape.busy),
            queued: mean(|scrape| scrape.queued),
            in_service: mean(|scrape| scrape.in_service),
            rate: mean(|scrape| scrape.rate),
            cpu_milli: mean(|scrape| scrape.cpu_milli),
            memory_bytes: mean(|scrape| scrape.memory_bytes),
        };
        Some(Reading { mean, at })
    }
}

#[cfg(test)]
mod tests {
    use super::{MetricsSpec, Observed, Scrape, Span, Time};

    #[test]
    fn a_controller_sees_the_window_late_and_nothing_newer() {
        let spec = MetricsSpec {
            interval: Span::from_secs(10),
            window: Span::from_secs(20),
            delay: Span::from_secs(5),
            ..MetricsSpec::default()
        };
        let mut observed = Observed::new(spec);
        let at = Time::from_secs_f64;
        for (second, rate) in [(10.0, 1.0), (20.0, 3.0), (30.0, 8.0)] {
            observed.record(
                at(second),
                Scrape {
                    rate,
                    ..Scrape::default()
                },
            );
        }
        let rate = |second| observed.reading(at(second)).map(|reading| reading.mean.rate);
        assert_eq!(rate(14.0), None, "the first scrape is not visible yet");
        assert_eq!(rate(15.0), Some(1.0));
        assert_eq!(rate(34.0), Some(2.0), "the third scrape is not visible yet");
        assert_eq!(rate(35.0), Some(5.5), "the first scrape has left the window");
    }
}
