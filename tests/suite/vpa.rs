//! Kubernetes' Vertical Pod Autoscaler in whole runs: what it changes, what it may not change, and what is told of it.

use crate::kept_rows::{self, Rows};
use crate::written;
use tonnage::engine::Span;
use tonnage::sim::Outcome;

/// Four replicas that ask for four times the CPU and memory they use, `nodes` nodes of `cpu` CPUs, and a VPA.
fn run(nodes: u32, cpu: u32, vpa: &str, more: &str) -> (Outcome, Rows) {
    let scenario = written::scenario(&format!(
        "name: sized\nduration: 1d\n\
         cluster: {{pools: [{{name: a, shape: {{cpu: {cpu}, memory: 64Gi}}, nodes: {nodes}}}]}}\n\
         workloads: [{{name: w, serving: {{replicas: 4, demand: {{exponential: {{mean: 200ms}}}}, {more}\
         containers: [{{name: c, resources: {{requests: {{cpu: 1, memory: 2Gi}}, limits: {{memory: 4Gi}}}}, slots: 4, \
         usage: {{cpu_idle: 50m, cpu_per_slot: 100m, memory_idle: 400Mi, memory_per_slot: 10Mi}}}}, \
         {{name: proxy, kind: sidecar, resources: {{requests: {{cpu: 100m, memory: 64Mi}}}}}}]}}}}]\n\
         load: [{{to: w, arrivals: {{poisson: {{rate: 20/s}}}}}}]\n\
         policies: {{pod_sizing: {{w: {{vpa: {vpa}}}}}}}\n"
    ));
    kept_rows::run(scenario, Span::from_secs(61))
}

fn count(rows: &Rows, action: &str, result: &str) -> usize {
    let actions = rows.of("pod_sizing", action);
    actions.filter(|row| row.result.starts_with(result)).count()
}

/// What pods alive at the end reserve, smallest and greatest, thousandths of a CPU.
fn reserved(rows: &Rows) -> (u64, u64) {
    let alive = rows.pods.iter().filter(|pod| pod.end == "running");
    let cpu = alive.map(|pod| (pod.cpu_request_cores * 1000.0).round() as u64);
    let cpu: Vec<u64> = cpu.collect();
    assert_eq!(cpu.len(), 4, "all four are up at the end");
    (*cpu.iter().min().unwrap(), *cpu.iter().max().unwrap())
}

#[test]
fn recreate_evicts_one_at_a_time_and_what_comes_back_asks_for_what_is_used() {
    let (outcome, rows) = run(2, 16, "{}", "");
    assert_eq!(count(&rows, "evict", "done"), count(&rows, "admit", "done"));
    assert!(count(&rows, "evict", "done") >= 4, "every pod was far too large");
    let times: Vec<f64> = rows.of("pod_sizing", "evict").map(|row| row.time_s).collect();
    let at_once = times.iter().take_while(|&&at| at <= times[0]).count();
    assert_eq!(at_once, 2, "half of four may be down at a time");
    // A replica uses up to 50m + 4 × 100m; the 90th percentile plus 15 % is below that, and the sidecar stays as it was.
    let (least, most) = reserved(&rows);
    assert!(100 + 150 <= least && most <= 100 + 520, "{least} to {most}");
    let evicted = rows.of("pod_sizing", "evict").next().unwrap();
    assert_eq!(evicted.reason_code, "outside_bounds");
    assert!(
        evicted.reason.contains("it has c 1 and 2Gi"),
        "{}",
        evicted.reason
    );
    assert_eq!(
        outcome.workloads[0].requests.lost, 0,
        "pods finish what they have"
    );
}

#[test]
fn off_only_recommends_and_initial_sizes_only_what_is_made_anyway() {
    let (_, off) = run(2, 16, "{updatePolicy: {updateMode: 'Off'}}", "");
    let (_, initial) = run(2, 16, "{updatePolicy: {updateMode: Initial}}", "");
    for rows in [&off, &initial] {
        assert!(count(rows, "recommend", "done") > 0, "it says what it would do");
        assert_eq!(count(rows, "evict", "") + count(rows, "resize", ""), 0);
        assert_eq!(reserved(rows), (1100, 1100));
    }
}

#[test]
fn in_place_resizes_pods_where_they_run() {
    let (_, rows) = run(2, 16, "{updatePolicy: {updateMode: InPlaceOrRecreate}}", "");
    assert!(count(&rows, "resize", "done") >= 4);
    assert_eq!(count(&rows, "evict", ""), 0);
    assert_eq!(rows.pods.len(), 4, "the pods of the start are those of the end");
    assert!(reserved(&rows).1 < 700);
}

/// A resize that its node has no room for waits; nothing goes there, so it is given up and the pod evicted.
#[test]
fn a_resize_without_room_waits_and_is_given_up() {
    let least = "{updatePolicy: {updateMode: InPlaceOrRecreate}, resourcePolicy: {containerPolicies: [{containerName: '*', \
                 minAllowed: {cpu: 1500m}}]}}";
    // Four pods of 1.1 CPUs on two nodes of 3: each node has 0.8 left, and one pod would grow by 0.5.
    let (_, rows) = run(2, 3, least, "");
    assert!(
        count(&rows, "resize", "done") >= 2,
        "the first of each node has room"
    );
    assert!(count(&rows, "resize", "deferred") >= 1, "the second has not");
    let given_up = rows
        .of("pod_sizing", "evict")
        .find(|row| row.reason_code == "resize_given_up");
    assert!(given_up.is_some_and(|row| row.reason.contains("deferred for too long")));
    let far_more = least.replace("1500m", "5");
    let (_, rows) = run(2, 3, &far_more, "");
    assert!(count(&rows, "resize", "infeasible") >= 1);
}

#[test]
fn a_disruption_budget_stands_before_an_eviction() {
    let (_, rows) = run(2, 16, "{}", "disruptionBudget: {maxUnavailable: 0}, ");
    assert_eq!(count(&rows, "evict", "done"), 0);
    let refused = rows.of("pod_sizing", "evict").next().unwrap();
    assert_eq!(
        refused.result,
        "refused: Cannot evict pod as it would violate the pod's disruption budget."
    );
    assert_eq!(reserved(&rows), (1100, 1100));
}

/// Were requests not what the HPA divides by, an HPA beside a VPA would not see the requests change.
#[test]
fn an_hpa_beside_it_divides_by_the_new_requests() {
    let text = "name: both\nduration: 2d\n\
                workloads: [{name: w, serving: {replicas: 4, demand: {exponential: {mean: 200ms}}, \
                containers: [{name: c, resources: {requests: {cpu: 2, memory: 2Gi}}, slots: 8, \
                usage: {cpu_per_slot: 100m, memory_idle: 400Mi}}]}}]\n\
                load: [{to: w, arrivals: {poisson: {rate: 20/s}}}]\n\
                policies: {pod_sizing: {w: vpa}, pod_scaling: {w: {hpa: {minReplicas: 2, maxReplicas: 20, metrics: [{type: Resource, \
                resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}]}}}}\n";
    let (outcome, rows) = kept_rows::run(written::scenario(text), Span::from_secs(61));
    let down = rows.of("pod_scaling", "scale").next().unwrap();
    assert_eq!(
        (down.from, down.to),
        (Some(4), Some(2)),
        "on paper four are far too many"
    );
    assert!(count(&rows, "admit", "done") > 0);
    assert!(
        outcome.workloads[0].scale_ups > 0,
        "once requests are small, use is a large share of them"
    );
}

#[test]
fn a_workload_that_does_not_say_what_it_uses_is_refused() {
    let said = written::refusal(
        "name: x\nduration: 1h\nworkloads: [{name: w, serving: {demand: {exponential: {mean: 1s}}, \
         containers: [{name: c, usage: {cpu_per_slot: 1}, slots: 1}]}}]\npolicies: {pod_sizing: {w: vpa}}\n",
    );
    assert!(
        said.contains("the policy looks at memory, and `w` does not say how much it uses"),
        "{said}"
    );
}

/// A release under a VPA: as the admission controller of the real one, it gives the pods of the new version what it
/// recommends, whatever the new template asks for; pods of one version that are resized stay of that version.
#[test]
fn pods_of_a_new_version_are_admitted_with_what_is_recommended() {
    let text = "name: sized\nduration: 1d\n\
         cluster: {pools: [{name: a, shape: {cpu: 16, memory: 64Gi}, nodes: 2}]}\n\
         workloads: [{name: w, deployment: {rollouts: [{at: 12h, \
         containers: [{name: c, resources: {requests: {cpu: 3, memory: 2Gi}}}]}]}, \
         serving: {replicas: 4, demand: {exponential: {mean: 200ms}}, \
         containers: [{name: c, resources: {requests: {cpu: 1, memory: 2Gi}}, slots: 4, \
         usage: {cpu_idle: 50m, cpu_per_slot: 100m, memory_idle: 400Mi, memory_per_slot: 10Mi}}]}}]\n\
         load: [{to: w, arrivals: {poisson: {rate: 20/s}}}]\n\
         policies: {pod_sizing: {w: {vpa: {updatePolicy: {updateMode: MODE}}}}}\n";
    for mode in ["Initial", "InPlaceOrRecreate"] {
        let (outcome, rows) = kept_rows::run(
            written::scenario(&text.replace("MODE", mode)),
            Span::from_secs(61),
        );
        assert_eq!(outcome.workloads[0].rollouts[0].state, "complete", "{mode}");
        let new = rows.pods.iter().filter(|pod| pod.created_s >= 43_200.0);
        let new: Vec<f64> = new.map(|pod| pod.cpu_request_cores).collect();
        assert_eq!(new.len(), 4, "{mode}: {new:?}");
        assert!(new.iter().all(|cpu| (0.15..0.6).contains(cpu)), "{mode}: {new:?}");
        let gone = rows.pods.iter().filter(|pod| pod.terminating_s.is_some());
        assert_eq!(gone.count(), 4, "{mode}: the old ones went, and no new one");
    }
}
