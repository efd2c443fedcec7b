//! What a run leaves besides its rows: summaries, page, plots, and `run.json`, which says how it was made.
//!
//! Knows the files of a run's folder and how to read back what the outcome does not hold. Must not know how the run was
//! done.

use super::Failure;
use super::folder::Folder;
use crate::report::summary::Intervals;
use crate::report::{
    LoadError, PageInput, RowCounts, Series, load_json, page, plots, write_atomically, write_outcome,
};
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
    /// How many rows its CSV files have.
    pub(super) rows: RowCounts,
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

/// `run.json` of a finished run; without it nothing beyond the outcome is known.
pub(super) fn read_origin(folder: &Path) -> Result<Origin, LoadError> {
    let path = folder.join("run.json");
    if path.exists() {
        load_json(&path, "what a run says of itself")
    } else {
        Ok(Origin::default())
    }
}
