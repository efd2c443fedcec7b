//! `replicas.svg`: what arrives, how many replicas are wanted and how many are there.
//!
//! Knows which numbers belong together. Must not know pixels.

use plotters::style::RGBColor;

use super::palette::{BLUE, GREEN, INK, ORANGE, VERMILLION};
use super::panel::{Line, Look, Panel, Scale};
use super::{MOST_POINTS, about, figure, shown};
use crate::report::format;
use crate::report::series::{Series, thin};
use crate::sim::outcome::Outcome;
use crate::sim::rows::WorkloadSample;

/// Two panels a workload: traffic, and replicas desired, ready and starting.
#[must_use]
pub fn replicas(outcome: &Outcome, series: &Series) -> Option<String> {
    let (workloads, mut note) = shown(outcome, series);
    note.push_str("Above: requests a second. Below: the replicas that follow them.");
    let mut panels = Vec::new();
    for workload in &workloads {
        let points = thin(&workload.points, MOST_POINTS);
        let line = |label: &str, color: RGBColor, look, value: fn(&WorkloadSample) -> f64| Line {
            label: label.to_owned(),
            color,
            look,
            points: points
                .iter()
                .map(|point| (point.time_s, Some(value(point))))
                .collect(),
        };
        let mut traffic = vec![line("arrivals", GREEN, Look::Plain, |p| p.arrivals_per_s)];
        if points.iter().any(|point| point.failures_per_s > 0.0) {
            traffic.push(line("failures", VERMILLION, Look::Plain, |p| p.failures_per_s));
        }
        panels.push(Panel {
            title: about("requests", &workload.name, workloads.len()),
            unit: "per second",
            scale: Scale::Linear,
            render: format::number,
            lines: traffic,
            bound: None,
            at_least: 0.0,
            height: 160,
        });
        panels.push(Panel {
            title: about("replicas", &workload.name, workloads.len()),
            unit: "replicas",
            scale: Scale::Linear,
            render: format::number,
            lines: vec![
                line("ready", BLUE, Look::Filled, |p| p.replicas_ready_mean),
                line("on the way, peak", ORANGE, Look::Steps, |p| {
                    f64::from(p.replicas_starting_max.max(p.replicas_pending_max))
                }),
                line("desired", INK, Look::Steps, |p| p.replicas_desired_mean),
            ],
            bound: None,
            at_least: 4.0,
            height: 210,
        });
    }
    figure(outcome, series, "Replicas", &note, &panels)
}
