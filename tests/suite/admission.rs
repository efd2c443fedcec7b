//! Quotas and limit ranges in whole simulations: what is refused, in which words, when it is tried again, and that what
//! goes makes room.

use crate::kept_rows::{self, Rows};
use crate::written;
use tonnage::engine::Span;
use tonnage::sim::Outcome;

/// Twenty minutes of `workloads` in the namespace `web`, which has `rules`; `scaling` are pod scalers.
fn run(rules: &str, workloads: &[(&str, &str, &str)], scaling: &str) -> (Outcome, Rows) {
    let list: Vec<String> = workloads
        .iter()
        .map(|(name, serving, resources)| {
            format!(
                "- {{name: {name}, namespace: web, serving: {{demand: 10ms, {serving}, containers: \
                 [{{name: app, slots: 4, resources: {{{resources}}}}}]}}}}\n"
            )
        })
        .collect();
    let loads: Vec<String> = workloads
        .iter()
        .map(|(name, ..)| format!("{{to: {name}, arrivals: {{poisson: {{rate: 20/s}}}}}}"))
        .collect();
    let text = format!(
        "name: quotas\nduration: 40m\n\
         cluster: {{pools: [{{name: a, shape: {{cpu: 16, memory: 64Gi, extended: {{nvidia.com/gpu: 8}}}}, nodes: 2}}]}}\n\
         namespaces: [{{name: web, {rules}}}]\n\
         workloads:\n{}load: [{}]\npolicies: {{placement: kube_scheduler, pod_scaling: {{{scaling}}}}}\n",
        list.concat(),
        loads.join(", "),
    );
    kept_rows::run(written::scenario(&text), Span::from_secs(13))
}

const HALF: &str = "requests: {cpu: 500m, memory: 1Gi}";

fn living(rows: &Rows, workload: &str) -> usize {
    let pods = rows.pods.iter();
    pods.filter(|pod| pod.workload == workload && pod.ended_s.is_none())
        .count()
}

/// What each workload was refused for, in the order of time.
fn refusals(rows: &Rows) -> Vec<(&str, &str, &str)> {
    rows.of("admission", "wait")
        .map(|row| (row.subject.as_str(), row.policy.as_str(), row.reason.as_str()))
        .collect()
}

#[test]
fn what_is_over_a_quota_is_not_created_and_is_told_in_kubernetes_words() {
    let quota = "resourceQuotas: [{name: compute, hard: {requests.cpu: 1600m, pods: 10}}]";
    let (outcome, rows) = run(quota, &[("shop", "replicas: 5", HALF)], "");
    assert_eq!(living(&rows, "shop"), 3);
    assert_eq!(
        refusals(&rows),
        [(
            "shop",
            "ResourceQuota",
            "Error creating: pods \"shop-3\" is forbidden: exceeded quota: compute, requested: requests.cpu=500m, \
             used: requests.cpu=1500m, limited: requests.cpu=1600m"
        )]
    );
    let row = rows.of("admission", "wait").next().unwrap();
    assert_eq!((row.from, row.to), (Some(3), Some(5)));
    // 5 ms doubling up to 1000 s: 18 waits are 1311 s, the 19th is 1000 s; three pods that get ready bring attempts forward.
    assert!(
        (18..30).contains(&row.count),
        "{} attempts in 40 minutes",
        row.count
    );
    let warned = outcome.warnings.iter().map(|warning| warning.what.as_str());
    assert!(
        warned
            .clone()
            .any(|what| what.starts_with("shop ends with 3 of 5 pods")),
        "{:?}",
        warned.collect::<Vec<_>>()
    );
}

/// What goes makes room; the workload that waits for it is not told, and finds out when it tries again.
#[test]
fn what_goes_makes_room_and_who_was_refused_finds_out_when_it_tries_again() {
    let quota = "resourceQuotas: [{name: compute, hard: {requests.cpu: '2'}}]";
    let workloads = [("old", "replicas: 4", HALF), ("new", "replicas: 0", HALF)];
    let scaling = "old: {scheduled: {steps: [{cron: '0 0 * * *', replicas: 4}, {cron: '10 0 * * *', replicas: 1}]}}, \
                   new: {scheduled: {steps: [{cron: '0 0 * * *', replicas: 0}, {cron: '5 0 * * *', replicas: 2}]}}";
    let (outcome, rows) = run(quota, &workloads, scaling);
    assert_eq!((living(&rows, "old"), living(&rows, "new")), (1, 2));
    // Tries double from 300 s on: the last before 600 s is at 300 + 0.005 × (2^15 − 1) = 463.8 s, the next at 627.7 s.
    let created: Vec<f64> = rows
        .pods
        .iter()
        .filter(|pod| pod.workload == "new")
        .map(|pod| pod.created_s)
        .collect();
    assert_eq!(created.len(), 2);
    for at in created {
        assert!((at - 627.675).abs() < 1e-6, "{at}");
    }
    let warned = outcome.warnings.iter().map(|warning| warning.what.as_str());
    assert!(
        warned
            .clone()
            .any(|what| what.starts_with("new was short of pods for 5m27")),
        "{:?}",
        warned.collect::<Vec<_>>()
    );
}

#[test]
fn a_quota_of_cpu_wants_every_container_to_say_how_much_and_a_limit_range_says_it() {
    let quota = "resourceQuotas: [{name: compute, hard: {requests.cpu: '2', limits.memory: 4Gi}}]";
    let silent = [("shop", "replicas: 3", "requests: {memory: 1Gi}")];
    let (_, rows) = run(quota, &silent, "");
    assert_eq!(living(&rows, "shop"), 0);
    assert_eq!(
        refusals(&rows)[0].2,
        "Error creating: pods \"shop-0\" is forbidden: failed quota: compute: \
         must specify limits.memory for: app; requests.cpu for: app"
    );
    // Requests are filled in from `default`, which is filled in from `max`: 3 pods of 2Gi do not fit under 4Gi.
    let ranges = format!(
        "{quota}, limitRanges: [{{name: usual, limits: [{{type: Container, default: {{cpu: 1}}, \
         defaultRequest: {{cpu: 250m}}, max: {{memory: 2Gi}}}}]}}]"
    );
    let (_, rows) = run(&ranges, &silent, "");
    assert_eq!(living(&rows, "shop"), 2);
    assert_eq!(
        refusals(&rows)[0].2,
        "Error creating: pods \"shop-2\" is forbidden: exceeded quota: compute, requested: limits.memory=2Gi, \
         used: limits.memory=4Gi, limited: limits.memory=4Gi"
    );
}

#[test]
fn limit_ranges_refuse_what_is_too_small_too_large_or_too_elastic() {
    for (rule, resources, said) in [
        (
            "type: Container, min: {cpu: 600m}",
            HALF,
            "pods \"shop-0\" is forbidden: minimum cpu usage per Container is 600m, but request is 500m",
        ),
        (
            "type: Container, max: {cpu: 400m}, default: {cpu: 400m}",
            "limits: {cpu: 450m}",
            "pods \"shop-0\" is forbidden: maximum cpu usage per Container is 400m, but limit is 450m",
        ),
        (
            "type: Container, maxLimitRequestRatio: {cpu: 4, memory: 1500m}",
            "requests: {cpu: 100m, memory: 1Gi}, limits: {cpu: 1, memory: 2Gi}",
            "pods \"shop-0\" is forbidden: [cpu max limit to request ratio per Container is 4, but provided ratio is \
             10.000000, memory max limit to request ratio per Container is 1500m, but provided ratio is 2.000000]",
        ),
        (
            "type: Pod, max: {memory: 512Mi}",
            HALF,
            "pods \"shop-0\" is forbidden: maximum memory usage per Pod is 512Mi.  No limit is specified",
        ),
        // The default limit is below what the container itself asks for.
        (
            "type: Container, default: {cpu: 400m}",
            HALF,
            "Pod \"shop-0\" is invalid: spec.containers[0].resources.requests: Invalid value: \"500m\": \
             must be less than or equal to cpu limit of 400m",
        ),
    ] {
        let ranges = format!("limitRanges: [{{name: r, limits: [{{{rule}}}]}}]");
        let (_, rows) = run(&ranges, &[("shop", "replicas: 1", resources)], "");
        assert_eq!(living(&rows, "shop"), 0, "{rule}");
        assert_eq!(refusals(&rows)[0].2, format!("Error creating: {said}"));
    }
}

#[test]
fn scopes_choose_whom_a_quota_counts() {
    let workloads = [
        ("high", "replicas: 3, priority: 9, priorityClassName: high", HALF),
        ("low", "replicas: 3", HALF),
        ("none", "replicas: 3", ""),
    ];
    for (quota, left) in [
        (
            "{name: q, hard: {pods: 2}, scopeSelector: {matchExpressions: \
             [{scopeName: PriorityClass, operator: In, values: [high]}]}}",
            [2, 3, 3],
        ),
        (
            "{name: q, hard: {pods: 2}, scopeSelector: {matchExpressions: \
             [{scopeName: PriorityClass, operator: NotIn, values: [high]}]}}",
            [3, 2, 0],
        ),
        ("{name: q, hard: {pods: 2}, scopes: [BestEffort]}", [3, 3, 2]),
        (
            "{name: q, hard: {requests.cpu: 1}, scopes: [NotBestEffort, NotTerminating]}",
            [2, 0, 3],
        ),
        ("{name: q, hard: {pods: 0}, scopes: [Terminating]}", [3, 3, 3]),
        (
            "{name: q, hard: {pods: 0}, scopes: [CrossNamespacePodAffinity]}",
            [3, 3, 3],
        ),
    ] {
        let (_, rows) = run(&format!("resourceQuotas: [{quota}]"), &workloads, "");
        let found = ["high", "low", "none"].map(|name| living(&rows, name));
        assert_eq!(found, left, "{quota}");
    }
}

#[test]
fn extended_resources_count_by_their_requests() {
    let quota = "resourceQuotas: [{name: gpus, hard: {requests.nvidia.com/gpu: 2}}]";
    let (_, rows) = run(
        quota,
        &[("model", "replicas: 3", "limits: {nvidia.com/gpu: 1}")],
        "",
    );
    assert_eq!(living(&rows, "model"), 2);
    assert!(refusals(&rows)[0].2.ends_with(
        "requested: requests.nvidia.com/gpu=1, used: requests.nvidia.com/gpu=2, limited: requests.nvidia.com/gpu=2"
    ));
}

/// Every pod that a quota counts is within it at all times, also while pods come, go and are pushed out.
#[test]
fn a_quota_is_never_exceeded() {
    let quota = "resourceQuotas: [{name: pods, hard: {pods: 7}}]";
    let scaling = "a: {scheduled: {steps: [{cron: '*/4 * * * *', replicas: 6}, {cron: '2-59/4 * * * *', replicas: 1}]}}, \
                   b: {scheduled: {steps: [{cron: '*/3 * * * *', replicas: 5}, {cron: '1-59/3 * * * *', replicas: 2}]}}";
    let workloads = [
        ("a", "replicas: 1", HALF),
        ("b", "replicas: 2, priority: 5", HALF),
    ];
    let (_, rows) = run(quota, &workloads, scaling);
    let mut changes: Vec<(f64, i32)> = Vec::new();
    for pod in &rows.pods {
        changes.push((pod.created_s, 1));
        changes.extend(pod.ended_s.map(|end| (end, -1)));
    }
    changes.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let (mut now, mut most) = (0, 0);
    for (_, change) in changes {
        now += change;
        most = most.max(now);
    }
    assert_eq!(most, 7, "the quota is used to the full and never exceeded");
}

#[test]
fn mistakes_in_quotas_and_limit_ranges_are_told_at_their_place() {
    let text = "name: x\nduration: 5m\n\
         namespaces:\n\
         - name: web\n\
         \x20 resourceQuotas:\n\
         \x20 - {name: a, hard: {request.cpu: 4, pods: 1.5}, scopes: [BestEffort, NotBestEffort]}\n\
         \x20 - {name: a, hard: {requests.storage: 1Gi}, scopes: [NotTerminating]}\n\
         \x20 limitRanges:\n\
         \x20 - {name: l, limits: [{type: Container, min: {cpu: 2}, max: {cpu: 1}}, {type: Pod, default: {cpu: 1}}]}\n\
         workloads: [{name: w, serving: {demand: 1ms, containers: [{name: c, slots: 1}]}}]\n\
         load: [{to: w, arrivals: {poisson: {rate: 1/s}}}]\n";
    let said = written::refusal(text);
    for part in [
        "unknown resource `request.cpu` of a quota",
        "did you mean `requests.cpu`?",
        "1500m is not a whole number",
        "the scopes `BestEffort` and `NotBestEffort` exclude each other",
        "a second quota of this namespace is named `a`",
        "a quota with these scopes cannot count this resource",
        "`min` is above `max`",
        "only containers get defaults",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
}

/// A pod that asks for something as a whole is counted so, and its containers need not say anything.
#[test]
fn pods_that_ask_as_a_whole_are_counted_as_a_whole() {
    let whole = "resources: {requests: {cpu: '1'}, limits: {cpu: '2'}}, replicas: 3";
    let quota =
        "resourceQuotas: [{name: compute, hard: {requests.cpu: '2', limits.cpu: 10, requests.memory: 8Gi}}]";
    let (_, rows) = run(quota, &[("shop", whole, "requests: {cpu: 100m}")], "");
    assert_eq!(living(&rows, "shop"), 2);
    assert_eq!(
        refusals(&rows)[0].2,
        "Error creating: pods \"shop-2\" is forbidden: exceeded quota: compute, requested: requests.cpu=1, \
         used: requests.cpu=2, limited: requests.cpu=2"
    );
    let range = "limitRanges: [{name: small, limits: [{type: Pod, max: {cpu: 1500m}}]}]";
    let (_, rows) = run(
        range,
        &[("shop", whole, "requests: {cpu: 100m}, limits: {cpu: 200m}")],
        "",
    );
    assert_eq!(
        refusals(&rows)[0].2,
        "Error creating: pods \"shop-0\" is forbidden: maximum cpu usage per Pod is 1500m, but limit is 2"
    );
    // What a namespace gives a container may be more than the pod as a whole has.
    let range = "limitRanges: [{name: usual, limits: [{type: Container, default: {cpu: 2}, defaultRequest: {cpu: 1500m}}]}]";
    let (_, rows) = run(range, &[("shop", whole, "requests: {memory: 1Gi}")], "");
    assert_eq!(
        refusals(&rows)[0].2,
        "Error creating: Pod \"shop-0\" is invalid: spec.resources.requests[cpu]: Invalid value: \"1\": must be greater \
         than or equal to aggregate container requests of 1500m"
    );
    let scope = "resourceQuotas: [{name: rest, hard: {pods: 1}, scopes: [BestEffort]}]";
    let (_, rows) = run(scope, &[("shop", whole, "requests: {}")], "");
    assert_eq!(living(&rows, "shop"), 3, "none of them is best effort");
}
