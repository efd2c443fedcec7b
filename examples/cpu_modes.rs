//! Prints how far the fluid mode of a CPU limit is from the exact one: the same requests at one replica under a quota per
//! 100 ms, whose rows differ by limit, threads, CPU time of a request and load.
//!
//! ```sh
//! cargo run --release --example cpu_modes -- 200000
//! ```
//!
//! The number is how many requests of each row; the times are from arrival to answer.

use tonnage::engine::{Span, StreamKey, Time};
use tonnage::model::cpu::{CpuMode, Quota};
use tonnage::model::request_queue::{CpuRule, Discipline, LimitedContainer};
use tonnage::policy::routing::{RoundRobin, Routing};
use tonnage::stats::{Distribution, Histogram};
use tonnage::workload::load::LoadSpec;
use tonnage::workload::serving::{CallsSpec, ClassSpec, Clients, Queueing, Serving, ServingSpec};

/// CPU limits, thousandths.
const LIMITS: [u64; 3] = [500, 1000, 4000];
/// Threads of a request.
const THREADS: [u64; 3] = [1, 4, 8];
/// Mean CPU time of a request, over all its threads, milliseconds.
const WORKS_MS: [u64; 4] = [10, 100, 1000, 10_000];
/// The share of the limit that is used in the mean.
const LOADS: [f64; 2] = [0.3, 0.8];
/// Requests that a replica has in service at a time, at most.
const SLOTS: u32 = 64;

fn main() {
    let requests: f64 = std::env::args()
        .nth(1)
        .and_then(|word| word.parse().ok())
        .unwrap_or(200_000.0);
    println!(
        "limit_cpus,threads,cpu_ms,load,exact_p50_ms,fluid_p50_ms,error_p50,exact_p99_ms,fluid_p99_ms,error_p99"
    );
    // By how many periods' quotas a request takes: below one, up to ten, and more.
    let mut worst = [(0.0_f64, 0.0_f64); 3];
    for limit in LIMITS {
        for threads in THREADS {
            for cpu_ms in WORKS_MS {
                for load in LOADS {
                    let (p50, p99) = row(limit, threads, cpu_ms, load, requests);
                    let quotas = cpu_ms as f64 / (limit as f64 / 10.0);
                    let place = [1.0, 10.0].iter().filter(|&&bound| quotas >= bound).count();
                    let (most50, most99) = &mut worst[place];
                    (*most50, *most99) = (most50.max(p50.abs()), most99.max(p99.abs()));
                }
            }
        }
    }
    for (name, (p50, p99)) in ["less than one quota", "one to ten quotas", "ten quotas or more"]
        .iter()
        .zip(worst)
    {
        println!(
            "# requests of {name}: the fluid mode is off by up to {:.0} % in p50 and {:.0} % in p99",
            p50 * 100.0,
            p99 * 100.0
        );
    }
}

/// Prints one row; returns the relative errors of the fluid mode in p50 and p99.
fn row(limit: u64, threads: u64, cpu_ms: u64, load: f64, requests: f64) -> (f64, f64) {
    let [exact, fluid] =
        [CpuMode::Exact, CpuMode::Fluid].map(|mode| latency(mode, limit, threads, cpu_ms, load, requests));
    let ms = |times: &Histogram, p| times.quantile(p) as f64 / 1e6;
    let error = |p| ms(&fluid, p) / ms(&exact, p) - 1.0;
    println!(
        "{},{threads},{cpu_ms},{load},{:.1},{:.1},{:+.3},{:.1},{:.1},{:+.3}",
        limit as f64 / 1e3,
        ms(&exact, 0.5),
        ms(&fluid, 0.5),
        error(0.5),
        ms(&exact, 0.99),
        ms(&fluid, 0.99),
        error(0.99),
    );
    (error(0.5), error(0.99))
}

/// How long requests took at a replica under a limit.
fn latency(mode: CpuMode, limit: u64, threads: u64, cpu_ms: u64, load: f64, requests: f64) -> Histogram {
    let seconds = cpu_ms as f64 / 1e3 / threads as f64;
    let spec = ServingSpec {
        slots: Some(SLOTS),
        discipline: Discipline::Fifo,
        queueing: Queueing {
            shared: false,
            limit: None,
            redelivery: None,
        },
        classes: vec![ClassSpec {
            name: "all".into(),
            share: 1.0,
            demand: Distribution::lognormal_mean_cv(seconds, 1.0).expect("a mean above zero"),
            lane: 0,
        }],
        clients: Clients::default(),
        ends: None,
        calls: CallsSpec::default(),
    };
    // As fast as the limit and one request's threads let it.
    let rate = load * limit as f64 / cpu_ms as f64;
    let key = StreamKey::new(1, 0);
    let source = LoadSpec::Poisson { rate }.open(key, "load");
    let routing = Routing::RoundRobin(RoundRobin::default());
    let mut serving = Serving::new("app", &spec, routing, vec![("load".into(), source)], key);
    let replica = serving.add_replica(Time::ZERO);
    let rule = CpuRule {
        mode,
        idle_milli: 0,
        per_slot_milli: threads * 1000,
        limited: vec![LimitedContainer {
            place: 0,
            quota: Quota::of_limit(limit),
            idle_milli: 0,
            per_slot_milli: threads * 1000,
        }],
        into_period: Span::ZERO,
    };
    serving.limit_cpu(Time::ZERO, replica, rule);
    let end = Time::from_secs_f64(requests / rate);
    while serving.next_time() < end {
        serving.advance(end, false);
    }
    serving.tallies()[0].latency.clone()
}
