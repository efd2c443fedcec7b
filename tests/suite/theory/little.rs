//! Little's law from counters that do not know of each other: levels over time on one side, times of requests and
//! counts on the other.

use crate::queue_model::{QueueModel, class};
use tonnage::model::request_queue::Discipline;
use tonnage::stats::Distribution;

#[test]
fn levels_are_rates_times_stays_under_every_discipline() {
    for discipline in [
        Discipline::Fifo,
        Discipline::Priority,
        Discipline::PreemptivePriority,
        Discipline::ProcessorSharing,
    ] {
        for shared in [false, true] {
            let law = Distribution::gamma_mean_cv(1.0, 1.4).unwrap();
            let mut model = QueueModel::new(6.0, law.clone()).lasting(4e5, 6.0);
            model.classes = vec![class("first", 1.0, law.clone(), 0), class("second", 2.0, law, 1)];
            (model.replicas, model.slots, model.shared) = (4, Some(2), shared);
            model.discipline = discipline;
            let run = &model.run(0).workloads[0];
            let seconds = model.duration - model.warmup;
            let rate = run.latency.count as f64 / seconds;
            // The two sides differ by the requests that are there at the ends of the measured time.
            let near = |level: f64, stay: f64| (level - rate * stay).abs() < 2e-3 * level + 1e-9;
            let what = format!("{discipline:?} shared {shared}");
            assert!(near(run.queued_mean, run.wait.mean), "{what}: {run:?}");
            let in_system = run.queued_mean + run.in_service_mean;
            assert!(near(in_system, run.latency.mean), "{what}: {run:?}");
            assert!((rate - 6.0).abs() < 0.1, "{what}: {rate} a second");
        }
    }
}
