//! `compare`: variants against a baseline, under common random numbers.

use super::arguments::{CompareArgs, Format};
use super::folder::{Folder, Kind};
use super::load::Chosen;
use super::run::{default_folder, opened, quoted};
use super::{Context, Exit, Failure, load, objectives, replications, runner};
use crate::experiment::{self, Job, Judgement, LEVEL};
use crate::report::atomic::PartialFile;
use crate::report::compare::{to_csv, to_terminal};
use crate::report::compare_answer;
use crate::report::{
    ComparisonRow, ComparisonTable, Contender, Difference, Estimate, Made, Verdict, compare_page,
    write_atomically,
};
use crate::sim::{Outcome, Scenario};
use crate::stats::MeanInterval;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn compare(args: &CompareArgs, context: &Context) -> Result<Exit, Failure> {
    let chosen = load::scenario(
        Some(&args.file),
        &args.scenario.overrides,
        args.scenario.traces.as_ref(),
        context,
    )?;
    let entrants = entrants(args, &chosen)?;
    let title = chosen.baseline.name.clone();
    let folder = match args.folder.no_files {
        true => None,
        false => {
            let usual = || default_folder(&format!("{title}-compare"));
            let folder = Folder::take(
                args.out.clone().unwrap_or_else(usual),
                Kind::Comparison,
                args.folder.force,
            )?;
            // Opened and dropped again: a place that cannot be written is known before the runs.
            let made = std::fs::create_dir_all(folder.path());
            made.map_err(|error| {
                let what = format!("cannot write {}: {error}", folder.path().display());
                Failure::usage(what).help(Some("choose another folder with --out, or --no-files"))
            })?;
            drop(opened(
                &folder,
                PartialFile::create(&folder.path().join("comparison.csv")),
            )?);
            Some(folder)
        }
    };
    let seed = args.scenario.seed.unwrap_or(chosen.baseline.seed);
    // Replication by replication, so that what Ctrl-C leaves is pairs.
    let jobs: Vec<Job> = (0..args.replications)
        .flat_map(|replication| {
            entrants.iter().map(move |(_, scenario)| Job {
                scenario: scenario.clone(),
                seed,
                replication,
            })
        })
        .collect();
    let ran = runner::run_jobs(&jobs, &args.scenario, &context.console, &title, None);
    if let Some(failure) = ran.failure() {
        folder.iter().for_each(Folder::abandon);
        return Err(failure);
    }
    let mut outcomes: Vec<(String, Vec<Outcome>)> = entrants
        .iter()
        .map(|(name, _)| (name.clone(), Vec::new()))
        .collect();
    for (index, outcome) in ran.outcomes.into_iter().enumerate() {
        let slot = index % entrants.len();
        outcomes[slot].1.extend(outcome.filter(runner::is_whole));
    }
    if args.replications == 1 && !ran.interrupted {
        settle(&mut outcomes, &entrants, seed, args, context);
    }
    let ((baseline, base), variants) = outcomes
        .split_first()
        .ok_or_else(|| Failure::usage("nothing to compare"))?;
    let comparison = experiment::compare((baseline, base), variants);
    if ran.interrupted && comparison.lines.is_empty() {
        folder.iter().for_each(Folder::abandon);
        context
            .console
            .note("Interrupted before a pair of runs was finished: there is nothing to compare.");
        return Ok(Exit::Interrupted);
    }
    let table = table_of(&comparison, &outcomes, seed, args);
    if let Some(folder) = &folder {
        write_atomically(&folder.path().join("comparison.csv"), to_csv(&table).as_bytes())?;
        let rows = outcomes
            .iter()
            .flat_map(|(name, outcomes)| outcomes.iter().map(|outcome| (name.as_str(), outcome)));
        replications::write(folder.path(), rows)?;
        compare_page::write(&folder.path().join("compare.html"), &table)?;
        folder.remove_stale(&["comparison.csv", "replications.csv", "compare.html"], &[]);
    }
    print(&table, &comparison, folder.as_ref(), context)?;
    Ok(if ran.interrupted {
        Exit::Interrupted
    } else {
        Exit::Done
    })
}

/// One run of each says nothing, unless nothing is random: adds a second run of each if it is the same as the first.
/// The baseline goes ahead, so that a scenario with randomness pays for one run more and not for all.
fn settle(
    outcomes: &mut [(String, Vec<Outcome>)],
    entrants: &[(String, Arc<Scenario>)],
    seed: u64,
    args: &CompareArgs,
    context: &Context,
) {
    let (first, others) = entrants.split_at(1);
    let mut again: Vec<Outcome> = Vec::new();
    for entrants in [first, others] {
        let jobs: Vec<Job> = entrants
            .iter()
            .map(|(_, scenario)| Job {
                scenario: scenario.clone(),
                seed,
                replication: 1,
            })
            .collect();
        let what = "is anything random?";
        let ran = runner::run_jobs(&jobs, &args.scenario, &context.console, what, None);
        let from = again.len();
        again.extend(ran.outcomes.into_iter().flatten().filter(runner::is_whole));
        let same = |((_, once), twice): (&(String, Vec<Outcome>), &Outcome)| {
            once.first().is_some_and(|once| once.digest == twice.digest)
        };
        let whole = again.len() == from + entrants.len();
        if !whole || !outcomes[from..].iter().zip(&again[from..]).all(same) {
            return;
        }
    }
    for ((_, outcomes), twice) in outcomes.iter_mut().zip(again) {
        outcomes.push(twice);
    }
}

/// The baseline first, then the variants in the order asked for.
fn entrants(args: &CompareArgs, chosen: &Chosen) -> Result<Vec<(String, Arc<Scenario>)>, Failure> {
    if chosen.variants.is_empty() {
        let failure = Failure::usage(format!("{} has no variants to compare", args.file.display()));
        return Err(failure.help(Some(
            "add some, such as  variants: {eager: {policies.pod_scaling.shop.target_tracking.utilization: 50%}}",
        )));
    }
    let standing = chosen.baseline_name.as_str();
    let all = || {
        let own = std::iter::once((standing.to_owned(), chosen.baseline.clone()));
        own.chain(chosen.variants.iter().cloned())
    };
    let find = |name: &str| {
        let found = all().find(|(known, _)| known == name);
        let names =
            || std::iter::once(standing).chain(chosen.variants.iter().map(|(known, _)| known.as_str()));
        found.ok_or_else(|| load::unknown("variant", name, names))
    };
    let baseline = find(args.baseline.as_deref().unwrap_or(standing))?;
    let mut entrants = vec![baseline.clone()];
    if args.variants.is_empty() {
        entrants.extend(all().filter(|(name, _)| *name != baseline.0));
    }
    for name in &args.variants {
        let entrant = find(name)?;
        if entrants.iter().any(|(known, _)| *known == entrant.0) {
            return Err(Failure::usage(format!(
                "`{name}` would be compared twice, or with itself"
            )));
        }
        entrants.push(entrant);
    }
    Ok(entrants)
}

/// What the baseline or a variant did by itself.
fn contender((name, outcomes): &(String, Vec<Outcome>)) -> Contender {
    let costs: Vec<f64> = outcomes
        .iter()
        .filter(|outcome| !outcome.cluster.pools.is_empty())
        .map(|outcome| outcome.cluster.cost_usd)
        .collect();
    let cost = MeanInterval::of(&costs, LEVEL).map(|mean| Estimate {
        mean: mean.mean,
        ci95: mean.low().zip(mean.high()).filter(|_| !mean.is_deterministic()),
        replications: costs.len() as u64,
    });
    Contender {
        name: name.clone(),
        objectives: objectives::over(outcomes),
        cost,
    }
}

/// The command that repeats a comparison; what changes no result is left out.
fn command(args: &CompareArgs) -> String {
    let mut words = vec![
        "tonnage".to_owned(),
        "compare".to_owned(),
        quoted(&args.file.display().to_string()),
    ];
    let mut option = |name: &str, value: Option<String>| {
        words.extend(value.map(|value| format!("--{name} {}", quoted(&value))));
    };
    option("baseline", args.baseline.clone());
    option(
        "variants",
        (!args.variants.is_empty()).then(|| args.variants.join(",")),
    );
    option("replications", Some(args.replications.to_string()));
    option("seed", args.scenario.seed.map(|seed| seed.to_string()));
    for change in &args.scenario.overrides {
        option("set", Some(change.clone()));
    }
    words.join(" ")
}

fn table_of(
    comparison: &experiment::Comparison,
    outcomes: &[(String, Vec<Outcome>)],
    seed: u64,
    args: &CompareArgs,
) -> ComparisonTable {
    let first = outcomes.first().and_then(|(_, outcomes)| outcomes.first());
    let made = first.map(|first| Made {
        seed,
        version: first.version.clone(),
        duration_s: first.duration_s,
        warmup_s: first.warmup_s,
        assumptions: first.assumptions.clone(),
        command: command(args),
    });
    let row = |line: &experiment::Line| {
        let difference = line.difference.low().zip(line.difference.high());
        ComparisonRow {
            metric: line.metric.name.clone(),
            unit: line.metric.unit.to_owned(),
            baseline_mean: line.baseline_mean,
            variant: line.variant.clone(),
            mean: line.mean,
            difference: difference
                .filter(|_| !line.difference.is_deterministic())
                .map(|(low, high)| Difference {
                    mean: line.difference.mean(),
                    low,
                    high,
                }),
            verdict: match line.judgement {
                Judgement::Better => Verdict::Better,
                Judgement::Worse => Verdict::Worse,
                Judgement::Different => Verdict::Different,
                Judgement::NotSignificant => Verdict::NoSignificantDifference,
                Judgement::Equal => Verdict::Equal,
                Judgement::Unknown => Verdict::Unknown,
            },
        }
    };
    let adjusted = comparison.variants > 1 && !comparison.deterministic && comparison.replications > 1;
    ComparisonTable {
        title: first.map(|first| first.scenario.clone()).unwrap_or_default(),
        story: first.map(|first| first.story.clone()).unwrap_or_default(),
        contenders: outcomes.iter().map(contender).collect(),
        made: made.unwrap_or_default(),
        baseline: comparison.baseline.clone(),
        replications: comparison.replications,
        deterministic: comparison.deterministic,
        note: adjusted.then(|| {
            format!(
                "Verdicts are Holm-adjusted for {} variants; intervals are not, so one that just leaves out zero may \
                 still be no significant difference.",
                comparison.variants
            )
        }),
        rows: comparison.lines.iter().map(row).collect(),
    }
}

fn print(
    table: &ComparisonTable,
    comparison: &experiment::Comparison,
    folder: Option<&Folder>,
    context: &Context,
) -> Result<(), Failure> {
    let console = &context.console;
    if console.silent() {
        return Ok(());
    }
    let place = folder.map(|folder| {
        let page = folder.path().join("compare.html");
        format!("Report: {}\nFiles:  {}", page.display(), folder.path().display())
    });
    match console.format() {
        Format::Table => {
            let text = to_terminal(table, console.sheet());
            console.print(&text)?;
            place.iter().try_for_each(|place| console.print(place))
        }
        Format::Csv => {
            place.iter().for_each(|place| console.note(place));
            console.print(&to_csv(table))
        }
        Format::Json => {
            place.iter().for_each(|place| console.note(place));
            console.print_json(&json_of(table, comparison, folder))
        }
    }
}

fn json_of(table: &ComparisonTable, comparison: &experiment::Comparison, folder: Option<&Folder>) -> Value {
    let rows: Vec<_> = table
        .rows
        .iter()
        .zip(&comparison.lines)
        .map(|(row, line)| {
            json!({
                "variant": row.variant,
                "metric": row.metric,
                "unit": row.unit,
                "baseline_mean": row.baseline_mean,
                "mean": row.mean,
                "difference": row.shift(),
                "ci95_low": row.difference.map(|it| it.low),
                "ci95_high": row.difference.map(|it| it.high),
                "p_adjusted": line.p_adjusted,
                "pairs": line.difference.n(),
                "verdict": row.verdict.words(),
            })
        })
        .collect();
    json!({
        "scenario": table.title,
        "answer": compare_answer::answer(table),
        "baseline": table.baseline,
        "contenders": table.contenders.iter().map(|contender| json!({
            "name": contender.name,
            "objectives": contender.objectives,
            "cost_usd": contender.cost.map(|cost| cost.mean),
        })).collect::<Vec<_>>(),
        "seed": table.made.seed,
        "replications": table.replications,
        "deterministic": table.deterministic,
        "folder": folder.map(|folder| folder.path().display().to_string()),
        "rows": rows,
    })
}
