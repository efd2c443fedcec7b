//! Files that a scenario names: traces, measured values, price lists.
//!
//! Knows: where they are looked for, what is said when one is missing, and checksums. Must not know: what a load or a
//! shape is made from them.
//!
//! Everything read is kept, so that variants of a scenario read no file again.

use super::super::raw::load::Origin;
use super::super::spot::Spot;
use crate::engine::Span;
use crate::input::price_file::parse_price_file;
use crate::input::trace::{MemoryCsvOptions, TraceError, TraceSummary, memory_csv};
use crate::input::{Diagnostic, Diagnostics, Limits, Place, Position, Sources, read_bounded};
use crate::model::price::PriceBook;
use crate::model::units::quoted;
use crate::workload::load::LoadSpec;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Problems of one trace that are shown.
const PROBLEMS_SHOWN: usize = 5;

/// A recording that was read.
pub(super) type Recording = (LoadSpec, TraceSummary);

/// Memory by age that was read.
type MemoryPoints = Arc<[(Span, u64)]>;

/// The files of one scenario.
#[derive(Debug)]
pub(in crate::input::scenario_file) struct Files {
    base: PathBuf,
    traces: Option<PathBuf>,
    limits: Limits,
    missing_trace: bool,
    recordings: BTreeMap<String, Recording>,
    memories: BTreeMap<String, MemoryPoints>,
    checksums: BTreeMap<PathBuf, String>,
    prices: BTreeMap<PathBuf, Option<Arc<PriceBook>>>,
}

impl Files {
    pub(in crate::input::scenario_file) fn new(
        base: PathBuf,
        traces: Option<PathBuf>,
        limits: Limits,
    ) -> Self {
        Self {
            base,
            traces,
            limits,
            missing_trace: false,
            recordings: BTreeMap::new(),
            memories: BTreeMap::new(),
            checksums: BTreeMap::new(),
            prices: BTreeMap::new(),
        }
    }

    /// The folder that names are relative to.
    pub(in crate::input::scenario_file) fn base(&self) -> &Path {
        &self.base
    }

    /// Whether a trace was not found.
    pub(in crate::input::scenario_file) fn missing_trace(&self) -> bool {
        self.missing_trace
    }

    /// The folders in which a trace is looked for.
    fn folders(&self) -> impl Iterator<Item = &Path> {
        std::iter::once(self.base.as_path()).chain(self.traces.as_deref())
    }

    fn find(&self, file: &str) -> Option<PathBuf> {
        self.folders()
            .map(|folder| folder.join(file))
            .find(|path| path.is_file())
    }

    /// The trace `origin` speaks of, whose file is named at `spot`, or that it is missing.
    fn trace(&mut self, spot: &Spot<'_>, origin: Origin<'_>) -> Result<PathBuf, Box<Diagnostic>> {
        if let Some(path) = self.find(origin.file) {
            return Ok(path);
        }
        self.missing_trace = true;
        let mut error = spot.error(format!("the trace {} is not there", quoted(origin.file)));
        let shown = |folder: &Path| match folder.to_str() {
            Some("") => "the current folder".to_owned(),
            _ => quoted(&folder.display().to_string()),
        };
        let folders: Vec<_> = self.folders().map(shown).collect();
        error = error.help(format!("it was looked for in {}", folders.join(" and ")));
        if let Some(source) = origin.source {
            let licence = origin
                .licence
                .map_or_else(String::new, |licence| format!(" ({licence})"));
            error = error.help(format!("get it from {source}{licence}"));
        }
        let help = "name the folder of your traces with `--traces DIR` or in TONNAGE_TRACES";
        Err(Box::new(error.help(help)))
    }

    /// The recording that `origin` speaks of, read by `read` and known by `key`, everything that decides what is read.
    pub(super) fn recording(
        &mut self,
        spot: &Spot<'_>,
        origin: Origin<'_>,
        key: String,
        read: impl FnOnce(&Path) -> Result<Recording, TraceError>,
    ) -> Result<Recording, Box<Diagnostic>> {
        if let Some(known) = self.recordings.get(&key) {
            return Ok(known.clone());
        }
        let file = spot.at("file");
        let path = self.trace(&file, origin)?;
        if let Some(stated) = origin.sha256 {
            let found = self.checksum(&path).map_err(|error| {
                let message = format!("cannot read the trace {}: {error}", quoted(origin.file));
                Box::new(file.error(message))
            })?;
            if !stated.eq_ignore_ascii_case(&found) {
                let error = spot.at("sha256").error(format!(
                    "the trace {} is another file: its SHA-256 is {found}",
                    quoted(origin.file)
                ));
                let help = match origin.source {
                    Some(source) => format!("get the right one from {source}"),
                    None => "it was changed since this was written".to_owned(),
                };
                return Err(Box::new(error.help(help)));
            }
        }
        let recording = read(&path).map_err(|error| Box::new(unsound(&file, origin.file, &error)))?;
        self.recordings.insert(key, recording.clone());
        Ok(recording)
    }

    /// The memory by age in the CSV that `origin` speaks of, whose file is named below `spot`.
    pub(super) fn memory(
        &mut self,
        spot: &Spot<'_>,
        origin: Origin<'_>,
        options: &MemoryCsvOptions,
    ) -> Result<MemoryPoints, Box<Diagnostic>> {
        let key = format!("{} {options:?}", origin.file);
        if let Some(known) = self.memories.get(&key) {
            return Ok(known.clone());
        }
        let file = spot.at("file");
        let path = self.trace(&file, origin)?;
        let points =
            memory_csv(&path, options).map_err(|error| Box::new(unsound(&file, origin.file, &error)))?;
        let points: MemoryPoints = points.into();
        self.memories.insert(key, points.clone());
        Ok(points)
    }

    /// The SHA-256 of a file, in lower-case hexadecimal digits.
    fn checksum(&mut self, path: &Path) -> std::io::Result<String> {
        if let Some(known) = self.checksums.get(path) {
            return Ok(known.clone());
        }
        let (mut file, mut hash) = (File::open(path)?, Sha256::new());
        let mut buffer = vec![0; 1 << 16];
        loop {
            match file.read(&mut buffer)? {
                0 => break,
                length => hash.update(&buffer[..length]),
            }
        }
        let digits: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        self.checksums.insert(path.to_owned(), digits.clone());
        Ok(digits)
    }

    /// The numbers in the text file named at `spot`.
    pub(super) fn numbers(&mut self, spot: &Spot<'_>, file: &str) -> Result<Vec<f64>, Box<Diagnostic>> {
        let origin = Origin {
            file,
            source: None,
            licence: None,
            sha256: None,
        };
        let path = self.trace(spot, origin)?;
        let place = spot.cursor.place();
        let text = read_bounded(&path, self.limits, place.source).map_err(|error| {
            let message = format!("{}: {}", quoted(file), error.message);
            Box::new(spot.error(message))
        })?;
        let mut numbers = Vec::new();
        for word in text.split_whitespace() {
            match word.parse::<f64>() {
                Ok(value) if value.is_finite() && value >= 0.0 => numbers.push(value),
                _ => {
                    let error = spot.error(format!(
                        "{}: value {} is {}",
                        quoted(file),
                        numbers.len() + 1,
                        quoted(word)
                    ));
                    return Err(Box::new(error.help("expected numbers of seconds, 0 or above")));
                }
            }
        }
        Ok(numbers)
    }

    /// The price list named at `spot`; nothing if it is unsound, which is then said in `diagnostics`.
    pub(super) fn prices(
        &mut self,
        spot: &Spot<'_>,
        file: &str,
        sources: &mut Sources,
        diagnostics: &mut Diagnostics,
    ) -> Option<Arc<PriceBook>> {
        let path = self.base.join(file);
        if let Some(known) = self.prices.get(&path) {
            return known.clone();
        }
        let book = self
            .read_prices(&path, spot, file, sources, diagnostics)
            .map(Arc::new);
        self.prices.insert(path, book.clone());
        book
    }

    fn read_prices(
        &self,
        path: &Path,
        spot: &Spot<'_>,
        file: &str,
        sources: &mut Sources,
        diagnostics: &mut Diagnostics,
    ) -> Option<PriceBook> {
        if !path.is_file() {
            let error = spot.error(format!("the price list {} is not there", quoted(file)));
            diagnostics.push(error.help(format!(
                "it was looked for at {}",
                quoted(&path.display().to_string())
            )));
            return None;
        }
        let source = sources.load(path, self.limits, diagnostics)?;
        match parse_price_file(sources.text(source)) {
            Ok(book) => Some(book),
            Err(errors) => {
                for error in errors {
                    let line = u32::try_from(error.line).unwrap_or(u32::MAX);
                    let width = sources.line(source, line).map_or(1, |line| line.chars().count());
                    let column = u32::try_from(width + 1).unwrap_or(u32::MAX);
                    let place = Place {
                        source,
                        start: Position { line, column: 1 },
                        end: Position { line, column },
                    };
                    diagnostics.push(Diagnostic::error(place, error.message));
                }
                None
            }
        }
    }
}

/// The error about a trace with problems.
fn unsound(spot: &Spot<'_>, file: &str, error: &TraceError) -> Diagnostic {
    let mut problems = error.problems.iter();
    let first = problems
        .next()
        .map_or_else(String::new, |problem| format!(": {problem}"));
    let mut diagnostic = spot.error(format!("the trace {} is unsound{first}", quoted(file)));
    for problem in problems.by_ref().take(PROBLEMS_SHOWN - 1) {
        diagnostic = diagnostic.help(problem.to_string());
    }
    match problems.count() {
        0 => diagnostic,
        more => diagnostic.help(format!("and {more} more")),
    }
}
