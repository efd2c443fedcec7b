//! A finished run, read back from its folder.
//!
//! Knows the files a run leaves. Must not know how anything is drawn.

use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::series::{DecisionEntry, NodeEntry, PodEntry, Series, SeriesCollector};
use crate::sim::outcome::Outcome;
use crate::sim::rows::{ClusterSample, Sink, WorkloadSample};

/// A run's folder that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file is missing or cannot be opened.
    #[error("cannot read {}: {source}", path.display())]
    Open {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// `outcome.json` is not an outcome.
    #[error("{} is not an outcome of this version: {source}", path.display())]
    Outcome {
        /// Where it is.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// A CSV file does not have the columns it should have.
    #[error("{}: {source}", path.display())]
    Rows {
        /// Which one.
        path: PathBuf,
        /// Where and what.
        #[source]
        source: csv::Error,
    },
}

/// Reads `outcome.json` and the CSV files beside it.
///
/// # Errors
/// If `outcome.json` is missing or damaged, or a CSV file is damaged; a CSV file that is missing counts as empty.
pub fn load_run(dir: &Path) -> Result<(Outcome, Series), LoadError> {
    let path = dir.join("outcome.json");
    let bytes = fs::read(&path).map_err(|source| LoadError::Open {
        path: path.clone(),
        source,
    })?;
    let outcome = serde_json::from_slice(&bytes).map_err(|source| LoadError::Outcome { path, source })?;
    let mut collector = SeriesCollector::default();
    each(dir, "timeseries.csv", |row: WorkloadSample| {
        collector.workload_sample(row);
    })?;
    each(dir, "cluster.csv", |row: ClusterSample| {
        collector.cluster_sample(row);
    })?;
    each(dir, "decisions.csv", |row: DecisionEntry| {
        collector.add_decision(row);
    })?;
    each(dir, "pods.csv", |row: PodEntry| {
        collector.add_pod(row);
    })?;
    each(dir, "nodes.csv", |row: NodeEntry| {
        collector.add_node(row);
    })?;
    Ok((outcome, collector.finish()))
}

fn each<T: DeserializeOwned>(dir: &Path, name: &str, mut take: impl FnMut(T)) -> Result<(), LoadError> {
    let path = dir.join(name);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(LoadError::Open { path, source }),
    };
    for row in csv::Reader::from_reader(BufReader::new(file)).into_deserialize() {
        take(row.map_err(|source| LoadError::Rows {
            path: path.clone(),
            source,
        })?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{RunWriter, Style, sample, terminal, write_outcome};

    #[test]
    fn a_run_read_back_is_the_run_that_was_written() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = RunWriter::create(dir.path()).unwrap();
        sample::feed(&mut writer);
        writer.finish().unwrap();
        write_outcome(dir.path(), &sample::outcome(), None).unwrap();
        let (outcome, series) = load_run(dir.path()).unwrap();
        // The last bit of a number may differ: the JSON reader trades it for speed.
        let text = |outcome| terminal::summary(outcome, None, Style::Plain);
        assert_eq!(text(&outcome), text(&sample::outcome()));
        assert_eq!(
            (&outcome.digest, outcome.events),
            (&sample::outcome().digest, sample::outcome().events)
        );
        assert_eq!(series, sample::series());
    }

    #[test]
    fn a_damaged_file_is_named_with_its_line() {
        let dir = tempfile::tempdir().unwrap();
        write_outcome(dir.path(), &sample::outcome(), None).unwrap();
        fs::write(dir.path().join("nodes.csv"), "node,pool\nn-0,p\n").unwrap();
        let error = load_run(dir.path()).unwrap_err().to_string();
        assert!(
            error.contains("nodes.csv") && error.contains("line: 2"),
            "{error}"
        );
    }

    #[test]
    fn a_folder_without_a_run_says_what_is_missing() {
        let dir = tempfile::tempdir().unwrap();
        assert!(
            load_run(dir.path())
                .unwrap_err()
                .to_string()
                .contains("outcome.json")
        );
    }
}
