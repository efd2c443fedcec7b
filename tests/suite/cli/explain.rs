//! `explain`: what it says of workloads, pods and pools, and what it refuses.

use super::{desk, err, expect, out, tonnage};
use std::path::Path;

/// A service in front of batch work on two full nodes, and a spike.
const CROWDED: &str = "\
# Who makes room?
name: crowded
duration: 20m
cluster:
  pools:
    - {name: general, shape: {cpu: 4, memory: 16Gi}, nodes: 2}
workloads:
  - name: shop
    serving:
      replicas: 1
      priority: 10
      demand: {constant: 100ms}
      containers: [{name: app, slots: 4, startup: 8s, resources: {requests: {cpu: 1, memory: 1Gi}}}]
  - name: batch
    serving:
      replicas: 6
      demand: {constant: 1s}
      containers: [{name: app, slots: 1, resources: {requests: {cpu: 1, memory: 1Gi}}}]
load:
  - to: shop
    arrivals: {constant: {rate: 1/s}}
policies:
  placement: kube_scheduler
  pod_scaling: {shop: {scheduled: {steps: [{cron: '0 0 * * *', replicas: 1}, {cron: '5 0 * * *', replicas: 4}]}}}
objectives:
  - success: {workload: shop, at_least: 1%}
";

fn explained(folder: &Path, args: &[&str]) -> String {
    let all: Vec<&str> = ["explain", "desk.yaml"]
        .into_iter()
        .chain(args.iter().copied())
        .collect();
    let output = tonnage(folder, &all);
    expect(&output, 0);
    out(&output)
}

#[test]
fn a_workload_is_told_what_was_decided_and_what_its_pods_wait_for() {
    let folder = desk(CROWDED);
    insta::assert_snapshot!(explained(folder.path(), &["batch", "--at", "6m", "--last", "2"]));
}

#[test]
fn a_pod_is_told_why_it_came_why_it_is_where_it_is_and_who_left_for_it() {
    let folder = desk(CROWDED);
    insta::assert_snapshot!(explained(folder.path(), &["shop-2", "--at", "5m10s"]));
}

/// A repeated run must be the run: what is told of a moment may not depend on where the telling stops.
#[test]
fn what_is_told_of_a_moment_is_what_the_run_wrote_down() {
    let folder = desk(CROWDED);
    expect(&tonnage(folder.path(), &["run", "desk.yaml", "--out", "all"]), 0);
    let log = std::fs::read_to_string(folder.path().join("all/decisions.csv")).expect("the run wrote it");
    let told = explained(
        folder.path(),
        &["shop", "--at", "20m", "--last", "1000", "--format", "csv"],
    );
    let lines: Vec<&str> = told.lines().skip(1).collect();
    assert!(lines.len() > 5, "{told}");
    for line in lines {
        let reason = line.rsplit(',').next().unwrap_or_default().trim_matches('"');
        let time = line.split(',').next().unwrap_or_default();
        let found = log
            .lines()
            .any(|row| row.split(',').next().is_some_and(|at| at.starts_with(time)) && row.contains(reason));
        assert!(found, "not in the log: {line}");
    }
}

#[test]
fn a_pool_a_moment_and_json_are_understood() {
    let folder = desk(CROWDED);
    assert!(explained(folder.path(), &["general-1", "--last", "1"]).contains("on general-1"));
    let json = explained(folder.path(), &["shop", "--at", "4m", "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    assert_eq!(value["replicas"]["desired"], 1);
    assert_eq!(value["at_s"], 240.0);
}

/// Why a node came is told of the pool: of a node, only the launch that brought it, and what keeps or removes it.
#[test]
fn a_node_is_told_with_the_launch_that_brought_it() {
    let text = CROWDED
        .replace("nodes: 2}", "nodes: {min: 2, initial: 2, max: 9}, boot: 30s}")
        .replace("policies:\n", "policies:\n  node_scaling: cluster_autoscaler\n");
    let folder = desk(&text);
    let told = explained(folder.path(), &["general-2", "--at", "8m"]);
    assert!(
        told.contains("batch find no node; least-waste chose general, 1 node"),
        "{told}"
    );
    assert!(
        told.contains("stays: batch-6 finds no room on another node"),
        "{told}"
    );
    let last = explained(folder.path(), &["general-2", "--at", "8m", "--last", "1"]);
    assert!(last.contains("chose general, 1 node"), "however long ago: {last}");
    let of_first = explained(folder.path(), &["general-1", "--at", "8m"]);
    assert!(!of_first.contains("chose general"), "it was there: {of_first}");
}

#[test]
fn what_is_not_there_is_named_with_what_was_probably_meant() {
    let folder = desk(CROWDED);
    let refused = |args: &[&str]| {
        let all: Vec<&str> = ["explain", "desk.yaml"]
            .into_iter()
            .chain(args.iter().copied())
            .collect();
        let output = tonnage(folder.path(), &all);
        expect(&output, 2);
        err(&output)
    };
    assert!(refused(&["bacth"]).contains("did you mean `batch`?"));
    assert!(refused(&["shop-77"]).contains("no pod is named `shop-77` up to 0:20:00"));
    assert!(refused(&["shop", "--at", "2h"]).contains("--at 2h: the run ends at 20m"));
    assert!(refused(&["shop", "--at", "noon"]).contains("a duration such as"));
    assert!(refused(&["shop", "--last", "0"]).contains("expected a whole number from 1"));
}
