//! Curves: the closed-form integral, the bounds and the value must tell one story.

use proptest::prelude::*;

use super::{secs, span};
use crate::engine::Time;
use crate::workload::load::{Growth, RateCurve, Sine};

/// Any curve, up to three levels deep.
fn curves() -> impl Strategy<Value = RateCurve> {
    let rate = || 0.0..100f64;
    let leaf = prop_oneof![
        rate().prop_map(RateCurve::Flat),
        (rate(), -1.0..=1.0f64, 1.0..500f64, 0.0..500f64).prop_map(|(base, share, period, phase)| {
            RateCurve::Sine(Sine {
                base,
                amplitude: base * share,
                period: span(period),
                phase: span(phase),
            })
        }),
        prop::collection::vec((0.0..900f64, rate()), 0..6).prop_map(|mut steps| {
            steps.sort_by(|a, b| a.0.total_cmp(&b.0));
            RateCurve::steps(
                &steps
                    .iter()
                    .map(|(at, rate)| (secs(*at), *rate))
                    .collect::<Vec<_>>(),
            )
        }),
        (rate(), rate(), 0.0..300f64, 0.0..90f64, 0.0..90f64, 0.0..90f64).prop_map(
            |(base, peak, at, up, on, down)| {
                RateCurve::spike(base, peak, secs(at), span(up), span(on), Some(span(down)))
            }
        ),
        (rate(), rate(), 0.0..300f64, 0.0..90f64).prop_map(|(from, to, at, over)| RateCurve::ramp(
            from,
            to,
            secs(at),
            span(over)
        )),
        (rate(), 0.0..700_000f64).prop_map(|(mean, start)| RateCurve::office_hours(mean, span(start))),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            (inner.clone(), 0.0..3f64).prop_map(|(curve, factor)| curve.scaled(factor)),
            (inner.clone(), -0.5..1.0f64, 50.0..900f64).prop_map(|(curve, rate, period)| {
                curve.growing(Growth {
                    rate,
                    period: span(period),
                })
            }),
            (inner.clone(), 0.0..400f64).prop_map(|(curve, by)| curve.shifted(span(by))),
            (inner.clone(), 20.0..400f64).prop_map(|(curve, length)| curve.looped(span(length))),
            prop::collection::vec(inner, 0..4).prop_map(RateCurve::Sum),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_closed_form_is_the_integral_of_the_rate(curve in curves(), from in 0.0..800f64, length in 0.0..400f64) {
        let steps = 5_000;
        let width = length / f64::from(steps);
        let sum: f64 = (0..steps).map(|i| curve.rate_at(secs(from + (f64::from(i) + 0.5) * width))).sum();
        let exact = curve.integral(secs(from), secs(from + length));
        let highest = curve.rate_max(secs(from), secs(from + length));
        // A jump inside a step costs at most a step's area; a curve has a bounded number of jumps.
        let slack = 60.0 * width * highest + 1e-6 * (1.0 + exact);
        prop_assert!((sum * width - exact).abs() <= slack, "midpoints {}, closed form {exact}", sum * width);
    }

    #[test]
    fn no_rate_leaves_its_bounds(curve in curves(), from in 0.0..800f64, length in 0.0..400f64) {
        let (low, high) = curve.bounds(secs(from), secs(from + length));
        for i in 0..=500 {
            let rate = curve.rate_at(secs(from + length * f64::from(i) / 500.0));
            let hair = 1e-6 * (1.0 + high);
            prop_assert!(low - hair <= rate && rate <= high + hair, "{rate} outside [{low}, {high}]");
        }
    }

    #[test]
    fn integrals_add_up(curve in curves(), a in 0.0..800f64, b in 0.0..800f64, c in 0.0..800f64) {
        let mut at = [a, b, c];
        at.sort_by(f64::total_cmp);
        let [a, b, c] = at.map(secs);
        let (whole, parts) = (curve.integral(a, c), curve.integral(a, b) + curve.integral(b, c));
        prop_assert!((whole - parts).abs() <= 1e-7 * (1.0 + whole), "{whole} against {parts}");
    }
}

#[test]
fn a_years_integral_needs_no_years_work_and_has_the_mean() {
    let year = secs(364.0 * 86_400.0);
    let office = RateCurve::office_hours(100.0, span(12_345.0));
    let mean = office.integral(Time::ZERO, year) / year.secs_f64();
    assert!((mean - 100.0).abs() < 1e-6, "{mean}");
    let (night, day) = (office.rate_at(secs(0.0)), office.rate_max(Time::ZERO, year));
    assert!(night < 0.2 * day, "night {night}, peak {day}");
}

/// A week entered shortly before its end, doubling every five minutes: over the run that is little, over a whole week it
/// is more than a number holds, and no whole week is in the run.
#[test]
fn fast_growth_across_the_end_of_a_week_has_a_number_of_requests() {
    let growth = Growth {
        rate: 1.0,
        period: span(300.0),
    };
    let week = RateCurve::office_hours(10.0, span(7.0 * 86_400.0 - 600.0)).growing(growth);
    let at = |time: f64| week.rate_at(secs(time));
    let integral = week.integral(Time::ZERO, secs(1_200.0));
    let steps = 12_000;
    let midpoints: f64 = (0..steps).map(|i| 0.1 * at(0.1 * (f64::from(i) + 0.5))).sum();
    assert!(
        (integral / midpoints - 1.0).abs() < 1e-6,
        "{integral} against {midpoints}"
    );
}

#[test]
fn problems_name_what_is_wrong() {
    let sine = Sine {
        base: 5.0,
        amplitude: 8.0,
        period: span(0.0),
        phase: span(0.0),
    };
    let found: Vec<_> = RateCurve::Sine(sine)
        .problems()
        .iter()
        .map(|problem| problem.field)
        .collect();
    assert_eq!(found, ["amplitude", "period"]);
    assert_eq!(RateCurve::Flat(f64::NAN).problems().len(), 1);
    assert_eq!(
        RateCurve::steps(&[(secs(0.0), 1.0), (secs(1.0), -2.0)])
            .problems()
            .len(),
        1
    );
    assert!(RateCurve::office_hours(10.0, span(0.0)).problems().is_empty());
}
