//! What no recorded vector shows: sampling with its moving start, the walk over zones, room that was promised, versions.

use super::configuration::Version;
use super::{KubeScheduler, Placement, Placer};
use crate::engine::{StreamKey, Time};
use crate::model::cluster::fixed::Fixed;
use crate::model::cluster::{BoundPod, NodeFacts, NodeView};
use crate::model::gpu::Taken;
use crate::model::labels::{Labels, Taint, TaintEffect};
use crate::model::placement_rules::ZONE_LABEL;
use crate::model::pod_template::PodTemplate;
use crate::model::resources::Resources;
use crate::policy::placement::Incoming;
use std::sync::Arc;

/// Nodes of eight CPUs, each in the zone that `zone` says.
fn nodes(count: usize, zone: impl Fn(usize) -> Option<&'static str>) -> Fixed {
    let node = |place: usize| {
        let labels = zone(place).map(|zone| (ZONE_LABEL.to_owned(), zone.to_owned()));
        let facts = NodeFacts {
            name: format!("n{place}"),
            labels: labels.into_iter().collect::<Labels>(),
            taints: Vec::new(),
            ..NodeFacts::default()
        };
        NodeView::new(facts, Resources::new(8000, 32 << 30).with_pods(110))
    };
    Fixed((0..count).map(node).collect())
}

fn pod(cpu: u64, priority: i32) -> Arc<PodTemplate> {
    let mut class = PodTemplate::new(Vec::new()).with_overhead(&Resources::new(cpu, 1 << 30));
    class.rules.priority = priority;
    Arc::new(class)
}

fn bound(class: &Arc<PodTemplate>) -> BoundPod {
    BoundPod {
        class: class.clone(),
        id: None,
        started: Time::ZERO,
        terminating: None,
        devices: Taken::NONE,
    }
}

#[test]
fn large_clusters_are_sampled_and_each_search_begins_where_the_last_one_stopped() {
    let scheduler = KubeScheduler::default();
    let found = [50, 99, 100, 1000, 5000, 10_000].map(|nodes| scheduler.nodes_to_find(nodes));
    assert_eq!(found, [50, 99, 100, 420, 500, 500]);
    let mut view = nodes(250, |_| None);
    let full = pod(8000, 0);
    // The first ten nodes are full: they are looked at, and passed.
    for node in &mut view.0[..10] {
        node.bind(bound(&full));
    }
    let mut scheduler = KubeScheduler::default();
    let mut stream = StreamKey::new(1, 0).stream("placement");
    let class = pod(100, 0);
    let mut starts = Vec::new();
    for _ in 0..3 {
        let Placement::Bind { place, .. } =
            scheduler.place(&view, &Incoming::any_of(&class, Time::ZERO), &mut stream)
        else {
            panic!("there is room");
        };
        assert!(place >= 10);
        starts.push(scheduler.next_start);
    }
    // 250 nodes: 48 %, that is 120. Ten full ones and 120 with room; then the other 120, and on to the next with room.
    assert_eq!(starts, [130, 10, 130]);
}

#[test]
fn nodes_are_walked_zone_by_zone_in_turn() {
    let view = nodes(6, |place| ["a", "a", "a", "b", "c", "c"].get(place).copied());
    let mut scheduler = KubeScheduler::default();
    assert_eq!(*scheduler.roster.of(&view), [0, 3, 4, 1, 5, 2]);
}

#[test]
fn promised_room_is_kept_from_pods_that_do_not_go_first() {
    let mut view = nodes(1, |_| None);
    view.0[0].nominated.push(bound(&pod(7000, 10)));
    let scheduler = KubeScheduler::default();
    let takes = |priority| scheduler.accepts(&view, 0, &Incoming::any_of(&pod(2000, priority), Time::ZERO));
    assert_eq!([9, 10, 11].map(takes), [false, false, true]);
}

#[test]
fn older_kubernetes_scores_balance_after_the_pod_and_names_taints() {
    let mut view = nodes(1, |_| None);
    let lopsided = pod(4000, 0);
    let scheduler = |version| KubeScheduler {
        version,
        ..KubeScheduler::default()
    };
    let balance = |version| {
        let scores = scheduler(version)
            .evaluate(&view, &Incoming::any_of(&lopsided, Time::ZERO))
            .scores;
        let plugins = scores.plugins.iter();
        let named = plugins.filter(|(plugin, _)| plugin.name() == "NodeResourcesBalancedAllocation");
        named.map(|(_, scores)| scores[0]).collect::<Vec<_>>()
    };
    // Half the CPU and a 32nd of the memory: a deviation of 0.234 after, of none before.
    assert_eq!(
        (balance(Version::V1_34), balance(Version::V1_36)),
        (vec![76], vec![63])
    );
    let facts = Arc::make_mut(&mut view.0[0].facts);
    facts.taints.push(Taint {
        key: "gpu".into(),
        value: String::new(),
        effect: TaintEffect::NoSchedule,
    });
    let said = |version| {
        scheduler(version)
            .evaluate(&view, &Incoming::any_of(&lopsided, Time::ZERO))
            .diagnosis
            .to_string()
    };
    assert_eq!(
        said(Version::V1_34),
        "0/1 nodes are available: 1 node(s) had untolerated taint {gpu: }."
    );
    assert_eq!(
        said(Version::V1_36),
        "0/1 nodes are available: 1 node(s) had untolerated taint(s)."
    );
}
