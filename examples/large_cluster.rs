//! Prints a scenario of a large cluster over a day: services whose replicas follow a daily wave, and a node autoscaler
//! that follows them. The speed test of node autoscalers.
//!
//! ```sh
//! cargo run --release --example large_cluster -- 5000 50000 cluster_autoscaler > large.yaml
//! cargo run --release -- run large.yaml --no-files
//! ```
//!
//! A fourth word `spread` spreads the pods of each service evenly over zones.

use std::f64::consts::TAU;
use std::fmt::Write;

/// Services; each is a tenth of a percent to four percent of the pods.
const SERVICES: usize = 50;
/// The least of a day's pods as a share of the most.
const TROUGH: f64 = 0.4;
/// Between changes of a service's replicas, minutes.
const STEP: usize = 10;

fn main() {
    let mut words = std::env::args().skip(1);
    let mut number = |default| words.next().and_then(|word| word.parse().ok()).unwrap_or(default);
    let (nodes, pods) = (number(5000), number(50_000));
    let policy = words.next().unwrap_or_else(|| "cluster_autoscaler".to_owned());
    let spread = words.next().as_deref() == Some("spread");
    print!("{}", scenario(nodes, pods, &policy, spread));
}

fn scenario(nodes: usize, pods: usize, policy: &str, spread: bool) -> String {
    let mut text = format!(
        "# {pods} pods on {nodes} nodes at the peak of a day.\nname: large-cluster\nduration: 1d\nsample_every: 5m\n\
         cluster:\n  pools:\n"
    );
    // Writing to a string does not fail.
    for (name, shape, share) in [("general", "m5.2xlarge", 0.7), ("memory", "r5.2xlarge", 0.3)] {
        let most = (nodes as f64 * share) as usize;
        let _ = writeln!(
            text,
            "    - {{name: {name}, shape: {shape}, nodes: {{min: 3, initial: {}, max: {}}}, zones: [a, b, c], \
             boot: {{lognormal: {{median: 55s, p95: 110s}}}}}}",
            (most as f64 * TROUGH) as usize,
            most + most / 10
        );
    }
    let weights: Vec<f64> = (0..SERVICES).map(|service| 1.0 + (service % 7) as f64).collect();
    let whole: f64 = weights.iter().sum();
    text.push_str("workloads:\n");
    let most = |service: usize| weights[service] / whole * pods as f64;
    for service in 0..SERVICES {
        // Ten pods fill a node of eight processors and 32 or 64 GiB, in the mean.
        let (cpu, memory) = (400 + 100 * (service % 7), 1500 + 500 * (service % 5));
        let (labels, rules) = if spread {
            let rules = "topologySpreadConstraints: [{maxSkew: 1, topologyKey: topology.kubernetes.io/zone, \
                         whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: ";
            (
                format!("labels: {{app: s{service}}}, "),
                format!("{rules}s{service}}}}}}}], "),
            )
        } else {
            (String::new(), String::new())
        };
        let _ = writeln!(
            text,
            "  - {{name: s{service}, {labels}background: true, serving: {{replicas: {}, {rules}containers: [{{name: app, \
             startup: 20s, resources: {{requests: {{cpu: {cpu}m, memory: {memory}Mi}}}}}}]}}}}",
            (most(service) * TROUGH) as usize
        );
    }
    text.push_str("policies:\n  placement: kube_scheduler\n  pod_scaling:\n");
    for service in 0..SERVICES {
        let _ = write!(text, "    s{service}: {{scheduled: {{steps: [");
        for minute in (0..24 * 60).step_by(STEP) {
            // Each service has its peak at another time of the afternoon.
            let phase = (minute as f64 - (service % 10) as f64 * 12.0) / (24.0 * 60.0);
            let share = TROUGH + (1.0 - TROUGH) * (1.0 - (TAU * phase).cos()) / 2.0;
            let (at, replicas) = ((minute + service % STEP) % (24 * 60), most(service) * share);
            let _ = write!(
                text,
                "{{cron: '{} {} * * *', replicas: {}}}, ",
                at % 60,
                at / 60,
                replicas as usize
            );
        }
        text.push_str("]}}\n");
    }
    let _ = writeln!(text, "  node_scaling: {policy}");
    text
}
