//! Docker Swarm as a platform: how fast a lost node's tasks are replaced, where tasks go, and how they change version.

use crate::kept_rows::{self, Rows};
use crate::written;
use std::collections::BTreeMap;
use tonnage::engine::Span;
use tonnage::sim::Outcome;

/// An hour of a Swarm of three nodes with four tasks of a service, with `more` said of it, and these faults.
fn text(more: &str, faults: &str) -> String {
    format!(
        "name: swarm\nduration: 1h\nplatform: swarm\n\
         cluster: {{pools: [{{name: n, shape: {{cpu: 4, memory: 16Gi}}, nodes: 3, labels: {{disk: ssd}}}}]}}\n\
         workloads: [{{name: web, {more} serving: {{replicas: 4, demand: 10ms, timeout: 1s, containers: \
         [{{name: c, slots: 4, startup: 5s, resources: {{requests: {{cpu: 1}}, limits: {{cpu: 2}}}}}}]}}}}]\n\
         load: [{{to: web, arrivals: {{constant: {{rate: 10/s}}}}}}]\nfaults: {faults}\n"
    )
}

fn run(text: &str) -> (Outcome, Rows) {
    kept_rows::run(written::scenario(text), Span::from_secs_f64(13.7))
}

/// Three beats of about 5 s are missed, and the tasks of the node are replaced at once; when it is back it stays empty.
#[test]
fn a_lost_node_is_down_after_fifteen_seconds_and_nothing_goes_back() {
    let (_, rows) = run(&text("", "[{node_crash: {node: n-0, at: [10m], repair: 10m}}]"));
    let found = rows.faults[0].detected_s.expect("it is found out");
    assert!((608.0..=616.5).contains(&found), "{found}");
    let lost: Vec<_> = rows.pods.iter().filter(|pod| pod.end == "lost").collect();
    assert!(!lost.is_empty() && lost.iter().all(|pod| pod.node == "n-0"));
    let after: Vec<_> = rows.pods.iter().filter(|pod| pod.created_s > 0.0).collect();
    assert_eq!(after.len(), lost.len());
    for pod in after {
        assert!((pod.created_s - found).abs() < 1e-9, "at once");
        assert_ne!(pod.node, "n-0");
    }
}

/// Four tasks on three nodes: one has two. Limits are no reservations.
#[test]
fn tasks_are_spread_by_count() {
    let (_, rows) = run(&text("", "[]"));
    let mut per_node: BTreeMap<&str, u32> = BTreeMap::new();
    for pod in &rows.pods {
        *per_node.entry(pod.node.as_str()).or_default() += 1;
        assert!((pod.cpu_request_cores - 1.0).abs() < 1e-9);
    }
    let mut counts: Vec<u32> = per_node.into_values().collect();
    counts.sort_unstable();
    assert_eq!(counts, [1, 1, 2]);
}

/// At most one task a node: the fourth finds none. A label that no node has keeps all of them away.
#[test]
fn constraints_and_the_most_replicas_a_node_keep_tasks_away() {
    let waiting = |placement: &str| {
        let (_, rows) = run(&text(&format!("deploy: {{placement: {placement}}},"), "[]"));
        rows.pods.iter().filter(|pod| pod.node.is_empty()).count()
    };
    assert_eq!(waiting("{max_replicas_per_node: 1}"), 1);
    assert_eq!(waiting("{constraints: [node.labels.disk == ssd]}"), 0);
    assert_eq!(waiting("{constraints: [node.labels.disk != ssd]}"), 4);
    assert_eq!(waiting("{constraints: [node.hostname == n-1]}"), 0);
    let said = written::refusal(&text("deploy: {placement: {constraints: [disk = ssd]}},", "[]"));
    assert!(said.contains("no constraint is `disk = ssd`"), "{said}");
}

/// A crashed task is gone. Another takes its slot: made and placed at once, by the rules of the spread and not where the
/// old one was, and started five seconds later, every time; two attempts a slot at most if that is said.
#[test]
fn tasks_are_replaced_after_a_constant_delay() {
    let faults = "[{container_crash: {workload: web, at: [10m, 20m, 30m], share: 100%}}]";
    let (outcome, rows) = run(&text("", faults));
    assert_eq!(outcome.workloads[0].restarts.crash, 12);
    let said = rows
        .of("restart", "replace")
        .all(|row| row.policy == "swarm" && row.reason.contains("the next one starts after a delay of 5 s"));
    assert!(said, "{:#?}", rows.decisions);
    assert_eq!(rows.pods.len(), 16, "four and three times four");
    for pod in rows.pods.iter().filter(|pod| pod.created_s > 0.0) {
        assert_eq!(pod.bound_s, Some(pod.created_s), "placed at once");
        let ready = pod.ready_s.expect("it is up");
        assert!(
            (ready - pod.created_s - 10.0).abs() < 1e-9,
            "a delay and a start of 5 s"
        );
        assert_eq!(pod.restarts, 0, "a task is never started again");
    }
    let twice = "deploy: {restart_policy: {max_attempts: 2}},";
    let (outcome, rows) = run(&text(twice, faults));
    assert_eq!(outcome.workloads[0].restarts.crash, 8);
    let failed = rows.pods.iter().filter(|pod| pod.end == "failed");
    assert_eq!(failed.count(), 12);
    assert_eq!(
        (rows.pods.len(), rows.of("restart", "stay_down").count()),
        (12, 4)
    );
    let window = "deploy: {restart_policy: {max_attempts: 2, window: 15m}},";
    let (_, rows) = run(&text(window, faults));
    assert_eq!(rows.pods.len(), 16, "the first attempt was too long ago to count");
}

/// The tasks of a node that is down are replaced by the rules of their service, and start after its delay too.
#[test]
fn a_policy_without_restarts_replaces_no_lost_task_either() {
    let fault = "[{node_crash: {node: n-0, at: [10m]}}]";
    let (_, rows) = run(&text("deploy: {restart_policy: {condition: none}},", fault));
    assert_eq!(rows.pods.len(), 4);
    let (_, rows) = run(&text("", fault));
    for pod in rows.pods.iter().filter(|pod| pod.created_s > 0.0) {
        let ready = pod.ready_s.expect("it is up");
        assert!(
            (ready - pod.created_s - 10.0).abs() < 1e-9,
            "the delay is waived for drained nodes only"
        );
    }
}

/// A version that crashes at once fails five times in five minutes on the node with fewest tasks; then it goes elsewhere.
#[test]
fn a_node_on_which_a_task_failed_five_times_is_avoided() {
    let more = "deployment: {rollouts: [{at: 10m, version: bad, crashes: {after: 1s}}]}, \
                deploy: {update_config: {failure_action: continue, parallelism: 1}},";
    let text = text(more, "[]")
        .replace("replicas: 4", "replicas: 1")
        .replace("nodes: 3", "nodes: 2");
    let (_, rows) = run(&text);
    let bad: Vec<&str> = rows
        .pods
        .iter()
        .filter(|pod| pod.created_s >= 600.0)
        .map(|pod| pod.node.as_str())
        .collect();
    let first = bad[0];
    assert!(bad[..5].iter().all(|&node| node == first), "{bad:?}");
    assert_ne!(bad[5], first, "five failures");
    assert!(bad[5..10].iter().all(|&node| node == bad[5]), "{bad:?}");
}

/// The registry is down when a task has to go to a node without its image: there it fails five times, a delay apart, and
/// the next one goes where the image is, though that node has a task of the service already.
#[test]
fn a_task_without_its_image_is_tried_elsewhere_in_the_end() {
    let faults = "[{node_crash: {node: n-0, at: [10m]}}, {registry: {from: 10m, for: 10m}}]";
    let text = text("", faults)
        .replace("replicas: 4", "replicas: 2")
        .replace("name: c, slots", "name: c, image: app, slots")
        .replace(
            "cluster: {",
            "cluster: {images: {bandwidth: 100M/s, extract: 200M/s, sizes: {app: 1G}}, ",
        );
    let (outcome, rows) = run(&text);
    let later: Vec<(&str, &str, f64)> = rows
        .pods
        .iter()
        .filter(|pod| pod.created_s > 0.0)
        .map(|pod| (pod.node.as_str(), pod.end, pod.created_s))
        .collect();
    assert_eq!(later.len(), 6, "{later:?}");
    assert!(
        later[..5]
            .iter()
            .all(|&(node, end, _)| (node, end) == ("n-2", "failed")),
        "{later:?}"
    );
    assert_eq!((later[5].0, later[5].1), ("n-1", "running"));
    for pair in later.windows(2) {
        assert!((pair[1].2 - pair[0].2 - 5.0).abs() < 1e-6, "{later:?}");
    }
    assert_eq!(outcome.workloads[0].restarts.crash, 0, "none of them ever ran");
}

/// Eight tasks over two racks, of which one has a single node: half of them are there.
#[test]
fn preferences_spread_over_the_values_of_a_label() {
    let pools = "[{name: a, shape: {cpu: 16, memory: 16Gi}, nodes: 3, labels: {rack: r1}}, \
                 {name: b, shape: {cpu: 16, memory: 16Gi}, nodes: 1, labels: {rack: r2}}]";
    let text = text(
        "deploy: {placement: {preferences: [{spread: node.labels.rack}]}},",
        "[]",
    );
    let text = text.replace("replicas: 4", "replicas: 8").replace(
        "[{name: n, shape: {cpu: 4, memory: 16Gi}, nodes: 3, labels: {disk: ssd}}]",
        pools,
    );
    let (_, rows) = run(&text);
    assert_eq!(rows.pods.iter().filter(|pod| pod.node == "b-0").count(), 4);
    let said = written::refusal(&text.replace("node.labels.rack", "rack"));
    assert!(said.contains("no preference spreads over `rack`"), "{said}");
}

/// One task at a time, the old one first: never more than one is missing. A task without a health check is up as soon as
/// its container runs, however long it takes to answer; with one the update waits until it is healthy.
#[test]
fn an_update_goes_task_by_task_and_waits_for_health_where_that_is_checked() {
    let update = |more: &str| {
        let deployment =
            format!("{more} deployment: {{rollouts: [{{at: 10m, version: next, readiness: 10s}}]}},");
        let (outcome, rows) = run(&text(&deployment, "[]"));
        let rollout = outcome.workloads[0].rollouts[0].clone();
        assert_eq!(rollout.state, "complete");
        let new = rows.pods.iter().map(|pod| pod.created_s);
        let mut new: Vec<f64> = new.filter(|created| *created >= 600.0).collect();
        new.sort_by(f64::total_cmp);
        assert_eq!(new.len(), 4);
        (rollout, new)
    };
    let (rollout, new) = update("");
    assert!(new[3] < 601.0, "nobody waits until they answer: {new:?}");
    assert_eq!(rollout.available_min, 0, "and for a while none does");
    let ended = rollout.ended_s.expect("it ends");
    assert!(
        (ended - new[3] - 5.0).abs() < 0.5,
        "five seconds without a failure: {ended}"
    );
    let (rollout, new) = update("healthcheck: {interval: 4s, retries: 5},");
    assert_eq!(rollout.available_min, 3);
    for pair in new.windows(2) {
        let gap = pair[1] - pair[0];
        assert!(
            (15.5..17.0).contains(&gap),
            "answers after 15 s, found at the check of 16 s: {gap}"
        );
    }
    let (_, new) = update("deploy: {update_config: {delay: 30s, parallelism: 2}},");
    assert!(new[1] < 601.0 && new[2] - new[1] >= 30.0, "{new:?}");
    let (rollout, _) =
        update("healthcheck: {interval: 4s, retries: 5}, deploy: {update_config: {order: start-first}},");
    assert_eq!(
        rollout.available_min, 4,
        "the old one stays until the new one is healthy"
    );
}

/// A version that crashes 2 s after its start pauses the update at the first failure, or takes it back: then every task is
/// of the version before, which is a rollout of its own.
#[test]
fn an_update_that_fails_is_paused_or_rolled_back() {
    let update = |config: &str| {
        let more = format!(
            "deploy: {{update_config: {{{config}}}}}, deployment: {{rollouts: [{{at: 10m, version: bad, crashes: {{after: 2s}}, readiness: 30s}}]}},"
        );
        run(&text(&more, "[]"))
    };
    let states = |outcome: &Outcome| -> Vec<(String, String)> {
        let rollouts = outcome.workloads[0].rollouts.iter();
        rollouts
            .map(|one| (one.version.clone(), one.state.clone()))
            .collect()
    };
    let pair = |version: &str, state: &str| (version.to_owned(), state.to_owned());
    let (outcome, rows) = update("delay: 10s");
    assert_eq!(rows.of("rollout", "pause").count(), 1);
    assert_eq!(states(&outcome), [pair("bad", "paused")]);
    let updated = rows.of("rollout", "replace").count();
    assert_eq!(updated, 1, "nothing more is updated");
    let (outcome, rows) = update("delay: 10s, failure_action: rollback");
    assert_eq!(
        states(&outcome),
        [pair("bad", "rolled_back"), pair("v1", "complete")]
    );
    let running = rows.pods.iter().filter(|pod| pod.end == "running");
    assert_eq!(running.clone().count(), 4);
    assert_eq!(outcome.workloads[0].rollouts[1].available_min, 3);
    let (outcome, rows) = update("delay: 10s, max_failure_ratio: 50%, failure_action: rollback");
    let back = rows.of("rollout", "roll_back").next().expect("it goes back");
    assert!(
        back.reason.contains("3 of 4 tasks of version bad failed"),
        "{}",
        back.reason
    );
    assert_eq!(states(&outcome).len(), 2);
    let (outcome, _) = update("failure_action: continue");
    assert_eq!(
        states(&outcome),
        [pair("bad", "complete")],
        "whatever becomes of its tasks"
    );
    let said = written::refusal(&text(
        "deploy: {rollback_config: {failure_action: rollback}},",
        "[]",
    ));
    assert!(
        said.contains("a rollback that fails cannot be rolled back"),
        "{said}"
    );
}

/// An update also fills the slots that were given up.
#[test]
fn an_update_brings_back_tasks_that_were_given_up() {
    let more = "deploy: {restart_policy: {condition: none}}, \
                deployment: {rollouts: [{at: 20m, version: next}]},";
    let faults = "[{container_crash: {workload: web, at: [10m], share: 100%}}]";
    let (outcome, rows) = run(&text(more, faults));
    assert_eq!(outcome.workloads[0].rollouts[0].state, "complete");
    let made = rows.pods.iter().filter(|pod| pod.created_s >= 1200.0);
    assert_eq!((made.count(), rows.pods.len()), (4, 8));
}

/// A task that is unhealthy before it was ever healthy is stopped, and the next one takes its place.
#[test]
fn an_unhealthy_task_is_replaced() {
    let more = "healthcheck: {interval: 10s, retries: 2}, \
                deployment: {rollouts: [{at: 10m, version: slow, readiness: 40s}]}, \
                deploy: {update_config: {failure_action: continue}},";
    let (outcome, rows) = run(&text(more, "[]"));
    let ends = rows
        .of("restart", "replace")
        .filter(|row| row.reason_code == "unhealthy");
    assert!(ends.count() > 10, "over and over");
    assert!(outcome.workloads[0].restarts.probe > 10);
    let short = rows.pods.iter().filter(|pod| pod.end == "failed");
    for pod in short {
        let lasted = pod.ended_s.expect("it ended") - pod.created_s;
        assert!(
            (20.0..26.0).contains(&lasted),
            "two checks, after the delay: {lasted}"
        );
    }
}

/// A server that is so busy that its checks are not answered in time is stopped; Docker alone would leave it.
#[test]
fn a_task_that_is_too_busy_to_answer_its_check_is_replaced() {
    let more = "healthcheck: {interval: 10s, timeout: 1s, retries: 2},";
    let overload = |more: &str| {
        let text = text(more, "[]")
            .replace("rate: 10/s", "rate: 200/s")
            .replace("demand: 10ms, timeout: 1s", "demand: 200ms, timeout: 10s")
            .replace("duration: 1h", "duration: 10m");
        run(&text)
    };
    let (outcome, _) = overload(more);
    assert!(outcome.workloads[0].restarts.probe > 0);
    let (outcome, rows) = overload(&more.replace("{interval", "{by: exec, interval"));
    assert_eq!(
        outcome.workloads[0].restarts.probe, 0,
        "a command beside the requests"
    );
    assert_eq!(rows.pods.len(), 4);
}

/// One task on each node that the constraints allow, also on one that comes back; none is moved elsewhere meanwhile.
#[test]
fn a_global_service_has_a_task_on_every_node() {
    let global = |more: &str, faults: &str| {
        let text = text(more, faults).replace("replicas: 4,", "");
        run(&text)
    };
    let (_, rows) = global(
        "deploy: {mode: global},",
        "[{node_crash: {node: n-0, at: [10m], repair: 10m}}]",
    );
    let nodes: Vec<&str> = rows.pods.iter().map(|pod| pod.node.as_str()).collect();
    let on = |node: &str| nodes.iter().filter(|&&one| one == node).count();
    assert_eq!((nodes.len(), on("n-0"), on("n-1"), on("n-2")), (4, 2, 1, 1));
    let again = rows
        .pods
        .iter()
        .find(|pod| pod.created_s > 0.0)
        .expect("it comes back");
    assert!((again.created_s - 1200.0).abs() < 1.0, "{}", again.created_s);
    let placed = "deploy: {mode: global, placement: {constraints: [node.hostname != n-1]}},";
    let (_, rows) = global(placed, "[]");
    assert_eq!(rows.pods.len(), 2);
    let faults = "[{container_crash: {workload: web, at: [10m], share: 100%}}]";
    let (_, rows) = global("deploy: {mode: global},", faults);
    let mut pairs: Vec<(&str, bool)> = rows
        .pods
        .iter()
        .map(|pod| (pod.node.as_str(), pod.created_s > 0.0))
        .collect();
    pairs.sort_unstable();
    let both = |node| [(node, false), (node, true)];
    assert_eq!(
        pairs,
        [both("n-0"), both("n-1"), both("n-2")].concat(),
        "where they were"
    );
    let once = "deploy: {mode: global, restart_policy: {condition: none}},";
    let (_, rows) = global(once, faults);
    assert_eq!(rows.pods.len(), 3, "not made anew by anybody else");
    let updated = "deploy: {mode: global, update_config: {failure_action: rollback}}, \
                   deployment: {rollouts: [{at: 10m, version: bad, crashes: {after: 2s}}]},";
    let (outcome, rows) = global(updated, "[]");
    let states: Vec<&str> = outcome.workloads[0]
        .rollouts
        .iter()
        .map(|one| one.state.as_str())
        .collect();
    assert_eq!(states, ["rolled_back", "complete"]);
    assert_eq!(rows.pods.iter().filter(|pod| pod.end == "running").count(), 3);
    let said = written::refusal(&text("deploy: {mode: global},", "[]"));
    assert!(said.contains("a global service cannot have `replicas`"), "{said}");
}

#[test]
fn what_a_swarm_does_not_have_is_refused() {
    let more = "policies: {node_scaling: cluster_autoscaler, placement: best_fit}\n";
    let said = written::refusal(&format!("{}{more}", text("", "[]")));
    assert!(said.contains("Swarm has no autoscaler"), "{said}");
    assert!(said.contains("Swarm has one scheduler, `swarm_spread`"), "{said}");
    let said = written::told(&text("restart: always,", "[]"));
    assert!(said.contains("Swarm has no `restart` for a workload"), "{said}");
}
