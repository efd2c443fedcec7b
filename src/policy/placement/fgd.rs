//! Fragmentation gradient descent: the node, and the device, where the pod makes the least idle GPU useless to the pods
//! that usually come (Weng et al., "Beware of Fragmentation", USENIX ATC 2023).
//!
//! What usually comes is taken from the pods that are on the nodes and the one that is placed: the paper measures it once,
//! over a trace that is known beforehand, which no controller has.

use super::filter::{Rejections, feasible};
use super::{Incoming, Placement, Placer};
use crate::engine::Stream;
use crate::model::cluster::{ClusterView, NodeView};
use crate::model::gpu::{Demand, Devices, GpuRequest, Taken, expected_fragment, hand_out};
use crate::model::labels::untolerated;
use crate::model::owner::Owner;
use crate::model::pod_template::PodTemplate;
use crate::policy::parameters::Parameters;
use crate::policy::reason::ReasonKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

static LEAST_FRAGMENTED: ReasonKind = ReasonKind {
    code: "least_fragmented",
    sentence: "the least idle GPU becomes useless to the pods that usually come",
};

/// The node and device where idle GPU is fragmented least; the first among equals. Pods without GPU take CPU from where no
/// idle GPU needs it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fgd {}

impl Placer for Fgd {
    fn place(&mut self, view: &dyn ClusterView, pod: &Incoming<'_>, _: &mut Stream) -> Placement {
        let typical = typical(view, Some(pod.class));
        let mut rejections = Rejections::default();
        let mut best: Option<(i64, usize, Taken)> = None;
        for place in 0..view.len() {
            let Some(node) = view.node(place) else { continue };
            if let Err(rejection) = feasible(&view.objects().volumes, node, pod) {
                rejections.add(rejection);
                continue;
            }
            let (score, devices) = gradient(node, pod.class, &typical);
            if best.is_none_or(|(known, _, _)| score > known) {
                best = Some((score, place, devices));
            }
        }
        let reason = &LEAST_FRAGMENTED;
        best.map_or_else(
            || Placement::Wait(rejections.into()),
            |(_, place, devices)| Placement::Bind {
                place,
                reason,
                devices,
            },
        )
    }

    fn clone_box(&self) -> Box<dyn Placer> {
        Box::new(*self)
    }
}

impl Parameters for Fgd {}

/// How little the node's idle GPU is fragmented by the pod, 0 to 100 as the paper's plugin counts, and the devices it gets.
fn gradient(node: &NodeView, class: &PodTemplate, typical: &[Typical]) -> (i64, Taken) {
    let Some(devices) = node.devices() else {
        return (score(0.0), Taken::NONE);
    };
    let mix = accepted(node, typical);
    let free = node.free.cpu_milli;
    let left = free.saturating_sub(class.requests().cpu_milli);
    let before = expected_fragment(free, devices.idle(), &mix);
    let with = |taken: Taken| {
        let mut idle = devices.idle().to_vec();
        taken.take_from(&mut idle);
        score(before - expected_fragment(left, &idle, &mix))
    };
    let mut best: Option<(i64, Taken)> = None;
    for taken in ways(devices, class.gpus()) {
        let score = with(taken);
        if best.is_none_or(|(known, _)| score > known) {
            best = Some((score, taken));
        }
    }
    best.unwrap_or((score(0.0), Taken::NONE))
}

/// The devices a pod could get: a share on any that takes it, whole ones where the node hands them out.
fn ways(devices: &Devices, gpus: GpuRequest) -> Vec<Taken> {
    let idle = devices.idle();
    if !gpus.is_share() {
        return vec![hand_out(idle, gpus)];
    }
    let able = (0..idle.len()).filter(|&device| idle[device] >= gpus.milli());
    able.map(|device| Taken::of([device], gpus.milli())).collect()
}

/// 100 × the logistic function of what becomes useful, in devices, cut to a whole number.
fn score(thousandths: f64) -> i64 {
    (100.0 / (1.0 + (-thousandths / 1000.0).exp())) as i64
}

/// One kind of the pods that usually come.
#[derive(Clone, Debug)]
pub(crate) struct Typical {
    class: Arc<PodTemplate>,
    share: f64,
}

/// Which part of all pods the kinds make up that are looked at.
const LOOKED_AT: f64 = 0.95;

/// The kinds of pods that usually come, commonest first: those on the nodes and `coming`, without DaemonSets', until they
/// are 95 % of all.
pub(crate) fn typical(view: &dyn ClusterView, coming: Option<&Arc<PodTemplate>>) -> Vec<Typical> {
    let mut counts: Vec<(Arc<PodTemplate>, u64)> = Vec::new();
    let mut count = |class: &Arc<PodTemplate>, pods: u64| {
        if class.owner == Owner::DaemonSet {
            return;
        }
        match counts.iter_mut().find(|(known, _)| Arc::ptr_eq(known, class)) {
            Some((_, known)) => *known += pods,
            None => counts.push((class.clone(), pods)),
        }
    };
    for node in (0..view.len()).filter_map(|place| view.node(place)) {
        let classes = node.pods.classes().iter();
        classes.for_each(|of| count(&of.class, of.pods.into()));
    }
    coming.into_iter().for_each(|class| count(class, 1));
    counts.sort_by_key(|(_, pods)| std::cmp::Reverse(*pods));
    let all: u64 = counts.iter().map(|(_, pods)| pods).sum();
    let mut kept = 0;
    counts.retain(|(_, pods)| {
        let more = (kept as f64) < LOOKED_AT * all as f64;
        kept += if more { *pods } else { 0 };
        more
    });
    let share = |(class, pods): (Arc<PodTemplate>, u64)| Typical {
        class,
        share: pods as f64 / kept as f64,
    };
    counts.into_iter().map(share).collect()
}

/// What the typical pods ask of `node`; `None` of those that may not go there.
fn accepted(node: &NodeView, typical: &[Typical]) -> Vec<(f64, Option<Demand>)> {
    let demand = |kind: &Typical| {
        let class = &kind.class;
        let may = class.selects(&node.facts.name, &node.facts.labels)
            && untolerated(&node.facts.taints, &class.tolerations).is_none();
        let demand = Demand {
            cpu_milli: class.requests().cpu_milli,
            gpus: class.gpus(),
        };
        (kind.share, may.then_some(demand))
    };
    typical.iter().map(demand).collect()
}

/// Thousandths of the node's idle GPU that are useless to a typical pod, expected.
pub(crate) fn fragmented(node: &NodeView, typical: &[Typical]) -> f64 {
    node.devices().map_or(0.0, |devices| {
        expected_fragment(node.free.cpu_milli, devices.idle(), &accepted(node, typical))
    })
}
