//! The report as JSON.

use super::{PackingReport, answer};
use crate::model::price::Money;
use serde_json::{Map, Value, json};

/// Every number, by heuristic and by instance.
#[must_use]
pub fn to_json(report: &PackingReport) -> Value {
    let policies: Vec<Value> = report
        .standings()
        .iter()
        .map(|standing| {
            json!({
                "policy": standing.policy,
                "best": standing.is_best,
                "bins": standing.bins,
                "left_out": standing.left_out,
                "optimal_instances": standing.optimal,
                "mean_gap": standing.mean_gap,
                "worst_gap": standing.worst.as_ref().map(|worst| worst.gap),
                "worst_instance": standing.worst.as_ref().map(|worst| &worst.instance),
                "cost_usd_per_hour": standing.cost.map(Money::usd),
            })
        })
        .collect();
    let instances: Vec<Value> = report
        .instances
        .iter()
        .map(|instance| {
            let reached: Map<String, Value> = report
                .policies
                .iter()
                .zip(&instance.attempts)
                .map(|(policy, attempt)| {
                    let reached = json!({
                        "bins": attempt.bins,
                        "left_out": attempt.left_out,
                        "by_kind": attempt.by_kind,
                        "cost_usd_per_hour": attempt.cost.map(Money::usd),
                    });
                    (policy.clone(), reached)
                })
                .collect();
            json!({
                "instance": instance.name,
                "items": instance.items,
                "lower_bound": instance.bound.bins,
                "bound": instance.bound.method,
                "least_cost_usd_per_hour": instance.least_cost.map(Money::usd),
                "optimum": instance.optimum(),
                "best_known": instance.best_known,
                "policies": reached,
            })
        })
        .collect();
    json!({
        "title": report.title,
        "answer": answer(report),
        "kinds": report.kinds,
        "policies": policies,
        "instances": instances,
        "notes": report.notes,
    })
}
