//! What every law promises: its moments, its quantiles, its place under scaling, and values that never move.

use super::{Distribution, DistributionError};
use crate::engine::{Span, StreamKey};

type Built = Result<Distribution, DistributionError>;

/// One law of every family (and of every sampler), none too heavy-tailed for its sample variance to settle.
fn every_family() -> Vec<(&'static str, Distribution)> {
    let built: [(&'static str, Built); 16] = [
        ("constant", Distribution::constant(0.25)),
        ("exponential", Distribution::exponential(0.04)),
        ("uniform", Distribution::uniform(1.0, 4.0)),
        ("normal", Distribution::normal(1.0, 0.8)),
        ("normal_mean_cv", Distribution::normal_mean_cv(2.0, 0.6)),
        ("lognormal_mean_cv", Distribution::lognormal_mean_cv(0.04, 0.8)),
        (
            "lognormal_median_p95",
            Distribution::lognormal_median_p95(55.0, 110.0),
        ),
        ("gamma_below_one", Distribution::gamma_mean_cv(3.0, 1.5)),
        ("gamma_above_one", Distribution::gamma_mean_cv(3.0, 0.5)),
        ("erlang", Distribution::erlang(4, 2.0)),
        ("weibull", Distribution::weibull(1.5, 2.0)),
        ("weibull_mean_cv", Distribution::weibull_mean_cv(2.0, 1.4)),
        ("pareto", Distribution::pareto(9.0, 1.0)),
        (
            "hyperexponential_two",
            Distribution::hyperexponential_mean_cv(1.0, 2.0),
        ),
        (
            "hyperexponential_three",
            Distribution::hyperexponential(&[(0.5, 1.0), (0.3, 2.0), (0.2, 6.0)]),
        ),
        (
            "empirical",
            Distribution::empirical_weighted(&[(1.0, 3.0), (4.0, 1.0), (9.0, 0.5)]),
        ),
    ];
    built
        .into_iter()
        .map(|(name, law)| (name, law.unwrap()))
        .collect()
}

fn close(found: f64, expected: f64, relative: f64) -> bool {
    (found - expected).abs() <= relative * expected.abs().max(1e-300)
}

#[test]
fn draws_have_the_mean_and_variance_the_law_claims() {
    const DRAWS: usize = 400_000;
    for (name, law) in every_family() {
        let sampler = law.compile();
        let mut rng = StreamKey::new(7, 0).stream(name);
        let draws: Vec<f64> = (0..DRAWS).map(|_| sampler.sample(&mut rng)).collect();
        let n = DRAWS as f64;
        let mean = draws.iter().sum::<f64>() / n;
        let moment = |power| draws.iter().map(|x| (x - law.mean()).powi(power)).sum::<f64>() / n;
        let (variance, fourth) = (moment(2), moment(4));
        // Within four standard errors; the slack is for the constant, whose error is rounding alone.
        let mean_error = 4.0 * (law.variance() / n).sqrt() + 1e-12;
        let variance_error = 4.0 * ((fourth - variance * variance).max(0.0) / n).sqrt() + 1e-12;
        assert!(
            (mean - law.mean()).abs() < mean_error,
            "{name}: mean {mean} of {}",
            law.mean()
        );
        let claimed = law.variance();
        assert!(
            (variance - claimed).abs() < variance_error,
            "{name}: variance {variance} of {claimed}"
        );
    }
}

#[test]
fn draws_fall_below_a_quantile_as_often_as_it_says() {
    const DRAWS: u32 = 100_000;
    for (name, law) in every_family() {
        if matches!(law, Distribution::Constant { .. } | Distribution::Empirical(_)) {
            continue;
        }
        let sampler = law.compile();
        for p in [0.05, 0.5, 0.95, 0.999] {
            let (bound, mut rng) = (law.quantile(p), StreamKey::new(11, 0).stream(name));
            let below = (0..DRAWS).filter(|_| sampler.sample(&mut rng) <= bound).count();
            let error = 4.0 * (p * (1.0 - p) / f64::from(DRAWS)).sqrt();
            let share = below as f64 / f64::from(DRAWS);
            assert!(
                (share - p).abs() < error,
                "{name}: {share} of the draws are below the {p} quantile"
            );
        }
    }
}

#[test]
fn a_constructor_delivers_what_it_was_asked_for() {
    for cv in [0.05, 0.3, 0.75, 1.0, 2.5] {
        let laws: [Built; 5] = [
            Distribution::normal_mean_cv(3.0, cv),
            Distribution::lognormal_mean_cv(3.0, cv),
            Distribution::gamma_mean_cv(3.0, cv),
            Distribution::weibull_mean_cv(3.0, cv),
            Distribution::hyperexponential_mean_cv(3.0, cv),
        ];
        let (low, high) = (cv < 1.0, cv > 0.75551);
        for (family, law) in laws.iter().enumerate() {
            match law {
                Ok(law) => {
                    assert!(close(law.mean(), 3.0, 1e-9), "{law:?}: mean {}", law.mean());
                    assert!(close(law.cv2(), cv * cv, 1e-8), "{law:?}: cv² {}", law.cv2());
                }
                Err(error) => assert!((family == 0 && high) || (family == 4 && low), "{error}"),
            }
        }
    }
    let boot = Distribution::lognormal_median_p95(55.0, 110.0).unwrap();
    assert!(close(boot.quantile(0.5), 55.0, 1e-12) && close(boot.quantile(0.95), 110.0, 1e-12));
    for (median, p95) in [(2.0, 2.0), (2.0, 2.5), (2.0, 6.0), (0.01, 4.0)] {
        let laws = [
            Distribution::lognormal_median_p95(median, p95),
            Distribution::weibull_median_p95(median, p95),
        ];
        for law in laws.map(Result::unwrap) {
            assert!(
                close(law.quantile(0.5), median, 1e-9),
                "{law:?} of median {median}"
            );
            assert!(close(law.quantile(0.95), p95, 1e-9), "{law:?} of p95 {p95}");
        }
    }
    for p95 in [2.0, 2.000_001, 3.0, 7.73] {
        let law = Distribution::lognormal_mean_p95(2.0, p95).unwrap();
        assert!(close(law.mean(), 2.0, 1e-9), "{law:?}: mean {}", law.mean());
        assert!(close(law.quantile(0.95), p95, 1e-9), "{law:?} of p95 {p95}");
    }
    let law = Distribution::lognormal_median_cv(2.0, 1.5).unwrap();
    assert!(close(law.quantile(0.5), 2.0, 1e-12) && close(law.cv2(), 2.25, 1e-12));
    let [median, p95] = [
        Distribution::exponential_median(3.0),
        Distribution::exponential_p95(3.0),
    ];
    assert!(close(median.unwrap().quantile(0.5), 3.0, 1e-12));
    assert!(close(p95.unwrap().quantile(0.95), 3.0, 1e-12));
    assert!(close(
        Distribution::pareto_mean(1.5, 2.0).unwrap().mean(),
        2.0,
        1e-12
    ));
    assert!(close(Distribution::erlang(4, 2.0).unwrap().cv2(), 0.25, 1e-12));
    // Balanced means at c² = 4: p₁ = (1 + √0.6) / 2.
    let Distribution::Hyperexponential { phases } = Distribution::hyperexponential_mean_cv(1.0, 2.0).unwrap()
    else {
        panic!("another family was built");
    };
    assert!(
        close(phases[0].probability, 0.887_298_334_620_741_7, 1e-12),
        "{phases:?}"
    );
    assert!(close(phases[0].probability * phases[0].mean, 0.5, 1e-12));
}

#[test]
fn moments_that_do_not_exist_are_infinite_and_not_wrong_numbers() {
    let no_mean = Distribution::pareto(0.9, 1.0).unwrap();
    assert!(no_mean.mean().is_infinite() && no_mean.cv2().is_infinite());
    let no_variance = Distribution::pareto(1.5, 1.0).unwrap();
    assert!(close(no_variance.mean(), 3.0, 1e-12) && no_variance.variance().is_infinite());
    assert!(Distribution::constant(0.0).unwrap().cv2().abs() < 1e-300);
}

#[test]
fn a_normal_is_cut_by_redrawing_and_says_the_moments_after_the_cut() {
    // The half-normal: mean √(2/π), variance 1 - 2/π.
    let half = Distribution::normal(0.0, 1.0).unwrap();
    assert!(close(half.mean(), 0.797_884_560_802_865_4, 1e-12));
    assert!(close(half.variance(), 0.363_380_227_632_418_7, 1e-12));
    let (sampler, mut rng) = (half.compile(), StreamKey::new(3, 0).stream("cut"));
    assert!(
        (0..10_000).all(|_| sampler.sample(&mut rng) > 0.0),
        "mass piled up at zero: it was clamped"
    );
}

/// Scaling all times of a scenario by k must scale all its results by k, so a scaled law must draw scaled values from
/// the same stream. By a power of two, scaling loses no bit.
#[test]
fn a_scaled_law_draws_scaled_values() {
    for (name, law) in every_family() {
        let scaled = law.scaled(8.0).unwrap();
        let (mut one, mut other) = (
            StreamKey::new(5, 0).stream(name),
            StreamKey::new(5, 0).stream(name),
        );
        let (plain, scaled_sampler) = (law.compile(), scaled.compile());
        for _ in 0..1000 {
            let (value, eightfold) = (plain.sample(&mut one), scaled_sampler.sample(&mut other));
            assert_eq!(
                (8.0 * value).to_bits(),
                eightfold.to_bits(),
                "{name}: 8 x {value} is not {eightfold}"
            );
        }
        assert!(close(scaled.mean(), 8.0 * law.mean(), 1e-12), "{name}");
        assert!(close(scaled.variance(), 64.0 * law.variance(), 1e-9), "{name}");
        assert!(
            close(scaled.quantile(0.9), 8.0 * law.quantile(0.9), 1e-9),
            "{name}"
        );
    }
}

#[test]
fn a_span_is_the_draw_rounded_to_the_nearest_nanosecond() {
    for (name, law) in every_family() {
        let sampler = law.compile();
        let (mut one, mut other) = (
            StreamKey::new(9, 0).stream(name),
            StreamKey::new(9, 0).stream(name),
        );
        for _ in 0..1000 {
            let rounded = Span::from_secs_f64(sampler.sample(&mut one));
            assert_eq!(sampler.sample_span(&mut other), rounded, "{name}");
        }
    }
    let mut rng = StreamKey::new(9, 0).stream("endless");
    let endless = Distribution::constant(1e300).unwrap().compile();
    assert_eq!(endless.sample_span(&mut rng), Span::MAX);
}

#[test]
fn what_cannot_be_is_refused_in_plain_words() {
    let message = |law: Built| law.unwrap_err().to_string();
    let mean = message(Distribution::exponential(-1.0));
    assert_eq!(mean, "the mean is -1, but must be a finite number above 0");
    let order = message(Distribution::lognormal_median_p95(2.0, 1.0));
    assert_eq!(
        order,
        "the 95th percentile is 1, but must not be below the median, which is 2"
    );
    let cv = message(Distribution::hyperexponential_mean_cv(1.0, 0.5));
    assert!(
        cv.ends_with("0.5 was asked for: use gamma, erlang or lognormal"),
        "{cv}"
    );
    let sum = message(Distribution::hyperexponential(&[(0.5, 1.0), (0.4, 2.0)]));
    assert_eq!(
        sum,
        "the probabilities of the phases sum to 0.9, but must sum to 1"
    );
    for refused in [
        Distribution::constant(f64::NAN),
        Distribution::constant(f64::INFINITY),
        Distribution::exponential(0.0),
        Distribution::uniform(2.0, 1.0),
        Distribution::normal(-1.0, 1.0),
        Distribution::normal_mean_cv(1.0, 0.9),
        Distribution::lognormal(1.0, 100.0),
        Distribution::exponential_median(0.0),
        Distribution::exponential_p95(f64::INFINITY),
        Distribution::lognormal_median_cv(1.0, -1.0),
        Distribution::lognormal_mean_p95(1.0, 0.9),
        Distribution::lognormal_mean_p95(1.0, 3.9),
        Distribution::weibull_median_p95(2.0, 1.0),
        Distribution::weibull_median_p95(1e-300, 1e300),
        Distribution::erlang(0, 1.0),
        Distribution::weibull(0.001, 1.0),
        Distribution::weibull_mean_cv(1.0, 1e9),
        Distribution::pareto(0.01, 1.0),
        Distribution::pareto_mean(1.0, 1.0),
        Distribution::hyperexponential(&[]),
        Distribution::hyperexponential(&[(1.5, 1.0), (-0.5, 1.0)]),
        Distribution::empirical(vec![]),
        Distribution::empirical(vec![1.0, -1.0]),
        Distribution::empirical_weighted(&[(1.0, 0.0)]),
        Distribution::constant(1.0).and_then(|law| law.scaled(-1.0)),
        Distribution::exponential(1e300).and_then(|law| law.scaled(1e300)),
    ] {
        assert!(refused.is_err(), "{refused:?}");
    }
    assert_eq!(
        Distribution::gamma_mean_cv(2.0, 0.0),
        Distribution::constant(2.0),
        "no variation is a constant"
    );
}

/// Were these draws to move, every published figure and snapshot would move with them. Compared to twelve digits,
/// because the platform's exp and pow may differ in the last.
#[test]
fn the_first_draws_of_every_family_stay_what_they_are() {
    const FIRST: [(&str, [f64; 3]); 16] = [
        ("constant", [0.25, 0.25, 0.25]),
        (
            "exponential",
            [0.006254103289364967, 0.004716462663533493, 0.08361077066236847],
        ),
        (
            "uniform",
            [2.3161000623633985, 1.2955702204916881, 3.658659626031899],
        ),
        (
            "normal",
            [0.941043679084702, 0.19093352247231188, 2.1606250132620346],
        ),
        (
            "normal_mean_cv",
            [1.5205457446708475, 0.13575061980476621, 3.772042102983914],
        ),
        (
            "lognormal_mean_cv",
            [0.029656992540196617, 0.015336165239379501, 0.08665486849140698],
        ),
        (
            "lognormal_median_p95",
            [53.3181970271451, 35.91495612395344, 101.36193046573867],
        ),
        (
            "gamma_below_one",
            [0.3696801563727656, 1.9193861318844698, 0.10991123807538024],
        ),
        (
            "gamma_above_one",
            [2.645514984799844, 5.40401385416796, 1.5431330570755024],
        ),
        (
            "erlang",
            [1.7636766565332291, 3.6026759027786404, 1.0287553713836681],
        ),
        (
            "weibull",
            [0.5804525201842095, 0.4809142014149067, 3.2696265586118005],
        ),
        (
            "weibull_mean_cv",
            [0.12764132807265285, 0.08659899006082529, 4.5095882762096],
        ),
        (
            "pareto",
            [1.0175242888314517, 1.0131874830360266, 1.2614377485670414],
        ),
        (
            "hyperexponential_two",
            [0.06644414960991464, 0.3583930480383031, 0.05060223893700541],
        ),
        (
            "hyperexponential_three",
            [0.11791156658833732, 3.8160186559684535, 0.0897985646737715],
        ),
        ("empirical", [1.0, 1.0, 4.0]),
    ];
    for (name, law) in every_family() {
        let (sampler, mut rng) = (law.compile(), StreamKey::new(1, 0).stream("stability"));
        let drawn = [0; 3].map(|_| sampler.sample(&mut rng));
        let Some((_, expected)) = FIRST.iter().find(|(known, _)| *known == name) else {
            panic!("{name} has no fixed draws");
        };
        for (found, expected) in drawn.iter().zip(expected) {
            assert!(close(*found, *expected, 1e-12), "{name} moved: {drawn:?}");
        }
    }
}
