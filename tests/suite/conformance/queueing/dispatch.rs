//! Many servers with a queue each: which one gets the next request.
//!
//! Knows: the vectors' names of routers. Must not know: how a router decides, or any formula.

use super::one_queue::service;
use super::{Measured, Plan, count, measured, number, only};
use crate::queue_model::QueueModel;
use serde_json::Value;
use tonnage::model::request_queue::Station;
use tonnage::policy::routing::{JoinShortestQueue, LeastRequest, PowerOfTwo, Random, RoundRobin, Routing};

const REQUESTS: f64 = 1.5e6;
const REQUESTS_MANY: f64 = 3e6;
/// Servers that stand for "large", at most and at least: the distance to the mean-field limit goes with one over the
/// number of servers and over 1 - load, and so does the time it takes to get there.
const MANY: (f64, f64) = (2000.0, 10_000.0);
/// The warm-up in mean service times, times 1 - load.
const WARM_UP: f64 = 10.0;

/// The less loaded of a few servers drawn at random, among many.
pub(super) fn power_of_d(params: &Value) -> Option<Plan> {
    only(params, &["load_per_server", "choices", "servers", "sampling"])?;
    let (load, choices) = (number(params, "load_per_server")?, count(params, "choices")?);
    let law = service(params)?;
    let (spare, mean) = (1.0 - load, law.mean());
    // A single choice leaves each server an M/M/1 queue, which no number of others helps to settle.
    let (settling, fewest) = match choices {
        1 => (0.5 * WARM_UP / (1.0 - load.sqrt()).powi(2), 500.0),
        _ => (WARM_UP / spare, MANY.0),
    };
    let many = (REQUESTS_MANY / settling).clamp(fewest, MANY.1) as u32;
    let servers = count(params, "servers").unwrap_or(many);
    let rate = load * f64::from(servers) / mean;
    let mut model = QueueModel::new(rate, law);
    model.replicas = servers;
    model.routing = PowerOfTwo {
        choices,
        ..PowerOfTwo::default()
    }
    .into();
    model.warmup = settling * mean;
    model.duration = 2.0 * model.warmup + REQUESTS_MANY / rate;
    let requests = rate * model.duration;
    let replicate = move |replication| {
        let mut levels = Vec::new();
        let simulation = model.run_and_look(replication, mean, |simulation| {
            for (_, station) in simulation.workload(0).serving.replica_stations() {
                measured::found(&mut levels, Station::in_flight(station).into());
            }
        });
        let mut measured = Measured::of(simulation);
        measured.look("queue", &levels);
        measured
    };
    Some(Plan {
        requests: requests * 2.0,
        replicate: Box::new(replicate),
    })
}

/// The same arrivals through every router that the case asks for.
pub(super) fn comparison(params: &Value, case: &Value) -> Option<Plan> {
    only(params, &["servers", "arrival_rate_total"])?;
    let (servers, rate) = (count(params, "servers")?, number(params, "arrival_rate_total")?);
    let law = service(params)?;
    let asked: Vec<&String> = case["expect"].as_object()?.keys().collect();
    let routers: Vec<(&str, Routing, bool)> = [
        ("_jsq", Routing::from(JoinShortestQueue::default()), false),
        ("_least_request", LeastRequest::default().into(), false),
        ("_power_of_two", PowerOfTwo::default().into(), false),
        ("_round_robin", RoundRobin::default().into(), false),
        ("_random", Random::default().into(), false),
        ("_central_queue", Random::default().into(), true),
    ]
    .into_iter()
    .filter(|(suffix, ..)| asked.iter().any(|metric| metric.ends_with(suffix)))
    .collect();
    let requests = REQUESTS * 1.1 * routers.len() as f64;
    let replicate = move |replication| {
        let mut all = Measured::default();
        for (suffix, router, shared) in &routers {
            let mut model = QueueModel::new(rate, law.clone()).lasting(REQUESTS, rate);
            model.replicas = servers;
            model.routing = router.clone();
            model.shared = *shared;
            let one = Measured::of(model.run_and_look(replication, f64::INFINITY, |_| ()));
            for (name, value) in one.metrics {
                all.set(&format!("{name}{suffix}"), value);
            }
        }
        all
    };
    Some(Plan {
        requests,
        replicate: Box::new(replicate),
    })
}
