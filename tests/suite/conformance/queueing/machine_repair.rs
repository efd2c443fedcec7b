//! Machines that crash and are repaired by so many crews.
//!
//! Knows: how a case says how many machines, crews, and mean times. Must not know: any formula.
//! The machines are real nodes of a pool under the fault `node_crash`; what is up is looked at again and again.

use super::{Measured, Plan, count, number};
use crate::kept_rows::Rows;
use crate::written;
use serde_json::Value;
use std::sync::Arc;
use tonnage::engine::{Span, Time};
use tonnage::sim::Simulation;

/// Crashes of one replication.
const CRASHES: f64 = 20_000.0;
/// What a crash costs, in units of a request at one simple queue.
const COST: f64 = 100.0;

pub(super) fn plan(params: &Value) -> Option<Plan> {
    let known = ["nodes", "mtbf", "mttr", "repair_crews", "need_up", "note"];
    if !params
        .as_object()?
        .keys()
        .all(|key| known.contains(&key.as_str()))
    {
        return None;
    }
    let (nodes, crews) = (count(params, "nodes")?, count(params, "repair_crews")?);
    let (mtbf, mttr) = (number(params, "mtbf")?, number(params, "mttr")?);
    let need = count(params, "need_up")?;
    let duration = CRASHES * (mtbf + mttr) / f64::from(nodes);
    let text = format!(
        "name: repair\nduration: {duration}s\nsample_every: {duration}s\n\
         cluster: {{pools: [{{name: a, shape: {{cpu: 4, memory: 16Gi}}, nodes: {nodes}}}]}}\n\
         workloads: [{{name: w, background: true, serving: {{replicas: 0, containers: [{{name: c}}]}}}}]\n\
         faults: [{{node_crash: {{pool: a, mean_between: {mtbf}s, repair: {{exponential: {{mean: {mttr}s}}}}, \
         repair_crews: {crews}}}}}]\n"
    );
    let scenario = Arc::new(written::scenario(&text));
    // Looks lie apart by about the time in which what is up changes.
    let step = Span::from_secs_f64(mttr / 2.0);
    let replicate = move |replication| {
        let mut simulation = Simulation::new(scenario.clone(), 1, replication);
        let (mut rows, mut now) = (Rows::default(), Time::ZERO);
        let (mut looks, mut up, mut all_up, mut enough) = (0_u64, 0_u64, 0_u64, 0_u64);
        while now < simulation.end() {
            now += step;
            simulation.step_until(now, &mut rows);
            let running = nodes - u32::try_from(simulation.silent_machines()).unwrap_or(nodes);
            looks += 1;
            up += u64::from(running);
            all_up += u64::from(running == nodes);
            enough += u64::from(running >= need);
        }
        let share = |count: u64| count as f64 / looks as f64;
        let metrics = [
            ("mean_up", share(up)),
            ("availability_per_node", share(up) / f64::from(nodes)),
            ("p_all_up", share(all_up)),
            ("p_at_least_need", share(enough)),
            ("failures_per_time", rows.faults.len() as f64 / duration),
        ];
        Measured::named(metrics)
    };
    Some(Plan {
        requests: CRASHES * COST,
        replicate: Box::new(replicate),
    })
}
