//! `hpa_replicas.json`: metrics and pods in, a number of replicas out.
//!
//! Knows: the fields of the file's `about`. Must not know: any arithmetic of the HPA.

use crate::conformance::{Case, Mismatch, Verdict};
use serde_json::{Value, json};
use tonnage::engine::{Span, Time};
use tonnage::model::observed::pods::{
    ConditionStatus, ContainerUsage, ObservedContainer, ObservedPhase, ObservedPod, ReadyCondition,
    ResourceSample,
};
use tonnage::policy::pod_scaling::hpa::{
    Calculator, Metric, MetricError, MetricSpec, MetricsSource, PodSamples, Readiness, Sample, Target,
    ToleranceRule, Tolerances,
};

/// Any instant that is later than everything the vectors speak of.
const NOW: Time = Time::from_nanos(1_000_000 * 1_000_000_000);

pub(crate) fn check(case: &Case) -> Verdict {
    let (input, out) = (&case.value["in"], &case.value["out"]);
    let kinds = match input["kind"].as_str() {
        Some("multi_metric") => input["metrics"].as_array().expect("a list of metrics").clone(),
        Some(_) => vec![input.clone()],
        None => return Verdict::NotYetSupported,
    };
    let specs: Option<Vec<Value>> = kinds.iter().map(metric_spec).collect();
    let Some(specs) = specs else {
        return Verdict::NotYetSupported;
    };
    let mut mismatches = Vec::new();
    compare(
        "",
        out,
        &outcome(input, &kinds, &specs, ToleranceRule::PerDirection),
        &mut mismatches,
    );
    // The older rule knows one tolerance for both directions; of several metrics, its results are not recorded.
    if input["tolerance_up"] == input["tolerance_down"] && input["kind"] != json!("multi_metric") {
        let mut expected = out.clone();
        if let Some(replicas) = out.get("replicas_pre_1_33") {
            expected["replicas"] = replicas.clone();
        }
        let actual = outcome(input, &kinds, &specs, ToleranceRule::Distance);
        compare("pre-1.33 ", &expected, &actual, &mut mismatches);
    }
    if mismatches.is_empty() {
        Verdict::Pass
    } else {
        Verdict::Fail(mismatches)
    }
}

/// The metric as a user would write it in `autoscaling/v2`.
fn metric_spec(metric: &Value) -> Option<Value> {
    let resource = &metric["resource"];
    let average = json!({"type": "AverageValue", "averageValue": milli(&metric["target_milli"])});
    let value = json!({"type": "Value", "value": milli(&metric["target_milli"])});
    let percent = &metric["target_utilization_percent"];
    let utilization = json!({"type": "Utilization", "averageUtilization": percent});
    let named = json!({"name": "m"});
    let object = json!({"kind": "Service", "name": "s"});
    Some(match metric["kind"].as_str()? {
        "resource_utilization" => {
            json!({"type": "Resource", "resource": {"name": resource, "target": utilization}})
        }
        "resource_average_value" => {
            json!({"type": "Resource", "resource": {"name": resource, "target": average}})
        }
        "pods_average_value" => json!({"type": "Pods", "pods": {"metric": named, "target": average}}),
        "object_value" => json!({"type": "Object",
            "object": {"metric": named, "describedObject": object, "target": value}}),
        "object_average_value" => json!({"type": "Object",
            "object": {"metric": named, "describedObject": object, "target": average}}),
        "external_value" => json!({"type": "External", "external": {"metric": named, "target": value}}),
        "external_average_value" => {
            json!({"type": "External", "external": {"metric": named, "target": average}})
        }
        _ => return None,
    })
}

fn milli(value: &Value) -> String {
    format!("{value}m")
}

/// Answers the calculator with what a vector holds, one metric after another.
struct Recorded<'a> {
    metrics: std::slice::Iter<'a, Value>,
    pods: &'a [ObservedPod<'a>],
    samples: PodSamples,
}

impl Recorded<'_> {
    fn next(&mut self) -> Option<&Value> {
        let metric = self.metrics.next().expect("one answer for each metric");
        (metric["metric_unavailable"] != json!(true)).then_some(metric)
    }

    fn values(&mut self) -> Option<Vec<i64>> {
        let values = self.next()?["values_milli"].as_array()?;
        Some(values.iter().map(integer).collect())
    }
}

impl MetricsSource for Recorded<'_> {
    fn resource(&mut self, _: &str, container: Option<&str>) -> Option<PodSamples> {
        assert!(container.is_none(), "no vector asks for a container");
        self.next()?;
        assert_eq!(self.samples.of_pods.len(), self.pods.len());
        Some(self.samples.clone())
    }

    fn pods(&mut self, _: &str) -> Option<PodSamples> {
        self.next()?;
        Some(self.samples.clone())
    }

    fn object(&mut self, _: &str, _: &str, _: &str) -> Option<i64> {
        self.values().map(|values| values[0])
    }

    fn external(&mut self, _: &str) -> Option<Vec<i64>> {
        self.values()
    }
}

/// What the HPA says, in the words of the file.
fn outcome(input: &Value, kinds: &[Value], specs: &[Value], rule: ToleranceRule) -> Value {
    let metrics: Vec<Metric> = specs
        .iter()
        .map(|spec| {
            let spec: MetricSpec = serde_json::from_value(spec.clone()).expect("a metric of autoscaling/v2");
            Metric::new(&spec).expect("a valid metric")
        })
        .collect();
    let seconds = |name: &str| Span::from_secs(integer(&input[name]).unsigned_abs());
    let calculator = Calculator {
        tolerances: Tolerances {
            up: input["tolerance_up"].as_f64().expect("a tolerance"),
            down: input["tolerance_down"].as_f64().expect("a tolerance"),
            rule,
        },
        readiness: Readiness {
            cpu_initialization_period: seconds("cpu_initialization_period_s"),
            initial_readiness_delay: seconds("initial_readiness_delay_s"),
        },
    };
    let empty = Vec::new();
    let listed = input["pods"].as_array().unwrap_or(&empty);
    let memory = kinds[0]["resource"] == json!("memory");
    let containers: Vec<Vec<ObservedContainer>> = listed.iter().map(|pod| containers(pod, memory)).collect();
    let samples: Vec<Option<ResourceSample>> =
        listed.iter().map(|pod| resource_sample(pod, memory)).collect();
    let parts = listed.iter().zip(&containers).zip(&samples);
    let pods: Vec<ObservedPod> = parts
        .map(|((pod, containers), sample)| observed_pod(pod, containers, sample.as_ref()))
        .collect();
    let others = input["metrics_for_unknown_pods_milli"].as_object();
    let mut source = Recorded {
        metrics: kinds.iter(),
        pods: &pods,
        samples: PodSamples {
            of_pods: listed.iter().map(sample).collect(),
            of_others: others
                .into_iter()
                .flatten()
                .map(|(_, value)| integer(value))
                .collect(),
        },
    };
    let replicas = integer(&input["current_replicas"]) as i32;
    let target = Target {
        now: NOW,
        replicas,
        status_replicas: input["status_replicas"]
            .as_i64()
            .map_or(replicas, |replicas| replicas as i32),
        pods: &pods,
    };
    if input["kind"] == json!("multi_metric") {
        let computed = calculator.compute(&metrics, &target, &mut source);
        let invalid = computed.first_error().is_some();
        return match computed.replicas {
            None => json!({"replicas": -1, "error": "not_computable"}),
            Some(replicas) if invalid => json!({"replicas": replicas, "error": "some_metric_invalid"}),
            Some(replicas) => json!({"replicas": replicas}),
        };
    }
    match calculator.propose(&metrics[0], &target, &mut source) {
        Ok(proposal) => {
            let mut out = json!({"replicas": proposal.replicas, "usage_milli": proposal.usage.milli});
            if let Some(percent) = proposal.usage.utilization_percent {
                out["utilization_percent"] = percent.into();
            }
            out
        }
        Err(error) => json!({"replicas": 0, "error": match error {
            MetricError::Unavailable | MetricError::NoUsableSamples => "no_usable_metrics",
            MetricError::NoPods => "no_pods",
            MetricError::MissingRequest => "missing_request",
            MetricError::ZeroRequests => "zero_requests",
        }}),
    }
}

fn observed_pod<'a>(
    pod: &Value,
    containers: &'a [ObservedContainer],
    sample: Option<&'a ResourceSample>,
) -> ObservedPod<'a> {
    let phase = match pod["phase"].as_str() {
        Some("Running") => ObservedPhase::Running,
        Some("Pending") => ObservedPhase::Pending,
        Some("Failed") => ObservedPhase::Failed,
        Some("Succeeded") => ObservedPhase::Succeeded,
        other => panic!("unknown phase {other:?}"),
    };
    let status = match pod["ready"].as_str() {
        Some("True") => Some(ConditionStatus::True),
        Some("False") => Some(ConditionStatus::False),
        Some("Unknown") => Some(ConditionStatus::Unknown),
        None => None,
        other => panic!("unknown condition {other:?}"),
    };
    ObservedPod {
        ordinal: 0,
        phase,
        deleted: pod["deleted"] == json!(true),
        ready: status.map(|status| ReadyCondition {
            status,
            since: ago(&pod["transition_ago_s"]).expect("the time of the last transition"),
        }),
        started: ago(&pod["start_ago_s"]),
        containers,
        request: None,
        sample,
        traffic: None,
    }
}

fn containers(pod: &Value, memory: bool) -> Vec<ObservedContainer> {
    let requests = pod["requests_milli"].as_array().expect("a list of requests");
    let container = |(index, request): (usize, &Value)| ObservedContainer {
        name: format!("c{index}"),
        cpu_request_milli: request.as_i64().filter(|_| !memory),
        memory_request_milli: request.as_i64().filter(|_| memory),
    };
    requests.iter().enumerate().map(container).collect()
}

fn sample(pod: &Value) -> Option<Sample> {
    Some(Sample {
        milli: pod["metric_milli"].as_i64()?,
        at: ago(&pod["metric_age_s"]).expect("the sample's age"),
        window: Span::from_secs(pod["metric_window_s"].as_u64().expect("the sample's window")),
    })
}

/// The pod's sample, all of it on its first container.
fn resource_sample(pod: &Value, memory: bool) -> Option<ResourceSample> {
    let Sample { milli, at, window } = sample(pod)?;
    let mut containers = vec![ContainerUsage::default(); pod["requests_milli"].as_array()?.len()];
    if memory {
        containers[0].memory_milli = milli;
    } else {
        containers[0].cpu_milli = milli;
    }
    Some(ResourceSample {
        at,
        window,
        containers,
    })
}

fn ago(seconds: &Value) -> Option<Time> {
    let nanos = seconds.as_u64()? * 1_000_000_000;
    Some(Time::from_nanos(NOW.nanos() - nanos))
}

fn integer(value: &Value) -> i64 {
    value.as_i64().expect("a whole number")
}

fn compare(which: &str, expected: &Value, actual: &Value, mismatches: &mut Vec<Mismatch>) {
    for (name, expected) in expected.as_object().expect("a map") {
        if name == "replicas_pre_1_33" {
            continue;
        }
        let actual = actual.get(name).unwrap_or(&Value::Null);
        if actual != expected {
            mismatches.push(Mismatch {
                what: format!("{which}{name}"),
                expected: expected.to_string(),
                actual: actual.to_string(),
            });
        }
    }
}
