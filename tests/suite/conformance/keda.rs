//! `keda.json`: KEDA's operator, fallback, cron trigger, made HPA and ScaledJobs, through the policy's own functions.
//!
//! Knows: the vectors' fields and units. Must not know: how anything is decided.

use super::{Case, Mismatch, Verdict};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use tonnage::engine::Span;
use tonnage::policy::pod_scaling::keda::cron::CronTrigger;
use tonnage::policy::pod_scaling::keda::{
    ActiveCondition, Advanced, Annotations, Calculation, Fallback, JobView, MetricHealth, MetricKind,
    MetricRead, MetricTarget, MetricType, OperatorView, ReadyCondition, ScaleTrigger, ScaledJob,
    ScaledObject, ScalingModifiers, ScalingStrategy, Source, Strategy, Trigger, TriggerLoad, make_hpa,
    request_jobs, request_scale,
};

pub(crate) fn check(case: &Case) -> Verdict {
    let input = &case.value["input"];
    let actual = match case.value["kind"].as_str() {
        Some("cron") => cron(input),
        Some("fallback") => fallback(input),
        Some("hpa_spec") => hpa_spec(input),
        Some("scaled_job") => scaled_job(input),
        Some("scaled_object") => scaled_object(input),
        _ => return Verdict::NotYetSupported,
    };
    let expected = case.value["expect"].as_object().expect("expectations");
    let mismatches: Vec<_> = expected
        .iter()
        .filter(|&(field, expected)| actual[field] != *expected)
        .map(|(field, expected)| Mismatch {
            what: field.clone(),
            expected: expected.to_string(),
            actual: actual[field].to_string(),
        })
        .collect();
    if mismatches.is_empty() {
        Verdict::Pass
    } else {
        Verdict::Fail(mismatches)
    }
}

fn cron(input: &Value) -> Value {
    let given = [
        ("start", "start"),
        ("end", "end"),
        ("timezone", "timezone"),
        ("desired_replicas", "desiredReplicas"),
    ];
    let metadata: BTreeMap<_, _> = given
        .into_iter()
        .map(|(field, key)| (key.to_owned(), text(&input[field]).to_owned()))
        .collect();
    let Ok(trigger) = CronTrigger::parse(&metadata) else {
        return json!({"error": true});
    };
    let replicas = trigger.replicas(text(&input["now"]).parse().expect("a time"));
    let (kind, milli) = target(trigger.target());
    json!({
        "active": replicas > 0,
        "value_milli": replicas * 1000,
        "target_type": kind,
        "target_average_milli": milli,
    })
}

fn fallback(input: &Value) -> Value {
    let given = &input["fallback"];
    let fallback = given.is_object().then(|| {
        let count = |field: &str| count(&given[field]).expect("a count");
        Fallback {
            failure_threshold: count("failure_threshold"),
            replicas: count("replicas"),
            behavior: match text(&given["behavior"]) {
                "" => serde_json::from_value(json!("static")),
                behavior => serde_json::from_value(json!(behavior)),
            }
            .expect("a behaviour"),
        }
    });
    let modifiers = modifiers(&input["modifiers"]);
    let threshold = input["threshold"].as_f64().expect("a threshold");
    let metric_type = metric_type(&input["metric_type"]);
    let trigger = Trigger::external(0, "e", MetricKind::Query, metric_type, (threshold, 0.0));
    let hpa = make_hpa(&ScaledObject::default(), &[trigger.expect("a trigger")]).expect("an HPA");
    let source = Source {
        fallback: fallback.as_ref(),
        modifiers: modifiers.as_ref(),
        target: hpa.metrics[0].target(),
        current: count(&input["current"]).expect("current replicas"),
        ready: count(&input["ready"]).expect("ready replicas"),
    };
    let mut health = MetricHealth::default();
    let reads = array(&input["reads"]).iter().map(|read| {
        let milli = read.as_f64().map(|value| (value * 1000.0) as i64);
        let read = health.read(milli, &source);
        let condition = match source.valid_fallback() {
            None => "Unknown",
            Some(fallback) if health.is_over(fallback) => "True",
            Some(_) => "False",
        };
        json!({
            "error": read == MetricRead::Error,
            "fallback": matches!(read, MetricRead::Fallback(_)),
            "fallback_condition": condition,
            "value_milli": read.milli(),
        })
    });
    json!({ "reads": reads.collect::<Vec<_>>() })
}

fn hpa_spec(input: &Value) -> Value {
    let object = ScaledObject {
        annotations: annotations(input),
        min_replica_count: count(&input["min"]),
        max_replica_count: count(&input["max"]),
        advanced: modifiers(&input["modifiers"]).map(|scaling_modifiers| Advanced {
            scaling_modifiers,
            ..Advanced::default()
        }),
        ..ScaledObject::default()
    };
    let triggers = array(&input["triggers"]).iter().enumerate();
    let triggers: Result<Vec<_>, _> = triggers.map(|(index, given)| trigger(index, given)).collect();
    let Ok(hpa) = triggers.and_then(|triggers| make_hpa(&object, &triggers)) else {
        return json!({"error": true});
    };
    let metric = |metric: &tonnage::policy::pod_scaling::keda::MadeMetric| {
        let (kind, value) = target(metric.target());
        let field = if kind == "Utilization" {
            "target"
        } else {
            "target_milli"
        };
        let entries = [
            ("name", json!(metric.name())),
            (field, json!(value)),
            ("target_type", json!(kind)),
            ("type", json!(metric.type_name())),
        ];
        let entries = entries.map(|(field, value)| (field.to_owned(), value));
        Value::Object(Map::from_iter(entries))
    };
    let behavior = hpa.behavior.unwrap_or_default();
    json!({
        "min_replicas": hpa.min_replicas,
        "max_replicas": hpa.max_replicas,
        "metrics": hpa.metrics.iter().map(metric).collect::<Vec<_>>(),
        "scale_up_select": behavior.scale_up.and_then(|rules| rules.select_policy),
        "scale_down_select": behavior.scale_down.and_then(|rules| rules.select_policy),
    })
}

fn trigger(index: usize, given: &Value) -> Result<Trigger, String> {
    let metric_type = metric_type(&given["metric_type"]);
    if given["type"] == "external" {
        let threshold = given["threshold"].as_f64().expect("a threshold");
        return Trigger::external(index, "e", MetricKind::Query, metric_type, (threshold, 0.0));
    }
    let metadata = [("value".to_owned(), text(&given["value"]).to_owned())];
    let trigger = ScaleTrigger {
        kind: text(&given["type"]).to_owned(),
        metadata: BTreeMap::from(metadata),
        metric_type,
        ..ScaleTrigger::default()
    };
    Trigger::parse(&trigger, index)
}

fn scaled_job(input: &Value) -> Value {
    let job = ScaledJob {
        min_replica_count: count(&input["min"]),
        max_replica_count: count(&input["max"]),
        scaling_strategy: ScalingStrategy {
            strategy: match text(&input["strategy"]) {
                "custom" => Strategy::Custom,
                "accurate" => Strategy::Accurate,
                "eager" => Strategy::Eager,
                _ => Strategy::Default,
            },
            custom_scaling_queue_length_deduction: input["custom_queue_deduction"]
                .as_i64()
                .map(|deduction| deduction as i32),
            custom_scaling_running_job_percentage: input["custom_running_percentage"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            pending_pod_conditions: vec![],
            multiple_scalers_calculation: match text(&input["calculation"]) {
                "min" => Calculation::Min,
                "avg" => Calculation::Avg,
                "sum" => Calculation::Sum,
                _ => Calculation::Max,
            },
        },
        ..ScaledJob::default()
    };
    let loads: Vec<_> = array(&input["triggers"])
        .iter()
        .map(|trigger| TriggerLoad {
            active: trigger["active"] == true,
            value: quantity(text(&trigger["value"])),
            target: quantity(text(&trigger["target"])),
        })
        .collect();
    let decision = request_jobs(
        &job,
        &JobView {
            triggers: &loads,
            error: input["error"] == true,
            running: count(&input["running"]).expect("running jobs"),
            pending: count(&input["pending"]).expect("pending jobs"),
        },
    );
    json!({
        "active": decision.active,
        "queue_length": decision.queue_length,
        "max_scale": decision.max_scale,
        "jobs_created": decision.jobs,
        "ready_condition": ready(decision.ready, "ScaledJobReady"),
    })
}

fn scaled_object(input: &Value) -> Value {
    let object = ScaledObject {
        annotations: annotations(input),
        cooldown_period: count(&input["cooldown_s"]),
        initial_cooldown_period: count(&input["initial_cooldown_s"]),
        idle_replica_count: count(&input["idle"]),
        min_replica_count: count(&input["min"]),
        max_replica_count: count(&input["max"]),
        fallback: count(&input["fallback_replicas"]).map(|replicas| Fallback {
            failure_threshold: 3,
            replicas,
            behavior: Default::default(),
        }),
        ..ScaledObject::default()
    };
    let seconds = |field: &str| count(&input[field]).map(|seconds| Span::from_secs(seconds.into()));
    let view = OperatorView {
        active: input["active"] == true,
        error: input["error"] == true,
        current: count(&input["current"]).expect("current replicas"),
        since_active: seconds("last_active_age_s"),
        age: seconds("created_age_s").expect("an age"),
    };
    let decision = request_scale(&object, &view);
    json!({
        "set_replicas": decision.replicas,
        "stamp_last_active": decision.stamp_active,
        "paused": decision.paused,
        "active_condition": match decision.active {
            None => "/",
            Some(ActiveCondition::Active) => "True/ScalerActive",
            Some(ActiveCondition::NotActive) => "False/ScalerNotActive",
            Some(ActiveCondition::Cooldown) => "False/ScalerCooldown",
        },
        "ready_condition": ready(decision.ready, "ScaledObjectReady"),
    })
}

fn ready(condition: ReadyCondition, reason: &str) -> String {
    match condition {
        ReadyCondition::Ready => format!("True/{reason}"),
        ReadyCondition::PartialTriggerError => "Unknown/PartialTriggerError".to_owned(),
        ReadyCondition::TriggerError => "False/TriggerError".to_owned(),
    }
}

fn annotations(input: &Value) -> Annotations {
    let annotation = |field: &str| input[field].as_str().map(str::to_owned);
    Annotations {
        paused: annotation("paused"),
        paused_replicas: annotation("paused_replicas"),
        paused_scale_in: annotation("pause_scale_in"),
        paused_scale_out: annotation("pause_scale_out"),
        force_activation: annotation("force_activation"),
    }
}

fn modifiers(given: &Value) -> Option<ScalingModifiers> {
    given.is_object().then(|| ScalingModifiers {
        // Not recorded; only its presence matters here.
        formula: "trigger".to_owned(),
        target: text(&given["target"]).to_owned(),
        metric_type: metric_type(&given["type"]),
        ..ScalingModifiers::default()
    })
}

fn metric_type(given: &Value) -> Option<MetricType> {
    match given.as_str() {
        None | Some("") => None,
        Some(name) => Some(serde_json::from_value(json!(name)).expect("a metric type")),
    }
}

fn target(target: MetricTarget) -> (&'static str, i64) {
    match target {
        MetricTarget::AverageValue(milli) => ("AverageValue", milli),
        MetricTarget::Value(milli) => ("Value", milli),
        MetricTarget::Utilization(percent) => ("Utilization", percent.into()),
    }
}

/// A quantity as Kubernetes approximates it.
fn quantity(text: &str) -> f64 {
    let (digits, factor) = match text.strip_suffix('m') {
        Some(milli) => (milli, 1e-3),
        None => (
            text.trim_end_matches('k'),
            if text.ends_with('k') { 1e3 } else { 1.0 },
        ),
    };
    digits.parse::<f64>().expect("a quantity") * factor
}

fn count(value: &Value) -> Option<u32> {
    Some(u32::try_from(value.as_u64()?).expect("a count"))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}"))
}

fn array(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}
