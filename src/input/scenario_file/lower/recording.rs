//! Recorded load: each format's options, and what a scenario says about the file.
//!
//! Knows: which reader reads which recording. Must not know: where files are (`files` does), or rates that are made up.

use super::super::raw::load::{Arrivals, Origin, Spread as RawSpread};
use super::super::spot::Spot;
use super::Lowering;
use super::files::Recording;
use super::load::Made;
use super::workload::LoweredWorkload;
use crate::input::trace::{
    AzureLlmTrace, CountsCsv, CountsCsvOptions, NumberList, NumberListOptions, RequestsCsv,
    RequestsCsvOptions, TokenCost, TraceError,
};
use crate::model::units::{Duration, Timestamp};
use crate::workload::load::{CountSeries, Counts, LoadSpec, Spread};
use jiff::civil::DateTime;
use std::path::Path;
use std::sync::Arc;

impl Lowering<'_> {
    /// Reads the recording at `kind`.
    pub(super) fn recording(
        &mut self,
        kind: &Spot<'_>,
        arrivals: &Arrivals,
        name: &str,
        workload: Option<&LoweredWorkload>,
    ) -> Option<Made> {
        let classes: Vec<String> = workload
            .map(|workload| &workload.serving.classes)
            .into_iter()
            .flatten()
            .map(|class| class.name.clone())
            .collect();
        let origin = origin(arrivals)?;
        let key = format!("{classes:?} {arrivals:?}");
        let read = |path: &Path| read_recording(path, arrivals, classes);
        match self.files.recording(kind, origin, key, read) {
            Ok((spec, summary)) => {
                self.assumptions.push(replayed(name, origin));
                Some(Made::Source {
                    spec,
                    rate_mean: None,
                    requests: Some(summary.requests),
                })
            }
            Err(diagnostic) => {
                self.push(*diagnostic);
                None
            }
        }
    }
}

fn origin(arrivals: &Arrivals) -> Option<Origin<'_>> {
    match arrivals {
        Arrivals::Requests(trace) => Some(trace.origin()),
        Arrivals::Counts(trace) => Some(trace.origin()),
        Arrivals::NumberList(trace) => Some(trace.origin()),
        Arrivals::AzureLlm(trace) => Some(trace.origin()),
        _ => None,
    }
}

/// The sentence about where a load comes from.
fn replayed(name: &str, origin: Origin<'_>) -> String {
    let mut said = format!("Load {name} replays {}", origin.file);
    let about: Vec<_> = origin
        .source
        .map(|source| format!("source: {source}"))
        .into_iter()
        .chain(origin.licence.map(|licence| format!("licence: {licence}")))
        .collect();
    if !about.is_empty() {
        said.push_str(&format!(" ({})", about.join("; ")));
    }
    said.push('.');
    said
}

/// Reads a recording whole.
fn read_recording(path: &Path, arrivals: &Arrivals, classes: Vec<String>) -> Result<Recording, TraceError> {
    let counts = |series: Arc<dyn CountSeries>, interval, spread| {
        LoadSpec::Counts(Counts {
            series,
            interval,
            spread: match spread {
                RawSpread::Uniform => Spread::Uniform,
                RawSpread::Even => Spread::Even,
            },
        })
    };
    match arrivals {
        Arrivals::Counts(trace) => {
            let options = CountsCsvOptions {
                period: trace.period.clone(),
                count: trace.column.clone(),
                interval: trace.interval.span(),
                from: trace.from.map(civil),
                until: trace.until.map(civil),
            };
            let csv = CountsCsv::validated(path, &options)?;
            let summary = csv.summary().clone();
            Ok((counts(Arc::new(csv), options.interval, trace.spread), summary))
        }
        Arrivals::NumberList(trace) => {
            let options = NumberListOptions {
                interval: trace.interval.span(),
                from: trace.from.span(),
                until: trace.until.map(Duration::span),
            };
            let list = NumberList::validated(path, &options)?;
            let summary = list.summary().clone();
            Ok((counts(Arc::new(list), options.interval, trace.spread), summary))
        }
        Arrivals::AzureLlm(trace) => {
            let cost = TokenCost {
                base: trace.base.span(),
                per_context_token: trace.per_context_token.span().secs_f64(),
                per_generated_token: trace.per_generated_token.span().secs_f64(),
            };
            let trace = AzureLlmTrace::azure_llm(path, cost)?;
            let summary = trace.summary().clone();
            Ok((LoadSpec::Custom(Arc::new(trace)), summary))
        }
        Arrivals::Requests(trace) => {
            let options = RequestsCsvOptions {
                timestamp: trace.timestamp.clone(),
                class: trace.class.clone(),
                demand: trace.demand.clone(),
                classes,
                from_first_row: trace.from_first_row,
            };
            let csv = RequestsCsv::requests_csv(path, &options)?;
            let summary = csv.summary().clone();
            Ok((LoadSpec::Custom(Arc::new(csv)), summary))
        }
        _ => Err(TraceError {
            file: path.to_owned(),
            problems: Vec::new(),
        }),
    }
}

fn civil(at: Timestamp) -> DateTime {
    at.instant().to_zoned(jiff::tz::TimeZone::UTC).datetime()
}
