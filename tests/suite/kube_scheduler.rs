//! kube-scheduler in whole simulations: priorities push out, budgets protect, pods spread over zones, and a pod that
//! waits says why in kube-scheduler's words.

use crate::kept_rows::{self, Rows};
use crate::written;
use std::collections::BTreeMap;
use tonnage::engine::Span;
use tonnage::sim::rows::DecisionRow;

impl Rows {
    fn placements<'a>(&'a self, action: &'a str) -> Vec<&'a DecisionRow> {
        self.of("placement", action).collect()
    }

    /// Pods of a workload that were there at the end, by node.
    fn last_on(&self, workload: &str) -> BTreeMap<&str, usize> {
        let mut nodes = BTreeMap::new();
        let pods = self.pods.iter();
        for pod in pods.filter(|pod| pod.workload == workload && pod.ended_s.is_none()) {
            *nodes.entry(pod.node.as_str()).or_default() += 1;
        }
        nodes
    }
}

fn run(text: &str) -> Rows {
    kept_rows::run(written::scenario(text), Span::from_secs(7)).1
}

/// `low` fills three nodes of four CPUs; `high` is scaled from 0 to 4 at ten minutes and fits on none of them.
fn contest(low: &str, high: &str) -> String {
    let pod =
        "containers: [{name: c, resources: {requests: {cpu: 1, memory: 1Gi}}, slots: 4}], demand: 100ms";
    format!(
        "name: contest\nduration: 20m\n\
         cluster: {{pools: [{{name: a, shape: {{cpu: 4, memory: 16Gi}}, nodes: 3}}]}}\n\
         workloads:\n\
         - {{name: low, serving: {{replicas: 12, {pod}, {low}}}}}\n\
         - {{name: high, serving: {{replicas: 0, {pod}, {high}}}}}\n\
         load: [{{to: low, arrivals: {{poisson: {{rate: 20/s}}}}}}, {{to: high, arrivals: {{poisson: {{rate: 5/s}}}}}}]\n\
         policies: {{placement: kube_scheduler, \
         pod_scaling: {{high: {{scheduled: {{steps: [{{cron: '10 0 * * *', replicas: 4}}]}}}}}}}}\n"
    )
}

#[test]
fn pods_of_higher_priority_push_out_just_as_many_of_lower_priority() {
    let rows = run(&contest("priority: -10", "priority: 100"));
    let preempted = rows.placements("preempt");
    assert_eq!(preempted.len(), 4, "{preempted:#?}");
    assert!(preempted.iter().all(|row| {
        row.reason
            .starts_with("of lower priority and asked to stop: low-")
    }));
    assert_eq!(rows.last_on("high").values().sum::<usize>(), 4);
    // The pods pushed out were replaced, and their replacements wait.
    let low = rows.last_on("low");
    assert_eq!((low.values().sum::<usize>(), low.get("")), (12, Some(&4)));
    let waits = rows.placements("wait");
    let said = "0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available: \
                3 No preemption victims found for incoming pod.";
    assert!(
        waits.iter().any(|row| row.subject == "low" && row.reason == said),
        "{waits:#?}"
    );
}

#[test]
fn equal_priority_never_pushes_out_and_neither_does_a_pod_that_is_not_to() {
    for (low, high, said) in [
        (
            "priority: 7",
            "priority: 7",
            "No preemption victims found for incoming pod.",
        ),
        (
            "priority: 0",
            "priority: 9, preemptionPolicy: Never",
            "preemption: not eligible due to preemptionPolicy=Never.",
        ),
    ] {
        let rows = run(&contest(low, high));
        assert!(rows.placements("preempt").is_empty());
        assert_eq!(rows.last_on("low").len(), 3);
        let waits = rows.placements("wait");
        assert!(
            waits
                .iter()
                .any(|row| row.subject == "high" && row.reason.ends_with(said)),
            "{waits:#?}"
        );
    }
}

#[test]
fn a_budget_is_broken_only_where_there_is_no_other_way() {
    let rows = run(&contest("disruptionBudget: {maxUnavailable: 2}", "priority: 1"));
    let preempted = rows.placements("preempt");
    let broken = preempted
        .iter()
        .map(|row| row.reason.contains("against a disruption budget"));
    assert_eq!(
        broken.collect::<Vec<_>>(),
        [false, false, true, true],
        "{preempted:#?}"
    );
}

#[test]
fn pods_spread_over_zones_and_keep_apart_where_they_must() {
    let text = "name: zones\nduration: 5m\n\
         cluster: {pools: [{name: a, shape: {cpu: 16, memory: 64Gi}, nodes: 6, zones: [x, y, z]}]}\n\
         workloads:\n\
         - name: even\n\
         \x20 labels: {app: even}\n\
         \x20 serving:\n\
         \x20   replicas: 6\n\
         \x20   demand: 10ms\n\
         \x20   containers: [{name: c, resources: {requests: {cpu: 1, memory: 1Gi}}}]\n\
         \x20   topologySpreadConstraints:\n\
         \x20   - {maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule, \
         labelSelector: {matchLabels: {app: even}}}\n\
         - name: apart\n\
         \x20 labels: {app: apart}\n\
         \x20 serving:\n\
         \x20   replicas: 7\n\
         \x20   demand: 10ms\n\
         \x20   containers: [{name: c, resources: {requests: {cpu: 1, memory: 1Gi}}}]\n\
         \x20   affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: \
         [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: apart}}}]}}\n\
         load: [{to: even, arrivals: {poisson: {rate: 1/s}}}, {to: apart, arrivals: {poisson: {rate: 1/s}}}]\n\
         policies: {placement: kube_scheduler}\n";
    let rows = run(text);
    let mut zones = BTreeMap::new();
    for (node, pods) in rows.last_on("even") {
        let ordinal: usize = node.trim_start_matches("a-").parse().expect("a node's name");
        *zones.entry(ordinal % 3).or_insert(0) += pods;
    }
    assert_eq!(zones, BTreeMap::from([(0, 2), (1, 2), (2, 2)]));
    let apart = rows.last_on("apart");
    assert!(
        apart.values().all(|&pods| pods == 1) && apart.len() == 7,
        "{apart:?}"
    );
    let waits = rows.placements("wait");
    let said = "0/6 nodes are available: 6 node(s) didn't match pod anti-affinity rules. preemption: \
                0/6 nodes are available: 6 No preemption victims found for incoming pod.";
    assert!(
        waits
            .iter()
            .any(|row| row.subject == "apart" && row.reason == said),
        "{waits:#?}"
    );
}

#[test]
fn what_kubernetes_would_refuse_is_refused_at_its_place() {
    let text = contest(
        "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: \
         [{matchExpressions: [{key: a, operator: In}]}]}}}",
        "disruptionBudget: {minAvailable: 1, maxUnavailable: 50%}, \
         topologySpreadConstraints: [{maxSkew: 1, topologyKey: z, whenUnsatisfiable: ScheduleAnyway, minDomains: 2}]",
    );
    let said = written::refusal(&text);
    for words in [
        "`In` and `NotIn` need values",
        "exclude each other",
        "`minDomains` needs",
    ] {
        assert!(said.contains(words), "{words}:\n{said}");
    }
}
