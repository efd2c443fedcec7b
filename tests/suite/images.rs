//! Images: nodes that pull at the same time share the registry, a cache relieves it and outlives it, machines that have or
//! fetch an image beforehand make pods wait less, and full disks are freed.

use crate::kept_rows::{self, Rows};
use crate::written;
use tonnage::engine::Span;
use tonnage::sim::Outcome;
use tonnage::sim::rows::PodRow;

/// An hour and a half of four nodes that take a pod each. `images` is what the cluster says of images, `pool` what the pool
/// does, and `jobs` are a name, an image, a number of pods and times of creation.
fn run(images: &str, pool: &str, jobs: &[(&str, &str, u32, &str)], more: &str) -> (Outcome, Rows) {
    let job = |&(name, image, pods, starts): &(&str, &str, u32, &str)| {
        format!(
            "{{name: {name}, job: {{parallelism: {pods}, completions: {pods}, starts: [{starts}], work: 1m, containers: \
             [{{name: c, image: {image}, resources: {{requests: {{cpu: 3}}}}}}]}}}}"
        )
    };
    let jobs: Vec<String> = jobs.iter().map(job).collect();
    let text = format!(
        "name: images\nduration: 90m\n\
         cluster: {{images: {{bandwidth: 100M/s, extract: 200M/s, {images}}}, pools: [{{name: p, \
         shape: {{cpu: 4, memory: 16Gi}}, nodes: 4, {pool}}}]}}\n\
         workloads: [{}]\npolicies: {{placement: round_robin}}\n{more}",
        jobs.join(", ")
    );
    kept_rows::run(written::scenario(&text), Span::from_secs_f64(41.3))
}

/// Seconds from binding to the images being there, of the pods of `workload` that were created at `from` or later.
fn pulled(rows: &Rows, workload: &str, from: f64) -> Vec<f64> {
    let pods = rows.pods.iter();
    let of = |pod: &&PodRow| pod.workload == workload && pod.created_s >= from;
    pods.filter(of)
        .map(|pod| {
            let (bound, pulled) = (pod.bound_s.unwrap(), pod.pulled_s.unwrap());
            ((pulled - bound) * 1e6).round() / 1e6
        })
        .collect()
}

const GIGABYTE: &str = "sizes: {app: 1G}";

/// Four downloads of a gigabyte at 50 MB/s each, then 5 s of extraction; what a node's link could take is not sent. Were
/// the registry not shared, a scale-out of a hundred nodes would start as fast as one.
#[test]
fn nodes_that_pull_at_once_share_what_the_registry_sends() {
    let job = [("work", "app", 4, "1m")];
    let (_, free) = run(GIGABYTE, "", &job, "");
    assert_eq!(pulled(&free, "work", 0.0), [15.0; 4]);
    let (outcome, shared) = run(&format!("registry: {{egress: 200M/s}}, {GIGABYTE}"), "", &job, "");
    assert_eq!(pulled(&shared, "work", 0.0), [25.0; 4]);
    let images = outcome.cluster.images.expect("the registry has a limit");
    assert_eq!((images.pulls, images.registry_bytes), (4, 4_000_000_000));
}

/// Who comes later takes from those who are there already: the first has 5 s alone at 100 MB/s, then half of 100 for 10 s;
/// the second its other half for 10 s, then all of it for 5 s.
#[test]
fn who_comes_later_gets_an_equal_share_from_then_on() {
    let jobs = [("first", "app", 1, "1m"), ("second", "app", 1, "65s")];
    let (_, rows) = run(
        &format!("registry: {{egress: 100M/s}}, {GIGABYTE}"),
        "",
        &jobs,
        "",
    );
    assert_eq!(pulled(&rows, "first", 0.0), [20.0]);
    assert_eq!(pulled(&rows, "second", 0.0), [20.0]);
}

/// The first two nodes draw the layers through the cache at 25 MB/s each; later the other two get them at the speed of
/// their links, and also while the registry is down. Without a cache they wait until it is back.
#[test]
fn what_has_come_through_a_cache_comes_fast_and_without_the_registry() {
    let jobs = [("early", "app", 2, "1m"), ("late", "app", 4, "10m")];
    let registry = "registry: {egress: 50M/s}";
    let down = "faults: [{registry: {from: 9m, for: 20m}}]\n";
    for faults in ["", down] {
        let images = format!("{registry}, cache: {{}}, {GIGABYTE}");
        let (outcome, rows) = run(&images, "", &jobs, faults);
        assert_eq!(pulled(&rows, "early", 0.0), [45.0; 2], "{faults}");
        let mut late = pulled(&rows, "late", 0.0);
        late.sort_by(f64::total_cmp);
        assert_eq!(late, [0.0, 0.0, 15.0, 15.0], "{faults}");
        let images = outcome.cluster.images.expect("there is a cache");
        assert_eq!(
            (images.registry_bytes, images.cache_bytes, images.failed),
            (2_000_000_000, 2_000_000_000, 0)
        );
    }
    let (outcome, rows) = run(&format!("{registry}, {GIGABYTE}"), "", &jobs, down);
    let slowest = pulled(&rows, "late", 0.0).into_iter().fold(0.0, f64::max);
    assert!(
        slowest > 19.0 * 60.0,
        "{slowest} s: the registry was down for longer"
    );
    assert!(outcome.cluster.images.is_some_and(|images| images.failed > 2));
}

/// What is part of the machine image costs a pod nothing; what a machine fetches when it is ready is there for pods that
/// come later. Both are so on machines that join during the run.
#[test]
fn machines_can_have_images_before_pods_need_them() {
    let scaled = "scaled";
    let jobs = [(scaled, "app", 4, "1m")];
    let pods = |pool: &str, placed: &str| {
        let text = format!(
            "policies: {{placement: {placed}, node_scaling: {{just_enough: {{empty_after: 1h}}}}}}\n"
        );
        let images = GIGABYTE;
        let text = format!(
            "name: images\nduration: 30m\n\
             cluster: {{images: {{bandwidth: 100M/s, extract: 200M/s, {images}}}, pools: [{{name: p, \
             shape: {{cpu: 4, memory: 16Gi}}, nodes: {{min: 1, max: 4}}, boot: 30s, {pool}}}]}}\n\
             workloads: [{{name: {scaled}, job: {{parallelism: 4, completions: 4, starts: [1m], work: 1m, containers: \
             [{{name: c, image: app, resources: {{requests: {{cpu: 3}}}}}}]}}}}]\n{text}"
        );
        kept_rows::run(written::scenario(&text), Span::from_secs_f64(41.3)).1
    };
    assert_eq!(
        pulled(&pods("images: {preloaded: [app]}", "first_fit"), scaled, 0.0),
        [0.0; 4]
    );
    // The node of the start has it; the others fetch it from the moment that they are ready, which is when pods come.
    let fetched = pulled(&pods("images: {prepull: [app]}", "first_fit"), scaled, 0.0);
    assert_eq!(fetched, [0.0, 15.0, 15.0, 15.0]);
    let plain = run(GIGABYTE, "images: {prepull: [app]}", &jobs, "").1;
    assert_eq!(
        pulled(&plain, scaled, 0.0),
        [0.0; 4],
        "nodes of the start have what they fetch"
    );
}

/// Ten gigabytes of disk hold one image of 5 GB unpacked beside another; the kubelet deletes the one that nothing uses at
/// its next look, and whoever needs it pulls it again. An image that does not fit is tried again and again.
#[test]
fn full_disks_lose_the_images_that_nothing_uses() {
    let sizes = "sizes: {a: 2G, b: 2G, c: 6G}";
    let jobs = [("a", "a", 4, "1m, 40m"), ("b", "b", 4, "20m")];
    let (outcome, rows) = run(&format!("disk: {{size: 10G}}, {sizes}"), "", &jobs, "");
    let again = pulled(&rows, "a", 2000.0);
    assert_eq!(
        again, [30.0; 4],
        "20 s of link and 10 s of extraction, as the first time"
    );
    let images = outcome.cluster.images.expect("there are disks");
    // Of each node: `a` to make room for `b`, and `b` for `a`.
    assert_eq!((images.pulls, images.deleted), (12, 8));
    let roomy = run(&format!("disk: {{size: 20G}}, {sizes}"), "", &jobs, "").1;
    assert_eq!(pulled(&roomy, "a", 2000.0), [0.0; 4]);
    let jobs = [("c", "c", 1, "1m")];
    let (outcome, rows) = run(&format!("disk: {{size: 10G}}, {sizes}"), "", &jobs, "");
    assert!(outcome.cluster.images.is_some_and(|images| images.failed > 5));
    let told = rows.decisions.iter().find(|row| row.reason_code == "pull_failed");
    assert!(
        told.is_some_and(|row| row.reason.contains("no room on the disk")),
        "{told:?}"
    );
}

/// Every mistake about images is told at once, each with its place.
#[test]
fn mistakes_about_images_are_told_together() {
    let told = written::refusal(
        "name: images\nduration: 1h\n\
         cluster:\n  images:\n    registry: {egress: 0/s}\n    disk: {size: 10G, other: 12G, \
         imageGCHighThresholdPercent: 70}\n    sizes: {app: 1G}\n  pools:\n    - {name: p, shape: {cpu: 4, memory: 16Gi}, \
         nodes: 1, images: {preloaded: [ap], prepull: [app]}}\nworkloads: []\n",
    );
    insta::assert_snapshot!(told);
}
