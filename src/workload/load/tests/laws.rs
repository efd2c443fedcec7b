//! Laws of the sources by themselves: rates, dispersion, order, forks.

use super::{key, near, secs, sine, span, three_states, times, zoo};
use crate::engine::Time;
use crate::engine::random::mix;
use crate::workload::load::{Growth, LoadSpec, Mmpp, RateCurve};

fn gap_moments(times: &[Time]) -> (f64, f64) {
    let gaps: Vec<f64> = times
        .windows(2)
        .map(|pair| pair[1].since(pair[0]).secs_f64())
        .collect();
    let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
    let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
    (mean, variance)
}

#[test]
fn a_fork_that_diverged_would_break_look_ahead() {
    for (name, spec) in zoo() {
        let mut source = spec.open(key(0), name);
        for _ in 0..333 {
            source.next_arrival();
        }
        let mut fork = source.clone();
        for step in 0..1000 {
            assert_eq!(
                source.next_arrival(),
                fork.next_arrival(),
                "{name} diverges at step {step}"
            );
        }
    }
}

#[test]
fn the_same_key_gives_the_same_times_and_another_key_other_times() {
    for (name, spec) in zoo().into_iter().filter(|(name, _)| *name != "custom") {
        let run = |key, name| times(&mut spec.open(key, name), secs(60.0));
        assert_eq!(run(key(0), name), run(key(0), name), "{name}");
        assert_ne!(
            run(key(0), name),
            run(key(1), name),
            "{name} ignores the replication"
        );
        assert_ne!(
            run(key(0), name),
            run(key(0), "other"),
            "{name} ignores its own name"
        );
    }
}

#[test]
fn after_the_end_it_stays_ended() {
    for (name, spec) in zoo().into_iter().filter(|(_, spec)| spec.length().is_some()) {
        let mut source = spec.open(key(0), name);
        while source.next_arrival().is_some() {}
        assert!(source.next_arrival().is_none(), "{name} came back");
    }
    for spec in [
        LoadSpec::Poisson { rate: 0.0 },
        LoadSpec::Constant {
            rate: 0.0,
            phase: None,
        },
    ] {
        assert!(spec.open(key(0), "silent").next_arrival().is_none());
    }
    assert!(
        LoadSpec::Shaped(RateCurve::Flat(0.0))
            .open(key(0), "silent")
            .next_arrival()
            .is_none()
    );
    let silent = Mmpp::bursts(0.0, 0.0, span(1.0), span(1.0));
    assert!(
        LoadSpec::Mmpp(silent)
            .open(key(0), "silent")
            .next_arrival()
            .is_none()
    );
}

#[test]
fn constant_arrivals_keep_their_distance_without_drift() {
    let mut source = LoadSpec::Constant {
        rate: 3.0,
        phase: Some(span(0.5)),
    }
    .open(key(0), "even");
    for index in 0..100_000 {
        let expected = secs(0.5 + f64::from(index) / 3.0);
        assert_eq!(
            source.next_arrival().map(|arrival| arrival.at),
            Some(expected),
            "request {index}"
        );
    }
}

#[test]
fn poisson_gaps_have_the_mean_and_the_variance_of_exponentials() {
    for rate in [0.01, 20.0, 1e6] {
        let count = 400_000.0;
        let times = times(
            &mut LoadSpec::Poisson { rate }.open(key(0), "p"),
            secs(count / rate),
        );
        near(times.len() as f64, count, count.sqrt(), "count");
        let (mean, variance) = gap_moments(&times);
        near(mean * rate, 1.0, 1.0 / count.sqrt(), "mean gap");
        near(
            variance * rate * rate,
            1.0,
            (8.0 / count).sqrt(),
            "variance of gaps",
        );
    }
}

#[test]
fn poisson_counts_in_windows_have_dispersion_one() {
    let times = times(
        &mut LoadSpec::Poisson { rate: 10.0 }.open(key(0), "p"),
        secs(20_000.0),
    );
    let mut windows = vec![0u32; 20_000];
    for time in times {
        windows[time.secs_f64() as usize] += 1;
    }
    let count = windows.len() as f64;
    let mean = windows.iter().map(|n| f64::from(*n)).sum::<f64>() / count;
    let variance = windows
        .iter()
        .map(|n| (f64::from(*n) - mean).powi(2))
        .sum::<f64>()
        / count;
    near(
        variance / mean,
        1.0,
        (2.0 / count).sqrt() * 1.03,
        "index of dispersion",
    );
}

#[test]
fn renewal_gaps_are_the_samplers() {
    let spec = zoo().swap_remove(2).1;
    let (mean, variance) = gap_moments(&times(&mut spec.open(key(0), "r"), secs(40_000.0)));
    near(mean, 0.1, 0.1 / 1.4 / 632.0, "mean gap");
    near(variance, 0.005, 0.005 * 2.24 / 632.0, "variance of gaps");
}

#[test]
fn mmpp_runs_at_the_mean_rate_of_its_stationary_state() {
    for chain in [three_states(), Mmpp::bursts(5.0, 80.0, span(2.0), span(8.0))] {
        let (runs, length) = (400, 100.0);
        let counts: Vec<f64> = (0..runs)
            .map(|run| {
                times(
                    &mut LoadSpec::Mmpp(chain.clone()).open(key(run), "m"),
                    secs(length),
                )
                .len() as f64
            })
            .collect();
        let mean = counts.iter().sum::<f64>() / runs as f64;
        let variance = counts.iter().map(|n| (n - mean).powi(2)).sum::<f64>() / (runs - 1) as f64;
        near(
            mean,
            chain.rate_mean() * length,
            (variance / runs as f64).sqrt(),
            "mean count",
        );
        assert!(
            variance > 2.0 * mean,
            "bursts must be more variable than Poisson: {variance} against {mean}"
        );
    }
    let shares = three_states().rate_mean();
    // Visits 2 : 2 : 1, stays 1 s, 0.5 s, 2 s.
    assert!((shares - (2.0 * 10.0 + 50.0) / 5.0).abs() < 1e-9, "{shares}");
}

#[test]
fn shaped_arrivals_follow_the_integral_of_their_curve() {
    let growth = Growth {
        rate: 0.5,
        period: span(900.0),
    };
    let spike = |rise: f64| RateCurve::spike(2.0, 200.0, secs(300.0), span(rise), span(60.0), None);
    let curves = [
        ("flat", RateCurve::Flat(20.0)),
        ("sine", sine()),
        ("office", RateCurve::office_hours(0.5, span(3.0 * 86_400.0))),
        ("ramp", RateCurve::ramp(1.0, 60.0, secs(200.0), span(400.0))),
        ("spike", spike(30.0)),
        ("wall", spike(0.0)),
        (
            "steps",
            RateCurve::steps(&[
                (secs(0.0), 0.0),
                (secs(100.0), 30.0),
                (secs(500.0), 0.0),
                (secs(800.0), 9.0),
            ]),
        ),
        ("late", sine().shifted(span(77.0))),
        (
            "looped",
            RateCurve::ramp(0.0, 40.0, secs(0.0), span(70.0)).looped(span(90.0)),
        ),
        ("grown", sine().growing(growth)),
        (
            "sum",
            RateCurve::Sum(vec![sine().scaled(0.5), RateCurve::Flat(3.0), spike(5.0)]),
        ),
    ];
    for (name, curve) in curves {
        let horizon = if name == "office" { 7.0 * 86_400.0 } else { 1000.0 };
        let times = times(
            &mut LoadSpec::Shaped(curve.clone()).open(key(3), name),
            secs(horizon),
        );
        let parts = 20;
        let mut chi = 0.0;
        for part in 0..parts {
            let edge = |index: i32| secs(horizon * f64::from(index) / f64::from(parts));
            let (from, until) = (edge(part), edge(part + 1));
            let expected = curve.integral(from, until);
            let found = times.iter().filter(|time| (from..until).contains(time)).count() as f64;
            near(
                found,
                expected,
                expected.sqrt().max(0.25),
                &format!("{name}, part {part}"),
            );
            chi += (found - expected).powi(2) / expected.max(1.0);
        }
        let mean = curve.integral(Time::ZERO, secs(horizon));
        near(times.len() as f64, mean, mean.sqrt(), name);
        near(
            chi,
            f64::from(parts),
            (2.0 * f64::from(parts)).sqrt(),
            &format!("{name}: chi-square"),
        );
    }
}

/// Were these to move, every published figure would move with them.
#[test]
fn the_arrivals_of_a_seed_are_the_same_in_every_release() {
    let digest = |spec: LoadSpec| {
        let mut source = spec.open(key(0), "pinned");
        (0..1000)
            .filter_map(|_| source.next_arrival())
            .fold(0, |sum, arrival| mix(sum ^ arrival.at.nanos()))
    };
    for (name, expected) in [
        ("constant", 0xde640d5d4507cfc9),
        ("poisson", 0x1d1c1595947c7f1f),
        ("mmpp", 0xd624571a69b62db6),
        ("counts", 0x8cfa03087e79943a),
    ] {
        let spec = zoo().into_iter().find(|(kind, _)| *kind == name).unwrap().1;
        let found: u64 = digest(spec);
        assert_eq!(found, expected, "{name} moved to {found:#x}");
    }
}
