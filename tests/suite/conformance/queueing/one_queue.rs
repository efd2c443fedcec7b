//! One queue in order of arrival in front of some servers: M/M/1, M/M/c, M/M/c/K, M/G/1, GI/M/1, G/G/c and M/M/c+M.
//!
//! Knows: how a case's parameters name arrivals, service, servers, room and patience. Must not know: any formula.

use super::{Measured, Plan, count, law, measured, number, only};
use crate::queue_model::{QueueModel, renewal};
use serde_json::Value;
use tonnage::stats::Distribution;

/// Requests of one replication: long beside the time in which a queue at load 0.95 forgets.
const REQUESTS: f64 = 2e6;

/// One replica with a slot a server.
pub(super) fn plan(params: &Value) -> Option<Plan> {
    only(
        params,
        &[
            "arrival_rate",
            "servers",
            "interarrival",
            "scv_arrival",
            "capacity_total",
            "patience_rate",
        ],
    )?;
    let service = service(params)?;
    let servers = count(params, "servers").unwrap_or(1);
    let (mut model, rate) = match &params["interarrival"] {
        Value::Null => {
            let rate = number(params, "arrival_rate")?;
            (QueueModel::new(rate, service), rate)
        }
        gaps => {
            let gaps = gaps_law(params, gaps)?;
            let mut model = QueueModel::new(1.0, service);
            model.arrivals = renewal(&gaps);
            (model, 1.0 / gaps.mean())
        }
    };
    model.slots = Some(servers);
    if let Some(total) = count(params, "capacity_total") {
        model.queue_limit = Some(total.checked_sub(servers)?);
    }
    if let Some(patience) = number(params, "patience_rate") {
        model.clients.patience = Distribution::exponential(1.0 / patience).ok();
    }
    let model = model.lasting(REQUESTS, rate);
    let every = model.classes[0].demand.mean();
    Some(Plan {
        requests: REQUESTS * 1.1,
        replicate: Box::new(move |replication| watched(&model, replication, every)),
    })
}

/// A replication with a look at the number of requests every `every` seconds.
pub(super) fn watched(model: &QueueModel, replication: u64, every: f64) -> Measured {
    let mut levels = Vec::new();
    let simulation = model.run_and_look(replication, every, |simulation| {
        let serving = simulation.workload(0).serving;
        measured::found(&mut levels, serving.queued() + serving.in_service());
    });
    let mut measured = Measured::of(simulation);
    let mean_in_system = measured.metrics["mean_in_system"];
    measured.look("in_system", &levels);
    // The integral over time is the better estimate of the mean.
    measured.set("mean_in_system", mean_in_system);
    // With exponential service an arrival finds the server busy with probability sigma.
    measured.set("sigma", measured.metrics["p_wait"]);
    for name in ["simulated", "allen_cunneen", "sakasegawa"] {
        measured.set(&format!("mean_wait_{name}"), measured.metrics["mean_wait"]);
    }
    measured
}

/// The law of service times: an object, words, or exponential with the rate or mean that is given.
pub(super) fn service(params: &Value) -> Option<Distribution> {
    let mean =
        number(params, "mean_service").or_else(|| number(params, "service_rate").map(|rate| 1.0 / rate));
    match &params["service"] {
        Value::Null => Distribution::exponential(mean?).ok(),
        Value::String(words) => law::of_words(words, mean?, number(params, "scv_service")),
        object => law::of_object(object),
    }
}

fn gaps_law(params: &Value, gaps: &Value) -> Option<Distribution> {
    match gaps {
        Value::String(words) => {
            let mean = 1.0 / number(params, "arrival_rate")?;
            law::of_words(words, mean, number(params, "scv_arrival"))
        }
        object => law::of_object(object),
    }
}
