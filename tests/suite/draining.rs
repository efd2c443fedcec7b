//! What node scalers may ask for beside launching: to empty a node politely, to close one, to get one of several kinds.

use crate::kept_rows::{self, Rows};
use crate::written;
use std::sync::{Arc, Mutex};
use tonnage::engine::{Span, Stream, Time};
use tonnage::model::labels::Labels;
use tonnage::policy::node_scaling::{
    DrainPlan, LaunchFailure, NodeClaim, NodeDecision, NodeEvent, NodeScaler, NodeScalerClock,
    NodeScalingView, Offering,
};
use tonnage::policy::reason::{Reason, ReasonKind};

static TOLD: ReasonKind = ReasonKind {
    code: "told",
    sentence: "it was told to",
};

type Step = (u64, fn(&NodeScalingView<'_>) -> NodeDecision);

/// Does what it is told to at its seconds, and keeps what it learns.
#[derive(Clone, Debug)]
struct Told {
    steps: Vec<Step>,
    learned: Arc<Mutex<Vec<NodeEvent>>>,
}

impl NodeScaler for Told {
    fn clock(&self) -> NodeScalerClock {
        NodeScalerClock::OnChange
    }

    fn decide(&mut self, view: &NodeScalingView<'_>, _: &mut Stream) -> (Vec<NodeDecision>, Option<Time>) {
        self.learned.lock().unwrap().extend(view.events.iter().cloned());
        let second = view.now.since(Time::ZERO).nanos() / 1_000_000_000;
        let due = |step: &Step| step.0 <= second;
        let decisions = self.steps.iter().filter(|step| due(step));
        let decisions = decisions.map(|(_, decide)| decide(view)).collect();
        self.steps.retain(|step| !due(step));
        let next = self.steps.iter().map(|(at, _)| Time::ZERO + Span::from_secs(*at));
        (decisions, next.min())
    }

    fn clone_box(&self) -> Box<dyn NodeScaler> {
        Box::new(self.clone())
    }
}

/// A run of `text` under a node scaler that takes these steps: rows, and what it learned.
fn run(text: &str, steps: Vec<Step>) -> (Rows, Vec<NodeEvent>) {
    let mut scenario = written::scenario(text);
    let learned: Arc<Mutex<Vec<NodeEvent>>> = Arc::default();
    scenario.node_scaling.policy = Box::new(Told {
        steps,
        learned: learned.clone(),
    });
    let (_, rows) = kept_rows::run(scenario, Span::from_secs(7));
    let learned = learned.lock().unwrap().clone();
    (rows, learned)
}

fn drain(place: usize, give_up_after: Option<Span>) -> NodeDecision {
    NodeDecision::Drain {
        place,
        plan: DrainPlan {
            after: Span::from_secs(5),
            retry_every: Span::from_secs(10),
            give_up_after,
            grace_max: None,
            force_after: None,
        },
        reason: Reason::new(&TOLD),
    }
}

fn cordon(place: usize, closed: bool) -> NodeDecision {
    NodeDecision::Cordon {
        place,
        closed,
        reason: Reason::new(&TOLD),
    }
}

/// A claim for one node of the first zone of one of these pools.
fn asked(pools: &[usize]) -> NodeDecision {
    NodeDecision::Claim {
        claim: Box::new(NodeClaim {
            claim: 17,
            offerings: pools.iter().map(|&pool| Offering { pool, zone: 0 }).collect(),
            labels: Labels::from([("team".to_owned(), "ml".to_owned())]),
            taints: Vec::new(),
        }),
        reason: Reason::new(&TOLD),
    }
}

/// Four pods of a service on two nodes, one pod of a daemon set on the first; `budget` is the service's.
fn service(budget: &str) -> String {
    format!(
        "name: probe\nduration: 20m\n\
         cluster: {{pools: [{{name: a, shape: {{cpu: 5, memory: 16Gi}}, nodes: {{min: 0, initial: 2, max: 3}}, \
         zones: [x, y], boot: 30s}}]}}\n\
         workloads:\n\
         - {{name: w, serving: {{replicas: 4, demand: 10ms, \
         containers: [{{name: c, resources: {{requests: {{cpu: 1}}}}, startup: 20s, slots: 4}}]{budget}}}}}\n\
         - {{name: logs, background: true, controller: DaemonSet, serving: {{nodeName: a-0, \
         containers: [{{name: c, resources: {{requests: {{cpu: 100m}}}}}}]}}}}\n\
         load: [{{to: w, arrivals: {{constant: {{rate: 1/s}}}}}}]\n\
         policies: {{placement: kube_scheduler}}\n"
    )
}

/// Were budgets asked once and not pod by pod, a drain would take all pods of a node at once.
#[test]
fn a_drain_takes_pods_as_their_budget_allows_and_the_daemons_last() {
    let (rows, learned) = run(
        &service(", disruptionBudget: {maxUnavailable: 1}"),
        vec![(60, |_| drain(0, None))],
    );
    assert_eq!(learned, []);
    let mut gone: Vec<_> = rows
        .pods
        .iter()
        .filter(|pod| pod.node == "a-0" && pod.ended_s.is_some_and(|ended| ended < 1190.0))
        .collect();
    gone.sort_by(|a, b| a.ended_s.partial_cmp(&b.ended_s).unwrap());
    assert_eq!(gone.len(), 3, "{gone:#?}");
    let ended: Vec<f64> = gone.iter().filter_map(|pod| pod.ended_s).collect();
    assert!(
        (65.0..66.0).contains(&ended[0]),
        "after the plan's five seconds: {ended:?}"
    );
    assert!(
        ended[1] - ended[0] >= 20.0,
        "the second goes when the first one's successor is ready: {ended:?}"
    );
    assert_eq!((gone[2].workload.as_str(), ended[2]), ("logs", ended[1]));
    let successors: Vec<_> = rows.pods.iter().filter(|pod| pod.workload == "w").collect();
    assert_eq!(successors.len(), 6);
    assert_eq!(rows.of("node_scaling", "drain").count(), 1);
}

/// A budget that allows nothing holds a node; who gave up must know, and the node must take pods again.
#[test]
fn a_drain_that_its_budget_never_allows_is_given_up() {
    let (rows, learned) = run(
        &service(", disruptionBudget: {maxUnavailable: 0}"),
        vec![
            (60, |_| drain(0, Some(Span::from_secs(120)))),
            (300, |view| {
                assert!(view.cluster.node(0).is_some_and(|node| node.open));
                drain(7, None)
            }),
        ],
    );
    assert!(
        matches!(learned[..], [NodeEvent::DrainFailed { at, .. }] if at == Time::ZERO + Span::from_secs(185)),
        "{learned:?}"
    );
    let gave_up: Vec<_> = rows.of("node_scaling", "give_up").collect();
    assert_eq!(
        gave_up[0].reason,
        "2 pods could not be evicted in 2m: a disruption budget holds w-1"
    );
    let moved = rows
        .pods
        .iter()
        .filter(|pod| pod.ended_s.is_some_and(|at| at < 1190.0));
    assert_eq!(moved.count(), 0, "no pod went");
}

/// A cordoned node keeps its pods and gets no new ones; one that is opened again gets some.
#[test]
fn a_cordoned_node_gets_no_pods_until_it_is_opened_again() {
    let steps: Vec<Step> = vec![
        (60, |_| cordon(0, true)),
        (100, |_| drain(1, None)),
        (400, |_| cordon(0, false)),
    ];
    let (rows, _) = run(&service(""), steps);
    let late: Vec<_> = rows
        .pods
        .iter()
        .filter(|pod| pod.workload == "w" && pod.created_s > 90.0)
        .collect();
    assert_eq!(late.len(), 2);
    for pod in late {
        assert_eq!(pod.node, "a-0");
        assert!(
            pod.bound_s.is_some_and(|at| (400.0..401.0).contains(&at)),
            "{pod:#?}"
        );
    }
}

/// The first offering that has a node gives it; what the others said is told.
#[test]
fn a_claim_is_met_by_the_first_offering_that_has_a_node() {
    let text = service("").replace(
        "boot: 30s}]",
        "boot: 30s}, {name: b, shape: {cpu: 8, memory: 16Gi}, nodes: {min: 0, initial: 0, max: 1}}]",
    );
    let (rows, learned) = run(
        &text,
        vec![
            (60, |_| asked(&[9, 1])),
            (120, |view| {
                let node = view.nodes.iter().find(|node| node.claim == Some(17)).unwrap();
                let known = view.cluster.node(node.place).unwrap();
                assert_eq!(
                    (known.label("team"), known.facts.name.as_str()),
                    (Some("ml"), "b-0")
                );
                asked(&[1])
            }),
        ],
    );
    let why: Vec<_> = learned
        .iter()
        .map(|event| match event {
            NodeEvent::LaunchFailed { pool, claim, why, .. } => (*pool, *claim, *why),
            other => panic!("nothing else was asked for: {other:?}"),
        })
        .collect();
    assert_eq!(
        why,
        [
            (9, Some(17), LaunchFailure::NoSuchZone),
            (1, Some(17), LaunchFailure::AtMax)
        ]
    );
    let results: Vec<_> = rows
        .of("node_scaling", "launch")
        .map(|row| row.result.as_str())
        .collect();
    assert_eq!(results, ["done", "refused: no offering has a node"]);
}
