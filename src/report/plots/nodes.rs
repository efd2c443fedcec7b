//! `nodes.svg`: the fleet and what it costs.
//!
//! Knows which numbers belong together. Must not know pixels.

use plotters::style::RGBColor;

use super::palette::{BLUE, GREEN, ORANGE, PURPLE, VERMILLION};
use super::panel::{Line, Look, Panel, Scale};
use super::{MOST_POINTS, figure};
use crate::report::series::{Series, thin};
use crate::report::{answer, format};
use crate::sim::outcome::Outcome;
use crate::sim::rows::ClusterSample;

/// Nodes by state with the pods that wait for one, and cost an hour; `None` for a run without machines.
#[must_use]
pub fn nodes(outcome: &Outcome, series: &Series) -> Option<String> {
    if !answer::has_fleet(outcome) || series.cluster.is_empty() {
        return None;
    }
    let points = thin(&series.cluster, MOST_POINTS);
    let line = |label: &str, color: RGBColor, look, value: fn(&ClusterSample) -> f64| Line {
        label: label.to_owned(),
        color,
        look,
        points: points
            .iter()
            .map(|point| (point.time_s, Some(value(point))))
            .collect(),
    };
    let panel = |title: &str, unit, render, lines, at_least, height| Panel {
        title: title.to_owned(),
        unit,
        scale: Scale::Linear,
        render,
        lines,
        bound: None,
        at_least,
        height,
    };
    let mut fleet = vec![
        line("ready", BLUE, Look::Filled, |p| p.nodes_ready_mean),
        line("booting, peak", ORANGE, Look::Steps, |p| {
            f64::from(p.nodes_booting_max)
        }),
    ];
    if points.iter().any(|point| point.nodes_draining_max > 0) {
        fleet.push(line("draining, peak", PURPLE, Look::Steps, |p| {
            f64::from(p.nodes_draining_max)
        }));
    }
    let mut panels = vec![panel(
        "nodes",
        "nodes",
        format::number as fn(f64) -> String,
        fleet,
        4.0,
        220,
    )];
    if points.iter().any(|point| point.pods_pending_max > 0) {
        let pending = vec![line("pending, peak", VERMILLION, Look::Filled, |p| {
            f64::from(p.pods_pending_max)
        })];
        panels.push(panel(
            "pods without a node",
            "pods",
            format::number,
            pending,
            4.0,
            140,
        ));
    }
    if points.iter().any(|point| point.cost_usd_per_hour_mean > 0.0) {
        let cost = vec![line("cost", GREEN, Look::Filled, |p| p.cost_usd_per_hour_mean)];
        panels.push(panel(
            "cost",
            "US dollars per hour",
            format::money,
            cost,
            0.0,
            160,
        ));
    }
    let note = format!(
        "{} in all, at most {} at a time.",
        format::money(outcome.cluster.cost_usd),
        format::plural(u64::from(outcome.cluster.nodes_max), "node", "nodes")
    );
    figure(outcome, series, "Nodes and cost", &note, &panels)
}
