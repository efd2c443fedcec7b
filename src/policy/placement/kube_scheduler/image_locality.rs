//! ImageLocality: nodes that have the pod's images score high, large images more
//! (`plugins/imagelocality/image_locality.go`).

use super::normalise::{SCORE_MAX, quotient};
use crate::model::cluster::{ClusterView, NodeView};
use crate::model::pod_template::PodTemplate;

const MIB: i64 = 1 << 20;
/// Images below this in all count for nothing.
const LEAST_BYTES: i64 = 23 * MIB;
/// Images above this per container count no more.
const MOST_BYTES_PER_CONTAINER: i64 = 1000 * MIB;

/// The pod's images and which share of all nodes has each.
pub(super) struct Images<'a> {
    pub(super) spread: Vec<(&'a str, f64)>,
    pub(super) containers: i64,
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
    let parts = images
        .spread
        .iter()
        .filter_map(|(name, share)| Some(part(*node.images.get(*name)?, *share)));
    of_sum(parts.sum(), images.containers)
}

/// What an image of `bytes` counts that this share of all nodes has.
pub(super) fn part(bytes: u64, share: f64) -> i64 {
    (bytes as f64 * share) as i64
}

/// The score of images that count `sum` in all, of a pod with so many containers.
pub(super) fn of_sum(sum: i64, containers: i64) -> i64 {
    let most = MOST_BYTES_PER_CONTAINER * containers;
    if most <= LEAST_BYTES {
        return 0;
    }
    let within = sum.clamp(LEAST_BYTES, most);
    quotient(SCORE_MAX * (within - LEAST_BYTES), most - LEAST_BYTES)
}
