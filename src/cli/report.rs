//! `report`: page and plots from the files of a finished run.

use super::arguments::{Format, ReportArgs};
use super::folder::{Folder, Kind};
use super::{Context, Exit, Failure, written};
use crate::report::load_run;
use serde_json::json;

pub(super) fn report(args: &ReportArgs, context: &Context) -> Result<Exit, Failure> {
    if !args.folder.join("outcome.json").is_file() {
        let failure = Failure::usage(format!("{} is not the folder of a run", args.folder.display()));
        return Err(failure.help(Some("a run's folder holds outcome.json; `tonnage run` makes one")));
    }
    let (outcome, series) = load_run(&args.folder)?;
    let folder = Folder::take(args.folder.clone(), Kind::Run, true)?;
    let origin = written::read_origin(folder.path());
    let intervals = written::read_intervals(folder.path(), origin.replications);
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
