//! Queues behave as theory says.

use crate::queue_model::QueueModel;
use tonnage::stats::Distribution;

#[test]
fn an_m_m_c_queue_waits_as_erlang_c_says() {
    let mut model = QueueModel::new(8.0, Distribution::exponential(1.0).unwrap()).lasting(1e6, 8.0);
    model.slots = Some(10);
    let outcome = model.run(1);
    let workload = &outcome.workloads[0];
    println!("{workload:#?} {} {}", outcome.events, outcome.digest);
    assert!((workload.wait.mean - 0.2045900754).abs() < 0.02 * 0.2045900754);
}
