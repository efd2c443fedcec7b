//! Pod sizers are asked: what do containers need, and which running pods should change?

use crate::model::pod_template::ContainerKind;
use crate::policy::pod_scaling::pod_sizer::{
    OomKill, PodSizer, PodSizingView, ResizeState, SizedContainer, SizedPod, UsageSample,
};
use crate::sim::event::Control;
use crate::sim::pod_watch::has_run;
use crate::sim::sizing::{Sizing, mains, size_of, templates};
use crate::sim::world::World;

impl World {
    /// A pod sizer learns from what was used, and says anew what containers should ask for.
    pub(in crate::sim) fn on_pod_sizer(&mut self, workload: u32) {
        let (index, now) = (workload as usize, self.now);
        let Some(mut sizing) = self.workloads[index].sizing.take() else {
            return;
        };
        if sizing.recommend.due(now) {
            let usage = self.usage_of(index);
            let ooms = std::mem::take(&mut sizing.ooms);
            let news = (usage.as_slice(), ooms.as_slice());
            let said = self.ask_sizer(index, &mut sizing, news, |sizer, view| sizer.recommend(view));
            let before = std::mem::replace(&mut sizing.said, said);
            self.log_recommendation(index, &before, &sizing.said);
            if let Some(at) = sizing.recommend.looked(now, None) {
                self.plan(at, Control::PodSizer(workload));
            }
        }
        self.workloads[index].sizing = Some(sizing);
    }

    /// A pod sizer looks for running pods to change.
    pub(in crate::sim) fn on_pod_updater(&mut self, workload: u32) {
        let (index, now) = (workload as usize, self.now);
        let Some(mut sizing) = self.workloads[index].sizing.take() else {
            return;
        };
        let mut updates = Vec::new();
        if sizing.update.due(now) {
            updates = self.ask_sizer(index, &mut sizing, (&[], &[]), |sizer, view| sizer.update(view));
            if let Some(at) = sizing.update.looked(now, None) {
                self.plan(at, Control::PodUpdater(workload));
            }
        }
        self.workloads[index].sizing = Some(sizing);
        self.apply_pod_updates(index, updates);
    }

    /// Shows a workload's pods to its sizer and asks it.
    fn ask_sizer<T>(
        &self,
        workload: usize,
        sizing: &mut Sizing,
        (usage, ooms): (&[UsageSample], &[OomKill]),
        ask: impl FnOnce(&mut dyn PodSizer, &PodSizingView<'_>) -> T,
    ) -> T {
        let run = &self.workloads[workload];
        let shown: Vec<(SizedPod<'_>, Vec<SizedContainer>)> = run
            .pods
            .iter()
            .filter_map(|(&ordinal, &id)| {
                let pod = self.cluster.pod(id)?;
                let waiting = sizing.waiting.get(&ordinal);
                // As its status has them: a resize that waits has changed nothing yet.
                let oom = sizing.last_ooms.get(&ordinal).copied();
                let containers =
                    mains(&pod.class)
                        .enumerate()
                        .map(move |(place, container)| SizedContainer {
                            size: size_of(container),
                            last_oom_after: oom.filter(|oom| oom.0 == place).map(|oom| oom.1),
                        });
                let pod = SizedPod {
                    key: ordinal,
                    pending: !has_run(pod),
                    started: pod.bound,
                    resize: waiting.map_or(ResizeState::None, |it| it.state),
                    containers: &[],
                };
                Some((pod, containers.collect()))
            })
            .collect();
        let pods: Vec<SizedPod<'_>> = shown
            .iter()
            .map(|(pod, containers)| SizedPod { containers, ..*pod })
            .collect();
        let view = PodSizingView {
            now: self.now,
            start: self.scenario.start,
            containers: &templates(run.current_template()),
            replicas: run.desired,
            pods: &pods,
            usage,
            ooms,
        };
        ask(&mut *sizing.sizer, &view)
    }

    /// The newest samples of what a workload's main containers used, those of pods that stop included.
    fn usage_of(&self, workload: usize) -> Vec<UsageSample> {
        let run = &self.workloads[workload];
        let Some(watch) = &run.watch else {
            return Vec::new();
        };
        let is_main = |kind| kind == ContainerKind::Main;
        let kinds: Vec<bool> = run
            .spec
            .template
            .running()
            .map(|container| is_main(container.kind))
            .collect();
        let mut samples = Vec::new();
        for pod in watch.pods(self.now, &self.cluster, &run.pods) {
            let Some(sample) = pod.sample else { continue };
            let used = sample.containers.iter().zip(&kinds);
            let used = used.filter(|&(_, &main)| main).map(|(usage, _)| usage);
            samples.extend(used.enumerate().map(|(container, usage)| UsageSample {
                pod: pod.ordinal,
                container,
                at: sample.at,
                cpu_milli: usage.cpu_milli as u64,
                memory_bytes: (usage.memory_milli / 1000) as u64,
            }));
        }
        samples
    }
}
