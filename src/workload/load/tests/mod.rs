//! What every source must obey. Statistical checks use fixed seeds and four standard errors.

mod curves;
mod factors;
mod laws;
mod series;

use std::sync::Arc;

use rand_distr::{Distribution, Exp1};

use super::{
    Arrival, ArrivalFactory, ArrivalSource, Counts, Gaps, LoadSpec, Mmpp, MmppState, RateCurve, Sine, Source,
    Spread,
};
use crate::engine::{Span, Stream, StreamKey, Time};

fn secs(secs: f64) -> Time {
    Time::from_secs_f64(secs)
}

fn span(secs: f64) -> Span {
    Span::from_secs_f64(secs)
}

fn key(replication: u64) -> StreamKey {
    StreamKey::new(7, replication)
}

/// The source's times before `until`, which must not decrease.
fn times(source: &mut Source, until: Time) -> Vec<Time> {
    let mut times = Vec::new();
    while let Some(arrival) = source.next_arrival() {
        if arrival.at >= until {
            break;
        }
        assert!(
            times.last().is_none_or(|last| *last <= arrival.at),
            "times decrease at {:?}",
            arrival.at
        );
        times.push(arrival.at);
    }
    times
}

fn near(found: f64, expected: f64, error: f64, what: &str) {
    let off = (found - expected).abs();
    assert!(
        off <= 4.0 * error,
        "{what}: found {found}, expected {expected} ± 4·{error}"
    );
}

/// Gaps that are sums of two exponentials: mean 0.1 s, variance mean²/2.
#[derive(Clone, Debug)]
struct Erlang2;

impl Gaps for Erlang2 {
    fn next_gap(&mut self, stream: &mut Stream) -> f64 {
        let (first, second): (f64, f64) = (Exp1.sample(stream), Exp1.sample(stream));
        (first + second) * 0.05
    }

    fn clone_box(&self) -> Box<dyn Gaps> {
        Box::new(self.clone())
    }
}

/// A stand-in for a file: a request every second from 0 s on, `count` of them.
#[derive(Debug)]
struct EverySecond {
    count: u64,
}

#[derive(Clone)]
struct EverySecondSource {
    next: u64,
    count: u64,
}

impl ArrivalFactory for EverySecond {
    fn open(&self, _key: StreamKey, _name: &str) -> Box<dyn ArrivalSource> {
        Box::new(EverySecondSource {
            next: 0,
            count: self.count,
        })
    }

    fn length(&self) -> Option<Span> {
        Some(Span::from_secs(self.count))
    }
}

impl ArrivalSource for EverySecondSource {
    fn next_arrival(&mut self) -> Option<Arrival> {
        (self.next < self.count).then(|| {
            self.next += 1;
            let at = Time::ZERO + Span::from_secs(self.next - 1);
            Arrival {
                at,
                class: Some(3),
                demand: Some(Span::from_nanos(self.next)),
            }
        })
    }

    fn clone_box(&self) -> Box<dyn ArrivalSource> {
        Box::new(self.clone())
    }
}

fn series(counts: &[u32], interval: f64) -> LoadSpec {
    let series: Arc<[u32]> = counts.into();
    LoadSpec::Counts(Counts {
        series: Arc::new(series),
        interval: span(interval),
        spread: Spread::Uniform,
    })
}

fn three_states() -> Mmpp {
    let state = |rate, stay| MmppState {
        rate,
        stay_mean: span(stay),
    };
    let jumps = vec![vec![0.0, 1.0, 0.0], vec![0.5, 0.0, 0.5], vec![1.0, 0.0, 0.0]];
    Mmpp::with_jumps(vec![state(10.0, 1.0), state(50.0, 0.5), state(0.0, 2.0)], jumps)
}

fn sine() -> RateCurve {
    RateCurve::Sine(Sine {
        base: 20.0,
        amplitude: 18.0,
        period: span(600.0),
        phase: span(100.0),
    })
}

/// One load of every kind, each with about 20 requests per second.
fn zoo() -> Vec<(&'static str, LoadSpec)> {
    vec![
        (
            "constant",
            LoadSpec::Constant {
                rate: 20.0,
                phase: None,
            },
        ),
        ("poisson", LoadSpec::Poisson { rate: 20.0 }),
        ("renewal", LoadSpec::Renewal(Box::new(Erlang2))),
        ("shaped", LoadSpec::Shaped(sine())),
        ("mmpp", LoadSpec::Mmpp(three_states())),
        ("counts", series(&[700, 0, 1, 3000, 20], 30.0)),
        ("custom", LoadSpec::Custom(Arc::new(EverySecond { count: 500 }))),
    ]
}
