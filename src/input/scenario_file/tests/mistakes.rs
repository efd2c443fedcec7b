//! Mistakes: each told at its place, all at once, none with a panic.

use super::embedded::BLACK_FRIDAY;
use super::{messages, read, small, sound};
use crate::input::Limits;
use std::path::Path;

/// The message about the one mistake in `text`.
fn one(text: &str) -> String {
    let all = messages(text);
    assert_eq!(all.len(), 1, "{all:#?}");
    all[0].clone()
}

#[test]
fn six_mistakes_of_six_kinds_are_told_at_once() {
    let text = BLACK_FRIDAY
        .replace("duration: 6h", "duratoin: 6h")
        .replace("memory: 32Gi", "memory: 32GB")
        .replace("min: 3, initial: 3", "min: 50, initial: 50")
        .replace("to: shop", "to: shpo")
        .replace(
            "target_tracking: {utilization: 70%}",
            "target_tracking: {utilization: 70%, cpu: 60%}",
        )
        .replace("{median: 55s, p95: 110s}", "{median: 55s, p95: 11s}");
    let refused = read(&text, Path::new(""), &[]).expect_err("it is full of mistakes");
    insta::assert_snapshot!(refused.render(), @"");
}

#[test]
fn names_are_unique_and_lead_somewhere() {
    let text = "name: n
duration: 1h
cluster:
  pools:
    - {name: a, shape: m5.largee, nodes: 1}
    - {name: a, shape: m5.large, nodes: 1}
workloads:
  - name: shop
    serving:
      containers: [{name: c}, {name: c}]
      classes: [{name: x}, {name: x}]
      demand: 1s
  - name: shop
    serving: {containers: [{name: c}], demand: 1s}
load:
  - {name: l, to: shop, arrivals: {poisson: {rate: 1/s}}}
  - {name: l, to: shopp, arrivals: {poisson: {rate: 1/s}}}
policies:
  routing: {shup: random}
  pod_scaling: {other: static}
objectives:
  - latency: {workload: shop2, p99: 1s}
  - success: {workload: nobody, at_least: 99%}
";
    insta::assert_debug_snapshot!(messages(text), @"");
}

#[test]
fn numbers_that_make_no_sense_are_refused() {
    let with = |from: &str, to: &str| {
        let text = small("");
        assert!(text.contains(from), "{from}");
        messages(&text.replace(from, to)).join(" | ")
    };
    insta::assert_debug_snapshot!([
        with("duration: 1h", "duration: 0s"),
        with("duration: 1h", "duration: 11000d"),
        with("duration: 1h", "duration: 90"),
        with("duration: 1h", "duration: -1h"),
        with("duration: 1h", "duration: 1h\nwarmup: 1h"),
        with("duration: 1h", "duration: 1h\nsample_every: 1us"),
        with("duration: 1h", "duration: 1h\nmetrics: {interval: 0s}"),
        with("duration: 1h", "duration: 1h\nmetrics: {interval: 1m}"),
        with("rate: 10/s", "rate: 10"),
        with("rate: 10/s", "rate: 1e9/s"),
        with("10/s}}", "10/s}}, growth: {rate: 100%, period: 1s}"),
        with("10/s}}", "10/s}}, loop: {every: 0s}"),
        with("10/s}}", "10/s}}, loop: at_end"),
        with("poisson: {rate: 10/s}", "renewal: {gap: 1ns}"),
        with("poisson: {rate: 10/s}", "spike: {base: 2/s, peak: 2e7/s, at: 0s, hold: 1m}"),
        with("poisson: {rate: 10/s}", "bursts: {base: 2/s, peak: 20/s, on: 0s, off: 1m}"),
        with("poisson: {rate: 10/s}", "mmpp: {states: [{rate: 1/s, stay: 1s}, {rate: 2/s, stay: 1s}], jumps: [[1, 2]]}"),
        with("40ms", "{lognormal: {mean: 40ms, p95: 50ms}}"),
        with("40ms", "{erlang: {phases: 2, mean: 0s}}"),
        with("40ms", "{exponential: {mean: 40}}"),
        with("40ms", "40"),
        with("slots: 2", "slots: 0"),
        with("cpu: 500m", "cpu: -1"),
        with("cpu: 500m", "gpu: 1"),
        with("memory: 1Gi}}", "memory: 1Gi}, limits: {cpu: 100m}}"),
        with("demand: 40ms", "timeout: 2s"),
        with("demand: 40ms", "demand: 40ms\n      replicas: 4000000000"),
        with("demand: 40ms", "demand: 40ms\n      timeout: 0s"),
        with("slots: 2", "slots: 2, kind: sidecar"),
        with("containers: [", "containers: [{name: b, slots: 1}, "),
    ], @"");
}

#[test]
fn a_run_that_would_never_end_is_refused() {
    let text = small("")
        .replace("rate: 10/s", "rate: 1M/s")
        .replace("1h", "365d");
    insta::assert_snapshot!(one(&text), @"");
    let closed = small("")
        .replace("poisson: {rate: 10/s}", "closed_loop: {users: 100, think: 0s}")
        .replace("40ms", "0s");
    insta::assert_snapshot!(one(&closed), @"");
}

#[test]
fn pods_and_pools_must_match() {
    let with = |pool: &str| {
        let text = small(&format!(
            "cluster: {{pools: [{{name: a, {pool}}}, {{name: b, shape: t3.medium, nodes: 1}}]}}\n"
        ));
        messages(&text.replace("cpu: 500m", "cpu: 3"))
    };
    insta::assert_debug_snapshot!([
        with("shape: m5.large, nodes: 1"),
        with("shape: {type: m5.xlarge}, nodes: 1, reserved: {cpu: 1100m}"),
        with("shape: {type: m5.xlarge}, nodes: 1, reserved: {cpu: 5}"),
        with("shape: {cpu: 8}, nodes: 1"),
        with("shape: {cpu: 8, memory: 8Gi}, nodes: {min: 5, max: 4}"),
        with("shape: {cpu: 8, memory: 8Gi}, nodes: {min: 2, initial: 5, max: 4}"),
        with("shape: {cpu: 8, memory: 8Gi}, nodes: -1"),
        with("shape: {cpu: 8, memory: 8Gi}, nodes: 1, taints: [{key: k, effect: NoSchedule}]"),
        with("shape: {cpu: 8, memory: 8Gi}, nodes: 1, taints: [{key: k, effect: Never}]"),
    ], @"");
}

#[test]
fn policies_and_variants_are_checked_at_their_places() {
    insta::assert_debug_snapshot!([
        messages(&small("policies: {placement: best_fitt}\n")),
        messages(&small("policies: {placement: {best_fit: {weight: 1}}}\n")),
        messages(&small("policies: {pod_scaling: {shop: target_tracking}}\n")),
        messages(&small("policies: {pod_scaling: {shop: {target_tracking: {}}}}\n")),
        messages(&small("policies: {pod_scaling: {shop: {threshold: {above: x}}}}\n")),
        messages(&small("policies: {pod_scaling: {shop: {scheduled: {steps: [{cron: daily, replicas: 1}]}}}}\n")),
        messages(&small("policies: {node_scaling: just_enough}\n")),
        messages(&small("objectives: [{latency: {workload: shop}}, {cost: {at_most: 5}}]\n")),
        messages(&small("variants: {a: {sede: 2}, b: {load.0.nobody.x: 1}, c: {duration: 1h}, d: {duration: 1}}\n")),
        messages(&small("variants: {a: [1]}\n")),
        messages(&small("").replace("load:\n  - {to: shop, arrivals: {poisson: {rate: 10/s}}}\n", "")),
    ], @"");
}

#[test]
fn overrides_change_values_and_are_to_blame_for_theirs() {
    let loaded = read(
        &small("variants: {a: {seed: 3}}\n"),
        Path::new(""),
        &["seed=9", "workloads.shop.serving.replicas=4"],
    );
    let loaded = loaded.unwrap_or_else(|refused| panic!("{}", refused.render()));
    assert_eq!(
        (loaded.scenario.seed, loaded.scenario.workloads[0].replicas),
        (9, 4)
    );
    assert_eq!(
        (
            loaded.variants[0].1.seed,
            loaded.variants[0].1.workloads[0].replicas
        ),
        (3, 4)
    );
    let refused = read(&small(""), Path::new(""), &["load.0.to=shup"]).expect_err("a slip");
    insta::assert_snapshot!(refused.render(), @"");
}

#[test]
fn hostile_texts_are_refused_soon_and_without_a_panic() {
    let long = format!("name: {}\n", "x".repeat(50 << 20));
    let deep = format!("name: {}{}\n", "[".repeat(10_000), "]".repeat(10_000));
    let many = format!("{}{}", small(""), "x: 1\n".repeat(100_000));
    let names: String = (0..20_000).map(|i| format!("x{i}: 1\n")).collect();
    for text in [
        &long,
        &deep,
        &many,
        &format!("{}{names}", small("")),
        "",
        "- 1",
        "\u{0}",
        "name: {",
        "workloads: 5",
        "load: {a: 1}",
        "cluster: []",
        "variants: [1]",
        "policies: {pod_scaling: {shop: 1, x: {}, y: [], z: {a: 1, b: 2}}}",
    ] {
        let refused = read(text, Path::new(""), &[]).expect_err("it is hostile");
        assert!(refused.diagnostics.has_errors());
        assert!(refused.render().len() < 100_000);
    }
    assert_eq!(Limits::default().bytes, 8 << 20);
}

/// Whatever is left out, doubled or replaced, the reader must answer with a message or a scenario.
#[test]
fn no_single_change_of_a_line_makes_it_panic() {
    let text = include_str!("everything.yaml");
    let lines: Vec<_> = text.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        let indent = &line[..line.len() - line.trim_start().len()];
        for other in [
            "",
            &format!("{indent}- 1"),
            &format!("{indent}x: ~"),
            &format!("{line}\n{line}"),
            &line.replace(|c: char| c.is_ascii_digit(), "0"),
            &line.replace('1', "99999999999"),
            &line.replace(": ", ": -"),
        ] {
            let mut changed = lines.clone();
            changed[index] = other;
            let _ = read(&changed.join("\n"), Path::new(""), &[]);
        }
    }
    let _ = sound(text);
}
