//! `vpa.json`: the Vertical Pod Autoscaler's recommender.
//!
//! Knows: the entries of the file. Must not know: any arithmetic of the recommender: it runs the code that simulations
//! run.

use super::{Case, Mismatch, Verdict};
use serde_json::Value;
use tonnage::engine::Span;
use tonnage::policy::pod_scaling::pod_sizer::{Amounts, SizedResource};
use tonnage::policy::pod_scaling::vpa::{
    AggregateState, BUCKETS, Buckets, CPU_BUCKETS, ContainerHistory, DecayingHistogram, EPSILON,
    MEMORY_BUCKETS, OomBump, RecommenderFlags, Stamp, recommend,
};

/// How far Go's `Exp2` may move a total weight, as the file's notes allow.
const TOTAL_WEIGHT_REL_TOL: f64 = 1e-12;

/// Checks one entry by its kind.
pub(crate) fn check(case: &Case) -> Verdict {
    let mut found = Found::default();
    match case.value["kind"].as_str() {
        Some("bucket_scheme") => bucket_scheme(case.value, &mut found),
        Some("find_bucket") => find_bucket(case.value, &mut found),
        Some("decaying_histogram") => decaying_histogram(case.value, &mut found),
        Some("recommendation") => recommendation(case.value, &mut found),
        _ => return Verdict::NotYetSupported,
    }
    if found.0.is_empty() {
        Verdict::Pass
    } else {
        Verdict::Fail(found.0)
    }
}

/// What was found to differ.
#[derive(Default)]
struct Found(Vec<Mismatch>);

impl Found {
    fn expect(&mut self, what: impl FnOnce() -> String, expected: &Value, actual: impl Into<Value>) {
        let actual = actual.into();
        let equal = match (expected.as_f64(), actual.as_f64()) {
            // To the last bit, however whole numbers are written.
            (Some(expected), Some(actual)) => expected.to_bits() == actual.to_bits(),
            _ => *expected == actual,
        };
        if !equal {
            self.0.push(Mismatch {
                what: what(),
                expected: expected.to_string(),
                actual: actual.to_string(),
            });
        }
    }
}

fn buckets(value: &Value) -> &'static Buckets {
    match value["resource"].as_str() {
        Some("cpu") => &CPU_BUCKETS,
        Some("memory") => &MEMORY_BUCKETS,
        other => panic!("resource {other:?}"),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn float(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

fn stamp(value: &Value) -> Stamp {
    Stamp::from_unix_secs(value.as_i64().expect("whole seconds"))
}

fn bucket_scheme(case: &Value, found: &mut Found) {
    let buckets = buckets(case);
    found.expect(|| "num_buckets".to_owned(), &case["num_buckets"], BUCKETS);
    found.expect(|| "epsilon".to_owned(), &case["epsilon"], EPSILON);
    for (bucket, start) in list(&case["bucket_start"]).iter().enumerate() {
        let what = || format!("bucket_start[{bucket}]");
        found.expect(what, start, buckets.start(bucket));
        let what = || format!("bucket_of_start[{bucket}]");
        let expected = &case["bucket_of_start"][bucket];
        found.expect(what, expected, buckets.find(float(start)));
    }
}

fn find_bucket(case: &Value, found: &mut Found) {
    let buckets = buckets(case);
    for pair in list(&case["value_bucket"]) {
        let what = || format!("bucket of {}", pair[0]);
        found.expect(what, &pair[1], buckets.find(float(&pair[0])));
    }
}

fn decaying_histogram(case: &Value, found: &mut Found) {
    let half_life = Span::from_secs(case["half_life_s"].as_u64().expect("whole seconds"));
    let new = || DecayingHistogram::new(buckets(case), half_life);
    let (mut first, mut second) = (new(), new());
    for op in list(&case["ops"]) {
        let target = if op["target"] == "second" {
            &mut second
        } else {
            &mut first
        };
        match op["op"].as_str() {
            Some("add") => target.add(float(&op["value"]), float(&op["weight"]), stamp(&op["t_s"])),
            Some("subtract") => {
                target.subtract(float(&op["value"]), float(&op["weight"]), stamp(&op["t_s"]));
            }
            Some("merge_second_into_first") => first.merge(&second),
            other => panic!("operation {other:?}"),
        }
    }
    found.expect(|| "empty".to_owned(), &case["empty"], first.is_empty());
    for (percentile, value) in list(&case["percentiles"]).iter().zip(list(&case["values"])) {
        let what = || format!("percentile {percentile}");
        found.expect(what, value, first.percentile(float(percentile)));
    }
    let (expected, actual) = (&case["checkpoint"], first.checkpoint());
    let weights = actual.bucket_weights.iter();
    let weights: Vec<Value> = weights
        .map(|&(bucket, weight)| vec![bucket as u64, weight.into()].into())
        .collect();
    let what = || "checkpoint.bucket_weights".to_owned();
    found.expect(what, &expected["bucket_weights"], weights);
    let reference = actual.reference.map(Stamp::unix_secs);
    let what = || "checkpoint.reference_t_s".to_owned();
    found.expect(what, &expected["reference_t_s"], reference);
    let total = float(&expected["total_weight"]);
    if (total - actual.total_weight).abs() > TOTAL_WEIGHT_REL_TOL * total.abs() {
        let what = || "checkpoint.total_weight".to_owned();
        found.expect(what, &expected["total_weight"], actual.total_weight);
    }
}

fn recommendation(case: &Value, found: &mut Found) {
    let flags = RecommenderFlags::default();
    let containers = list(&case["containers"]);
    for container in containers {
        let name = container["name"].as_str().expect("a name");
        let state = replay(container, name, &flags, found);
        let what = || format!("{name}.total_samples");
        found.expect(what, &container["total_samples"], state.samples());
        let actual = recommend(&flags, &state, containers.len(), &SizedResource::ALL);
        let expected = &case["recommendation"][name];
        for (bound, actual) in [
            ("target", actual.target),
            ("lower", actual.lower),
            ("upper", actual.upper),
        ] {
            let Amounts {
                cpu_milli,
                memory_bytes,
            } = actual;
            let expected = &expected[bound];
            let what = || format!("{name}.{bound}.cpu_milli");
            found.expect(what, &expected["cpu_milli"], cpu_milli);
            let what = || format!("{name}.{bound}.memory_bytes");
            found.expect(what, &expected["memory_bytes"], memory_bytes);
        }
    }
}

/// Feeds a container's events to the recommender's model.
fn replay(container: &Value, name: &str, flags: &RecommenderFlags, found: &mut Found) -> AggregateState {
    let interval = flags.memory_aggregation_interval.span();
    let bump = OomBump {
        ratio: flags.oom_bump_up_ratio,
        min_bytes: flags.oom_min_bump_up_bytes,
    };
    let (mut state, mut history) = (AggregateState::new(flags), ContainerHistory::default());
    for (index, event) in list(&container["events"]).iter().enumerate() {
        let (at, amount) = (stamp(&event[1]), |place: usize| {
            event[place].as_u64().expect("an amount")
        });
        match event[0].as_str() {
            Some("s") => {
                let cpu = history.add_cpu(amount(2), at, &mut state);
                let memory = history.add_memory(amount(3), at, interval, &mut state);
                let what = || format!("{name}.events[{index}] cpu accepted");
                found.expect(what, &event[4], cpu);
                let what = || format!("{name}.events[{index}] memory accepted");
                found.expect(what, &event[5], memory);
            }
            Some("oom") => {
                let taken = history.record_oom(amount(2), at, interval, bump, &mut state);
                let what = || format!("{name}.events[{index}] accepted");
                found.expect(what, &event[3], taken);
            }
            other => panic!("event {other:?}"),
        }
    }
    state
}
