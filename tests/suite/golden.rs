//! The files of one small run, whole: a wrong row, column or name shows as a difference to read.
//!
//! The load is even and demands are constant, so that no number hangs on a mathematical library.

use crate::written;
use std::sync::Arc;
use tonnage::report::RunWriter;
use tonnage::sim::Simulation;

const SCENARIO: &str = "\
name: golden
duration: 8m
sample_every: 1m
cluster:
  pools:
    - name: general
      shape: {name: box, cpu: 4, memory: 16Gi, price: {usd_per_hour: 0.2}}
      nodes: {min: 1, initial: 1, max: 3}
      zones: [a, b]
      boot: 20s
  images: {sizes: {shop: 200M}}
workloads:
  - name: shop
    serving:
      replicas: 2
      demand: 400ms
      timeout: 2s
      termination_grace: 1s
      containers:
        - {name: proxy, kind: sidecar, startup: 3s, resources: {requests: {cpu: 100m, memory: 64Mi}}}
        - {name: app, image: shop, slots: 4, startup: 5s, resources: {requests: {cpu: 1500m, memory: 1Gi}},
           usage: {cpu_idle: 10m, cpu_per_slot: 250m}}
load:
  - {to: shop, arrivals: {constant: {rate: 12/s}}}
policies:
  placement: {best_fit: {}}
  routing: {shop: {least_request: {}}}
  pod_scaling:
    shop: {scheduled: {steps: [{cron: '2 0 * * *', replicas: 4}, {cron: '5 0 * * *', replicas: 1}]}}
  node_scaling: {just_enough: {empty_after: 1m}}
objectives:
  - latency: {workload: shop, p99: 500ms}
";

#[test]
fn the_files_of_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = RunWriter::create(folder.path()).unwrap();
    let mut simulation = Simulation::new(Arc::new(written::scenario(SCENARIO)), 1, 0);
    simulation.run_to_end(Some(&mut writer), u64::MAX, || false);
    assert_eq!(simulation.broken_laws(), Vec::<String>::new());
    simulation.finish(Some(&mut writer));
    writer.finish().unwrap();
    for name in ["timeseries", "cluster", "decisions", "pods", "nodes"] {
        let file = folder.path().join(name).with_extension("csv");
        insta::assert_snapshot!(format!("golden_{name}"), std::fs::read_to_string(file).unwrap());
    }
}
