//! Traces: what validation reports, what streaming gives, and the published files themselves.

mod hostile;
mod published;
mod streams;

use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;

use super::{AzureLlmTrace, CountsCsv, CountsCsvOptions, NumberList, NumberListOptions, RequestsCsv};
use super::{RequestsCsvOptions, TokenCost, TraceError};
use crate::engine::{Span, StreamKey};
use crate::workload::load::{Arrival, ArrivalFactory, ArrivalSource, CountSeries, CountStream};

/// A file that is gone when the test ends.
struct Scratch {
    _folder: TempDir,
    path: PathBuf,
}

fn scratch(contents: &[u8]) -> Scratch {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace");
    std::fs::write(&path, contents).unwrap();
    Scratch {
        _folder: folder,
        path,
    }
}

fn gzip(contents: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(contents).unwrap();
    encoder.finish().unwrap()
}

const COST: TokenCost = TokenCost {
    base: Span::from_nanos(10_000_000),
    per_context_token: 1e-4,
    per_generated_token: 2e-2,
};

fn requests(path: &Path) -> Result<RequestsCsv, TraceError> {
    let options = RequestsCsvOptions {
        classes: vec!["small".into(), "large".into()],
        ..Default::default()
    };
    RequestsCsv::requests_csv(path, &options)
}

fn counts(path: &Path) -> Result<CountsCsv, TraceError> {
    CountsCsv::validated(path, &CountsCsvOptions::default())
}

fn open(factory: &dyn ArrivalFactory) -> Box<dyn ArrivalSource> {
    factory.open(StreamKey::new(1, 0), "trace")
}

fn rest(source: &mut dyn ArrivalSource) -> Vec<Arrival> {
    std::iter::from_fn(|| source.next_arrival()).collect()
}

fn rest_counts(stream: &mut dyn CountStream) -> Vec<u32> {
    std::iter::from_fn(|| stream.next_count()).collect()
}

/// Every reader on one file.
fn all_errors(path: &Path) -> [Option<TraceError>; 4] {
    [
        AzureLlmTrace::azure_llm(path, COST).err(),
        requests(path).err(),
        counts(path).err(),
        NumberList::validated(path, &NumberListOptions::default()).err(),
    ]
}

fn series(factory: &dyn CountSeries) -> Vec<u32> {
    rest_counts(factory.open().as_mut())
}
