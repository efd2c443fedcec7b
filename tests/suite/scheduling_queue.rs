//! kube-scheduler's queue in whole runs: what a back-off costs, and whom an event wakes.

use crate::kept_rows::{self, Rows};
use crate::written;
use tonnage::engine::Span;

fn run(text: &str) -> Rows {
    kept_rows::run(written::scenario(text), Span::from_secs(7)).1
}

/// When the pods of `workload` got their nodes, seconds.
fn bound(rows: &Rows, workload: &str) -> Vec<f64> {
    let pods = rows.pods.iter().filter(|pod| pod.workload == workload);
    pods.filter_map(|pod| pod.bound_s).collect()
}

/// The first machine of an empty fleet is there after 20 seconds.
fn from_nothing(placement: &str) -> Rows {
    run(&format!(
        "name: nothing\nduration: 2m\n\
         cluster: {{pools: [{{name: a, shape: {{cpu: 4, memory: 16Gi}}, nodes: {{min: 0, initial: 0, max: 2}}, boot: 20s}}]}}\n\
         workloads:\n\
         - {{name: web, serving: {{replicas: 2, demand: 10ms, \
         containers: [{{name: c, resources: {{requests: {{cpu: 1, memory: 1Gi}}}}}}]}}}}\n\
         load: [{{to: web, arrivals: {{poisson: {{rate: 1/s}}}}}}]\n\
         policies: {{placement: {placement}, node_scaling: just_enough}}\n"
    ))
}

/// Without any node the attempts at 0, 2, 5, 10 and 19 s fail, and nothing brings the next one forward.
#[test]
fn pods_that_met_an_empty_cluster_sit_out_their_back_off() {
    assert_eq!(bound(&from_nothing("first_fit"), "web"), [20.0, 20.0]);
    assert_eq!(bound(&from_nothing("kube_scheduler"), "web"), [30.0, 30.0]);
    let short = "{kube_scheduler: {podMaxBackoffSeconds: 1}}";
    assert_eq!(
        bound(&from_nothing(short), "web"),
        [20.0, 20.0],
        "it looks every two seconds"
    );
}

/// `full` waits for room and `picky` for a node that nobody has, while pods of `churn` come and go.
#[test]
fn a_pod_that_goes_wakes_who_needs_room_and_nobody_else() {
    let pod = "demand: 10ms, containers: [{name: c, resources: {requests: {cpu: 2, memory: 1Gi}}}]";
    // Before its first step, the last one of the day before holds.
    let steps = "[{cron: '2 0 * * *', replicas: 0}, {cron: '4 0 * * *', replicas: 1}, \
                 {cron: '6 0 * * *', replicas: 0}, {cron: '8 0 * * *', replicas: 2}]";
    let rows = run(&format!(
        "name: churn\nduration: 15m\n\
         cluster: {{pools: [{{name: a, shape: {{cpu: 4, memory: 16Gi}}, nodes: 1}}]}}\n\
         workloads:\n\
         - {{name: churn, serving: {{replicas: 2, priority: 9, preemptionPolicy: Never, {pod}}}}}\n\
         - {{name: full, serving: {{replicas: 1, {pod}}}}}\n\
         - {{name: picky, serving: {{replicas: 1, {pod}, affinity: {{nodeAffinity: \
         {{requiredDuringSchedulingIgnoredDuringExecution: {{nodeSelectorTerms: \
         [{{matchExpressions: [{{key: gpu, operator: Exists}}]}}]}}}}}}}}}}\n\
         load: [{{to: churn, arrivals: {{poisson: {{rate: 1/s}}}}}}]\n\
         policies: {{placement: kube_scheduler, pod_scaling: {{churn: {{scheduled: {{steps: {steps}}}}}}}}}\n"
    ));
    let gone = rows.pods.iter().filter(|pod| pod.workload == "churn");
    let first_gone = gone.filter_map(|pod| pod.ended_s).fold(f64::INFINITY, f64::min);
    assert!(first_gone > 100.0, "churn fills the node at first: {first_gone}");
    assert_eq!(
        bound(&rows, "full"),
        [first_gone],
        "as soon as a pod of churn has gone"
    );
    let waits = rows.of("placement", "wait").filter(|row| row.subject == "picky");
    let times: Vec<_> = waits
        .map(|row| (row.time_s, row.last_time_s, row.count))
        .collect();
    assert_eq!(
        times,
        [(0.0, 660.0, 3)],
        "tried at 0, 330 and 660 s, whatever comes and goes"
    );
}

/// `mid` was promised room on `a` when `high` takes it over: it looks anew at once, pushes `low-b` out, and runs when that
/// has had its ten minutes.
#[test]
fn who_loses_a_promise_looks_anew_at_once() {
    let one = |name: &str, more: &str| {
        format!(
            "- {{name: {name}, serving: {{{more}, demand: 1000h, \
             containers: [{{name: c, resources: {{requests: {{cpu: 3, memory: 1Gi}}}}}}]}}}}\n"
        )
    };
    let at = |minute: u32| {
        format!(
            "{{scheduled: {{steps: [{{cron: '0 1 * * *', replicas: 0}}, {{cron: '{minute} 0 * * *', replicas: 1}}]}}}}"
        )
    };
    let pool = |side: &str| {
        format!("{{name: {side}, shape: {{cpu: 4, memory: 16Gi}}, nodes: 1, labels: {{side: {side}}}}}")
    };
    let rows = run(&format!(
        "name: displaced\nduration: 30m\ncluster: {{pools: [{}, {}]}}\nworkloads:\n{}{}{}{}\
         load: [{{to: low-a, arrivals: {{poisson: {{rate: 1/s}}}}}}, {{to: low-b, arrivals: {{poisson: {{rate: 1/s}}}}}}, \
         {{to: mid, arrivals: {{poisson: {{rate: 1/s}}}}}}, {{to: high, arrivals: {{poisson: {{rate: 1/s}}}}}}]\n\
         policies: {{placement: kube_scheduler, pod_scaling: {{mid: {}, high: {}}}}}\n",
        pool("a"),
        pool("b"),
        one(
            "low-a",
            "replicas: 1, priority: -5, node_selector: {side: a}, termination_grace: 10m"
        ),
        one(
            "low-b",
            "replicas: 1, priority: 0, node_selector: {side: b}, termination_grace: 10m"
        ),
        one("mid", "replicas: 0, priority: 5"),
        one("high", "replicas: 0, priority: 10, node_selector: {side: a}"),
        at(1),
        at(2),
    ));
    assert_eq!(
        (bound(&rows, "high"), bound(&rows, "mid")),
        (vec![660.0], vec![720.0])
    );
}
