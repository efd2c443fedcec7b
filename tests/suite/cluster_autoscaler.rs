//! Cluster Autoscaler in whole simulations: what makes a pool grow or not, when a node goes, what keeps it, and what is
//! said of each.

use crate::kept_rows::{self, Rows};
use crate::written;
use tonnage::engine::Span;
use tonnage::sim::rows::DecisionRow;

/// A run of pools and workloads, in YAML, under `settings`.
fn run(duration: &str, pools: &str, workloads: &str, settings: &str) -> Rows {
    let text = format!(
        "name: ca\nduration: {duration}\ncluster: {{pools: [{pools}]}}\nworkloads: [{workloads}]\n\
         policies: {{placement: kube_scheduler, node_scaling: {{cluster_autoscaler: {settings}}}}}\n"
    );
    kept_rows::run(written::scenario(&text), Span::from_secs(61)).1
}

fn pool(name: &str, cpu: u32, nodes: &str, more: &str) -> String {
    format!(
        "{{name: {name}, shape: {{cpu: {cpu}, memory: 32Gi, price: {{usd_per_hour: 0.1}}}}, nodes: {nodes}, boot: 60s{more}}}"
    )
}

fn workload(name: &str, replicas: u32, cpu: &str, more: &str, serving: &str) -> String {
    format!(
        "{{name: {name}, background: true{more}, serving: {{replicas: {replicas}{serving}, \
         containers: [{{name: c, startup: 1s, resources: {{requests: {{cpu: {cpu}}}}}}}]}}}}"
    )
}

fn told<'a>(rows: &'a Rows, action: &'a str) -> Vec<&'a DecisionRow> {
    rows.of("node_scaling", action).collect()
}

fn codes<'a>(rows: &[&'a DecisionRow]) -> Vec<&'a str> {
    rows.iter().map(|row| row.reason_code).collect()
}

/// Were a pod that fits nowhere to trigger anything, the fleet would grow for nothing; were nothing said, nobody would
/// know why it waits.
#[test]
fn a_pod_that_no_pool_can_host_triggers_nothing_and_is_told_why_pool_by_pool() {
    let pools = [
        pool("small", 2, "{min: 1, initial: 1, max: 9}", ""),
        pool("full", 8, "{min: 1, initial: 1, max: 1}", ""),
    ];
    let workloads = [
        workload("filler", 1, "4", "", ""),
        workload("huge", 1, "6", "", ""),
    ];
    let rows = run("20m", &pools.join(", "), &workloads.join(", "), "{}");
    assert_eq!(told(&rows, "launch").len(), 0);
    let holds = told(&rows, "hold");
    let hold = holds
        .iter()
        .find(|row| row.subject == "huge")
        .expect("it is told of");
    assert_eq!(
        hold.reason,
        "1 pod triggers no scale-up: small: Insufficient cpu (NodeResourcesFit); full: is at its max of 1 node"
    );
    assert!(
        hold.count > 50,
        "one run of holds, not a row for each look: {hold:?}"
    );
}

/// The node goes when it has been unneeded for strictly longer than ten minutes, and not within ten minutes of a scale-up.
#[test]
fn a_node_goes_when_it_was_unneeded_long_enough_and_says_what_it_waited_for() {
    let workloads = workload("w", 2, "1", "", "");
    let rows = run(
        "30m",
        &pool("p", 8, "{min: 1, initial: 3, max: 9}", ""),
        &workloads,
        "{}",
    );
    let drains = told(&rows, "drain");
    assert!(
        drains.iter().all(|row| (600.0..640.0).contains(&row.time_s)),
        "{drains:?}"
    );
    assert!(!drains.is_empty() && drains.len() < 3, "the pods need a node");
    let first = told(&rows, "hold");
    assert!(
        codes(&first).contains(&"ca_not_unneeded_long_enough"),
        "{first:?}"
    );
    assert_eq!(
        first.last().map(|row| row.reason_code),
        Some("ca_min_size_reached")
    );
}

/// Nodes that a pod pins must stay, and say which pod and which rule.
#[test]
fn a_pod_that_may_not_be_moved_keeps_its_node() {
    let cases = [
        ("NotReplicated", ", controller: None", ""),
        (
            "NotSafeToEvictAnnotation",
            ", annotations: {cluster-autoscaler.kubernetes.io/safe-to-evict: 'false'}",
            "",
        ),
        ("NotEnoughPdb", "", ", disruptionBudget: {maxUnavailable: 0}"),
        ("UnmovableKubeSystemPod", ", namespace: kube-system", ""),
        (
            "LocalStorageRequested",
            "",
            ", volumes: [{name: v, emptyDir: {}}]",
        ),
        (
            "LocalStorageRequested",
            "",
            ", volumes: [{name: v, hostPath: {path: /data}}]",
        ),
    ];
    for (rule, more, serving) in cases {
        // One small pod on each of three nodes: anti-affinity by port.
        let serving = format!(
            "{serving}, topologySpreadConstraints: [{{maxSkew: 1, topologyKey: kubernetes.io/hostname, \
             whenUnsatisfiable: ScheduleAnyway, labelSelector: {{}}}}]"
        );
        let workloads = workload("pinned", 3, "500m", more, &serving);
        let rows = run(
            "40m",
            &pool("p", 8, "{min: 1, initial: 3, max: 9}", ""),
            &workloads,
            "{}",
        );
        assert_eq!(told(&rows, "drain").len(), 0, "{rule}");
        let expected = format!("({rule})");
        let holds = told(&rows, "hold");
        let blocked = holds.iter().filter(|row| row.reason_code == "ca_blocked_by_pod");
        let pinned: Vec<_> = blocked.filter(|row| row.reason.contains(&expected)).collect();
        assert_eq!(pinned.len(), 3, "{rule}: {holds:?}");
        assert!(
            pinned.iter().all(|row| row.reason.contains("pinned-")),
            "{pinned:?}"
        );
    }
}

/// What a rule does not mean must not pin a node: a fleet that never shrinks is paid for.
#[test]
fn what_only_looks_like_a_pod_that_stays_keeps_no_node() {
    let local = ", volumes: [{name: v, emptyDir: {}}]";
    let cases = [
        ("{}", "", ", volumes: [{name: v, emptyDir: {medium: Memory}}]"),
        (
            "{}",
            ", annotations: {cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes: 'u,v'}",
            local,
        ),
        ("{skip-nodes-with-local-storage: false}", "", local),
        (
            "{}",
            ", namespace: kube-system",
            ", disruptionBudget: {maxUnavailable: 1}",
        ),
        (
            "{skip-nodes-with-system-pods: false}",
            ", namespace: kube-system",
            "",
        ),
        (
            "{blocking-system-pod-distruption-timeout: 15m}",
            ", namespace: kube-system",
            "",
        ),
    ];
    for (settings, more, serving) in cases {
        let serving = format!(
            "{serving}, topologySpreadConstraints: [{{maxSkew: 1, topologyKey: kubernetes.io/hostname, \
             whenUnsatisfiable: ScheduleAnyway, labelSelector: {{}}}}]"
        );
        let workloads = workload("w", 3, "500m", more, &serving);
        let pool = pool("p", 8, "{min: 1, initial: 3, max: 9}", "");
        let rows = run("40m", &pool, &workloads, settings);
        assert_eq!(told(&rows, "drain").len(), 2, "{settings}{more}{serving}");
    }
}

/// With delays of each pool, growth of one must not keep the machines of another.
#[test]
fn a_delay_of_one_pool_keeps_no_other_where_delays_are_local() {
    let pools = [
        pool("idle", 8, "{min: 0, initial: 3, max: 3}", ""),
        pool("gpu", 8, "{min: 0, max: 9}", ", labels: {kind: gpu}"),
    ];
    let late = workload("late", 0, "7", "", ", node_selector: {kind: gpu}");
    let text = |settings: &str| {
        let steps = "[{cron: '5 * * * *', replicas: 1}, {cron: '59 * * * *', replicas: 0}]";
        format!(
            "name: ca\nduration: 30m\ncluster: {{pools: [{}]}}\nworkloads: [{late}, {}]\n\
             policies: {{placement: kube_scheduler, pod_scaling: {{late: {{scheduled: {{steps: {steps}}}}}}}, \
             node_scaling: {{cluster_autoscaler: {settings}}}}}\n",
            pools.join(", "),
            workload("w", 1, "1", "", ""),
        )
    };
    let first = |settings: &str| {
        let rows = kept_rows::run(written::scenario(&text(settings)), Span::from_secs(61)).1;
        told(&rows, "drain")[0].time_s
    };
    let (global, local) = (first("{}"), first("{scale-down-delay-type-local: true}"));
    assert!(
        (600.0..640.0).contains(&local),
        "unneeded from the start: {local}"
    );
    assert!(
        (900.0..940.0).contains(&global),
        "ten minutes after the growth at five: {global}"
    );
}

/// An operator who marks a machine must find it there.
#[test]
fn a_node_that_is_marked_is_not_scaled_down() {
    let marked = ", annotations: {cluster-autoscaler.kubernetes.io/scale-down-disabled: 'true'}";
    let pools = [
        pool("marked", 8, "{min: 0, initial: 2, max: 9}", marked),
        pool("plain", 8, "{min: 0, initial: 2, max: 9}", ""),
    ];
    let rows = run("30m", &pools.join(", "), &workload("w", 1, "1", "", ""), "{}");
    let gone: Vec<&str> = told(&rows, "drain").iter().map(|row| &*row.subject).collect();
    assert!(
        !gone.is_empty() && gone.iter().all(|name| name.starts_with("plain")),
        "{gone:?}"
    );
    assert!(codes(&told(&rows, "hold")).contains(&"ca_scale_down_disabled"));
}

/// Were mirrors of static pods to count, a node with little else would seem in use; were they to need room, it could
/// never go.
#[test]
fn mirrors_of_static_pods_go_with_their_node_and_may_be_left_out_of_its_use() {
    let mirror = ", daemon_set: {}, annotations: {kubernetes.io/config.mirror: mirror}";
    let workloads = [
        workload("static", 1, "5", mirror, "").replace("replicas: 1, ", ""),
        workload("w", 1, "1", "", ""),
    ];
    let drains = |settings: &str| {
        let pool = pool("p", 8, "{min: 1, initial: 3, max: 9}", "");
        told(&run("30m", &pool, &workloads.join(", "), settings), "drain").len()
    };
    assert_eq!(drains("{}"), 0, "five of eight CPUs are asked for on each");
    assert_eq!(drains("{ignore-mirror-pods-utilization: true}"), 2);
}

/// A pool that has no machines must be left alone for a while, and another one take its turn.
#[test]
fn a_pool_whose_launches_fail_backs_off_and_another_one_grows() {
    let pools = [
        pool(
            "cheap",
            4,
            "{min: 0, initial: 0, max: 9}",
            ", stock_outs: [{from: 0s, for: 2h, after: 20s}]",
        ),
        pool("dear", 32, "{min: 0, initial: 0, max: 9}", ""),
    ];
    let rows = run("20m", &pools.join(", "), &workload("w", 4, "3", "", ""), "{}");
    let launches = told(&rows, "launch");
    let subjects: Vec<&str> = launches.iter().map(|row| row.subject.as_str()).collect();
    assert_eq!(subjects, ["cheap", "dear"], "{launches:?}");
    assert!(
        launches[0].reason.contains("over dear (1 node for 4 pods)"),
        "{launches:?}"
    );
    assert!(rows.pods.iter().all(|pod| pod.bound_s.is_some()));
}

/// Each look sees the nodes on their way: were they forgotten, every look would buy the same nodes again.
#[test]
fn nodes_on_their_way_are_counted_and_like_pools_grow_alike() {
    let pools = [
        pool("a", 4, "{min: 0, initial: 0, max: 9}", ", zones: [a]"),
        pool("b", 4, "{min: 0, initial: 0, max: 9}", ", zones: [b]"),
    ];
    // Machines of one type: only the zone tells the pools apart.
    let shape = "{cpu: 4, memory: 32Gi, price: {usd_per_hour: 0.1}}";
    let pools = pools.join(", ").replace(shape, "m5.xlarge");
    let settings = "{balance-similar-node-groups: true}";
    let rows = run("15m", &pools, &workload("w", 8, "2", "", ""), settings);
    let launches = told(&rows, "launch");
    let grown: Vec<_> = launches
        .iter()
        .map(|row| (row.subject.as_str(), row.to))
        .collect();
    let mut sorted = grown.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, [("a", Some(2)), ("b", Some(2))], "{launches:?}");
}

/// `max-nodes-total`, and what the cores of the cluster may be at most, cap a scale-up.
#[test]
fn limits_of_the_whole_cluster_cap_what_is_launched() {
    let nodes = pool("p", 4, "{min: 0, initial: 0, max: 9}", "");
    for settings in [
        "{cores-total: '0:12'}",
        "{max-nodes-per-scaleup: 3, max-nodes-total: 3}",
    ] {
        let rows = run("20m", &nodes, &workload("w", 8, "3", "", ""), settings);
        let most: i64 = told(&rows, "launch")
            .iter()
            .filter_map(|row| row.to)
            .max()
            .unwrap_or(0);
        assert_eq!(most, 3, "{settings}");
    }
}

/// A machine that takes longer to come than it may is given up, and its pool backs off.
#[test]
fn a_node_that_does_not_come_in_time_is_given_up() {
    let slow = pool("slow", 4, "{min: 0, initial: 0, max: 9}", "").replace("boot: 60s", "boot: 40m");
    let rows = run("30m", &slow, &workload("w", 1, "3", "", ""), "{}");
    let removed = told(&rows, "remove");
    assert_eq!(codes(&removed), ["ca_provision_timeout"], "{removed:?}");
    let after = told(&rows, "launch");
    assert!(
        after[1].time_s >= removed[0].time_s + 300.0,
        "the pool is backed off for five minutes: {after:?}"
    );
}
