//! Fragmentation gradient descent: the node, and the device, where the pod makes the least idle GPU useless to the pods
//! that usually come (Weng et al., "Beware of Fragmentation", USENIX ATC 2023).
//!
//! What usually comes is learnt from the pods it has placed and the one that comes: the paper takes it from the trace, which
//! is known beforehand and which no controller has.

use super::filter::{Rejections, feasible};
use super::typical_pods::{Seen, Typical, accepted};
use super::{Incoming, Placement, Placer};
use crate::engine::Stream;
use crate::model::cluster::{ClusterView, NodeView};
use crate::model::gpu::{Devices, GpuRequest, Taken, expected_fragment, hand_out};
use crate::model::pod_template::PodTemplate;
use crate::model::units::Share;
use crate::policy::parameters::Parameters;
use crate::policy::reason::ReasonKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

static LEAST_FRAGMENTED: ReasonKind = ReasonKind {
    code: "least_fragmented",
    sentence: "the least idle GPU becomes useless to the pods that usually come",
};

/// The node and device where idle GPU is fragmented least; the first among equals. Pods without GPU take CPU from where no
/// idle GPU needs it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Fgd {
    /// The kinds of pods that are looked at: the commonest ones, until they are this part of all.
    pub popularity: Share,
    #[serde(skip)]
    seen: Seen,
}

impl Default for Fgd {
    fn default() -> Self {
        Self {
            popularity: Share::from_percent(95),
            seen: Seen::default(),
        }
    }
}

impl Placer for Fgd {
    fn place(&mut self, view: &dyn ClusterView, pod: &Incoming<'_>, _: &mut Stream) -> Placement {
        let mut seen = self.seen.clone();
        seen.add(pod.class, 1);
        let typical = seen.typical(self.popularity.get());
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
        let Some((_, place, devices)) = best else {
            return Placement::Wait(rejections.into());
        };
        self.seen = seen;
        Placement::Bind {
            place,
            reason: &LEAST_FRAGMENTED,
            devices,
        }
    }

    fn clone_box(&self) -> Box<dyn Placer> {
        Box::new(self.clone())
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
