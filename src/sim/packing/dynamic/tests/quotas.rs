//! Virtual clusters: what one may use, and whom those that wait for it hold up.

use super::super::{DynamicFleet, DynamicPod, Fate, Queue, Quota, VirtualCluster};
use super::{choosers, node, pod, run, starts};
use proptest::prelude::*;

fn cluster(name: &str, cpus: u64) -> VirtualCluster {
    VirtualCluster {
        name: name.to_owned(),
        quota: Quota {
            cpu_milli: cpus * 1000,
            ..Quota::UNLIMITED
        },
    }
}

fn of(cluster: u32, pod: DynamicPod) -> DynamicPod {
    DynamicPod {
        cluster: Some(cluster),
        ..pod
    }
}

#[test]
fn who_waits_for_its_quota_holds_up_only_its_own() {
    let pods = vec![
        of(0, pod(0, 10, 2)),
        of(0, pod(1, 10, 2)),
        of(1, pod(2, 10, 2)),
        of(0, pod(3, 1, 1)),
        of(1, pod(4, 10, 7)),
    ];
    let clusters = vec![cluster("a", 3), cluster("b", 6)];
    let fleet = DynamicFleet::with_clusters(vec![node(8, 0)], pods, clusters);
    for (queue, last_of_a) in [
        (Queue::Fifo, 10.0),
        (Queue::Backfill, 10.0),
        (Queue::Conservative, 3.0),
        (Queue::Any, 3.0),
    ] {
        let run = run(&fleet, queue);
        assert_eq!(run.fates[4], Fate::OverQuota, "seven of six");
        assert_eq!(
            starts(&run),
            [Some(0.0), Some(10.0), Some(2.0), Some(last_of_a), None],
            "{queue:?}: the first of the other cluster does not wait, and the quota has one CPU left from 0 to 10"
        );
        let [a, b] = &run.outcome.clusters[..] else {
            panic!("two clusters")
        };
        assert_eq!((a.pods, a.started, a.too_large), (3, 3, 0));
        assert_eq!((b.pods, b.started, b.waited, b.too_large), (2, 1, 0, 1));
        assert!((a.waits.max_s - 9.0).abs() < 1e-9);
    }
}

/// Who is before the first in line and waited for its quota goes first when it may: what was promised meanwhile is void.
#[test]
fn who_may_again_goes_before_whoever_was_promised_something_meanwhile() {
    let before = |pod: DynamicPod| DynamicPod { priority: 1, ..pod };
    for (length, last) in [(0, 10.0), (5, 15.0)] {
        let pods = vec![
            of(0, pod(0, 10, 2)),
            pod(1, 20, 3),
            before(of(0, pod(2, length, 2))),
        ];
        let fleet = DynamicFleet::with_clusters(vec![node(4, 0)], pods, vec![cluster("a", 2)]);
        assert_eq!(
            starts(&run(&fleet, Queue::Backfill)),
            [Some(0.0), Some(last), Some(10.0)],
            "two of four CPUs are free until the first goes, and the second needs three"
        );
    }
}

#[test]
fn shares_by_demand_are_whole_and_hold_the_largest_pod() {
    let gpu = |cluster, lifetime, gpus| {
        let mut pod = of(cluster, pod(0, lifetime, 0));
        pod.request.gpus = crate::model::gpu::GpuRequest::whole(gpus);
        pod
    };
    let pods = vec![gpu(0, 700, 1), gpu(1, 100, 1), gpu(2, 1, 4)];
    let clusters = ["a", "b", "c"].map(|name| VirtualCluster {
        name: name.to_owned(),
        quota: Quota::UNLIMITED,
    });
    let mut fleet = DynamicFleet::with_clusters(vec![node(1, 8), node(1, 8)], pods, clusters.into());
    fleet.share_by_demand();
    let shares: Vec<u64> = fleet
        .clusters()
        .iter()
        .map(|cluster| cluster.quota.gpu_milli)
        .collect();
    assert_eq!(shares, [14_000, 2000, 4000], "of 16 GPUs and 804 s of GPU time");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// Whatever the queue and the policy: no cluster ever uses more than its quota, everyone has one fate, and everyone who
    /// was promised a time starts then.
    #[test]
    fn no_cluster_exceeds_its_quota(
        pods in super::pods(),
        owners in prop::collection::vec(0_u32..4, 80),
        quotas in prop::collection::vec(1_u64..9, 3),
        cpus in prop::collection::vec((1_u64..9, 0_usize..5), 1..5),
    ) {
        let pods: Vec<_> = pods.into_iter().zip(owners).map(|(pod, owner)| DynamicPod {
            cluster: Some(owner).filter(|&owner| owner < 3),
            ..pod
        }).collect();
        let clusters: Vec<_> = quotas.iter().map(|&cpus| cluster("team", cpus)).collect();
        let nodes = cpus.into_iter().map(|(cpu, gpus)| node(cpu, gpus)).collect();
        let fleet = DynamicFleet::with_clusters(nodes, pods, clusters);
        for (_, queue) in Queue::NAMED {
            for mut chooser in choosers(&fleet) {
                let run = fleet.run(&mut *chooser, queue, 3, |_| false).expect("nobody stops it");
                let outcome = &run.outcome;
                prop_assert_eq!(
                    outcome.pods,
                    outcome.started + outcome.too_large + outcome.over_quota + outcome.never_room
                );
                let mut events = Vec::new();
                for (number, (pod, fate)) in fleet.pods().iter().zip(&run.fates).enumerate() {
                    if let (Fate::Started { at, .. }, Some(cluster)) = (*fate, pod.cluster) {
                        let cpu = fleet.kind(number as u32).total()[0] as i64;
                        if pod.end(at) > at {
                            events.push((at, 1, cluster as usize, cpu));
                            events.push((pod.end(at), 0, cluster as usize, -cpu));
                        }
                    }
                }
                events.sort_unstable();
                let mut used = [0_i64; 3];
                for (_, _, cluster, cpu) in events {
                    used[cluster] += cpu;
                    prop_assert!(used[cluster] <= quotas[cluster] as i64 * 1000, "{:?}: over its quota", queue);
                }
                for &(number, at) in &run.promised {
                    let kept = matches!(run.fates[number as usize], Fate::Started { at: start, .. } if start == at);
                    prop_assert!(kept, "a promise was broken");
                }
            }
        }
    }
}
