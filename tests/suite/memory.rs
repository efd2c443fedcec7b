//! Containers that need more memory than they may have are killed, and whoever sizes them learns of it.

use crate::kept_rows::{self, Rows};
use crate::written;
use tonnage::engine::Span;
use tonnage::sim::Outcome;

fn run(text: &str) -> (Outcome, Rows) {
    kept_rows::run(written::scenario(text), Span::from_secs(7))
}

/// Two replicas of 8 slots that need 40Mi and 20Mi more for each slot in use; a burst fills all slots.
fn text(container: &str, more: &str) -> String {
    format!(
        "name: probe\nduration: 40m\nworkloads:\n\
         - {{name: w, serving: {{replicas: 2, demand: 100ms, timeout: 5s, containers: [{{name: c, slots: 8, startup: 5s, \
         usage: {{cpu_per_slot: 20m, memory_idle: 40Mi, memory_per_slot: 20Mi}}, {container}}}]}}}}\n\
         load: [{{to: w, arrivals: {{spike: {{base: 5/s, peak: 120/s, at: 10m, rise: 5s, hold: 1m}}}}}}]\n{more}"
    )
}

/// With 100Mi three slots are in order and the fourth is one too many: the container is killed with all it had, and
/// started again by the kubelet's back-off. A limit that cannot be reached changes no event of the run.
#[test]
fn a_container_over_its_memory_limit_is_killed_when_it_gets_there() {
    let limited = |limit: &str| run(&text(&format!("resources: {{limits: {{memory: {limit}}}}}"), ""));
    let (killed, rows) = limited("100Mi");
    let workload = &killed.workloads[0];
    assert!(workload.restarts.oom > 3, "{:?}", workload.restarts);
    assert_eq!(workload.restarts.oom, workload.restarts.total());
    assert!(
        workload.requests.lost >= 4 * 2,
        "each kill takes four requests: {:?}",
        workload.requests
    );
    assert_eq!(
        workload.requests.lost % 4,
        0,
        "never more than three were in service before"
    );
    let first = rows.of("restart", "restart").next().expect("one is killed");
    assert_eq!(
        (first.reason_code, first.reason.as_str()),
        (
            "oom_killed",
            "its container was killed for its use of memory: it starts again at once"
        )
    );
    assert!(first.time_s > 600.0, "the burst does it");
    let of_pods: u32 = rows.pods.iter().map(|pod| pod.restarts_oom).sum();
    assert_eq!(u64::from(of_pods), workload.restarts.oom);
    let (free, _) = run(&text("image: none", ""));
    let (wide, _) = limited("200Mi");
    assert_eq!(
        wide.workloads[0].restarts.total(),
        0,
        "eight slots need 200Mi, which is not more than 200Mi"
    );
    assert_eq!(wide.digest, free.digest);
}

/// One that needs too much without any request is killed at each start, and told before the run.
#[test]
fn a_container_that_never_fits_is_killed_at_each_start() {
    let tight = text("resources: {limits: {memory: 30Mi}}", "");
    let (outcome, rows) = run(&tight);
    let workload = &outcome.workloads[0];
    assert_eq!(workload.replicas.ready_max, 0, "not even at time zero");
    assert_eq!(workload.requests.succeeded, 0);
    // Killed at time zero and started again at once, then after 10, 20, 40, 80, 160 and 300 s from then on.
    let restarts = rows.pods[0].restarts_oom;
    assert_eq!(restarts, 1 + 5 + (2400 - 310) / 300, "{:?}", rows.pods[0]);
}

/// A VerticalPodAutoscaler that never saw so much memory in use, because who would use it was killed, raises what pods ask
/// for by its bump after a kill. Did the kill not reach it, containers would be killed for ever.
#[test]
fn a_vertical_autoscaler_learns_from_kills() {
    let kills = |more: &str| {
        let resources =
            "resources: {requests: {cpu: 100m, memory: 90Mi}, limits: {cpu: 200m, memory: 100Mi}}";
        let load = text(resources, more)
            .replace("duration: 40m", "duration: 4h")
            .replace("replicas: 2", "replicas: 4")
            .replace(
                "spike: {base: 5/s, peak: 120/s, at: 10m, rise: 5s, hold: 1m}",
                "poisson: {rate: 8/s}",
            );
        let (outcome, rows) = run(&load);
        let half = |row: &&tonnage::sim::rows::DecisionRow| row.time_s > 7200.0;
        (outcome, rows.of("restart", "restart").filter(half).count(), rows)
    };
    let (_, without, _) = kills("");
    let vpa = "policies: {pod_sizing: {w: {vpa: {updatePolicy: {updateMode: Recreate}}}}}\n";
    let (_, with, rows) = kills(vpa);
    assert!(without > 20, "{without}");
    assert_eq!(with, 0, "two hours are enough to learn");
    let grown = rows.pods.iter().map(|pod| pod.memory_request_bytes).max();
    assert!(
        grown.is_some_and(|bytes| bytes >= (190 << 20)),
        "100Mi on top of what was asked for: {grown:?}"
    );
}

/// A kill that a scenario asks for is a crash but for its name, and counted as what it is.
#[test]
fn kills_for_memory_may_be_faults() {
    let fault =
        "faults: [{oom_kill: {workload: w, at: [5m]}}, {oom_kill: {workload: w, mean_between: 10m}}]\n";
    let (outcome, rows) = run(&text("image: none", fault));
    let restarts = outcome.workloads[0].restarts;
    assert!(
        restarts.oom > 2 && restarts.oom == restarts.total(),
        "{restarts:?}"
    );
    assert_eq!(outcome.faults[0].kind, "oom_kill");
    let first = &rows.faults[0];
    assert_eq!(
        (first.detected_s, first.recovered_s),
        (Some(300.0), Some(305.0)),
        "5 s to start"
    );
}
