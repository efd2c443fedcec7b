//! Passes over small clusters known by hand: who is too full, who goes first, and when it ends.

use super::{Eviction, Idle, Kept, Level, Pass, Protection, Strategy, Thresholds, pass};
use crate::engine::{Span, Time};
use crate::model::cluster::{ApiObjects, BoundPod, ClusterView, NodeFacts, NodeView};
use crate::model::gpu::Taken;
use crate::model::labels::{Labels, Taint, TaintEffect};
use crate::model::owner::Owner;
use crate::model::placement_rules::{DisruptionBudget, LabelSelector};
use crate::model::pod_template::PodTemplate;
use crate::model::resources::Resources;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Nodes of 10 CPUs, 10 GiB and places for 10 pods.
#[derive(Default)]
struct Cluster {
    nodes: Vec<NodeView>,
    objects: ApiObjects,
}

impl ClusterView for Cluster {
    fn len(&self) -> usize {
        self.nodes.len()
    }

    fn node(&self, place: usize) -> Option<&NodeView> {
        self.nodes.get(place)
    }

    fn objects(&self) -> &ApiObjects {
        &self.objects
    }
}

const GIB: u64 = 1 << 30;

/// A pod of a ReplicaSet that asks for so many CPUs, and as many GiB.
fn pod(cpus: u64) -> PodTemplate {
    PodTemplate::new(Vec::new()).with_overhead(&Resources::new(cpus * 1000, cpus * GIB))
}

impl Cluster {
    fn with_node(mut self, pods: Vec<PodTemplate>) -> Self {
        let whole = Resources::new(10_000, 10 * GIB).with_pods(10);
        let mut node = NodeView::new(NodeFacts::default(), whole);
        for class in pods {
            node.bind(BoundPod {
                class: Arc::new(class),
                id: None,
                started: Time::ZERO,
                terminating: None,
                devices: Taken::NONE,
            });
        }
        self.nodes.push(node);
        self
    }

    fn low(&self) -> Pass {
        let (thresholds, targets) = (Thresholds::basic(20.0), Thresholds::basic(50.0));
        pass(self, Strategy::LowNodeUtilization, &thresholds, &targets)
    }

    fn high(&self) -> Pass {
        let thresholds = Thresholds::basic(20.0);
        pass(self, Strategy::HighNodeUtilization, &thresholds, &thresholds)
    }
}

fn evicted(pass: &Pass) -> Vec<(usize, u64)> {
    pass.evictions.iter().map(|one| (one.place, one.ticket)).collect()
}

fn levels(pass: &Pass) -> Vec<Level> {
    pass.nodes.iter().map(|node| node.level).collect()
}

/// 8 of 10 CPUs are more than the half: three pods of one leave until 5 are left, which is not above the target.
#[test]
fn pods_leave_an_overfull_node_until_it_is_at_its_target() {
    let cluster = Cluster::default()
        .with_node(vec![pod(1); 8])
        .with_node(vec![pod(1)])
        .with_node(vec![pod(2), pod(2)]);
    let pass = cluster.low();
    assert_eq!(
        levels(&pass),
        [Level::Overutilized, Level::Underutilized, Level::Appropriate]
    );
    assert_eq!(evicted(&pass), [(0, 0), (0, 1), (0, 2)]);
    assert_eq!(pass.idle, None);
}

/// The only node with room takes 4 up to its target of 5: the fullest node loses pods first, and the next gets none of the
/// room.
#[test]
fn it_ends_when_the_others_have_no_room_up_to_their_targets() {
    let cluster = Cluster::default()
        .with_node(vec![pod(3), pod(3)])
        .with_node(vec![pod(2), pod(2), pod(2), pod(3)])
        .with_node(vec![pod(1)]);
    let pass = cluster.low();
    assert_eq!(
        evicted(&pass),
        [(1, 0), (1, 1)],
        "9 of 10 goes before 6 of 10, and 4 have left then"
    );
}

#[test]
fn low_priority_goes_first_and_what_is_protected_stays() {
    let with = |change: &dyn Fn(&mut PodTemplate)| {
        let mut template = pod(1);
        change(&mut template);
        template
    };
    let important = with(&|pod| pod.rules.priority = 10);
    let system = with(&|pod| pod.rules.priority = 2_000_001_000);
    let bare = with(&|pod| pod.owner = Owner::Nobody);
    let daemon = with(&|pod| pod.owner = Owner::DaemonSet);
    let local = with(&|pod| pod.volumes.on_node.push("cache".to_owned()));
    let asked_for = with(&|pod| {
        pod.owner = Owner::Nobody;
        let key = "descheduler.alpha.kubernetes.io/evict".to_owned();
        pod.annotations.insert(key, String::new());
    });
    let cluster = Cluster::default()
        .with_node(vec![important, system, bare, daemon, local, asked_for, pod(2)])
        .with_node(vec![]);
    let pass = cluster.low();
    assert_eq!(
        evicted(&pass),
        [(0, 5), (0, 6)],
        "the annotation overrules; the important one may stay: 5 are left"
    );
    let kept: Vec<_> = pass.kept.iter().map(|(one, why)| (one.ticket, *why)).collect();
    let protected = Kept::Protected;
    assert_eq!(
        kept,
        [
            (1, protected(Protection::SystemCritical)),
            (2, protected(Protection::Bare)),
            (4, protected(Protection::LocalStorage)),
        ]
    );
}

/// A pass is over before a replacement is ready: a budget that lets one go lets one go.
#[test]
fn a_budget_lets_no_more_go_in_a_pass_than_it_allows_now() {
    let labels = Labels::from([("app".to_owned(), "web".to_owned())]);
    let mut web = pod(2);
    web.labels = labels.clone();
    let mut cluster = Cluster::default()
        .with_node(vec![web.clone(), web.clone(), web, pod(2)])
        .with_node(vec![]);
    let budget = |name: &str| DisruptionBudget {
        name: name.to_owned(),
        namespace: pod(1).namespace,
        selector: LabelSelector::of_labels(labels.clone()),
        disruptions_allowed: 1,
    };
    cluster.objects.budgets = vec![budget("one")];
    let pass = cluster.low();
    assert_eq!(evicted(&pass), [(0, 0), (0, 3)]);
    let refused = |ticket, why| (Eviction { place: 0, ticket }, why);
    assert_eq!(pass.kept, [refused(1, Kept::Budget), refused(2, Kept::Budget)]);
    cluster.objects.budgets.push(budget("two"));
    let pass = cluster.low();
    assert_eq!(evicted(&pass), [(0, 3)]);
    assert_eq!(pass.kept[0], refused(0, Kept::SeveralBudgets));
}

#[test]
fn hardly_used_nodes_are_emptied_the_emptiest_first() {
    let mut cluster = Cluster::default()
        .with_node(vec![pod(2)])
        .with_node(vec![pod(6)])
        .with_node(vec![pod(1)])
        .with_node(vec![]);
    let pass = cluster.high();
    assert_eq!(evicted(&pass), [(2, 0), (0, 0)]);
    assert_eq!(levels(&pass)[1], Level::Appropriate);
    // A closed node takes no pods, and one without a toleration goes to no tainted one.
    cluster.nodes[1].cordoned = true;
    assert_eq!(cluster.high().idle, Some(Idle::NoneToTakePods));
    cluster.nodes[1].cordoned = false;
    let taint = Taint {
        key: "gpu".to_owned(),
        value: String::new(),
        effect: TaintEffect::NoSchedule,
    };
    cluster.nodes[1].marked(&Labels::new(), &[taint]);
    let pass = cluster.high();
    assert_eq!(evicted(&pass), []);
    assert!(pass.kept.iter().all(|(_, why)| *why == Kept::Taints) && pass.kept.len() == 2);
}

#[test]
fn there_is_nothing_to_do_where_all_nodes_are_alike() {
    let idle = |nodes: &[u64], low: bool| {
        let with = |cluster: Cluster, &cpus: &u64| cluster.with_node(vec![pod(1); cpus as usize]);
        let cluster = nodes.iter().fold(Cluster::default(), with);
        let pass = if low { cluster.low() } else { cluster.high() };
        assert!(pass.evictions.is_empty() || pass.idle.is_none());
        pass.idle
    };
    assert_eq!(idle(&[1, 2], true), Some(Idle::AllUnderutilized));
    assert_eq!(idle(&[3, 9], true), Some(Idle::NoneUnderutilized));
    assert_eq!(idle(&[1, 4], true), Some(Idle::NoneOverutilized));
    assert_eq!(idle(&[1, 6], true), None);
    assert_eq!(idle(&[4, 6], false), Some(Idle::NoneUnderutilized));
    assert_eq!(idle(&[1, 6], false), None);
}

/// Only resources with a threshold decide who is too full or too empty; a pod on its way out is left alone.
#[test]
fn thresholds_are_of_the_resources_that_they_name() {
    let mut cluster = Cluster::default()
        .with_node(vec![pod(1); 8])
        .with_node(vec![pod(3)]);
    let of_pods = |percent| Thresholds::new(BTreeMap::from([("pods".to_owned(), percent)]));
    let low = |cluster: &Cluster| {
        let (thresholds, targets) = (of_pods(20.0), of_pods(70.0));
        pass(cluster, Strategy::LowNodeUtilization, &thresholds, &targets)
    };
    assert_eq!(evicted(&low(&cluster)), [(0, 0)], "one pod in ten is under 20 %");
    let leaving = Time::ZERO + Span::from_secs(30);
    cluster.nodes[0].pods.terminate(leaving, 0);
    assert_eq!(evicted(&low(&cluster)), [(0, 1)]);
}
