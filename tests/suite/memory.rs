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
            "resources: {requests: {cpu: 100m, memory: 900Mi}, limits: {cpu: 200m, memory: 1000Mi}}";
        let load = text(resources, more)
            .replace("duration: 40m", "duration: 4h")
            .replace("replicas: 2", "replicas: 4")
            .replace(
                "memory_idle: 40Mi, memory_per_slot: 20Mi",
                "memory_idle: 400Mi, memory_per_slot: 200Mi",
            )
            .replace(
                "spike: {base: 5/s, peak: 120/s, at: 10m, rise: 5s, hold: 1m}",
                "poisson: {rate: 16/s}",
            );
        let (outcome, rows) = run(&load);
        let half = |row: &&tonnage::sim::rows::DecisionRow| row.time_s > 7200.0;
        (outcome, rows.of("restart", "restart").filter(half).count(), rows)
    };
    let (_, without, _) = kills("policies: {routing: {w: random}}\n");
    let vpa =
        "policies: {routing: {w: random}, pod_sizing: {w: {vpa: {updatePolicy: {updateMode: Recreate}}}}}\n";
    let (_, with, rows) = kills(vpa);
    assert!(without > 20, "{without}");
    assert_eq!(with, 0, "two hours are enough to learn");
    let grown = rows.pods.iter().map(|pod| pod.memory_request_bytes).max();
    assert!(
        grown.is_some_and(|bytes| bytes >= (1080 << 20)),
        "a fifth on top of what was asked for: {grown:?}"
    );
}

/// Two pods on a node of 4Gi that asked for 1Gi each; each uses 1Gi and more for each request. `usage` says how much.
fn crowded(usage: &str, priority: i32, load: &str) -> (Outcome, Rows) {
    let pod = |name: &str, usage: &str, priority: i32| {
        format!(
            "- {{name: {name}, serving: {{replicas: 1, demand: 20s, priority: {priority}, \
             containers: [{{name: c, slots: 20, startup: 5s, {usage}, resources: {{requests: {{cpu: 1, memory: 1Gi}}}}}}]}}}}\n"
        )
    };
    let quiet = "usage: {memory_idle: 1Gi}";
    run(&format!(
        "name: probe\nduration: 30m\n\
         cluster: {{pools: [{{name: p, shape: {{cpu: 4, memory: 4Gi}}, nodes: 1}}]}}\nworkloads:\n{}{}\
         load:\n- {{to: greedy, arrivals: {load}}}\n- {{to: quiet, arrivals: {{constant: {{rate: 1/min}}}}}}\n\
         policies: {{placement: first_fit}}\n",
        pod("greedy", usage, priority),
        pod("quiet", quiet, 0)
    ))
}

/// A node whose pods use more than it has for them evicts one: not the one that keeps to its request, whatever the
/// priorities say. Its workload makes another; the rest of the node is left in peace.
#[test]
fn a_node_short_of_memory_evicts_who_uses_more_than_it_asked_for() {
    // Each request takes 20 s and 50Mi; three a second would be 60, but 20 slots are 1Gi + 1000Mi + … = 2.95Gi of 3Gi.
    let slow = "{ramp: {from: 0.1/s, to: 5/s, at: 5m, over: 10m}}";
    let (_, rows) = crowded("usage: {memory_idle: 1Gi, memory_per_slot: 110Mi}", 100, slow);
    let evicted: Vec<_> = rows.pods.iter().filter(|pod| pod.end == "evicted").collect();
    assert!(
        !evicted.is_empty() && evicted.iter().all(|pod| pod.workload == "greedy"),
        "{evicted:#?}"
    );
    let told = rows.of("eviction", "evict").next().expect("it is told");
    assert_eq!(
        (told.reason_code, told.policy.as_str()),
        ("memory_pressure", "kubelet")
    );
    assert!(told.time_s % 10.0 < 1e-9, "the kubelet looks every ten seconds");
    let after = evicted[0].ended_s.unwrap();
    assert!(
        rows.pods
            .iter()
            .any(|pod| pod.workload == "greedy" && pod.created_s >= after),
        "another is made"
    );
    let (_, rows) = crowded("usage: {memory_idle: 1Gi, memory_per_slot: 90Mi}", 100, slow);
    assert!(
        rows.pods.iter().all(|pod| pod.end == "running"),
        "20 slots of 90Mi fit"
    );
    assert_eq!(rows.of("eviction", "evict").count(), 0);
}

/// Where the use jumps past everything between two looks, the kernel is there first: it kills a container, which starts
/// again where it is.
#[test]
fn the_kernel_kills_where_the_kubelet_would_come_too_late() {
    let burst = "{spike: {base: 0.1/s, peak: 20/s, at: 5m, rise: 0s, hold: 1m}}";
    let (outcome, rows) = crowded("usage: {memory_idle: 1Gi, memory_per_slot: 300Mi}", 0, burst);
    assert!(
        outcome.workloads[0].restarts.oom > 0,
        "{:?}",
        outcome.workloads[0].restarts
    );
    assert_eq!(outcome.workloads[1].restarts.total(), 0);
    assert!(
        rows.pods
            .iter()
            .all(|pod| pod.workload == "greedy" || pod.end == "running")
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

/// `restartPolicy: Never` means it: a pod of a Job whose container is killed has failed, and the Job makes another. With
/// `OnFailure` the same pod goes on.
#[test]
fn a_killed_container_of_a_job_fails_its_pod_unless_it_may_restart() {
    let killed = |policy: &str| {
        let text = format!(
            "name: probe\nduration: 2h\n\
             cluster: {{pools: [{{name: a, shape: {{cpu: 4, memory: 16Gi}}, nodes: 1}}]}}\n\
             workloads: [{{name: etl, job: {{containers: [{{name: c, resources: {{requests: {{cpu: 1, memory: 1Gi}}}}}}], \
             work: 30m, restartPolicy: {policy}}}}}]\nfaults: [{{oom_kill: {{workload: etl, at: [10m]}}}}]\n"
        );
        let (outcome, rows) = run(&text);
        let job = &rows.jobs[0];
        (
            job.pods,
            job.failed,
            job.result,
            outcome.workloads[0].restarts.oom,
        )
    };
    assert_eq!(killed("Never"), (2, 1, "complete", 0));
    assert_eq!(killed("OnFailure"), (1, 0, "complete", 1));
}
