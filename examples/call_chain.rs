//! Prints a scenario of a chain of services, each of which calls the next: the speed test of calls between workloads.
//!
//! ```sh
//! cargo run --release --example call_chain -- 5 1000 1d > chain.yaml
//! time cargo run --release -- run chain.yaml --no-files
//! ```
//!
//! A request is a hop at each service: it arrives, waits, is served, calls the next and is answered by it. What a hop takes
//! is the time of the run over requests × services.

use std::fmt::Write;

fn main() {
    let mut words = std::env::args().skip(1);
    let mut number = |or: u32| words.next().and_then(|word| word.parse().ok()).unwrap_or(or);
    let (services, rate) = (number(5).max(1), number(1000));
    let duration = words.next().unwrap_or_else(|| "1d".to_owned());
    print!("{}", scenario(services, rate, &duration));
}

fn scenario(services: u32, rate: u32, duration: &str) -> String {
    // Half of the threads that the longest of waits would take: four replicas at about a third of their slots.
    let slots = (rate / 20).max(1);
    let mut text = format!(
        "# A chain of {services} services at {rate} requests a second.\nname: call-chain\nduration: {duration}\nworkloads:\n"
    );
    for index in 1..=services {
        let next = index + 1;
        let calls = match index < services {
            true => format!(", calls: [{{to: s{next}}}]"),
            false => String::new(),
        };
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "  - {{name: s{index}, serving: {{replicas: 4, containers: [{{name: app, slots: {slots}}}], \
             demand: {{exponential: {{mean: 10ms}}}}{calls}}}}}"
        );
    }
    let _ = write!(
        text,
        "load:\n  - {{to: s1, arrivals: {{poisson: {{rate: {rate}/s}}}}}}\n"
    );
    text
}
