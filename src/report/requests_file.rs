//! `requests.parquet`: every request of a run as a row, for notebooks and data frames.
//!
//! Knows Parquet's columns. Must not know what a number means. Rows are written in groups, so memory does not grow
//! with the run.

use super::atomic::{PartialFile, WriteError};
use crate::sim::rows::{RequestRow, Sink};
use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

/// Its name in the folder of a run.
const NAME: &str = "requests.parquet";

/// Rows held in memory: a group of the file.
const GROUP_ROWS: usize = 1 << 18;

/// Columns in the order of [`RequestRow`]'s fields.
const SCHEMA: &str = "message request {
    required binary workload (STRING);
    required binary class (STRING);
    required int64 request (INTEGER(64,false));
    required int32 attempts (INTEGER(32,false));
    required double arrived_s;
    required double ended_s;
    required double latency_s;
    required double waited_s;
    required double demand_s;
    required binary end (STRING);
}";

/// The rows of a group, column by column.
#[derive(Debug, Default)]
struct Columns {
    workload: Vec<ByteArray>,
    class: Vec<ByteArray>,
    request: Vec<i64>,
    attempts: Vec<i32>,
    arrived_s: Vec<f64>,
    ended_s: Vec<f64>,
    latency_s: Vec<f64>,
    waited_s: Vec<f64>,
    demand_s: Vec<f64>,
    end: Vec<ByteArray>,
}

/// The file while it is written; nothing of it is left if it is dropped before it is complete.
pub struct RequestsFile {
    writer: SerializedFileWriter<PartialFile>,
    columns: Columns,
    names: Vec<(String, ByteArray)>,
    error: Option<ParquetError>,
    path: PathBuf,
}

impl std::fmt::Debug for RequestsFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RequestsFile")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl RequestsFile {
    /// Opens the file under its temporary name in `dir`, a folder that is made if need be.
    ///
    /// # Errors
    /// If the folder cannot be made or the file cannot be opened.
    pub fn create(dir: &Path) -> std::result::Result<Self, WriteError> {
        fs::create_dir_all(dir).map_err(|error| WriteError::new(dir, error))?;
        let path = dir.join(NAME);
        let file = PartialFile::create(&path)?;
        let opened = || {
            let schema = Arc::new(parse_message_type(SCHEMA)?);
            let properties = WriterProperties::builder().set_compression(Compression::SNAPPY);
            SerializedFileWriter::new(file, schema, Arc::new(properties.build()))
        };
        let writer = opened().map_err(|error| failed(&path, error))?;
        Ok(Self {
            writer,
            columns: Columns::default(),
            names: Vec::new(),
            error: None,
            path,
        })
    }

    fn write(&mut self, row: RequestRow<'_>) {
        let (workload, class, end) = (self.name(row.workload), self.name(row.class), self.name(row.end));
        let columns = &mut self.columns;
        columns.workload.push(workload);
        columns.class.push(class);
        columns.request.push(row.request as i64);
        columns.attempts.push(row.attempts as i32);
        columns.arrived_s.push(row.arrived_s);
        columns.ended_s.push(row.ended_s);
        columns.latency_s.push(row.latency_s);
        columns.waited_s.push(row.waited_s);
        columns.demand_s.push(row.demand_s);
        columns.end.push(end);
        if columns.request.len() >= GROUP_ROWS {
            self.error = self.write_group().err();
        }
    }

    /// Writes what is left and the footer, and gives the file its name.
    ///
    /// # Errors
    /// The first error met since [`Self::create`]; a sink cannot fail, so it is kept until here.
    pub fn finish(mut self) -> std::result::Result<(), WriteError> {
        let path = self.path.clone();
        self.error
            .take()
            .map_or(Ok(()), Err)
            .and_then(|()| self.write_group())
            .and_then(|()| self.writer.into_inner())
            .map_err(|error| failed(&path, error))?
            .commit()
    }

    /// A name's bytes, shared by all rows that bear it. There are few: workloads, classes and ends.
    fn name(&mut self, name: &str) -> ByteArray {
        if let Some((_, known)) = self.names.iter().find(|(known, _)| known == name) {
            return known.clone();
        }
        let bytes = ByteArray::from(name.as_bytes().to_vec());
        self.names.push((name.to_owned(), bytes.clone()));
        bytes
    }

    fn write_group(&mut self) -> Result<()> {
        let columns = std::mem::take(&mut self.columns);
        if columns.request.is_empty() {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        write_column::<ByteArrayType>(&mut group, &columns.workload)?;
        write_column::<ByteArrayType>(&mut group, &columns.class)?;
        write_column::<Int64Type>(&mut group, &columns.request)?;
        write_column::<Int32Type>(&mut group, &columns.attempts)?;
        write_column::<DoubleType>(&mut group, &columns.arrived_s)?;
        write_column::<DoubleType>(&mut group, &columns.ended_s)?;
        write_column::<DoubleType>(&mut group, &columns.latency_s)?;
        write_column::<DoubleType>(&mut group, &columns.waited_s)?;
        write_column::<DoubleType>(&mut group, &columns.demand_s)?;
        write_column::<ByteArrayType>(&mut group, &columns.end)?;
        group.close()?;
        Ok(())
    }
}

impl Sink for RequestsFile {
    fn wants_requests(&self) -> bool {
        true
    }

    fn request(&mut self, row: RequestRow<'_>) {
        if self.error.is_none() {
            self.write(row);
        }
    }
}

fn write_column<T: parquet::data_type::DataType>(
    group: &mut SerializedRowGroupWriter<'_, PartialFile>,
    values: &[T::T],
) -> Result<()> {
    let mut column = group
        .next_column()?
        .ok_or_else(|| ParquetError::General("fewer columns than the schema has".to_owned()))?;
    column.typed::<T>().write_batch(values, None, None)?;
    column.close()
}

fn failed(path: &Path, error: ParquetError) -> WriteError {
    WriteError::new(path, io::Error::other(error))
}

#[cfg(test)]
mod tests {
    use super::{GROUP_ROWS, NAME, RequestsFile};
    use crate::sim::rows::RequestRow;
    use parquet::file::reader::{FileReader, SerializedFileReader};

    fn row(request: u64, end: &'static str) -> RequestRow<'static> {
        RequestRow {
            workload: "shop",
            class: "search",
            request,
            attempts: 2,
            arrived_s: request as f64,
            ended_s: request as f64 + 0.75,
            latency_s: 0.75,
            waited_s: 0.5,
            demand_s: 0.25,
            end,
        }
    }

    #[test]
    fn what_was_written_is_read_back_over_several_groups() {
        let dir = tempfile::tempdir().unwrap();
        let mut file = RequestsFile::create(dir.path()).unwrap();
        let rows = GROUP_ROWS as u64 + 3;
        for request in 0..rows {
            file.write(row(request, if request == 1 { "timed_out" } else { "served" }));
        }
        file.finish().unwrap();
        let reader = SerializedFileReader::new(std::fs::File::open(dir.path().join(NAME)).unwrap()).unwrap();
        assert_eq!(reader.num_row_groups(), 2);
        assert_eq!(reader.metadata().file_metadata().num_rows() as u64, rows);
        let second = reader.get_row_iter(None).unwrap().nth(1).unwrap().unwrap();
        assert_eq!(
            second.to_string(),
            "{workload: \"shop\", class: \"search\", request: 1, attempts: 2, arrived_s: 1.0, ended_s: 1.75, \
             latency_s: 0.75, waited_s: 0.5, demand_s: 0.25, end: \"timed_out\"}"
        );
    }

    #[test]
    fn a_run_given_up_leaves_no_file() {
        let dir = tempfile::tempdir().unwrap();
        let mut file = RequestsFile::create(dir.path()).unwrap();
        file.write(row(0, "served"));
        drop(file);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
