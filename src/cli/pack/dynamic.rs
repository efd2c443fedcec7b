//! `pack --pods --lifetimes`: pods that come to a fleet, wait, run and go.
//!
//! Knows how files, runs and reports are joined. Must not know how one of them goes.

use super::super::folder::Kind;
use super::super::load;
use super::super::run::quoted;
use super::alike::{self, AlikeNode};
use super::at_work::{at_work, nothing_to_show};
use super::fewest;
use super::fleet::{ALL, SEED, file_name, packers};
use super::shown::Shown;
use super::{Context, Exit, Failure, PackArgs, written};
use crate::experiment::{DynamicPolicy, run_fleet};
use crate::input::fleet::{LifetimeFiles, MachineNames, Machines, read_lifetimes, read_quotas};
use crate::input::{Diagnostics, Sources};
use crate::model::packing::index::Order;
use crate::policy::catalog::Catalog;
use crate::report::dynamic_fleet::{self, DynamicRun, DynamicTable};
use crate::sim::packing::dynamic::{DynamicFleet, Queue, Quota, VirtualCluster, WaitLimit};
use clap::{Args, ValueHint};
use std::path::{Path, PathBuf};

/// Most machines that are alike.
pub(super) const COUNT_MAX: u64 = 1_000_000;
/// The file of virtual clusters, where there are any.
const CLUSTERS: &str = "fleet_clusters.csv";
/// In place of a file of quotas: the share of the GPU time that is asked for.
const BY_DEMAND: &str = "demand";
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
    /// Who goes first when a machine has room: fifo, priority, backfill, conservative, any; several, or `all` [default: fifo]
    #[arg(long, value_name = "NAMES", value_delimiter = ',', requires = "lifetimes")]
    queue: Vec<String>,
    /// Machines that are alike, in place of --nodes: cpu=, memory=, gpus=, gpu_model=, pods=, disk=, rdma= (percent of a network
    /// card), role=, price= (USD an hour); what is not said limits nothing, but there are no GPUs. Several kinds: each with its
    /// --count
    #[arg(long, value_name = "NAME=VALUE,…", requires = "lifetimes", conflicts_with = "nodes", group = "machines", value_parser = alike::parse)]
    node: Vec<AlikeNode>,
    /// How many of them
    #[arg(long, value_name = "N", requires = "node", value_parser = clap::value_parser!(u64).range(1..=COUNT_MAX))]
    count: Vec<u64>,
    /// What each virtual cluster (column cluster) may use at a time: a file with the columns cluster and gpus or cpus, or
    /// `demand`, each its share of the GPU time all ask for
    #[arg(long, value_name = "FILE|demand", value_hint = ValueHint::FilePath, requires = "lifetimes")]
    quota: Option<PathBuf>,
    /// Search for the fewest machines of the kind --node with which this wait of the pods is at most so long: mean, p1 to p99
    /// or max
    #[arg(long, value_name = "p95=10m", requires_all = ["lifetimes", "node"], conflicts_with = "count", value_parser = fewest::limit)]
    fewest_nodes: Option<WaitLimit>,
}

impl DynamicArgs {
    /// Whether pods come and go.
    pub(super) const fn is_asked(&self) -> bool {
        self.lifetimes
    }

    /// The kinds of machines that are said on the command line.
    pub(super) fn kinds(&self) -> &[AlikeNode] {
        &self.node
    }
}

/// Everything that is read.
pub(super) struct Files {
    pub(super) read: LifetimeFiles,
    pub(super) clusters: Vec<VirtualCluster>,
    pub(super) share_by_demand: bool,
}

/// Policies and queues, each policy with each queue, and what the policies are called.
pub(super) struct Cases {
    pub(super) names: Vec<&'static str>,
    pub(super) cases: Vec<(DynamicPolicy, Queue)>,
}

pub(super) fn pack(args: &PackArgs, context: &Context) -> Result<Exit, Failure> {
    let own = &args.dynamic;
    if let Some(limit) = own.fewest_nodes {
        return fewest::pack(args, limit, context);
    }
    if own.node.len() != own.count.len() {
        let (nodes, counts) = (own.node.len(), own.count.len());
        let what = format!(
            "--node is given {nodes} times and --count {counts} times: expected one --count for each --node"
        );
        return Err(Failure::usage(what).help(Some("or --fewest-nodes p95=10m in place of --count")));
    }
    let files = read(args, context)?;
    let Cases { names, cases } = cases(args, context)?;
    let folder = args.folder(Kind::FleetRuns)?;
    let mut fleet = DynamicFleet::with_clusters(files.read.nodes, files.read.pods, files.clusters);
    if files.share_by_demand {
        fleet.share_by_demand();
    }
    let seed = args.seed.unwrap_or(SEED);
    let work = at_work(args, context, "running", |settings| {
        run_fleet(&fleet, &cases, seed, settings)
    });
    let interrupted = work.was_cut_short(|outcomes| outcomes.iter().any(Option::is_none));
    let runs: Vec<DynamicRun> = names
        .into_iter()
        .zip(work.found)
        .filter_map(|(policy, outcome)| {
            Some(DynamicRun {
                policy: policy.to_owned(),
                outcome: outcome?,
            })
        })
        .collect();
    if runs.is_empty() {
        return Ok(nothing_to_show("a run", context));
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
    let shown = Shown {
        csv: &|| dynamic_fleet::to_csv(&table),
        json: &|| dynamic_fleet::to_json(&table),
        table: &|width| dynamic_fleet::to_terminal(&table, width),
    };
    shown.finish(folder.as_ref(), || files_of(&table), interrupted, context)
}

/// Everything that is read, or everything that is wrong with it.
pub(super) fn read(args: &PackArgs, context: &Context) -> Result<Files, Failure> {
    let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
    let own = &args.dynamic;
    let mut names = MachineNames::default();
    let counts = own.count.iter().copied().chain(std::iter::repeat(1));
    let kinds = own.node.iter().zip(counts);
    let kinds: Vec<_> = kinds
        .map(|(node, count)| (node.node(&mut names), usize::try_from(count).unwrap_or(1)))
        .collect();
    let machines = match args.fleet.nodes() {
        Some(path) => Machines::File(path),
        None if kinds.is_empty() => {
            return Err(Failure::usage(
                "pods need machines: --nodes FILE, or --node and --count",
            ));
        }
        None => Machines::Alike(&kinds, &names),
    };
    let Some(pods) = args.fleet.pods() else {
        return Err(Failure::usage("--lifetimes needs --pods"));
    };
    let read = read_lifetimes(machines, pods, &mut sources, &mut diagnostics);
    let share_by_demand = own.quota.as_deref() == Some(Path::new(BY_DEMAND));
    let clusters = match (&read, &own.quota) {
        (Some(read), Some(_)) if read.clusters.is_empty() && !diagnostics.has_errors() => {
            return Err(Failure::usage(
                "--quota: the pods are of no virtual cluster; their file has no column cluster, vc or tenant",
            ));
        }
        (Some(read), Some(path)) if !share_by_demand => {
            read_quotas(path, &read.clusters, &mut sources, &mut diagnostics)
        }
        (Some(read), _) => Some(unlimited(&read.clusters)),
        (None, _) => None,
    };
    let said = || diagnostics.render(&sources);
    let (Some(read), Some(clusters), false) = (read, clusters, diagnostics.has_errors()) else {
        return Err(Failure::Input(said()));
    };
    if !diagnostics.is_empty() {
        context.console.note(&said());
    }
    if !read.memory_known {
        let said = "How much memory the machines have is not said: memory limits nothing.";
        context.console.note(said);
    }
    Ok(Files {
        read,
        clusters,
        share_by_demand,
    })
}

fn unlimited(names: &[String]) -> Vec<VirtualCluster> {
    let cluster = |name: &String| VirtualCluster {
        name: name.clone(),
        quota: Quota::UNLIMITED,
    };
    names.iter().map(cluster).collect()
}

/// What is to be run.
pub(super) fn cases(args: &PackArgs, context: &Context) -> Result<Cases, Failure> {
    let policies = policies(&args.policies, context.catalog)?;
    let queues = queues(&args.dynamic.queue)?;
    let each = policies
        .iter()
        .flat_map(|(name, policy)| queues.iter().map(move |&queue| (*name, (policy.clone(), queue))));
    let (names, cases) = each.unzip();
    Ok(Cases { names, cases })
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

pub(super) fn title(args: &PackArgs) -> String {
    let pods = args.fleet.pods().map_or(String::new(), file_name);
    let own = &args.dynamic;
    let kinds = own.node.iter().zip(&own.count);
    let kinds: Vec<String> = kinds
        .map(|(node, count)| format!("{count} × {}", node.text))
        .collect();
    match (args.fleet.nodes(), &own.node[..]) {
        (Some(nodes), _) => format!("{pods} on {}", file_name(nodes)),
        (None, [node]) if kinds.is_empty() => format!("{pods} on machines of {}", node.text),
        (None, _) => format!("{pods} on {}", kinds.join(" and ")),
    }
}

/// The command that repeats it; what changes no result is left out.
pub(super) fn command(args: &PackArgs) -> String {
    let mut words = vec!["tonnage pack".to_owned()];
    let mut option = |name: &str, value: Option<String>| {
        words.extend(value.map(|value| format!("--{name} {}", quoted(&value))));
    };
    let path = |path: Option<&Path>| path.map(|path| path.display().to_string());
    let list = |names: &[String]| (!names.is_empty()).then(|| names.join(","));
    let own = &args.dynamic;
    option("nodes", path(args.fleet.nodes()));
    for (at, node) in own.node.iter().enumerate() {
        option("node", Some(node.text.clone()));
        option("count", own.count.get(at).map(u64::to_string));
    }
    let limit = own.fewest_nodes;
    option("fewest-nodes", limit.map(|limit| fewest::written(&limit)));
    option("pods", path(args.fleet.pods()));
    option("quota", path(own.quota.as_deref()));
    option("policies", list(&args.policies));
    option("queue", list(&own.queue));
    option("seed", Some(args.seed.unwrap_or(SEED).to_string()));
    words.push("--lifetimes".to_owned());
    words.join(" ")
}

fn files_of(table: &DynamicTable) -> written::Files {
    let has_clusters = table.runs.iter().any(|run| !run.outcome.clusters.is_empty());
    let mut files = vec![
        ("fleet_runs.csv", dynamic_fleet::to_csv(table)),
        ("fleet_timeseries.csv", dynamic_fleet::to_series_csv(table)),
        ("report.html", dynamic_fleet::render(table)),
    ];
    if has_clusters {
        files.push((CLUSTERS, dynamic_fleet::to_clusters_csv(table)));
    }
    let pictures = dynamic_fleet::pictures(table).into_iter();
    written::Files {
        files,
        pictures: pictures.map(|(name, svg)| (name, Some(svg))).collect(),
    }
}
