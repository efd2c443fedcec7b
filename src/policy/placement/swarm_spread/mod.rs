//! Docker Swarm's spread: the node with the fewest tasks of the same service, then with the fewest tasks of all
//! (swarmkit `manager/scheduler`). How large they are plays no part: one large and one small task count alike. A node on
//! which five tasks of the service's version failed within five minutes comes after those with fewer such failures.
//! Tasks alike that wait together are placed together: see `group`.

mod group;
mod order;

use super::filter::{Rejections, feasible, taken_ports};
use super::rule::{Bin, Need, Rule};
use super::{Incoming, Placement, Placer};
use crate::engine::{Stream, Time};
use crate::model::cluster::{BoundPod, ClusterView, Overlay};
use crate::model::gpu::Taken;
use crate::model::pod_template::PodTemplate;
use crate::policy::parameters::Parameters;
use crate::policy::reason::ReasonKind;
use group::{Branch, Room};
use order::{Failures, Standing};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

static FEWEST: ReasonKind = ReasonKind {
    code: "fewest_tasks",
    sentence: "the fewest tasks of the same service, then of all",
};

/// The node with the fewest pods of the same workload, then with the fewest pods.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SwarmSpread {
    #[serde(skip)]
    failures: Failures,
}

/// More than any node has pods, and so small that counts times it are exact in a double.
const PODS_MAX: f64 = 1_048_576.0;

impl Rule for SwarmSpread {
    /// For whoever packs a fleet: nothing fails there, and items come one by one.
    fn score(&self, bin: &Bin<'_>, _: &Need<'_>) -> f64 {
        -(f64::from(bin.alike) * PODS_MAX + f64::from(bin.pods))
    }
}

/// Nodes that fill up as tasks are placed.
struct Filling<'a> {
    overlay: Overlay<'a>,
    pod: Incoming<'a>,
}

impl Room for Filling<'_> {
    fn has(&mut self, place: usize) -> bool {
        let objects = self.overlay.objects();
        self.overlay.node(place).is_some_and(|node| {
            feasible(&objects.volumes, node, &self.pod).is_ok() && !taken_ports(node, self.pod.class)
        })
    }

    fn take(&mut self, place: usize) {
        let task = BoundPod {
            class: self.pod.class.clone(),
            id: None,
            started: self.pod.now,
            terminating: None,
            devices: Taken::NONE,
        };
        self.overlay.add_pod(place, task);
    }
}

impl SwarmSpread {
    fn places(&self, view: &dyn ClusterView, pod: &Incoming<'_>, count: u32) -> Vec<usize> {
        let mut tree = Branch::default();
        let nodes = (0..view.len()).filter_map(|place| Some((place, view.node(place)?)));
        for (place, node) in nodes {
            let labels = pod.class.rules.preferences.iter();
            let values: Vec<&str> = labels
                .map(|label| node.label(label).unwrap_or_default())
                .collect();
            tree.add(
                &values,
                Standing::of(place, node, pod.class, &self.failures, pod.now),
            );
        }
        let mut room = Filling {
            overlay: Overlay::new(view),
            pod: *pod,
        };
        tree.place(count, &mut room)
    }
}

impl Placer for SwarmSpread {
    fn place(&mut self, view: &dyn ClusterView, pod: &Incoming<'_>, _: &mut Stream) -> Placement {
        match self.places(view, pod, 1).first() {
            Some(&place) => Placement::Bind {
                place,
                reason: &FEWEST,
                devices: Taken::NONE,
            },
            None => {
                let nodes = (0..view.len()).filter_map(|place| view.node(place));
                let mut rejections = Rejections::default();
                for node in nodes {
                    match feasible(&view.objects().volumes, node, pod) {
                        Err(why) => rejections.add(why),
                        Ok(()) => rejections.add(super::filter::Rejection::HostPort),
                    }
                }
                Placement::Wait(rejections.into())
            }
        }
    }

    fn places_together(&self) -> bool {
        true
    }

    fn place_together(
        &mut self,
        view: &dyn ClusterView,
        pod: &Incoming<'_>,
        count: u32,
    ) -> (Vec<usize>, &'static ReasonKind) {
        (self.places(view, pod, count), &FEWEST)
    }

    fn pod_failed(&mut self, node: &str, class: &Arc<PodTemplate>, now: Time) {
        self.failures.add(node, class, now);
    }

    fn rule(&self) -> Option<Box<dyn Rule>> {
        Some(Box::new(self.clone()))
    }

    fn clone_box(&self) -> Box<dyn Placer> {
        Box::new(self.clone())
    }
}

impl Parameters for SwarmSpread {}
