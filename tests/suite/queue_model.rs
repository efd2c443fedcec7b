//! A queueing model as a scenario: one workload, no machines to speak of, everything else by hand.

use std::sync::Arc;
use tonnage::engine::{Span, Time};
use tonnage::model::observed::MetricsSpec;
use tonnage::model::pod_template::{Container, ContainerKind, PodTemplate, Usage};
use tonnage::model::request_queue::Discipline;
use tonnage::model::resources::Resources;
use tonnage::policy::node_scaling::StaticNodes;
use tonnage::policy::placement::FirstFit;
use tonnage::policy::pod_scaling::{OnDemand, PodScaler, StaticReplicas};
use tonnage::policy::routing::Routing;
use tonnage::sim::scenario::{Named, Scenario, Workload};
use tonnage::sim::{Outcome, Simulation};
use tonnage::stats::Distribution;
use tonnage::workload::load::{Factors, Load, LoadSpec};
use tonnage::workload::serving::{ClassSpec, Clients, Queueing, ServingSpec};

/// A workload under construction. Times are seconds, rates per second.
#[derive(Clone, Debug)]
pub(crate) struct QueueModel {
    pub(crate) replicas: u32,
    pub(crate) slots: Option<u32>,
    pub(crate) discipline: Discipline,
    pub(crate) shared: bool,
    pub(crate) queue_limit: Option<u32>,
    pub(crate) arrivals: LoadSpec,
    pub(crate) classes: Vec<ClassSpec>,
    pub(crate) clients: Clients,
    pub(crate) routing: Routing,
    pub(crate) scaler: Option<OnDemand>,
    pub(crate) startup: Distribution,
    pub(crate) duration: f64,
    pub(crate) warmup: f64,
}

impl QueueModel {
    /// One replica with one slot, Poisson arrivals at `rate`, one class of `demand`.
    pub(crate) fn new(rate: f64, demand: Distribution) -> Self {
        Self {
            replicas: 1,
            slots: Some(1),
            discipline: Discipline::Fifo,
            shared: false,
            queue_limit: None,
            arrivals: LoadSpec::Poisson { rate },
            classes: vec![ClassSpec {
                name: "all".into(),
                share: 1.0,
                demand,
                lane: 0,
            }],
            clients: Clients::default(),
            routing: Routing::RoundRobin(Default::default()),
            scaler: None,
            startup: Distribution::ZERO,
            duration: 0.0,
            warmup: 0.0,
        }
    }

    /// Long enough for `requests` arrivals at `rate` after a tenth as many of warm-up.
    pub(crate) fn lasting(mut self, requests: f64, rate: f64) -> Self {
        self.warmup = requests / rate / 10.0;
        self.duration = requests / rate + self.warmup;
        self
    }

    /// The scenario.
    pub(crate) fn scenario(&self) -> Arc<Scenario> {
        let container = Container {
            name: "server".into(),
            kind: ContainerKind::Main,
            image: None,
            requests: Resources::default(),
            limits: Resources::default(),
            usage: Usage::default(),
            startup: self.startup.clone(),
        };
        let scaler: Box<dyn PodScaler> = match self.scaler {
            Some(on_demand) => Box::new(on_demand),
            None => Box::new(StaticReplicas::default()),
        };
        let workload = Workload {
            name: "queue".into(),
            replicas: self.replicas,
            template: PodTemplate::new(vec![container]),
            serving: ServingSpec {
                slots: self.slots,
                discipline: self.discipline,
                queueing: Queueing {
                    shared: self.shared,
                    limit: self.queue_limit,
                },
                classes: self.classes.clone(),
                clients: self.clients.clone(),
            },
            loads: vec![(
                "queue".into(),
                Load {
                    spec: self.arrivals.clone(),
                    factors: Factors::default(),
                },
            )],
            routing: Named {
                name: "routing".into(),
                policy: self.routing.clone(),
            },
            pod_scaling: Named {
                name: "scaling".into(),
                policy: scaler,
            },
        };
        let duration = Span::from_secs_f64(self.duration);
        Arc::new(Scenario {
            name: "queue model".into(),
            story: String::new(),
            duration,
            warmup: Span::from_secs_f64(self.warmup),
            start: jiff::civil::date(2026, 1, 5).at(0, 0, 0, 0),
            seed: 1,
            sample_every: duration,
            metrics: MetricsSpec {
                interval: duration,
                window: duration,
                delay: Span::ZERO,
            },
            pools: Vec::new(),
            images: Default::default(),
            workloads: vec![workload],
            placement: Named {
                name: "first_fit".into(),
                policy: Box::new(FirstFit::default()),
            },
            node_scaling: Named {
                name: "static".into(),
                policy: Box::new(StaticNodes::default()),
            },
            objectives: Vec::new(),
            assumptions: Vec::new(),
        })
    }

    /// Runs it to its end.
    pub(crate) fn run(&self, seed: u64) -> Outcome {
        let mut simulation = Simulation::new(self.scenario(), seed, 0);
        let end = simulation.end();
        simulation.step_until(end, &mut tonnage::sim::NoSink);
        let broken = simulation.broken_laws();
        assert!(broken.is_empty(), "laws broken: {broken:?}");
        assert_eq!(simulation.now(), end, "the run stopped early");
        let _ = Time::ZERO;
        simulation.finish(None)
    }
}
