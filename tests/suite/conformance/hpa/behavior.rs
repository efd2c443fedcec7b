//! `hpa_behavior.json`: what metrics asked for over time in, what was written out; and limits of lone policies.
//!
//! Knows: the fields of the file's `about`. Must not know: any arithmetic of the HPA.

use crate::conformance::{Case, Mismatch, Verdict};
use serde_json::{Value, json};
use tonnage::engine::{Span, Time};
use tonnage::model::units::Duration;
use tonnage::policy::pod_scaling::hpa::{
    Behavior, Branch, Controller, Limited, Range, RatePolicy, RateUnit, Reconciler, Rules, ScaleEvents,
    ScalingRules, Select, Stabilized,
};

pub(crate) fn check(case: &Case) -> Verdict {
    let mismatches = match case.list {
        "vectors" => timeline(case.value),
        "percent_limits" => percent_limit(case.value),
        _ => return Verdict::NotYetSupported,
    };
    if mismatches.is_empty() {
        Verdict::Pass
    } else {
        Verdict::Fail(mismatches)
    }
}

fn timeline(vector: &Value) -> Vec<Mismatch> {
    let controller = Controller {
        downscale_stabilization: Duration::from_secs(
            vector["controller_downscale_stabilization_s"]
                .as_u64()
                .expect("a window"),
        ),
        ..Controller::default()
    };
    let given = &vector["behavior_given"];
    let behavior: Option<Behavior> = (!given.is_null()).then(|| {
        let given = json!({"scaleUp": rules_as_written(&given["scale_up"]),
            "scaleDown": rules_as_written(&given["scale_down"])});
        serde_json::from_value(given).expect("a behavior of autoscaling/v2")
    });
    let rules = Rules::new(behavior.as_ref(), &controller);
    let mut mismatches = Vec::new();
    compare(
        "behavior_effective",
        &vector["behavior_effective"],
        &effective(&rules),
        &mut mismatches,
    );
    let range = Range {
        min: integer(&vector["min_replicas"]),
        max: integer(&vector["max_replicas"]),
    };
    let mut reconciler = Reconciler::default();
    for (index, tick) in vector["ticks"].as_array().expect("ticks").iter().enumerate() {
        let now = Time::from_nanos(tick[0].as_u64().expect("milliseconds") * 1_000_000);
        let (written, branch) =
            reconciler.look(now, integer(&tick[1]), range, &rules, || Some(integer(&tick[2])));
        let (branch, able, limited) = match branch {
            Branch::Disabled => ("disabled", "", ""),
            Branch::AboveMax => ("above_max", "", ""),
            Branch::BelowMin => ("below_min", "", ""),
            Branch::NotComputable => ("not_computable", "", ""),
            Branch::Metrics { normalised, .. } => (
                "metrics",
                match normalised.able_to_scale {
                    Stabilized::No => "ReadyForNewScale",
                    Stabilized::Up(_) => "ScaleUpStabilized",
                    Stabilized::Down(_) => "ScaleDownStabilized",
                },
                match normalised.limited {
                    Limited::No => "DesiredWithinRange",
                    Limited::TooFew => "TooFewReplicas",
                    Limited::TooMany => "TooManyReplicas",
                    Limited::ScaleUpLimit => "ScaleUpLimit",
                    Limited::ScaleDownLimit => "ScaleDownLimit",
                },
            ),
        };
        let expected = json!([tick[3], tick[4], tick[5], tick[6]]);
        let actual = json!([written, branch, able, limited]);
        compare(&format!("ticks[{index}]"), &expected, &actual, &mut mismatches);
    }
    mismatches
}

/// Rules in the words of `autoscaling/v2`, without the fields that the vector leaves open.
fn rules_as_written(given: &Value) -> Value {
    if given.is_null() {
        return Value::Null;
    }
    let policies = given["policies"].as_array().map(|policies| {
        let policy = |policy: &Value| {
            json!({"type": policy["type"], "value": policy["value"], "periodSeconds": policy["period_s"]})
        };
        policies.iter().map(policy).collect::<Vec<_>>()
    });
    json!({"stabilizationWindowSeconds": given["stabilization_s"], "selectPolicy": given["select"],
        "policies": policies})
}

fn effective(rules: &Rules) -> Value {
    let Rules::Behavior { up, down } = rules else {
        return Value::Null;
    };
    let policy = |policy: &RatePolicy| {
        let unit = match policy.unit {
            RateUnit::Pods => "Pods",
            RateUnit::Percent => "Percent",
        };
        json!({"type": unit, "value": policy.value, "period_s": seconds(policy.period)})
    };
    let of = |rules: &ScalingRules| {
        let select = match rules.select {
            Select::Max => "Max",
            Select::Min => "Min",
            Select::Disabled => "Disabled",
        };
        json!({"stabilization_s": seconds(rules.stabilization), "select": select,
            "policies": rules.policies.iter().map(policy).collect::<Vec<_>>()})
    };
    json!({"scale_up": of(up), "scale_down": of(down)})
}

fn percent_limit(row: &Value) -> Vec<Mismatch> {
    let (current, percent) = (integer(&row[0]), integer(&row[1]));
    let rules = ScalingRules {
        stabilization: Span::ZERO,
        select: Select::Max,
        policies: vec![RatePolicy {
            unit: RateUnit::Percent,
            value: percent,
            period: Span::from_secs(60),
        }],
    };
    let nothing = ScaleEvents::default();
    let mut mismatches = Vec::new();
    let up = rules.limit_up(Time::ZERO, current, &nothing);
    compare("scale-up limit", &row[2], &up.into(), &mut mismatches);
    let down = rules.limit_down(Time::ZERO, current, &nothing);
    compare("scale-down limit", &row[3], &down.into(), &mut mismatches);
    mismatches
}

fn seconds(span: Span) -> u64 {
    span.nanos() / 1_000_000_000
}

fn integer(value: &Value) -> i32 {
    let number = value.as_i64().expect("a whole number");
    i32::try_from(number).expect("a number of replicas")
}

fn compare(what: &str, expected: &Value, actual: &Value, mismatches: &mut Vec<Mismatch>) {
    if expected != actual {
        mismatches.push(Mismatch {
            what: what.to_owned(),
            expected: expected.to_string(),
            actual: actual.to_string(),
        });
    }
}
