//! Probes: when they have a pod ready, when they stop a container, and that one which cannot fail changes nothing.

use crate::kept_rows::{self, Rows};
use crate::written;
use tonnage::engine::Span;
use tonnage::model::probe::{Asks, Probe};
use tonnage::sim::Outcome;
use tonnage::sim::rows::PodRow;

fn run(text: &str) -> (Outcome, Rows) {
    kept_rows::run(written::scenario(text), Span::from_secs(7))
}

/// Four pods of one version, and after a minute another one, whose containers take `startup`, under these probes.
fn text(startup: &str, probes: &str) -> String {
    format!(
        "name: probe\nduration: 20m\nworkloads:\n\
         - {{name: w, deployment: {{rollouts: [{{at: 1m, containers: [{{name: c, startup: {startup}}}]}}]}}, \
         serving: {{replicas: 4, demand: 10ms, timeout: 1s, containers: [{{name: c, slots: 4, {probes}}}]}}}}\n\
         load: [{{to: w, arrivals: {{constant: {{rate: 20/s}}}}}}]\n"
    )
}

fn first_new(rows: &Rows) -> &PodRow {
    rows.pods
        .iter()
        .find(|pod| pod.created_s >= 60.0)
        .expect("the rollout made it")
}

/// The kubelet looks when the container starts and every ten seconds from then on: a container that answers after 12 s is
/// ready after 20. Without the probe it is ready as soon as it answers.
#[test]
fn a_readiness_probe_has_a_pod_ready_at_its_next_look() {
    let ready = |probes| first_new(&run(&text("12s", probes)).1).ready_s;
    assert_eq!(ready("startup: 0s"), Some(72.0));
    assert_eq!(ready("readinessProbe: {}"), Some(80.0));
    assert_eq!(ready("readinessProbe: {periodSeconds: 5}"), Some(75.0));
    assert_eq!(ready("readinessProbe: {initialDelaySeconds: 25}"), Some(90.0));
    assert_eq!(ready("readinessProbe: {successThreshold: 2}"), Some(90.0));
    // Readiness is looked at from the moment the startup probe has passed.
    assert_eq!(
        ready("startupProbe: {periodSeconds: 7}, readinessProbe: {}"),
        Some(74.0)
    );
}

/// A container that needs longer than its liveness probe bears never gets there: it is started over and over, with the
/// kubelet's back-off. A startup probe that waits for longer is what Kubernetes has against that.
#[test]
fn a_liveness_probe_kills_a_slow_start_and_a_startup_probe_saves_it() {
    let (outcome, rows) = run(&text("45s", "livenessProbe: {}"));
    let pod = first_new(&rows);
    assert_eq!(pod.ready_s, None);
    assert!(pod.restarts > 4 && pod.restarts == pod.restarts_probe, "{pod:?}");
    let told: Vec<_> = rows
        .of("restart", "restart")
        .filter(|row| row.subject == pod.pod)
        .map(|row| (row.time_s, row.reason_code, row.reason.as_str()))
        .take(2)
        .collect();
    // Looks at 60, 70 and 80 s fail; the container that starts at 80 s fails at 80, 90 and 100 s.
    assert_eq!(
        told,
        [
            (
                80.0,
                "liveness_probe_failed",
                "its container failed its liveness probe: it starts again at once"
            ),
            (
                100.0,
                "liveness_probe_failed",
                "its container failed its liveness probe: it starts again after a back-off of 10 s"
            ),
        ]
    );
    assert_eq!(
        outcome.workloads[0].restarts.probe,
        outcome.workloads[0].restarts.total()
    );
    let (outcome, rows) = run(&text(
        "45s",
        "livenessProbe: {}, startupProbe: {failureThreshold: 30}",
    ));
    assert_eq!(first_new(&rows).ready_s, Some(110.0));
    assert_eq!(outcome.workloads[0].restarts.total(), 0);
    assert_eq!(outcome.workloads[0].rollouts[0].state, "complete");
}

/// Two replicas that serve ten requests a second each get 30 a second for two minutes.
fn overloaded(probes: &str) -> Outcome {
    let text = format!(
        "name: probe\nduration: 15m\nworkloads:\n\
         - {{name: w, serving: {{replicas: 2, demand: 100ms, timeout: 20s, \
         containers: [{{name: c, slots: 1, startup: 5s, {probes}}}]}}}}\n\
         load: [{{to: w, arrivals: {{spike: {{base: 8/s, peak: 30/s, at: 2m, hold: 2m}}}}}}]\n\
         policies: {{routing: {{w: round_robin}}}}\n"
    );
    run(&text).0
}

/// Probes wait behind the requests: under an overload they time out, and what is only slow is stopped. One that asks
/// beside the requests does not, and then every event of the run is what it would be without it.
#[test]
fn probes_fail_under_overload_only_where_they_wait_in_line() {
    let without = overloaded("image: none");
    assert_eq!(without.workloads[0].replicas.ready_min, 2);
    for beside in [
        "livenessProbe: {by: exec}",
        "livenessProbe: {by: tcpSocket}, readinessProbe: {by: exec}",
    ] {
        let outcome = overloaded(beside);
        assert_eq!(outcome.digest, without.digest, "{beside}");
        assert_eq!(outcome.workloads[0].restarts.total(), 0);
    }
    let killed = overloaded("livenessProbe: {}");
    let (alive, dead) = (without.workloads[0].requests, killed.workloads[0].requests);
    assert!(
        killed.workloads[0].restarts.probe > 2,
        "{:?}",
        killed.workloads[0].restarts
    );
    assert!(dead.refused > 0 && alive.refused == 0, "{dead:?} {alive:?}");
    let patient = overloaded("livenessProbe: {timeoutSeconds: 600}");
    assert_eq!(patient.digest, without.digest, "nobody waits for ten minutes");
}

/// A readiness probe takes a slow replica from the service and starts nothing again: it comes back when it has caught up.
#[test]
fn an_overloaded_replica_is_not_ready_until_it_has_caught_up() {
    let outcome = overloaded("readinessProbe: {periodSeconds: 5}");
    let workload = &outcome.workloads[0];
    assert_eq!((workload.replicas.ready_min, workload.replicas.ready_max), (0, 2));
    assert_eq!(workload.restarts.total(), 0);
    assert!(workload.requests.refused > 0, "nobody was ready for a while");
    assert!(workload.requests.succeeded > 5000, "{:?}", workload.requests);
}

/// A container that is stopped finishes what it has within its grace; with a grace that is too short, it loses it.
#[test]
fn a_stopped_container_finishes_what_its_grace_allows() {
    let patient = overloaded("livenessProbe: {terminationGracePeriodSeconds: 60}");
    assert_eq!(patient.workloads[0].requests.lost, 0);
    let hasty = overloaded("livenessProbe: {terminationGracePeriodSeconds: 1}");
    assert!(
        hasty.workloads[0].requests.lost > 0,
        "{:?}",
        hasty.workloads[0].requests
    );
}

#[test]
fn manifests_bring_their_probes_and_hooks() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = "apiVersion: v1\nkind: Pod\nmetadata: {name: shop}\nspec:\n  terminationGracePeriodSeconds: 60\n  \
         tolerations: [{key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 20}]\n  \
         containers:\n  - name: c\n    lifecycle: {preStop: {sleep: {seconds: 15}}}\n    \
         livenessProbe: {httpGet: {path: /, port: 80}, failureThreshold: 0, timeoutSeconds: 2}\n    \
         readinessProbe: {exec: {command: [\"true\"]}, periodSeconds: 3}\n    \
         startupProbe: {tcpSocket: {port: 80}}\n";
    std::fs::write(folder.path().join("shop.yaml"), manifest).unwrap();
    let text = "name: probe\nduration: 1m\nmanifests: [shop.yaml]\n\
         workloads: [{name: shop, manifest: Pod/shop, serving: {demand: 1ms, containers: [{name: c, slots: 2}]}}]\n\
         load: [{to: shop, arrivals: {constant: {rate: 1/s}}}]\n";
    let scenario = written::scenario_in(folder.path(), text);
    let template = &scenario.workloads[0].template;
    let seconds = |count| Span::from_secs(count);
    let defaults = Probe {
        asks: Asks::Server,
        initial_delay: Span::ZERO,
        period: seconds(10),
        timeout: seconds(1),
        success_threshold: 1,
        failure_threshold: 3,
        grace: None,
        from_end: false,
    };
    let probes = template.probes[0];
    let liveness = Probe {
        timeout: seconds(2),
        ..defaults
    };
    assert_eq!(
        probes.liveness,
        Some(liveness),
        "0 is Kubernetes' word for its default"
    );
    let readiness = Probe {
        asks: Asks::Process,
        period: seconds(3),
        ..defaults
    };
    assert_eq!(probes.readiness, Some(readiness));
    let startup = Probe {
        asks: Asks::Other,
        ..defaults
    };
    assert_eq!(probes.startup, Some(startup));
    assert_eq!(
        (template.pre_stop, template.termination_grace),
        (seconds(15), seconds(60))
    );
    assert_eq!(template.tolerations[0].lasts, Some(seconds(20)));
}

#[test]
fn mistakes_of_probes_are_told_where_they_are() {
    for (probes, said) in [
        (
            "livenessProbe: {failureThreshold: 0}",
            "expected at least 1, found the number 0",
        ),
        (
            "livenessProbe: {successThreshold: 2}",
            "a liveness probe must have a `successThreshold` of 1",
        ),
        (
            "readinessProbe: {terminationGracePeriodSeconds: 5}",
            "a readiness probe stops nothing",
        ),
        (
            "kind: init, startupProbe: {}",
            "an init container runs to its end and has no probes",
        ),
        ("livenessProbe: {periodSecond: 5}", "`periodSeconds`"),
        (
            "lifecycle: {preStop: {sleep: {seconds: 31}}}",
            "the pod has only 30s to stop, this wait included",
        ),
    ] {
        let refused = written::refusal(&text("1s", probes));
        assert!(
            refused.contains(said) && refused.contains("test.yaml:4:"),
            "{probes}: {refused}"
        );
    }
    // A time-out longer than the period is allowed.
    run(&text("1s", "livenessProbe: {timeoutSeconds: 30}"));
}
