//! Shares of GPUs: what a plugin for them refuses. Kubernetes itself has none, so it is off unless asked for.

use super::status::{Code, Plugin, Status, Why};
use crate::model::cluster::NodeView;
use crate::model::pod_template::PodTemplate;
use crate::model::resources::Shortage;

/// What is said to lack where a node has no GPUs at all.
const ANY: &str = "nvidia.com/gpu";

pub(super) fn filter(class: &PodTemplate, node: &NodeView) -> Result<(), Status> {
    let gpus = class.gpus();
    let devices = node.devices();
    // Nodes that do not tell their GPUs apart hand them out by number, which has been looked at.
    if gpus.is_none() || (devices.is_none() && !gpus.is_share()) {
        return Ok(());
    }
    if devices.is_some_and(|devices| gpus.fits(devices.idle())) {
        return Ok(());
    }
    let enough = devices.is_some_and(|devices| devices.idle().len() >= usize::from(gpus.count()));
    let resource = devices.map_or(ANY, |devices| devices.resource());
    Err(Status {
        plugin: Plugin::NodeResourcesFit,
        code: match enough {
            true => Code::Unschedulable,
            false => Code::UnschedulableAndUnresolvable,
        },
        reasons: vec![Why::Insufficient(Shortage::Extended(resource.into()))],
    })
}

#[cfg(test)]
mod tests {
    use crate::engine::{StreamKey, Time};
    use crate::model::cluster::fixed::Fixed;
    use crate::model::cluster::{BoundPod, NodeFacts, NodeView};
    use crate::model::gpu::Taken;
    use crate::model::pod_template::PodTemplate;
    use crate::model::resources::Resources;
    use crate::policy::placement::{Incoming, KubeScheduler, Placement, Placer};
    use std::sync::Arc;

    fn pod(share: Option<u16>, whole: u64) -> Arc<PodTemplate> {
        let asked = Resources::new(100, 0).with_extended("nvidia.com/gpu", whole);
        let template = PodTemplate::new(Vec::new()).with_overhead(&asked);
        Arc::new(match share {
            Some(milli) => template.with_gpu_share(milli),
            None => template,
        })
    }

    /// Two GPUs, with a share of 0.6 on one of them.
    fn node() -> Fixed {
        let whole = Resources::new(8000, 1 << 30)
            .with_pods(10)
            .with_extended("nvidia.com/gpu", 2);
        let mut node = NodeView::new(NodeFacts::default(), whole);
        node.bind(BoundPod {
            class: pod(Some(600), 0),
            id: None,
            started: Time::ZERO,
            terminating: None,
            devices: Taken::NONE,
        });
        Fixed(vec![node])
    }

    fn finds_room(scheduler: KubeScheduler, class: &Arc<PodTemplate>) -> bool {
        let mut stream = StreamKey::new(1, 0).stream("placement");
        let mut scheduler = scheduler;
        let placed = scheduler.place(&node(), &Incoming::any_of(class, Time::ZERO), &mut stream);
        matches!(placed, Placement::Bind { .. })
    }

    #[test]
    fn shares_need_a_device_with_room_only_where_a_plugin_knows_them() {
        let with = || KubeScheduler {
            gpu_sharing: true,
            ..KubeScheduler::default()
        };
        assert!(finds_room(with(), &pod(Some(1000 - 600), 0)), "beside the other");
        assert!(finds_room(with(), &pod(None, 1)), "the second device");
        assert!(!finds_room(with(), &pod(None, 2)), "one of two has a share");
        assert!(
            finds_room(KubeScheduler::default(), &pod(None, 2)),
            "Kubernetes itself counts whole GPUs that are asked for, and knows no shares"
        );
        let no_gpus = Fixed(vec![NodeView::new(
            NodeFacts::default(),
            Resources::new(8000, 0).with_pods(10),
        )]);
        assert!(!with().accepts(&no_gpus, 0, &Incoming::any_of(&pod(Some(100), 0), Time::ZERO)));
    }
}
