//! The `cfs-quota` cases of `queueing.json`, through the model's own quota.
//!
//! Knows: the cases' parameters (milliseconds, CPUs). Must not know: what a quota does to threads.

use super::{Case, Verdict, tolerance};
use serde_json::{Map, Value, json};
use tonnage::engine::Span;
use tonnage::model::cpu::{InPeriod, Quota, fluid};

/// Runs the work under the quota and compares how long it takes and how often it is stopped.
pub(crate) fn check(case: &Case) -> Verdict {
    let Some((quota, work, threads)) = described(case) else {
        return Verdict::NotYetSupported;
    };
    let burst = quota.run(InPeriod::default(), work, threads);
    let measured = [
        ("wall_ms".to_owned(), json!(millis(burst.wall))),
        ("periods_touched".to_owned(), json!(burst.periods_touched)),
        ("throttled_periods".to_owned(), json!(burst.throttled_periods)),
        ("throttled_ms".to_owned(), json!(millis(burst.throttled))),
        (
            "ideal_fluid_ms".to_owned(),
            json!(millis(fluid::wall(quota, work, threads))),
        ),
    ];
    tolerance::compare(case.value, &Map::from_iter(measured))
}

/// Quota, work and threads of a case; nothing if it says less, more or something else.
fn described(case: &Case) -> Option<(Quota, Span, u32)> {
    let params = case.value["params"].as_object()?;
    let known = [
        "cpu_work_ms",
        "cpu_limit",
        "period_ms",
        "quota_ms",
        "threads",
        "note",
    ];
    if !params.keys().all(|name| known.contains(&name.as_str())) {
        return None;
    }
    let span = |name: &str| params.get(name).and_then(Value::as_f64).map(of_millis);
    let period = span("period_ms")?;
    let quota = span("quota_ms").or_else(|| {
        let cpus = params.get("cpu_limit")?.as_f64()?;
        Some(of_millis(cpus * millis(period)))
    })?;
    let threads = u32::try_from(params.get("threads")?.as_u64()?).ok()?;
    Some((Quota::new(quota, period).ok()?, span("cpu_work_ms")?, threads))
}

fn of_millis(millis: f64) -> Span {
    Span::from_nanos((millis * 1e6).round() as u64)
}

fn millis(span: Span) -> f64 {
    span.nanos() as f64 / 1e6
}

mod tests {
    use super::{Case, check};
    use crate::conformance::Verdict;
    use serde_json::json;

    /// The kinds of the vectors: fewer threads than the limit, more, and a quota that ends with the work.
    #[test]
    fn works_and_limits_of_every_kind_take_what_they_should() {
        for (work, limit, threads, wall, touched, throttled) in [
            (500.0, 0.5, 4, 912.5, 10, 9),
            (300.0, 4.0, 2, 150.0, 2, 0),
            (300.0, 1.0, 3, 233.333_333_3, 3, 2),
            (80.0, 0.2, 1, 320.0, 4, 3),
        ] {
            let value = json!({
                "id": "a", "model": "cfs-quota", "rel_tol": 0.0,
                "params": {"cpu_work_ms": work, "cpu_limit": limit, "period_ms": 100,
                    "quota_ms": limit * 100.0, "threads": threads},
                "expect": {"wall_ms": wall, "periods_touched": touched, "throttled_periods": throttled},
            });
            let case = Case {
                list: "cases",
                id: "a".to_owned(),
                value: &value,
            };
            assert!(
                matches!(check(&case), Verdict::Pass),
                "{work} ms at {limit} CPUs over {threads} threads"
            );
        }
    }
}
