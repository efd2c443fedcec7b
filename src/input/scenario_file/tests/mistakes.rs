//! Mistakes: each told at its place, all at once, none with a panic.

use super::embedded::BLACK_FRIDAY;
use super::{messages, read, small, sound};
use std::path::Path;

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
        .replace("cv: 1.1", "cv: -1.1");
    let refused = read(&text, Path::new(""), &[]).expect_err("it is full of mistakes");
    insta::assert_snapshot!(refused.render(), @"
    error: unknown field `duratoin`
     --> x.yaml:3:1
      |
    3 | duratoin: 6h
      | ^^^^^^^^ did you mean `duration`?
      = expected one of: `name`, `description`, `duration`, `warmup`, `start`, `seed`, `sample_every`, `manifests`, `compose`, `platform`, `cpu`, `cluster`, `namespaces`, `workloads`, `load`, `faults`, `metrics`, `policies`, `objectives`, `baseline`, `variants`

    error: `32GB` has the unknown suffix `GB`
     --> x.yaml:7:31
      |
    7 |       shape: {cpu: 8, memory: 32GB, pods: 110, price: {usd_per_hour: 0.384}}
      |                               ^^^^ did you mean `32G`?
      = expected bytes such as `2G` (10^9 each), `2Gi` (2^30 each) or `128974848`

    error: min 50 is above max 40
     --> x.yaml:8:20
      |
    8 |       nodes: {min: 50, initial: 50, max: 40}
      |                    ^^
     ::: x.yaml:8:42
      |
    8 |       nodes: {min: 50, initial: 50, max: 40}
      |                                          ^^ max is here

    error: expected at least 0, found the number -1.1
      --> x.yaml:17:44
       |
    17 |       demand: {lognormal: {mean: 40ms, cv: -1.1}}
       |                                            ^^^^

    error: no workload is named `shpo`
      --> x.yaml:20:9
       |
    20 |   - to: shpo
       |         ^^^^ did you mean `shop`?
       = expected one of: `shop`

    error: target_tracking: more than one target is given: expected one of utilization, cpu, memory, concurrency, rate
      --> x.yaml:25:55
       |
    25 |   pod_scaling: {shop: {target_tracking: {utilization: 70%, cpu: 60%}}}
       |                                                       ^^^
    ");
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
    insta::assert_debug_snapshot!(messages(text), @r#"
    [
        "5:24 no machine type is named `m5.largee`; did you mean m5.large",
        "6:14 a second pool is named `a`",
        "10:38 a second container is named `c`",
        "11:35 a second class is named `x`",
        "13:11 a second workload is named `shop`",
        "17:12 a second load is named `l`",
        "17:19 no workload is named `shopp`; did you mean shop",
        "19:13 no workload is named `shup`; did you mean shop",
        "20:17 no workload is named `other`",
        "22:25 no workload is named `shop2`; did you mean shop",
        "23:25 no workload is named `nobody`",
    ]
    "#);
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
        with("40ms", "{lognormal: {mean: 40ms, median: 50ms}}"),
        with("40ms", "{erlang: {phases: 2, mean: 0s}}"),
        with("40ms", "{exponential: {mean: 40}}"),
        with("40ms", "40"),
        with("40ms", "{lognormal: {mean: 40ms, cv: -1}}"),
        with("40ms", "{lognormal: {median: 55s, p95: 11s}}"),
        with("40ms", "{exponential: {mean: 40ms, p95: 100ms}}"),
        with("40ms", "{weibull: {median: 40ms, scale: 100ms}}"),
        with("slots: 2", "slots: 0"),
        with("cpu: 500m", "cpu: -1"),
        with("cpu: 500m", "gpu: 1"),
        with("memory: 1Gi}}", "memory: 1Gi}, limits: {cpu: 100m}}"),
        with("demand: 40ms", "timeout: 2s"),
        with("demand: 40ms", "demand: 40ms\n      replicas: 4000000000"),
        with("demand: 40ms", "demand: 40ms\n      timeout: 0s"),
        with("slots: 2", "slots: 2, kind: sidecar"),
        with("containers: [", "containers: [{name: b, slots: 1}, "),
    ], @r#"
    [
        "2:11 a run must last longer than zero",
        "2:11 11000d is too long",
        "2:11 `90` has no unit; did you mean 90s",
        "2:11 `-1h` is negative",
        "3:9 the warm-up of 1h leaves nothing of a run of 1h",
        "3:15 1us is too short an interval for a run of 1h",
        "3:21 an interval must be longer than zero",
        "3:10 the window of 30s is shorter than the interval of 1m",
        "9:43 `10` has no unit of time; did you mean 10/s",
        "9:43 rate is 1000000000",
        "9:16 this load grows beyond every number of requests per second",
        "9:57 loop is 0",
        "9:51 this load has no end at which it could start again (warning)",
        "9:16 about 3.6e12 requests would arrive: a run that would never end",
        "9:34 rate is 20000000",
        "9:63 a mean stay must be longer than zero",
        "9:97 these are no odds between the states",
        "7:27 these parameters make no lognormal law",
        "7:24 the mean is 0, but must be a finite number above 0",
        "7:36 `40` has no unit; did you mean 40s",
        "7:15 `40` has no unit; did you mean 40s",
        "7:44 expected at least 0, found the number -1",
        "7:27 the 95th percentile is 11, but must not be below the median, which is 55",
        "7:29 these parameters make no exponential law",
        "7:25 these parameters make no weibull law",
        "6:39 expected at least 1, found the number 0",
        "6:70 `-1` is negative",
        "6:65 unknown resource `gpu`; did you mean cpu",
        "6:70 a container cannot reserve more cpu than its limit",
        "5:5 missing field `demand`",
        "8:17 expected at most 1000000, found the number 4000000000",
        "8:16 a time-out must be longer than zero",
        "6:7 a pod needs a main container | 6:32 only a main container can have slots",
        "6:53 a second container has slots",
    ]
    "#);
}

#[test]
fn a_closed_loop_takes_scale_and_shift_and_no_loop_or_growth() {
    let text = |more: &str| {
        small("").replace(
            "poisson: {rate: 10/s}}",
            &format!("closed_loop: {{users: 5, think: 1s}}}}, {more}"),
        )
    };
    let loaded = sound(&text("scale: 150%, shift: 10m"));
    let users = &loaded.scenario.workloads[0].serving.clients.closed[0];
    assert_eq!((users.users, users.shift.secs_f64()), (8, 600.0));
    insta::assert_debug_snapshot!([
        messages(&text("loop: at_end")),
        messages(&text("growth: {rate: 5%, period: 1d}, loop: {every: 1d}")),
        messages(&text("scale: 300%").replace("users: 5", "users: 5000000")),
    ], @r#"
    [
        [
            "9:64 `loop` does not apply to a closed loop of users",
        ],
        [
            "9:64 `growth` does not apply to a closed loop of users",
            "9:96 `loop` does not apply to a closed loop of users",
        ],
        [
            "9:48 15000000 users are too many",
        ],
    ]
    "#);
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
    ], @r#"
    [
        [
            "6:7 a pod reserves cpu 3, more than any node has",
        ],
        [
            "6:7 a pod reserves cpu 3, more than any node has",
        ],
        [
            "10:81 this leaves no cpu for pods",
        ],
        [
            "10:29 missing field `memory`",
        ],
        [
            "10:72 min 5 is above max 4",
        ],
        [
            "10:84 initial 5 is not within min and max",
        ],
        [
            "10:66 expected at least 0, found the number -1",
        ],
        [
            "6:7 no pool may take these pods: they would wait for ever (warning)",
        ],
        [
            "10:95 unknown value `Never`",
        ],
    ]
    "#);
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
    ], @r#"
    [
        [
            "10:23 unknown policy `best_fitt`; did you mean best_fit",
        ],
        [
            "10:35 unknown field `weight`",
        ],
        [
            "10:32 `target_tracking` needs settings",
        ],
        [
            "10:33 target_tracking: no target is given: expected one of utilization, cpu, memory, concurrency, rate",
        ],
        [
            "10:33 threshold: `x` is not a level: expected `80%` or a number",
        ],
        [
            "10:60 scheduled: steps[0].cron: `daily` is not a cron expression: expected minute, hour, day of the month, month and day of the week, such as `0 8 * * 1-5`",
        ],
        [
            "10:12 there are no machines to scale (warning)",
        ],
        [
            "10:15 an objective about latency needs a bound",
            "10:44 without machines nothing costs anything (warning)",
        ],
        [
            "10:16 unknown field `sede`; did you mean seed",
            "10:37 `load.0` has no `nobody`",
            "10:51 the variant `c` is the scenario as it stands (warning)",
            "10:84 `1` has no unit; did you mean 1s",
        ],
        [
            "10:15 expected a map, found a list",
        ],
        [
            "4:11 no requests arrive at `shop` (warning)",
        ],
    ]
    "#);
}

#[test]
fn overrides_change_values_and_are_to_blame_for_theirs() {
    let loaded = read(
        &small("variants: {a: {seed: 3}}\n"),
        Path::new(""),
        &[
            "seed=9",
            "workloads.shop.serving.replicas=4",
            "policies.placement=worst_fit",
            "policies.pod_scaling.shop.target_tracking.utilization=50%",
            "metrics.window=1m",
        ],
    );
    let loaded = loaded.unwrap_or_else(|refused| panic!("{}", refused.render()));
    assert_eq!(
        (loaded.scenario.seed, loaded.scenario.workloads[0].replicas),
        (9, 4)
    );
    let scenario = &loaded.scenario;
    let named = (
        &*scenario.placement.name,
        &*scenario.workloads[0].pod_scaling.name,
    );
    assert_eq!(
        named,
        ("worst_fit", "target_tracking"),
        "a file without `policies` has them all the same"
    );
    assert_eq!(
        (
            loaded.variants[0].1.seed,
            loaded.variants[0].1.workloads[0].replicas
        ),
        (3, 4)
    );
    let refused = read(&small(""), Path::new(""), &["load.0.to=shup"]).expect_err("a slip");
    insta::assert_snapshot!(refused.render(), @r#"
    error: no workload is named `shup`
     --> --set:1:11
      |
    1 | load.0.to=shup
      |           ^^^^ did you mean `shop`?
      = expected one of: `shop`
    "#);
}

/// A quota of a misspelt namespace would bind nobody, and nothing else would tell.
#[test]
fn a_namespace_that_nothing_is_in_is_warned_of() {
    let text = small("namespaces: [{name: defualt, resourceQuotas: [{name: q, hard: {pods: 1}}]}]");
    assert_eq!(
        messages(&text),
        ["10:21 nothing is in the namespace `defualt` (warning); did you mean default"]
    );
}

/// What a pod asks for as a whole: no less than its containers together, no more than its limit, CPU and memory alone.
#[test]
fn a_pod_as_a_whole_asks_for_no_less_than_its_containers() {
    let text = |resources: &str| {
        small("").replace(
            "      demand",
            &format!("      resources: {{{resources}}}\n      demand"),
        )
    };
    assert!(messages(&text("requests: {cpu: 500m}, limits: {cpu: 1, memory: 2Gi}")).is_empty());
    let above = "memory: 1Gi}, limits: {memory: 3Gi}}";
    let refused = [
        text("requests: {cpu: 400m, memory: 512Mi}"),
        text("requests: {cpu: '2'}, limits: {cpu: '1'}"),
        text("limits: {cpu: 400m}"),
        text("requests: {ephemeral-storage: 1Gi}"),
        text("limits: {memory: 2Gi}").replace("memory: 1Gi}}", above),
    ];
    let said: Vec<String> = refused.iter().flat_map(|text| messages(text)).collect();
    assert_eq!(
        said,
        [
            "7:35 the containers reserve 500m cpu together, the pod only 400m",
            "7:49 the containers reserve 1Gi memory together, the pod only 512Mi",
            "7:35 a pod cannot reserve more cpu than its limit",
            "7:33 the containers reserve 500m cpu together, more than the pod may use",
            "7:30 unknown field `ephemeral-storage`",
            "6:107 a container may not use more memory than its pod",
        ]
    );
}
