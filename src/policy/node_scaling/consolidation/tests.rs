use super::{Held, Plan, Stays, Wanted, plan};
use crate::engine::Time;
use crate::model::cluster::{ApiObjects, BoundPod, ClusterView, NodeFacts, NodeView, Overlay};
use crate::model::gpu::Taken;
use crate::model::labels::Labels;
use crate::model::owner::Owner;
use crate::model::placement_rules::{DisruptionBudget, LabelSelector};
use crate::model::pod_template::PodTemplate;
use crate::model::resources::Resources;
use crate::policy::node_scaling::cluster_autoscaler::drain::Blocker;
use crate::policy::placement::{BestFit, Incoming, Placer};
use proptest::collection::vec;
use proptest::prelude::*;
use std::sync::Arc;

/// Nodes of 10 CPUs with pods of so many.
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

fn template(cpus: u64) -> PodTemplate {
    let mut template = PodTemplate::new(Vec::new()).with_overhead(&Resources::new(cpus * 1000, 0));
    template.owner = Owner::ReplicaSet;
    template
}

fn bound(template: PodTemplate) -> BoundPod {
    BoundPod {
        class: Arc::new(template),
        id: None,
        started: Time::ZERO,
        terminating: None,
        devices: Taken::NONE,
    }
}

fn cluster(pods: &[&[u64]]) -> Cluster {
    let node = |pods: &&[u64]| {
        let mut node = NodeView::new(
            NodeFacts::default(),
            Resources::new(10_000, 1 << 30).with_pods(20),
        );
        pods.iter().for_each(|&cpus| {
            node.bind(bound(template(cpus)));
        });
        node
    };
    Cluster {
        nodes: pods.iter().map(node).collect(),
        objects: ApiObjects::default(),
    }
}

fn freed(cluster: &Cluster, nodes: usize) -> Plan {
    let wanted = Wanted {
        nodes,
        looks: 200_000,
        now: Time::ZERO,
    };
    let plan = plan(cluster, &BestFit::default(), wanted);
    check(cluster, &plan);
    plan
}

/// Carries the plan out: every move must be possible when its turn comes, and the nodes must be free in the end.
fn check(cluster: &Cluster, plan: &Plan) {
    let mut now = Overlay::new(cluster);
    for step in &plan.moves {
        assert!(
            !plan.freed.contains(&step.to),
            "nothing goes to a node that is to be free"
        );
        let pod = now.remove_pod(step.from, step.ticket).expect("the pod is there");
        let incoming = Incoming::any_of(&pod.class, Time::ZERO);
        assert!(
            BestFit::default().accepts(&now, step.to, &incoming),
            "{step:?} finds room"
        );
        now.add_pod(step.to, pod);
    }
    for &place in &plan.freed {
        let mut left = now.node(place).unwrap().pods.iter();
        assert!(
            left.all(|(_, pod)| pod.class.owner == Owner::DaemonSet),
            "node {place} is free"
        );
    }
}

#[test]
fn the_nodes_with_fewest_pods_go_and_an_empty_one_is_free_already() {
    let plan = freed(&cluster(&[&[5, 1], &[3], &[2, 2, 2], &[]]), 2);
    assert_eq!(plan.freed, [3, 1]);
    assert_eq!((plan.moves.len(), plan.moves_at_least, plan.least), (1, 1, true));
}

/// Best fit puts the 3 where 4 are free and leaves the last 2 without room; only going back finds 3 + 2 and 2 + 2.
#[test]
fn the_search_goes_back_where_the_tightest_fit_leads_nowhere() {
    let mut held = cluster(&[&[3, 2, 2, 2], &[6], &[5]]);
    for place in [1, 2] {
        let mut bare = template(0);
        bare.owner = Owner::Nobody;
        held.nodes[place].bind(bound(bare));
    }
    let plan = freed(&held, 1);
    assert_eq!(
        (plan.freed.as_slice(), plan.moves.len(), plan.least),
        ([0].as_slice(), 4, true)
    );
}

/// A budget that lets one pod go lets both go in turn; one that lets none go holds the node, as a bare pod does. A
/// DaemonSet's pod goes with its node.
#[test]
fn what_may_not_move_holds_its_node_and_says_why() {
    let mut cluster = cluster(&[&[], &[], &[], &[1, 1, 1]]);
    let labelled = |app: &str| {
        let mut template = template(1);
        template.labels = Labels::from([("app".to_owned(), app.to_owned())]);
        template
    };
    let budget = |app: &str, disruptions_allowed| DisruptionBudget {
        name: app.to_owned(),
        namespace: template(1).namespace,
        selector: LabelSelector::of_labels(Labels::from([("app".to_owned(), app.to_owned())])),
        disruptions_allowed,
    };
    cluster.objects.budgets = vec![budget("one", 1), budget("none", 0)];
    cluster.nodes[0].bind(bound(labelled("one")));
    cluster.nodes[0].bind(bound(labelled("one")));
    cluster.nodes[1].bind(bound(labelled("none")));
    let mut bare = template(1);
    bare.owner = Owner::Nobody;
    cluster.nodes[2].bind(bound(bare));
    let mut daemon = template(1);
    daemon.owner = Owner::DaemonSet;
    cluster.nodes[0].bind(bound(daemon));
    let plan = freed(&cluster, 1);
    assert_eq!(
        (plan.freed.as_slice(), plan.moves.len(), plan.least),
        ([0].as_slice(), 2, true)
    );
    let held = |why| Stays::Held { ticket: 0, why };
    assert_eq!(
        plan.stays,
        [
            (1, held(Held::By(Blocker::NotEnoughPdb))),
            (2, held(Held::By(Blocker::NotReplicated)))
        ]
    );
}

#[test]
fn where_there_is_no_room_as_many_as_can_be_are_freed() {
    let plan = freed(&cluster(&[&[6], &[6], &[6, 2], &[1]]), 3);
    assert_eq!(plan.freed, [3]);
    assert_eq!(
        plan.stays,
        [0, 1, 2].map(|place| (place, Stays::NoRoom { ticket: 0 })),
        "each of the others has a pod over half a node"
    );
}

/// The fewest moves that free `nodes` nodes by trying every set and every way to spread its pods, in any order.
fn fewest_moves(pods: &[Vec<u64>], nodes: usize) -> Option<usize> {
    fn fit(moving: &[u64], free: &mut [u64]) -> bool {
        let Some((first, rest)) = moving.split_first() else {
            return true;
        };
        (0..free.len()).any(|at| {
            if free[at] < *first {
                return false;
            }
            free[at] -= first;
            let found = fit(rest, free);
            free[at] += first;
            found
        })
    }
    let sets = (0_u32..1 << pods.len()).filter(|set| set.count_ones() as usize == nodes);
    sets.filter_map(|set| {
        let is_in = |place: usize| set >> place & 1 == 1;
        let moving: Vec<u64> = (0..pods.len())
            .filter(|&place| is_in(place))
            .flat_map(|place| pods[place].clone())
            .collect();
        let stay = (0..pods.len()).filter(|&place| !is_in(place));
        let mut free: Vec<u64> = stay.map(|place| 10 - pods[place].iter().sum::<u64>()).collect();
        fit(&moving, &mut free).then_some(moving.len())
    })
    .min()
}

proptest! {
    /// A plan that is said to be least has as many moves as the best of all; one that is found frees what was asked for.
    #[test]
    fn a_least_plan_has_the_fewest_moves(
        pods in vec(vec(1..=5_u64, 0..4), 2..5),
        nodes in 1..=3_usize,
    ) {
        let pods: Vec<Vec<u64>> = pods.into_iter().map(|pods| {
            let mut left = 10;
            pods.into_iter().filter(|cpus| { let fits = *cpus <= left; left -= if fits { *cpus } else { 0 }; fits }).collect()
        }).collect();
        let nodes = nodes.min(pods.len());
        let views: Vec<&[u64]> = pods.iter().map(Vec::as_slice).collect();
        let plan = freed(&cluster(&views), nodes);
        match fewest_moves(&pods, nodes) {
            Some(fewest) => {
                prop_assert_eq!(plan.freed.len(), nodes);
                prop_assert_eq!(plan.moves.len(), fewest);
                prop_assert!(plan.moves_at_least <= fewest as u64);
            }
            None => prop_assert!(plan.freed.len() < nodes),
        }
    }
}
