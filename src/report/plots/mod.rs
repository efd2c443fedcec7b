//! Plots of a run as SVG files, for slides and documents; the page draws its own.
//!
//! Knows which figures there are and how they are put together. Must not know how a line is drawn: that is `panel`.

pub(crate) mod axis;
mod latency;
mod nodes;
mod palette;
mod panel;
mod replicas;
mod utilization;

use std::fs;
use std::path::Path;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, VPos};

use super::atomic::{WriteError, write_atomically};
use super::series::{Series, WorkloadSeries};
use crate::sim::outcome::Outcome;
use palette::{INK, QUIET};
use panel::{Panel, TimeAxis, text};

pub use latency::latency;
pub use nodes::nodes;
pub use replicas::replicas;
pub use utilization::utilization;

const WIDTH: u32 = 1000;
const HEADER: u32 = 52;
// More panels than this are a wall, not a figure.
const MOST_WORKLOADS: usize = 6;
// About one a pixel: finer detail would not be seen.
const MOST_POINTS: usize = 800;

/// Writes every figure that has something to show to `dir` (usually `plots/` in a run's folder) and returns the names.
///
/// # Errors
/// If the folder or a file cannot be written.
pub fn write_all(dir: &Path, outcome: &Outcome, series: &Series) -> Result<Vec<&'static str>, WriteError> {
    fs::create_dir_all(dir).map_err(|e| WriteError::new(dir, e))?;
    let figures = [
        ("replicas.svg", replicas(outcome, series)),
        ("latency.svg", latency(outcome, series)),
        ("nodes.svg", nodes(outcome, series)),
        ("utilization.svg", utilization(outcome, series)),
    ];
    let mut written = Vec::new();
    for (name, svg) in figures {
        if let Some(svg) = svg {
            write_atomically(&dir.join(name), svg.as_bytes())?;
            written.push(name);
        }
    }
    Ok(written)
}

/// Panels below one another under a title; `None` without panels.
fn figure(outcome: &Outcome, series: &Series, title: &str, note: &str, panels: &[Panel]) -> Option<String> {
    if panels.is_empty() {
        return None;
    }
    let note = match series.samples_per_point(MOST_POINTS) {
        0 | 1 => note.to_owned(),
        n => format!(
            "{note} One point is up to {n} samples: means are their means, peaks and latencies the worst."
        ),
    };
    let height = HEADER + panels.iter().map(|panel| panel.height).sum::<u32>() + 12;
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        // The backend writes to memory, which does not fail; a figure that does is left out.
        root.fill(&WHITE).ok()?;
        text(
            &root,
            &format!("{title}: {}", outcome.scenario),
            (8, 18),
            18,
            &INK,
            (HPos::Left, VPos::Center),
        )
        .ok()?;
        text(&root, &note, (8, 39), 12, &QUIET, (HPos::Left, VPos::Center)).ok()?;
        let time = TimeAxis {
            span: outcome.duration_s,
            warmup: outcome.warmup_s,
            faults: &series.faults.kept,
        };
        let (_, mut rest) = root.split_vertically(HEADER);
        for panel in panels {
            let (area, below) = rest.split_vertically(panel.height);
            panel.draw(&area, &time).ok()?;
            rest = below;
        }
        root.present().ok()?;
    }
    Some(svg)
}

/// The workloads a figure shows, the busiest ones in their own order, and what to say about the others.
fn shown<'a>(outcome: &Outcome, series: &'a Series) -> (Vec<&'a WorkloadSeries>, String) {
    let arrived = |name: &str| {
        outcome
            .workloads
            .iter()
            .find(|workload| workload.name == name)
            .map_or(0, |workload| workload.requests.arrived)
    };
    let mut busiest: Vec<_> = series.workloads.iter().enumerate().collect();
    busiest.sort_by_key(|(_, workload)| std::cmp::Reverse(arrived(&workload.name)));
    busiest.truncate(MOST_WORKLOADS);
    busiest.sort_by_key(|(at, _)| *at);
    let all = series.workloads.len();
    let note = if all > MOST_WORKLOADS {
        format!("The {MOST_WORKLOADS} busiest of {all} workloads. ")
    } else {
        String::new()
    };
    (busiest.into_iter().map(|(_, workload)| workload).collect(), note)
}

/// Names a panel's subject only where there is more than one.
fn about(title: &str, workload: &str, all: usize) -> String {
    if all > 1 {
        format!("{workload}: {title}")
    } else {
        title.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn all(outcome: &Outcome, series: &Series) -> Vec<String> {
        [
            replicas(outcome, series),
            latency(outcome, series),
            nodes(outcome, series),
            utilization(outcome, series),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    #[test]
    fn figures_are_well_formed_whatever_a_workload_is_called() {
        let (mut outcome, mut series) = (sample::outcome(), sample::series());
        outcome.scenario = "a & b <i>\"'\u{7}".into();
        series.workloads[0].name = "</text><script>&".into();
        let figures = all(&outcome, &series);
        assert_eq!(figures.len(), 4);
        for svg in figures {
            assert!(!svg.contains("<script>") && !svg.contains("<i>"));
            sample::assert_well_formed(&svg);
        }
    }

    #[test]
    fn a_line_breaks_where_there_is_no_value() {
        let (outcome, mut series) = (sample::outcome(), sample::series());
        series.workloads.truncate(1);
        let lines = |series: &Series| latency(&outcome, series).unwrap().matches("<polyline").count();
        let with_gap = lines(&series);
        for point in &mut series.workloads[0].points {
            point.latency_p50_s = point.latency_p50_s.or(Some(0.1));
        }
        assert_eq!(with_gap, lines(&series) + 1);
    }

    #[test]
    fn a_run_without_machines_or_requests_has_no_empty_figures() {
        let (outcome, mut series) = (sample::silent(), sample::series());
        series.cluster.clear();
        assert!(nodes(&outcome, &series).is_none());
        series.workloads.clear();
        assert!(all(&outcome, &series).is_empty());
    }

    #[test]
    fn many_workloads_are_cut_to_the_busiest() {
        let (outcome, mut series) = (sample::outcome(), sample::series());
        for i in 0..40 {
            let mut extra = series.workloads[1].clone();
            extra.name = format!("extra-{i}");
            series.workloads.insert(0, extra);
        }
        let svg = latency(&outcome, &series).unwrap();
        assert!(
            svg.contains("The 6 busiest of 42 workloads") && svg.contains("shop: "),
            "{svg}"
        );
    }
}
