//! The folder that a command writes into.
//!
//! Knows which files are ours, and by what signs in them a folder is: a name alone does not make a file ours. Only ours
//! are ever replaced or removed. Must not know what the files say.

use super::exit::Failure;
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

/// What a command leaves in its folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A run's files.
    Run,
    /// A comparison's files.
    Comparison,
    /// Files of packings of a fleet.
    Fleet,
    /// Files of runs of a fleet whose pods come and go.
    FleetRuns,
    /// Files of a search for the fewest machines.
    FewestNodes,
    /// Files of packings of items.
    Items,
    /// Files of placements onto machines with NUMA cells.
    Numa,
    /// Files of a cluster packed anew.
    Needs,
    /// Files of a plan that moves pods.
    Plan,
}

impl Kind {
    const EACH: [Self; 9] = [
        Self::Run,
        Self::Comparison,
        Self::Fleet,
        Self::FleetRuns,
        Self::FewestNodes,
        Self::Items,
        Self::Numa,
        Self::Needs,
        Self::Plan,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Run => "a run",
            Self::Comparison => "a comparison",
            Self::Fleet => "packings of a fleet",
            Self::FleetRuns => "runs of a fleet",
            Self::FewestNodes => "a search for the fewest machines",
            Self::Items => "packings of items",
            Self::Numa => "placements onto machines with NUMA cells",
            Self::Needs => "a cluster packed anew",
            Self::Plan => "a plan that moves pods",
        }
    }

    /// The files it may leave. The first one says, by what is in it, that the folder is of this kind.
    const fn files(self) -> &'static [&'static str] {
        match self {
            Self::Run => &[
                "outcome.json",
                "run.json",
                "report.html",
                "summary.csv",
                "replications.csv",
                "timeseries.csv",
                "cluster.csv",
                "decisions.csv",
                "pods.csv",
                "nodes.csv",
                "faults.csv",
                "jobs.csv",
                "gpus.csv",
                "calls.csv",
                "requests.parquet",
            ],
            Self::Comparison => &["comparison.csv", "compare.html", "replications.csv"],
            Self::Fleet => &["fleet.csv", "report.html"],
            Self::FleetRuns => &[
                "fleet_runs.csv",
                "fleet_timeseries.csv",
                "fleet_clusters.csv",
                "report.html",
            ],
            Self::FewestNodes => &["fewest_nodes.csv", "tried_nodes.csv", "report.html"],
            Self::Items => &["packing.csv", "report.html"],
            Self::Numa => &["numa.csv", "report.html"],
            Self::Needs => &["nodes_needed.csv", "report.html"],
            Self::Plan => &["moves.csv", "plan_nodes.csv", "report.html"],
        }
    }

    /// The pictures it may leave.
    const fn plots(self) -> &'static [&'static str] {
        match self {
            Self::Run => &["replicas.svg", "latency.svg", "nodes.svg", "utilization.svg"],
            Self::Comparison => &[],
            Self::Fleet => &["unallocated.svg", "fragmentation.svg", "machines.svg"],
            Self::FleetRuns => &["allocation.svg", "waiting.svg", "fragmentation.svg", "nodes.svg"],
            Self::FewestNodes => &["waits.svg"],
            Self::Items => &["packing.svg", "gaps.svg"],
            Self::Numa => &["placed.svg", "cells.svg"],
            Self::Needs => &["nodes_needed.svg", "today.svg", "packed.svg"],
            Self::Plan => &["before.svg", "after.svg"],
        }
    }

    /// Whether `folder` holds what a command of this kind left: other programs have files of these names too.
    fn is_in(self, folder: &Path) -> bool {
        let first = match fs::File::open(folder.join(self.files()[0])) {
            Ok(file) => file,
            Err(_) => return false,
        };
        match self {
            Self::Run => {
                #[derive(serde::Deserialize)]
                struct Signs {
                    #[serde(rename = "scenario")]
                    _scenario: String,
                    #[serde(rename = "digest")]
                    _digest: String,
                }
                serde_json::from_reader::<_, Signs>(BufReader::new(first.take(OUTCOME_MAX))).is_ok()
            }
            Self::Comparison => begins_with(first, COMPARISON_HEAD),
            Self::Fleet => begins_with(first, FLEET_HEAD),
            Self::FleetRuns => begins_with(first, FLEET_RUNS_HEAD),
            Self::FewestNodes => begins_with(first, FEWEST_NODES_HEAD),
            Self::Items => begins_with(first, ITEMS_HEAD),
            Self::Numa => begins_with(first, NUMA_HEAD),
            Self::Needs => begins_with(first, NEEDS_HEAD),
            Self::Plan => begins_with(first, PLAN_HEAD),
        }
    }
}

/// Whether a file begins with these bytes.
fn begins_with(file: fs::File, head: &[u8]) -> bool {
    let mut found = Vec::new();
    let read = BufReader::new(file)
        .take(head.len() as u64)
        .read_to_end(&mut found);
    read.is_ok() && found == head
}

/// How `comparison.csv` begins.
const COMPARISON_HEAD: &[u8] = b"metric,unit,baseline,baseline";
/// How `fleet.csv` begins.
const FLEET_HEAD: &[u8] = b"policy,seed,arrived_pct";
/// How `fleet_runs.csv` begins.
const FLEET_RUNS_HEAD: &[u8] = b"policy,queue,seed";
/// How `fewest_nodes.csv` begins.
const FEWEST_NODES_HEAD: &[u8] = b"policy,queue,limit_of";
/// How `packing.csv` begins.
const ITEMS_HEAD: &[u8] = b"instance,policy,bins";
/// How `numa.csv` begins.
const NUMA_HEAD: &[u8] = b"policy,seed,vms";
/// How `nodes_needed.csv` begins.
const NEEDS_HEAD: &[u8] = b"policy,nodes,pods_waiting";
/// How `moves.csv` begins.
const PLAN_HEAD: &[u8] = b"step,pod,from,to";
/// An outcome is larger than this in no run: its size does not grow with the run.
const OUTCOME_MAX: u64 = 64 << 20;
const PLOTS: &str = "plots";

/// A folder to write into.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    kind: Kind,
    /// Whether an earlier command of the same kind has written it.
    ours: bool,
}

impl Folder {
    /// Takes the folder for files of `kind`, if it is new, empty, of that kind already, or `force`d; writes nothing.
    pub(super) fn take(path: PathBuf, kind: Kind, force: bool) -> Result<Self, Failure> {
        if path.exists() && !path.is_dir() {
            return Err(Failure::usage(format!(
                "--out: {} is a file, not a folder",
                path.display()
            )));
        }
        let holds = Kind::EACH.into_iter().find(|known| known.is_in(&path));
        let ours = holds == Some(kind);
        let found = match holds {
            Some(other) => Some(other.name().to_owned()),
            None => fs::read_dir(&path)
                .into_iter()
                .flatten()
                .flatten()
                .map(|entry| entry.file_name().to_string_lossy().into_owned())
                .find(|name| !name.ends_with(".partial"))
                .map(|name| format!("something else ({name})")),
        };
        match found {
            Some(found) if !ours && !force => Err(Failure::usage(format!(
                "--out: {} holds {found}",
                path.display()
            ))
            .help(Some(format!(
                "choose another folder, or --force: files of {} are then written beside it, over those of the same name",
                kind.name()
            )))),
            _ => Ok(Self { path, kind, ours }),
        }
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where its plots are.
    pub(super) fn plots(&self) -> PathBuf {
        self.path.join(PLOTS)
    }

    /// Removes what an earlier command of the same kind left here and this one has not written: `kept` lists what it
    /// has. In a folder of anything else nothing is removed.
    pub(super) fn remove_stale(&self, kept: &[&str], plots: &[&str]) {
        if !self.ours {
            return;
        }
        let remove = |folder: &Path, own: &[&str], kept: &[&str]| {
            let kept: BTreeSet<_> = kept.iter().collect();
            for name in own.iter().filter(|name| !kept.contains(name)) {
                // Most of them were never there.
                let _ = fs::remove_file(folder.join(name));
            }
        };
        remove(&self.path, self.kind.files(), kept);
        if !self.kind.plots().is_empty() {
            remove(&self.plots(), self.kind.plots(), plots);
            // Only if it is empty.
            let _ = fs::remove_dir(self.plots());
        }
    }

    /// Leaves no empty folder behind when nothing was written.
    pub(super) fn abandon(&self) {
        // Only if it is empty.
        let _ = fs::remove_dir(&self.path);
    }
}

/// A scenario's name as the name of a folder.
pub(super) fn folder_name(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || "-_.".contains(c) {
                c
            } else {
                '-'
            }
        })
        .collect();
    let plain = plain.trim_matches(['.', '-']);
    if plain.is_empty() {
        "run".to_owned()
    } else {
        plain.to_owned()
    }
}
