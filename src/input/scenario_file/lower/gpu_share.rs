//! Shares of GPUs: what a pod may ask for, and which policies know of it.
//!
//! Knows: where shares and policies are written. Must not know: how devices are shared.

use super::super::raw::workload as raw;
use super::super::spot::Spot;
use super::Lowering;
use super::policies::Deciders;
use super::workload::{LoweredWorkload, pods_of};
use crate::model::gpu::{DEVICES_MAX, Devices, MILLI, is_gpu};
use crate::model::pod_template::{Container, PodTemplate};
use crate::model::pool::PoolSpec;
use crate::policy::placement::KubeScheduler;

impl Lowering<'_> {
    /// Reads `gpu_share` of the pods at `spot`, whose containers are these.
    pub(super) fn gpu_share(
        &mut self,
        spot: &Spot<'_>,
        serving: &raw::Serving,
        containers: &[Container],
    ) -> Option<u16> {
        let share = serving.gpu_share?.millis();
        let at = spot.at("gpu_share");
        let milli = u16::try_from(share)
            .ok()
            .filter(|milli| (1..MILLI).contains(milli));
        let whole = |container: &&Container| {
            let mut named = container.requests.extended_iter();
            named.any(|(name, count)| count > 0 && is_gpu(name))
        };
        if milli.is_none() {
            let error = at.error("a share of a GPU is from 1m to 999m");
            self.push(
                error.help("whole devices are asked for as `nvidia.com/gpu` in a container's requests"),
            );
        } else if let Some(container) = containers.iter().find(whole) {
            let error = at.error(format!(
                "a pod has a share of one GPU or whole ones; its container `{}` asks for whole ones",
                container.name
            ));
            self.push(error.help("leave one of them out"));
        }
        milli
    }

    /// Reports policies that know nothing of shares of GPUs where a workload asks for one.
    pub(super) fn shares_are_known(
        &mut self,
        root: &Spot<'_>,
        workloads: &[Option<LoweredWorkload>],
        deciders: &Deciders,
    ) {
        let items = root.at("workloads").items();
        let mut asked = items.iter().zip(workloads).filter(|(_, workload)| {
            let template = workload.as_ref().map(|workload| &workload.template);
            template.is_some_and(|template| template.gpus().is_share())
        });
        let Some((item, _)) = asked.next() else { return };
        let share = pods_of(item).at("gpu_share").cursor.place();
        let placer = deciders.placement.as_ref();
        let ignorant = |own: &KubeScheduler| !own.gpu_sharing;
        let ignorant_placer = placer.filter(|placer| placer.policy.kube_scheduler().is_some_and(ignorant));
        let scaler = deciders.node_scaling.as_ref();
        let ignorant_scaler = scaler.filter(|scaler| !scaler.policy.knows_gpu_shares());
        let placement = (
            "placement",
            ignorant_placer.map(|named| named.name.clone()),
            "`fgd`, `gpu_packing` or `best_fit` do, and so does `kube_scheduler: {gpuSharing: true}`, as with a plugin for them",
        );
        let scaling = (
            "node_scaling",
            ignorant_scaler.map(|named| named.name.clone()),
            "`just_enough` does",
        );
        for (question, ignorant, help) in [placement, scaling] {
            let Some(name) = ignorant else { continue };
            let at = root.at("policies").at(question);
            let what = format!("`{name}` knows whole GPUs only, as the real one does");
            let error = if at.exists() {
                at.key_error(what)
            } else {
                pods_of(item).at("gpu_share").error(what)
            };
            self.push(
                error
                    .related(share, "a share of one is asked for here")
                    .help(help),
            );
        }
    }
}

/// Whether a node that offers what those of `pool` do has GPUs of which pods of `template` can have a share, if they ask
/// for one.
pub(super) fn has_devices_for(template: &PodTemplate, pool: &PoolSpec) -> bool {
    let named = pool.named.iter().map(|node| node.allocatable.clone());
    let mut offers = named.chain([pool.allocatable()]);
    !template.gpus().is_share() || offers.any(|offer| Devices::of(&offer).is_some())
}

/// What to say of nodes none of which has GPUs to share.
pub(super) fn nothing_to_share() -> (String, String) {
    (
        "no node has GPUs that can be shared".to_owned(),
        format!(
            "a shape has GPUs `extended: {{nvidia.com/gpu: 8}}`; at most {DEVICES_MAX} of one node can be shared"
        ),
    )
}
