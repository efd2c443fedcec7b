//! ImageLocality: nodes that have the pod's images score high, large images more
//! (`plugins/imagelocality/image_locality.go`).

use super::normalise::SCORE_MAX;
use crate::model::cluster::{ClusterView, NodeView};
use crate::model::pod_template::PodTemplate;

const MIB: i64 = 1 << 20;
/// Images below this in all count for nothing.
const LEAST_BYTES: i64 = 23 * MIB;
/// Images above this per container count no more.
const MOST_BYTES_PER_CONTAINER: i64 = 1000 * MIB;

/// The pod's images and which share of all nodes has each.
pub(super) struct Images<'a> {
    spread: Vec<(&'a str, f64)>,
    containers: i64,
}

pub(super) fn pre_score<'a>(view: &dyn ClusterView, nodes: usize, class: &'a PodTemplate) -> Images<'a> {
    let share = |name: &'a String| {
        let have = view.nodes_with_image(name);
        (have > 0).then(|| (name.as_str(), have as f64 / nodes as f64))
    };
    Images {
        spread: class.image_names().iter().filter_map(share).collect(),
        containers: class.containers.len() as i64,
    }
}

pub(super) fn score(images: &Images<'_>, node: &NodeView) -> i64 {
    let sum: i64 = images
        .spread
        .iter()
        .filter_map(|(name, share)| Some((*node.images.get(*name)? as f64 * share) as i64))
        .sum();
    let most = MOST_BYTES_PER_CONTAINER * images.containers;
    if most <= LEAST_BYTES {
        return 0;
    }
    SCORE_MAX * (sum.clamp(LEAST_BYTES, most) - LEAST_BYTES) / (most - LEAST_BYTES)
}
