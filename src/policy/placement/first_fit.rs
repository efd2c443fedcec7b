//! First fit: the first node, in order of launch, that has room. Keeps the newest nodes empty, so that they can go.

use super::filter::{Rejections, feasible};
use super::{Incoming, Placement, Placer};
use crate::engine::Stream;
use crate::model::cluster::ClusterView;
use crate::model::gpu::Taken;
use crate::policy::parameters::Parameters;
use crate::policy::reason::ReasonKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

static FIRST: ReasonKind = ReasonKind {
    code: "first_with_room",
    sentence: "the first node with room",
};

/// The first node with room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FirstFit {}

impl Placer for FirstFit {
    fn place(&mut self, view: &dyn ClusterView, pod: &Incoming<'_>, _: &mut Stream) -> Placement {
        let mut rejections = Rejections::default();
        for place in 0..view.len() {
            let Some(node) = view.node(place) else { continue };
            match feasible(&view.objects().volumes, node, pod) {
                Ok(()) => {
                    return Placement::Bind {
                        place,
                        reason: &FIRST,
                        devices: Taken::NONE,
                    };
                }
                Err(rejection) => rejections.add(rejection),
            }
        }
        Placement::Wait(rejections.into())
    }

    fn clone_box(&self) -> Box<dyn Placer> {
        Box::new(*self)
    }
}

impl Parameters for FirstFit {}
