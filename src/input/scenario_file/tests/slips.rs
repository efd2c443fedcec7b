//! Slips in policies: told in a user's words, at the parameter that is wrong.

use super::{messages, read, small};
use std::path::Path;

/// Every message about `policies`, each with the text that it points at.
fn blamed(policies: &str) -> Vec<(String, String)> {
    let text = small(&format!("policies: {policies}\n"));
    let refused = read(&text, Path::new(""), &[]).expect_err("it is wrong");
    let all = refused.diagnostics.sorted();
    all.iter()
        .map(|one| {
            let (start, end) = (one.place.start, one.place.end);
            let line = refused.sources.line(one.place.source, start.line).unwrap();
            let length = end.column.saturating_sub(start.column) as usize;
            let text = line.chars().skip(start.column as usize - 1).take(length);
            (text.collect(), one.message.clone())
        })
        .collect()
}

#[test]
fn a_mistyped_policy_is_called_a_policy() {
    let policies = "policies: {pod_scaling: {shop: {target_trackng: {utilization: 50%}}}}\n";
    let refused = read(&small(policies), Path::new(""), &[]).expect_err("a slip");
    insta::assert_snapshot!(refused.render(), @r#"
    error: unknown policy `target_trackng`
      --> x.yaml:10:33
       |
    10 | policies: {pod_scaling: {shop: {target_trackng: {utilization: 50%}}}}
       |                                 ^^^^^^^^^^^^^^ did you mean `target_tracking`?
       = expected one of: `static`, `target_tracking`, `step_scaling`, `threshold`, `scheduled`, `on_demand`, `kpa`, `hpa`, `keda`, `keda_job`
    "#);
    insta::assert_debug_snapshot!([
        messages(&small("policies: {placement: bestfit}\n")),
        messages(&small("policies: {placement: {bestfit: {}}}\n")),
        messages(&small("policies: {routing: {shop: round-robin}}\n")),
        messages(&small("policies: {node_scaling: nomad}\n")),
        messages(&small("policies: {placement: [best_fit]}\n")),
        messages(&small("policies: {placement: {best_fit: {}, worst_fit: {}}}\n")),
    ], @r#"
    [
        [
            "10:23 unknown policy `bestfit`; did you mean best_fit",
        ],
        [
            "10:24 unknown policy `bestfit`; did you mean best_fit",
        ],
        [
            "10:28 unknown policy `round-robin`; did you mean round_robin",
        ],
        [
            "10:12 there are no machines to scale (warning)",
            "10:26 unknown policy `nomad`",
        ],
        [
            "10:23 expected a policy, found a list",
        ],
        [
            "10:38 2 names are given where one policy is expected",
        ],
    ]
    "#);
}

#[test]
fn a_policys_complaint_points_at_the_parameter() {
    insta::assert_debug_snapshot!([
        blamed("{pod_scaling: {shop: {scheduled: {steps: [{cron: daily, replicas: 1}]}}}}"),
        blamed("{pod_scaling: {shop: {scheduled: {steps: [{cron: '0 8 * * *', replicas: 1}, {cron: '0 25 * * *', replicas: 1}]}}}}"),
        blamed("{pod_scaling: {shop: {scheduled: {steps: [{cron: '0 8 * * fooday', replicas: 1}]}}}}"),
        blamed("{pod_scaling: {shop: {target_tracking: {utilization: 50%, min: 4, max: 2}}}}"),
        blamed("{pod_scaling: {shop: {hpa: {maxReplicas: 3, metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization}}}]}}}}"),
        blamed("{pod_scaling: {shop: {target_tracking: {min: 1}}}}"),
    ], @r#"
    [
        [
            (
                "daily",
                "scheduled: steps[0].cron: `daily` is not a cron expression: expected minute, hour, day of the month, month and day of the week, such as `0 8 * * 1-5`",
            ),
        ],
        [
            (
                "'0 25 * * *'",
                "scheduled: steps[1].cron: the hour of `0 25 * * *` is `25`, expected 0-23, a list, a range or a step of them, or `*`",
            ),
        ],
        [
            (
                "'0 8 * * fooday'",
                "scheduled: steps[0].cron: the day of the week of `0 8 * * fooday` is `fooday`, expected 0-7 or SUN-SAT, a list, a range or a step of them, or `*`",
            ),
        ],
        [
            (
                "4",
                "target_tracking: min 4 is above max 2",
            ),
        ],
        [
            (
                "Utilization",
                "hpa: metrics[0]: resource.target: type is `Utilization`, but `averageUtilization` is missing",
            ),
        ],
        [
            (
                "target_tracking",
                "target_tracking: no target is given: expected one of utilization, cpu, memory, concurrency, rate",
            ),
        ],
    ]
    "#);
}

/// Parameters that a complaint names in backticks, each with its value in the file.
#[test]
fn a_parameter_in_backticks_is_found_in_the_file() {
    for (policy, value, complaint) in [
        (
            "{target_tracking: {utilization: 50%, every: 0s}}",
            "0s",
            "`every` must be",
        ),
        (
            "{threshold: {above: 20%, below: 30%}}",
            "30%",
            "`below` must be less than `above`",
        ),
    ] {
        let found = blamed(&format!("{{pod_scaling: {{shop: {policy}}}}}"));
        let [(text, message)] = found.as_slice() else {
            panic!("{policy}: {found:?}");
        };
        assert_eq!(text, value, "{message}");
        assert!(message.contains(complaint), "{message}");
    }
}

/// A budget that holds every pod is told before the run: afterwards it is a drain that never ended.
#[test]
fn a_budget_that_never_lets_a_pod_go_is_told() {
    let with = |budget: &str| {
        let demand = "      demand: 40ms\n";
        let more = format!("{demand}      disruptionBudget: {{{budget}}}\n");
        messages(&small("").replace(demand, &more))
    };
    let told = "8:7 this budget never lets a pod go (warning)";
    for budget in ["maxUnavailable: 0", "maxUnavailable: 0%", "minAvailable: 100%"] {
        assert_eq!(with(budget), [told], "{budget}");
    }
    assert!(with("maxUnavailable: 1").is_empty());
    let told = "8:7 with 1 pod this budget never lets one go (warning)";
    assert_eq!(with("minAvailable: 1"), [told]);
    let scaled = "policies: {pod_scaling: {shop: {target_tracking: {utilization: 50%}}}}\n";
    let demand = "      demand: 40ms\n";
    let more = format!("{demand}      disruptionBudget: {{minAvailable: 1}}\n");
    assert!(messages(&small(scaled).replace(demand, &more)).is_empty());
}

/// A container that its probe stops before it can answer would be started for ever: said before the run, where the start
/// is long enough for that, and not where it only may be.
#[test]
fn a_start_that_its_probe_does_not_bear_is_warned_of() {
    let of = |startup: &str, probes: &str| {
        messages(&small("").replace("slots: 2,", &format!("slots: 2, startup: {startup}, {probes},")))
    };
    assert_eq!(
        of("31s", "livenessProbe: {}"),
        [
            "6:56 this liveness probe is never passed: the container takes 31s to start and is stopped after 30s at the \
          latest, over and over (warning)"
        ]
    );
    assert_eq!(of("30s", "livenessProbe: {}"), [""; 0]);
    assert_eq!(
        of("31s", "livenessProbe: {}, startupProbe: {failureThreshold: 5}"),
        [""; 0]
    );
    let random = of(
        "{lognormal: {median: 40s, p95: 90s}}",
        "startupProbe: {initialDelaySeconds: 5}",
    );
    assert!(
        random.len() == 1 && random[0].contains("this startup probe stops every second start or more"),
        "{random:?}"
    );
}
