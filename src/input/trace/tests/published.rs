//! The published traces, where they are present: row counts and sums that anyone can check.

use std::path::PathBuf;

use super::{
    AzureLlmTrace, COST, CountsCsv, CountsCsvOptions, NumberList, NumberListOptions, open, rest, series,
};
use crate::engine::Span;

/// The file in `TONNAGE_TRACES` or ../shared/traces.
fn trace(file: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("TONNAGE_TRACES").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/traces"),
        PathBuf::from,
    );
    let path = folder.join(file);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is not there; set TONNAGE_TRACES", path.display());
    None
}

#[test]
fn azure_llm_code_has_8819_requests_in_57_minutes() {
    let Some(path) = trace("azure_llm_2023/AzureLLMInferenceTrace_code.csv") else {
        return;
    };
    let trace = AzureLlmTrace::azure_llm(&path, COST).unwrap();
    assert_eq!(trace.summary().rows, 8819);
    let arrivals = rest(open(&trace).as_mut());
    assert_eq!(arrivals.len(), 8819);
    assert_eq!(arrivals[0].at.nanos(), 0);
    assert_eq!(
        arrivals[8818].at.since(arrivals[0].at),
        Span::from_nanos(3_435_948_056_000)
    );
    assert_eq!(arrivals[0].demand, Some(COST.demand(4808, 10)));
}

#[test]
fn the_world_cups_busiest_week_has_345431535_requests() {
    let Some(path) = trace("worldcup98/invocation_count.csv.gz") else {
        return;
    };
    let whole = CountsCsv::validated(&path, &CountsCsvOptions::default()).unwrap();
    assert_eq!(whole.summary().rows, 125_300);
    let from = Some("1998-06-24T03:58:00".parse().unwrap());
    let until = Some("1998-07-01T03:58:00".parse().unwrap());
    let week = CountsCsv::validated(
        &path,
        &CountsCsvOptions {
            from,
            until,
            ..Default::default()
        },
    )
    .unwrap();
    assert_eq!(week.summary().requests, 345_431_535);
    let counts = series(&week);
    assert_eq!(counts.len(), 7 * 24 * 60);
    assert_eq!(
        counts.iter().map(|count| u64::from(*count)).sum::<u64>(),
        345_431_535
    );
}

#[test]
fn nasas_two_months_have_5059950_seconds() {
    let Some(path) = trace("nasa_http_1995/workload.txt.gz") else {
        return;
    };
    let list = NumberList::validated(&path, &NumberListOptions::default()).unwrap();
    assert_eq!(
        (list.summary().rows, list.summary().requests),
        (5_059_950, 3_461_610)
    );
    let counts = series(&list);
    assert_eq!(counts.len(), 5_059_950);
    assert_eq!(
        counts.iter().map(|count| u64::from(*count)).sum::<u64>(),
        3_461_610
    );
}
