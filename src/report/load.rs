//! A finished run, read back from its folder.
//!
//! Knows the files a run leaves. Must not know how anything is drawn. A file that is cut short, damaged or of another
//! version is refused with its place: a page of half a run would look like the page of a whole one.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use csv::StringRecord;
use serde::de::DeserializeOwned;

use super::csv_files::{
    CLUSTER_COLUMNS, DECISION_COLUMNS, FAULT_COLUMNS, NODE_COLUMNS, POD_COLUMNS, WORKLOAD_COLUMNS,
};
use super::series::{DecisionEntry, FaultEntry, NodeEntry, PodEntry, Series, SeriesCollector};
use super::summary::{self, Estimate, Intervals};
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
    /// A file does not hold what it should.
    #[error("{}:{line}: {what}", path.display())]
    Damaged {
        /// Which one.
        path: PathBuf,
        /// Which line, from 1.
        line: u64,
        /// What was found and what was expected.
        what: String,
    },
}

impl LoadError {
    fn damaged(path: &Path, line: u64, what: impl Into<String>) -> Self {
        Self::Damaged {
            path: path.to_owned(),
            line: line.max(1),
            what: what.into(),
        }
    }
}

/// How many rows the CSV files of a run have, by file name; what is not known is not checked.
pub type RowCounts = BTreeMap<String, u64>;

/// Reads `outcome.json` and the CSV files beside it, which have as many rows as `rows` says.
///
/// # Errors
/// If `outcome.json` is missing or damaged, or a CSV file is damaged; a CSV file that is missing counts as empty.
pub fn load_run(dir: &Path, rows: &RowCounts) -> Result<(Outcome, Series), LoadError> {
    let outcome = load_json(&dir.join("outcome.json"), "the outcome of a run")?;
    let mut collector = SeriesCollector::default();
    let load = Load { dir, rows };
    load.each("timeseries.csv", WORKLOAD_COLUMNS, |row: WorkloadSample| {
        collector.workload_sample(row);
    })?;
    load.each("cluster.csv", CLUSTER_COLUMNS, |row: ClusterSample| {
        collector.cluster_sample(row);
    })?;
    load.each("decisions.csv", DECISION_COLUMNS, |row: DecisionEntry| {
        collector.add_decision(row);
    })?;
    load.each("pods.csv", POD_COLUMNS, |row: PodEntry| {
        collector.add_pod(row);
    })?;
    load.each("nodes.csv", NODE_COLUMNS, |row: NodeEntry| {
        collector.add_node(row);
    })?;
    load.each("faults.csv", FAULT_COLUMNS, |row: FaultEntry| {
        collector.add_fault(row);
    })?;
    Ok((outcome, collector.finish()))
}

/// Reads one of a run's JSON files, which holds `what`.
///
/// # Errors
/// If it is missing, damaged, or of a version that wrote something else.
pub fn load_json<T: DeserializeOwned>(path: &Path, what: &str) -> Result<T, LoadError> {
    let bytes = fs::read(path).map_err(|source| LoadError::Open {
        path: path.to_owned(),
        source,
    })?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(LoadError::damaged(
            path,
            1,
            format!("the file is empty; expected {what}"),
        ));
    }
    serde_json::from_slice(&bytes).map_err(|error| {
        let line = error.line() as u64;
        let whole: Option<serde_json::Value> = serde_json::from_slice(&bytes).ok();
        let version = whole.as_ref().and_then(|whole| whole["version"].as_str());
        let own = env!("CARGO_PKG_VERSION");
        let what = match (version, error.classify()) {
            (Some(version), _) if version != own => format!(
                "written by version {version}, which this one ({own}) cannot read: {error}; run the scenario again"
            ),
            (_, serde_json::error::Category::Eof) => format!("cut short: {error}; expected {what}"),
            _ => format!("not {what}: {error}"),
        };
        LoadError::damaged(path, line, what)
    })
}

/// Reads the intervals in `summary.csv`, which has a row for every number of `outcome`; `None` for a single run.
///
/// # Errors
/// If it is missing or damaged.
pub fn load_intervals(
    dir: &Path,
    outcome: &Outcome,
    replications: u64,
) -> Result<Option<Intervals>, LoadError> {
    let rows = RowCounts::from([("summary.csv".to_owned(), summary::metrics(outcome).len() as u64)]);
    let mut intervals = Intervals::new(replications);
    let path = dir.join("summary.csv");
    if !path.is_file() {
        let source = io::Error::from(io::ErrorKind::NotFound);
        return Err(LoadError::Open { path, source });
    }
    type Row = (
        String,
        String,
        String,
        String,
        Option<f64>,
        Option<f64>,
        Option<f64>,
        u64,
    );
    let load = Load { dir, rows: &rows };
    load.each("summary.csv", summary::COLUMNS, |row: Row| {
        let (scope, name, metric, _, Some(mean), low, high, replications) = row else {
            return;
        };
        let estimate = Estimate {
            mean,
            ci95: low.zip(high),
            replications,
        };
        intervals.insert(&scope, &name, &metric, estimate);
    })?;
    Ok((replications > 1).then_some(intervals))
}

struct Load<'a> {
    dir: &'a Path,
    rows: &'a RowCounts,
}

impl Load<'_> {
    fn each<T: DeserializeOwned>(
        &self,
        name: &str,
        columns: &str,
        mut take: impl FnMut(T),
    ) -> Result<(), LoadError> {
        let path = self.dir.join(name);
        let opened = |source| LoadError::Open {
            path: path.clone(),
            source,
        };
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(source) => return Err(opened(source)),
        };
        let ends_whole = ends_with_a_line(&mut file).map_err(opened)?;
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(BufReader::new(file));
        let mut record = StringRecord::new();
        let mut next = |record: &mut StringRecord| {
            let found = reader.read_record(record);
            found.map_err(|error| unreadable(&path, &error))
        };
        if !next(&mut record)? {
            return Err(LoadError::damaged(
                &path,
                1,
                format!("the file is empty; expected the columns {columns}"),
            ));
        }
        let header: StringRecord = columns.split(',').collect();
        if let Some(what) = other_columns(&record, &header) {
            return Err(LoadError::damaged(&path, 1, what));
        }
        let (mut count, mut line) = (0, 1);
        while next(&mut record)? {
            count += 1;
            line = record.position().map_or(line + 1, csv::Position::line);
            take(
                record
                    .deserialize(Some(&header))
                    .map_err(|error| LoadError::damaged(&path, line, unlike(&record, &header, &error)))?,
            );
        }
        if !ends_whole {
            return Err(LoadError::damaged(
                &path,
                line,
                "the last line has no end: the file is cut short",
            ));
        }
        match self.rows.get(name) {
            Some(&expected) if expected != count => Err(LoadError::damaged(
                &path,
                line,
                format!("{count} rows, but the run wrote {expected}: the file is cut short or was changed"),
            )),
            _ => Ok(()),
        }
    }
}

fn ends_with_a_line(file: &mut File) -> io::Result<bool> {
    let mut last = [b'\n'];
    if file.seek(SeekFrom::End(0))? > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    file.rewind()?;
    Ok(last == *b"\n")
}

/// What is wrong with a file's columns, if they are not those of this version.
fn other_columns(found: &StringRecord, expected: &StringRecord) -> Option<String> {
    let place =
        (0..found.len().max(expected.len())).find(|&place| found.get(place) != expected.get(place))?;
    let shown = |name: Option<&str>| {
        name.map_or_else(
            || "nothing".to_owned(),
            |name| {
                format!(
                    "`{}`",
                    name.chars()
                        .take(40)
                        .flat_map(char::escape_debug)
                        .collect::<String>()
                )
            },
        )
    };
    Some(format!(
        "column {} is {}, expected {}: the file is damaged or of another version",
        place + 1,
        shown(found.get(place)),
        shown(expected.get(place))
    ))
}

/// A line that is no CSV, or no text.
fn unreadable(path: &Path, error: &csv::Error) -> LoadError {
    let line = error.position().map_or(1, csv::Position::line);
    let what = match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "not text: the file is damaged".to_owned(),
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => {
            format!(
                "{len} fields, expected {expected_len} as in the lines above: the file is cut short or damaged"
            )
        }
        csv::ErrorKind::Io(source) => {
            return LoadError::Open {
                path: path.to_owned(),
                source: io::Error::new(source.kind(), source.to_string()),
            };
        }
        _ => error.to_string(),
    };
    LoadError::damaged(path, line, what)
}

/// A field that is not what its column holds.
fn unlike(record: &StringRecord, header: &StringRecord, error: &csv::Error) -> String {
    let csv::ErrorKind::Deserialize { err, .. } = error.kind() else {
        return error.to_string();
    };
    match err.field() {
        Some(field) => {
            let field = field as usize;
            format!(
                "{} is `{}`: {}",
                header.get(field).unwrap_or("a field"),
                record.get(field).unwrap_or_default().escape_debug(),
                err.kind()
            )
        }
        None => err.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{RunWriter, Sheet, sample, terminal, write_outcome};

    #[test]
    fn a_run_read_back_is_the_run_that_was_written() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = RunWriter::create(dir.path()).unwrap();
        sample::feed(&mut writer);
        let rows = writer.finish().unwrap();
        write_outcome(dir.path(), &sample::outcome(), None).unwrap();
        assert!(rows["timeseries.csv"] > 700);
        let (outcome, series) = load_run(dir.path(), &rows).unwrap();
        // The last bit of a number may differ: the JSON reader trades it for speed.
        let text = |outcome| terminal::summary(outcome, None, Sheet::PLAIN);
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
        let refused = |text: &str| {
            fs::write(dir.path().join("nodes.csv"), text).unwrap();
            let error = load_run(dir.path(), &RowCounts::new()).unwrap_err().to_string();
            error.split("nodes.csv").nth(1).unwrap().to_owned()
        };
        assert_eq!(
            refused("node,pool\nn-0,p\n"),
            ":1: column 3 is nothing, expected `zone`: the file is damaged or of another version"
        );
        let row = "n-0,p,a,s,0.0,0.0,,soon,7,0.5";
        assert_eq!(
            refused(&format!("{NODE_COLUMNS}\n{}\n{row}\n", row.replace("soon", "1"))),
            ":3: cost_usd is `soon`: invalid float literal"
        );
    }

    #[test]
    fn a_folder_without_a_run_says_what_is_missing() {
        let dir = tempfile::tempdir().unwrap();
        assert!(
            load_run(dir.path(), &RowCounts::new())
                .unwrap_err()
                .to_string()
                .contains("outcome.json")
        );
    }
}
