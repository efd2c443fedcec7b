//! How long to simulate: replications until every metric a case expects is known precisely enough.
//!
//! Knows: tolerances, and how far independent replications lie apart. Must not know: what is expected, except that a
//! tolerance is relative to it: the end depends on precision only, never on agreement.
//!
//! A metric is precise when the half width of its 95 % interval is at most a third of the tolerance. Past `ENOUGH`
//! requests it is when its standard error is, and past `AT_MOST` requests there is no more.

use super::super::tolerance;
use super::{Measured, Plan};
use rayon::prelude::*;
use serde_json::{Map, Value, json};
use tonnage::stats::MeanInterval;

/// Replications at a time, and so the fewest; half as many of long ones.
const BATCH: u64 = 6;
const LONG: f64 = 1e7;
const ENOUGH: f64 = 6e7;
const AT_MOST: f64 = 1.5e8;

/// Simulates until the metrics `case` expects are precise; returns all that were measured.
pub(super) fn until_precise(case: &Value, plan: &Plan) -> Map<String, Value> {
    let mut measured: Vec<Measured> = Vec::new();
    let mut pooled = Measured::default();
    let size = if plan.requests > LONG { BATCH / 2 } else { BATCH };
    loop {
        let first = measured.len() as u64;
        let batch: Vec<Measured> = (first..first + size)
            .into_par_iter()
            .map(&plan.replicate)
            .collect();
        batch.iter().for_each(|replication| pooled.pool(replication));
        measured.extend(batch.into_iter().map(|replication| Measured {
            metrics: with_quantiles(case, &replication),
            ..Measured::default()
        }));
        let requests = plan.requests * measured.len() as f64;
        let slack = if requests < ENOUGH { 1.0 } else { 2.0 };
        if requests >= AT_MOST || imprecision(case, &measured) <= slack {
            return combined(&measured, &pooled);
        }
    }
}

/// The widest interval among the expected metrics in units of a third of its tolerance.
fn imprecision(case: &Value, measured: &[Measured]) -> f64 {
    let expected = case["expect"].as_object().into_iter().flatten();
    let gated = expected.filter_map(|(metric, expected)| Some((metric, expected.as_f64()?)));
    let widths = gated.map(|(metric, expected)| {
        let values: Vec<f64> = measured
            .iter()
            .filter_map(|replication| replication.metrics.get(metric).copied())
            .collect();
        let half_width = MeanInterval::of(&values, 0.95).and_then(|interval| interval.half_width);
        3.0 * half_width.unwrap_or(0.0) / tolerance::allowed(case, metric, expected)
    });
    widths.fold(0.0, f64::max)
}

/// A replication's own quantiles beside its other metrics: how far they lie apart says how precise the pooled ones are.
fn with_quantiles(case: &Value, replication: &Measured) -> std::collections::BTreeMap<String, f64> {
    let mut metrics = replication.metrics.clone();
    for (metric, _) in case["expect"].as_object().into_iter().flatten() {
        if let Some(value) = replication.quantile(metric) {
            metrics.insert(metric.clone(), value);
        }
    }
    metrics
}

/// Means over replications; quantiles of everything pooled.
fn combined(measured: &[Measured], pooled: &Measured) -> Map<String, Value> {
    let names = measured[0].metrics.keys();
    let mean = |name: &str| {
        let values = measured.iter().map(|replication| replication.metrics[name]);
        values.sum::<f64>() / measured.len() as f64
    };
    names
        .map(|name| {
            (
                name.clone(),
                json!(pooled.quantile(name).unwrap_or_else(|| mean(name))),
            )
        })
        .collect()
}
