//! Networks of queues that requests walk through at random.
//!
//! Knows: how a case says rates, servers and where requests go next. Must not know: any formula.

use super::{Measured, Plan};
use crate::written;
use serde_json::Value;
use std::fmt::Write as _;
use std::sync::Arc;
use tonnage::sim::Simulation;

/// Requests from outside in one replication.
const REQUESTS: f64 = 4e5;

pub(super) fn plan(params: &Value) -> Option<Plan> {
    let known = ["external_rates", "routing", "service_rates", "servers", "note"];
    if !params
        .as_object()?
        .keys()
        .all(|key| known.contains(&key.as_str()))
    {
        return None;
    }
    let numbers =
        |value: &Value| -> Option<Vec<f64>> { value.as_array()?.iter().map(Value::as_f64).collect() };
    let (external, rates) = (
        numbers(&params["external_rates"])?,
        numbers(&params["service_rates"])?,
    );
    let servers = numbers(&params["servers"])?;
    let routing: Vec<Vec<f64>> = params["routing"]
        .as_array()?
        .iter()
        .map(numbers)
        .collect::<Option<_>>()?;
    let total: f64 = external.iter().sum();
    let (length, warmup) = (REQUESTS / total, REQUESTS / total / 10.0);
    let mut text = format!(
        "name: network\nduration: {0:.3}s\nwarmup: {warmup:.3}s\nsample_every: {0:.3}s\nworkloads:\n",
        length + warmup
    );
    for (node, row) in routing.iter().enumerate() {
        let ways = row
            .iter()
            .enumerate()
            .filter(|&(_, &probability)| probability > 0.0);
        let ways: Vec<String> = ways
            .map(|(to, probability)| format!("{{to: n{to}, probability: {:.9}%}}", probability * 100.0))
            .collect();
        writeln!(
            text,
            "  - {{name: n{node}, serving: {{containers: [{{name: c, slots: {}}}], demand: {{exponential: {{mean: {:.9}s}}}}, forward: [{}]}}}}",
            servers[node],
            1.0 / rates[node],
            ways.join(", ")
        )
        .ok()?;
    }
    text.push_str("load:\n");
    for (node, rate) in external.iter().enumerate().filter(|&(_, &rate)| rate > 0.0) {
        writeln!(
            text,
            "  - {{to: n{node}, arrivals: {{poisson: {{rate: {rate}/s}}}}}}"
        )
        .ok()?;
    }
    let scenario = Arc::new(written::scenario(&text));
    let nodes = routing.len() as f64;
    let replicate = move |replication| {
        let mut simulation = Simulation::new(scenario.clone(), 1, replication);
        simulation.run_to_end(None, u64::MAX, || false);
        let broken = simulation.broken_laws();
        assert!(broken.is_empty(), "laws broken: {broken:?}");
        let outcome = simulation.finish(None);
        let seconds = outcome.duration_s - outcome.warmup_s;
        let mut measured = Measured::default();
        let mut in_network = 0.0;
        for (node, workload) in outcome.workloads.iter().enumerate() {
            let in_system = workload.queued_mean + workload.in_service_mean;
            in_network += in_system;
            let arrived = workload.requests.arrived as f64;
            measured.set(&format!("arrival_rate_{node}"), arrived / seconds);
            measured.set(&format!("mean_response_{node}"), workload.latency.mean);
            measured.set(&format!("mean_wait_{node}"), workload.wait.mean);
            measured.set(&format!("mean_in_system_{node}"), in_system);
            measured.set(&format!("mean_queue_len_{node}"), workload.queued_mean);
            measured.set(
                &format!("utilisation_{node}"),
                workload.utilization.unwrap_or_default(),
            );
        }
        measured.set("mean_in_system_total", in_network);
        measured.set("mean_sojourn_total", in_network / total);
        measured
    };
    Some(Plan {
        requests: REQUESTS * 1.1 * nodes,
        replicate: Box::new(replicate),
    })
}
