//! Warnings: what they advise can be pasted, and helps; and a sound run has none.

use crate::written;
use std::sync::Arc;
use tonnage::sim::{Outcome, Scenario, Simulation};

fn run(scenario: Scenario, seed: u64) -> Outcome {
    let mut simulation = Simulation::new(Arc::new(scenario), seed, 0);
    simulation.run_to_end(None, u64::MAX, || false);
    assert_eq!(simulation.broken_laws(), Vec::<String>::new());
    simulation.finish(None)
}

/// What is warned of, and what to do.
fn warnings(text: &str, overrides: &[String], seed: u64) -> Vec<(String, String)> {
    let outcome = run(written::scenario_with(text, overrides), seed);
    let said = outcome.warnings.into_iter();
    said.map(|warning| (warning.what, warning.help)).collect()
}

/// A service; `more` is further lines of the file.
fn service(times: &str, serving: &str, arrivals: &str, more: &str) -> String {
    format!(
        "name: probe\n{times}\n\
         workloads: [{{name: w, serving: {{{serving}}}}}]\n\
         load: [{{to: w, arrivals: {{{arrivals}}}}}]\n{more}"
    )
}

/// Each flag that a warning advises is taken as it stands, and the warning is gone with it.
#[test]
fn advised_flags_can_be_pasted_and_help() {
    let slow_start = "replicas: 2, demand: 10ms, containers: [{name: c, slots: 4, startup: 100s}]";
    let scheduled =
        "policies: {pod_scaling: {w: {scheduled: {steps: [{cron: '1 0 * * *', replicas: 4}]}}}}\n";
    let busy = "demand: {exponential: {mean: 1s}}, containers: [{name: c, slots: 2}]";
    let empty_at_first =
        "replicas: 1, demand: {exponential: {mean: 20m}}, containers: [{name: c, slots: 100000}]";
    for (sign, text) in [
        (
            "shorter than a node boot",
            service(
                "duration: 30s",
                "replicas: 1, demand: 1ms, containers: [{name: c, slots: 4}]",
                "poisson: {rate: 100/s}",
                "cluster: {pools: [{name: a, shape: {cpu: 4, memory: 16Gi}, nodes: {min: 1, initial: 1, max: 3}, boot: 61s}]}\n",
            ),
        ),
        (
            "shorter than the slowest pod start",
            service(
                "duration: 1h\nwarmup: 10s",
                slow_start,
                "poisson: {rate: 100/s}",
                scheduled,
            ),
        ),
        (
            "it is overloaded",
            service(
                "duration: 2h",
                &format!("replicas: 2, {busy}"),
                "poisson: {rate: 7/s}",
                "",
            ),
        ),
        (
            "it is overloaded",
            service(
                "duration: 2h",
                busy,
                "poisson: {rate: 7/s}",
                "policies: {pod_scaling: {w: {static: {replicas: 3}}}}\n",
            ),
        ),
        (
            "settled after about",
            service("duration: 3h", empty_at_first, "poisson: {rate: 1/s}", ""),
        ),
        (
            "is too short",
            service(
                "duration: 3h\nwarmup: 10m",
                empty_at_first,
                "poisson: {rate: 1/s}",
                "",
            ),
        ),
        (
            "had not settled by half",
            service("duration: 40m", empty_at_first, "poisson: {rate: 1/s}", ""),
        ),
    ] {
        let before = warnings(&text, &[], 1);
        let (_, help) = before
            .iter()
            .find(|(what, _)| what.contains(sign))
            .unwrap_or_else(|| panic!("no warning of `{sign}` in {before:#?}"));
        let flag = help
            .split('`')
            .nth(1)
            .unwrap_or_else(|| panic!("no flag in {help}"));
        let change = flag.strip_prefix("--set ").unwrap_or_else(|| panic!("{flag}"));
        let after = warnings(&text, &[change.to_owned()], 1);
        assert!(
            !after.iter().any(|(what, _)| what.contains(sign)),
            "{change} did not help: {after:#?}"
        );
    }
}

/// A busy queue's length wanders for long, and a load with a wave never settles: neither is a warm-up left out.
#[test]
fn a_busy_queue_and_a_daily_wave_are_no_transients() {
    let fleet = "replicas: 4, demand: {exponential: {mean: 100ms}}, containers: [{name: c, slots: 1}]";
    let steady = service("duration: 1h", fleet, "poisson: {rate: 36/s}", "");
    let cried = (1..=10).filter(|&seed| !warnings(&steady, &[], seed).is_empty());
    assert!(
        cried.count() <= 1,
        "nine tenths of the load is no cause for alarm"
    );
    let wave = "sine: {base: 5/s, amplitude: 4/s, period: 1d}";
    assert_eq!(warnings(&service("duration: 12h", fleet, wave, ""), &[], 1), []);
}

/// Where CPU is left out, what a real cluster would throttle is not, and what it would kill is: the run says so, where it
/// matters. Otherwise it says how limits are kept.
#[test]
fn usage_beyond_limits_and_nodes_is_told() {
    let probe_with = |cpu: &str, usage: &str, resources: &str| {
        let text = service(
            "duration: 1h",
            &format!(
                "replicas: 3, demand: {{exponential: {{mean: 100ms}}}}, \
                 containers: [{{name: c, slots: 4, usage: {usage}, resources: {{requests: {{cpu: 1}}{resources}}}}}]"
            ),
            "poisson: {rate: 40/s}",
            &format!("{cpu}cluster: {{pools: [{{name: a, shape: {{cpu: 4, memory: 16Gi}}, nodes: 1}}]}}\n"),
        );
        let outcome = run(written::scenario(&text), 1);
        let told: Vec<String> = outcome.warnings.into_iter().map(|warning| warning.what).collect();
        let taken_for_granted = outcome
            .assumptions
            .iter()
            .any(|it| it == "CPU limits are not enforced.");
        let kept = outcome
            .assumptions
            .iter()
            .any(|it| it.starts_with("CPU limits are kept"));
        assert!(!(taken_for_granted && kept));
        assert_eq!(resources.contains("limits"), taken_for_granted || kept);
        (told, taken_for_granted)
    };
    let off = "cpu: {limits: off, share_every: 0s}\n";
    let probe = |usage: &str, resources: &str| probe_with(off, usage, resources);
    let limits = ", limits: {cpu: 2, memory: 1Gi}";
    assert_eq!(
        probe("{cpu_per_slot: 500m, memory_idle: 1Gi}", limits),
        (vec![], true)
    );
    assert_eq!(
        probe("{cpu_per_slot: 500m, memory_idle: 9Gi}", ""),
        (vec![], false)
    );
    let (told, _) = probe(
        "{cpu_per_slot: 1100m, memory_idle: 1Gi, memory_per_slot: 256Mi}",
        limits,
    );
    assert!(
        told.iter()
            .any(|what| what.contains("2.0 times its memory limit")),
        "{told:#?}"
    );
    let (told, _) = probe("{cpu_per_slot: 1100m, memory_idle: 1Gi}", limits);
    for sign in [
        "2.2 times its CPU limit",
        "uses 4.4 CPUs",
        "of the CPU that the nodes have",
    ] {
        assert!(told.iter().any(|what| what.contains(sign)), "{sign}: {told:#?}");
    }
    let (told, _) = probe_with("", "{cpu_per_slot: 1100m, memory_idle: 1Gi}", limits);
    assert!(
        told.iter().all(|what| what.contains("overloaded")),
        "what is enforced shows in the results: {told:#?}"
    );
}

/// Latency counts the served: where every tenth request fails and nobody asks, it flatters.
#[test]
fn failures_that_no_objective_looks_at_are_told() {
    let told = |more: &str| {
        let text = service(
            "duration: 1h",
            "replicas: 1, demand: {exponential: {mean: 1s}}, timeout: 4s, containers: [{name: c, slots: 1}]",
            "poisson: {rate: 0.8/s}",
            more,
        );
        let warnings = warnings(&text, &[], 1);
        warnings
            .iter()
            .any(|(what, _)| what.contains("no objective looks at that"))
    };
    assert!(told(""));
    assert!(told("objectives: [{latency: {workload: w, p99: 5s}}]\n"));
    assert!(!told("objectives: [{success: {workload: w, at_least: 99%}}]\n"));
}
