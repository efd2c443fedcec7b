//! What a node autoscaler can tell before the run: told at its place, with what was probably meant.

use crate::written;

/// What is said about a scenario with two pools, a workload and `scaling`; `refused` if it is an error.
fn said(scaling: &str, workload: &str, refused: bool) -> String {
    let text = format!(
        "name: ahead\nduration: 48h\n\
         cluster:\n  pools:\n\
         \x20 - {{name: small, shape: {{cpu: 4, memory: 16Gi}}, nodes: {{min: 0, max: 9}}, zones: [a, b], labels: {{karpenter.k8s.aws/instance-family: m6i}}}}\n\
         \x20 - {{name: large, shape: {{cpu: 16, memory: 64Gi}}, nodes: {{min: 0, max: 9}}, zones: [a], labels: {{karpenter.k8s.aws/instance-family: m6i}}}}\n\
         workloads:\n\x20 - {{name: w, background: true, serving: {{replicas: 1, containers: [{{name: c, resources: {{requests: {{cpu: 1}}}}}}]{workload}}}}}\n\
         policies:\n  node_scaling:\n    {scaling}\n"
    );
    match refused {
        true => written::refusal(&text),
        false => written::told(&text),
    }
}

/// A NodePool that is misspelt makes nothing, and its pods would wait for a run of two days.
#[test]
fn a_node_pool_that_no_pool_meets_is_told_with_the_nearest_value() {
    let wrong = "karpenter: {nodePools: [{name: web, requirements: [{key: karpenter.k8s.aws/instance-family, operator: In, values: [m6j]}]}]}";
    let page = said(wrong, "", true);
    assert!(page.contains("error: the NodePool `web` can make no node: no pool has `karpenter.k8s.aws/instance-family` like this"), "{page}");
    assert!(page.contains("test.yaml:11:"), "at its place: {page}");
    assert!(page.contains("did you mean `m6i`"), "{page}");
    let spot = "karpenter: {nodePools: [{name: web, requirements: [{key: karpenter.sh/capacity-type, operator: In, values: [spot]}]}, {name: other}]}";
    let page = said(spot, "", false);
    assert!(
        page.contains("warning: the NodePool `web` can make no node"),
        "{page}"
    );
    assert!(page.contains("the pools have `on-demand`"), "{page}");
    let together = "karpenter: {nodePools: [{name: web, requirements: [{key: karpenter.sh/capacity-type, operator: Exists}, \
                    {key: topology.kubernetes.io/zone, operator: In, values: [b]}, {key: node.kubernetes.io/instance-type, operator: In, values: [large]}]}]}";
    let page = said(together, "", true);
    assert!(page.contains("all together by none"), "{page}");
}

/// Limits, budgets and lives that can never do what they say must not be found out after two days of simulated time.
#[test]
fn limits_budgets_and_lives_that_lead_nowhere_are_warned_of() {
    let page = said(
        "karpenter: {nodePools: [{name: web, limits: {cpu: 2}}]}",
        "",
        false,
    );
    assert!(
        page.contains("the limits of the NodePool `web` leave no room for a single node"),
        "{page}"
    );
    assert!(page.contains("has 4 CPUs"), "{page}");
    let page = said(
        "karpenter: {nodePools: [{name: web, disruption: {budgets: [{nodes: 5}, {nodes: \"0\"}]}}]}",
        "",
        false,
    );
    assert!(
        page.contains("this budget lets no node of `web` be disrupted, ever"),
        "{page}"
    );
    let held = ", disruptionBudget: {maxUnavailable: 0}";
    let page = said(
        "karpenter: {nodePools: [{name: web, expireAfter: 24h}]}",
        held,
        false,
    );
    assert!(
        page.contains("nodes of `web` expire after 1d, and those with pods of `w` can never be emptied")
            || page
                .contains("nodes of `web` expire after 24h, and those with pods of `w` can never be emptied"),
        "{page}"
    );
    let fine = said(
        "karpenter: {nodePools: [{name: web, expireAfter: 24h, terminationGracePeriod: 1h, limits: {cpu: 4}, \
                     disruption: {budgets: [{nodes: 0, reasons: [Drifted]}]}}]}",
        held,
        false,
    );
    assert!(!fine.contains("web"), "{fine}");
}

/// Pods that no NodePool may host, and a pool that no pod may use, are mistakes in selectors or taints nearly always.
#[test]
fn pods_without_a_node_pool_and_pools_without_pods_are_warned_of() {
    let tainted = "karpenter: {nodePools: [{name: gpu, taints: [{key: gpu, effect: NoSchedule}]}]}";
    let page = said(tainted, "", false);
    assert!(
        page.contains("no NodePool can make a node for pods of `w`"),
        "{page}"
    );
    let large = ", node_selector: {node.kubernetes.io/instance-type: large}";
    let page = said("cluster_autoscaler: {}", large, false);
    assert!(
        page.contains("no pod of any workload may go to a node of the pool `small`: it never grows"),
        "{page}"
    );
    assert!(!page.contains("pool `large`"), "{page}");
    assert_eq!(said("cluster_autoscaler: {}", "", false), "");
}

/// A priority that matches nothing is not chosen, silently, in the real one too.
#[test]
fn priorities_that_match_no_pool_are_warned_of() {
    let page = said(
        "cluster_autoscaler: {expander: priority, priorities: {50: [lagre], 10: ['.*']}}",
        "",
        false,
    );
    assert!(page.contains("no pool is called like `lagre`"), "{page}");
    assert!(page.contains("did you mean `large`"), "{page}");
    assert!(!page.contains("`.*`"), "{page}");
}
