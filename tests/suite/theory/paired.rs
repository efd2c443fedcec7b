//! Laws about pairs of runs with the same random numbers: more servers, longer times, other names.

use crate::queue_model::QueueModel;
use tonnage::policy::routing::JoinShortestQueue;
use tonnage::sim::Outcome;
use tonnage::stats::Distribution;

/// With one queue in order of arrival and the same requests, a further server starts every request at the same time
/// or sooner: every quantile of the wait, not just the mean.
#[test]
fn a_further_server_at_one_queue_makes_no_wait_longer() {
    for law in [
        Distribution::exponential(1.0),
        Distribution::lognormal_mean_cv(1.0, 3.0),
    ] {
        let law = law.unwrap();
        let waits = |servers: u32, as_replicas: bool| {
            let mut model = QueueModel::new(7.0, law.clone()).lasting(2e5, 7.0);
            (model.replicas, model.slots) = if as_replicas {
                (servers, Some(1))
            } else {
                (1, Some(servers))
            };
            model.shared = as_replicas;
            model.run(3).workloads[0].wait
        };
        for as_replicas in [false, true] {
            let mut before = waits(7, as_replicas);
            for servers in 8..12 {
                let after = waits(servers, as_replicas);
                let quantiles = |wait: &tonnage::sim::outcome::Quantiles| {
                    [wait.mean, wait.p50, wait.p95, wait.p99, wait.p999, wait.max]
                };
                for (more, less) in quantiles(&after).into_iter().zip(quantiles(&before)) {
                    assert!(more <= less, "{servers} servers wait longer: {more} > {less}");
                }
                before = after;
            }
        }
    }
}

/// Ten times slower arrivals and ten times longer services: the same run seen through a slower clock.
#[test]
fn scaling_all_times_scales_all_results() {
    let run = |scale: f64| {
        let mut model = QueueModel::new(4.0 / scale, Distribution::exponential(scale).unwrap());
        (model.replicas, model.routing) = (5, JoinShortestQueue::default().into());
        model.lasting(1e5, 4.0 / scale).run(0).workloads.remove(0)
    };
    let (one, ten) = (run(1.0), run(10.0));
    assert_eq!(one.requests, ten.requests);
    for (short, long) in [
        (one.wait.mean, ten.wait.mean),
        (one.latency.mean, ten.latency.mean),
        (one.latency.std_dev, ten.latency.std_dev),
        (one.latency.max, ten.latency.max),
    ] {
        assert!((long / short / 10.0 - 1.0).abs() < 1e-6, "{short} became {long}");
    }
    assert!((one.queued_mean / ten.queued_mean - 1.0).abs() < 1e-6);
}

/// Which of several equal servers takes a request is nobody's business: one replica with all the slots, or as many
/// replicas behind one queue, serve each request at the same time.
#[test]
fn equal_servers_can_change_places() {
    let run = |replicas: u32, slots: u32| -> Outcome {
        let mut model = QueueModel::new(10.0, Distribution::exponential(1.0).unwrap()).lasting(1e5, 10.0);
        (model.replicas, model.slots, model.shared) = (replicas, Some(slots), true);
        model.run(0)
    };
    let one = &run(1, 12).workloads[0];
    for (replicas, slots) in [(12, 1), (3, 4), (4, 3)] {
        let other = &run(replicas, slots).workloads[0];
        assert_eq!(
            (one.wait, one.latency, one.requests),
            (other.wait, other.latency, other.requests)
        );
        assert!((one.queued_mean - other.queued_mean).abs() < 1e-12);
    }
}
