//! `utilization.svg`: how much of what is paid for is used.
//!
//! Knows which numbers belong together. Must not know pixels.

use super::palette::{BLUE, EACH, GREEN, ORANGE, VERMILLION};
use super::panel::{Line, Look, Panel, Scale};
use super::{MOST_POINTS, figure, shown};
use crate::report::series::{Series, thin};
use crate::report::{answer, format};
use crate::sim::outcome::Outcome;

/// Slots in use per workload, and CPU and memory reserved on the fleet.
#[must_use]
pub fn utilization(outcome: &Outcome, series: &Series) -> Option<String> {
    let (workloads, mut note) = shown(outcome, series);
    note.push_str("A gap is an interval without a ready replica.");
    let panel = |title: &str, unit, lines| Panel {
        title: title.to_owned(),
        unit,
        scale: Scale::Linear,
        render: format::percent,
        lines,
        bound: None,
        at_least: 1.0,
        height: 220,
    };
    let mut panels = Vec::new();
    let slots = workloads.iter().zip(EACH).map(|(workload, color)| Line {
        label: workload.name.clone(),
        color,
        look: Look::Plain,
        points: thin(&workload.points, MOST_POINTS)
            .iter()
            .map(|p| (p.time_s, p.utilization))
            .collect(),
    });
    let slots: Vec<_> = slots.collect();
    if !slots.is_empty() {
        panels.push(panel("slots in use", "of ready replicas' slots", slots));
    }
    if answer::has_fleet(outcome) && !series.cluster.is_empty() {
        let points = thin(&series.cluster, MOST_POINTS);
        let line = |label: &str, color, values: Vec<(f64, Option<f64>)>| Line {
            label: label.to_owned(),
            color,
            look: Look::Plain,
            points: values,
        };
        let cpu = points
            .iter()
            .map(|point| (point.time_s, Some(point.cpu_reserved_mean)))
            .collect();
        let memory = points
            .iter()
            .map(|point| (point.time_s, Some(point.memory_reserved_mean)))
            .collect();
        let mut lines = vec![line("CPU", BLUE, cpu), line("memory", ORANGE, memory)];
        if points.iter().any(|point| point.gpu_reserved_mean.is_some()) {
            let gpu = points.iter().map(|point| (point.time_s, point.gpu_reserved_mean));
            let useless = points.iter().map(|point| (point.time_s, point.gpu_fragmented));
            lines.push(line("GPU", GREEN, gpu.collect()));
            lines.push(line("GPU, idle and fragmented", VERMILLION, useless.collect()));
        }
        panels.push(panel("reserved on nodes", "of allocatable", lines));
    }
    figure(outcome, series, "Utilization", &note, &panels)
}
