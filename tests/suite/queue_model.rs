//! A queueing model as a scenario: one workload, no machines to speak of, everything else by hand.
//!
//! Knows: how a model of queueing theory is said in a scenario's terms. Must not know: what any model's answer is.

use std::sync::Arc;
use tonnage::engine::{Span, Stream, StreamKey, Time};
use tonnage::model::observed::MetricsSpec;
use tonnage::model::owner::Owner;
use tonnage::model::pod_template::{AsksForNone, Container, ContainerKind, PodTemplate, Usage};
use tonnage::model::request_queue::Discipline;
use tonnage::model::resources::Resources;
use tonnage::policy::node_scaling::StaticNodes;
use tonnage::policy::placement::FirstFit;
use tonnage::policy::pod_scaling::{OnDemand, PodScaler, StaticReplicas};
use tonnage::policy::routing::Routing;
use tonnage::sim::scenario::{Named, Scenario, Workload};
use tonnage::sim::{NoSink, Outcome, Simulation};
use tonnage::stats::{Distribution, Sampler};
use tonnage::workload::load::{Arrival, ArrivalFactory, ArrivalSource, Factors, Gaps, Load, LoadSpec};
use tonnage::workload::serving::{CallsSpec, ClassSpec, Clients, Queueing, ServingSpec};

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
            classes: vec![class("all", 1.0, demand, 0)],
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
            cpu_weight: None,
            name: "server".into(),
            kind: ContainerKind::Main,
            image: None,
            requests: Resources::default(),
            asks_for_none: AsksForNone::default(),
            limits: Resources::default(),
            usage: Usage::default(),
            startup: self.startup.clone(),
        };
        let mut template = PodTemplate::new(vec![container]);
        // Servers that are turned off when they are idle: no controller of Kubernetes looks at that.
        template.owner = Owner::Nobody;
        let scaler: Box<dyn PodScaler> = match self.scaler {
            Some(on_demand) => Box::new(on_demand),
            None => Box::new(StaticReplicas::default()),
        };
        let workload = Workload {
            name: "queue".into(),
            background: false,
            replicas: self.replicas,
            template: Arc::new(template),
            controller: Default::default(),
            rules: Default::default(),
            budget: None,
            batch: None,
            serving: ServingSpec {
                ends: None,
                calls: CallsSpec::default(),
                slots: self.slots,
                discipline: self.discipline,
                queueing: Queueing {
                    shared: self.shared,
                    limit: self.queue_limit,
                    redelivery: None,
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
            pod_scaling_phase: None,
            outages: Vec::new(),
            pod_sizing: None,
            pod_sizing_phase: None,
            pod_updating_phase: None,
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
                ..MetricsSpec::default()
            },
            platform: Default::default(),
            quotas: Vec::new(),
            faults: Vec::new(),
            pools: Vec::new(),
            images: Default::default(),
            image_gc: Default::default(),
            cpu: Default::default(),
            storage: Default::default(),
            namespaces: Vec::new(),
            workloads: vec![workload],
            placement: Named {
                name: "first_fit".into(),
                policy: Box::new(FirstFit::default()),
            },
            node_scaling_phase: None,
            node_scaling: Named {
                name: "static".into(),
                policy: Box::new(StaticNodes::default()),
            },
            objectives: Vec::new(),
            assumptions: Vec::new(),
        })
    }

    /// A run at its beginning. Replications are independent of each other.
    pub(crate) fn simulation(&self, replication: u64) -> Simulation {
        Simulation::new(self.scenario(), 1, replication)
    }

    /// Runs it to its end; `look` sees it every `every` seconds after the warm-up.
    pub(crate) fn run_and_look(
        &self,
        replication: u64,
        every: f64,
        mut look: impl FnMut(&Simulation),
    ) -> Simulation {
        let mut simulation = self.simulation(replication);
        let end = simulation.end();
        let mut next = Time::from_secs_f64(self.warmup);
        while next <= end {
            simulation.step_until(next, &mut NoSink);
            look(&simulation);
            next += Span::from_secs_f64(every);
        }
        simulation.step_until(end, &mut NoSink);
        let broken = simulation.broken_laws();
        assert!(broken.is_empty(), "laws broken: {broken:?}");
        assert_eq!(simulation.now(), end, "the run stopped early");
        simulation
    }

    /// Runs it to its end.
    pub(crate) fn run(&self, replication: u64) -> Outcome {
        self.run_and_look(replication, f64::INFINITY, |_| ()).finish(None)
    }
}

/// A class of requests.
pub(crate) fn class(name: &str, share: f64, demand: Distribution, lane: u8) -> ClassSpec {
    ClassSpec {
        name: name.to_owned(),
        share,
        demand,
        lane,
    }
}

/// Renewal arrivals with gaps of this law.
pub(crate) fn renewal(gaps: &Distribution) -> LoadSpec {
    LoadSpec::Renewal(Box::new(LawGaps(gaps.compile())))
}

#[derive(Clone, Debug)]
struct LawGaps(Sampler);

impl Gaps for LawGaps {
    fn next_gap(&mut self, stream: &mut Stream) -> f64 {
        self.0.sample(stream)
    }

    fn clone_box(&self) -> Box<dyn Gaps> {
        Box::new(self.clone())
    }
}

/// Requests by hand: when, which class, how many seconds of service.
pub(crate) fn pinned(requests: &[(f64, u8, f64)]) -> LoadSpec {
    let arrival = |&(at, class, demand): &(f64, u8, f64)| Arrival {
        at: Time::from_secs_f64(at),
        class: Some(class),
        demand: Some(Span::from_secs_f64(demand)),
    };
    LoadSpec::Custom(Arc::new(Pinned(requests.iter().map(arrival).collect())))
}

/// Arrivals still to come, in order.
#[derive(Clone, Debug)]
struct Pinned(std::collections::VecDeque<Arrival>);

impl ArrivalFactory for Pinned {
    fn open(&self, _: StreamKey, _: &str) -> Box<dyn ArrivalSource> {
        Box::new(self.clone())
    }
}

impl ArrivalSource for Pinned {
    fn next_arrival(&mut self) -> Option<Arrival> {
        self.0.pop_front()
    }

    fn clone_box(&self) -> Box<dyn ArrivalSource> {
        Box::new(self.clone())
    }
}
