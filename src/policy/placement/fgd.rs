//! Fragmentation gradient descent: the node, and the device, where the pod makes the least idle GPU useless to the pods
//! that usually come (Weng et al., "Beware of Fragmentation", USENIX ATC 2023).
//!
//! What usually comes is learnt from the pods it has placed and the one that comes: the paper takes it from the trace, which
//! is known beforehand and which no controller has.

use super::descent::descend;
use super::filter::{Rejections, feasible};
use super::typical_pods::{Seen, Typical, accepted};
use super::{Incoming, Placement, Placer};
use crate::engine::Stream;
use crate::model::cluster::{ClusterView, NodeView};
use crate::model::gpu::{Demand, GpuRequest, Taken, expected_fragment};
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
        self.seen.add(pod.class, 1);
        let typical = self.seen.typical(self.popularity.get());
        let (mut rejections, mut mix) = (Rejections::default(), Vec::new());
        let mut best: Option<(f64, usize, Taken)> = None;
        for place in 0..view.len() {
            let Some(node) = view.node(place) else { continue };
            if let Err(rejection) = feasible(&view.objects().volumes, node, pod) {
                rejections.add(rejection);
                continue;
            }
            let (score, devices) = gradient(node, pod.class, &typical, &mut mix);
            if best.is_none_or(|(known, _, _)| score > known) {
                best = Some((score, place, devices));
            }
        }
        let Some((_, place, devices)) = best else {
            // It counts when it is placed: one that is tried again and again comes but once.
            self.seen.take_back(pod.class);
            return Placement::Wait(rejections.into());
        };
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

/// How well the pod goes to a node, and the devices it gets there; `mix` is room to work in.
fn gradient(
    node: &NodeView,
    class: &PodTemplate,
    typical: &[Typical],
    mix: &mut Vec<(f64, Option<Demand>)>,
) -> (f64, Taken) {
    let Some(devices) = node.devices() else {
        return descend(&[], GpuRequest::NONE, 0.0, |_| 0.0);
    };
    mix.clear();
    mix.extend(accepted(node, typical));
    let (idle, free) = (devices.idle(), node.free.cpu_milli);
    let left = free.saturating_sub(class.requests().cpu_milli);
    descend(idle, class.gpus(), expected_fragment(free, idle, mix), |idle| {
        expected_fragment(left, idle, mix)
    })
}
