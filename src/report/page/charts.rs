//! The charts' places on the page; the script draws into them.
//!
//! Knows which charts a run has. Must not know their numbers: those are in the page's data.

use super::data;
use crate::report::answer;
use crate::report::format;
use crate::report::html::escape;
use crate::report::series::Series;
use crate::sim::outcome::Outcome;

/// The section, empty where nothing was sampled; `one` says of which replication it is.
pub(super) fn section(outcome: &Outcome, series: &Series, one: &str) -> String {
    let fleet = answer::has_fleet(outcome) && !series.cluster.is_empty();
    if series.workloads.is_empty() && !fleet {
        return String::new();
    }
    let mut charts = String::new();
    if !series.workloads.is_empty() {
        for (id, title, unit) in [
            ("traffic", "Requests", "per second"),
            ("latency", "Latency", "logarithmic"),
            (
                "replicas",
                "Replicas",
                "ready and desired: means; not ready and pending: peaks",
            ),
            ("queue", "Requests inside", "waiting and in service, means"),
            ("slots", "Slots in use", "of ready replicas"),
        ] {
            charts.push_str(&chart(id, title, unit));
        }
    }
    if fleet {
        for (id, title, unit) in [
            (
                "nodes",
                "Nodes",
                "ready: mean; booting, draining and pods pending: peaks",
            ),
            ("cost", "Cost", "per hour"),
            ("reserved", "Reserved on nodes", "of allocatable"),
        ] {
            charts.push_str(&chart(id, title, unit));
        }
    }
    let choice = if series.workloads.len() > 1 {
        let options: String = series
            .workloads
            .iter()
            .enumerate()
            .map(|(i, workload)| format!("<option value=\"{i}\">{}</option>", escape(&workload.name)))
            .collect();
        format!("<label>Workload <select id=\"workload\">{options}</select></label>")
    } else {
        String::new()
    };
    let samples = series.samples_per_point(data::limit(series));
    let thinned = if samples > 1 {
        format!(
            "<p class=\"note\">One point stands for up to {} samples: means are their means, peaks and latencies the \
             worst of them.</p>",
            format::count(samples)
        )
    } else {
        String::new()
    };
    let faults = if series.faults.kept.is_empty() {
        String::new()
    } else {
        let some = series
            .faults
            .note(series.faults.kept.len(), "faults", "faults.csv")
            .unwrap_or_default();
        format!(
            "<p class=\"note\">Tinted bands are faults, each from its beginning until as many replicas answered as before. \
             {some}</p>"
        )
    };
    format!(
        "<section id=\"charts\" aria-labelledby=\"h-charts\"><h2 id=\"h-charts\">Over time</h2>{one}\
         <div class=\"controls\">{choice}<button type=\"button\" id=\"reset\" disabled>Whole run</button>\
         <span class=\"hint\">Drag to zoom in, double-click to zoom out. Keys on a chart: ← → + − 0.</span></div>\
         <noscript><p class=\"note\">Charts need JavaScript; the same figures are in <code>plots/</code>.</p></noscript>\
         <div class=\"charts\">{charts}</div>{faults}{thinned}</section>\n"
    )
}

fn chart(id: &str, title: &str, unit: &str) -> String {
    format!(
        "<figure class=\"chart\" id=\"chart-{id}\" tabindex=\"0\" aria-label=\"{title} over time\">\
         <figcaption>{title} <span>{unit}</span></figcaption><div class=\"plot\"></div></figure>"
    )
}
