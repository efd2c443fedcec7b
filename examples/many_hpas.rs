//! Prints a scenario of many services, each with a HorizontalPodAutoscaler of its own: the speed test of controllers.
//!
//! ```sh
//! cargo run --release --example many_hpas -- 1000 7d > many.yaml
//! cargo run --release -- run many.yaml --no-files
//! ```

use std::fmt::Write;

fn main() {
    let mut words = std::env::args().skip(1);
    let count: usize = words.next().and_then(|word| word.parse().ok()).unwrap_or(1000);
    let duration = words.next().unwrap_or_else(|| "1d".to_owned());
    print!("{}", scenario(count, &duration));
}

fn scenario(count: usize, duration: &str) -> String {
    let mut text = format!(
        "# {count} services, each with its HPA.\nname: many-hpas\nduration: {duration}\nworkloads:\n"
    );
    for index in 0..count {
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "  - {{name: s{index}, serving: {{replicas: 2, demand: {{exponential: {{mean: 8s}}}}, containers: [{{name: app, slots: 2, \
             startup: 20s, resources: {{requests: {{cpu: 500m, memory: 1Gi}}}}, usage: {{cpu_idle: 20m, cpu_per_slot: 400m}}}}]}}}}"
        );
    }
    text.push_str("load:\n");
    for index in 0..count {
        let _ = writeln!(
            text,
            "  - {{to: s{index}, arrivals: {{diurnal: {{mean: 0.2/s}}}}}}"
        );
    }
    text.push_str("policies:\n  pod_scaling:\n");
    for index in 0..count {
        let _ = writeln!(
            text,
            "    s{index}: {{hpa: {{minReplicas: 1, maxReplicas: 20, metrics: [{{type: Resource, resource: {{name: cpu, \
             target: {{type: Utilization, averageUtilization: 60}}}}}}]}}}}"
        );
    }
    text
}
