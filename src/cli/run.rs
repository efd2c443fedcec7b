//! `run`: a scenario, once or several times.

use super::arguments::{Format, RunArgs};
use super::folder::{Folder, Kind, folder_name};
use super::written::Origin;
use super::{Context, Exit, Failure, load, objectives, replications, requests, runner, written};
use crate::experiment::Job;
use crate::report::summary::Intervals;
use crate::report::{RowCounts, RunWriter, SeriesCollector, Tee, WriteError, summary, terminal};
use crate::sim::{Outcome, Sink};
use serde_json::json;
use std::path::{Path, PathBuf};

/// The usual folder of all results.
const OUT: &str = "out";
const ROWS: &[&str] = &[
    "timeseries.csv",
    "cluster.csv",
    "decisions.csv",
    "pods.csv",
    "nodes.csv",
    "faults.csv",
    "jobs.csv",
    "gpus.csv",
];

pub(super) fn run(args: &RunArgs, context: &Context) -> Result<Exit, Failure> {
    let chosen = load::scenario(
        args.file.as_deref(),
        &args.scenario.overrides,
        args.scenario.traces.as_ref(),
        context,
    )?;
    let scenario = match &args.variant {
        Some(name) => chosen.variant(name)?,
        None => chosen.baseline.clone(),
    };
    let usual = || {
        let name = match &args.variant {
            Some(variant) => format!("{}-{variant}", chosen.baseline.name),
            None => chosen.baseline.name.clone(),
        };
        default_folder(&name)
    };
    let folder = match args.folder.no_files {
        true => None,
        false => Some(Folder::take(
            args.out.clone().unwrap_or_else(usual),
            Kind::Run,
            args.folder.force,
        )?),
    };
    let sink = folder.as_ref().map(|folder| {
        let requests = requests::opened(args.requests, folder)?;
        let writer = opened(folder, RunWriter::create(folder.path()))?;
        Ok::<_, Failure>(Tee::new(writer, Tee::new(SeriesCollector::default(), requests)))
    });
    let mut sink = sink.transpose()?;
    let jobs: Vec<Job> = (0..args.replications)
        .map(|replication| Job {
            scenario: scenario.clone(),
            seed: args.scenario.seed.unwrap_or(scenario.seed),
            replication,
        })
        .collect();
    let rows = sink.as_mut().map(|sink| sink as &mut (dyn Sink + Send));
    let ran = runner::run_jobs(&jobs, &args.scenario, &context.console, &scenario.name, rows);
    if let Some(failure) = ran.failure() {
        drop(sink);
        folder.iter().for_each(Folder::abandon);
        return Err(failure);
    }
    let mut outcomes: Vec<Outcome> = ran.outcomes.into_iter().flatten().collect();
    let Some(first) = outcomes.first().cloned() else {
        drop(sink);
        folder.iter().for_each(Folder::abandon);
        return Ok(Exit::Interrupted);
    };
    outcomes.retain(runner::is_whole);
    let intervals = replications::intervals(args.replications, &outcomes);
    let mut origin = Origin {
        command: command(args),
        replications: outcomes.len() as u64,
        objectives: objectives::over(&outcomes),
        basis: objectives::basis(&outcomes),
        rows: RowCounts::new(),
    };
    if let (Some(folder), Some(sink)) = (&folder, sink) {
        let series = sink.second.first.finish();
        origin.rows = sink.first.finish()?;
        let requests = requests::finish(sink.second.second)?;
        let plots = written::write(folder, &first, &series, intervals.as_ref(), &origin)?;
        let mut kept = vec![
            "outcome.json",
            "run.json",
            "summary.csv",
            "calls.csv",
            "report.html",
        ];
        kept.extend(ROWS);
        kept.extend(requests);
        if intervals.is_some() {
            let variant = args.variant.as_deref().unwrap_or("baseline");
            replications::write(folder.path(), outcomes.iter().map(|outcome| (variant, outcome)))?;
            kept.push("replications.csv");
        }
        folder.remove_stale(&kept, &plots);
    }
    let unfinished = (ran.interrupted && args.replications > 1).then(|| {
        format!(
            "Interrupted: {} of {} replications were finished.",
            outcomes.len(),
            args.replications
        )
    });
    let shown = Shown {
        outcome: origin.shown(&first),
        intervals,
        notes: unfinished.into_iter().chain(origin.basis).collect(),
        folder: folder.as_ref().map(Folder::path),
        quick_start: args.file.is_none(),
    };
    shown.print(context)?;
    Ok(if ran.interrupted {
        Exit::Interrupted
    } else if shown.outcome.objectives.iter().any(|objective| !objective.met) {
        Exit::Missed
    } else {
        Exit::Done
    })
}

/// What is told at the end.
struct Shown<'a> {
    outcome: Outcome,
    intervals: Option<Intervals>,
    notes: Vec<String>,
    folder: Option<&'a Path>,
    quick_start: bool,
}

impl Shown<'_> {
    fn print(&self, context: &Context) -> Result<(), Failure> {
        let console = &context.console;
        if console.silent() {
            return Ok(());
        }
        let place = self.folder.map(|folder| {
            format!(
                "Report: {}\nFiles:  {}",
                folder.join("report.html").display(),
                folder.display()
            )
        });
        match console.format() {
            Format::Table => {
                let mut text = terminal::summary(&self.outcome, self.intervals.as_ref(), console.sheet());
                for line in self.notes.iter().chain(&place) {
                    text.push('\n');
                    text.push_str(line);
                }
                if self.quick_start {
                    text.push_str(
                        "\nThis was the built-in quick start; `tonnage new` writes it as a file to change.",
                    );
                }
                console.print(&text)
            }
            Format::Csv => {
                place.iter().for_each(|place| console.note(place));
                console.print(&summary::to_csv(&self.outcome, self.intervals.as_ref()))
            }
            Format::Json => {
                place.iter().for_each(|place| console.note(place));
                console.print_json(&self.json())
            }
        }
    }

    fn json(&self) -> serde_json::Value {
        let replications = self.intervals.as_ref().map_or(1, Intervals::replications);
        let numbers: Vec<_> = summary::metrics(&self.outcome)
            .into_iter()
            .map(|number| {
                let estimate = self
                    .intervals
                    .as_ref()
                    .and_then(|all| all.get(number.scope, &number.name, &number.metric));
                let ends = estimate.and_then(|estimate| estimate.ci95);
                json!({
                    "scope": number.scope,
                    "name": number.name,
                    "metric": number.metric,
                    "unit": number.unit,
                    "mean": estimate.map_or(number.value, |estimate| Some(estimate.mean)),
                    "ci95_low": ends.map(|ends| ends.0),
                    "ci95_high": ends.map(|ends| ends.1),
                })
            })
            .collect();
        json!({
            "folder": self.folder.map(|folder| folder.display().to_string()),
            "replications": replications,
            "outcome": self.outcome,
            "metrics": numbers,
        })
    }
}

/// `out/NAME`.
pub(super) fn default_folder(name: &str) -> PathBuf {
    Path::new(OUT).join(folder_name(name))
}

/// A folder that cannot be written is the user's choice, known before anything has run.
pub(super) fn opened<T>(folder: &Folder, opened: Result<T, WriteError>) -> Result<T, Failure> {
    opened.map_err(|error| {
        folder.abandon();
        Failure::usage(error.to_string()).help(Some("choose another folder with --out, or --no-files"))
    })
}

/// The command that repeats a run; what changes no result is left out.
fn command(args: &RunArgs) -> String {
    let mut words = vec!["tonnage".to_owned(), "run".to_owned()];
    words.extend(args.file.iter().map(|file| quoted(&file.display().to_string())));
    let mut option = |name: &str, value: Option<String>| {
        words.extend(value.map(|value| format!("--{name} {}", quoted(&value))));
    };
    option("variant", args.variant.clone());
    option(
        "replications",
        (args.replications > 1).then(|| args.replications.to_string()),
    );
    option("seed", args.scenario.seed.map(|seed| seed.to_string()));
    for change in &args.scenario.overrides {
        option("set", Some(change.clone()));
    }
    words.join(" ")
}

/// A word as a shell takes it.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,%+@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_command_can_be_pasted_back() {
        assert_eq!(quoted("duration=2h"), "duration=2h");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
