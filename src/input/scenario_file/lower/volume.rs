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
use crate::model::units::Duration;
use crate::workload::load::{Factors, LoadSpec, RATE_MAX, RateCurve, Repeat};
use crate::workload::serving::{ClosedUsers, RetryOn, TURNAROUND_MIN};

/// More expected requests than this are a run that would never end: at ten million a second, three hours.
const REQUESTS_MAX: f64 = 1e11;

/// How much work a load makes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Volume {
    /// Requests expected if all goes well.
    pub(super) requests: f64,
    /// Attempts if everything fails that can: repeated as often as clients may, and by users without a pause.
    pub(super) attempts: f64,
    /// The users who make them, if users do.
    pub(super) users: Option<u32>,
}

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
        self.laps(item, spec, factors.repeat, timing);
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
            let error = item.at("arrivals").key_error(if peak.is_finite() {
                format!("this load reaches {peak:.1e} requests per second")
            } else {
                "this load grows beyond every number of requests per second".to_owned()
            });
            self.push(error.help(format!(
                "expected at most {RATE_MAX:.0}, scale and growth included"
            )));
            return 0.0;
        }
        curve.integral(Time::ZERO, end)
    }

    /// The requests that users make if nothing holds them up, and if each is turned away at once; reports what does not
    /// apply to users.
    pub(super) fn users_volume(
        &mut self,
        item: &Spot<'_>,
        users: &ClosedUsers,
        workload: Option<&LoweredWorkload>,
        timing: Option<&Timing>,
    ) -> Volume {
        for (key, instead) in [
            ("loop", "users never end: they go on until the run does"),
            (
                "growth",
                "add further loads of users, each with a `shift`, to have more of them later",
            ),
        ] {
            if item.at(key).exists() {
                let error = item
                    .at(key)
                    .key_error(format!("`{key}` does not apply to a closed loop of users"));
                self.push(error.help(instead));
            }
        }
        let (Some(workload), Some(timing)) = (workload, timing) else {
            return Volume::default();
        };
        let classes = &workload.serving.classes;
        let shares: f64 = classes.iter().map(|class| class.share).sum();
        let work: f64 = classes
            .iter()
            .map(|class| class.share * class.demand.mean())
            .sum();
        let think = users.think.mean();
        let served = think + if shares > 0.0 { work / shares } else { 0.0 };
        let refused = think.max(TURNAROUND_MIN.secs_f64());
        let time = f64::from(users.users) * (timing.duration - users.shift).secs_f64();
        let each = |cycle: f64| if time > 0.0 { time / cycle } else { 0.0 };
        Volume {
            requests: each(served),
            attempts: attempts(each(served.min(refused)), workload, timing),
            users: Some(users.users),
        }
    }

    /// Reports a run that would never end, at the load that makes most of it.
    pub(super) fn too_many(&mut self, volumes: &[(Spot<'_>, Volume)], timing: &Timing) {
        let never = |count: f64| count.is_nan() || count > REQUESTS_MAX;
        let total = |of: fn(&Volume) -> f64| volumes.iter().map(|(_, volume)| of(volume)).sum::<f64>();
        let duration = Duration::from(timing.duration);
        let (of, condition, help): (fn(&Volume) -> f64, _, _) = if never(total(|volume| volume.requests)) {
            let help = "a hundred million requests take about a minute";
            (|volume| volume.requests, "", help)
        } else if never(total(|volume| volume.attempts)) {
            let help = "or lower the number of attempts, or give retries a budget";
            (|volume| volume.attempts, " if every attempt failed", help)
        } else {
            return;
        };
        let Some((item, most)) = volumes.iter().max_by(|(_, a), (_, b)| of(a).total_cmp(&of(b))) else {
            return;
        };
        let count = total(of);
        let count = if count.is_finite() {
            format!("about {count:.1e}")
        } else {
            "endlessly many".to_owned()
        };
        let error = item.at("arrivals").key_error(format!(
            "{count} requests would arrive{condition}: a run that would never end"
        ));
        let secs = timing.duration.secs_f64();
        let expected = match most.users {
            Some(users) => {
                let least = Span::from_secs_f64(f64::from(users) * secs / REQUESTS_MAX);
                let least = Duration::from(Span::from_nanos(least.nanos() + 1));
                format!(
                    "expected at least {least} from one request of a user to the next, for {users} users and {duration}"
                )
            }
            None => format!(
                "expected at most {:.0} {} per second on average over {duration}",
                REQUESTS_MAX / secs,
                if condition.is_empty() {
                    "requests"
                } else {
                    "attempts"
                }
            ),
        };
        self.push(error.help(format!("{expected}; {help}")));
    }
}

/// The most attempts that `requests` of clients lead to: those that a retry rule allows, and those its budget pays for.
pub(super) fn attempts(requests: f64, workload: &LoweredWorkload, timing: &Timing) -> f64 {
    let Some(retry) = &workload.serving.clients.retry else {
        return requests;
    };
    let RetryOn {
        refused,
        timed_out,
        lost,
        call_failed,
    } = retry.on;
    if !(refused || timed_out || lost || call_failed) {
        return requests;
    }
    let allowed = requests * f64::from(retry.attempts_max);
    retry.budget.map_or(allowed, |share| {
        let reserve = retry.budget_min_per_second * timing.duration.secs_f64();
        allowed.min(requests * (1.0 + share) + reserve)
    })
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
