//! Packed anew, a cluster keeps what its policy decided, devices and all.

use super::{PodName, Standing, fewest_nodes, repack};
use crate::engine::Stream;
use crate::model::cluster::{ApiObjects, ClusterView, NodeFacts, NodeView};
use crate::model::gpu::Taken;
use crate::model::pod_template::PodTemplate;
use crate::model::resources::Resources;
use crate::policy::placement::{Fgd, FirstFit, Incoming, Placement, Placer};
use crate::policy::reason::ReasonKind;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Nodes of two GPUs and 8 CPUs each.
fn cluster(nodes: usize) -> Standing {
    let node = |index: usize| {
        let facts = NodeFacts {
            name: format!("node-{index}"),
            ..NodeFacts::default()
        };
        let whole = Resources::new(8000, 1 << 30).with_pods(20);
        NodeView::new(facts, whole.with_extended("nvidia.com/gpu", 2))
    };
    Standing {
        names: vec![BTreeMap::new(); nodes],
        nodes: (0..nodes).map(node).collect(),
        objects: ApiObjects::default(),
        waiting: Vec::new(),
        left_out: Vec::new(),
        unknown_nodes: BTreeMap::new(),
    }
}

fn name(name: &str) -> PodName {
    PodName {
        full: format!("default/{name}"),
        workload: Arc::from("inference"),
    }
}

fn share(milli: u16) -> Arc<PodTemplate> {
    let template = PodTemplate::new(Vec::new()).with_overhead(&Resources::new(100, 0));
    Arc::new(template.with_gpu_share(milli))
}

fn idle(standing: &Standing, place: usize) -> Vec<u16> {
    let devices = standing.node(place).and_then(NodeView::devices);
    devices.expect("it has GPUs").idle().to_vec()
}

/// A policy that gives every pod the second device of the first node.
#[derive(Clone, Debug)]
struct SecondDevice;

impl Placer for SecondDevice {
    fn place(&mut self, _: &dyn ClusterView, pod: &Incoming<'_>, _: &mut Stream) -> Placement {
        static SECOND: ReasonKind = ReasonKind {
            code: "Second",
            sentence: "the second device",
        };
        Placement::Bind {
            place: 0,
            reason: &SECOND,
            devices: Taken::of([1], pod.class.gpus().milli()),
        }
    }

    fn clone_box(&self) -> Box<dyn Placer> {
        Box::new(self.clone())
    }
}

#[test]
fn a_pod_gets_the_devices_that_its_policy_has_chosen() {
    let mut standing = cluster(1);
    standing.add(0, &share(400), Taken::NONE, name("a"));
    assert_eq!(idle(&standing, 0), [600, 1000], "nobody has chosen");
    let packed = repack(&standing, &SecondDevice, 1);
    assert_eq!(idle(&packed, 0), [1000, 600]);
    assert_eq!(packed.pod_name(0, 0), "default/a", "it is still the same pod");
}

/// Six shares of 0.6 take a device each: three nodes, though their sum is that of two; the bound counts thousandths.
#[test]
fn shares_that_do_not_fit_together_take_a_device_each() {
    let mut standing = cluster(4);
    for (index, place) in [0, 0, 1, 1, 2, 3].into_iter().enumerate() {
        standing.add(place, &share(600), Taken::NONE, name(&format!("p{index}")));
    }
    assert_eq!(standing.nodes_in_use(), 4);
    for placer in [&FirstFit::default() as &dyn Placer, &Fgd::default()] {
        let packed = repack(&standing, placer, 1);
        assert_eq!(
            (packed.nodes_in_use(), packed.waiting.len()),
            (3, 0),
            "{placer:?}"
        );
        assert_eq!(idle(&packed, 0), [400, 400]);
    }
    assert_eq!(fewest_nodes(&standing), 2);
    standing.add(2, &share(600), Taken::NONE, name("p6"));
    assert_eq!(fewest_nodes(&standing), 3, "4.2 GPUs take three nodes of two");
}

#[test]
fn a_picture_has_the_share_of_each_pod() {
    let mut standing = cluster(1);
    standing.add(0, &share(500), Taken::NONE, name("a"));
    let picture = standing.picture();
    let gpu = picture
        .dimensions
        .iter()
        .position(|name| name == "gpu")
        .expect("GPUs");
    assert!(
        (picture.nodes[0].used(gpu) - 0.25).abs() < 1e-12,
        "half of one of two"
    );
    assert!((picture.nodes[0].used(0) - 100.0 / 8000.0).abs() < 1e-12);
    assert_eq!(picture.nodes[0].own_pods(), 1);
}
