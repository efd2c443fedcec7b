//! Scenarios about containers that are not well meet what their first lines claim.

use crate::scenarios::{loaded, met, run, variant};

#[test]
fn a_bad_release_is_stopped_by_narrow_bounds_and_by_nothing_else() {
    let loaded = loaded("bad-release.yaml").expect("needs no trace");
    let narrow = run(loaded.scenario.clone());
    assert!(met(&narrow), "{:#?}", narrow.objectives);
    let states: Vec<_> = narrow.workloads[0]
        .rollouts
        .iter()
        .map(|one| one.state.as_str())
        .collect();
    assert_eq!(states, ["superseded", "complete"]);
    assert_eq!(narrow.workloads[0].rollouts[0].available_min, 6);
    // Each of the four new pods crashes 8 s after each start: at 5:08, and after waits of 0, 10, 20, 40, 80, 160 and 300 s
    // seven times more before the fix comes at 20:00.
    assert_eq!(narrow.workloads[0].restarts.crash, 4 * 7);
    for (name, least) in [("wide-bounds", 4), ("recreate", 0)] {
        let outcome = run(variant(&loaded, name));
        let counts = &outcome.workloads[0].requests;
        assert!(3 * counts.succeeded < 2 * counts.arrived, "{name}: {counts:?}");
        assert_eq!(outcome.workloads[0].rollouts[0].available_min, least, "{name}");
        assert_eq!(outcome.workloads[0].rollouts[1].state, "complete", "{name}");
    }
}

/// The claim: probes that wait behind the requests make an outage of a minute's overload, and those that do not, do not.
#[test]
fn liveness_kills_what_is_only_slow() {
    let loaded = loaded("liveness-kills.yaml").expect("needs no trace");
    let killed = run(loaded.scenario.clone());
    assert!(!met(&killed));
    let counts = &killed.workloads[0].requests;
    assert!(2 * counts.succeeded < counts.arrived, "{counts:?}");
    assert!(killed.workloads[0].restarts.probe > 20);
    assert_eq!(
        killed.workloads[0].restarts.total(),
        killed.workloads[0].restarts.probe
    );
    for name in ["own-port", "patient"] {
        let outcome = run(variant(&loaded, name));
        assert!(met(&outcome), "{name}: {:?}", outcome.objectives);
        assert_eq!(outcome.workloads[0].restarts.total(), 0, "{name}");
    }
}
