//! The numbers the page's script draws, as one JSON value.
//!
//! Knows the shape the script expects. Must not know how it draws.

use serde_json::{Map, Value, json};

use crate::report::answer;
use crate::report::series::{DecisionEntry, FaultEntry, Series, thin};
use crate::sim::outcome::Outcome;

// Points of all charts together: keeps a page of many workloads under a megabyte.
const ALL_POINTS: usize = 6000;
const MOST_POINTS: usize = 1500;

/// How many points one chart has at most.
pub(super) fn limit(series: &Series) -> usize {
    (ALL_POINTS / (series.workloads.len() + 1)).clamp(100, MOST_POINTS)
}

/// The page's data.
pub(super) fn of(outcome: &Outcome, series: &Series) -> Value {
    let limit = limit(series);
    let workloads: Vec<_> = series
        .workloads
        .iter()
        .map(|workload| {
            let points = thin(&workload.points, limit);
            let bounds: Map<_, _> = ["p50", "p95", "p99"]
                .into_iter()
                .filter_map(|quantile| {
                    let bound = answer::latency_bound(outcome, &workload.name, quantile)?;
                    Some((quantile.to_owned(), number(bound)))
                })
                .collect();
            json!({
                "name": workload.name,
                "bounds": bounds,
                "t": column(&points, |p| exact(p.time_s)),
                "arrivals": column(&points, |p| number(p.arrivals_per_s)),
                "completions": column(&points, |p| number(p.completions_per_s)),
                "failures": column(&points, |p| number(p.failures_per_s)),
                "queued": column(&points, |p| number(p.queued_mean)),
                "inService": column(&points, |p| number(p.in_service_mean)),
                "desired": column(&points, |p| number(p.replicas_desired_mean)),
                "ready": column(&points, |p| number(p.replicas_ready_mean)),
                "starting": column(&points, |p| p.replicas_starting_max.into()),
                "pending": column(&points, |p| p.replicas_pending_max.into()),
                "slots": column(&points, |p| maybe(p.utilization)),
                "p50": column(&points, |p| maybe(p.latency_p50_s)),
                "p95": column(&points, |p| maybe(p.latency_p95_s)),
                "p99": column(&points, |p| maybe(p.latency_p99_s)),
            })
        })
        .collect();
    let points = thin(&series.cluster, limit);
    let mut page = json!({
        "duration": number(outcome.duration_s),
        "warmup": number(outcome.warmup_s),
        "workloads": workloads,
        "cluster": {
            "t": column(&points, |p| exact(p.time_s)),
            "ready": column(&points, |p| number(p.nodes_ready_mean)),
            "booting": column(&points, |p| p.nodes_booting_max.into()),
            "draining": column(&points, |p| p.nodes_draining_max.into()),
            "pending": column(&points, |p| p.pods_pending_max.into()),
            "cpu": column(&points, |p| number(p.cpu_reserved_mean)),
            "memory": column(&points, |p| number(p.memory_reserved_mean)),
            "cost": column(&points, |p| number(p.cost_usd_per_hour_mean)),
        },
        "faults": faults(&series.faults.kept, outcome.duration_s),
        "decisions": decisions(&series.decisions.kept),
    });
    if points.iter().any(|p| p.gpu_reserved_mean.is_some()) {
        page["cluster"]["gpu"] = column(&points, |p| maybe(p.gpu_reserved_mean));
        page["cluster"]["gpuFragmented"] = column(&points, |p| maybe(p.gpu_fragmented));
    }
    page
}

// From when until when, and what to call it.
fn faults(entries: &[FaultEntry], duration_s: f64) -> Value {
    let marks = entries.iter().map(|entry| {
        let (from, until) = entry.span(duration_s);
        json!([exact(from), exact(until), entry.fault])
    });
    marks.collect()
}

// Each text that repeats is written once; a row holds its place in the list.
fn decisions(entries: &[DecisionEntry]) -> Value {
    let mut words = Words::default();
    let rows: Vec<_> = entries
        .iter()
        .map(|entry| {
            json!([
                exact(entry.time_s),
                exact(entry.last_time_s),
                entry.count,
                words.place(&entry.question),
                words.place(&entry.policy),
                words.place(&entry.subject),
                words.place(&entry.action),
                entry.from,
                entry.to,
                words.place(&entry.result),
                words.place(&entry.reason_code),
                words.place(&entry.reason),
            ])
        })
        .collect();
    json!({ "words": words.list, "rows": rows })
}

#[derive(Default)]
struct Words {
    list: Vec<String>,
    places: std::collections::BTreeMap<String, usize>,
}

impl Words {
    fn place(&mut self, word: &str) -> usize {
        if let Some(&place) = self.places.get(word) {
            return place;
        }
        self.places.insert(word.to_owned(), self.list.len());
        self.list.push(word.to_owned());
        self.list.len() - 1
    }
}

fn column<T>(points: &[T], value: impl Fn(&T) -> Value) -> Value {
    Value::Array(points.iter().map(value).collect())
}

fn maybe(value: Option<f64>) -> Value {
    value.map_or(Value::Null, number)
}

// Four digits are more than a pixel shows.
fn number(value: f64) -> Value {
    if !value.is_finite() || value == 0.0 {
        return if value == 0.0 { 0.into() } else { Value::Null };
    }
    let decimals = (3 - value.abs().log10().floor() as i32).clamp(0, 12);
    exact(
        format!("{:.1$}", value, decimals as usize)
            .parse()
            .unwrap_or(value),
    )
}

// Whole numbers without ".0"; times to the millisecond.
fn exact(value: f64) -> Value {
    let thousandths = (value * 1000.0).round();
    if value.fract() == 0.0 && value.abs() < 1e15 {
        (value as i64).into()
    } else if value.abs() >= 1.0 && thousandths.abs() < 1e15 {
        json!(thousandths / 1000.0)
    } else {
        json!(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_gaps_are_null() {
        let shown = |value| number(value).to_string();
        assert_eq!(
            [0.0, 12.0, 0.123_456, 1234.567, -2.5].map(shown),
            ["0", "12", "0.1235", "1235", "-2.5"]
        );
        assert_eq!(number(f64::NAN), Value::Null);
        assert_eq!(exact(1800.5), json!(1800.5));
    }

    #[test]
    fn a_repeated_reason_is_written_once() {
        let entry = DecisionEntry::from(crate::report::sample::decision(1.0, "scale"));
        let data = decisions(&[entry.clone(), entry]);
        assert_eq!(data["words"].as_array().unwrap().len(), 7);
        assert_eq!(data["rows"].as_array().unwrap().len(), 2);
    }
}
