//! `pack --nodes --pods`: pods of a trace onto the nodes of a fleet.
//!
//! Knows how files, packings and reports are joined. Must not know how one of them goes.

use super::super::arguments;
use super::super::folder::{Folder, Kind};
use super::super::load;
use super::super::run::quoted;
use super::at_work::{at_work, nothing_to_show};
use super::shown::{Shown, exit};
use super::written::Files;
use super::{Context, Exit, Failure, PackArgs, numa};
use crate::experiment::inflate;
use crate::input::fleet::{self as files, FleetFiles, Published};
use crate::input::{Diagnostics, Sources};
use crate::model::fleet::FleetNode;
use crate::policy::catalog::Catalog;
use crate::policy::placement::fleet::FleetPacker;
use crate::report::fleet::{
    self, FleetPolicyRuns, FleetTable, Level, MachineLabel, PublishedDifference, PublishedTable,
};
use crate::sim::packing::Inflation;
use clap::{Args, ValueHint};
use serde_json::Value;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// The first seed: that of the published experiments.
pub(super) const SEED: u64 = 42;
/// Machines of a rack where nobody says.
const PER_RACK: usize = 10;
/// Every policy.
pub(super) const ALL: &str = "all";
/// The policies of the published experiments, which `all` means for files of their format.
const PAPER: [&str; 6] = [
    "01-Random",
    "02-DotProd",
    "03-GpuClustering",
    "04-GpuPacking",
    "05-BestFit",
    "06-FGD",
];

#[derive(Args, Debug)]
#[command(next_help_heading = "Fleets of machines with GPUs")]
#[group(id = "fleet_input")]
pub(super) struct FleetArgs {
    /// The nodes of a fleet, as CSV
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "pods", group = "machines")]
    nodes: Option<PathBuf>,
    /// The pods that come to it, as CSV
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "machines")]
    pods: Option<PathBuf>,
    /// Packings of a fleet under each policy, each with a seed of its own [default: 10]
    #[arg(long, value_name = "N", requires = "nodes", allow_negative_numbers = true, value_parser = clap::value_parser!(u64).range(1..=1000))]
    seeds: Option<u64>,
    /// Machines of a rack where the nodes' file names none, for NUMA machines [default: 10]
    #[arg(long, value_name = "N", requires = "nodes", allow_negative_numbers = true, value_parser = arguments::threads)]
    rack: Option<NonZeroUsize>,
    /// Published means of a fleet, as JSON, to be set beside ours
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "nodes")]
    against: Option<PathBuf>,
}

impl FleetArgs {
    /// Whether a fleet is packed.
    pub(super) const fn is_asked(&self) -> bool {
        self.nodes.is_some() || self.pods.is_some()
    }

    pub(super) fn nodes(&self) -> Option<&Path> {
        self.nodes.as_deref()
    }

    pub(super) fn pods(&self) -> Option<&Path> {
        self.pods.as_deref()
    }

    /// The seeds of its packings, from `first` on.
    fn seeds(&self, first: u64) -> Vec<u64> {
        (0..self.seeds.unwrap_or(10))
            .map(|nth| first.wrapping_add(nth))
            .collect()
    }
}

pub(super) fn pack(args: &PackArgs, context: &Context) -> Result<Exit, Failure> {
    let fleet = &args.fleet;
    let (Some(nodes), Some(pods)) = (&fleet.nodes, &fleet.pods) else {
        return Err(Failure::usage("a fleet is packed from --nodes and --pods"));
    };
    if files::has_numa_cells(nodes) {
        let asked = numa::Asked {
            machines: nodes,
            vms: pods,
            title: format!("{} on {}", file_name(pods), file_name(nodes)),
            per_rack: fleet.rack.map_or(PER_RACK, NonZeroUsize::get),
            seed: args.seed.unwrap_or(SEED),
            command: command(args, nodes, pods),
        };
        return numa::pack(&asked, args, context);
    }
    let (read, published) = read(nodes, pods, fleet.against.as_deref(), context)?;
    let chosen = chosen(&args.policies, read.is_openb, context.catalog)?;
    let (names, policies): (Vec<_>, Vec<_>) = chosen.into_iter().unzip();
    let folder = args.folder(Kind::Fleet)?;
    let seeds = fleet.seeds(args.seed.unwrap_or(SEED));
    let inflation = Inflation::new(read.nodes.clone(), read.pods.clone());
    let work = at_work(args, context, "packing", |settings| {
        inflate(&inflation, &policies, &seeds, settings)
    });
    let interrupted = work.was_cut_short(|outcomes| outcomes.iter().flatten().any(Option::is_none));
    let runs: Vec<FleetPolicyRuns> = names
        .iter()
        .zip(work.found)
        .map(|(name, outcomes)| FleetPolicyRuns {
            name: (*name).to_owned(),
            runs: seeds
                .iter()
                .zip(outcomes)
                .filter_map(|(&seed, outcome)| Some((seed, outcome?)))
                .collect(),
        })
        .collect();
    if runs.iter().all(|policy| policy.runs.is_empty()) {
        return Ok(nothing_to_show("a packing", context));
    }
    let title = format!("{} on {}", file_name(pods), file_name(nodes));
    let published = published.map(|(path, published)| beside(&path, &published, &runs));
    let table = FleetTable {
        title,
        measured: inflation.measured(),
        gpus: inflation.gpus(),
        machines: inflation.nodes().iter().map(|node| label(node, &read)).collect(),
        pods: inflation.pods().len() as u64,
        typical: (inflation.typical().len(), inflation.typical().distinct()),
        policies: runs,
        published,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: command(args, nodes, pods),
    };
    if let Some(folder) = &folder {
        write(folder, &table)?;
    }
    let shown = Shown {
        csv: &|| fleet::to_csv(&table),
        json: &|| fleet::to_json(&table),
        table: &|width| fleet::to_terminal(&table, width),
    };
    shown.print(folder.as_ref(), context)?;
    Ok(exit(interrupted))
}

type Beside = Option<(PathBuf, Published)>;

/// Everything that is read, or everything that is wrong with it.
fn read(
    nodes: &Path,
    pods: &Path,
    against: Option<&Path>,
    context: &Context,
) -> Result<(FleetFiles, Beside), Failure> {
    let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
    let read = files::read(nodes, pods, &mut sources, &mut diagnostics);
    let published = against.and_then(|path| {
        Some((
            path.to_owned(),
            files::read_published(path, &mut sources, &mut diagnostics)?,
        ))
    });
    let said = || diagnostics.render(&sources);
    let Some(read) = read.filter(|_| !diagnostics.has_errors()) else {
        return Err(Failure::Input(said()));
    };
    if !diagnostics.is_empty() {
        context.console.note(&said());
    }
    if !read.memory_known {
        let name = file_name(nodes);
        let said = format!("{name} does not say how much memory its machines have: memory limits nothing.");
        context.console.note(&said);
    }
    Ok((read, published))
}

/// A policy by name.
pub(super) type Named = (&'static str, FleetPacker);

/// The policies that can pack a fleet: those made for it, then every placement policy that is a rule.
pub(super) fn packers(catalog: &Catalog) -> Vec<Named> {
    let scored = catalog.fleet_packing.iter().filter_map(|entry| {
        let policy = (entry.build)(Value::Null).ok()?;
        Some((entry.name, FleetPacker::Scored(policy)))
    });
    // One that needs parameters cannot be named without them.
    let ruled = catalog.placement.iter().filter_map(|entry| {
        let placer = (entry.build)(Value::Null).ok()?;
        Some((entry.name, FleetPacker::Ruled(placer.rule()?)))
    });
    scored.chain(ruled).collect()
}

/// The policies asked for, each once, in the order asked for.
fn chosen(names: &[String], is_openb: bool, catalog: &Catalog) -> Result<Vec<Named>, Failure> {
    let all = packers(catalog);
    let everything = [ALL.to_owned()];
    let names = if names.is_empty() { &everything } else { names };
    let mut chosen: Vec<Named> = Vec::new();
    for name in names {
        let found: Vec<&Named> = match name.as_str() {
            ALL => all
                .iter()
                .filter(|(name, _)| !is_openb || PAPER.contains(name))
                .collect(),
            name => {
                let found = all.iter().find(|(known, _)| *known == name);
                let unknown =
                    || load::unknown("policy for fleets", name, || all.iter().map(|(name, _)| *name));
                vec![found.ok_or_else(unknown)?]
            }
        };
        for (name, packer) in found {
            if chosen.iter().all(|(known, _)| known != name) {
                chosen.push((name, packer.clone()));
            }
        }
    }
    Ok(chosen)
}

fn beside(path: &Path, published: &Published, runs: &[FleetPolicyRuns]) -> PublishedTable {
    let rows = published.points.iter().filter_map(|point| {
        let runs = runs.iter().find(|runs| runs.name == point.policy)?;
        let level = Level {
            mean: point.mean,
            sd: point.sd,
        };
        PublishedDifference::of(runs, &point.metric, point.arrived_pct, level, published.seeds)
    });
    PublishedTable {
        source: file_name(path),
        rows: rows.collect(),
    }
}

fn label(node: &FleetNode, files: &FleetFiles) -> MachineLabel {
    let mut names = files.models.names();
    let model = names
        .find(|name| files.models.find(name) == Some(node.model))
        .unwrap_or("GPU");
    MachineLabel {
        name: node.name.clone(),
        group: match node.gpus {
            0 => "no GPU".to_owned(),
            count => format!("{model} × {count}"),
        },
    }
}

pub(super) fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(
        || path.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    )
}

/// The command that repeats it; what changes no result is left out.
fn command(args: &PackArgs, nodes: &Path, pods: &Path) -> String {
    let mut words = vec!["tonnage pack".to_owned()];
    let mut option = |name: &str, value: Option<String>| {
        words.extend(value.map(|value| format!("--{name} {}", quoted(&value))));
    };
    option("nodes", Some(nodes.display().to_string()));
    option("pods", Some(pods.display().to_string()));
    option(
        "policies",
        (!args.policies.is_empty()).then(|| args.policies.join(",")),
    );
    option("seeds", args.fleet.seeds.map(|seeds| seeds.to_string()));
    option("seed", args.seed.map(|seed| seed.to_string()));
    option("rack", args.fleet.rack.map(|machines| machines.to_string()));
    let against = args.fleet.against.as_ref();
    option("against", against.map(|path| path.display().to_string()));
    words.join(" ")
}

fn write(folder: &Folder, table: &FleetTable) -> Result<(), Failure> {
    let files = Files {
        files: vec![
            ("fleet.csv", fleet::to_csv(table)),
            ("report.html", fleet::render(table)),
        ],
        pictures: vec![
            ("unallocated.svg", Some(fleet::unallocated_chart(table))),
            ("fragmentation.svg", fleet::fragmentation_chart(table)),
            ("machines.svg", fleet::heat_maps(table)),
        ],
    };
    files.write(folder)
}
