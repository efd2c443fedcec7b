//! What a run leaves besides its rows: summaries, page, plots, and `run.json`, which says how it was made.
//!
//! Knows the files of a run's folder and how to read back what the outcome does not hold. Must not know how the run was
//! done.

use super::Failure;
use super::folder::Folder;
use crate::report::summary::{Estimate, Intervals};
use crate::report::{PageInput, Series, page, plots, write_atomically, write_outcome};
use crate::sim::Outcome;
use crate::sim::outcome::ObjectiveOutcome;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// `run.json`: what a page shows beyond one outcome.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Origin {
    /// The command that repeats it.
    pub(super) command: String,
    /// Replications that were finished.
    pub(super) replications: u64,
    /// Objectives over all replications.
    pub(super) objectives: Vec<ObjectiveOutcome>,
    /// What these rest on.
    pub(super) basis: Option<String>,
}

impl Origin {
    /// The outcome as it is shown: with the objectives over all replications.
    pub(super) fn shown(&self, outcome: &Outcome) -> Outcome {
        let mut shown = outcome.clone();
        if self.replications > 1 {
            shown.objectives.clone_from(&self.objectives);
            shown.assumptions.extend(self.basis.clone());
        }
        shown
    }
}

/// Writes everything of a run but its rows and `replications.csv`; returns the plots.
pub(super) fn write(
    folder: &Folder,
    outcome: &Outcome,
    series: &Series,
    intervals: Option<&Intervals>,
    origin: &Origin,
) -> Result<Vec<&'static str>, Failure> {
    write_outcome(folder.path(), outcome, intervals)?;
    let mut json = serde_json::to_vec_pretty(origin).map_err(|error| Failure::Running(error.into()))?;
    json.push(b'\n');
    write_atomically(&folder.path().join("run.json"), &json)?;
    pictures(folder, outcome, series, intervals, origin)
}

/// Writes page and plots; returns the plots.
pub(super) fn pictures(
    folder: &Folder,
    outcome: &Outcome,
    series: &Series,
    intervals: Option<&Intervals>,
    origin: &Origin,
) -> Result<Vec<&'static str>, Failure> {
    let plots = plots::write_all(&folder.plots(), outcome, series)?;
    let input = PageInput {
        outcome: &origin.shown(outcome),
        series,
        intervals,
        command: Some(origin.command.as_str()).filter(|command| !command.is_empty()),
    };
    page::write(&folder.path().join("report.html"), &input)?;
    Ok(plots)
}

/// `run.json` of a finished run; without it, or if it cannot be read, nothing beyond the outcome is known.
pub(super) fn read_origin(folder: &Path) -> Origin {
    std::fs::read(folder.join("run.json"))
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default()
}

/// The intervals in `summary.csv`; `None` for a single run.
pub(super) fn read_intervals(folder: &Path, replications: u64) -> Option<Intervals> {
    if replications < 2 {
        return None;
    }
    let mut intervals = Intervals::new(replications);
    let mut reader = csv::Reader::from_path(folder.join("summary.csv")).ok()?;
    for record in reader.records() {
        let record = record.ok()?;
        let number = |column: usize| record.get(column)?.parse::<f64>().ok();
        let (Some(mean), Some(n)) = (number(4), number(7)) else {
            continue;
        };
        let estimate = Estimate {
            mean,
            ci95: number(5).zip(number(6)),
            replications: n as u64,
        };
        intervals.insert(record.get(0)?, record.get(1)?, record.get(2)?, estimate);
    }
    Some(intervals)
}
