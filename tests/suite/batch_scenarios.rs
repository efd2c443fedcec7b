//! The scenarios of batch workloads keep what their first lines promise.

use crate::scenarios::{loaded, run, variant};
use tonnage::sim::Outcome;
use tonnage::sim::outcome::BatchOutcome;

fn jobs<'o>(outcome: &'o Outcome, name: &str) -> &'o BatchOutcome {
    let workload = outcome.workloads.iter().find(|workload| workload.name == name);
    let batch = workload.and_then(|workload| workload.batch.as_ref());
    batch.unwrap_or_else(|| panic!("{name} has Jobs"))
}

/// Were the registry not shared, no variant would save anything; were caches, shared layers or disks without effect, these
/// would be as slow as the scenario.
#[test]
fn a_rush_for_an_image_is_as_fast_as_the_registry_or_what_stands_in_for_it() {
    let loaded = loaded("image-rush.yaml").expect("needs no trace");
    let plain = run(loaded.scenario.clone());
    let took = |outcome: &Outcome| jobs(outcome, "rush-2").duration.max;
    let sent = |outcome: &Outcome| {
        let images = outcome.cluster.images.expect("its registry has a limit");
        images.registry_bytes
    };
    assert!(!plain.objectives[0].met, "{:#?}", plain.objectives);
    assert_eq!(
        sent(&plain),
        80 * 18_000_000_000,
        "every node pulls both images whole"
    );
    let [cache, shared, slim, carried] = ["cache", "shared-base", "slim", "machine-image"].map(|name| {
        let outcome = run(variant(&loaded, name));
        assert!(outcome.objectives[0].met, "{name}: {:#?}", outcome.objectives);
        assert!(
            took(&plain) - took(&outcome) > 7.0 * 60.0,
            "{name}: {}",
            took(&outcome)
        );
        outcome
    });
    assert_eq!(sent(&cache), 4 * 18_000_000_000, "what the trials' nodes pulled");
    assert_eq!(sent(&shared), 40 * 22_000_000_000, "the base comes once");
    assert!(sent(&slim) == 80 * 6_000_000_000 && sent(&carried) == 0);
    let small = run(variant(&loaded, "small-disk"));
    let again = |outcome: &Outcome| jobs(outcome, "rush-1").duration.max;
    assert!(
        again(&small) > again(&plain),
        "the second run of the first image pulls it again"
    );
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
    assert!(lost(&on_demand) <= 0.0, "nothing goes there before it is done");
    assert!(lost(&spot) < 0.06, "{}", lost(&spot));
    assert!(lost(&plain) > 0.25, "{}", lost(&plain));
    let night = 12.0 * 3600.0;
    assert!(jobs(&plain, "train").duration.max > night);
    assert!(jobs(&spot, "train").duration.max < night);
}
