//! Whether a pod scaler or pod sizer has anything to look at.
//!
//! Knows: what a policy needs said, and what workloads say. Must not know: any policy.
//!
//! A metric that a workload does not have would stay at nothing for the whole run: the policy would never act, and
//! nothing would tell why.

use super::super::spot::Spot;
use super::Lowering;
use super::policies::Deciders;
use super::workload::LoweredWorkload;
use crate::model::units::quoted;
use crate::policy::pod_scaling::Need;

impl Lowering<'_> {
    /// Reports the pod scalers and pod sizers below `spot` that would look at something their workload does not have.
    pub(super) fn needs(
        &mut self,
        spot: &Spot<'_>,
        workloads: &[Option<LoweredWorkload>],
        deciders: &Deciders,
    ) {
        for (index, workload) in workloads.iter().enumerate() {
            let Some(workload) = workload else { continue };
            let needs = deciders.pod_scaler_needs(index);
            if workload.serving.ends.is_some() && !needs.contains(&Need::Ends) {
                let name = quoted(&workload.name);
                let place = spot.at("pod_scaling").at(&workload.name);
                let said = format!("{name} runs jobs, and nothing starts any");
                let error = match place.exists() {
                    true => place.key_error(said),
                    false => spot.key_error(said),
                };
                self.push(error.help("jobs are started by the policy `keda_job`"));
            }
            let scaler = needs.into_iter();
            let scaler = scaler.map(|need| ("pod_scaling", need));
            let sizer = deciders.pod_sizer_needs(index).into_iter();
            let sizer = sizer.map(|need| ("pod_sizing", need));
            for (question, need) in scaler.chain(sizer) {
                if !met(need, workload) {
                    let (looks_at, lacks, help) = words(need);
                    let name = quoted(&workload.name);
                    let error = spot
                        .at(question)
                        .at(&workload.name)
                        .key_error(format!("the policy looks at {looks_at}, and {name} {lacks}"));
                    self.push(error.help(help));
                }
            }
        }
    }

    /// Reports loads and policies that are about requests or replicas of workloads that have neither.
    pub(super) fn nothing_for_jobs(&mut self, root: &Spot<'_>, workloads: &[Option<LoweredWorkload>]) {
        let is_batch = |name: &str| {
            let mut all = workloads.iter().flatten();
            all.any(|workload| workload.name == name && workload.batch.is_some())
        };
        for load in root.at("load").items() {
            if let Some(name) = load.text("to").filter(|name| is_batch(name)) {
                let error = load
                    .at("to")
                    .error(format!("{} has Jobs and serves no requests", quoted(name)));
                self.push(error.help("expected a workload with `serving`"));
            }
        }
        for (question, why) in [
            ("routing", "serves no requests"),
            ("pod_scaling", "has as many pods as its Jobs want"),
            ("pod_sizing", "has pods of the size that its containers say"),
        ] {
            let about = root.at("policies").at(question).entries();
            for (name, place) in about.into_iter().filter(|(name, _)| is_batch(name)) {
                let error = place.key_error(format!("{} has Jobs and {why}", quoted(name)));
                self.push(error.help("remove it"));
            }
        }
    }
}

fn met(need: Need, workload: &LoweredWorkload) -> bool {
    let template = &workload.template;
    match need {
        Need::CpuUsage => template.says_cpu_usage(),
        Need::MemoryUsage => template.says_memory_usage(),
        Need::CpuRequest => template.requests().cpu_milli > 0,
        Need::MemoryRequest => template.requests().memory_bytes > 0,
        Need::Slots => workload.serving.slots.is_some(),
        Need::Ends => workload.serving.ends.is_some(),
    }
}

/// What the policy looks at, what the workload lacks, and how to mend it.
const fn words(need: Need) -> (&'static str, &'static str, &'static str) {
    match need {
        Need::CpuUsage => (
            "CPU",
            "does not say how much it uses",
            "say it at a container: `usage: {cpu_idle: 50m, cpu_per_slot: 200m}`",
        ),
        Need::MemoryUsage => (
            "memory",
            "does not say how much it uses",
            "say it at a container: `usage: {memory_idle: 256Mi, memory_per_slot: 32Mi}`",
        ),
        Need::CpuRequest => (
            "CPU as a share of what is reserved",
            "reserves none",
            "reserve some at a container: `resources: {requests: {cpu: 500m}}`",
        ),
        Need::MemoryRequest => (
            "memory as a share of what is reserved",
            "reserves none",
            "reserve some at a container: `resources: {requests: {memory: 1Gi}}`",
        ),
        Need::Ends => (
            "jobs, which end by themselves",
            "has pods that go on until they are stopped",
            "say in its `serving` when a pod ends: `job: {messages: 1}` or `job: {until_empty: {}}`",
        ),
        Need::Slots => (
            "the share of slots in use",
            "serves any number of requests at once",
            "give its serving container `slots`, or look at `concurrency`",
        ),
    }
}
