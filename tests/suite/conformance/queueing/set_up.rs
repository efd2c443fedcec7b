//! Servers that are off when idle and take time to come up: M/M/1, M/M/k and M/M/inf with set-up.
//!
//! Knows: how a case says when a server is set up and how long that takes. Must not know: any formula.
//! A server is a real pod of one slot that is placed at once and takes its set-up time to start; the `on_demand`
//! scaler creates and stops it.

use super::one_queue::service;
use super::{Measured, Plan, count, law, number, only};
use crate::queue_model::QueueModel;
use serde_json::Value;
use tonnage::policy::pod_scaling::OnDemand;
use tonnage::stats::Distribution;

const REQUESTS: f64 = 4e5;
/// What creating and stopping pods costs beside a plain request, and more so the more there are.
const COST: f64 = 12.0;
const COST_MAX: f64 = 112.0;
/// The policies `on_demand` is.
const ON_DEMAND: [&str; 2] = [
    "server off when empty; setup starts at the first arrival",
    "each waiting job keeps one server in setup, at most k-busy; a server that finds no waiting job turns off; when a job leaves the queue for a freed server one setup is cancelled",
];

/// `servers` pods at most: as many as are given, without a bound for M/M/inf, one for M/M/1.
pub(super) fn plan(params: &Value, bound: Option<u32>) -> Option<Plan> {
    only(
        params,
        &[
            "policy",
            "arrival_rate",
            "servers",
            "setup",
            "mean_setup",
            "setup_rate",
            "scv_setup",
        ],
    )?;
    if params["policy"]
        .as_str()
        .is_some_and(|policy| !ON_DEMAND.contains(&policy))
    {
        return None;
    }
    let rate = number(params, "arrival_rate")?;
    let mut model = QueueModel::new(rate, service(params)?);
    model.replicas = 0;
    model.shared = true;
    model.startup = set_up_law(params)?;
    model.scaler = Some(OnDemand {
        min: 0,
        max: count(params, "servers").or(bound)?,
    });
    let settled = 50.0 * (model.startup.mean() + model.classes[0].demand.mean());
    let mut model = model.lasting(REQUESTS, rate);
    model.warmup = model.warmup.max(settled);
    model.duration = model.duration.max(10.0 * model.warmup);
    let servers = model.scaler.map_or(0.0, |scaler| f64::from(scaler.max));
    let requests = rate * model.duration * (COST + servers).min(COST_MAX);
    let replicate = move |replication| {
        let mut measured = Measured::of(model.run_and_look(replication, f64::INFINITY, |_| ()));
        // With a single server these are probabilities.
        let (busy, set_up) = (measured.metrics["mean_busy"], measured.metrics["mean_in_setup"]);
        measured.set("p_busy", busy);
        measured.set("p_setup", set_up);
        measured.set("p_off", 1.0 - busy - set_up);
        measured
    };
    Some(Plan {
        requests,
        replicate: Box::new(replicate),
    })
}

fn set_up_law(params: &Value) -> Option<Distribution> {
    let mean =
        number(params, "mean_setup").or_else(|| number(params, "setup_rate").map(|rate| 1.0 / rate))?;
    match &params["setup"] {
        Value::Null => Distribution::exponential(mean).ok(),
        Value::String(words) => law::of_words(words, mean, number(params, "scv_setup")),
        object => law::of_object(object),
    }
}
