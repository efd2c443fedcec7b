//! The scenarios of shared GPUs keep what their first lines promise.

use crate::scenarios::{loaded, run, run_to_the_end, variant};
use tonnage::sim::Outcome;

/// Were shares not kept on devices, or devices not chosen by the policies, it would not matter where they go.
#[test]
fn models_that_share_gpus_leave_whole_ones_only_where_they_are_packed() {
    let loaded = loaded("gpu-sharing.yaml").expect("needs no trace");
    let packed = ["packing", "best-fit"].map(|name| run(variant(&loaded, name)));
    let fgd = run(loaded.scenario.clone());
    // Pods that still wait at the end are what these two show.
    let [spread, whole] = ["spread", "whole-gpus"].map(|name| run_to_the_end(variant(&loaded, name)));
    let met = |outcome: &Outcome| outcome.objectives.iter().all(|objective| objective.met);
    let fragmented = |outcome: &Outcome| outcome.cluster.gpu_fragmented.expect("it has GPUs");
    let done = |outcome: &Outcome| {
        let workload = outcome.workloads.iter().find(|it| it.name == "pre-train");
        let batch = workload.and_then(|workload| workload.batch.as_ref());
        batch.expect("it has Jobs").succeeded
    };
    for outcome in packed.iter().chain([&fgd]) {
        assert!(met(outcome), "{:#?}", outcome.objectives);
        assert_eq!(done(outcome), 8, "every training of the day");
        assert!(
            fragmented(outcome) * 1.25 < fragmented(&spread),
            "{}",
            fragmented(outcome)
        );
    }
    assert!(!met(&spread), "{:#?}", spread.objectives);
    assert!(
        done(&spread) <= 5,
        "{} trainings found four idle GPUs",
        done(&spread)
    );
    let chat = whole.workloads[0]
        .requests
        .success_ratio()
        .expect("it has requests");
    assert!(chat < 0.5, "a GPU for each replica served {chat}");
    for outcome in packed.iter().chain([&fgd, &spread]) {
        assert!(
            outcome
                .cluster
                .gpu_reserved
                .is_some_and(|share| (0.5..0.7).contains(&share))
        );
    }
}

/// Were slices as fast as whole GPUs, turns free of charge, or memory without end, crammed GPUs would be the best.
#[test]
fn small_models_share_gpus_for_a_seventh_of_the_cost_and_each_way_has_its_price() {
    let loaded = loaded("gpu-slices.yaml").expect("needs no trace");
    let whole = run_to_the_end(loaded.scenario.clone());
    let [mig, turns, crammed] =
        ["mig", "turns", "crammed"].map(|name| run_to_the_end(variant(&loaded, name)));
    let models = |outcome: &Outcome| outcome.workloads[..3].to_vec();
    let failed = |outcome: &Outcome| {
        let gpus = outcome.cluster.gpus.iter();
        gpus.map(|gpus| gpus.out_of_memory).sum::<u64>()
    };
    for shared in [&mig, &turns] {
        let ratio = whole.cluster.cost_usd / shared.cluster.cost_usd;
        assert!((ratio - 7.0).abs() < 1e-6, "{ratio}");
        assert!(
            shared.objectives.iter().all(|objective| objective.met),
            "{:#?}",
            shared.objectives
        );
        assert_eq!(failed(shared), 0);
    }
    for ((alone, slice), turn) in models(&whole).iter().zip(models(&mig)).zip(models(&turns)) {
        let p99 = alone.latency.p99;
        assert!(slice.latency.p99 > 6.0 * p99, "{} of {p99}", slice.latency.p99);
        assert!(
            (1.5..4.0).contains(&(turn.latency.p99 / p99)),
            "{} of {p99}",
            turn.latency.p99
        );
    }
    let took = |outcome: &Outcome| {
        let batch = outcome.workloads[3].batch.as_ref();
        batch.expect("it has Jobs").duration.max
    };
    assert!(
        (took(&mig) / (7.0 * 900.0) - 1.0).abs() < 0.01,
        "a seventh of a GPU: {}",
        took(&mig)
    );
    assert!(took(&turns) < 0.3 * took(&mig), "{}", took(&turns));
    assert!(failed(&crammed) > 20, "{}", failed(&crammed));
    assert!(!crammed.objectives.iter().all(|objective| objective.met));
}
