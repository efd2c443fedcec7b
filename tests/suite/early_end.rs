//! Runs that do not go to their end say so, and why.

use crate::{small_platform, written};
use std::fmt::Write as _;
use std::sync::Arc;
use tonnage::engine::{StopReason, Time};
use tonnage::sim::{NoSink, Simulation};

/// A file of requests that changes after it was validated: nobody may take what was read of it for the whole.
#[test]
fn a_trace_that_breaks_during_the_run_fails_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let rows = |broken: Option<u32>| {
        (0..200_000).fold("timestamp\n".to_owned(), |mut text, row| {
            let sound = broken.is_none_or(|broken| row < broken);
            let _ = if sound {
                writeln!(text, "{}", f64::from(row) / 100.0)
            } else {
                writeln!(text, "x")
            };
            text
        })
    };
    let file = folder.path().join("r.csv");
    std::fs::write(&file, rows(None)).unwrap();
    let scenario = written::scenario_in(
        folder.path(),
        "name: broken\nduration: 1h\n\
         workloads: [{name: w, serving: {replicas: 2, demand: 1ms, containers: [{name: c, slots: 4}]}}]\n\
         load: [{to: w, arrivals: {requests: {file: r.csv}}}]\n",
    );
    std::fs::write(&file, rows(Some(150_000))).unwrap();
    let mut simulation = Simulation::new(Arc::new(scenario), 1, 0);
    assert_eq!(
        simulation.run_to_end(None, u64::MAX, || false),
        StopReason::Failed
    );
    assert!(simulation.next_decision(&mut NoSink).is_none());
    assert_eq!(simulation.broken_laws(), Vec::<String>::new());
    let outcome = simulation.finish(None);
    assert_eq!(outcome.stopped, "failed");
    let why = outcome.failure.expect("what broke");
    assert!(
        why.starts_with("the load of w broke off: ") && why.contains("r.csv changed"),
        "{why}"
    );
    assert!(outcome.duration_s < 1600.0, "it went on without its load");
}

#[test]
fn a_run_that_was_stepped_halfway_was_stopped_there() {
    let halfway = |time: f64| {
        let mut simulation = Simulation::new(small_platform::shared(), 1, 0);
        simulation.step_until(Time::from_secs_f64(time), &mut NoSink);
        simulation.finish(None).stopped
    };
    assert_eq!(halfway(777.0), "stopped");
    assert_eq!(halfway(0.0), "stopped");
    assert_eq!(halfway(1800.0), "horizon");
    let untouched = Simulation::new(small_platform::shared(), 1, 0);
    assert_eq!(untouched.finish(None).stopped, "stopped");
}
