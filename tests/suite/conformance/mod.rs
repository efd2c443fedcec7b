//! Conformance: Tonnage against vectors recorded from real systems and closed forms.
//!
//! Knows: where vector files are, how to run every entry of them and how to report. Must not know: what any file
//! means; each file has its own check, listed in [`CHECKS`].
//!
//! `cargo test --release --test suite conformance -- --nocapture` runs `tests/conformance/` and, when
//! `TONNAGE_CONFORMANCE` names a folder, the files of that folder. For each file of each folder it prints one line
//! `FILE: P of N pass, S not yet supported`, then a line for every mismatch.

mod hpa;
mod image_pull;
mod keda;
mod kpa;
mod queueing;
mod scheduler;
mod tolerance;
mod vpa;

use rayon::prelude::*;
use serde_json::Value;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Decides one entry of a file.
type Check = fn(&Case) -> Verdict;

/// The files that have a check; the entries of any other file are not yet supported.
const CHECKS: &[(&str, Check)] = &[
    ("hpa_behavior.json", hpa::check_behavior),
    ("hpa_replicas.json", hpa::check_replicas),
    ("keda.json", keda::check),
    ("kpa.json", kpa::check),
    ("queueing.json", queueing::check),
    ("scheduler.json", scheduler::check),
    ("vpa.json", vpa::check),
];

/// One entry of a top-level list of a vector file.
pub(crate) struct Case<'a> {
    /// The list it is in, for example `cases`.
    pub(crate) list: &'a str,
    /// Its `id`, or what stands for one: `label`, `name`, or list and position.
    pub(crate) id: String,
    /// The entry itself.
    pub(crate) value: &'a Value,
}

/// What came of a case.
pub(crate) enum Verdict {
    Pass,
    NotYetSupported,
    Fail(Vec<Mismatch>),
}

/// One expectation that was not met.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mismatch {
    /// Which, for example `mean_wait` or `ticks[3].replicas`.
    pub(crate) what: String,
    pub(crate) expected: String,
    pub(crate) actual: String,
}

/// What came of a file.
#[derive(Default)]
struct FileReport {
    passed: usize,
    unsupported: usize,
    entries: usize,
    failures: Vec<String>,
}

#[test]
fn every_supported_vector_passes() {
    // A leading line break: the test harness may have left its own line unfinished.
    let mut page = String::from("\n");
    let mut failures = 0;
    for folder in folders() {
        let _ = writeln!(page, "vectors of {}", folder.display());
        for path in vector_files(&folder) {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let check = CHECKS
                .iter()
                .find(|(file, _)| *file == name)
                .map(|&(_, check)| check);
            let report = run_file(&path, check);
            failures += report.failures.len();
            let (passed, entries, unsupported) = (report.passed, report.entries, report.unsupported);
            let _ = writeln!(
                page,
                "{name}: {passed} of {entries} pass, {unsupported} not yet supported"
            );
            for failure in &report.failures {
                let _ = writeln!(page, "  FAIL {name} {failure}");
            }
        }
    }
    print!("{page}");
    assert_eq!(
        failures, 0,
        "expectations of the vectors that are not met, listed above"
    );
}

/// The repository's vectors and those of `TONNAGE_CONFORMANCE`.
fn folders() -> Vec<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let further = std::env::var_os("TONNAGE_CONFORMANCE").filter(|folder| !folder.is_empty());
    std::iter::once(own).chain(further.map(PathBuf::from)).collect()
}

/// The `*.json` files of a folder by name. A folder that cannot be read is an error: it was asked for.
fn vector_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("the folder stays readable").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    files
}

fn run_file(path: &Path, check: Option<Check>) -> FileReport {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string());
    let document =
        text.and_then(|text| serde_json::from_str::<Value>(&text).map_err(|error| error.to_string()));
    match document {
        Ok(document) => run_document(&document, check),
        Err(error) => FileReport {
            failures: vec![format!("the file: expected JSON actual {error}")],
            ..FileReport::default()
        },
    }
}

/// Checks every entry, over all cores, and reports in file order.
fn run_document(document: &Value, check: Option<Check>) -> FileReport {
    let cases = cases_of(document);
    let mut report = FileReport {
        entries: cases.len(),
        ..FileReport::default()
    };
    let Some(check) = check else {
        report.unsupported = cases.len();
        return report;
    };
    let verdicts: Vec<_> = cases
        .par_iter()
        .map(|case| verdict_or_panic(check, case))
        .collect();
    for (case, verdict) in cases.iter().zip(verdicts) {
        match verdict {
            Verdict::Pass => report.passed += 1,
            Verdict::NotYetSupported => report.unsupported += 1,
            Verdict::Fail(mismatches) => report.failures.extend(mismatches.into_iter().map(|mismatch| {
                let Mismatch {
                    what,
                    expected,
                    actual,
                } = mismatch;
                format!("{}: {what} expected {expected} actual {actual}", case.id)
            })),
        }
    }
    report
}

fn cases_of(document: &Value) -> Vec<Case<'_>> {
    let lists = document.as_object().into_iter().flatten();
    let lists = lists.filter_map(|(name, value)| Some((name, value.as_array()?)));
    let entries =
        lists.flat_map(|(list, entries)| entries.iter().enumerate().map(move |entry| (list, entry)));
    let case = |(list, (index, value)): (&'_ String, (usize, &'_ Value))| {
        let named = ["id", "label", "name"]
            .iter()
            .find_map(|key| value.get(key)?.as_str());
        named.map_or_else(|| format!("{list}[{index}]"), str::to_owned)
    };
    entries
        .map(|entry| Case {
            id: case(entry),
            list: entry.0,
            value: entry.1.1,
        })
        .collect()
}

/// A panic in a check is that case's failure, not the end of the run.
fn verdict_or_panic(check: Check, case: &Case) -> Verdict {
    let verdict = catch_unwind(AssertUnwindSafe(|| check(case))).unwrap_or_else(|panic| {
        let message = panic.downcast_ref::<String>().map(String::as_str);
        let message = message.or_else(|| panic.downcast_ref::<&str>().copied());
        Verdict::Fail(vec![Mismatch {
            what: "the check".to_owned(),
            expected: "no panic".to_owned(),
            actual: format!(
                "panic: {}",
                message.unwrap_or("without a message").replace('\n', " ")
            ),
        }])
    });
    match verdict {
        Verdict::Fail(mismatches) if mismatches.is_empty() => Verdict::Fail(vec![Mismatch {
            what: "the check".to_owned(),
            expected: "a pass or a reason".to_owned(),
            actual: "a failure without one".to_owned(),
        }]),
        verdict => verdict,
    }
}

mod tests {
    use super::{Case, Mismatch, Verdict, run_document};
    use serde_json::json;

    /// Were one outcome counted as another, a broken release could look conforming.
    #[test]
    fn every_entry_is_counted_once_and_failures_keep_file_order() {
        let check = |case: &Case| match case.value["do"].as_str() {
            Some("pass") => Verdict::Pass,
            // As `panic!`, without the hook's backtrace in the output of a good run.
            Some("panic") => std::panic::resume_unwind(Box::new("what a pity")),
            Some("fail") => Verdict::Fail(vec![Mismatch {
                what: "replicas".to_owned(),
                expected: "3".to_owned(),
                actual: "4".to_owned(),
            }]),
            _ => Verdict::NotYetSupported,
        };
        let document = json!({
            "about": {"ignored": []},
            "cases": [{"id": "a", "do": "pass"}, {"label": "b", "do": "fail"}, {"id": "c"}],
            "more": [{"do": "panic"}, [1, 2]],
        });
        let report = run_document(&document, Some(check));
        assert_eq!((report.passed, report.unsupported, report.entries), (1, 2, 5));
        assert_eq!(
            report.failures,
            [
                "b: replicas expected 3 actual 4",
                "more[0]: the check expected no panic actual panic: what a pity",
            ]
        );
        let unchecked = run_document(&document, None);
        assert_eq!(
            (unchecked.passed, unchecked.unsupported, unchecked.entries),
            (0, 5, 5)
        );
    }
}
