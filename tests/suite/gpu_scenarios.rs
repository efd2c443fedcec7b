//! The scenario of shared GPUs keeps what its first lines promise.

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
