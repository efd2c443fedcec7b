//! Swap of Docker hosts: who may use it, what it costs, and whom the kernel kills when it is full.

use crate::kept_rows::{self, Rows};
use crate::written;
use tonnage::engine::Span;
use tonnage::sim::Outcome;
use tonnage::sim::rows::PodRow;

fn run(text: &str) -> (Outcome, Rows) {
    kept_rows::run(written::scenario(text), Span::from_secs(7))
}

/// Two hours of a Docker host of 16Gi and so much swap.
fn host(swap: &str, workloads: &str) -> String {
    format!(
        "name: hosts\nduration: 2h\nplatform: docker\n\
         cluster: {{pools: [{{name: box, shape: {{cpu: 4, memory: 16Gi, swap: {swap}}}, nodes: 1}}]}}\n\
         workloads: [{workloads}]\n"
    )
}

/// A service with a limit of 1Gi that needs half of it at first and half as much again after ten minutes; a request comes
/// each second and takes 30 ms.
fn growing(more: &str) -> String {
    format!(
        "{{name: web, restart: always, {more} serving: {{replicas: 1, demand: 30ms, containers: [{{name: c, slots: 4, \
         usage: {{memory_idle: 512Mi, memory_by_age: {{ramp: {{to: 1536Mi, over: 10m}}}}}}, \
         resources: {{limits: {{memory: 1Gi}}}}}}]}}}}"
    )
}

fn served(swap: &str, more: &str) -> (Outcome, PodRow) {
    let load = "load: [{to: web, arrivals: {constant: {rate: 1/s}}}]\n";
    let (outcome, rows) = run(&format!("{}{load}", host(swap, &growing(more))));
    let pod = rows.pods.into_iter().next().expect("it is there");
    (outcome, pod)
}

/// What is over a limit goes to swap, as much again as the limit if nothing else is said; where there is none, or the
/// service may have none, it is killed as soon as it is over.
#[test]
fn a_container_over_its_limit_swaps_where_it_may() {
    let (swaps, pod) = served("8Gi", "");
    assert_eq!(swaps.workloads[0].restarts.oom, 0);
    assert_eq!(pod.swap_peak_bytes, 512 << 20);
    assert_eq!(pod.memory_peak_bytes, Some(1536 << 20));
    // Over its limit after five minutes, until the end; seen within a second.
    assert!((6899.0..=6900.0).contains(&pod.swapped_s), "{pod:?}");
    let (_, pod) = served("8Gi", "memswap_limit: unlimited,");
    assert_eq!((pod.swap_peak_bytes, pod.restarts_oom), (512 << 20, 0));
    for (swap, more) in [
        ("0", ""),
        ("8Gi", "memswap_limit: 1Gi,"),
        ("0", "memswap_limit: unlimited,"),
    ] {
        let (killed, pod) = served(swap, more);
        assert!(killed.workloads[0].restarts.oom > 10, "{swap}, {more}");
        assert_eq!((pod.swap_peak_bytes, pod.swapped_s), (0, 0.0), "{swap}, {more}");
        assert_eq!(pod.memory_peak_bytes, Some(1 << 30));
    }
    let (killed, pod) = served("8Gi", "memswap_limit: 1280Mi,");
    assert!(
        killed.workloads[0].restarts.oom > 5,
        "memory and swap together are bounded"
    );
    assert!(
        pod.swap_peak_bytes > (250 << 20) && pod.swap_peak_bytes <= (256 << 20),
        "{pod:?}"
    );
}

/// With a third of its memory in swap and a slowdown of 10, a request of 30 ms takes 30 ms · (1 + 10/3) = 130 ms.
#[test]
fn what_is_in_swap_makes_work_slower() {
    let (swaps, _) = served("8Gi", "");
    let (free, _) = served("8Gi, swap_slowdown: 0", "");
    let most = |outcome: &Outcome| outcome.workloads[0].latency.max;
    assert!((most(&swaps) - 0.13).abs() < 0.002, "{}", most(&swaps));
    assert!((most(&free) - 0.03).abs() < 1e-3, "{}", most(&free));
    assert_eq!(free.workloads[0].restarts.oom, 0);
}

/// A job that needs 1536Mi of 1Gi works for 10 minutes at 3/13 of its speed, but for the second until the kernel is looked
/// at.
#[test]
fn work_of_jobs_is_slower_too() {
    let etl = "{name: etl, job: {work: 10m, containers: [{name: c, usage: {memory_idle: 1536Mi}, \
               resources: {limits: {memory: 1Gi}}}]}}";
    let (_, rows) = run(&host("8Gi", etl));
    let pod = &rows.pods[0];
    let took = pod.ended_s.expect("it is done") - pod.ready_s.expect("it works");
    assert!((2594.0..=2600.0).contains(&took), "{took}");
}

/// Two services without limits that need 10Gi each on a host of 16Gi: with 8Gi of swap both live, and 4Gi are in swap. With
/// 2Gi the kernel kills one: the greater, or whoever was to be killed first.
#[test]
fn a_host_that_is_short_swaps_and_then_kills() {
    let service = |name: &str, idle: &str, more: &str| {
        format!(
            "{{name: {name}, restart: always, {more} background: true, serving: {{replicas: 1, containers: [{{name: c, \
             usage: {{memory_idle: 1Gi, memory_by_age: {{ramp: {{to: {idle}, over: 10m}}}}}}}}]}}}}"
        )
    };
    let both = |swap: &str, of_small: &str| {
        let pair = [service("large", "10Gi", ""), service("small", "9Gi", of_small)];
        run(&host(swap, &pair.join(", ")))
    };
    let (outcome, rows) = both("8Gi", "");
    assert!(outcome.workloads.iter().all(|one| one.restarts.total() == 0));
    let swapped: u64 = rows.pods.iter().map(|pod| pod.swap_peak_bytes).sum();
    assert_eq!(swapped, 3 << 30, "{:#?}", rows.pods);
    let ooms = |swap: &str, of_small: &str| {
        let (outcome, _) = both(swap, of_small);
        let of = |name: &str| {
            let found = outcome.workloads.iter().find(|one| one.name == name);
            found.map_or(0, |one| one.restarts.oom)
        };
        (of("large"), of("small"))
    };
    let (large, small) = ooms("2Gi", "");
    assert!(large > 0 && small == 0, "{large} {small}");
    let (large, small) = ooms("2Gi", "oom_score_adj: 500,");
    assert!(large == 0 && small > 0, "{large} {small}");
}

/// Docker refuses some pairs, and Kubernetes has none of it.
#[test]
fn mistakes_are_told_as_docker_would_refuse_them() {
    let of = |more: &str| host("8Gi", &growing(more));
    let load = "load: [{to: web, arrivals: {constant: {rate: 1/s}}}]\n";
    let said = written::refusal(&format!("{}{load}", of("memswap_limit: 512Mi,")));
    assert!(
        said.contains("cannot be less than the limit of memory alone"),
        "{said}"
    );
    let free = of("memswap_limit: 2Gi,").replace("resources: {limits: {memory: 1Gi}}", "startup: 0s");
    let said = written::refusal(&format!("{free}{load}"));
    assert!(said.contains("it stands beside a limit of memory"), "{said}");
    let said = written::refusal(&format!("{}{load}", of("oom_score_adj: 2000,")));
    assert!(said.contains("oom_score_adj"), "{said}");
    let kubernetes = of("memswap_limit: 2Gi,").replace("platform: docker", "platform: kubernetes");
    let said = written::told(&format!("{kubernetes}{load}"));
    assert!(said.contains("Kubernetes has no `memswap_limit`"), "{said}");
    let killed = of("").replace("platform: docker", "platform: kubernetes");
    let (outcome, _) = run(&format!("{killed}{load}"));
    assert!(
        outcome.workloads[0].restarts.oom > 5,
        "a kubelet gives pods no swap"
    );
}
