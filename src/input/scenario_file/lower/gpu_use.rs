//! What pods ask of GPUs, held against what nodes offer.
//!
//! Knows: Kubernetes' and the device plugin's rules about requests, and where memory of GPUs is said. Must not know: how
//! GPUs are cut or shared.

use super::super::raw::workload as raw;
use super::super::spot::Spot;
use super::Lowering;
use super::workload::{LoweredWorkload, pods_of};
use crate::model::gpu::{GpuPart, GpuPlan, MILLI, is_gpu};
use crate::model::gpu_memory::{GpuMemory, LIMIT_RESOURCE};
use crate::model::pod_template::{Container, PodTemplate};
use crate::model::pool::PoolSpec;
use crate::model::units::{ByteQuantity, quoted};
use crate::sim::platform::Platform;

impl Lowering<'_> {
    /// Reports extended resources of which a container asks for another number than its limit: there is no overcommitting
    /// them (Kubernetes, `ValidateResourceRequirements` in `pkg/apis/core/validation`).
    pub(super) fn not_overcommitted(
        &mut self,
        requests: &Spot<'_>,
        limits: &Spot<'_>,
        resources: &raw::ContainerResources,
    ) {
        let (asked, limit) = (&resources.requests.extended, &resources.limits.extended);
        if asked.contains_key(LIMIT_RESOURCE) {
            let error = requests
                .at(LIMIT_RESOURCE)
                .key_error(format!("{} is a limit only", quoted(LIMIT_RESOURCE)));
            self.push(error.help("write it under `limits`"));
        }
        if self.platform != Platform::Kubernetes {
            return;
        }
        for (name, asked) in asked.iter().filter(|(name, _)| name.contains('/')) {
            // More than the limit is reported of any resource.
            let Some(limit) = limit.get(name).filter(|limit| asked.count() < limit.count()) else {
                continue;
            };
            let error = requests.at(name).error(format!(
                "a container asks for {} {name} and may use {}: both must be equal",
                asked.count(),
                limit.count()
            ));
            self.push(error.related(limits.at(name).cursor.place(), "the limit is here"));
        }
    }

    /// Reports what `workloads` ask of GPUs that `pools` never give.
    pub(super) fn gpu_use(
        &mut self,
        spot: &Spot<'_>,
        workloads: &[Option<LoweredWorkload>],
        pools: &[Option<PoolSpec>],
    ) {
        let plans: Vec<&GpuPlan> = pools
            .iter()
            .flatten()
            .filter_map(|pool| pool.shape.gpus.as_deref())
            .collect();
        for (item, workload) in spot.items().iter().zip(workloads) {
            let Some(workload) = workload else { continue };
            let pods = pods_of(item);
            let template = &workload.template;
            if template.gpus().is_share() && plans.iter().any(|plan| !plan.is_whole()) {
                let at = pods.at("gpu_share");
                let error =
                    at.key_error("pods have shares of whole GPUs, and these are cut or shared already");
                self.push(error.help("leave `mig` and `sharing` of `gpu` out, or ask for what they offer"));
            }
            for (container, at) in template.containers.iter().zip(pods.at("containers").items()) {
                self.one_at_a_time(&at.at("resources"), container, &plans);
            }
            self.gpu_memory(&pods, workload, &plans);
        }
    }

    /// Reports requests for several shared units, which the device plugin refuses (`ValidateRequest` in `internal/rm/rm.go`).
    fn one_at_a_time(&mut self, spot: &Spot<'_>, container: &Container, plans: &[&GpuPlan]) {
        for (name, count) in container.requests.extended_iter().filter(|&(_, count)| count > 1) {
            let refuses = |plan: &&&GpuPlan| plan.one_at_a_time.iter().any(|one| **one == *name);
            if !plans.iter().any(|plan| refuses(&plan)) {
                continue;
            }
            let place = [spot.at("requests").at(name), spot.at("limits").at(name)];
            let place = place.into_iter().find(Spot::exists);
            let error = place.unwrap_or_else(|| spot.clone()).error(format!(
                "a container asks for {count} {name}, and no more than 1 is given of what is shared"
            ));
            self.push(error.help("several units would be no larger part of a GPU"));
        }
    }

    /// Reports memory of GPUs that nobody has.
    fn gpu_memory(&mut self, pods: &Spot<'_>, workload: &LoweredWorkload, plans: &[&GpuPlan]) {
        let template = &workload.template;
        let Some(need) = GpuMemory::of(template) else {
            return;
        };
        let items = pods.at("containers").items();
        let says = |item: &&Spot<'_>| {
            let usage = item.at("usage");
            usage.at("gpu_memory_idle").exists() || usage.at("gpu_memory_per_slot").exists()
        };
        let at = items
            .iter()
            .find(says)
            .map_or_else(|| pods.clone(), |item| item.at("usage"));
        let key = ["gpu_memory_idle", "gpu_memory_per_slot"].map(|key| at.at(key));
        let at = key.into_iter().find(Spot::exists).unwrap_or(at);
        let parts: Vec<&GpuPart> = plans.iter().flat_map(|plan| &plan.parts).collect();
        let asked = |name: &str| template.requests().extended(name) > 0;
        let own: Vec<&GpuPart> = parts
            .iter()
            .copied()
            .filter(|part| asked(&part.resource) || (template.gpus().is_share() && is_gpu(&part.resource)))
            .collect();
        if own.is_empty() {
            if template.gpus().is_none() {
                let error = at.key_error("the pods use memory of a GPU and ask for none");
                self.push(error.help("ask for one: `resources: {limits: {nvidia.com/gpu: 1}}`"));
            } else if need.limit.is_none() {
                let warning = at.warning("nobody says how much memory the GPUs have: it is never too little");
                self.push(warning.help("say what they are: `shape: {gpu: {count: 1, model: T4}}`"));
            }
            return;
        }
        let with_gpus = |container: &&Container| {
            let mut named = container.requests.extended_iter();
            named.any(|(name, count)| count > 0 && own.iter().any(|part| *part.resource == *name))
        };
        if template.running().filter(with_gpus).count() > 1 {
            let error =
                at.key_error("several containers of the pod have GPUs: it is not known whose memory this is");
            self.push(error.help("one container of a pod may have GPUs where memory of them is used"));
        }
        let most = own
            .iter()
            .map(|part| may_use(part, template, need))
            .max()
            .flatten();
        // A part of which nobody knows the memory has enough.
        let all_known = own.iter().all(|part| part.memory_bytes.is_some()) || need.limit.is_some();
        if let Some(most) = most.filter(|&most| all_known && need.idle > most) {
            let warning = at.warning(format!(
                "without any request this is more than the {} of GPU memory there are for it: the container fails \
                 whenever it starts",
                ByteQuantity::new(most)
            ));
            self.push(warning.help("ask for a larger part of a GPU"));
        }
    }
}

/// Most that a pod of `template`, which needs `need`, may use of the memory of `part`.
fn may_use(part: &GpuPart, template: &PodTemplate, need: GpuMemory) -> Option<u64> {
    let of_part = part.memory_of_one().map(|memory| match template.gpus() {
        gpus if gpus.is_share() => memory / u64::from(MILLI) * u64::from(gpus.milli()),
        _ => memory,
    });
    match (of_part, need.limit) {
        (Some(own), Some(limit)) => Some(own.min(limit)),
        (own, limit) => own.or(limit),
    }
}
