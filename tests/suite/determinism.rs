//! The same seed gives the same run, another seed another, and what happens elsewhere moves nobody's arrivals.

use crate::small_platform;
use rayon::prelude::*;
use std::sync::Arc;
use tonnage::sim::rows::RequestRow;
use tonnage::sim::{Outcome, Scenario, Simulation, Sink};

fn run(scenario: Scenario, seed: u64, replication: u64) -> Outcome {
    let mut simulation = Simulation::new(Arc::new(scenario), seed, replication);
    simulation.run_to_end(None, u64::MAX, || false);
    assert_eq!(simulation.broken_laws(), Vec::<String>::new());
    simulation.finish(None)
}

#[test]
fn a_run_depends_on_its_seed_and_replication_and_on_nothing_else() {
    let keys = [(1, 0), (1, 1), (2, 0), (2, 1)];
    let digests = |keys: &[(u64, u64)]| -> Vec<String> {
        keys.par_iter()
            .map(|&(seed, replication)| run(small_platform::scenario(), seed, replication).digest)
            .collect()
    };
    let first = digests(&keys);
    assert_eq!(first, digests(&keys));
    let mut distinct = first;
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), keys.len(), "two keys gave one run");
}

/// Common random numbers: with streams by name, a further workload leaves the others' arrivals alone, and a workload
/// that shares nothing with it ends in the same outcome.
#[test]
fn another_workload_does_not_move_the_first_ones_arrivals() {
    let all = run(small_platform::scenario(), 7, 0);
    let mut fewer = small_platform::scenario();
    fewer.workloads.truncate(1);
    let alone = run(fewer, 7, 0);
    assert_eq!(
        all.workloads[0].requests.arrived,
        alone.workloads[0].requests.arrived
    );
    let mut reordered = small_platform::scenario();
    reordered.workloads.rotate_left(1);
    let reordered = run(reordered, 7, 0);
    for workload in &all.workloads[..2] {
        let other = reordered
            .workloads
            .iter()
            .find(|other| other.name == workload.name)
            .unwrap();
        assert_eq!(
            workload.requests.arrived, other.requests.arrived,
            "{}",
            workload.name
        );
    }
}

/// Without machines to compete for, workloads do not touch each other at all: each one's outcome is what it is alone.
#[test]
fn workloads_that_share_no_machine_do_not_touch_each_other() {
    let mut apart = small_platform::scenario();
    apart.pools.clear();
    let together = run(apart.clone(), 8, 0);
    for index in 0..apart.workloads.len() {
        let mut single = apart.clone();
        single.workloads = vec![apart.workloads[index].clone()];
        let alone = run(single, 8, 0);
        let (together, alone) = (&together.workloads[index], &alone.workloads[0]);
        // Image layers on the one node are shared, so pods may start sooner in company; requests are compared where
        // no pod starts during the run.
        assert_eq!(together.requests.arrived > 0, alone.requests.arrived > 0);
        if alone.scale_ups == 0 {
            assert_eq!(together, alone);
        }
    }
}

/// Variants of a scenario meet the same arrivals: the ground on which they are compared.
#[test]
fn variants_see_the_same_arrivals() {
    let arrived = |replicas: u32, slots: u32| {
        let mut variant = small_platform::scenario();
        variant.workloads.truncate(2);
        variant.workloads[0].replicas = replicas;
        variant.workloads[0].serving.slots = Some(slots);
        let outcome = run(variant, 9, 0);
        [
            outcome.workloads[0].requests.arrived,
            outcome.workloads[1].requests.arrived,
        ]
    };
    let base = arrived(2, 4);
    assert_eq!(base, arrived(5, 4));
    assert_eq!(base, arrived(2, 1));
}

/// Every request that has ended, by workload and end.
#[derive(Default)]
struct Requests(std::collections::BTreeMap<(String, &'static str), u64>);

impl Sink for Requests {
    fn wants_requests(&self) -> bool {
        true
    }

    fn request(&mut self, row: RequestRow<'_>) {
        assert!(row.arrived_s <= row.ended_s && row.attempts > 0, "{row:?}");
        *self.0.entry((row.workload.to_owned(), row.end)).or_default() += 1;
    }
}

/// Recording requests one by one switches run-ahead off; whoever asks for them gets the same run, and each request
/// that the totals count exactly once.
#[test]
fn a_record_of_every_request_adds_up_to_the_totals_and_changes_nothing() {
    let unrecorded = run(small_platform::scenario(), 3, 0);
    let mut requests = Requests::default();
    let mut simulation = Simulation::new(Arc::new(small_platform::scenario()), 3, 0);
    simulation.run_to_end(Some(&mut requests), u64::MAX, || false);
    assert_eq!(simulation.broken_laws(), Vec::<String>::new());
    let totals: Vec<_> = (0..unrecorded.workloads.len())
        .map(|index| simulation.workload(index).serving.totals())
        .collect();
    let recorded = simulation.finish(None);
    assert_eq!(recorded.digest, unrecorded.digest);
    assert_eq!(recorded.workloads, unrecorded.workloads);
    for (workload, totals) in recorded.workloads.iter().zip(totals) {
        let rows = |end| {
            requests
                .0
                .get(&(workload.name.clone(), end))
                .copied()
                .unwrap_or(0)
        };
        let ends = [
            ("served", totals.succeeded),
            ("refused", totals.refused),
            ("timed_out", totals.timed_out),
            ("abandoned", totals.abandoned),
            ("lost", totals.lost),
        ];
        for (end, count) in ends {
            assert_eq!(rows(end), count, "{}: {end}", workload.name);
        }
    }
}
