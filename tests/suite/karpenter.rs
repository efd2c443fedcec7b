//! Karpenter in whole runs: what it launches, what it takes away again, and what keeps it from that.

use crate::kept_rows::{self, Rows};
use crate::written;
use tonnage::engine::Span;
use tonnage::sim::rows::DecisionRow;

/// Machines of 2, 4 and 8 CPUs, `most` of the small ones, and a workload of `replicas` pods of 900m CPU that become one at
/// half an hour. `workload` is said of it; what stands behind a bar is said of its pods.
fn text(most: u32, replicas: u32, workload: &str, karpenter: &str) -> String {
    let (workload, serving) = workload.split_once('|').unwrap_or((workload, ""));
    let pool = |name: &str, cpu: u32, most: u32| {
        let price = f64::from(cpu) * 0.05;
        format!(
            "{{name: {name}, shape: {{cpu: {cpu}, memory: {}Gi, pods: 29, price: {{usd_per_hour: {price}}}}}, \
             nodes: {{min: 0, initial: 0, max: {most}}}, zones: [x, y], boot: 40s}}",
            cpu * 4
        )
    };
    format!(
        "name: probe\nduration: 2h\n\
         cluster: {{pools: [{}, {}, {}]}}\n\
         workloads:\n\
         - {{name: w, labels: {{app: w}}{workload}, serving: {{replicas: {replicas}{serving}, demand: 10ms, \
         containers: [{{name: c, resources: {{requests: {{cpu: 900m, memory: 1Gi}}}}, startup: 5s, slots: 4}}]}}}}\n\
         load: [{{to: w, arrivals: {{constant: {{rate: 1/s}}}}}}]\n\
         policies: {{placement: kube_scheduler, \
         pod_scaling: {{w: {{scheduled: {{steps: [{{cron: '0 0 * * *', replicas: {replicas}}}, {{cron: '30 0 * * *', replicas: 1}}]}}}}}}, \
         node_scaling: {{karpenter: {karpenter}}}}}\n",
        pool("small", 2, most),
        pool("middle", 4, 9),
        pool("large", 8, 9),
    )
}

fn run(text: &str) -> Rows {
    kept_rows::run(written::scenario(text), Span::from_secs(11)).1
}

/// Decisions about nodes.
fn decided<'r>(rows: &'r Rows, action: &str) -> Vec<&'r DecisionRow> {
    let nodes = rows.decisions.iter().filter(|row| row.question == "node_scaling");
    nodes
        .filter(|row| row.action == action && row.result == "done")
        .collect()
}

fn codes(rows: &[&DecisionRow]) -> Vec<&'static str> {
    let mut codes: Vec<_> = rows.iter().map(|row| row.reason_code).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// Were pods planned for one by one, each would get a machine of its own; were a replacement to come after what it
/// replaces has gone, its pods would wait for the boot.
#[test]
fn pods_share_the_cheapest_machine_and_what_is_left_moves_to_a_smaller_one() {
    let rows = run(&text(
        9,
        7,
        "",
        "{nodePools: [{name: all, disruption: {budgets: [{nodes: 100%}]}}]}",
    ));
    let launched = decided(&rows, "launch");
    assert_eq!(
        launched[0].subject, "large",
        "seven pods of 900m: one machine of 8 CPUs"
    );
    assert_eq!(
        (launched[0].time_s, launched[0].reason_code),
        (1.0, "pods_pending"),
        "a second after the last pod"
    );
    assert!(
        launched[0]
            .reason
            .contains("for 7 pods (the first: default/w, 900m CPU, 1024 MiB), a node"),
        "{}",
        launched[0].reason
    );
    let [first, second] = launched[..] else {
        panic!("{launched:#?}")
    };
    assert_eq!(
        (second.subject.as_str(), second.reason_code),
        ("small", "replaces")
    );
    let cordoned = decided(&rows, "cordon");
    let drained = decided(&rows, "drain");
    assert_eq!((cordoned.len(), drained.len()), (1, 1));
    assert_eq!(drained[0].subject, format!("{}-0", first.subject));
    assert_eq!(drained[0].reason_code, "underutilized_replace");
    assert!(
        drained[0]
            .reason
            .contains("fits into small at 0.1000 USD an hour instead"),
        "what comes in its place: {}",
        drained[0].reason
    );
    let (asked, gone) = (second.time_s, drained[0].time_s);
    assert!((cordoned[0].time_s - asked).abs() < 1e-9);
    assert!(
        (asked + 40.0..asked + 50.0).contains(&gone),
        "asked at {asked}, gone at {gone}"
    );
}

/// An offering without machines must not keep the pods waiting for it.
#[test]
fn what_one_pool_does_not_have_the_next_cheapest_gives() {
    let karpenter = "{nodePools: [{name: all, disruption: {consolidateAfter: Never}, \
                     requirements: [{key: topology.kubernetes.io/zone, operator: In, values: [y]}]}]}";
    let rows = run(&text(0, 1, "", karpenter));
    let launched = decided(&rows, "launch");
    assert_eq!(launched.len(), 1);
    assert_eq!(launched[0].subject, "middle");
    let never = decided(&rows, "hold");
    assert_eq!(codes(&never), ["held_consolidate_never", "held_nominated"]);
    assert!(decided(&rows, "drain").is_empty());
}

/// Were the first rule that keeps a node not told, nobody could lift it.
#[test]
fn budgets_annotations_and_policies_keep_nodes_and_say_so() {
    let all = "{nodePools: [{name: all}]}";
    let cases = [
        (
            ", annotations: {karpenter.sh/do-not-disrupt: \"true\"}",
            all,
            "held_by_pod",
        ),
        (
            "",
            "{nodePools: [{name: all, disruption: {budgets: [{nodes: 0}]}}]}",
            "held_by_nodepool_budget",
        ),
        (
            "",
            "{nodePools: [{name: all, disruption: {consolidationPolicy: WhenEmpty}}]}",
            "held_by_policy",
        ),
        (
            "",
            "{nodePools: [{name: all, disruption: {consolidateAfter: 3h}}]}",
            "held_consolidate_after",
        ),
    ];
    for (workload, karpenter, code) in cases {
        let rows = run(&text(9, 7, workload, karpenter));
        assert!(decided(&rows, "drain").is_empty(), "{code}");
        let held = decided(&rows, "hold");
        assert!(
            codes(&held).contains(&code),
            "{code} is not among {:?}",
            codes(&held)
        );
    }
}

/// A pod that fits nowhere must be told from one that waits for a boot.
#[test]
fn a_pod_that_no_machine_takes_is_told_with_the_reason() {
    let rows = run(&text(
        9,
        1,
        "|, node_selector: {team: ml}",
        "{nodePools: [{name: all}]}",
    ));
    let held = decided(&rows, "hold");
    let [only] = held[..] else { panic!("{held:#?}") };
    assert_eq!(only.reason_code, "no_node_for_pod");
    assert!(only.count > 100, "every ten seconds anew");
    assert!(
        only.reason.contains("never have the label team"),
        "{}",
        only.reason
    );
    assert!(decided(&rows, "launch").is_empty());
}

/// Were expiry to wait for budgets, a fleet could grow old behind one of zero.
#[test]
fn nodes_that_are_too_old_go_whatever_budgets_say() {
    let karpenter = "{nodePools: [{name: all, expireAfter: 50m, disruption: {budgets: [{nodes: 0}]}}]}";
    let rows = run(&text(9, 7, "", karpenter));
    let drained = decided(&rows, "drain");
    assert_eq!(codes(&drained), ["expired"]);
    let ends: Vec<f64> = drained.iter().map(|row| row.time_s).collect();
    assert!(ends.len() >= 2 && (3000.0..3002.0).contains(&ends[0]), "{ends:?}");
    assert!(ends[1] < 6200.0, "{ends:?}");
}

/// Were a budget to outlast the grace period, one that allows nothing would keep an old node for ever.
#[test]
fn a_termination_grace_period_ends_what_a_budget_forbids() {
    let of_pods = "|, disruptionBudget: {maxUnavailable: 0}";
    let gone = |grace: &str| {
        let karpenter = format!("{{nodePools: [{{name: all, expireAfter: 40m{grace}}}]}}");
        let rows = run(&text(9, 1, of_pods, &karpenter));
        let pods = rows.pods.iter().filter(|pod| pod.terminating_s.is_some());
        pods.filter_map(|pod| pod.terminating_s).next()
    };
    assert_eq!(gone(""), None, "no budget lets it go");
    let end = gone(", terminationGracePeriod: 20m").expect("it is stopped in the end");
    assert!((3600.0..3700.0).contains(&end), "gone at {end}");
}

/// What Karpenter's API refuses is refused here, all of it at once.
#[test]
fn node_pools_that_contradict_themselves_are_named() {
    let karpenter = "{nodePools: [{name: a, requirements: [\
                     {key: team, operator: In, values: [x]}, {key: team, operator: NotIn, values: [x]}], \
                     disruption: {budgets: [{nodes: ten}, {nodes: 1, schedule: '0 9 * * *'}]}}, {name: a}]}";
    let said = written::refusal(&text(9, 1, "", karpenter));
    for expected in [
        "leaves no value for `team`",
        "`ten` is neither",
        "given together",
        "as another NodePool",
    ] {
        assert!(said.contains(expected), "no {expected:?} in\n{said}");
    }
}
