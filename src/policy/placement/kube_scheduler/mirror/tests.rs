//! The mirror against the full computation, on random clusters where everything that can change does.

use crate::engine::{Stream, StreamKey, Time};
use crate::model::cluster::{
    ApiObjects, Cluster, ClusterView, Node, NodeFacts, NodeId, NodePhase, NodeView, Pod, PodId, PodPhase,
    Service,
};
use crate::model::gpu::Taken;
use crate::model::image::{Image, Layer, LayerDigest, NodeImageCache, Puller, PullerSettings};
use crate::model::labels::{Labels, Taint, TaintEffect, Toleration};
use crate::model::placement_rules::{
    AffinityTerm, HOSTNAME_LABEL, HostPort, LabelSelector, NodeInclusion, NodeSelectorTerm, Operator,
    PreferredNodes, PreferredTerm, Protocol, Requirement, SpreadConstraint, WhenUnsatisfiable, ZONE_LABEL,
};
use crate::model::pod_template::{AsksForNone, Container, ContainerKind, PodTemplate, Usage};
use crate::model::resources::Resources;
use crate::policy::placement::{Incoming, KubeScheduler, Placement, Placer};
use crate::stats::{Distribution, Gauge};
use proptest::prelude::*;
use rand::RngExt;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A cluster that tells nothing of its history, so that everything is computed anew.
struct Plain<'a>(&'a Cluster);

impl ClusterView for Plain<'_> {
    fn len(&self) -> usize {
        self.0.len()
    }
    fn node(&self, place: usize) -> Option<&NodeView> {
        self.0
            .node_at(place)
            .and_then(|id| self.0.node(id))
            .map(|node| &node.view)
    }
    fn objects(&self) -> &ApiObjects {
        self.0.objects()
    }
}

struct World {
    chance: Stream,
    cluster: Cluster,
    classes: Vec<Arc<PodTemplate>>,
    pods: Vec<PodId>,
    ordinal: u64,
}

fn label(key: &str, value: &str) -> Labels {
    Labels::from([(key.to_owned(), value.to_owned())])
}

fn image(number: u32) -> Image {
    let bytes = u64::from(number + 1) * (60 << 20);
    let layer = Layer {
        digest: LayerDigest(number.into()),
        bytes,
        unpacked: bytes,
    };
    Image {
        name: format!("image-{number}"),
        layers: vec![layer],
    }
}

impl World {
    fn new(seed: u64) -> Self {
        let mut world = Self {
            chance: StreamKey::new(seed, 0).stream("test"),
            cluster: Cluster::default(),
            classes: Vec::new(),
            pods: Vec::new(),
            ordinal: 0,
        };
        world.cluster.objects_mut().services.push(Service {
            namespace: "default".into(),
            selector: label("app", "1"),
        });
        for name in ["default", "other"] {
            let namespaces = &mut world.cluster.objects_mut().namespaces;
            namespaces.insert(name.into(), label("name", name));
        }
        let nodes = world.below(30) + 1 + if world.one_in(4) { 120 } else { 0 };
        (0..nodes).for_each(|_| world.add_node());
        let classes = world.below(8) + 1;
        world.classes = (0..classes).map(|_| world.class()).collect();
        world
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.chance.random_range(0..limit)
    }

    fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }

    fn add_node(&mut self) {
        self.ordinal += 1;
        let name = format!("n{}", self.ordinal);
        let mut labels = label(HOSTNAME_LABEL, &name);
        if !self.one_in(6) {
            labels.insert(
                ZONE_LABEL.into(),
                ["a", "b", "c", ""][self.below(4) as usize].into(),
            );
        }
        if self.one_in(2) {
            labels.insert("disk".into(), ["ssd", "hdd"][self.below(2) as usize].into());
        }
        let effects = [TaintEffect::NoSchedule, TaintEffect::PreferNoSchedule];
        let taints = if self.one_in(4) {
            vec![Taint {
                key: "team".into(),
                value: String::new(),
                effect: effects[self.below(2) as usize],
            }]
        } else {
            Vec::new()
        };
        let mut whole = Resources::new(2000 + 1000 * self.below(7), (4 + self.below(12)) << 30).with_pods(12);
        if self.one_in(3) {
            whole = whole.with_extended("gpu", 2);
        }
        let mut view = NodeView::new(
            NodeFacts {
                name,
                labels,
                taints,
                ..NodeFacts::default()
            },
            whole,
        );
        let booting = self.one_in(8);
        (view.open, view.booting) = (!booting, booting);
        let id = self.cluster.add_node(Node {
            ordinal: self.ordinal,
            view,
            phase: if booting {
                NodePhase::Booting
            } else {
                NodePhase::Ready
            },
            launched: Time::ZERO,
            ready: None,
            empty_since: None,
            claim: None,
            pods_changed: Time::ZERO,
            pods: BTreeSet::new(),
            pods_ever: 0,
            puller: Puller::new(PullerSettings::default(), NodeImageCache::default()),
            images: Default::default(),
            pull_planned: Time::NEVER,
            cpu_reserved: Gauge::default(),
        });
        for number in 0..3 {
            if self.one_in(3) {
                self.cluster
                    .image_arrived(id, &format!("image-{number}:latest"), &image(number));
            }
        }
    }

    fn selector(&mut self) -> Option<LabelSelector> {
        match self.below(8) {
            0 => None,
            1 => Some(LabelSelector::default()),
            _ => Some(LabelSelector::of_labels(label("app", &self.below(4).to_string()))),
        }
    }

    fn term(&mut self) -> AffinityTerm {
        AffinityTerm {
            selector: self.selector(),
            namespaces: if self.one_in(4) {
                vec!["other".into()]
            } else {
                Vec::new()
            },
            namespace_selector: self
                .one_in(4)
                .then(|| LabelSelector::of_labels(label("name", "default"))),
            topology_key: [HOSTNAME_LABEL, ZONE_LABEL, "disk"][self.below(3) as usize].into(),
        }
    }

    fn preferred(&mut self) -> PreferredTerm {
        PreferredTerm {
            weight: 1 + self.below(100) as i32,
            term: self.term(),
        }
    }

    fn class(&mut self) -> Arc<PodTemplate> {
        let mut requests = Resources::new(100 * self.below(12), self.below(20) << 28);
        if self.one_in(6) {
            requests = requests.with_extended("gpu", 1);
        }
        let image = self.one_in(2).then(|| image(self.below(3) as u32));
        let mut class = PodTemplate::new(vec![Container {
            cpu_weight: None,
            name: "c".into(),
            kind: ContainerKind::Main,
            image,
            requests,
            asks_for_none: AsksForNone::default(),
            limits: Resources::default(),
            usage: Usage::default(),
            startup: Distribution::ZERO,
        }]);
        class.labels = label("app", &self.below(4).to_string());
        if self.one_in(4) {
            class.namespace = "other".into();
        }
        if self.one_in(3) {
            class.tolerations = vec![Toleration {
                key: Some("team".into()),
                value: None,
                effect: None,
                lasts: None,
            }];
        }
        let mut rules = class.rules.clone();
        rules.priority = self.below(3) as i32;
        if self.one_in(6) {
            class.node_selector = label("disk", "ssd");
        }
        let ssd = Requirement {
            key: "disk".into(),
            operator: Operator::In,
            values: vec!["ssd".into()],
        };
        if self.one_in(5) {
            rules.node_affinity.preferred = vec![PreferredNodes {
                weight: 7,
                preference: NodeSelectorTerm {
                    match_expressions: vec![ssd],
                    match_fields: Vec::new(),
                },
            }];
        }
        if self.one_in(6) {
            rules.host_ports = vec![HostPort {
                ip: String::new(),
                protocol: Protocol::Tcp,
                port: 80,
            }];
        }
        if self.one_in(2) {
            rules.owner = Some(LabelSelector::of_labels(class.labels.clone()));
        }
        for _ in 0..self.below(3) {
            let key = [HOSTNAME_LABEL, ZONE_LABEL, "disk"][self.below(3) as usize];
            let when = [
                WhenUnsatisfiable::DoNotSchedule,
                WhenUnsatisfiable::ScheduleAnyway,
            ];
            let when = when[self.below(2) as usize];
            let selector = self.selector();
            let mut spread = SpreadConstraint::new(1 + self.below(3) as i32, key, when, selector);
            spread.min_domains = 1 + self.below(4) as i32;
            if self.one_in(3) {
                spread.node_affinity_policy = NodeInclusion::Ignore;
            }
            if self.one_in(3) {
                spread.node_taints_policy = NodeInclusion::Honor;
            }
            rules.spread.push(spread);
        }
        if self.one_in(2) {
            if self.one_in(3) {
                rules.pod_affinity.required.push(self.term());
            }
            if self.one_in(3) {
                rules.pod_anti_affinity.required.push(self.term());
            }
            if self.one_in(2) {
                rules.pod_affinity.preferred.push(self.preferred());
            }
            if self.one_in(2) {
                rules.pod_anti_affinity.preferred.push(self.preferred());
            }
        }
        class.rules = rules;
        Arc::new(class)
    }

    fn some_node(&mut self) -> Option<NodeId> {
        let nodes = self.cluster.len() as u64;
        (nodes > 0)
            .then(|| self.below(nodes))
            .and_then(|place| self.cluster.node_at(place as usize))
    }

    fn some_pod(&mut self) -> Option<PodId> {
        let pods = self.pods.len() as u64;
        (pods > 0)
            .then(|| self.below(pods))
            .map(|place| self.pods[place as usize])
    }

    /// Something happens beside placement.
    fn change(&mut self) {
        let (now, pod, node) = (Time::ZERO, self.some_pod(), self.some_node());
        match (self.below(20), pod, node) {
            (0..8, Some(pod), _) => {
                self.pods.retain(|&known| known != pod);
                self.cluster.remove_pod(now, pod);
            }
            (8..11, Some(pod), _) => self.cluster.terminate(Time::ZERO, pod),
            (11, ..) => self.add_node(),
            (12, _, Some(node)) => {
                let phase = self.cluster.node(node).map(|node| node.phase);
                match phase {
                    Some(NodePhase::Booting) => self.cluster.open(now, node),
                    Some(NodePhase::Ready) if self.one_in(3) => self.cluster.close(node),
                    Some(NodePhase::Ready) if self.one_in(3) => self.cluster.lose_contact(node),
                    Some(NodePhase::Ready) => {
                        let closed = self.one_in(2);
                        self.cluster.cordon(node, closed);
                    }
                    Some(NodePhase::Draining | NodePhase::Unreachable) => {
                        self.cluster.reopen(now, node);
                    }
                    None => {}
                }
            }
            (13, _, Some(node)) => {
                let empty = self.cluster.node(node).is_some_and(|node| node.pods.is_empty());
                if empty && self.cluster.len() > 1 {
                    self.cluster.remove_node(node);
                }
            }
            (14..16, _, Some(node)) => {
                let number = self.below(3) as u32;
                self.cluster
                    .image_arrived(node, &format!("image-{number}:latest"), &image(number));
            }
            (16..18, Some(pod), Some(node)) => {
                let pending = self
                    .cluster
                    .pod(pod)
                    .is_some_and(|pod| pod.phase == PodPhase::Pending && pod.node.is_none());
                let booting = self.cluster.node(node).is_some_and(|node| node.view.booting);
                if pending && !booting {
                    self.cluster.nominate(pod, Some(node));
                }
            }
            (18, Some(pod), _) => {
                let class = self.cluster.pod(pod).map(|pod| pod.class.clone());
                if let Some(class) = class {
                    let again = Arc::new(PodTemplate::clone(&class));
                    self.cluster.resize(now, pod, &again);
                }
            }
            (19, ..) if self.one_in(4) => {
                let class = self.class();
                self.classes.push(class);
            }
            _ => {}
        }
    }

    /// A pod comes and is placed both ways, which must agree.
    fn place(
        &mut self,
        mirrored: &mut KubeScheduler,
        plain: &mut KubeScheduler,
        draws: &mut (Stream, Stream),
    ) -> Result<bool, TestCaseError> {
        let number = self.below(self.classes.len() as u64);
        let class = self.classes[number as usize].clone();
        self.ordinal += 1;
        let id = self
            .cluster
            .add_pod(Pod::new(0, self.ordinal, class.clone(), Time::ZERO));
        self.pods.push(id);
        let pod = Incoming {
            id: Some(id),
            ..Incoming::any_of(&class, Time::ZERO)
        };
        let quick = mirrored.place(&self.cluster, &pod, &mut draws.0);
        let full = plain.place(&Plain(&self.cluster), &pod, &mut draws.1);
        prop_assert_eq!(&quick, &full, "{:?}", class);
        prop_assert_eq!(mirrored.next_start, plain.next_start);
        let Placement::Bind { place, .. } = quick else {
            // Who would leave for it is asked of what the refusal said.
            let quick = mirrored.preempt(&self.cluster, &pod, &mut draws.0);
            let full = plain.preempt(&Plain(&self.cluster), &pod, &mut draws.1);
            prop_assert_eq!(quick, full, "{:?}", class);
            // Nothing has changed, for it or its like.
            let again = Incoming::any_of(&class, Time::ZERO);
            for pod in [pod, again] {
                let quick = mirrored.place(&self.cluster, &pod, &mut draws.0);
                let full = plain.place(&Plain(&self.cluster), &pod, &mut draws.1);
                prop_assert_eq!(quick, full, "{:?}", class);
            }
            return Ok(false);
        };
        let node = self.cluster.node_at(place).expect("a node of the view");
        self.cluster.bind(Time::ZERO, id, node, Taken::NONE);
        Ok(true)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// Were it wrong, a large cluster's pods would go elsewhere than kube-scheduler puts them, as only the small
    /// clusters of the recorded vectors are computed in full.
    #[test]
    fn the_mirror_decides_what_the_full_computation_does(seed in any::<u64>()) {
        let mut world = World::new(seed);
        let percentage = [0, 100, 10][(seed % 3) as usize];
        let scheduler = KubeScheduler { percentage_of_nodes_to_score: percentage, ..KubeScheduler::default() };
        let (mut mirrored, mut plain) = (scheduler.clone(), scheduler);
        let stream = || StreamKey::new(seed, 0).stream("placement");
        let mut draws = (stream(), stream());
        for _ in 0..120 {
            for _ in 0..world.below(3) {
                world.change();
            }
            world.place(&mut mirrored, &mut plain, &mut draws)?;
            if world.one_in(40) {
                // A run that forks goes on with copies of both.
                world.cluster = world.cluster.clone();
                mirrored = mirrored.clone();
            }
        }
    }
}
