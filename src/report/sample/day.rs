//! A made-up day of a run, row by row.
//!
//! Knows: what a sink is told. Must not know: what is made of it.

use super::{DURATION, decision, fault_row, pod, workload_sample};
use crate::sim::rows::{ClusterSample, DecisionRow, NodeRow, PodRow, Sink, WorkloadSample};

/// Load of the shop at `t`: a day's swell and one spike.
fn load(t: f64) -> f64 {
    let spike = (-((t - 9000.0) / 1100.0).powi(2)).exp();
    let wobble = ((t * 0.37).sin() + (t * 0.111).cos()) * 18.0;
    900.0 + 120.0 * (t / DURATION * 6.0).sin() + 3100.0 * spike + wobble
}

/// A whole run, told to `sink`.
pub(in crate::report) fn feed(sink: &mut impl Sink) {
    let mut cost = 0.0;
    let mut previous = 6u32;
    let mut nodes_seen = 3u32;
    let mut alive: Vec<(u32, f64)> = (0..6).map(|i| (i, 0.0)).collect();
    let mut next_pod = 6u32;
    for i in 1..=720u32 {
        let t = f64::from(i) * 30.0;
        let arrivals = load(t);
        let desired = ((load(t - 60.0) / 108.0).ceil() as u32).clamp(6, 60);
        let ready = ((load(t - 150.0) / 108.0).ceil() as u32).clamp(6, 38);
        let starting = desired.saturating_sub(ready);
        let pressure = arrivals / (f64::from(ready) * 150.0);
        let p50 = 0.043 / (1.0 - (pressure * 0.55).min(0.9));
        // Nothing completes in a short outage: the lines have a gap there.
        let outage = (15_000.0..15_400.0).contains(&t);
        let latency = |factor: f64| (!outage).then_some((p50 * factor).min(2.0));
        sink.workload_sample(WorkloadSample {
            arrivals_per_s: arrivals,
            completions_per_s: if outage {
                0.0
            } else {
                arrivals.min(f64::from(ready) * 150.0)
            },
            failures_per_s: (arrivals - f64::from(ready) * 150.0).max(0.0),
            queued_mean: arrivals * (pressure - 0.8).max(0.0),
            in_service_mean: arrivals * 0.047,
            replicas_desired_mean: f64::from(desired),
            replicas_desired_max: desired,
            replicas_ready_mean: f64::from(ready),
            replicas_ready_min: ready,
            replicas_ready_max: ready,
            replicas_starting_mean: f64::from(starting),
            replicas_starting_max: starting,
            utilization: (!outage).then_some(pressure.min(1.0)),
            latency_p50_s: latency(1.0),
            latency_p95_s: latency(3.0),
            latency_p99_s: latency(3.0 + 4.0 * pressure.powi(4)),
            ..workload_sample(t, "shop")
        });
        sink.workload_sample(workload_sample(t, "thumbnails"));
        let (booting, nodes) = (starting.min(2), 3 + ready / 6);
        cost += f64::from(nodes) * 0.384 / 120.0;
        sink.cluster_sample(ClusterSample {
            time_s: t,
            nodes_mean: f64::from(nodes + booting),
            nodes_max: nodes + booting,
            nodes_ready_mean: f64::from(nodes),
            nodes_ready_max: nodes,
            nodes_booting_mean: f64::from(booting) * 0.5,
            nodes_booting_max: booting,
            nodes_draining_mean: 0.0,
            nodes_draining_max: u32::from(desired < ready),
            pods_pending_mean: f64::from(starting) / 16.0,
            pods_pending_max: starting / 4,
            pods_bound_mean: f64::from(ready + 3),
            pods_bound_max: ready + 3,
            cpu_reserved_mean: (f64::from(ready) / (f64::from(nodes) * 6.0)).min(1.0),
            memory_reserved_mean: (f64::from(ready) / (f64::from(nodes) * 9.0)).min(1.0),
            gpu_reserved_mean: None,
            gpu_fragmented: None,
            cost_usd_per_hour_mean: f64::from(nodes) * 0.384,
            cost_usd: cost,
        });
        if desired != previous {
            sink.decision(DecisionRow {
                from: Some(i64::from(previous)),
                to: Some(i64::from(desired)),
                reason: format!(
                    "utilization {pressure:.2} against target 0.70: {previous} → {desired} replicas"
                ),
                ..decision(t, "scale")
            });
        } else if i % 40 == 0 {
            sink.decision(DecisionRow {
                last_time_s: t + 600.0,
                count: 40,
                from: Some(i64::from(desired)),
                to: None,
                reason_code: "within_tolerance",
                reason: "utilization within 10% of the target".into(),
                ..decision(t, "hold")
            });
        }
        while (alive.len() as u32) < desired {
            alive.push((next_pod, t));
            next_pod += 1;
        }
        while alive.len() as u32 > desired {
            let (ordinal, created) = alive.remove(alive.len() - 1);
            sink.pod(PodRow {
                node: format!("general-{}", ordinal % 9),
                bound_s: Some(created + 40.0),
                pulled_s: Some(created + 90.0),
                ready_s: Some(created + 150.0),
                terminating_s: Some(t),
                ended_s: Some(t + 30.0),
                end: "stopped",
                ..pod(&format!("shop-{ordinal}"), "shop", created)
            });
        }
        if nodes > nodes_seen {
            sink.decision(DecisionRow {
                question: "node_scaling",
                policy: "just_enough".into(),
                subject: "general".into(),
                from: Some(i64::from(nodes_seen)),
                to: Some(i64::from(nodes)),
                result: if nodes > 8 {
                    "refused: quota of 8 nodes".into()
                } else {
                    "done".into()
                },
                reason_code: "pods_pending",
                reason: format!("{} pods fit on no node", starting.max(1)),
                ..decision(t, "launch")
            });
            nodes_seen = nodes;
        }
        previous = desired;
    }
    sink.fault(fault_row());
    for (ordinal, created) in alive {
        sink.pod(pod(&format!("shop-{ordinal}"), "shop", created));
    }
    for i in 0..3 {
        sink.pod(pod(&format!("thumbnails-{i}"), "thumbnails", 0.0));
    }
    for i in 0..9u32 {
        let launched_s = if i < 3 { 0.0 } else { 7000.0 + f64::from(i) * 260.0 };
        sink.node(NodeRow {
            node: format!("general-{i}"),
            pool: "general".into(),
            zone: ["a", "b", "c"][i as usize % 3].into(),
            shape: "8cpu-32Gi".into(),
            launched_s,
            ready_s: Some(if i < 3 { 0.0 } else { launched_s + 220.0 }),
            removed_s: (i >= 3).then_some(14_000.0 - f64::from(i) * 170.0),
            cost_usd: 0.9,
            pods: 7,
            cpu_reserved: Some(0.61),
        });
    }
}
