//! The scenario of shared GPUs keeps what its first lines promise.

use crate::scenarios::{loaded, run, variant};
use tonnage::sim::Outcome;

/// Were shares not kept on devices, or devices not chosen by the policies, it would not matter where they go.
#[test]
fn models_that_share_gpus_leave_whole_ones_only_where_they_are_packed() {
    let loaded = loaded("gpu-sharing.yaml").expect("needs no trace");
    let packed = ["packing", "best-fit"].map(|name| run(variant(&loaded, name)));
    let fgd = run(loaded.scenario.clone());
    let (spread, whole) = (
        run(variant(&loaded, "spread")),
        run(variant(&loaded, "whole-gpus")),
    );
    let met = |outcome: &Outcome| outcome.objectives.iter().all(|objective| objective.met);
    let fragmented = |outcome: &Outcome| outcome.cluster.gpu_fragmented.expect("it has GPUs");
    let took = |outcome: &Outcome| {
        let workload = outcome.workloads.iter().find(|it| it.name == "pre-train");
        let batch = workload.and_then(|workload| workload.batch.as_ref());
        batch.expect("it has Jobs").duration.mean
    };
    for outcome in packed.iter().chain([&fgd]) {
        assert!(met(outcome), "{:#?}", outcome.objectives);
        assert!(took(outcome) + 1.5 * 3600.0 < took(&spread), "{}", took(outcome));
        assert!(
            fragmented(outcome) * 1.25 < fragmented(&spread),
            "{}",
            fragmented(outcome)
        );
    }
    assert!(!met(&spread), "{:#?}", spread.objectives);
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
