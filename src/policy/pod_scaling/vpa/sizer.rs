//! The Vertical Pod Autoscaler as a pod sizer: what it remembers, and what it does at each call.
//!
//! Knows: the recommender's loop (`recommender/routines/recommender.go`). Must not know: a step's arithmetic.

use super::admission::sized;
use super::aggregate::AggregateState;
use super::capping::{for_pod, within_policy};
use super::container::{ContainerHistory, OomBump};
use super::recommender::recommend;
use super::resource_policy::ContainerResourcePolicy;
use super::restriction::ResizesSeen;
use super::spec::{UpdateMode, VpaSpec};
use super::stamp::Stamp;
use super::updater;
use crate::engine::{Span, Time};
use crate::policy::parameters::Parameters;
use crate::policy::pod_scaling::Need;
use crate::policy::pod_scaling::pod_sizer::{
    Admission, ContainerTemplate, OomKill, PodSizer, PodSizerClock, PodSizingView, PodUpdate, Recommendation,
    SizedResource, UsageSample,
};
use crate::policy::reason::{Reason, ReasonKind};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

static ADMITTED: ReasonKind = ReasonKind {
    code: "admitted",
    sentence: "requests are the recommended targets",
};

/// Expired histories are looked for this often (`AggregateContainerStateGCInterval`).
const COLLECT_EVERY: Span = Span::from_secs(3600);

/// Kubernetes' Vertical Pod Autoscaler for one workload.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "VpaSpec")]
pub struct Vpa {
    spec: VpaSpec,
    /// By container, in the template's order.
    states: Vec<AggregateState>,
    /// By pod and container.
    histories: BTreeMap<(u64, usize), ContainerHistory>,
    /// By container; what the last call of `recommend` said.
    recommendations: Vec<Option<Recommendation>>,
    resizes_seen: ResizesSeen,
    collected: Option<Time>,
}

impl From<VpaSpec> for Vpa {
    fn from(spec: VpaSpec) -> Self {
        Self {
            spec,
            states: vec![],
            histories: BTreeMap::new(),
            recommendations: vec![],
            resizes_seen: BTreeMap::new(),
            collected: None,
        }
    }
}

impl JsonSchema for Vpa {
    fn schema_name() -> Cow<'static, str> {
        VpaSpec::schema_name()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        VpaSpec::json_schema(generator)
    }
}

impl Parameters for Vpa {
    fn prepare(self) -> Result<Self, Vec<String>> {
        self.spec.prepare().map(Self::from)
    }
}

impl VpaSpec {
    /// A kill for memory this soon after a container's start lets its pod be changed at once.
    #[must_use]
    pub fn quick_oom(&self) -> Span {
        self.update_policy.evict_after_oom_seconds.map_or_else(
            || self.updater.evict_after_oom_threshold.span(),
            |seconds| Span::from_secs(seconds.into()),
        )
    }
}

impl Vpa {
    /// Its spec.
    #[must_use]
    pub const fn spec(&self) -> &VpaSpec {
        &self.spec
    }

    fn learn(&mut self, view: &PodSizingView, sample: &UsageSample) {
        let Some(state) = self.states.get_mut(sample.container) else {
            return;
        };
        let history = self.histories.entry((sample.pod, sample.container)).or_default();
        let at = Stamp::of(view.start, sample.at);
        let interval = self.spec.recommender.memory_aggregation_interval.span();
        history.add_cpu(sample.cpu_milli, at, state);
        history.add_memory(sample.memory_bytes, at, interval, state);
    }

    fn learn_of_kill(&mut self, view: &PodSizingView, kill: &OomKill) {
        let (Some(state), Some(template)) = (
            self.states.get_mut(kill.container),
            view.containers.get(kill.container),
        ) else {
            return;
        };
        let flags = &self.spec.recommender;
        let bump = self.spec.resource_policy.of(template.name).map_or_else(
            || OomBump {
                ratio: flags.oom_bump_up_ratio,
                min_bytes: flags.oom_min_bump_up_bytes,
            },
            |policy| policy.oom_bump(flags),
        );
        let history = self.histories.entry((kill.pod, kill.container)).or_default();
        let at = Stamp::of(view.start, kill.at);
        let interval = flags.memory_aggregation_interval.span();
        history.record_oom(kill.memory_request_bytes, at, interval, bump, state);
    }

    /// Forgets pods that are gone and histories that expired.
    fn collect(&mut self, view: &PodSizingView) {
        if self
            .collected
            .is_some_and(|last| view.now.since(last) < COLLECT_EVERY)
        {
            return;
        }
        self.collected = Some(view.now);
        // A pod that is being stopped is no longer listed, but is still measured.
        let listed = view.pods.iter().map(|pod| pod.key);
        let keys: BTreeSet<u64> = listed.chain(view.usage.iter().map(|sample| sample.pod)).collect();
        self.histories.retain(|(pod, _), _| keys.contains(pod));
        let now = Stamp::of(view.start, view.now);
        let flags = &self.spec.recommender;
        for state in &mut self.states {
            if state.is_expired(now, flags.memory_window()) {
                *state = AggregateState::new(flags);
            }
        }
    }
}

impl PodSizer for Vpa {
    fn clock(&self) -> PodSizerClock {
        let updates = !matches!(
            self.spec.update_policy.update_mode,
            UpdateMode::Off | UpdateMode::Initial
        );
        PodSizerClock {
            recommend: self.spec.recommender.recommender_interval.span(),
            update: updates.then(|| self.spec.updater.updater_interval.span()),
        }
    }

    fn needs(&self) -> Vec<Need> {
        let policy = self.spec.resource_policy.of("*");
        let controlled = policy.map_or(&SizedResource::ALL[..], ContainerResourcePolicy::controlled);
        let need = |resource: &SizedResource| match resource {
            SizedResource::Cpu => Need::CpuUsage,
            SizedResource::Memory => Need::MemoryUsage,
        };
        controlled.iter().map(need).collect()
    }

    fn recommend(&mut self, view: &PodSizingView) -> Vec<Option<Recommendation>> {
        let flags = self.spec.recommender;
        self.states
            .resize_with(view.containers.len(), || AggregateState::new(&flags));
        for sample in view.usage {
            self.learn(view, sample);
        }
        for kill in view.ooms {
            self.learn_of_kill(view, kill);
        }
        let policies = &self.spec.resource_policy;
        self.recommendations = self
            .states
            .iter()
            .zip(view.containers)
            .map(|(state, template)| {
                if state.samples() == 0 || !policies.is_on(template.name) {
                    return None;
                }
                let policy = policies.of(template.name);
                let controlled = policy.map_or(&SizedResource::ALL[..], ContainerResourcePolicy::controlled);
                let recommendation = recommend(&flags, state, view.containers.len(), controlled);
                Some(within_policy(recommendation, policy, &flags))
            })
            .collect();
        self.collect(view);
        self.recommendations.clone()
    }

    fn update(&mut self, view: &PodSizingView) -> Vec<PodUpdate> {
        updater::look(&self.spec, &self.recommendations, &mut self.resizes_seen, view)
    }

    fn admit(&self, containers: &[ContainerTemplate]) -> Option<Admission> {
        if self.spec.update_policy.update_mode == UpdateMode::Off
            || self.recommendations.iter().all(Option::is_none)
        {
            return None;
        }
        let policies = &self.spec.resource_policy;
        let size = |(place, template): (usize, &ContainerTemplate)| {
            let Some(recommendation) = self.recommendations.get(place).copied().flatten() else {
                return template.size;
            };
            let fitted = for_pod(recommendation, policies, template.name, template.size.limits);
            sized(
                template.size,
                fitted.target,
                policies.controlled_values(template.name),
            )
        };
        Some(Admission {
            sizes: containers.iter().enumerate().map(size).collect(),
            reason: Reason::new(&ADMITTED),
        })
    }

    fn clone_box(&self) -> Box<dyn PodSizer> {
        Box::new(self.clone())
    }
}
