//! `controllers.json`: Kubernetes' controllers and kubelet rules.
//!
//! Knows: the vectors' fields and units. Must not know: how anything is decided.

mod deployments;
mod jobs;
mod kubelet;
mod nodes;
mod pods;

use super::{Case, Mismatch, Verdict};
use serde_json::Value;
use tonnage::engine::{Span, Time};
use tonnage::model::placement_rules::Allowed;
use tonnage::platform::kubernetes::pod_phase::PodPhase;

pub(crate) fn check(case: &Case) -> Verdict {
    let given = case.value;
    // What was recorded, and what comes out, in the same form.
    let (expected, actual) = match given["kind"].as_str() {
        Some("crash_loop_backoff") => (given["expect"].clone(), kubelet::crash_loop(given)),
        Some("cronjob_sync") => (given["expect"].clone(), jobs::cron_sync(given)),
        Some("deployment_fenceposts") => (given["expect"].clone(), deployments::fenceposts(given)),
        Some("deployment_rollout") => (outcomes(given), deployments::rollout(given)),
        Some("deployment_scale") => (given["expect"].clone(), deployments::scale(given)),
        Some("image_pull_backoff") => (given["expect"].clone(), kubelet::image_pull(given)),
        Some("job_backoff") => (outcomes(given), jobs::back_off(given)),
        Some("job_sync") => (given["expect"].clone(), jobs::sync(given)),
        Some("memory_eviction_rank") => (given["expect"].clone(), kubelet::eviction_rank(given)),
        Some("node_health") => (given["expect"].clone(), nodes::health(given)),
        Some("pdb") => (given["expect"].clone(), pods::budget(given)),
        Some("pod_failure_policy") => (given["expect"].clone(), jobs::failure_policy(given)),
        Some("qos_oom") => (given["expect"].clone(), kubelet::qos(given)),
        Some("replicaset_delete_order") => (given["expect"].clone(), pods::deletion_order(given)),
        Some("slow_start") => (given["expect"].clone(), pods::slow_start(given)),
        Some("statefulset_step") => (given["expect"].clone(), pods::stateful_set(given)),
        Some("taint_eviction") => (outcomes(given), nodes::taint_eviction(given)),
        Some("zone_disruption") => (outcomes(given), nodes::zones(given)),
        _ => return Verdict::NotYetSupported,
    };
    let mut mismatches = Vec::new();
    compare("", &expected, &actual, &mut mismatches);
    if mismatches.is_empty() {
        Verdict::Pass
    } else {
        Verdict::Fail(mismatches)
    }
}

/// What a step is given; the other fields of steps are outcomes.
const INPUTS: &[&str] = &[
    "available",
    "new_failed_finished_at_s",
    "new_succeeded_finished_at_s",
    "no_execute_taints",
    "t_s",
    "zones",
];

/// The outcomes of the steps of a case.
fn outcomes(given: &Value) -> Value {
    let steps = list(&given["steps"]).iter().map(|step| {
        let fields = step.as_object().expect("a step").iter();
        let outcomes = fields.filter(|(name, _)| !INPUTS.contains(&name.as_str()));
        let outcomes = outcomes.map(|(name, value)| (name.clone(), value.clone()));
        Value::Object(outcomes.collect())
    });
    steps.collect()
}

/// Compares field by field what was recorded; a field that does not come out is as null.
fn compare(what: &str, expected: &Value, actual: &Value, mismatches: &mut Vec<Mismatch>) {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => {
            for (field, expected) in expected {
                let actual = actual.get(field).unwrap_or(&Value::Null);
                compare(&format!("{what}.{field}"), expected, actual, mismatches);
            }
        }
        (Value::Array(expected), Value::Array(actual)) if expected.len() == actual.len() => {
            for (index, (expected, actual)) in expected.iter().zip(actual).enumerate() {
                compare(&format!("{what}[{index}]"), expected, actual, mismatches);
            }
        }
        _ if expected.is_number() && actual.is_number() && expected.as_f64() == actual.as_f64() => {}
        _ if expected == actual => {}
        _ => mismatches.push(Mismatch {
            what: what.trim_start_matches('.').to_owned(),
            expected: expected.to_string(),
            actual: actual.to_string(),
        }),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn whole(value: &Value) -> i64 {
    value.as_i64().expect("a whole number")
}

fn count(value: &Value) -> i32 {
    i32::try_from(whole(value)).expect("a count")
}

fn flag(value: &Value) -> bool {
    value.as_bool().expect("a flag")
}

/// Seconds; `None` for null and for a field that is not there.
fn span(value: &Value) -> Option<Span> {
    value.as_f64().map(Span::from_secs_f64)
}

fn time(value: &Value) -> Time {
    Time::from_secs_f64(value.as_f64().expect("a time"))
}

fn times(value: &Value) -> Vec<Time> {
    list(value).iter().map(time).collect()
}

/// Seconds, as the recorder wrote them: whole ones without a point.
fn secs(nanos: u64) -> Value {
    let whole = nanos.is_multiple_of(1_000_000_000);
    if whole {
        (nanos / 1_000_000_000).into()
    } else {
        (nanos as f64 / 1e9).into()
    }
}

/// A number of pods or a share, as a user writes it.
fn allowed(value: &Value) -> Option<Allowed> {
    let text = value.as_str()?;
    Some(match text.strip_suffix('%') {
        Some(share) => Allowed::Share(share.parse::<f64>().expect("a share") / 100.0),
        None => Allowed::Count(text.parse().expect("a count")),
    })
}

fn phase(value: &Value) -> PodPhase {
    match text(value) {
        "Pending" => PodPhase::Pending,
        "Running" => PodPhase::Running,
        "Succeeded" => PodPhase::Succeeded,
        "Failed" => PodPhase::Failed,
        "Unknown" => PodPhase::Unknown,
        other => panic!("an unknown phase: {other}"),
    }
}
