//! `pack --instances` and `pack --items --bins`: packing problems, heuristic against heuristic and against proven bounds.
//!
//! Knows how files, packings and reports are joined. Must not know how one of them goes.

use super::super::arguments::Format;
use super::super::folder::{Folder, Kind};
use super::super::run::quoted;
use super::at_work::{at_work, nothing_to_show};
use super::heuristics::{self, Named};
use super::shown::{Shown, exit};
use super::written::Files;
use super::{Context, Exit, Failure, PackArgs};
use crate::experiment::pack_items;
use crate::input::packing::{
    ItemOrder, Optima, PackingLimits, Problems, Read, read_instances, read_tables, read_text,
};
use crate::model::packing::Instance;
use crate::report::packing::{self, Bars, PackingReport};
use crate::sim::packing::items::{PackedInstance, pack as pack_once};
use clap::{Args, ValueHint};
use std::path::{Path, PathBuf};

/// Whatever a heuristic draws, it draws from this seed where none is asked for.
const SEED: u64 = 1;

#[derive(Args, Debug)]
#[command(next_help_heading = "Packing problems")]
#[group(id = "instance_input")]
pub(super) struct InstanceArgs {
    /// Packing problems: files, folders or .tar.gz of VBP or OR-Library files
    #[arg(long, value_name = "FILE|DIR|TAR.GZ", value_hint = ValueHint::AnyPath, num_args = 1.., conflicts_with = "fleet_input")]
    instances: Vec<PathBuf>,
    /// Items to pack, as CSV: name, optional class and count, and a column a dimension
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "bins", conflicts_with_all = ["instances", "fleet_input"])]
    items: Option<PathBuf>,
    /// The bins for them, as CSV: name, optional price (USD an hour) and count, and the same dimensions
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "items")]
    bins: Option<PathBuf>,
    /// In which order items are presented, by their number: {"20": [13, 12, …]} [default: as in the file]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    item_order: Option<PathBuf>,
    /// Published optima: a table with the columns instance_name and OPT
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    optima: Option<PathBuf>,
}

/// What is packed, and what a reader must know of it.
struct Loaded {
    instances: Vec<Read>,
    optima: Option<Optima>,
    notes: Vec<String>,
}

pub(super) fn pack(args: &PackArgs, context: &Context) -> Result<Exit, Failure> {
    let named = heuristics::chosen(&args.policies, context.catalog)?;
    let loaded = load(&args.instances)?;
    let folder = args.folder(Kind::Items)?;
    let (policies, packers): (Vec<String>, Vec<_>) = named.into_iter().unzip();
    let instances: Vec<(Instance, Option<u64>)> = loaded
        .instances
        .into_iter()
        .map(|read| (read.instance, read.best_known))
        .collect();
    let seed = args.seed.unwrap_or(SEED);
    let work = at_work(args, context, "packing", |settings| {
        pack_items(&instances, &packers, seed, settings)
    });
    let interrupted = work.was_cut_short(|packed| packed.iter().any(Option::is_none));
    let packed: Vec<PackedInstance> = work.found.into_iter().flatten().collect();
    if packed.is_empty() {
        return Ok(nothing_to_show("an instance", context));
    }
    let mut notes = loaded.notes;
    notes.extend(doubted_optima(&packed, loaded.optima.as_ref()));
    let named: Vec<Named> = policies.iter().cloned().zip(packers).collect();
    let report = report_of(args, &instances, packed, &named, notes);
    if let Some(folder) = &folder {
        write(folder, &report)?;
    }
    if context.console.format() != Format::Table {
        report.notes.iter().for_each(|note| context.console.note(note));
    }
    let shown = Shown {
        csv: &|| packing::to_csv(&report),
        json: &|| packing::to_json(&report),
        table: &|_| packing::to_terminal(&report, context.console.sheet()),
    };
    shown.print(folder.as_ref(), context)?;
    Ok(exit(interrupted))
}

/// Everything that is read, or everything that is wrong with it.
fn load(args: &InstanceArgs) -> Result<Loaded, Failure> {
    let limits = PackingLimits::default();
    let mut problems = Problems::default();
    let mut kept = |result: Result<Vec<Read>, Problems>| {
        result.unwrap_or_else(|found| {
            problems.append(found);
            Vec::new()
        })
    };
    let mut instances = match (&args.items, &args.bins) {
        (Some(items), Some(bins)) => kept(tables(items, bins, &limits)),
        _ if args.instances.is_empty() => {
            return Err(Failure::usage("there is nothing to pack")
                .help(Some("name packing problems with --instances, or --items and --bins, or a fleet with --nodes and --pods, or a cluster with --state")));
        }
        _ => kept(read_instances(&args.instances, &limits)),
    };
    let order = side_file(args.item_order.as_deref(), &limits, ItemOrder::read);
    let optima = side_file(args.optima.as_deref(), &limits, Optima::read);
    let mut noted = |found: Problems| problems.append(found);
    let order = order.map_err(&mut noted).ok().flatten();
    let optima = optima.map_err(&mut noted).ok().flatten();
    if !problems.is_empty() {
        return Err(Failure::Input(problems.to_string()));
    }
    let mut notes = Vec::new();
    let all = instances.len();
    if let Some(order) = order {
        let kept = order.apply(&mut instances);
        if kept > 0 {
            notes.push(format!(
                "{kept} of {all} instances keep the order of their file: --item-order has none for their number of items."
            ));
        }
    }
    if let Some(optima) = &optima {
        let absent = optima.apply(&mut instances);
        if absent > 0 {
            notes.push(format!("{absent} of {all} instances are not in --optima."));
        }
    }
    let below = instances
        .iter()
        .filter(|read| read.instance.has_sizes_below_zero())
        .count();
    if below > 0 {
        notes.push(format!(
            "{below} of {all} instances have sizes below 0, as published: each three items in a row fill a bin exactly."
        ));
    }
    Ok(Loaded {
        instances,
        optima,
        notes,
    })
}

fn tables(items: &Path, bins: &Path, limits: &PackingLimits) -> Result<Vec<Read>, Problems> {
    let mut problems = Problems::default();
    let mut text = |path: &Path| {
        let text = read_text(path, limits);
        text.map_err(|found| problems.append(found)).unwrap_or_default()
    };
    let (item_text, bin_text) = (text(items), text(bins));
    problems.or(())?;
    let (item_name, bin_name) = (items.display().to_string(), bins.display().to_string());
    read_tables((&item_name, &item_text), (&bin_name, &bin_text), limits).map(|read| vec![read])
}

/// What a file beside the instances says, if there is one.
fn side_file<T>(
    path: Option<&Path>,
    limits: &PackingLimits,
    read: fn(&str, &str) -> Result<T, Problems>,
) -> Result<Option<T>, Problems> {
    let Some(path) = path else { return Ok(None) };
    let text = read_text(path, limits)?;
    read(&path.display().to_string(), &text).map(Some)
}

/// Optima that cannot be: somebody needs fewer bins, or nobody can do with so few.
fn doubted_optima(packed: &[PackedInstance], optima: Option<&Optima>) -> Vec<String> {
    let mut notes = Vec::new();
    for instance in packed {
        let Some(optimum) = instance.published_optimum else {
            continue;
        };
        let place = optima.and_then(|optima| optima.place(&instance.name));
        let place = place.map_or_else(String::new, |(file, line)| format!("{file}:{line}: "));
        let whole = instance.attempts.iter().filter(|attempt| attempt.left_out == 0);
        let fewest = whole.map(|attempt| attempt.bins).min();
        if optimum < instance.bound.bins {
            notes.push(format!(
                "{place}{optimum} is no optimum of {}: no packing takes fewer bins than {}.",
                instance.name, instance.bound.bins
            ));
        } else if let Some(fewest) = fewest.filter(|&fewest| fewest < optimum) {
            notes.push(format!(
                "{place}{optimum} is no optimum of {}: {fewest} bins are enough.",
                instance.name
            ));
        }
    }
    notes
}

fn report_of(
    args: &PackArgs,
    instances: &[(Instance, Option<u64>)],
    packed: Vec<PackedInstance>,
    named: &[Named],
    notes: Vec<String>,
) -> PackingReport {
    let only = match instances {
        [(instance, _)] => Some(instance),
        _ => None,
    };
    let paths = args.instances.items.iter().chain(&args.instances.instances);
    let titles: Vec<String> = paths
        .map(|path| {
            path.file_name()
                .unwrap_or(path.as_os_str())
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    let mut report = PackingReport {
        title: only.map_or_else(|| titles.join(", "), |instance| instance.name.clone()),
        policies: named.iter().map(|(name, _)| name.clone()).collect(),
        instances: packed,
        asked: instances.len() as u64,
        kinds: Vec::new(),
        bars: None,
        notes,
        command: command(args),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let Some(instance) = only else { return report };
    if instance.kinds.len() > 1 {
        report.kinds = instance.kinds.iter().map(|kind| kind.name.clone()).collect();
    }
    let best = report.standings().into_iter().next();
    let best = best.and_then(|best| named.iter().find(|(name, _)| *name == best.policy));
    report.bars = best.map(|(name, packer)| {
        Bars::of(
            instance,
            &pack_once(instance, &**packer, args.seed.unwrap_or(SEED)),
            name,
        )
    });
    report
}

/// The command that repeats it; what changes no result is left out.
fn command(args: &PackArgs) -> String {
    let mut words = vec!["tonnage pack".to_owned()];
    let mut option = |name: &str, path: &Path| {
        words.push(format!("--{name} {}", quoted(&path.display().to_string())));
    };
    let own = &args.instances;
    own.instances.iter().for_each(|path| option("instances", path));
    let single = [
        ("items", &own.items),
        ("bins", &own.bins),
        ("item-order", &own.item_order),
        ("optima", &own.optima),
    ];
    for (name, path) in single {
        path.iter().for_each(|path| option(name, path));
    }
    if !args.policies.is_empty() {
        words.push(format!("--policies {}", quoted(&args.policies.join(","))));
    }
    words.extend(args.seed.map(|seed| format!("--seed {seed}")));
    words.join(" ")
}

fn write(folder: &Folder, report: &PackingReport) -> Result<(), Failure> {
    let several = report.instances.len() > 1;
    let files = Files {
        files: vec![
            ("packing.csv", packing::to_csv(report)),
            ("report.html", packing::render(report)),
        ],
        pictures: vec![
            ("packing.svg", report.bars.as_ref().and_then(packing::bars)),
            ("gaps.svg", packing::gaps(report).filter(|_| several)),
        ],
    };
    files.write(folder)
}
