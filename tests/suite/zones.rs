//! Zones: what a node says of itself, and what one zone has to do with another.

use crate::written;
use std::collections::BTreeMap;
use std::sync::Arc;
use tonnage::engine::{Stream, Time};
use tonnage::policy::node_scaling::{NodeDecision, NodeScaler, NodeScalerClock, NodeScalingView};
use tonnage::policy::reason::{Reason, ReasonKind};
use tonnage::sim::rows::{NodeRow, PodRow};
use tonnage::sim::{NoSink, Scenario, Simulation, Sink};

#[derive(Default)]
struct Lives(Vec<NodeRow>, Vec<PodRow>);

impl Sink for Lives {
    fn node(&mut self, row: NodeRow) {
        self.0.push(row);
    }

    fn pod(&mut self, row: PodRow) {
        self.1.push(row);
    }
}

fn scenario(zones: &str, selector: &str) -> Scenario {
    written::scenario(&format!(
        "name: zones\nduration: 10m\n\
         cluster: {{pools: [{{name: a, shape: {{name: box, cpu: 4, memory: 16Gi, price: {{usd_per_hour: 0.2}}}}, \
         zones: {zones}, nodes: {{min: 1, initial: 4, max: 99}}, boot: {{exponential: {{mean: 30s}}}}}}]}}\n\
         workloads: [{{name: w, serving: {{replicas: 3, demand: 10ms, node_selector: {selector}, \
         containers: [{{name: c, resources: {{requests: {{cpu: 1}}}}, slots: 4}}]}}}}]\n\
         load: [{{to: w, arrivals: {{constant: {{rate: 1/s}}}}}}]\n"
    ))
}

/// Pods that ask for a zone get it: nodes carry the labels that Kubernetes gives them.
#[test]
fn nodes_carry_the_labels_of_their_zone_shape_and_name() {
    let selector = "{topology.kubernetes.io/zone: y, node.kubernetes.io/instance-type: box}";
    let mut simulation = Simulation::new(Arc::new(scenario("[x, y]", selector)), 1, 0);
    let end = simulation.end();
    simulation.step_until(end, &mut NoSink);
    assert_eq!(simulation.broken_laws(), Vec::<String>::new());
    for (_, node) in simulation.cluster().nodes() {
        assert_eq!(node.view.facts.labels["kubernetes.io/hostname"], node.name());
    }
    let mut lives = Lives::default();
    simulation.finish(Some(&mut lives));
    let zone_of: BTreeMap<&str, &str> = lives.0.iter().map(|row| (&*row.node, &*row.zone)).collect();
    assert!(
        lives.1.iter().all(|pod| zone_of[&*pod.node] == "y"),
        "{:?}",
        lives.1
    );
}

/// Pods that may only go to one zone get machines there, and no others: were zones to take turns, the machine launched
/// next would serve none of them, and they would wait for ever.
#[test]
fn just_enough_launches_in_the_zone_that_serves_the_waiting_pods() {
    let scenario = written::scenario(
        "name: zones\nduration: 30m\n\
         cluster: {pools: [{name: a, shape: {name: box, cpu: 4, memory: 16Gi, price: {usd_per_hour: 0.2}}, \
         zones: [x, y, z], nodes: {min: 1, initial: 1, max: 9}, boot: 30s}]}\n\
         workloads: [{name: w, serving: {replicas: 3, demand: 10ms, \
         node_selector: {topology.kubernetes.io/zone: z}, \
         containers: [{name: c, resources: {requests: {cpu: 3}}, slots: 4}]}}]\n\
         load: [{to: w, arrivals: {constant: {rate: 1/s}}}]\n\
         policies: {node_scaling: {just_enough: {}}}\n",
    );
    let mut simulation = Simulation::new(Arc::new(scenario), 1, 0);
    let mut lives = Lives::default();
    simulation.run_to_end(Some(&mut lives), u64::MAX, || false);
    assert_eq!(simulation.broken_laws(), Vec::<String>::new());
    simulation.finish(Some(&mut lives));
    let zones: Vec<&str> = lives.0.iter().map(|row| &*row.zone).collect();
    assert_eq!(zones.iter().filter(|&&zone| zone == "z").count(), 3, "{zones:?}");
    assert_eq!(zones.len(), 4, "the first, and one for each pod: {zones:?}");
    assert!(lives.1.iter().all(|pod| !pod.node.is_empty()), "{:?}", lives.1);
}

static MORE: ReasonKind = ReasonKind {
    code: "more",
    sentence: "more nodes",
};

#[derive(Clone, Debug)]
struct Twelve;

impl NodeScaler for Twelve {
    fn clock(&self) -> NodeScalerClock {
        NodeScalerClock::OnChange
    }

    fn decide(&mut self, view: &NodeScalingView<'_>, _: &mut Stream) -> (Vec<NodeDecision>, Option<Time>) {
        let launch = NodeDecision::Launch {
            pool: 0,
            count: 12_u32.saturating_sub(view.cluster.len() as u32),
            zone: None,
            reason: Reason::new(&MORE),
        };
        (vec![launch], None)
    }

    fn clone_box(&self) -> Box<dyn NodeScaler> {
        Box::new(self.clone())
    }
}

/// Common random numbers: the n-th node of a zone takes as long to boot in every variant, however many zones there are.
#[test]
fn a_further_zone_moves_no_boot_in_the_others() {
    let boots = |zones: &str| {
        let mut scenario = scenario(zones, "{}");
        scenario.node_scaling.policy = Box::new(Twelve);
        let mut lives = Lives::default();
        let mut simulation = Simulation::new(Arc::new(scenario), 1, 0);
        simulation.run_to_end(Some(&mut lives), u64::MAX, || false);
        assert_eq!(simulation.broken_laws(), Vec::<String>::new());
        simulation.finish(Some(&mut lives));
        let mut boots: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for row in lives.0 {
            let boot = row.ready_s.expect("ready in time") - row.launched_s;
            boots.entry(row.zone).or_default().push(boot);
        }
        boots
    };
    let (two, three) = (boots("[x, y]"), boots("[x, y, z]"));
    for zone in ["x", "y"] {
        // Of the four initial nodes, two stand in each zone, or two in x and one in y; those did not boot.
        let (long, short) = (&two[zone][2..], &three[zone][2..]);
        assert_eq!(long[..2], short[..2], "zone {zone}");
        assert!(long[0] > 0.0 && (long[0] - long[1]).abs() > 1e-9);
    }
}
