//! Scale, shift, repetition and growth, for every kind of load.

use std::sync::Arc;

use super::{EverySecond, key, near, secs, series, span, times, zoo};
use crate::engine::{Span, Time};
use crate::workload::load::{Factors, Growth, Load, LoadSpec, Repeat};

const RUNS: u64 = 200;

/// Mean count in [0, until) over many replications, and its standard error (at least 0.5 / √runs).
fn mean_count(load: &Load, until: f64) -> (f64, f64) {
    let counts: Vec<f64> = (0..RUNS)
        .map(|run| times(&mut load.open(key(run), "x"), secs(until)).len() as f64)
        .collect();
    let mean = counts.iter().sum::<f64>() / RUNS as f64;
    let variance = counts.iter().map(|count| (count - mean).powi(2)).sum::<f64>() / (RUNS - 1) as f64;
    (mean, (variance.max(0.25) / RUNS as f64).sqrt())
}

#[test]
fn scale_multiplies_the_mean_count_of_every_load() {
    for (name, spec) in zoo() {
        let (plain, plain_error) = mean_count(&spec.clone().into(), 150.0);
        for scale in [0.0, 0.37, 2.6] {
            let (mean, error) = mean_count(
                &spec.clone().with(Factors {
                    scale,
                    ..Factors::default()
                }),
                150.0,
            );
            // Renewals start with a whole gap, which costs them a fraction of a request at any scale.
            let edge = if name == "renewal" { 0.3 } else { 0.0 };
            near(
                mean,
                scale * plain,
                error.hypot(scale * plain_error) + edge,
                &format!("{name} × {scale}"),
            );
        }
    }
}

#[test]
fn scale_one_changes_nothing() {
    for (name, spec) in zoo() {
        let scaled = spec.clone().with(Factors::default());
        let run = |mut source| times(&mut source, secs(100.0));
        assert_eq!(
            run(spec.open(key(0), name)),
            run(scaled.open(key(0), name)),
            "{name}"
        );
    }
}

#[test]
fn shift_moves_every_request_and_nothing_else() {
    for (name, spec) in zoo() {
        let late = spec.clone().with(Factors {
            shift: Span::from_secs(42),
            ..Factors::default()
        });
        let plain = times(&mut spec.open(key(0), name), secs(100.0));
        let shifted = times(&mut late.open(key(0), name), secs(142.0));
        let expected: Vec<Time> = plain.iter().map(|time| *time + Span::from_secs(42)).collect();
        assert_eq!(shifted, expected, "{name}");
    }
}

#[test]
fn growth_multiplies_the_rate_by_its_factor_every_period() {
    // The expected count in [0, T) grows from r·T to r·T·(g − 1)/ln g · …; stationary loads make it a closed form.
    let growth = Growth {
        rate: 1.0,
        period: Span::from_secs(50),
    };
    let factor = |until: f64| ((2f64.ln() / 50.0 * until).exp() - 1.0) / (2f64.ln() / 50.0);
    let stationary = [
        (
            "constant",
            LoadSpec::Constant {
                rate: 20.0,
                phase: None,
            },
            20.0,
        ),
        ("poisson", LoadSpec::Poisson { rate: 20.0 }, 20.0),
        ("renewal", zoo().swap_remove(2).1, 10.0),
        ("mmpp", zoo().swap_remove(4).1, super::three_states().rate_mean()),
        ("counts", series(&[40; 60], 2.0), 20.0),
        (
            "custom",
            LoadSpec::Custom(Arc::new(EverySecond { count: 120 })),
            1.0,
        ),
    ];
    for (name, spec, rate) in stationary {
        let load = spec.with(Factors {
            growth: Some(growth),
            ..Factors::default()
        });
        let (mean, error) = mean_count(&load, 120.0);
        // A request a second stands for the second's beginning: sums, not integrals.
        let expected = match name {
            "custom" => (0..120).map(|second| 2f64.powf(f64::from(second) / 50.0)).sum(),
            _ => rate * factor(120.0),
        };
        let edge = if name == "renewal" { 0.3 } else { 0.0 };
        near(mean, expected, error + edge, name);
    }
}

#[test]
fn decline_ends_loads_instead_of_hanging() {
    let growth = Some(Growth {
        rate: -0.9,
        period: Span::from_secs(1),
    });
    for (name, spec) in zoo() {
        let mut source = spec
            .with(Factors {
                growth,
                ..Factors::default()
            })
            .open(key(0), name);
        let count = times(&mut source, secs(1e6)).len();
        assert!(count < 1000, "{name} goes on: {count}");
        assert!(source.next_arrival().is_none(), "{name} came back");
    }
}

#[test]
fn a_replayed_trace_repeats_at_its_end_exactly() {
    let spec = LoadSpec::Custom(Arc::new(EverySecond { count: 10 }));
    let looped = spec.with(Factors {
        repeat: Repeat::AtEnd,
        shift: Span::from_secs(5),
        ..Factors::default()
    });
    let mut source = looped.open(key(0), "x");
    for second in 0..1000 {
        let arrival = source.next_arrival().unwrap();
        assert_eq!(arrival.at, secs(5.0 + f64::from(second)));
        assert_eq!(
            arrival.demand,
            Some(Span::from_nanos(second as u64 % 10 + 1)),
            "demands must repeat as well"
        );
        assert_eq!(arrival.class, Some(3));
    }
}

#[test]
fn laps_of_a_series_keep_their_counts_and_draw_anew() {
    let looped = series(&[30, 0, 7], 10.0).with(Factors {
        repeat: Repeat::AtEnd,
        ..Factors::default()
    });
    let times = times(&mut looped.open(key(0), "x"), secs(90.0));
    assert_eq!(times.len(), 3 * 37);
    let first_of_lap = |lap: usize| times[lap * 37].since(secs(30.0 * lap as f64));
    assert_ne!(
        first_of_lap(0),
        first_of_lap(1),
        "laps repeat their random positions"
    );
}

#[test]
fn every_cuts_laps_short_and_growth_runs_on_through_them() {
    let spec = LoadSpec::Custom(Arc::new(EverySecond { count: 10 }));
    let repeat = Repeat::Every(Span::from_secs(4));
    let times_cut = times(
        &mut spec
            .clone()
            .with(Factors {
                repeat,
                ..Factors::default()
            })
            .open(key(0), "x"),
        secs(12.0),
    );
    assert_eq!(
        times_cut,
        (0..12).map(|second| secs(f64::from(second))).collect::<Vec<_>>()
    );
    let growth = Some(Growth {
        rate: 1.0,
        period: Span::from_secs(4),
    });
    let (mean, error) = mean_count(
        &spec.with(Factors {
            repeat,
            growth,
            ..Factors::default()
        }),
        12.0,
    );
    let expected: f64 = (0..12).map(|second| 2f64.powf(f64::from(second) / 4.0)).sum();
    near(mean, expected, error, "looped growth");
}

#[test]
fn a_silent_loop_ends() {
    let silent = series(&[0, 0], 10.0).with(Factors {
        repeat: Repeat::AtEnd,
        ..Factors::default()
    });
    assert!(silent.open(key(0), "x").next_arrival().is_none());
    let nothing = series(&[], 10.0).with(Factors {
        repeat: Repeat::AtEnd,
        ..Factors::default()
    });
    assert!(nothing.open(key(0), "x").next_arrival().is_none());
}

#[test]
fn forks_of_looped_loads_agree() {
    for (name, spec) in zoo() {
        let growth = Some(Growth {
            rate: 0.1,
            period: Span::from_secs(60),
        });
        let factors = Factors {
            scale: 1.5,
            shift: span(3.0),
            repeat: Repeat::Every(span(20.0)),
            growth,
        };
        let mut source = spec.with(factors).open(key(0), name);
        times(&mut source, secs(70.0));
        let mut fork = source.clone();
        assert_eq!(
            times(&mut source, secs(150.0)),
            times(&mut fork, secs(150.0)),
            "{name}"
        );
    }
}

#[test]
fn unusable_factors_are_named() {
    let growth = Some(Growth {
        rate: -1.0,
        period: Span::ZERO,
    });
    let factors = Factors {
        scale: -1.0,
        repeat: Repeat::Every(Span::ZERO),
        growth,
        ..Factors::default()
    };
    let found: Vec<_> = factors.problems().iter().map(|problem| problem.field).collect();
    assert_eq!(found, ["scale", "loop", "growth.rate", "growth.period"]);
}
