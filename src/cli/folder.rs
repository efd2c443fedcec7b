//! The folder that a command writes into.
//!
//! Knows which files are ours: only those are ever replaced or removed. Must not know what is in them.

use super::exit::Failure;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Files of a run or a comparison. The first two say that a folder is one of ours.
const OWN: &[&str] = &[
    "outcome.json",
    "comparison.csv",
    "compare.html",
    "report.html",
    "run.json",
    "summary.csv",
    "replications.csv",
    "timeseries.csv",
    "cluster.csv",
    "decisions.csv",
    "pods.csv",
    "nodes.csv",
    "requests.parquet",
];
const OWN_PLOTS: &[&str] = &["replicas.svg", "latency.svg", "nodes.svg", "utilization.svg"];
const PLOTS: &str = "plots";

/// A folder that is ours to write into.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Takes the folder, if it is new, empty, ours, or `force`d; writes nothing.
    pub(super) fn take(path: PathBuf, force: bool) -> Result<Self, Failure> {
        if path.exists() && !path.is_dir() {
            return Err(Failure::usage(format!(
                "--out: {} is a file, not a folder",
                path.display()
            )));
        }
        let ours = |entry: &str| {
            let whole = entry.trim_start_matches('.').trim_end_matches(".partial");
            entry == PLOTS || OWN.contains(&whole)
        };
        let is_run = OWN[..2].iter().any(|name| path.join(name).is_file());
        let foreign = fs::read_dir(&path)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .find(|name| !ours(name));
        match foreign {
            Some(name) if !is_run && !force => {
                Err(
                    Failure::usage(format!("--out: {} holds something else ({name})", path.display())).help(
                        Some("choose another folder, or --force: files of a run are then written beside it"),
                    ),
                )
            }
            _ => Ok(Self { path }),
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

    /// Removes what an earlier command left here and this one has not written: `kept` lists what it has.
    pub(super) fn remove_stale(&self, kept: &[&str], plots: &[&str]) {
        let remove = |folder: &Path, own: &[&str], kept: &[&str]| {
            let kept: BTreeSet<_> = kept.iter().collect();
            for name in own.iter().filter(|name| !kept.contains(name)) {
                // Most of them were never there.
                let _ = fs::remove_file(folder.join(name));
            }
        };
        remove(&self.path, OWN, kept);
        remove(&self.plots(), OWN_PLOTS, plots);
        // Only if it is empty.
        let _ = fs::remove_dir(self.plots());
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
