//! The CSV files of a run, streamed while it goes, and its outcome as files.
//!
//! Knows columns and file names. Must not know what a number means.

use std::fs;
use std::io;
use std::path::Path;

use serde::Serialize;

use super::atomic::{PartialFile, WriteError, write_atomically};
use super::load::RowCounts;
use super::summary::{self, Intervals};
use crate::sim::outcome::Outcome;
use crate::sim::rows::{
    ClusterSample, DecisionRow, FaultRow, GpuRow, JobRow, NodeRow, PodRow, Sink, WorkloadSample,
};

pub(super) const WORKLOAD_COLUMNS: &str = "time_s,workload,arrivals_per_s,completions_per_s,failures_per_s,\
    queued_mean,in_service_mean,replicas_desired_mean,replicas_desired_max,replicas_ready_mean,replicas_ready_min,\
    replicas_ready_max,replicas_starting_mean,replicas_starting_max,replicas_pending_mean,replicas_pending_max,\
    utilization,latency_p50_s,latency_p95_s,latency_p99_s";
pub(super) const CLUSTER_COLUMNS: &str = "time_s,nodes_mean,nodes_max,nodes_ready_mean,nodes_ready_max,nodes_booting_mean,\
    nodes_booting_max,nodes_draining_mean,nodes_draining_max,pods_pending_mean,pods_pending_max,pods_bound_mean,\
    pods_bound_max,cpu_reserved_mean,memory_reserved_mean,gpu_reserved_mean,gpu_fragmented,\
    cost_usd_per_hour_mean,cost_usd";
pub(super) const DECISION_COLUMNS: &str = "time_s,last_time_s,count,question,policy,subject,action,from,to,result,reason_code,\
    reason";
pub(super) const POD_COLUMNS: &str = "pod,workload,node,created_s,bound_s,pulled_s,ready_s,terminating_s,ended_s,end,served,lost,\
    utilization,cpu_request_cores,memory_request_bytes,restarts,restarts_oom,restarts_probe,cpu_throttled_s,\
    cpu_waited_s,memory_peak_bytes,swap_peak_bytes,swapped_s";
pub(super) const NODE_COLUMNS: &str =
    "node,pool,zone,shape,launched_s,ready_s,removed_s,cost_usd,pods,cpu_reserved";
pub(super) const FAULT_COLUMNS: &str = "fault,kind,target,began_s,detected_s,recovered_s,nodes,workload,replicas_before,\
    availability,pods_lost,requests_lost,requests_failed,requests_succeeded,\
    work_lost_s";
const JOB_COLUMNS: &str = "job,workload,due_s,created_s,running_s,ended_s,result,reason,pods,succeeded,failed,work_s,\
    work_lost_s";

const GPU_COLUMNS: &str = "node,pool,gpu,part,model,resource,sharing,units,memory_bytes,since_s,until_s,held,at_work,used,\
    memory_mean_bytes,memory_max_bytes,out_of_memory";

pub(super) const CALL_COLUMNS: &str = "from,to,kind,step,calls,attempts,failed,retried,hedged,broken,orphaned,latency_mean_s,\
    latency_p50_s,latency_p95_s,latency_p99_s,latency_max_s";

/// Streams the rows of one run to `timeseries.csv`, `cluster.csv`, `decisions.csv`, `pods.csv`, `nodes.csv`,
/// `faults.csv`, `jobs.csv` and `gpus.csv`.
///
/// The files get their names in [`RunWriter::finish`]. Dropped before, nothing of them is left.
#[derive(Debug)]
pub struct RunWriter {
    workloads: Table,
    cluster: Table,
    decisions: Table,
    pods: Table,
    nodes: Table,
    faults: Table,
    jobs: Table,
    gpus: Table,
}

impl RunWriter {
    /// Creates the folder if need be and opens every file, so that a place that cannot be written is known before the
    /// run starts.
    ///
    /// # Errors
    /// If the folder cannot be made or a file in it cannot be opened.
    pub fn create(dir: &Path) -> Result<Self, WriteError> {
        fs::create_dir_all(dir).map_err(|e| WriteError::new(dir, e))?;
        Ok(Self {
            workloads: Table::create(dir, "timeseries.csv", WORKLOAD_COLUMNS)?,
            cluster: Table::create(dir, "cluster.csv", CLUSTER_COLUMNS)?,
            decisions: Table::create(dir, "decisions.csv", DECISION_COLUMNS)?,
            pods: Table::create(dir, "pods.csv", POD_COLUMNS)?,
            nodes: Table::create(dir, "nodes.csv", NODE_COLUMNS)?,
            faults: Table::create(dir, "faults.csv", FAULT_COLUMNS)?,
            jobs: Table::create(dir, "jobs.csv", JOB_COLUMNS)?,
            gpus: Table::create(dir, "gpus.csv", GPU_COLUMNS)?,
        })
    }

    /// Completes the files and gives them their names; returns how many rows each has.
    ///
    /// # Errors
    /// The first error met since [`RunWriter::create`]; a sink cannot fail, so it is kept until here. No file gets its
    /// name if the content of one is incomplete.
    pub fn finish(self) -> Result<RowCounts, WriteError> {
        let tables = [
            self.workloads,
            self.cluster,
            self.decisions,
            self.pods,
            self.nodes,
            self.faults,
            self.jobs,
            self.gpus,
        ];
        let counted = tables.iter().filter_map(|table| {
            let name = table.path.file_name()?.to_str()?;
            Some((name.to_owned(), table.rows))
        });
        let counts = counted.collect();
        let files = tables
            .into_iter()
            .map(Table::complete)
            .collect::<Result<Vec<_>, _>>()?;
        files.into_iter().try_for_each(PartialFile::commit)?;
        Ok(counts)
    }
}

impl Sink for RunWriter {
    fn workload_sample(&mut self, row: WorkloadSample) {
        self.workloads.write(&row);
    }

    fn cluster_sample(&mut self, row: ClusterSample) {
        self.cluster.write(&row);
    }

    fn decision(&mut self, row: DecisionRow) {
        self.decisions.write(&row);
    }

    fn pod(&mut self, row: PodRow) {
        self.pods.write(&row);
    }

    fn node(&mut self, row: NodeRow) {
        self.nodes.write(&row);
    }

    fn fault(&mut self, row: FaultRow) {
        self.faults.write(&row);
    }

    fn job(&mut self, row: JobRow) {
        self.jobs.write(&row);
    }

    fn gpu(&mut self, row: GpuRow) {
        self.gpus.write(&row);
    }
}

/// Writes `summary.csv`, `calls.csv` and `outcome.json`.
///
/// # Errors
/// If one of them cannot be written.
pub fn write_outcome(dir: &Path, outcome: &Outcome, intervals: Option<&Intervals>) -> Result<(), WriteError> {
    fs::create_dir_all(dir).map_err(|e| WriteError::new(dir, e))?;
    write_atomically(
        &dir.join("summary.csv"),
        summary::to_csv(outcome, intervals).as_bytes(),
    )?;
    write_atomically(&dir.join("calls.csv"), calls_csv(outcome).as_bytes())?;
    let path = dir.join("outcome.json");
    let mut json = serde_json::to_vec_pretty(outcome).map_err(|e| WriteError::new(&path, e.into()))?;
    json.push(b'\n');
    write_atomically(&path, &json)
}

/// A row for each kind of call.
fn calls_csv(outcome: &Outcome) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // What is written to memory cannot fail.
    let _ = writer.write_record(CALL_COLUMNS.split(','));
    for call in &outcome.calls {
        let q = &call.latency;
        let counts = [
            call.calls,
            call.attempts,
            call.failed,
            call.retried,
            call.hedged,
            call.broken,
            call.orphaned,
        ];
        let texts = [
            call.from.clone(),
            call.to.clone(),
            call.kind.clone(),
            call.step.to_string(),
        ];
        let times = [q.mean, q.p50, q.p95, q.p99, q.max].map(|time| match q.count {
            0 => String::new(),
            _ => time.to_string(),
        });
        let record = texts
            .into_iter()
            .chain(counts.map(|count| count.to_string()))
            .chain(times);
        let _ = writer.write_record(record);
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

/// One file and the first thing that went wrong with it.
#[derive(Debug)]
struct Table {
    writer: csv::Writer<PartialFile>,
    error: Option<WriteError>,
    rows: u64,
    path: std::path::PathBuf,
}

impl Table {
    fn create(dir: &Path, name: &str, columns: &str) -> Result<Self, WriteError> {
        let path = dir.join(name);
        let file = PartialFile::create(&path)?;
        // The header is written here, not with the first row: a file without rows still says what its columns are.
        let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(file);
        writer
            .write_record(columns.split(','))
            .map_err(|e| WriteError::new(&path, e.into()))?;
        Ok(Self {
            writer,
            error: None,
            rows: 0,
            path,
        })
    }

    fn write(&mut self, row: &impl Serialize) {
        self.rows += 1;
        if self.error.is_none()
            && let Err(e) = self.writer.serialize(row)
        {
            self.error = Some(WriteError::new(&self.path, e.into()));
        }
    }

    fn complete(self) -> Result<PartialFile, WriteError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let mut file = self.writer.into_inner().map_err(|e| {
            WriteError::new(
                &self.path,
                io::Error::new(e.error().kind(), e.error().to_string()),
            )
        })?;
        io::Write::flush(&mut file).map_err(|e| WriteError::new(&self.path, e))?;
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn header_of(row: &impl Serialize) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.serialize(row).unwrap();
        let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        text.lines().next().unwrap().to_owned()
    }

    #[derive(Default)]
    struct Firsts(Vec<(String, &'static str)>);

    impl Sink for Firsts {
        fn workload_sample(&mut self, row: WorkloadSample) {
            self.0.push((header_of(&row), WORKLOAD_COLUMNS));
        }
        fn cluster_sample(&mut self, row: ClusterSample) {
            self.0.push((header_of(&row), CLUSTER_COLUMNS));
        }
        fn decision(&mut self, row: DecisionRow) {
            self.0.push((header_of(&row), DECISION_COLUMNS));
        }
        fn pod(&mut self, row: PodRow) {
            self.0.push((header_of(&row), POD_COLUMNS));
        }
        fn node(&mut self, row: NodeRow) {
            self.0.push((header_of(&row), NODE_COLUMNS));
        }
        fn fault(&mut self, row: FaultRow) {
            self.0.push((header_of(&row), FAULT_COLUMNS));
        }
        fn job(&mut self, row: JobRow) {
            self.0.push((header_of(&row), JOB_COLUMNS));
        }
        fn gpu(&mut self, row: GpuRow) {
            self.0.push((header_of(&row), GPU_COLUMNS));
        }
    }

    #[test]
    fn headers_are_the_fields_of_the_rows() {
        let mut firsts = Firsts::default();
        sample::feed(&mut firsts);
        assert!(firsts.0.len() > 5);
        for (fields, columns) in firsts.0 {
            assert_eq!(fields, columns);
        }
    }

    #[test]
    fn every_column_is_documented() {
        let page = include_str!("../../docs/outputs.md");
        for (file, columns) in [
            ("timeseries.csv", WORKLOAD_COLUMNS),
            ("cluster.csv", CLUSTER_COLUMNS),
            ("decisions.csv", DECISION_COLUMNS),
            ("pods.csv", POD_COLUMNS),
            ("nodes.csv", NODE_COLUMNS),
            ("faults.csv", FAULT_COLUMNS),
            ("jobs.csv", JOB_COLUMNS),
            ("gpus.csv", GPU_COLUMNS),
            ("calls.csv", CALL_COLUMNS),
        ] {
            let section = page.split(&format!("## `{file}`")).nth(1).expect(file);
            let section = section.split("\n## ").next().unwrap_or_default();
            let documented = section
                .lines()
                .filter_map(|line| line.strip_prefix("| `")?.split('`').next());
            assert_eq!(documented.collect::<Vec<_>>().join(","), columns, "{file}");
        }
    }

    #[test]
    fn a_run_without_rows_still_has_headers() {
        let dir = tempfile::tempdir().unwrap();
        RunWriter::create(dir.path()).unwrap().finish().unwrap();
        let text = fs::read_to_string(dir.path().join("pods.csv")).unwrap();
        assert_eq!(text.trim_end(), POD_COLUMNS);
    }

    #[test]
    fn an_interrupted_run_leaves_no_file() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = RunWriter::create(dir.path()).unwrap();
        sample::feed(&mut writer);
        drop(writer);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_known_before_the_run() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("taken");
        fs::write(&file, "a file, not a folder").unwrap();
        let error = RunWriter::create(&file).unwrap_err();
        assert!(error.to_string().contains("taken"), "{error}");
        fs::create_dir(dir.path().join("nodes.csv")).unwrap();
        assert!(RunWriter::create(dir.path()).is_err());
        let left: Vec<_> = fs::read_dir(dir.path())
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        assert_eq!(left.len(), 2, "temporary files left behind: {left:?}");
    }

    #[test]
    fn a_full_disk_during_the_run_is_told_at_the_end() {
        if !Path::new("/dev/full").exists() {
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        // The temporary name leads to a device on which every write fails.
        #[cfg(unix)]
        std::os::unix::fs::symlink("/dev/full", dir.path().join(".timeseries.csv.partial")).unwrap();
        let mut writer = RunWriter::create(dir.path()).unwrap();
        sample::feed(&mut writer);
        let error = writer.finish().unwrap_err();
        assert!(error.to_string().contains("timeseries.csv"), "{error}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
