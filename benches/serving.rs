//! The data plane against the hand-written limit: nanoseconds per model event (an arrival or a departure).
//!
//! `reference_b` is a hand-coded M/M/16 loop that models nothing else: no control plane, no metrics, no digest. What
//! Tonnage pays beyond it is the price of everything it measures.

#![allow(missing_docs, reason = "criterion's macros make undocumented functions")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use rand_distr::{Distribution as _, Exp1};
use std::collections::VecDeque;
use std::hint::black_box;
use tonnage::engine::{Span, StreamKey, Time};
use tonnage::model::request_queue::Discipline;
use tonnage::policy::routing::{LeastRequest, PowerOfTwo, RoundRobin, Routing};
use tonnage::stats::Distribution;
use tonnage::workload::load::LoadSpec;
use tonnage::workload::serving::{ClassSpec, Clients, Queueing, Serving, ServingSpec};

const REQUESTS: u64 = 1_000_000;
const SLOTS: usize = 16;

fn ex(r: &mut SmallRng) -> f64 {
    Exp1.sample(r)
}

/// M/M/16 at load 0.8, event by event: scalar next arrival and a 16-slot array of departures.
fn reference_b(n: u64) -> (f64, u64) {
    let mut r = SmallRng::seed_from_u64(1);
    let il = 1.0 / (0.8 * SLOTS as f64);
    let mut dep = [f64::INFINITY; SLOTS];
    let mut q: VecDeque<f64> = VecDeque::new();
    let mut na = ex(&mut r) * il;
    let (mut arrived, mut done, mut w, mut ev) = (0u64, 0u64, 0.0, 0u64);
    let (mut nd, mut ni, mut busy) = (f64::INFINITY, 0usize, 0usize);
    loop {
        if na < nd {
            ev += 1;
            arrived += 1;
            let t = na;
            na = if arrived < n {
                t + ex(&mut r) * il
            } else {
                f64::INFINITY
            };
            if busy < SLOTS {
                let d = t + ex(&mut r);
                dep[busy] = d;
                if d < nd {
                    nd = d;
                    ni = busy;
                }
                busy += 1;
            } else {
                q.push_back(t);
            }
        } else {
            if nd == f64::INFINITY {
                break;
            }
            ev += 1;
            done += 1;
            let t = nd;
            if let Some(a) = q.pop_front() {
                w += t - a;
                dep[ni] = t + ex(&mut r);
            } else {
                busy -= 1;
                dep[ni] = dep[busy];
                dep[busy] = f64::INFINITY;
            }
            nd = f64::INFINITY;
            for (i, &d) in dep.iter().enumerate() {
                if d < nd {
                    nd = d;
                    ni = i;
                }
            }
        }
    }
    (w / done as f64, ev)
}

fn serving(replicas: usize, routing: Routing) -> Serving {
    let spec = ServingSpec {
        slots: Some(SLOTS as u32),
        discipline: Discipline::Fifo,
        queueing: Queueing {
            shared: false,
            limit: None,
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
        rate: 0.8 * (SLOTS * replicas) as f64,
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
    group.bench_function("reference_b", |b| b.iter(|| reference_b(black_box(REQUESTS))));
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
        group.bench_function(name, |b| b.iter(|| drive(black_box(&mut warm), 2 * REQUESTS)));
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
