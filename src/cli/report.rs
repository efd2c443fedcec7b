//! `report`: page and plots from the files of a finished run.

use super::arguments::{Format, ReportArgs};
use super::folder::{Folder, Kind};
use super::{Context, Exit, Failure, written};
use crate::report::{load_intervals, load_run};
use serde_json::json;

pub(super) fn report(args: &ReportArgs, context: &Context) -> Result<Exit, Failure> {
    if !args.folder.join("outcome.json").is_file() {
        let failure = Failure::usage(format!("{} is not the folder of a run", args.folder.display()));
        return Err(failure.help(Some("a run's folder holds outcome.json; `tonnage run` makes one")));
    }
    let origin = written::read_origin(&args.folder)?;
    let (outcome, series) = load_run(&args.folder, &origin.rows)?;
    let intervals = load_intervals(&args.folder, &outcome, origin.replications)?;
    // What a run leaves and a user has deleted is missed on the page, and said.
    for name in origin.rows.keys().filter(|name| !args.folder.join(name).exists()) {
        let missing = args.folder.join(name);
        let note = format!("{} is missing: the page does without it", missing.display());
        context.console.note(&note);
    }
    let folder = Folder::take(args.folder.clone(), Kind::Run, true)?;
    let plots = written::pictures(&folder, &outcome, &series, intervals.as_ref(), &origin)?;
    let page = folder.path().join("report.html").display().to_string();
    let plots: Vec<_> = plots
        .iter()
        .map(|name| folder.plots().join(name).display().to_string())
        .collect();
    let console = &context.console;
    if console.silent() {
        return Ok(Exit::Done);
    }
    match console.format() {
        Format::Table => console.print(&format!("Report: {page}\nPlots:  {}", plots.join("\n        ")))?,
        Format::Json => console.print_json(&json!({"report": page, "plots": plots}))?,
        Format::Csv => {
            let rows = std::iter::once(&page)
                .chain(&plots)
                .map(|file| vec![file.clone()]);
            console.print(&super::tables::csv(&["file"], rows))?;
        }
    }
    Ok(Exit::Done)
}
