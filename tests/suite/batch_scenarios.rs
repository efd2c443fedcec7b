//! The scenarios of batch workloads keep what their first lines promise.

use crate::scenarios::{loaded, run, variant};
use tonnage::sim::Outcome;
use tonnage::sim::outcome::BatchOutcome;

fn jobs<'o>(outcome: &'o Outcome, name: &str) -> &'o BatchOutcome {
    let workload = outcome.workloads.iter().find(|workload| workload.name == name);
    let batch = workload.and_then(|workload| workload.batch.as_ref());
    batch.unwrap_or_else(|| panic!("{name} has Jobs"))
}

/// Were checkpoints or interruptions without effect, spot would look as good without them, or no worse than machines that
/// stay.
#[test]
fn nightly_training_on_spot_is_done_by_morning_only_with_checkpoints() {
    let loaded = loaded("nightly-training.yaml").expect("needs no trace");
    let (spot, on_demand) = (run(loaded.scenario.clone()), run(variant(&loaded, "on-demand")));
    let plain = run(variant(&loaded, "no-checkpoint"));
    let met = |outcome: &Outcome| outcome.objectives.iter().all(|objective| objective.met);
    assert!(met(&spot) && met(&on_demand), "{:#?}", spot.objectives);
    assert!(!met(&plain), "{:#?}", plain.objectives);
    assert!(spot.cluster.interruptions > 20, "{}", spot.cluster.interruptions);
    let of_batch = |outcome: &Outcome| outcome.cluster.pools[1].cost_usd;
    let ratio = of_batch(&spot) / of_batch(&on_demand);
    assert!((0.3..0.4).contains(&ratio), "spot costs {ratio} of on-demand");
    let lost = |outcome: &Outcome| {
        let train = jobs(outcome, "train");
        train.work_lost_s / train.work_s
    };
    assert_eq!(lost(&on_demand), 0.0);
    assert!(lost(&spot) < 0.06, "{}", lost(&spot));
    assert!(lost(&plain) > 0.25, "{}", lost(&plain));
    let night = 12.0 * 3600.0;
    assert!(jobs(&plain, "train").duration.max > night);
    assert!(jobs(&spot, "train").duration.max < night);
}
