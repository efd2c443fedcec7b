//! When a measured metric meets an expected one: the rules of `queueing.json`'s `about`.
//!
//! Knows: a case's `expect`, `rel_tol` and `rel_tol_by_metric`. Must not know: how anything was measured.
//!
//! - Only the metrics under `expect` are gated; each of them must have been measured.
//! - A measured value is right within `rel_tol · |expected|`, the tolerance being the metric's own if it has one.
//! - Expectations below 0.001 in magnitude: within 0.001 absolute, unless the tolerance is 0.
//! - Tolerance 0 is exact: within 1e-6 absolute, and integers equal.
//! - Lists are compared entry by entry; texts and truth values must be equal.

use super::{Mismatch, Verdict};
use serde_json::{Map, Value};

const SMALL: f64 = 0.001;
const EXACT: f64 = 1e-6;

/// How far from `expected` a measured `metric` of `case` may be.
pub(crate) fn allowed(case: &Value, metric: &str, expected: f64) -> f64 {
    let rel_tol = rel_tol_of(case, metric);
    if rel_tol <= 0.0 {
        EXACT
    } else if expected.abs() < SMALL {
        SMALL
    } else {
        rel_tol * expected.abs()
    }
}

/// Compares what was measured with what `case` expects.
pub(crate) fn compare(case: &Value, measured: &Map<String, Value>) -> Verdict {
    let no_metrics = Map::new();
    let mut mismatches = Vec::new();
    for (metric, expected) in case["expect"].as_object().unwrap_or(&no_metrics) {
        let rel_tol = rel_tol_of(case, metric);
        let actual = measured.get(metric).unwrap_or(&Value::Null);
        compare_value(metric, expected, actual, rel_tol, &mut mismatches);
    }
    if mismatches.is_empty() {
        Verdict::Pass
    } else {
        Verdict::Fail(mismatches)
    }
}

fn rel_tol_of(case: &Value, metric: &str) -> f64 {
    let own = case["rel_tol_by_metric"][metric].as_f64();
    own.or_else(|| case["rel_tol"].as_f64()).unwrap_or(0.0)
}

fn compare_value(what: &str, expected: &Value, actual: &Value, rel_tol: f64, mismatches: &mut Vec<Mismatch>) {
    let right = match (expected, actual) {
        (Value::Number(e), Value::Number(a)) if e.is_f64() || rel_tol > 0.0 => {
            let (Some(e), Some(a)) = (e.as_f64(), a.as_f64()) else {
                unreachable!("JSON numbers are f64 without arbitrary precision")
            };
            within(e, a, rel_tol)
        }
        // Integers are equal as numbers, however the measured one is written.
        (Value::Number(e), Value::Number(a)) => {
            e.as_i64().is_some()
                && (e.as_i64() == a.as_i64() || a.as_f64().is_some_and(|a| is_integer(a, e.as_i64())))
        }
        (Value::Array(e), Value::Array(a)) if e.len() == a.len() => {
            for (index, (e, a)) in e.iter().zip(a).enumerate() {
                compare_value(&format!("{what}[{index}]"), e, a, rel_tol, mismatches);
            }
            return;
        }
        (expected, actual) => expected == actual,
    };
    if !right {
        mismatches.push(Mismatch {
            what: what.to_owned(),
            expected: expected.to_string(),
            actual: if actual.is_null() {
                "no value".to_owned()
            } else {
                actual.to_string()
            },
        });
    }
}

fn within(expected: f64, actual: f64, rel_tol: f64) -> bool {
    let error = (actual - expected).abs();
    if rel_tol <= 0.0 {
        error <= EXACT
    } else if expected.abs() < SMALL {
        error <= SMALL
    } else {
        error <= rel_tol * expected.abs()
    }
}

fn is_integer(actual: f64, expected: Option<i64>) -> bool {
    actual.fract().abs() <= 0.0 && expected == Some(actual as i64)
}

mod tests {
    use super::super::Verdict;
    use super::compare;
    use serde_json::{Value, json};

    /// The metrics that miss, in order.
    fn misses(case: &Value, measured: &Value) -> Vec<String> {
        match compare(case, measured.as_object().expect("an object of metrics")) {
            Verdict::Pass => vec![],
            Verdict::NotYetSupported => vec!["not yet supported".to_owned()],
            Verdict::Fail(mismatches) => mismatches.into_iter().map(|mismatch| mismatch.what).collect(),
        }
    }

    #[test]
    fn the_tolerance_is_relative_and_a_metrics_own_goes_first() {
        let case = json!({"expect": {"wait": 10.0, "var": 10.0}, "rel_tol": 0.02, "rel_tol_by_metric": {"var": 0.15}});
        assert!(misses(&case, &json!({"wait": 10.2, "var": 8.5})).is_empty());
        assert_eq!(
            misses(&case, &json!({"wait": 10.21, "var": 8.49})),
            ["wait", "var"]
        );
    }

    #[test]
    fn small_expectations_are_absolute_unless_exact() {
        let case = json!({"expect": {"wait_p50": 0.0, "p": 0.0009}, "rel_tol": 0.02});
        assert!(misses(&case, &json!({"wait_p50": 0.001, "p": 0.0019})).is_empty());
        assert_eq!(
            misses(&case, &json!({"wait_p50": 0.0011, "p": 0.0}))[0],
            "wait_p50"
        );
        let exact = json!({"expect": {"wait": 0.0}, "rel_tol": 0.0});
        assert_eq!(misses(&exact, &json!({"wait": 0.0005})), ["wait"]);
    }

    #[test]
    fn exact_numbers_are_within_a_millionth_and_exact_integers_equal() {
        let case =
            json!({"expect": {"finish": [7.833333, 1.0], "restarts": 7, "bound": "memory"}, "rel_tol": 0.0});
        let measured = json!({"finish": [7.833_333_334, 1.0], "restarts": 7.0, "bound": "memory"});
        assert!(misses(&case, &measured).is_empty());
        let measured = json!({"finish": [7.8333, 1.000_002], "restarts": 7.000_000_1, "bound": "slots"});
        assert_eq!(
            misses(&case, &measured),
            ["finish[0]", "finish[1]", "restarts", "bound"]
        );
    }

    /// A metric that was forgotten must not pass, and one that was not asked for must not fail.
    #[test]
    fn every_expected_metric_is_gated_and_no_other() {
        let case =
            json!({"expect": {"wait": 1.0, "list": [1.0, 2.0]}, "reference": {"bound": 3.0}, "rel_tol": 0.5});
        assert_eq!(
            misses(&case, &json!({"bound": 99.0, "list": [1.0]})),
            ["wait", "list"]
        );
        assert!(misses(&case, &json!({"wait": 1.0, "list": [1.0, 2.0], "other": 5})).is_empty());
    }
}
