//! Packings of a fleet as JSON: means and deviations over the seeds.

use super::levels::{FULL_PCT, FleetPolicyRuns, FleetTable, Level};
use crate::sim::packing::Point;
use serde_json::{Map, Value, json};

/// Everything that tables and charts show.
#[must_use]
pub fn to_json(table: &FleetTable) -> Value {
    let policies: Vec<Value> = table
        .policies
        .iter()
        .map(|runs| {
            let difference = table.against_best(runs);
            json!({
                "policy": runs.name,
                "seeds": runs.runs.iter().map(|(seed, _)| seed).collect::<Vec<_>>(),
                "arrived_pods": mean(runs, |arrived, _| arrived),
                "placed_pods": mean(runs, |_, placed| placed),
                "unallocated_gpus_at_100_pct": runs.level(FULL_PCT, |point| table.unallocated_gpus(point.alloc_pct)).map(level),
                "difference_to_best_pct": difference.map(|it| it.mean()),
                "difference_to_best_ci95": difference.and_then(|it| Some([it.low()?, it.high()?])),
                "alloc_pct": curve(runs, |point| point.alloc_pct),
                "frag_pct": curve(runs, |point| point.frag_pct),
                "frag_ratio_pct": curve(runs, |point| point.frag_ratio_pct),
            })
        })
        .collect();
    let mut whole = json!({
        "title": table.title,
        "measured": table.unit().to_lowercase(),
        "gpus": table.gpus,
        "machines": table.machines.len(),
        "pods": table.pods,
        "typical_pods": {"kept": table.typical.0, "distinct": table.typical.1},
        "best": table.best().map(|runs| &runs.name),
        "policies": policies,
        "version": table.version,
        "command": table.command,
    });
    if let Some(published) = &table.published {
        let rows = published.rows.iter().map(|row| {
            json!({
                "policy": row.policy,
                "number": row.metric,
                "arrived_pct": row.arrived_pct,
                "published": level(row.published),
                "here": level(row.ours),
                "difference": row.difference(),
                "allowed": row.tolerance,
                "within": row.is_within(),
            })
        });
        whole["published"] = json!({"source": published.source, "rows": rows.collect::<Vec<_>>()});
    }
    whole
}

fn level(level: Level) -> Value {
    json!({"mean": level.mean, "sd": level.sd})
}

fn mean(runs: &FleetPolicyRuns, of: impl Fn(u64, u64) -> u64) -> Option<f64> {
    let values: Vec<f64> = runs
        .runs
        .iter()
        .map(|(_, it)| of(it.arrived, it.placed) as f64)
        .collect();
    Level::of(&values).map(|level| level.mean)
}

fn curve(runs: &FleetPolicyRuns, of: impl Fn(&Point) -> f64 + Copy) -> Value {
    let points = FleetTable::percents().filter_map(|percent| {
        let value = runs.level(percent, of)?;
        Some((percent.to_string(), level(value)))
    });
    Value::Object(points.collect::<Map<_, _>>())
}
