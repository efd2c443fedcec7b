//! What the queue promises, rule by rule. It sees only what it is told, so no cluster is needed.

use super::SchedulingQueue;
use crate::engine::{Arena, Span, Time};
use crate::model::cluster::{ApiObjects, NodeFacts, NodeView, Pod, PodId};
use crate::model::labels::{Taint, TaintEffect};
use crate::model::placement_rules::{
    AffinityTerm, LabelSelector, PlacementRules, PodAffinity, SpreadConstraint, WhenUnsatisfiable,
};
use crate::model::pod_template::PodTemplate;
use crate::model::resources::Resources;
use crate::policy::placement::kube_scheduler::configuration::FeatureGates;
use crate::policy::placement::kube_scheduler::{Diagnosis, KubeScheduler, Plugin, Status};
use crate::policy::placement::{ClusterEvent, PodQueue, Refusal};
use std::sync::Arc;

fn at(secs: f64) -> Time {
    Time::from_secs_f64(secs)
}

fn class(app: &str, cpu: u64, rules: impl FnOnce(&mut PlacementRules)) -> Arc<PodTemplate> {
    let mut class = PodTemplate::new(Vec::new()).with_overhead(&Resources::new(cpu, 0));
    class.labels.insert("app".to_owned(), app.to_owned());
    rules(&mut class.rules);
    Arc::new(class)
}

fn of_priority(priority: i32) -> Arc<PodTemplate> {
    class("any", 100, |rules| rules.priority = priority)
}

fn by(plugin: Plugin) -> Refusal {
    let refused = vec![(0, Status::resolvable(plugin, "no"))];
    Diagnosis {
        nodes: 1,
        refused,
        ..Diagnosis::default()
    }
    .into()
}

fn no_nodes() -> Refusal {
    Diagnosis::default().into()
}

/// A queue and the pods it knows.
struct Desk {
    queue: SchedulingQueue,
    pods: Arena<Pod>,
}

impl Desk {
    fn new() -> Self {
        Self::of(&KubeScheduler::default())
    }

    fn of(scheduler: &KubeScheduler) -> Self {
        Self {
            queue: SchedulingQueue::of(scheduler),
            pods: Arena::default(),
        }
    }

    /// A queue that never takes a pod before its back-off is over.
    fn patient() -> Self {
        Self::of(&KubeScheduler {
            feature_gates: FeatureGates {
                scheduler_pop_from_backoff_q: false,
            },
            ..KubeScheduler::default()
        })
    }

    fn add(&mut self, secs: f64, class: &Arc<PodTemplate>) -> PodId {
        let id = self.pods.insert(Pod::new(0, 0, class.clone(), at(secs)));
        self.queue.add(at(secs), id, class);
        id
    }

    fn tell(&mut self, secs: f64, event: ClusterEvent<'_>) {
        self.queue.tell(at(secs), ApiObjects::NONE, event);
    }

    /// Has everybody whose turn it is refused; returns them in order.
    fn refuse_all(&mut self, secs: f64, refusal: &Refusal) -> Vec<PodId> {
        let mut tried = Vec::new();
        while let Some(id) = self.queue.next(at(secs)) {
            tried.push(id);
            self.queue.refused(at(secs), refusal, false);
        }
        tried
    }

    /// Whether somebody's turn is now.
    fn is_due(&self, secs: f64) -> bool {
        self.queue.next_time(at(secs)) == at(secs)
    }
}

fn node(cpu: u64, facts: NodeFacts) -> NodeView {
    let mut node = NodeView::new(facts, Resources::new(cpu, 1 << 30).with_pods(110));
    node.open = true;
    node
}

#[test]
fn priority_goes_first_and_then_who_has_waited_longest() {
    let mut desk = Desk::new();
    let early = desk.add(0.0, &of_priority(0));
    let late = desk.add(1.0, &of_priority(0));
    let high = desk.add(2.0, &of_priority(5));
    let order: Vec<_> = std::iter::from_fn(|| desk.queue.next(at(3.0))).collect();
    assert_eq!(order, [high, early, late]);
    assert_eq!(
        desk.queue.next_time(at(3.0)),
        Time::NEVER,
        "who was taken waits no more"
    );
}

/// Back-offs of 1, 2, 4, 8, 10, 10 s, and each ends with the second after the one in which it is over: attempts a little
/// after 0 s come again at 2, 5, 10, 19, 30 and 41 s.
#[test]
fn without_any_node_attempts_come_ever_more_rarely() {
    for mut desk in [Desk::new(), Desk::patient()] {
        desk.add(0.25, &of_priority(0));
        let mut times = Vec::new();
        let mut now = at(0.25);
        for _ in 0..7 {
            times.push(now.secs_f64());
            assert_eq!(desk.refuse_all(now.secs_f64(), &no_nodes()).len(), 1);
            now = desk.queue.next_time(now);
        }
        assert_eq!(times, [0.25, 2.0, 5.0, 10.0, 19.0, 30.0, 41.0]);
    }
}

#[test]
fn back_off_doubles_up_to_what_is_configured() {
    let spans = |initial, max| {
        let queue = SchedulingQueue::of(&KubeScheduler {
            pod_initial_backoff_seconds: initial,
            pod_max_backoff_seconds: max,
            ..KubeScheduler::default()
        });
        let secs = move |attempts| queue.back_off(attempts).nanos() / 1_000_000_000;
        (1..=7).map(secs).collect::<Vec<_>>()
    };
    assert_eq!(spans(1, 10), [1, 2, 4, 8, 10, 10, 10]);
    assert_eq!(spans(3, 60), [3, 6, 12, 24, 48, 60, 60]);
    assert_eq!(spans(5, 5), [5; 7]);
}

#[test]
fn an_idle_scheduler_does_not_wait_for_the_end_of_a_back_off() {
    let pod = of_priority(0);
    for (mut desk, idle) in [(Desk::new(), true), (Desk::patient(), false)] {
        let id = desk.add(0.5, &pod);
        desk.refuse_all(0.5, &by(Plugin::NodeResourcesFit));
        desk.tell(0.75, ClusterEvent::PodRemoved(&pod));
        assert_eq!(desk.is_due(0.75), idle);
        if !idle {
            assert_eq!(desk.queue.next_time(at(0.75)), at(2.0));
            let why = desk.queue.waits_because(at(0.75), id).expect("it backs off");
            assert!(why.starts_with("backs off for another 1s250ms"), "{why}");
        }
    }
}

#[test]
fn who_backs_off_comes_after_who_does_not_even_with_priority() {
    let mut desk = Desk::new();
    let high = desk.add(0.0, &of_priority(9));
    desk.refuse_all(0.0, &by(Plugin::NodeResourcesFit));
    let low = desk.add(0.5, &of_priority(-9));
    desk.tell(0.5, ClusterEvent::PodRemoved(&of_priority(0)));
    let order: Vec<_> = std::iter::from_fn(|| desk.queue.next(at(0.5))).collect();
    assert_eq!(order, [low, high]);
}

#[test]
fn a_pod_that_nothing_helps_is_tried_again_at_the_first_half_minute_after_five_minutes() {
    let mut desk = Desk::new();
    let id = desk.add(0.0, &of_priority(0));
    desk.refuse_all(0.0, &by(Plugin::NodeResourcesFit));
    let why = desk.queue.waits_because(at(10.0), id).expect("it is parked");
    assert!(
        why.contains("NodeResourcesFit") && why.contains("in 5m20s at the latest"),
        "{why}"
    );
    assert_eq!(
        desk.queue.next_time(at(0.0)),
        at(330.0),
        "not at 300 s: more than five minutes must have passed"
    );
    assert!(desk.queue.next(at(329.0)).is_none());
    assert_eq!(desk.refuse_all(330.0, &by(Plugin::NodeResourcesFit)), [id]);
    assert_eq!(desk.queue.next_time(at(330.0)), at(330.0) + Span::from_secs(330));
}

#[test]
fn alike_pods_are_refused_together_and_woken_together() {
    let mut desk = Desk::new();
    let pod = of_priority(0);
    let first = desk.add(0.0, &pod);
    for _ in 0..999 {
        desk.add(0.0, &pod);
    }
    assert_eq!(desk.refuse_all(0.0, &by(Plugin::NodeResourcesFit)), [first]);
    desk.tell(20.0, ClusterEvent::PodRemoved(&pod));
    // Three find room, in the order in which they came; one refusal is enough for all the others.
    for _ in 0..3 {
        assert!(desk.queue.next(at(20.0)).is_some());
    }
    assert_eq!(desk.refuse_all(20.0, &by(Plugin::NodeResourcesFit)).len(), 1);
    assert_eq!(
        desk.queue.lots.values().map(|lot| lot.pods.len()).sum::<usize>(),
        997
    );
    assert_eq!(desk.queue.places.len(), 997);
    assert_eq!(desk.queue.lots.len(), 1, "they are one lot again");
}

#[test]
fn who_was_promised_room_is_tried_on_its_own() {
    let mut desk = Desk::new();
    let pod = of_priority(5);
    let (first, second) = (desk.add(0.0, &pod), desk.add(0.0, &pod));
    let full = by(Plugin::NodeResourcesFit);
    assert_eq!(desk.queue.next(at(0.0)), Some(first));
    desk.queue.refused(at(0.0), &full, true);
    assert_eq!(
        desk.queue.next(at(0.0)),
        Some(second),
        "the first one's promise is not its own"
    );
    desk.queue.refused(at(0.0), &full, true);
    assert!(!desk.is_due(0.0));
    desk.tell(5.0, ClusterEvent::PodRemoved(&of_priority(0)));
    assert_eq!(desk.refuse_all(5.0, &full), [first, second]);
}

/// What makes a pod for one that was pushed out is slower than an idle scheduler; were it not, the new pod would take the
/// room, be pushed out in turn, and no time would pass.
#[test]
fn who_was_promised_room_goes_before_who_has_just_come_but_not_for_ever_at_one_instant() {
    let mut desk = Desk::new();
    let (urgent, victim) = (of_priority(5), of_priority(0));
    let first = desk.add(0.0, &urgent);
    let full = by(Plugin::NodeResourcesFit);
    let push_out = |desk: &mut Desk| {
        desk.queue.refused(at(0.0), &full, true);
        desk.tell(0.0, ClusterEvent::PodRemoved(&victim));
        desk.add(0.0, &victim)
    };
    assert_eq!(desk.queue.next(at(0.0)), Some(first));
    push_out(&mut desk);
    assert_eq!(desk.queue.next(at(0.0)), Some(first));
    let second = push_out(&mut desk);
    assert_ne!(desk.queue.next(at(0.0)), Some(first), "it was tried twice now");
    assert_eq!(desk.queue.next(at(0.0)), Some(second));
    assert_eq!(desk.queue.next(at(0.0)), None);
    assert_eq!(
        desk.queue.next_time(at(0.0)),
        at(3.0),
        "its back-off of 2 s is over"
    );
}

#[test]
fn a_pod_that_goes_while_it_waits_has_no_turn() {
    let mut desk = Desk::new();
    let pod = of_priority(0);
    let (first, second) = (desk.add(0.0, &pod), desk.add(0.0, &pod));
    desk.queue.remove(first);
    assert_eq!(desk.refuse_all(0.0, &by(Plugin::NodeResourcesFit)), [second]);
    desk.queue.remove(second);
    assert_eq!(desk.queue.next_time(at(0.0)), Time::NEVER);
    assert!(desk.queue.lots.is_empty() && desk.queue.by_key.is_empty());
}

/// Whether `event` brings the turn of a pod of `class` that `plugin` refused.
fn wakes(class: &Arc<PodTemplate>, plugin: Plugin, event: ClusterEvent<'_>) -> bool {
    let mut desk = Desk::new();
    desk.add(0.0, class);
    desk.refuse_all(0.0, &by(plugin));
    desk.tell(60.0, event);
    desk.is_due(60.0)
}

#[test]
fn a_new_node_wakes_whom_it_could_take() {
    let pod = class("a", 2000, |_| {});
    let mut tainted = NodeFacts::default();
    tainted.taints.push(Taint {
        key: "gpu".to_owned(),
        value: String::new(),
        effect: TaintEffect::NoSchedule,
    });
    let (big, small, tainted) = (
        node(4000, NodeFacts::default()),
        node(1000, NodeFacts::default()),
        node(4000, tainted),
    );
    for (plugin, node, woken) in [
        (Plugin::NodeResourcesFit, &big, true),
        (Plugin::NodeResourcesFit, &small, false),
        (Plugin::TaintToleration, &big, true),
        (Plugin::TaintToleration, &tainted, false),
        (Plugin::NodeUnschedulable, &big, true),
        (Plugin::NodePorts, &small, true),
    ] {
        assert_eq!(
            wakes(&pod, plugin, ClusterEvent::NodeAdded(node)),
            woken,
            "{plugin:?}"
        );
    }
}

#[test]
fn a_pod_that_goes_wakes_whom_its_room_may_help() {
    let (pod, other) = (class("a", 2000, |_| {}), class("b", 1, |_| {}));
    let gone = ClusterEvent::PodRemoved(&other);
    assert!(wakes(&pod, Plugin::NodeResourcesFit, gone));
    for plugin in [
        Plugin::NodeAffinity,
        Plugin::TaintToleration,
        Plugin::NodePorts,
        Plugin::InterPodAffinity,
    ] {
        assert!(!wakes(&pod, plugin, gone), "{plugin:?} is not cured by room");
    }
    assert!(wakes(&pod, Plugin::NodeResourcesFit, ClusterEvent::PodShrunk));
    assert!(!wakes(
        &pod,
        Plugin::NodeResourcesFit,
        ClusterEvent::PodAdded(&other)
    ));
}

#[test]
fn pods_that_come_and_go_wake_whom_rules_tie_to_them() {
    let term = |app: &str| AffinityTerm {
        selector: Some(LabelSelector::of_labels(
            [("app".to_owned(), app.to_owned())].into_iter().collect(),
        )),
        topology_key: "zone".to_owned(),
        ..AffinityTerm::default()
    };
    let tied = |app| PodAffinity {
        required: vec![term(app)],
        ..PodAffinity::default()
    };
    let (db, web) = (class("db", 1, |_| {}), class("web", 1, |_| {}));
    let near = class("x", 1, |rules| rules.pod_affinity = tied("db"));
    let apart = class("x", 1, |rules| rules.pod_anti_affinity = tied("db"));
    let even = class("db", 1, |rules| {
        let selector = term("db").selector;
        rules.spread = vec![SpreadConstraint::new(
            1,
            "zone",
            WhenUnsatisfiable::DoNotSchedule,
            selector,
        )];
    });
    use ClusterEvent::{PodAdded, PodRemoved};
    use Plugin::{InterPodAffinity, PodTopologySpread};
    for (class, plugin, event, woken) in [
        (&near, InterPodAffinity, PodAdded(&db), true),
        (&near, InterPodAffinity, PodAdded(&web), false),
        (&near, InterPodAffinity, PodRemoved(&db), false),
        (&apart, InterPodAffinity, PodRemoved(&db), true),
        (&apart, InterPodAffinity, PodRemoved(&web), false),
        (&apart, InterPodAffinity, PodAdded(&db), false),
        (&db, InterPodAffinity, PodRemoved(&apart), true),
        (&even, PodTopologySpread, PodAdded(&db), true),
        (&even, PodTopologySpread, PodRemoved(&db), true),
        (&even, PodTopologySpread, PodAdded(&web), false),
    ] {
        assert_eq!(wakes(class, plugin, event), woken, "{plugin:?} {event:?}");
    }
}
