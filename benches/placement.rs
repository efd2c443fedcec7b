//! Microseconds per pod (its arrival, its binding and a departure) of kube-scheduler's default profile on 10,000 nodes
//! in three zones at 80 % load, with pods of 50 classes: plain ones, and with topology spread and inter-pod affinity or
//! anti-affinity in a tenth of the pods; nodes sampled as Kubernetes does, and every node scored. Beside it, policies that
//! choose by a rule, which look at the nodes until one has room, or at all of them.

#![allow(missing_docs, reason = "criterion's macros make undocumented functions")]

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tonnage::engine::{Stream, StreamKey, Time};
use tonnage::model::cluster::{Cluster, Node, NodeFacts, NodePhase, NodeView, Pod, PodId};
use tonnage::model::image::{Image, Layer, LayerDigest, NodeImageCache, Puller, PullerSettings};
use tonnage::model::labels::Labels;
use tonnage::model::placement_rules::{
    AffinityTerm, HOSTNAME_LABEL, LabelSelector, PreferredTerm, SpreadConstraint, WhenUnsatisfiable,
    ZONE_LABEL,
};
use tonnage::model::pod_template::{AsksForNone, Container, ContainerKind, PodTemplate, Usage};
use tonnage::model::resources::Resources;
use tonnage::policy::placement::{
    BestFit, DotProduct, FirstFit, Incoming, KubeScheduler, Placement, Placer, PowerOfD, Random, RoundRobin,
};
use tonnage::stats::{Distribution, Gauge};

const NODES: u64 = 10_000;
const PODS: u64 = 100_000;
/// Turns of a measurement.
const TURNS: u64 = 10;
const CLASSES: usize = 50;
/// One class in so many has terms about other pods.
const ONE_IN: usize = 10;

fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

fn image(number: usize) -> Image {
    Image {
        name: format!("app-{number}:1"),
        layers: vec![Layer {
            digest: LayerDigest(number as u64),
            bytes: 300 << 20,
            unpacked: 300 << 20,
        }],
    }
}

fn class(number: usize, terms: bool) -> Arc<PodTemplate> {
    let cpu = [100, 250, 500, 1000][number % 4];
    let memory = [128, 512, 1024, 4096][number / 4 % 4] << 20;
    let mut class = PodTemplate::new(vec![Container {
        cpu_weight: None,
        name: "app".into(),
        kind: ContainerKind::Main,
        image: Some(image(number)),
        requests: Resources::new(cpu, memory),
        asks_for_none: AsksForNone::default(),
        limits: Resources::default(),
        usage: Usage::default(),
        startup: Distribution::ZERO,
    }]);
    let app = format!("app-{number}");
    class.labels = labels(&[("app", &app), ("tier", ["front", "back"][number % 2])]);
    let own = LabelSelector::of_labels(labels(&[("app", &app)]));
    // What owns it (a ReplicaSet): Kubernetes spreads its pods by default.
    class.rules.owner = Some(own.clone());
    if terms && number.is_multiple_of(ONE_IN) {
        let term = |selector, key: &str| AffinityTerm {
            selector: Some(selector),
            topology_key: key.to_owned(),
            ..AffinityTerm::default()
        };
        let rules = &mut class.rules;
        rules.spread = vec![
            SpreadConstraint::new(1, ZONE_LABEL, WhenUnsatisfiable::DoNotSchedule, Some(own.clone())),
            SpreadConstraint::new(
                1,
                HOSTNAME_LABEL,
                WhenUnsatisfiable::ScheduleAnyway,
                Some(own.clone()),
            ),
        ];
        rules.pod_anti_affinity.required = vec![term(own, HOSTNAME_LABEL)];
        rules.pod_affinity.preferred = vec![PreferredTerm {
            weight: 50,
            term: term(
                LabelSelector::of_labels(labels(&[("tier", "back")])),
                HOSTNAME_LABEL,
            ),
        }];
    }
    Arc::new(class)
}

/// The processor's time where the system tells it, which what else runs does not add to; else the clock's.
struct CpuTime(Option<Duration>, Instant);

impl CpuTime {
    fn now() -> Self {
        Self(Self::spent(), Instant::now())
    }

    fn spent() -> Option<Duration> {
        let line = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        line.split(' ').next()?.parse().ok().map(Duration::from_nanos)
    }

    fn elapsed(&self) -> Duration {
        match (self.0, Self::spent()) {
            (Some(start), Some(end)) => end - start,
            _ => self.1.elapsed(),
        }
    }
}

struct World {
    cluster: Cluster,
    placer: Box<dyn Placer>,
    classes: Vec<Arc<PodTemplate>>,
    chance: Xoshiro256PlusPlus,
    draws: Stream,
    pods: Vec<PodId>,
    ordinal: u64,
    now: Time,
    waited: u64,
}

impl World {
    /// Filled by kube-scheduler, and from then on the pods that come are placed by `placer`.
    fn new(terms: bool, placer: Box<dyn Placer>) -> Self {
        let mut cluster = Cluster::default();
        for ordinal in 0..NODES {
            let name = format!("node-{ordinal}");
            let zone = ["a", "b", "c"][(ordinal % 3) as usize];
            let facts = NodeFacts {
                labels: labels(&[
                    (HOSTNAME_LABEL, &name),
                    (ZONE_LABEL, zone),
                    ("kubernetes.io/arch", "amd64"),
                    ("kubernetes.io/os", "linux"),
                    ("node.kubernetes.io/instance-type", "m7.4xlarge"),
                ]),
                name,
                taints: Vec::new(),
                ..NodeFacts::default()
            };
            let whole = Resources::new(16_000, 64 << 30).with_pods(110);
            let node = Node {
                ordinal,
                view: NodeView::new(facts, whole),
                phase: NodePhase::Ready,
                launched: Time::ZERO,
                ready: Some(Time::ZERO),
                empty_since: None,
                claim: None,
                pods_changed: Time::ZERO,
                pods: Default::default(),
                pods_ever: 0,
                puller: Puller::new(PullerSettings::default(), NodeImageCache::default()),
                images: Default::default(),
                pull_planned: Time::NEVER,
                cpu_reserved: Gauge::default(),
            };
            let id = cluster.add_node(node);
            for number in 0..CLASSES {
                if !(ordinal as usize + number).is_multiple_of(3) {
                    cluster.image_arrived(id, &format!("app-{number}:1"), &image(number));
                }
            }
        }
        let mut world = Self {
            cluster,
            placer: KubeScheduler::default().into(),
            classes: (0..CLASSES).map(|number| class(number, terms)).collect(),
            chance: Xoshiro256PlusPlus::seed_from_u64(1),
            draws: StreamKey::new(1, 0).stream("placement"),
            pods: Vec::new(),
            ordinal: 0,
            now: Time::ZERO,
            waited: 0,
        };
        let mut reserved = 0;
        while reserved < NODES * 16_000 * 8 / 10 {
            reserved += world.arrive();
        }
        world.placer = placer;
        world
    }

    /// A pod comes and gets a node; returns the CPU it asks for.
    fn arrive(&mut self) -> u64 {
        let class = self.classes[self.chance.random_range(0..self.classes.len())].clone();
        let cpu = class.requests().cpu_milli;
        self.ordinal += 1;
        let id = self
            .cluster
            .add_pod(Pod::new(0, self.ordinal, class.clone(), self.now));
        let pod = Incoming {
            id: Some(id),
            ..Incoming::any_of(&class, self.now)
        };
        match self.placer.place(&self.cluster, &pod, &mut self.draws) {
            Placement::Bind { place, devices, .. } => {
                let node = self.cluster.node_at(place).expect("a node of the view");
                self.cluster.bind(self.now, id, node, devices);
            }
            Placement::Wait(_) => self.waited += 1,
        }
        self.pods.push(id);
        cpu
    }

    fn depart(&mut self) {
        let gone = self.chance.random_range(0..self.pods.len());
        let id = self.pods.swap_remove(gone);
        self.cluster.remove_pod(self.now, id);
    }

    fn churn(&mut self, pods: u64) -> Duration {
        let start = CpuTime::now();
        for _ in 0..pods {
            self.arrive();
            self.depart();
        }
        start.elapsed()
    }
}

/// Whether the command line names no case, or this one (exactly): setting a case up takes longer than criterion's own
/// filter would spare.
fn is_wanted(case: &str) -> bool {
    let mut named = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with('-'))
        .peekable();
    named.peek().is_none() || named.any(|name| name == case)
}

fn bench(c: &mut Criterion) {
    let mut group = c.benchmark_group("kube_scheduler_10000_nodes");
    group.sample_size(10).throughput(Throughput::Elements(1));
    for (name, terms, percentage, pods) in [
        ("sampled", false, 0, PODS),
        ("sampled_with_terms", true, 0, PODS),
        ("every_node", false, 100, PODS / 10),
        ("every_node_with_terms", true, 100, PODS / 10),
    ] {
        if !is_wanted(name) {
            continue;
        }
        let parameters = serde_json::json!({"percentageOfNodesToScore": percentage});
        let scheduler: KubeScheduler = serde_json::from_value(parameters).expect("valid");
        let mut world = World::new(terms, scheduler.into());
        world.churn(PODS / 10);
        measure(&mut group, name, &mut world, pods);
    }
    group.finish();
    let mut group = c.benchmark_group("rules_10000_nodes");
    group.sample_size(10).throughput(Throughput::Elements(1));
    let rules: [(&str, Box<dyn Placer>); 6] = [
        ("first_fit", FirstFit::default().into()),
        ("round_robin", RoundRobin::default().into()),
        ("power_of_d", PowerOfD::default().into()),
        ("random", Random::default().into()),
        ("best_fit", BestFit::default().into()),
        ("dot_product", DotProduct::default().into()),
    ];
    for (name, placer) in rules {
        if is_wanted(name) {
            measure(&mut group, name, &mut World::new(false, placer), PODS / 50);
        }
    }
    group.finish();
}

fn measure(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, world: &mut World, pods: u64) {
    // Of ten turns the quickest: what other programs do meanwhile only slows.
    let turns = (0..TURNS).map(|_| world.churn(pods / TURNS));
    let least = turns.min().unwrap_or_default();
    eprintln!(
        "{name}: {:.2} µs per pod, {} waited",
        least.as_secs_f64() * 1e6 / (pods / TURNS) as f64,
        world.waited
    );
    group.bench_function(name, |bencher| bencher.iter_custom(|pods| world.churn(pods)));
}

criterion_group!(benches, bench);
criterion_main!(benches);
