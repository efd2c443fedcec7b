//! How many requests a scenario would make, before it makes them.
//!
//! Knows: expected numbers and the limits on them. Must not know: how a kind of load is written.

use super::super::raw::load::Load as RawLoad;
use super::super::spot::Spot;
use super::Lowering;
use super::load::{Made, factors};
use super::timing::Timing;
use super::workload::LoweredWorkload;
use crate::engine::{Span, Time};
use crate::workload::load::{Factors, LoadSpec, RATE_MAX, RateCurve, Repeat};
use crate::workload::serving::ClosedUsers;

/// More expected requests than this are a run that would never end: at ten million a second, three hours.
const REQUESTS_MAX: f64 = 1e11;

impl Lowering<'_> {
    /// The requests expected of a source; reports problems of its factors, and a rate that grows beyond the limit.
    pub(super) fn source_volume(
        &mut self,
        item: &Spot<'_>,
        load: &RawLoad,
        made: &Made,
        timing: Option<&Timing>,
    ) -> f64 {
        let Made::Source {
            spec,
            rate_mean,
            requests,
        } = made
        else {
            return 0.0;
        };
        let factors = factors(load);
        if !self.problems(item, &factors.problems()) {
            return 0.0;
        }
        if factors.repeat == Repeat::AtEnd && spec.length().is_none() {
            let warning = item
                .at("loop")
                .warning("this load has no end at which it could start again");
            self.push(warning.help("write `loop: {every: 1d}`, or leave it out"));
        }
        let Some(timing) = timing else { return 0.0 };
        let curve = match (spec, rate_mean, requests) {
            (LoadSpec::Constant { rate, .. } | LoadSpec::Poisson { rate }, ..) => RateCurve::Flat(*rate),
            (LoadSpec::Shaped(curve), ..) => curve.clone(),
            (_, Some(rate), _) => RateCurve::Flat(*rate),
            (_, None, Some(requests)) => recorded(spec, *requests),
            (_, None, None) => return 0.0,
        };
        let curve = repeated(curve, spec, &factors);
        let curve = curve.times(factors.intensity()).shifted(factors.shift);
        let end = Time::ZERO + timing.duration;
        let peak = curve.rate_max(Time::ZERO, end);
        // A mean rate says nothing of single gaps: only rates are held to the limit.
        if peak > RATE_MAX && requests.is_none() && rate_mean.is_none() {
            let error = item
                .at("arrivals")
                .key_error(format!("this load reaches {peak:.0} requests per second"));
            self.push(error.help(format!(
                "expected at most {RATE_MAX:.0}, scale and growth included"
            )));
            return 0.0;
        }
        curve.integral(Time::ZERO, end)
    }

    /// The requests that users make if nothing holds them up.
    pub(super) fn users_volume(
        &mut self,
        item: &Spot<'_>,
        load: &RawLoad,
        users: &ClosedUsers,
        workload: Option<&LoweredWorkload>,
        timing: Option<&Timing>,
    ) -> f64 {
        if factors(load) != Factors::default() {
            let error = item
                .at("arrivals")
                .key_error("a closed loop takes no scale, shift, loop or growth");
            self.push(error.help("set the number of users instead"));
        }
        let (Some(workload), Some(timing)) = (workload, timing) else {
            return 0.0;
        };
        let shares: f64 = workload.serving.classes.iter().map(|class| class.share).sum();
        let work: f64 = workload
            .serving
            .classes
            .iter()
            .map(|class| class.share * class.demand.mean())
            .sum();
        let cycle = users.think.mean() + if shares > 0.0 { work / shares } else { 0.0 };
        f64::from(users.users) * timing.duration.secs_f64() / cycle
    }

    /// Reports a run that would never end.
    pub(super) fn too_many(&mut self, spot: &Spot<'_>, total: f64) {
        if total.is_nan() || total > REQUESTS_MAX {
            let count = if total.is_finite() {
                format!("about {total:.1e}")
            } else {
                "endlessly many".to_owned()
            };
            let error = spot.key_error(format!(
                "{count} requests would arrive: a run that would never end"
            ));
            self.push(
                error.help("lower the rates or the duration; a hundred million requests take about a minute"),
            );
        }
    }
}

/// A recording as the flat rate it has on average, while it lasts.
fn recorded(spec: &LoadSpec, requests: u64) -> RateCurve {
    let length = spec.length().unwrap_or(Span::MAX);
    let rate = requests as f64 / length.secs_f64().max(1e-9);
    let end = Time::ZERO + length;
    RateCurve::steps(&[(Time::ZERO, rate), (end, 0.0)])
}

/// `curve` as it repeats.
fn repeated(curve: RateCurve, spec: &LoadSpec, factors: &Factors) -> RateCurve {
    match (factors.repeat, spec.length()) {
        (Repeat::Every(span), _) => curve.looped(span),
        (Repeat::AtEnd, Some(length)) if !length.is_zero() => curve.looped(length),
        _ => curve,
    }
}
