//! What is decided is written down: every placement with its reason, from the first pod on, and each wait by itself.

use crate::kept_rows::{self, Rows};
use crate::written;
use std::collections::BTreeMap;
use std::sync::Arc;
use tonnage::engine::{Span, Stream, Time};
use tonnage::model::cluster::NodePhase;
use tonnage::policy::node_scaling::{NodeDecision, NodeScaler, NodeScalerClock, NodeScalingView};
use tonnage::policy::reason::{Reason, ReasonKind};
use tonnage::sim::{Outcome, Simulation};

fn run(text: &str) -> (Outcome, Rows) {
    kept_rows::run(written::scenario(text), Span::from_secs(97))
}

/// A small service of three pods on nodes of four CPUs; `pools` and `policies` are up to the test.
fn service(nodes: &str, policies: &str) -> String {
    format!(
        "name: probe\nduration: 1h\n\
         cluster: {{pools: [{{name: a, shape: {{cpu: 4, memory: 16Gi, price: {{usd_per_hour: 0.2}}}}, \
         nodes: {nodes}, boot: 30s}}]}}\n\
         workloads: [{{name: w, serving: {{replicas: 3, demand: 10ms, \
         containers: [{{name: c, resources: {{requests: {{cpu: 1500m}}}}, slots: 4}}]}}}}]\n\
         load: [{{to: w, arrivals: {{constant: {{rate: 1/s}}}}}}]\n\
         policies: {{{policies}}}\n"
    )
}

/// Were the digest blind to it, a change of placement would pass for no change at all.
#[test]
fn where_pods_are_placed_is_part_of_the_digest() {
    let digest = |placement: &str| {
        let (outcome, rows) = run(&service("3", &format!("placement: {{{placement}: {{}}}}")));
        let mut nodes: Vec<_> = rows.pods.into_iter().map(|pod| (pod.pod, pod.node)).collect();
        nodes.sort();
        assert_eq!(outcome.workloads[0].requests.unfinished, 0);
        (outcome.digest, nodes)
    };
    let (best, packed) = digest("best_fit");
    let (worst, spread) = digest("worst_fit");
    assert_ne!(packed, spread);
    assert_ne!(best, worst);
    assert_eq!(best, digest("first_fit").0, "the same nodes, the same facts");
}

/// Pods that are there when the run begins were placed like any other.
#[test]
fn initial_placements_are_decisions_with_reasons() {
    let (_, rows) = run(&service("1", "placement: {best_fit: {}}"));
    let binds: Vec<_> = rows.of("placement", "bind").collect();
    let subjects: Vec<_> = binds.iter().map(|row| row.subject.as_str()).collect();
    assert_eq!(subjects, ["w-0 on a-0", "w-1 on a-0"]);
    assert!(
        binds
            .iter()
            .all(|row| row.time_s == 0.0 && row.result == "done" && !row.reason.is_empty())
    );
    let waits: Vec<_> = rows.of("placement", "wait").collect();
    assert_eq!(waits.len(), 1, "{waits:#?}");
    assert!(waits[0].time_s == 0.0 && waits[0].reason.contains("insufficient cpu"));
}

/// Two waits with bindings between them are two rows: one row over both would say that pods waited all the time.
#[test]
fn a_binding_ends_a_wait() {
    // The day before ended with nine replicas: there are two rises, with a fall between.
    let scheduled =
        "scheduled: {steps: [{cron: '10 0 * * *', replicas: 5}, {cron: '30 0 * * *', replicas: 9}]}";
    let (_, rows) = run(&service(
        "{min: 1, initial: 2, max: 9}",
        &format!("node_scaling: {{just_enough: {{empty_after: 5m}}}}, pod_scaling: {{w: {{{scheduled}}}}}"),
    ));
    let waits: Vec<_> = rows.of("placement", "wait").collect();
    assert_eq!(waits.len(), 2, "{waits:#?}");
    assert!(waits[0].time_s < 60.0 && waits[1].time_s >= 1800.0, "{waits:#?}");
    assert!(
        waits.iter().all(|row| row.last_time_s - row.time_s < 60.0),
        "{waits:#?}"
    );
}

static WHIM: ReasonKind = ReasonKind {
    code: "whim",
    sentence: "no reason at all",
};

/// Asks every minute for what cannot be, and for the removal of every node, the first one twice.
#[derive(Clone, Debug)]
struct Reckless;

impl NodeScaler for Reckless {
    fn clock(&self) -> NodeScalerClock {
        NodeScalerClock::Every(Span::from_secs(60))
    }

    fn decide(&mut self, view: &NodeScalingView<'_>, _: &mut Stream) -> (Vec<NodeDecision>, Option<Time>) {
        let reason = Reason::new(&WHIM);
        let launch = NodeDecision::Launch {
            pool: 7,
            count: 1,
            zone: None,
            reason: reason.clone(),
        };
        let places = [99, 0].into_iter().chain(0..view.cluster.len());
        let removals = places.map(|place| NodeDecision::Remove {
            place,
            reason: reason.clone(),
        });
        (std::iter::once(launch).chain(removals).collect(), None)
    }

    fn clone_box(&self) -> Box<dyn NodeScaler> {
        Box::new(self.clone())
    }
}

/// Nodes that drain for minutes are on their way out: they do not count towards the pool's min, cannot be removed
/// again, and nothing that was asked for vanishes.
#[test]
fn a_pool_keeps_its_min_whatever_is_asked_and_every_refusal_is_written_down() {
    let text = service("{min: 2, initial: 4, max: 5}", "placement: {worst_fit: {}}").replace(
        "replicas: 3, demand: 10ms",
        "replicas: 4, demand: 5m, termination_grace: 10m",
    );
    let mut scenario = written::scenario(&text);
    scenario.node_scaling.policy = Box::new(Reckless);
    let mut rows = Rows::default();
    let mut simulation = Simulation::new(Arc::new(scenario), 1, 0);
    let mut drained = 0;
    for minute in 1..=15 {
        simulation.step_until(Time::from_secs_f64(60.0 * f64::from(minute)), &mut rows);
        assert_eq!(simulation.broken_laws(), Vec::<String>::new());
        let draining = |phase| phase == NodePhase::Draining;
        let phases = simulation.cluster().nodes().map(|(_, node)| node.phase);
        let (leaving, staying): (Vec<_>, Vec<_>) = phases.partition(|&phase| draining(phase));
        assert!(
            staying.len() >= 2,
            "{} nodes stay in minute {minute}",
            staying.len()
        );
        drained = drained.max(leaving.len());
    }
    assert_eq!(drained, 2, "nodes were to drain side by side");
    simulation.finish(Some(&mut rows));
    assert!(rows.decisions.is_sorted_by(|a, b| a.time_s <= b.time_s));
    let mut results: BTreeMap<&str, u32> = BTreeMap::new();
    for row in rows.decisions.iter().filter(|row| row.question == "node_scaling") {
        *results.entry(row.result.as_str()).or_default() += 1;
    }
    assert_eq!(results["done"], 2, "{results:?}");
    for refused in [
        "no such pool",
        "no such node",
        "it is draining already",
        "the pool is at its min",
    ] {
        assert!(results[format!("refused: {refused}").as_str()] > 1, "{results:?}");
    }
}
