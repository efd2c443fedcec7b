//! Prints how far the fluid mode of a CPU limit is from the exact one: requests that arrive by chance at one container,
//! one at a time, over several threads each, under a quota per 100 ms.
//!
//! ```sh
//! cargo run --release --example cpu_modes -- 100000
//! ```
//!
//! The number is how many requests of each row; the times are from arrival to answer.

use rand::RngExt;
use tonnage::engine::{Span, StreamKey, Time};
use tonnage::model::cpu::{InPeriod, Quota, fluid};
use tonnage::stats::Histogram;

/// CPU limits, thousandths.
const LIMITS: [u64; 3] = [500, 1000, 4000];
/// Threads of a request.
const THREADS: [u32; 3] = [1, 4, 8];
/// Mean CPU time of a request, milliseconds.
const WORKS_MS: [u64; 4] = [5, 20, 100, 1000];
/// The share of the limit that is used in the mean.
const LOADS: [f64; 2] = [0.3, 0.8];

fn main() {
    let requests: u64 = std::env::args()
        .nth(1)
        .and_then(|word| word.parse().ok())
        .unwrap_or(100_000);
    println!(
        "limit_cpus,threads,work_ms,load,exact_p50_ms,fluid_p50_ms,error_p50,exact_p99_ms,fluid_p99_ms,error_p99,throttled"
    );
    let mut worst = (0.0_f64, 0.0_f64);
    for limit in LIMITS {
        for threads in THREADS {
            for work in WORKS_MS {
                for load in LOADS {
                    let (p50, p99) = row(limit, threads, work, load, requests);
                    worst = (worst.0.max(p50.abs()), worst.1.max(p99.abs()));
                }
            }
        }
    }
    println!(
        "# the fluid mode is off by up to {:.0} % in p50 and {:.0} % in p99",
        worst.0 * 100.0,
        worst.1 * 100.0
    );
}

/// Prints one row; returns the relative errors of the fluid mode in p50 and p99.
fn row(limit: u64, threads: u32, work_ms: u64, load: f64, requests: u64) -> (f64, f64) {
    let quota = Quota::of_limit(limit);
    // As fast as quota and threads let it go on.
    let cpus = (limit as f64 / 1e3).min(f64::from(threads));
    let gap = work_ms as f64 / 1e3 / cpus / load;
    let mut stream = StreamKey::new(1, 0).stream("cpu_modes");
    let mut draw = |mean: f64| Span::from_secs_f64(-mean * (1.0 - stream.random::<f64>()).ln());
    let (mut exact, mut steady) = (Histogram::fine(), Histogram::fine());
    let (mut free, mut at, mut steady_free) = (Time::ZERO, InPeriod::default(), Time::ZERO);
    let (mut now, mut throttled, mut busy) = (Time::ZERO, 0, 0);
    for _ in 0..requests {
        now += draw(gap);
        let work = draw(work_ms as f64 / 1e3);
        let start = now.max(free);
        at = quota.after_idle(at, start.since(free));
        let burst = quota.run(at, work, threads);
        (free, at) = (start + burst.wall, burst.end);
        throttled += burst.throttled.nanos();
        busy += burst.wall.nanos();
        exact.record_one(free.since(now).nanos());
        steady_free = now.max(steady_free) + fluid::wall(quota, work, threads);
        steady.record_one(steady_free.since(now).nanos());
    }
    let ms = |times: &Histogram, p| times.quantile(p) as f64 / 1e6;
    let error = |p| ms(&steady, p) / ms(&exact, p) - 1.0;
    println!(
        "{},{threads},{work_ms},{load},{:.1},{:.1},{:+.3},{:.1},{:.1},{:+.3},{:.3}",
        limit as f64 / 1e3,
        ms(&exact, 0.5),
        ms(&steady, 0.5),
        error(0.5),
        ms(&exact, 0.99),
        ms(&steady, 0.99),
        error(0.99),
        throttled as f64 / busy as f64,
    );
    (error(0.5), error(0.99))
}
