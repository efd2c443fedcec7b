//! What the kubelet does to a container that is not well: when it is started again, what that costs, and how it is told.

use crate::kept_rows::{self, Rows};
use crate::written;
use tonnage::engine::Span;
use tonnage::sim::Outcome;
use tonnage::sim::rows::PodRow;

fn run(text: &str) -> (Outcome, Rows) {
    kept_rows::run(written::scenario(text), Span::from_secs(7))
}

/// Eight pods that take 10 s to start; another version comes after a minute.
fn release(change: &str, deployment: &str) -> String {
    format!(
        "name: probe\nduration: 1h\nworkloads:\n\
         - {{name: w, deployment: {{rollouts: [{{at: 1m, version: bad, {change}}}], {deployment}}}, \
         serving: {{replicas: 8, demand: 10ms, timeout: 1s, containers: [{{name: c, slots: 4, startup: 10s}}]}}}}\n\
         load: [{{to: w, arrivals: {{constant: {{rate: 20/s}}}}}}]\n"
    )
}

fn of_bad_version(rows: &Rows) -> Vec<&PodRow> {
    rows.pods.iter().filter(|pod| pod.created_s >= 60.0).collect()
}

/// Four pods may be of the new version. Each crashes 5 s after its start: the first restart comes at once, the others
/// 10, 20, 40, 80, 160, 300, 300 … s after the crash before. Were the back-off counted from anything else, or booked
/// twice, the count would be another.
#[test]
fn a_crash_looping_release_restarts_by_the_kubelets_back_off_and_fails_by_its_deadline() {
    let (outcome, rows) = run(&release("crashes: {after: 5s}", "progressDeadline: 5m"));
    let (mut at, mut wait, mut restarts) = (60.0, 0.0_f64, Vec::new());
    loop {
        at += 5.0 + wait;
        if at > 3600.0 {
            break;
        }
        restarts.push(at);
        wait = (wait * 2.0).clamp(10.0, 300.0);
    }
    let pods = of_bad_version(&rows);
    assert_eq!(pods.len(), 4);
    for pod in &pods {
        assert_eq!(
            (pod.restarts as usize, pod.ready_s),
            (restarts.len(), None),
            "{pod:?}"
        );
    }
    let counted = outcome.workloads[0].restarts;
    assert_eq!(counted.crash as usize, 4 * restarts.len());
    assert_eq!(counted.total(), counted.crash);
    let rollout = &outcome.workloads[0].rollouts[0];
    assert_eq!((rollout.state.as_str(), rollout.available_min), ("failed", 6));
    let failed: Vec<_> = rows.of("rollout", "fail").map(|row| row.time_s).collect();
    assert_eq!(failed, [360.0], "it made no progress after its first pods came");
    let told: Vec<_> = rows
        .of("restart", "restart")
        .filter(|row| row.subject == pods[0].pod)
        .map(|row| (row.time_s, row.reason.as_str()))
        .collect();
    assert_eq!(told[0], (65.0, "its container crashed: it starts again at once"));
    assert_eq!(
        told[2],
        (
            85.0,
            "its container crashed: it starts again after a back-off of 20 s"
        )
    );
}

/// A release that serves for a while before it crashes is the worse one: with nothing that makes a pod wait before it
/// counts as available, all old pods have gone before anybody sees. `minReady` is what stops it.
#[test]
fn a_release_that_crashes_after_a_while_gets_through_unless_pods_must_be_ready_for_longer() {
    let (fast, rows) = run(&release("crashes: {after: 40s}", "minReady: 0s"));
    assert_eq!(fast.workloads[0].rollouts[0].state, "complete");
    assert!(
        of_bad_version(&rows)
            .iter()
            .all(|pod| pod.ready_s.is_some() && pod.restarts > 5)
    );
    let requests = fast.workloads[0].requests;
    assert!(requests.succeeded < requests.arrived / 2, "{requests:?}");
    let (careful, rows) = run(&release("crashes: {after: 40s}", "minReady: 1m"));
    assert_ne!(careful.workloads[0].rollouts[0].state, "complete");
    assert_eq!(of_bad_version(&rows).len(), 4);
    let requests = careful.workloads[0].requests;
    assert!(requests.succeeded > requests.arrived * 95 / 100, "{requests:?}");
}

/// Ten minutes without a crash and the back-off is forgotten: a container that runs for 11 minutes never waits.
#[test]
fn a_container_that_runs_for_long_enough_starts_again_at_once_every_time() {
    let (_, rows) = run(&release("crashes: {after: 11m}", "minReady: 0s"));
    let waits: Vec<_> = rows
        .of("restart", "restart")
        .filter(|row| !row.reason.ends_with("at once"))
        .map(|row| (row.time_s, row.reason.clone()))
        .collect();
    assert_eq!(rows.of("restart", "restart").count(), 8 * 5);
    // The second crash comes 660 s after the first restart, which is later than the 600 s that are remembered.
    assert_eq!(waits, []);
}

/// With a probability, some starts go well: every pod gets there in the end.
#[test]
fn a_release_that_crashes_now_and_then_gets_there_in_the_end() {
    let (outcome, rows) = run(&release("crashes: {after: 5s, probability: 50%}", "minReady: 0s"));
    assert_eq!(outcome.workloads[0].rollouts[0].state, "complete");
    let pods = of_bad_version(&rows);
    assert!(pods.iter().any(|pod| pod.restarts == 0) && pods.iter().any(|pod| pod.restarts > 1));
    assert_eq!(
        u64::from(pods.iter().map(|pod| pod.restarts).sum::<u32>()),
        outcome.workloads[0].restarts.crash
    );
}

/// One of two pods is stopped after five minutes; nobody asks anything of it.
fn stopped(of_container: &str, grace: &str) -> PodRow {
    let text = format!(
        "name: probe\nduration: 20m\nworkloads:\n\
         - {{name: w, serving: {{replicas: 2, demand: {grace}, containers: [{{name: c, slots: 1, {of_container}}}]}}}}\n\
         load: [{{to: w, arrivals: {{constant: {{rate: 1/min}}}}}}]\n\
         policies: {{routing: {{w: round_robin}}, \
         pod_scaling: {{w: {{scheduled: {{steps: [{{cron: '0 0 * * *', replicas: 2}}, {{cron: '5 0 * * *', replicas: 1}}]}}}}}}}}\n"
    );
    let (_, rows) = run(&text);
    let gone = rows.pods.into_iter().find(|pod| pod.terminating_s == Some(300.0));
    gone.expect("one was stopped")
}

/// A pod waits for its hook before it goes, even if it has nothing to do: its room is taken for so long.
#[test]
fn a_pod_sleeps_before_it_stops_as_its_hook_says() {
    let gone = stopped("startup: 1s", "1s, termination_grace: 20s");
    assert_eq!((gone.ended_s, gone.end), (Some(300.0), "stopped"));
    let gone = stopped(
        "lifecycle: {preStop: {sleep: {seconds: 15}}}",
        "1s, termination_grace: 20s",
    );
    assert_eq!((gone.ended_s, gone.end), (Some(315.0), "stopped"));
    // Its last request takes longer than the grace, which the hook is a part of; two seconds are left in any case.
    let busy = "10m, termination_grace: 20s";
    let gone = stopped("lifecycle: {preStop: {sleep: {seconds: 15}}}", busy);
    assert_eq!((gone.ended_s, gone.end), (Some(320.0), "killed"));
    let gone = stopped("lifecycle: {preStop: {sleep: {seconds: 20}}}", busy);
    assert_eq!((gone.ended_s, gone.end), (Some(322.0), "killed"));
}

/// A pod leaves a machine that is not heard of after its own `tolerationSeconds`; without an end, it stays.
#[test]
fn pods_bear_an_unreachable_node_as_long_as_they_say() {
    let leaves = |tolerations: &str| {
        let text = format!(
            "name: probe\nduration: 1h\n\
             cluster: {{pools: [{{name: p, shape: {{cpu: 4, memory: 16Gi}}, nodes: 2}}]}}\n\
             workloads: [{{name: w, serving: {{replicas: 1, demand: 100ms, timeout: 2s, tolerations: {tolerations}, \
             containers: [{{name: c, slots: 4, resources: {{requests: {{cpu: 3}}}}}}]}}}}]\n\
             load: [{{to: w, arrivals: {{constant: {{rate: 1/s}}}}}}]\n\
             policies: {{placement: first_fit}}\nfaults: [{{node_crash: {{node: p-0, at: [10m], repair: 40m}}}}]\n"
        );
        let (_, rows) = run(&text);
        let found = rows.faults[0].detected_s.expect("it is found out");
        let pod = rows
            .pods
            .iter()
            .find(|pod| pod.pod == "w-0")
            .expect("it was there");
        pod.terminating_s.map(|at| (at - found).round())
    };
    let toleration = |seconds: &str| {
        let node = "node.kubernetes.io/unreachable";
        leaves(&format!(
            "[{{key: {node}, operator: Exists, effect: NoExecute{seconds}}}]"
        ))
    };
    assert_eq!(leaves("[]"), Some(300.0), "what Kubernetes gives every pod");
    assert_eq!(toleration(", tolerationSeconds: 20"), Some(20.0));
    assert_eq!(toleration(", tolerationSeconds: 0"), Some(0.0));
    assert_eq!(toleration(""), None);
    let said = written::refusal(
        "name: probe\nduration: 1h\nworkloads: [{name: w, serving: {demand: 1s, containers: [{name: c}], \
         tolerations: [{key: a, operator: Exists, tolerationSeconds: 5}]}}]\n\
         load: [{to: w, arrivals: {constant: {rate: 1/s}}}]\n",
    );
    assert!(said.contains("only a toleration of `NoExecute` ends"), "{said}");
}
