//! The life of nodes and pods as a strip of bars over simulated time, an SVG to be put into the page.
//!
//! Knows what states a node and a pod go through. Must not know colours: its classes are styled by the page.

use std::fmt::Write;

use super::format;
use super::html::escape;
use super::plots::axis;
use super::series::{Excerpt, NodeEntry, PodEntry, Series};
use super::terminal::shortened;
use crate::sim::outcome::Outcome;

const WIDTH: f64 = 1200.0;
const LEFT: f64 = 150.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 24.0;
const NODE_ROW: f64 = 14.0;
const POD_ROW: f64 = 7.0;
const HEADING: f64 = 26.0;

/// How many rows a strip has at most.
const MOST_NODES: usize = 48;
const MOST_PODS: usize = 144;

/// A strip and what must be said below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strip {
    /// An `<svg>` element, styled by the page's classes `s-*`.
    pub svg: String,
    /// What is left out, a sentence each.
    pub notes: Vec<String>,
}

/// The strip of a run; `None` where there are neither nodes nor pods.
#[must_use]
pub fn strip(outcome: &Outcome, series: &Series) -> Option<Strip> {
    let mut nodes = spread(&series.nodes, MOST_NODES);
    let mut pods = spread(&series.pods, MOST_PODS);
    if nodes.is_empty() && pods.is_empty() {
        return None;
    }
    let notes = [
        series.nodes.note(nodes.len(), "nodes", "nodes.csv"),
        series.pods.note(pods.len(), "pods", "pods.csv"),
    ];
    let span = outcome.duration_s.max(f64::MIN_POSITIVE);
    nodes.sort_by(|a, b| a.pool.cmp(&b.pool).then(a.launched_s.total_cmp(&b.launched_s)));
    let order = |name: &str| {
        outcome
            .workloads
            .iter()
            .position(|workload| workload.name == name)
    };
    pods.sort_by_key(|pod| (order(&pod.workload).unwrap_or(usize::MAX), pod.workload.as_str()));

    let mut canvas = Canvas {
        body: String::new(),
        y: TOP,
        span,
    };
    let mut pool = None;
    for node in nodes {
        if pool != Some(&node.pool) {
            canvas.heading(&format!("nodes · {}", node.pool));
            pool = Some(&node.pool);
        }
        canvas.node(node);
    }
    let mut workload = None;
    for pod in pods {
        if workload != Some(&pod.workload) {
            canvas.heading(&format!("pods · {}", pod.workload));
            workload = Some(&pod.workload);
        }
        canvas.pod(pod);
    }
    Some(Strip {
        svg: canvas.finish(),
        notes: notes.into_iter().flatten().collect(),
    })
}

fn spread<T>(excerpt: &Excerpt<T>, most: usize) -> Vec<&T> {
    let step = excerpt.kept.len().div_ceil(most).max(1);
    excerpt.kept.iter().step_by(step).collect()
}

struct Canvas {
    body: String,
    y: f64,
    span: f64,
}

impl Canvas {
    fn x(&self, time: f64) -> f64 {
        LEFT + (time / self.span).clamp(0.0, 1.0) * (WIDTH - LEFT - RIGHT)
    }

    fn heading(&mut self, text: &str) {
        self.y += HEADING - 8.0;
        let _ = write!(
            self.body,
            "<text class=\"s-heading\" x=\"0\" y=\"{:.1}\">{}</text>",
            self.y,
            escape(&shortened(text, 60))
        );
        self.y += 8.0;
    }

    fn bar(&mut self, class: &str, from: f64, to: f64, height: f64) {
        let (left, right) = (self.x(from), self.x(to));
        if to <= from {
            return;
        }
        // However short a state was, it leaves a trace.
        let width = (right - left).max(0.8);
        let _ = write!(
            self.body,
            "<rect class=\"{class}\" x=\"{left:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{height:.0}\"/>",
            self.y
        );
    }

    fn node(&mut self, node: &NodeEntry) {
        let end = node.removed_s.unwrap_or(self.span);
        let ready = node.ready_s.unwrap_or(end).min(end);
        let life = match (node.ready_s, node.removed_s) {
            (Some(ready), _) => format!(", ready after {}", format::duration(ready - node.launched_s)),
            (None, _) => ", never ready".to_owned(),
        };
        let gone = node
            .removed_s
            .map_or_else(String::new, |at| format!(", removed at {}", format::duration(at)));
        let zone = if node.zone.is_empty() {
            String::new()
        } else {
            format!(" in zone {}", node.zone)
        };
        let title = format!(
            "{}{zone}: launched at {}{life}{gone}; ran {}, cost {}",
            node.node,
            format::duration(node.launched_s),
            format::plural(node.pods, "pod", "pods"),
            format::money(node.cost_usd)
        );
        let _ = write!(
            self.body,
            "<g><title>{}</title><text class=\"s-label\" x=\"{:.0}\" y=\"{:.1}\">{}</text>",
            escape(&title),
            LEFT - 8.0,
            self.y + 8.5,
            escape(&shortened(&node.node, 22))
        );
        self.bar("s-boot", node.launched_s, ready, 10.0);
        self.bar("s-ready", ready, end, 10.0);
        self.body.push_str("</g>");
        self.y += NODE_ROW;
    }

    fn pod(&mut self, pod: &PodEntry) {
        let end = pod.ended_s.unwrap_or(self.span);
        let stop = pod.terminating_s.unwrap_or(end).min(end);
        let ready = pod.ready_s.unwrap_or(stop).min(stop);
        let bound = pod.bound_s.unwrap_or(ready).min(ready);
        let started = match pod.ready_s {
            Some(at) => format!("ready after {}", format::duration(at - pod.created_s)),
            None => "never ready".to_owned(),
        };
        let place = if pod.node.is_empty() {
            String::new()
        } else {
            format!(" on {}", pod.node)
        };
        let ended = pod
            .ended_s
            .map_or_else(String::new, |at| format!(" at {}", format::duration(at)));
        let memory = pod.memory_peak_bytes.map_or_else(String::new, |peak| {
            let swapped = match pod.swap_peak_bytes {
                0 => String::new(),
                bytes => format!(", {} of it in swap", format::bytes(bytes as f64)),
            };
            format!("; memory up to {}{swapped}", format::bytes(peak as f64))
        });
        let title = format!(
            "{}{place}: created at {}, {started}, {}{ended}; served {}{memory}",
            pod.pod,
            format::duration(pod.created_s),
            pod.end,
            format::plural(pod.served, "request", "requests")
        );
        let _ = write!(self.body, "<g><title>{}</title>", escape(&title));
        self.bar("s-wait", pod.created_s, bound, 5.0);
        self.bar("s-start", bound, ready, 5.0);
        self.bar("s-run", ready, stop, 5.0);
        self.bar("s-stop", stop, end, 5.0);
        self.body.push_str("</g>");
        self.y += POD_ROW;
    }

    fn finish(self) -> String {
        let (times, step) = axis::time_ticks(self.span, 10);
        let bottom = self.y + 6.0;
        let mut grid = String::new();
        for time in times {
            let x = self.x(time);
            let _ = write!(
                grid,
                "<line class=\"s-grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"18\" y2=\"{bottom:.0}\"/>\
                 <text class=\"s-tick\" x=\"{x:.1}\" y=\"12\">{}</text>",
                format::instant(time, step)
            );
        }
        format!(
            "<svg class=\"strip\" viewBox=\"0 0 {WIDTH} {:.0}\" role=\"img\" aria-label=\"Lives of nodes and pods over \
             simulated time\" xmlns=\"http://www.w3.org/2000/svg\"><defs>{}{}</defs>{grid}{}</svg>",
            bottom + 2.0,
            hatch("hatch-boot"),
            hatch("hatch-start"),
            self.body
        )
    }
}

fn hatch(id: &str) -> String {
    format!(
        "<pattern id=\"{id}\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" \
         patternTransform=\"rotate(45)\"><rect class=\"{id}-ground\" width=\"5\" height=\"5\"/>\
         <rect class=\"{id}-line\" width=\"2.5\" height=\"5\"/></pattern>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_strip_is_well_formed_whatever_a_node_is_called() {
        let mut series = sample::series();
        series.nodes.kept[0].node = "</g><script>&".into();
        series.pods.kept[0].workload = "a<b".into();
        let strip = strip(&sample::outcome(), &series).unwrap();
        assert!(!strip.svg.contains("<script>"));
        sample::assert_well_formed(&strip.svg);
    }

    #[test]
    fn a_long_run_is_shown_in_part_and_says_so() {
        let mut series = sample::series();
        let pod = series.pods.kept[0].clone();
        series.pods = Excerpt {
            kept: vec![pod; 2000],
            total: 31_415,
        };
        let strip = strip(&sample::outcome(), &series).unwrap();
        assert!(strip.svg.len() < 100_000, "{}", strip.svg.len());
        assert_eq!(
            strip.notes,
            ["Showing 143 of 31,415 pods, evenly picked; all are in pods.csv."]
        );
    }

    #[test]
    fn a_pod_that_never_was_bound_is_drawn_waiting_to_its_end() {
        let mut series = sample::series();
        series.nodes = Excerpt::default();
        series.pods.kept.truncate(1);
        let pod = &mut series.pods.kept[0];
        (
            pod.bound_s,
            pod.pulled_s,
            pod.ready_s,
            pod.terminating_s,
            pod.ended_s,
        ) = (None, None, None, None, None);
        let svg = strip(&sample::outcome(), &series).unwrap().svg;
        assert!(
            svg.contains("class=\"s-wait\"") && !svg.contains("class=\"s-run\""),
            "{svg}"
        );
    }

    #[test]
    fn long_names_keep_the_ordinal_that_tells_them_apart() {
        assert_eq!(shortened("a-very-long-pool-name-123", 16), "a-very-long…-123");
    }
}
