//! Conformance: Tonnage against vectors recorded from real systems and closed forms.
//!
//! Knows: where vector files are, how to run every entry of them and how to report. Must not know: what any file
//! means; each file has its own check, listed in [`CHECKS`].
//!
//! `cargo test --release --test suite conformance -- --nocapture` runs `tests/conformance/` and, when
//! `TONNAGE_CONFORMANCE` names a folder, the files of that folder. For each file of each folder it prints one line
//! `FILE: P of N pass, S not yet supported`, then a line for every mismatch.

mod cfs_quota;
mod cluster_autoscaler;
mod controllers;
mod hpa;
mod image_pull;
mod karpenter;
mod keda;
mod kpa;
mod queueing;
mod restart_backoff;
mod scheduler;
mod tolerance;
mod vpa;

use rayon::prelude::*;
use serde_json::Value;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Decides one entry of a file.
type Check = fn(&Case) -> Verdict;

/// The files that have a check; the entries of any other file are not yet supported.
const CHECKS: &[(&str, Check)] = &[
    ("cluster_autoscaler.json", cluster_autoscaler::check),
    ("controllers.json", controllers::check),
    ("hpa_behavior.json", hpa::check_behavior),
    ("hpa_replicas.json", hpa::check_replicas),
    ("karpenter.json", karpenter::check),
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

/// Every line is printed as soon as it is known: a run that is cut short has told what it knew.
#[test]
fn every_supported_vector_passes() {
    // The test harness may have left its own line unfinished.
    println!();
    let mut failures = 0;
    for folder in folders() {
        println!("vectors of {}", folder.display());
        // A folder that cannot be read was asked for: that fails, after the others.
        let files = vector_files(&folder).unwrap_or_else(|error| {
            println!("  FAIL {}: expected a folder actual {error}", folder.display());
            failures += 1;
            Vec::new()
        });
        for path in files {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let report = run_file(&path, &name);
            failures += report.failures.len();
            let (passed, entries, unsupported) = (report.passed, report.entries, report.unsupported);
            println!("{name}: {passed} of {entries} pass, {unsupported} not yet supported");
            for failure in &report.failures {
                println!("  FAIL {name} {failure}");
            }
        }
    }
    assert_eq!(
        failures, 0,
        "expectations of the vectors that are not met, listed above"
    );
}

/// The check for the file `name`: that of the longest name it contains, so that `queueing_more.json` is checked as
/// `queueing.json` is; a file of another name is known by the shape of its entries.
fn check_for(name: &str, document: &Value) -> Option<Check> {
    let stem = |name: &'static str| name.trim_end_matches(".json");
    let named = CHECKS.iter().filter(|(file, _)| name.contains(stem(file)));
    let named = named.max_by_key(|(file, _)| file.len());
    let queueing = |case: &Case| {
        let has = |key: &str| case.value.get(key).is_some();
        has("model") && has("params") && has("expect")
    };
    named
        .map(|&(_, check)| check)
        .or_else(|| cases_of(document).iter().any(queueing).then_some(queueing::check))
}

/// The repository's vectors and those of `TONNAGE_CONFORMANCE`.
fn folders() -> Vec<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let further = std::env::var_os("TONNAGE_CONFORMANCE").filter(|folder| !folder.is_empty());
    std::iter::once(own).chain(further.map(PathBuf::from)).collect()
}

/// The `*.json` files of a folder by name.
fn vector_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries: Vec<_> = std::fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    let mut files: Vec<_> = entries
        .iter()
        .map(std::fs::DirEntry::path)
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    Ok(files)
}

fn run_file(path: &Path, name: &str) -> FileReport {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string());
    let document =
        text.and_then(|text| serde_json::from_str::<Value>(&text).map_err(|error| error.to_string()));
    match document {
        Ok(document) => run_document(&document, check_for(name, &document)),
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
    use super::{Case, Check, Mismatch, Verdict, check_for, hpa, queueing, run_document};
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

    /// Vectors of another file name are checked all the same.
    #[test]
    fn a_file_is_known_by_its_name_or_by_the_shape_of_its_entries() {
        let is = |name: &str, document: &serde_json::Value, check: Check| {
            check_for(name, document).is_some_and(|found| std::ptr::fn_addr_eq(found, check))
        };
        let queues = json!({"cases": [{"id": "a", "model": "M/M/1", "params": {}, "expect": {}}]});
        let others = json!({"cases": [{"id": "a", "kind": "x"}]});
        for name in ["queueing.json", "queueing_held_out.json", "more-queueing.json"] {
            assert!(is(name, &others, queueing::check), "{name}");
        }
        assert!(is("held_out.json", &queues, queueing::check));
        assert!(is("hpa_behavior_2.json", &queues, hpa::check_behavior));
        assert!(check_for("held_out.json", &others).is_none());
    }

    /// What a check cannot read it has not seen before: that is no failure.
    #[test]
    fn parameters_that_are_not_known_are_not_yet_supported() {
        let case = |model: &str, params: serde_json::Value| {
            let value = json!({"id": "a", "model": model, "params": params, "expect": {"mean_wait": 1}, "rel_tol": 0.1});
            let case = Case {
                list: "cases",
                id: "a".to_owned(),
                value: &value,
            };
            queueing::check(&case)
        };
        for (model, params) in [
            (
                "M/M/1",
                json!({"arrival_rate": 0.5, "service_rate": 1, "vacation_rate": 2}),
            ),
            (
                "M/G/1-PS",
                json!({"arrival_rate": 0.5, "service": {"dist": "constant", "value": 1}, "limit": 3}),
            ),
            ("image-pull", json!({"layers_mb": [1], "link_mb_s": 2})),
            (
                "image-pull",
                json!({"layers_mb": [1], "bandwidth_mb_s": 1, "extract_mb_s": 1, "max_concurrent_downloads": 1, "mirrors": 2}),
            ),
        ] {
            assert!(matches!(case(model, params), Verdict::NotYetSupported), "{model}");
        }
    }
}
