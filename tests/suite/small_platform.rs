//! A small platform with a bit of everything: nodes that boot, images that are pulled, three workloads under three
//! scalers, and clients that time out, retry, leave and think.
//!
//! Knows: how to say all that in code. Must not know: what any test looks at.

use std::sync::Arc;
use tonnage::engine::Span;
use tonnage::model::image::{Image, Layer, LayerDigest};
use tonnage::model::observed::MetricsSpec;
use tonnage::model::pod_template::{AsksForNone, Container, ContainerKind, PodTemplate, Usage};
use tonnage::model::pool::{PoolSpec, Shape};
use tonnage::model::price::{Billing, Money};
use tonnage::model::request_queue::Discipline;
use tonnage::model::resources::Resources;
use tonnage::model::units::{Duration, Share};
use tonnage::policy::node_scaling::JustEnough;
use tonnage::policy::placement::BestFit;
use tonnage::policy::pod_scaling::{OnDemand, PodScaler, StaticReplicas, TargetTracking};
use tonnage::policy::routing::{JoinShortestQueue, LeastRequest, Random, Routing};
use tonnage::sim::scenario::{Named, Scenario, Workload};
use tonnage::stats::Distribution;
use tonnage::workload::load::{Load, LoadSpec, RateCurve, Sine};
use tonnage::workload::serving::{
    CallsSpec, ClassSpec, Clients, ClosedUsers, Queueing, Retry, RetryOn, ServingSpec,
};

const GIB: u64 = 1 << 30;

/// Half an hour in which everything happens: `shop` swings and is tracked, `model` is on demand with a grace too short
/// for its requests, `desk` has users who wait for their answers.
pub(crate) fn scenario() -> Scenario {
    Scenario {
        name: "small platform".into(),
        story: String::new(),
        duration: Span::from_secs(1800),
        warmup: Span::ZERO,
        start: jiff::civil::date(2026, 1, 5).at(0, 0, 0, 0),
        seed: 1,
        sample_every: Span::from_secs(10),
        metrics: MetricsSpec {
            interval: Span::from_secs(15),
            window: Span::from_secs(30),
            delay: Span::from_secs(2),
            ..MetricsSpec::default()
        },
        platform: Default::default(),
        pools: vec![pool()],
        quotas: Vec::new(),
        faults: Vec::new(),
        images: Default::default(),
        image_gc: Default::default(),
        cpu: Default::default(),
        storage: Default::default(),
        namespaces: Vec::new(),
        workloads: vec![shop(), model(), desk()],
        placement: named(Box::new(BestFit::default())),
        node_scaling_phase: None,
        node_scaling: named(Box::new(JustEnough {
            empty_after: Duration::from_secs(60),
        })),
        objectives: Vec::new(),
        assumptions: Vec::new(),
    }
}

fn pool() -> PoolSpec {
    PoolSpec {
        name: "general".into(),
        shape: Shape {
            name: "four".into(),
            capacity: Resources::new(4000, 16 * GIB).with_pods(20),
            swap_bytes: 0,
            swap_slowdown_milli: 0,
            billing: Billing {
                price_per_hour: Money::from_usd(0.2),
                minimum: Span::from_secs(60),
            },
            gpus: None,
        },
        nodes_min: 1,
        nodes_initial: 2,
        nodes_max: 7,
        zones: vec!["a".into(), "b".into()],
        named: Vec::new(),
        boot: Distribution::uniform(20.0, 40.0).unwrap(),
        reserved: Resources::new(200, GIB),
        labels: Default::default(),
        annotations: Default::default(),
        taints: Vec::new(),
        attach_limits: Default::default(),
        images: Default::default(),
        offer: Default::default(),
    }
}

fn shop() -> Workload {
    let mut tracking = TargetTracking::default();
    tracking.utilization = Some(Share::from_percent(60));
    tracking.every = Duration::from_secs(15);
    tracking.warmup = Duration::from_secs(30);
    tracking.scale_in_after = Duration::from_secs(60);
    let retry = Retry {
        attempts_max: 3,
        backoff_base: Span::from_secs_f64(0.1),
        backoff_factor: 2.0,
        backoff_max: Span::from_secs(5),
        jitter: 0.5,
        budget: Some(0.2),
        budget_min_per_second: 1.0,
        on: RetryOn {
            refused: true,
            timed_out: true,
            lost: true,
            call_failed: true,
        },
    };
    let serving = ServingSpec {
        ends: None,
        calls: CallsSpec::default(),
        slots: Some(4),
        discipline: Discipline::PreemptivePriority,
        queueing: Queueing {
            shared: false,
            limit: Some(15),
            redelivery: None,
        },
        classes: vec![
            demand_class("paying", 1.0, 0.15, 0),
            demand_class("browsing", 3.0, 0.2, 1),
        ],
        clients: Clients {
            timeout: Some(Span::from_secs_f64(1.0)),
            retry: Some(retry),
            ..Clients::default()
        },
    };
    let load = LoadSpec::Shaped(RateCurve::Sine(Sine {
        base: 70.0,
        amplitude: 60.0,
        period: Span::from_secs(600),
        phase: Span::ZERO,
    }));
    workload(
        "shop",
        2,
        serving,
        Some(load),
        LeastRequest::default().into(),
        Box::new(tracking),
        1.0,
    )
}

fn model() -> Workload {
    let serving = ServingSpec {
        ends: None,
        calls: CallsSpec::default(),
        slots: Some(2),
        discipline: Discipline::Fifo,
        queueing: Queueing {
            shared: true,
            limit: None,
            redelivery: None,
        },
        classes: vec![demand_class("infer", 1.0, 4.0, 0)],
        clients: Clients {
            patience: Some(Distribution::exponential(30.0).unwrap()),
            timeout: Some(Span::from_secs(25)),
            cancel_on_timeout: true,
            retry: Some(Retry {
                attempts_max: 2,
                backoff_base: Span::from_secs(1),
                backoff_factor: 1.0,
                backoff_max: Span::from_secs(1),
                jitter: 0.0,
                budget: None,
                budget_min_per_second: 0.0,
                on: RetryOn {
                    refused: false,
                    timed_out: false,
                    lost: true,
                    call_failed: true,
                },
            }),
            ..Clients::default()
        },
    };
    let scaler = OnDemand { min: 0, max: 6 };
    let load = LoadSpec::Poisson { rate: 1.0 };
    workload(
        "model",
        0,
        serving,
        Some(load),
        Random::default().into(),
        Box::new(scaler),
        0.5,
    )
}

fn desk() -> Workload {
    let serving = ServingSpec {
        ends: None,
        calls: CallsSpec::default(),
        slots: Some(2),
        discipline: Discipline::ProcessorSharing,
        queueing: Queueing {
            shared: false,
            limit: None,
            redelivery: None,
        },
        classes: vec![demand_class("ask", 1.0, 0.5, 0)],
        clients: Clients {
            timeout: Some(Span::from_secs(4)),
            closed: vec![ClosedUsers {
                name: "people".into(),
                users: 25,
                shift: Span::ZERO,
                think: Distribution::exponential(3.0).unwrap(),
            }],
            ..Clients::default()
        },
    };
    let scaler = StaticReplicas::default();
    workload(
        "desk",
        2,
        serving,
        None,
        JoinShortestQueue::default().into(),
        Box::new(scaler),
        30.0,
    )
}

/// A workload whose pods reserve a CPU, pull an image of their own and take seconds to start.
fn workload(
    name: &str,
    replicas: u32,
    serving: ServingSpec,
    load: Option<LoadSpec>,
    routing: Routing,
    scaler: Box<dyn PodScaler>,
    grace_s: f64,
) -> Workload {
    let layer = |digest, bytes| Layer {
        digest: LayerDigest(digest),
        bytes,
        unpacked: bytes,
    };
    let own = name.bytes().map(u64::from).sum();
    let container = Container {
        cpu_weight: None,
        name: "main".into(),
        kind: ContainerKind::Main,
        image: Some(Image {
            name: name.to_owned(),
            layers: vec![layer(1, 80_000_000), layer(own, 300_000_000)],
        }),
        requests: Resources::new(900, GIB),
        asks_for_none: AsksForNone::default(),
        limits: Resources::default(),
        usage: Usage::default(),
        startup: Distribution::uniform(1.0, 4.0).unwrap(),
    };
    let mut template = PodTemplate::new(vec![container]);
    template.termination_grace = Span::from_secs_f64(grace_s);
    Workload {
        name: name.to_owned(),
        background: false,
        replicas,
        template: Arc::new(template),
        controller: Default::default(),
        rules: Default::default(),
        budget: None,
        batch: None,
        serving,
        loads: load
            .map(|spec| (name.to_owned(), Load::from(spec)))
            .into_iter()
            .collect(),
        routing: named(routing),
        pod_scaling: named(scaler),
        pod_scaling_phase: None,
        outages: Vec::new(),
        pod_sizing: None,
        pod_sizing_phase: None,
        pod_updating_phase: None,
    }
}

fn demand_class(name: &str, share: f64, mean: f64, lane: u8) -> ClassSpec {
    ClassSpec {
        name: name.to_owned(),
        share,
        demand: Distribution::exponential(mean).unwrap(),
        lane,
    }
}

fn named<P>(policy: P) -> Named<P> {
    Named {
        name: "policy".into(),
        policy,
    }
}

/// The scenario, ready for a simulation.
pub(crate) fn shared() -> Arc<Scenario> {
    Arc::new(scenario())
}
