//! `latency.svg`: quantiles of latency over time, on a logarithmic axis, with the objective.
//!
//! Knows which numbers belong together. Must not know pixels.

use plotters::style::RGBColor;

use super::palette::{BLUE, ORANGE, VERMILLION};
use super::panel::{Line, Look, Panel, Scale};
use super::{MOST_POINTS, about, figure, shown};
use crate::report::series::{Series, thin};
use crate::report::{answer, format};
use crate::sim::outcome::Outcome;
use crate::sim::rows::WorkloadSample;

/// One panel a workload: p50, p95 and p99 of each interval.
#[must_use]
pub fn latency(outcome: &Outcome, series: &Series) -> Option<String> {
    let (workloads, mut note) = shown(outcome, series);
    note.push_str("Of the requests completed in each interval; a gap is an interval without any.");
    let panels: Vec<_> = workloads
        .iter()
        .map(|workload| {
            let points = thin(&workload.points, MOST_POINTS);
            let line = |label: &str, color: RGBColor, value: fn(&WorkloadSample) -> Option<f64>| Line {
                label: label.to_owned(),
                color,
                look: Look::Plain,
                points: points.iter().map(|point| (point.time_s, value(point))).collect(),
            };
            let quantiles = ["p99", "p95", "p50"];
            let bound = quantiles.iter().find_map(|quantile| {
                let bound = answer::latency_bound(outcome, &workload.name, quantile)?;
                Some((bound, format!("{quantile} ≤ {}", format::duration(bound))))
            });
            Panel {
                title: about("latency", &workload.name, workloads.len()),
                unit: "logarithmic",
                scale: Scale::Log,
                render: format::duration,
                lines: vec![
                    line("p50", BLUE, |p| p.latency_p50_s),
                    line("p95", ORANGE, |p| p.latency_p95_s),
                    line("p99", VERMILLION, |p| p.latency_p99_s),
                ],
                bound,
                at_least: 0.0,
                height: 250,
            }
        })
        .collect();
    figure(outcome, series, "Latency", &note, &panels)
}
