//! `pack --pods --lifetimes`: pods that come to a fleet, wait, run and go.
//!
//! Knows how files, runs and reports are joined. Must not know how one of them goes.

use super::super::folder::{Folder, Kind};
use super::super::progress::Progress;
use super::super::run::quoted;
use super::super::{interrupt, load};
use super::fleet::{ALL, file_name, packers};
use super::shown::{Shown, exit};
use super::{Context, Exit, Failure, PackArgs};
use crate::experiment::{DynamicPolicy, Settings, run_fleet};
use crate::input::fleet::{LifetimeFiles, Machines, read_lifetimes};
use crate::input::{Diagnostics, Sources};
use crate::model::fleet::{FleetNode, Side};
use crate::model::gpu::{DEVICES_MAX, ModelNames, ModelSet};
use crate::model::packing::index::Order;
use crate::model::units::{ByteQuantity, CountQuantity, CpuQuantity, quoted as told};
use crate::policy::catalog::Catalog;
use crate::report::dynamic_fleet::{self, DynamicRun, DynamicTable};
use crate::report::write_atomically;
use crate::sim::packing::dynamic::{DynamicFleet, Queue};
use clap::Args;
use std::sync::atomic::Ordering;

/// Most machines that are alike.
const COUNT_MAX: u64 = 1_000_000;
/// Policies that an index answers for.
const ORDERS: [(&str, Order); 3] = [
    ("first_fit", Order::First),
    ("best_fit", Order::LeastLeft),
    ("worst_fit", Order::MostLeft),
];

#[derive(Args, Debug)]
#[command(next_help_heading = "Pods that come and go")]
#[group(id = "dynamic_input")]
pub(super) struct DynamicArgs {
    /// Pods come at their time, wait if they must, run for their time and go
    #[arg(long, requires = "pods", conflicts_with_all = ["seeds", "against"])]
    lifetimes: bool,
    /// Who goes first when a machine has room: fifo, priority, backfill, any; several, or `all` [default: fifo]
    #[arg(long, value_name = "NAMES", value_delimiter = ',', requires = "lifetimes")]
    queue: Vec<String>,
    /// Machines that are alike, in place of --nodes: cpu=, memory=, gpus=, gpu_model=, pods=; what is not said limits nothing, but
    /// there are no GPUs
    #[arg(long, value_name = "NAME=VALUE,…", requires_all = ["lifetimes", "count"], conflicts_with = "nodes", group = "machines", value_parser = node)]
    node: Option<AlikeNode>,
    /// How many of them
    #[arg(long, value_name = "N", requires = "node", value_parser = clap::value_parser!(u64).range(1..=COUNT_MAX))]
    count: Option<u64>,
}

/// A machine as it is said on the command line.
#[derive(Clone, Debug)]
pub(super) struct AlikeNode {
    text: String,
    node: FleetNode,
    models: ModelNames,
}

/// Parses `cpu=96,memory=512Gi,gpus=8`.
fn node(text: &str) -> Result<AlikeNode, String> {
    const NAMES: [&str; 5] = ["cpu", "memory", "gpus", "gpu_model", "pods"];
    let mut models = ModelNames::default();
    let mut node = FleetNode {
        name: "node".to_owned(),
        // Twice as much would still be a number.
        cpu_milli: 1 << 40,
        memory_mib: 0,
        pods: u32::MAX,
        gpus: 0,
        model: ModelSet::NONE,
        side: Side::UNLIMITED,
    };
    let mut wrong = Vec::new();
    let mut given = Vec::new();
    for part in text.split(',').map(str::trim) {
        let Some((name, value)) = part.split_once('=') else {
            wrong.push(format!(
                "found {}, expected NAME=VALUE, such as cpu=96",
                told(part)
            ));
            continue;
        };
        if given.contains(&name) {
            wrong.push(format!("{name} is given twice"));
        }
        given.push(name);
        let bad = |error: &dyn std::fmt::Display| format!("{name}: {error}");
        match name {
            "cpu" => match value.parse::<CpuQuantity>() {
                Ok(cpu) if cpu.millis() == 0 => {
                    wrong.push("cpu: a machine without CPU takes no pod".to_owned());
                }
                Ok(cpu) => node.cpu_milli = cpu.millis(),
                Err(error) => wrong.push(bad(&error)),
            },
            "memory" => match value.parse::<ByteQuantity>() {
                Ok(memory) if memory.bytes() < 1 << 20 => {
                    wrong.push(format!("memory: found {}, expected at least 1Mi", told(value)));
                }
                Ok(memory) => node.memory_mib = memory.bytes() >> 20,
                Err(error) => wrong.push(bad(&error)),
            },
            "gpus" => match value.parse::<CountQuantity>() {
                Ok(gpus) if gpus.count() > DEVICES_MAX as u64 => {
                    wrong.push(format!(
                        "gpus: found {value}, expected at most {DEVICES_MAX} a machine"
                    ));
                }
                Ok(gpus) => node.gpus = gpus.count() as usize,
                Err(error) => wrong.push(bad(&error)),
            },
            "gpu_model" => node.model = models.learn(value).unwrap_or_default(),
            "pods" => match value
                .parse::<CountQuantity>()
                .map(|pods| u32::try_from(pods.count()))
            {
                Ok(Ok(pods)) if pods > 0 => node.pods = pods,
                _ => wrong.push(format!(
                    "pods: found {}, expected a number from 1 to {}",
                    told(value),
                    u32::MAX
                )),
            },
            other => {
                let near = crate::input::nearest(other, NAMES)
                    .map_or(String::new(), |near| format!(", is {near} meant?"));
                wrong.push(format!(
                    "unknown name {}{near} (expected {})",
                    told(other),
                    NAMES.join(", ")
                ));
            }
        }
    }
    if wrong.is_empty() {
        Ok(AlikeNode {
            text: text.to_owned(),
            node,
            models,
        })
    } else {
        Err(wrong.join("; "))
    }
}

impl DynamicArgs {
    /// Whether pods come and go.
    pub(super) const fn is_asked(&self) -> bool {
        self.lifetimes
    }
}

pub(super) fn pack(args: &PackArgs, context: &Context) -> Result<Exit, Failure> {
    let files = read(args, context)?;
    let policies = policies(&args.policies, context.catalog)?;
    let queues = queues(&args.dynamic.queue)?;
    let folder = args.folder(Kind::FleetRuns)?;
    let fleet = DynamicFleet::new(files.nodes, files.pods);
    let cases: Vec<_> = policies
        .iter()
        .flat_map(|(name, policy)| queues.iter().map(move |&queue| (*name, (policy.clone(), queue))))
        .collect();
    let (names, cases): (Vec<_>, Vec<_>) = cases.into_iter().unzip();
    let cancelled = interrupt::watched();
    let progress = Progress::new(&context.console, "running");
    let settings = Settings {
        threads: args.threads(),
        cancelled,
        progress: &|share| progress.tell(share),
    };
    let seed = args.fleet.seed();
    let outcomes = run_fleet(&fleet, &cases, seed, &settings);
    drop(progress);
    let interrupted = cancelled.load(Ordering::Relaxed) && outcomes.iter().any(Option::is_none);
    let runs: Vec<DynamicRun> = names
        .into_iter()
        .zip(outcomes)
        .filter_map(|(policy, outcome)| {
            Some(DynamicRun {
                policy: policy.to_owned(),
                outcome: outcome?,
            })
        })
        .collect();
    if runs.is_empty() {
        context
            .console
            .note("Interrupted before a run was finished: there is nothing to show.");
        return Ok(Exit::Interrupted);
    }
    let table = DynamicTable {
        title: title(args),
        machines: fleet.nodes().len() as u64,
        capacity: fleet.measured(),
        runs,
        seed,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: command(args),
    };
    if let Some(folder) = &folder {
        write(folder, &table)?;
    }
    let shown = Shown {
        csv: &|| dynamic_fleet::to_csv(&table),
        json: &|| dynamic_fleet::to_json(&table),
        table: &|width| dynamic_fleet::to_terminal(&table, width),
    };
    shown.print(folder.as_ref(), context)?;
    Ok(exit(interrupted))
}

/// Everything that is read, or everything that is wrong with it.
fn read(args: &PackArgs, context: &Context) -> Result<LifetimeFiles, Failure> {
    let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
    let alike = args.dynamic.node.as_ref();
    let machines = match (args.fleet.nodes(), alike) {
        (Some(path), _) => Machines::File(path),
        (None, Some(alike)) => {
            let count = args.dynamic.count.unwrap_or(1);
            Machines::Alike(&alike.node, usize::try_from(count).unwrap_or(1), &alike.models)
        }
        (None, None) => {
            return Err(Failure::usage(
                "pods need machines: --nodes FILE, or --node and --count",
            ));
        }
    };
    let Some(pods) = args.fleet.pods() else {
        return Err(Failure::usage("--lifetimes needs --pods"));
    };
    let read = read_lifetimes(machines, pods, &mut sources, &mut diagnostics);
    let said = || diagnostics.render(&sources);
    let Some(read) = read.filter(|_| !diagnostics.has_errors()) else {
        return Err(Failure::Input(said()));
    };
    if !diagnostics.is_empty() {
        context.console.note(&said());
    }
    if !read.memory_known {
        let said = "How much memory the machines have is not said: memory limits nothing.";
        context.console.note(said);
    }
    Ok(read)
}

/// The policies asked for, each once, in the order asked for.
fn policies(names: &[String], catalog: &Catalog) -> Result<Vec<(&'static str, DynamicPolicy)>, Failure> {
    let orders = ORDERS.map(|(name, order)| (name, DynamicPolicy::Order(order)));
    let others = packers(catalog)
        .into_iter()
        .filter(|(name, _)| ORDERS.iter().all(|(order, _)| order != name));
    let others = others.map(|(name, packer)| (name, DynamicPolicy::Packer(packer)));
    let known: Vec<_> = orders.into_iter().chain(others).collect();
    if names.is_empty() {
        return Ok(known);
    }
    let mut chosen: Vec<(&'static str, DynamicPolicy)> = Vec::new();
    for name in names {
        if name == ALL {
            chosen.extend(known.iter().cloned());
            continue;
        }
        let found = known.iter().find(|(known, _)| known == name);
        let unknown = || load::unknown("policy for fleets", name, || known.iter().map(|(name, _)| *name));
        chosen.push(found.ok_or_else(unknown)?.clone());
    }
    let mut seen = Vec::new();
    chosen.retain(|(name, _)| {
        let new = !seen.contains(name);
        seen.push(*name);
        new
    });
    Ok(chosen)
}

/// The queues asked for, each once.
fn queues(names: &[String]) -> Result<Vec<Queue>, Failure> {
    let mut chosen = Vec::new();
    for name in names {
        let found = Queue::NAMED.iter().find(|(known, _)| known == name);
        match found {
            Some((_, queue)) => chosen.push(*queue),
            None if name == ALL => chosen.extend(Queue::NAMED.map(|(_, queue)| queue)),
            None => {
                return Err(load::unknown("queue", name, || {
                    Queue::NAMED.iter().map(|(name, _)| *name)
                }));
            }
        }
    }
    if chosen.is_empty() {
        chosen.push(Queue::Fifo);
    }
    let mut seen = Vec::new();
    chosen.retain(|queue| {
        let new = !seen.contains(queue);
        seen.push(*queue);
        new
    });
    Ok(chosen)
}

fn title(args: &PackArgs) -> String {
    let pods = args.fleet.pods().map_or(String::new(), file_name);
    match (args.fleet.nodes(), &args.dynamic.node, args.dynamic.count) {
        (Some(nodes), _, _) => format!("{pods} on {}", file_name(nodes)),
        (None, Some(node), Some(count)) => format!("{pods} on {count} × {}", node.text),
        _ => pods,
    }
}

/// The command that repeats it; what changes no result is left out.
fn command(args: &PackArgs) -> String {
    let mut words = vec!["tonnage pack".to_owned()];
    let mut option = |name: &str, value: Option<String>| {
        words.extend(value.map(|value| format!("--{name} {}", quoted(&value))));
    };
    let path = |path: Option<&std::path::Path>| path.map(|path| path.display().to_string());
    let list = |names: &[String]| (!names.is_empty()).then(|| names.join(","));
    option("nodes", path(args.fleet.nodes()));
    option("node", args.dynamic.node.as_ref().map(|node| node.text.clone()));
    option("count", args.dynamic.count.map(|count| count.to_string()));
    option("pods", path(args.fleet.pods()));
    option("policies", list(&args.policies));
    option("queue", list(&args.dynamic.queue));
    option("seed", Some(args.fleet.seed().to_string()));
    words.push("--lifetimes".to_owned());
    words.join(" ")
}

fn write(folder: &Folder, table: &DynamicTable) -> Result<(), Failure> {
    let plots = folder.plots();
    std::fs::create_dir_all(&plots).map_err(|error| {
        let what = format!("cannot write {}: {error}", plots.display());
        Failure::usage(what).help(Some("choose another folder with --out"))
    })?;
    let files = [
        ("fleet_runs.csv", dynamic_fleet::to_csv(table)),
        ("fleet_timeseries.csv", dynamic_fleet::to_series_csv(table)),
        ("report.html", dynamic_fleet::render(table)),
    ];
    for (name, text) in &files {
        write_atomically(&folder.path().join(name), text.as_bytes())?;
    }
    let pictures = dynamic_fleet::pictures(table);
    for (name, svg) in &pictures {
        write_atomically(&plots.join(name), svg.as_bytes())?;
    }
    let written: Vec<&str> = pictures.iter().map(|(name, _)| *name).collect();
    folder.remove_stale(&files.each_ref().map(|(name, _)| *name), &written);
    Ok(())
}
