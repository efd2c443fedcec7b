//! As many servers as requests: M/G/inf and M/M/inf under a rate that swings.
//!
//! Knows: how to look at the occupancy and fit a sine to it. Must not know: the formulas of either model.

use super::{Measured, Plan, measured, number, only};
use crate::queue_model::QueueModel;
use serde_json::Value;
use std::f64::consts::TAU;
use tonnage::engine::Span;
use tonnage::stats::Distribution;
use tonnage::workload::load::{LoadSpec, RateCurve, Sine};

const REQUESTS: f64 = 2e6;
/// Looks in a period of the rate.
const LOOKS: u32 = 240;

/// M/G/inf. The law of service must not matter: replications take turns with a constant, an exponential and a
/// lognormal one.
pub(super) fn steady(params: &Value) -> Option<Plan> {
    only(params, &["arrival_rate"])?;
    let rate = number(params, "arrival_rate")?;
    let mean =
        number(params, "mean_service").or_else(|| number(params, "service_rate").map(|rate| 1.0 / rate))?;
    let laws = [
        Distribution::constant(mean).ok()?,
        Distribution::exponential(mean).ok()?,
        Distribution::lognormal_mean_cv(mean, 1.5).ok()?,
    ];
    let models = laws.map(|law| {
        let mut model = QueueModel::new(rate, law);
        model.slots = None;
        let requests = REQUESTS.max(rate * mean * 10_000.0);
        let mut model = model.lasting(requests, rate);
        model.warmup = model.warmup.max(60.0 * mean);
        model.duration += model.warmup;
        model
    });
    let requests = rate * models[0].duration;
    let replicate = move |replication: u64| {
        let model = &models[replication as usize % models.len()];
        let mut levels = Vec::new();
        let simulation = model.run_and_look(replication, mean, |simulation| {
            measured::found(&mut levels, simulation.workload(0).serving.in_service());
        });
        let mut measured = Measured::of(simulation);
        let mean_busy = measured.metrics["mean_busy"];
        measured.look("busy", &levels);
        measured.set("mean_busy", mean_busy);
        measured
    };
    Some(Plan {
        requests,
        replicate: Box::new(replicate),
    })
}

/// M(t)/M/inf with a sinusoidal rate.
pub(super) fn periodic(params: &Value) -> Option<Plan> {
    only(params, &["rate_fn", "base_rate", "period", "amplitude"])?;
    if params["rate_fn"].as_str()? != "base+amplitude*sin(2*pi*t/period)" {
        return None;
    }
    let (base, period) = (number(params, "base_rate")?, number(params, "period")?);
    let service = 1.0 / number(params, "service_rate")?;
    let mut model = QueueModel::new(base, Distribution::exponential(service).ok()?);
    model.slots = None;
    model.arrivals = LoadSpec::Shaped(RateCurve::Sine(Sine {
        base,
        amplitude: number(params, "amplitude")?,
        period: Span::from_secs_f64(period),
        phase: Span::ZERO,
    }));
    let periods = (REQUESTS / (base * period)).ceil();
    model.warmup = (12.0 * service / period).ceil() * period;
    model.duration = model.warmup + periods * period;
    let requests = base * model.duration;
    let every = period / f64::from(LOOKS);
    let replicate = move |replication| {
        let (mut sum, mut sine, mut cosine, mut looks) = (0.0, 0.0, 0.0, 0.0);
        let total = periods * f64::from(LOOKS);
        let simulation = model.run_and_look(replication, every, |simulation| {
            if looks < total {
                let busy = simulation.workload(0).serving.in_service() as f64;
                let angle = TAU * looks / f64::from(LOOKS);
                sum += busy;
                sine += busy * angle.sin();
                cosine += busy * angle.cos();
                looks += 1.0;
            }
        });
        let (sine, cosine) = (2.0 * sine / total, 2.0 * cosine / total);
        let amplitude = sine.hypot(cosine);
        let mut measured = Measured::of(simulation);
        measured.set("mean_busy", sum / total);
        measured.set("busy_amplitude", amplitude);
        measured.set("peak_busy", sum / total + amplitude);
        measured.set("trough_busy", sum / total - amplitude);
        measured.set("peak_lag_s", (-cosine).atan2(sine) / TAU * period);
        measured
    };
    Some(Plan {
        requests: requests * 3.0,
        replicate: Box::new(replicate),
    })
}
