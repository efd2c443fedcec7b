//! Nanoseconds per model event (an arrival or a departure) of the data plane and of a whole run, against the
//! hand-written limit.
//!
//! `reference_b` is a hand-coded M/M/16 loop that models nothing else: no control plane, no metrics, no digest. What
//! Tonnage pays beyond it is the price of everything it measures. `mm16` is `scenarios/mm16.yaml` as `tonnage run` runs
//! it, all metrics on, with a tenth of its requests; a last line says what an event of it costs against one of the loop,
//! measured in turns so that a busy machine slows both.

#![allow(missing_docs, reason = "criterion's macros make undocumented functions")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use rand_distr::{Distribution as _, Exp1};
use std::collections::VecDeque;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use tonnage::engine::{Span, StreamKey, Time};
use tonnage::input::Limits;
use tonnage::input::scenario_file::{LoadOptions, load_file};
use tonnage::model::request_queue::Discipline;
use tonnage::policy::catalog::Catalog;
use tonnage::policy::routing::{LeastRequest, PowerOfTwo, RoundRobin, Routing};
use tonnage::sim::scenario::Scenario;
use tonnage::sim::{NoSink, Simulation};
use tonnage::stats::Distribution;
use tonnage::workload::load::LoadSpec;
use tonnage::workload::serving::{CallsSpec, ClassSpec, Clients, Queueing, Serving, ServingSpec};

const REQUESTS: u64 = 1_000_000;
const C: usize = 16;
/// Turns of the loop and of the scenario behind the last line.
const TURNS: usize = 7;

#[inline(always)]
#[rustfmt::skip]
fn ex(r: &mut SmallRng) -> f64 { Exp1.sample(r) }

/// M/M/16 at load 0.8, event by event: scalar next arrival and a 16-slot array of departures. To the letter the loop
/// that speed is stated against; not to be improved here.
#[rustfmt::skip]
#[allow(clippy::needless_range_loop, reason = "to the letter")]
fn b(n: u64) -> (f64, u64) {
    let mut r = SmallRng::seed_from_u64(1);
    let il = 1.0 / (0.8 * C as f64);
    let mut dep = [f64::INFINITY; C];
    let mut q: VecDeque<f64> = VecDeque::new();
    let mut na = ex(&mut r) * il; let mut arrived = 0u64; let mut done = 0u64; let mut w = 0.0; let mut ev = 0u64;
    let mut nd = f64::INFINITY; let mut ni = 0usize; let mut busy = 0usize;
    loop {
        if na < nd {
            ev += 1; arrived += 1; let t = na;
            na = if arrived < n { t + ex(&mut r) * il } else { f64::INFINITY };
            if busy < C { let d = t + ex(&mut r); dep[busy] = d; if d < nd { nd = d; ni = busy; } busy += 1; }
            else { q.push_back(t); }
        } else {
            if nd == f64::INFINITY { break; }
            ev += 1; done += 1; let t = nd;
            if let Some(a) = q.pop_front() { w += t - a; dep[ni] = t + ex(&mut r); }
            else { busy -= 1; dep[ni] = dep[busy]; dep[busy] = f64::INFINITY; }
            nd = f64::INFINITY; for i in 0..C { if dep[i] < nd { nd = dep[i]; ni = i; } }
        }
    }
    (w / done as f64, ev)
}

/// `scenarios/mm16.yaml` with [`REQUESTS`] requests.
fn mm16() -> Arc<Scenario> {
    let catalog = Catalog::standard();
    let duration = format!("duration={}s", REQUESTS as f64 / 12.8);
    let options = LoadOptions {
        catalog: &catalog,
        overrides: &[duration],
        traces: None,
        limits: Limits::default(),
    };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/mm16.yaml");
    let loaded = load_file(&path, &options).unwrap_or_else(|refused| panic!("{}", refused.render()));
    Arc::new(loaded.scenario)
}

/// The whole run: its model events.
fn run(scenario: &Arc<Scenario>) -> u64 {
    let mut simulation = Simulation::new(scenario.clone(), scenario.seed, 0);
    let end = simulation.end();
    simulation.step_until(end, &mut NoSink);
    simulation.finish(None).events
}

/// What an event of the scenario costs against one of the loop: the median over turns.
fn against_the_loop(scenario: &Arc<Scenario>) {
    let per_event = |work: &dyn Fn() -> u64| {
        let start = Instant::now();
        let events = work();
        start.elapsed().as_secs_f64() * 1e9 / events as f64
    };
    let mut turns: Vec<(f64, f64)> = (0..TURNS)
        .map(|_| {
            let reference = per_event(&|| b(black_box(REQUESTS)).1);
            (per_event(&|| run(black_box(scenario))), reference)
        })
        .collect();
    turns.sort_by(|one, other| (one.0 / one.1).total_cmp(&(other.0 / other.1)));
    let (mm16, reference) = turns[TURNS / 2];
    println!(
        "mm16: {mm16:.1} ns an event, the loop {reference:.1}: {:.2} times as much (median of {TURNS} turns)",
        mm16 / reference
    );
}

fn serving(replicas: usize, routing: Routing) -> Serving {
    let spec = ServingSpec {
        ends: None,
        calls: CallsSpec::default(),
        slots: Some(C as u32),
        discipline: Discipline::Fifo,
        queueing: Queueing {
            shared: false,
            limit: None,
            redelivery: None,
        },
        classes: vec![ClassSpec {
            name: "all".into(),
            share: 1.0,
            demand: Distribution::exponential(1.0).expect("positive"),
            lane: 0,
        }],
        clients: Clients::default(),
    };
    let key = StreamKey::new(1, 0);
    let load = LoadSpec::Poisson {
        rate: 0.8 * (C * replicas) as f64,
    };
    let mut serving = Serving::new(
        "bench",
        &spec,
        routing,
        vec![("bench".into(), load.open(key, "bench"))],
        key,
    );
    for _ in 0..replicas {
        serving.add_replica(Time::ZERO);
    }
    serving
}

/// Runs `serving` until about `events` events are done.
fn drive(serving: &mut Serving, events: u64) -> u64 {
    let mut done = 0;
    while done < events {
        done += serving
            .advance(serving.next_time() + Span::from_secs(3600), true)
            .events;
    }
    done
}

fn bench(c: &mut Criterion) {
    let mut group = c.benchmark_group("serving");
    group
        .sample_size(10)
        .throughput(Throughput::Elements(2 * REQUESTS));
    group.bench_function("reference_b", |bencher| bencher.iter(|| b(black_box(REQUESTS))));
    let routers: [(&str, usize, Routing); 4] = [
        ("one_replica", 1, Routing::RoundRobin(RoundRobin::default())),
        (
            "thousand_round_robin",
            1000,
            Routing::RoundRobin(RoundRobin::default()),
        ),
        (
            "thousand_two_choices",
            1000,
            Routing::PowerOfTwo(PowerOfTwo::default()),
        ),
        (
            "thousand_least_request",
            1000,
            Routing::LeastRequest(LeastRequest::default()),
        ),
    ];
    for (name, replicas, routing) in routers {
        let mut warm = serving(replicas, routing);
        drive(&mut warm, 500_000);
        group.bench_function(name, |bencher| {
            bencher.iter(|| drive(black_box(&mut warm), 2 * REQUESTS));
        });
    }
    let scenario = mm16();
    group.bench_function("mm16", |bencher| bencher.iter(|| run(black_box(&scenario))));
    group.finish();
    against_the_loop(&scenario);
}

criterion_group!(benches, bench);
criterion_main!(benches);
