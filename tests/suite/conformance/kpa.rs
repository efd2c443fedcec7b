//! `kpa.json`: the Knative pod autoscaler, timeline by timeline, through the policy's own windows, decider and gate.
//!
//! Knows: the vectors' columns and units. Must not know: how anything is decided.

use super::{Case, Mismatch, Verdict};
use serde_json::{Value, json};
use tonnage::engine::{Span, Time};
use tonnage::policy::pod_scaling::kpa::{
    Activity, Aggregation, Averages, Decider, DeciderSpec, Gate, GateState, MetricWindow, MetricWindows,
};

pub(crate) fn check(case: &Case) -> Verdict {
    let mismatches = match case.value["kind"].as_str() {
        Some("decider") => decider(case.value),
        Some("pipeline") => pipeline(case.value),
        Some("window") => window(case.value),
        Some("scale_to_zero_gate") => gate(case.value),
        _ => return Verdict::NotYetSupported,
    };
    if mismatches.is_empty() {
        Verdict::Pass
    } else {
        Verdict::Fail(mismatches)
    }
}

fn decider(case: &Value) -> Vec<Mismatch> {
    let mut decider = new_decider(&case["spec"]);
    let mut mismatches = vec![];
    for (index, tick) in ticks(case) {
        let averages = match (tick[2].as_f64(), tick[3].as_f64()) {
            (Some(stable), Some(panic)) => Some(Averages { stable, panic }),
            _ => None,
        };
        let decided = decide(&mut decider, tick, averages);
        compare(
            &mut mismatches,
            index,
            &json!([tick[4], tick[5], tick[6]]),
            &decided,
        );
    }
    mismatches
}

fn pipeline(case: &Value) -> Vec<Mismatch> {
    let span = |field: &str| Span::from_secs(count(&case["spec"][field]).into());
    let mut windows = MetricWindows::new(aggregation(case), span("stable_window_s"), span("panic_window_s"));
    let mut decider = new_decider(&case["spec"]);
    let mut mismatches = vec![];
    for (index, tick) in ticks(case) {
        let now = seconds(&tick[0]);
        let before = Time::from_nanos(now.nanos() - 1_000_000_000);
        for (at, sample) in [before, now].into_iter().zip(array(&tick[2])) {
            if let Some(sample) = sample.as_f64() {
                windows.record(at, sample);
            }
        }
        let averages = windows.averages(now);
        let seen = averages.map_or(json!([null, null]), |seen| json!([seen.stable, seen.panic]));
        compare(&mut mismatches, index, &json!([tick[3], tick[4]]), &seen);
        let decided = decide(&mut decider, tick, averages);
        compare(
            &mut mismatches,
            index,
            &json!([tick[5], tick[6], tick[7]]),
            &decided,
        );
    }
    mismatches
}

fn window(case: &Value) -> Vec<Mismatch> {
    let length = Span::from_secs(count(&case["window_s"]).into());
    let mut window = match aggregation(case) {
        Aggregation::Linear => MetricWindow::linear(length),
        Aggregation::WeightedExponential => MetricWindow::exponential(length),
    };
    let mut mismatches = vec![];
    for (index, tick) in ticks(case) {
        let now = Time::from_nanos(u64::from(count(&tick[1])) * 1_000_000);
        if tick[0] == "record" {
            window.record(now, number(&tick[2]));
            continue;
        }
        let expected = json!([tick[2], number(&tick[3])]);
        compare(
            &mut mismatches,
            index,
            &expected,
            &json!([window.is_empty(now), window.average(now)]),
        );
    }
    mismatches
}

/// What the vectors add to every elapsed time, so that no comparison is a tie.
const HEAD_START_MS: u64 = 300;

fn gate(case: &Value) -> Vec<Mismatch> {
    let given = &case["in"];
    let span = |field: &str| Span::from_secs(count(&given[field]).into());
    let elapsed = |value: &Value| {
        let seconds = value.as_u64()?;
        Some(Span::from_nanos((seconds * 1000 + HEAD_START_MS) * 1_000_000))
    };
    let gate = Gate {
        enabled: truth(&given["enable_scale_to_zero"]),
        stable_window: span("stable_window_s"),
        grace: span("scale_to_zero_grace_s"),
        pod_retention: span("pod_retention_s"),
        progress_deadline: span("progress_deadline_s"),
        probes_activator: given["target_burst_capacity"] != -1,
        reachable: truth(&given["reachable"]),
    };
    let state = GateState {
        activity: match given["state"].as_str() {
            Some("activating") => Activity::Activating,
            Some("active") => Activity::Active,
            Some("inactive") => Activity::Inactive,
            state => panic!("unknown state {state:?}"),
        },
        activity_for: elapsed(&given["in_state_for_s"]).expect("the state's age"),
        in_proxy_mode: truth(&given["proxy_mode"]),
        proxied_for: elapsed(&given["proxied_for_s"]),
        probe_answered: truth(&given["activator_probe_ok"]),
    };
    let passed = gate.pass(count(&given["desired"]), &state);
    let actual = json!([
        passed.scale.map_or(-1, i64::from),
        passed.apply,
        passed.look_again.map(|span| span.secs_f64().round() as u64),
    ]);
    let out = &case["out"];
    let expected = json!([out["scale"], out["apply"], out["requeue_after_s"]]);
    let mut mismatches = vec![];
    compare(&mut mismatches, 0, &expected, &actual);
    mismatches
}

fn new_decider(spec: &Value) -> Decider {
    let told = DeciderSpec {
        target_value: number(&spec["target_value"]),
        total_value: number(&spec["total_value"]),
        max_scale_up_rate: number(&spec["max_scale_up_rate"]),
        max_scale_down_rate: number(&spec["max_scale_down_rate"]),
        target_burst_capacity: number(&spec["target_burst_capacity"]),
        panic_threshold: number(&spec["panic_threshold"]),
        stable_window: Span::from_secs(count(&spec["stable_window_s"]).into()),
        scale_down_delay: Span::from_secs(count(&spec["scale_down_delay_s"]).into()),
        reachable: truth(&spec["reachable"]),
        activation_scale: count(&spec["activation_scale"]),
    };
    Decider::new(told, Time::ZERO, count(&spec["ready_pods_at_creation"]))
}

/// Pods, excess burst capacity and whether in panic afterwards.
fn decide(decider: &mut Decider, tick: &Value, averages: Option<Averages>) -> Value {
    let scale = decider.tick(seconds(&tick[0]), count(&tick[1]), averages);
    match scale {
        Some(scale) => json!([scale.desired, scale.excess_burst_capacity, decider.in_panic()]),
        None => json!([null, null, decider.in_panic()]),
    }
}

fn compare(mismatches: &mut Vec<Mismatch>, tick: usize, expected: &Value, actual: &Value) {
    let alike = array(expected)
        .iter()
        .zip(array(actual))
        .all(|(expected, actual)| match (expected.as_f64(), actual.as_f64()) {
            // Bit for bit, but for the sign of zero: a running sum that ends a hair below it.
            (Some(expected), Some(actual)) => (expected + 0.0).total_cmp(&(actual + 0.0)).is_eq(),
            _ => expected == actual,
        });
    if !alike {
        mismatches.push(Mismatch {
            what: format!("ticks[{tick}]"),
            expected: expected.to_string(),
            actual: actual.to_string(),
        });
    }
}

fn aggregation(case: &Value) -> Aggregation {
    match case["aggregation"].as_str() {
        Some("linear") => Aggregation::Linear,
        Some("weighted_exponential") => Aggregation::WeightedExponential,
        other => panic!("unknown aggregation {other:?}"),
    }
}

fn ticks(case: &Value) -> impl Iterator<Item = (usize, &Value)> {
    array(&case["ticks"]).iter().enumerate()
}

fn array(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn seconds(value: &Value) -> Time {
    Time::from_nanos(u64::from(count(value)) * 1_000_000_000)
}

fn count(value: &Value) -> u32 {
    let count = value.as_u64().and_then(|count| u32::try_from(count).ok());
    count.unwrap_or_else(|| panic!("a count, not {value}"))
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("a number, not {value}"))
}

fn truth(value: &Value) -> bool {
    value
        .as_bool()
        .unwrap_or_else(|| panic!("true or false, not {value}"))
}
