//! Scenarios in which something goes wrong meet what their first lines claim.

use crate::scenarios::{loaded, met, run, variant};
use tonnage::sim::Outcome;

/// Spread, a zone's outage at the peak costs a request in a thousand; packed into it, it takes nearly all of the service with
/// it, for as long as Kubernetes believes in the silent nodes.
#[test]
fn zone_outage_takes_a_third_of_what_is_spread_and_most_of_what_is_packed() {
    let loaded = loaded("zone-outage.yaml").expect("needs no trace");
    let (spread, packed) = (run(loaded.scenario.clone()), run(variant(&loaded, "packed")));
    assert!(met(&spread), "{:#?}", spread.objectives);
    assert!(!met(&packed), "{:#?}", packed.objectives);
    let of = |outcome: &Outcome| {
        let fault = outcome.faults[0].clone();
        assert_eq!((fault.occurrences, fault.unrecovered, fault.nodes), (1, 0, 2));
        let detected = fault.time_to_detect_s.expect("it is found out").mean;
        assert!((40.0..65.0).contains(&detected), "{detected}");
        let recovered = fault.time_to_recover_s.expect("pods are replaced").mean;
        assert!((350.0..420.0).contains(&recovered), "{recovered}");
        fault.workloads[0].clone()
    };
    let (spread, packed) = (of(&spread), of(&packed));
    assert!(
        (spread.availability.unwrap() - 2.0 / 3.0).abs() < 0.02,
        "{spread:?}"
    );
    assert!(packed.availability.unwrap() < 0.25, "{packed:?}");
    assert!(packed.requests_failed > 100 * spread.requests_failed);
}

/// At a third of the price, spot pays if its notice is heeded; if it is not, the service loses more than it may.
#[test]
fn spot_costs_a_third_and_loses_requests_only_without_a_drain() {
    let loaded = loaded("spot-or-on-demand.yaml").expect("needs no trace");
    let (spot, on_demand) = (run(loaded.scenario.clone()), run(variant(&loaded, "on-demand")));
    let no_drain = run(variant(&loaded, "no-drain"));
    assert!(met(&spot) && met(&on_demand), "{:#?}", spot.objectives);
    assert!(!met(&no_drain), "{:#?}", no_drain.objectives);
    assert!(spot.cluster.interruptions > 10, "{}", spot.cluster.interruptions);
    assert_eq!(on_demand.cluster.interruptions, 0);
    let ratio = spot.cluster.cost_usd / on_demand.cluster.cost_usd;
    assert!((0.3..0.45).contains(&ratio), "spot costs {ratio} of on-demand");
    assert_eq!(spot.faults[0].workloads[0].pods_lost, 0);
    assert!(no_drain.faults[0].workloads[0].pods_lost > 20);
}

/// A budget makes an upgrade slower and harmless; one that lets nothing go only makes it slow.
#[test]
fn rolling_upgrade_is_harmless_with_a_budget() {
    let loaded = loaded("rolling-upgrade.yaml").expect("needs no trace");
    let (budget, none) = (run(loaded.scenario.clone()), run(variant(&loaded, "no-budget")));
    let never = run(variant(&loaded, "never"));
    assert!(met(&budget), "{:#?}", budget.objectives);
    assert!(!met(&none) && !met(&never));
    let took = |outcome: &Outcome| outcome.faults[0].time_to_recover_s.expect("it ends").mean;
    assert!(took(&none) < took(&budget) && took(&budget) < took(&never) / 3.0);
    let available = |outcome: &Outcome| outcome.faults[0].workloads[0].availability.unwrap();
    assert!(available(&budget) > 0.88, "{}", available(&budget));
    assert!(available(&none) < 0.85, "{}", available(&none));
    for outcome in [&budget, &none, &never] {
        assert_eq!((outcome.cluster.removals, outcome.cluster.launches), (6, 6));
    }
}

/// An autoscaler without metrics holds, and the spike finds the fleet as small as it was.
#[test]
fn metrics_outage_leaves_the_spike_to_the_fleet_there_was() {
    let loaded = loaded("metrics-outage.yaml").expect("needs no trace");
    let (blind, healthy) = (run(loaded.scenario.clone()), run(variant(&loaded, "healthy")));
    let prepared = run(variant(&loaded, "prepared"));
    assert!(!met(&blind), "{:#?}", blind.objectives);
    assert!(met(&healthy) && met(&prepared));
    let fault = &blind.faults[0].workloads[0];
    assert_eq!(
        fault.availability,
        Some(1.0),
        "no replica was missing: they were too few"
    );
    assert!(fault.requests_failed > 10_000, "{fault:?}");
}
