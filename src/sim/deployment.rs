//! A Deployment during a run: the sets of pods of its versions, and how far a rollout has come.
//!
//! Knows: sizes of sets, and what was last seen of them. Must not know: pods. What a sync does is decided by
//! `platform::kubernetes`.

use super::controller::Controller;
use super::outcome::RolloutOutcome;
use super::workload_run::StartTimes;
use crate::engine::Time;
use crate::model::pod_template::PodTemplate;
use crate::platform::kubernetes::fenceposts::Fenceposts;
use crate::platform::kubernetes::proportional::{self, ScaledSet};
use crate::platform::kubernetes::rollout::{self, Acted, PodSet, Strategy};
use crate::stats::Sampler;
use std::sync::Arc;

/// What is there of a version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// Pods that were not asked to stop.
    pub(super) pods: u32,
    /// Those of them that are ready.
    pub(super) ready: u32,
    /// Those of them that have been ready for long enough.
    pub(super) available: u32,
}

/// How containers of a version exit of their own accord.
#[derive(Clone, Debug)]
pub(super) struct Exits {
    /// From their start.
    pub(super) after: Sampler,
    /// The share of starts that end so, 0 to 1.
    pub(super) probability: f64,
}

/// A version: its template, and the set of its pods.
#[derive(Clone, Debug)]
pub(super) struct Version {
    pub(super) template: Arc<PodTemplate>,
    pub(super) start_times: StartTimes,
    pub(super) never_ready: bool,
    pub(super) crashes: Option<Exits>,
    name: String,
    replicas: i32,
    /// The pods wanted, and the most there might be, when the set was last scaled.
    scaled_for: Option<(i32, i32)>,
}

/// A rollout under way.
#[derive(Clone, Debug)]
struct Progress {
    /// Pods of the new version, of older ones, ready ones, available ones.
    seen: [u32; 4],
    /// When it last made progress.
    at: Time,
    failed: bool,
}

/// What is to be told of a rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It made progress: it has failed unless it makes some more by then.
    Progressed(Time),
    /// Every pod is of the new version and available.
    Completed,
    /// It has made no progress for too long.
    Failed,
}

/// The versions of a workload.
#[derive(Clone, Debug)]
pub(super) struct Deployment {
    versions: Vec<Version>,
    current: usize,
    progress: Option<Progress>,
    pub(super) told: Vec<RolloutOutcome>,
}

impl Deployment {
    /// The versions of a workload that begins with `template` and `replicas` pods; nothing if it has only that one.
    pub(super) fn new(template: &Arc<PodTemplate>, controller: &Controller, replicas: u32) -> Option<Self> {
        let version = |name: &str, template: &Arc<PodTemplate>| Version {
            template: template.clone(),
            start_times: StartTimes::of(template),
            never_ready: false,
            crashes: None,
            name: name.to_owned(),
            replicas: 0,
            scaled_for: None,
        };
        let mut versions = vec![version("", template)];
        versions[0].replicas = replicas as i32;
        versions.extend(controller.rollouts.iter().map(|rollout| Version {
            never_ready: rollout.never_ready,
            crashes: rollout.crashes.as_ref().map(|crashes| Exits {
                after: crashes.after.compile(),
                probability: crashes.probability,
            }),
            ..version(&rollout.version, &rollout.template)
        }));
        (versions.len() > 1).then_some(Self {
            versions,
            current: 0,
            progress: None,
            told: Vec::new(),
        })
    }

    pub(super) fn version(&self, revision: u32) -> &Version {
        &self.versions[revision as usize]
    }

    /// The version that `template` is of.
    pub(super) fn revision_of(&self, template: &Arc<PodTemplate>) -> u32 {
        let is = |version: &Version| Arc::ptr_eq(&version.template, template);
        self.versions.iter().position(is).unwrap_or_default() as u32
    }

    /// The version new pods are made from, as the pods name it.
    pub(super) const fn current(&self) -> u32 {
        self.current as u32
    }

    /// The name of the current version.
    pub(super) fn name(&self) -> &str {
        &self.versions[self.current].name
    }

    pub(super) const fn is_rolling(&self) -> bool {
        self.progress.is_some()
    }

    /// How many pods each version should have.
    pub(super) fn sizes(&self) -> Vec<u32> {
        self.versions
            .iter()
            .map(|version| version.replicas.max(0) as u32)
            .collect()
    }

    /// The next version is rolled out from `now` on.
    pub(super) fn begin(&mut self, now: Time) {
        if self.current + 1 >= self.versions.len() {
            return;
        }
        if let (Some(_), Some(last)) = (self.progress.take(), self.told.last_mut()) {
            "superseded".clone_into(&mut last.state);
            last.ended_s = Some(now.secs_f64());
        }
        self.current += 1;
        self.progress = Some(Progress {
            seen: [0, u32::MAX, 0, 0],
            at: now,
            failed: false,
        });
        self.told.push(RolloutOutcome {
            version: self.name().to_owned(),
            started_s: now.secs_f64(),
            ended_s: None,
            state: "progressing".to_owned(),
            available_min: u32::MAX,
        });
    }

    /// One sync: changes the sizes of the sets. `seen` is by version.
    pub(super) fn sync(
        &mut self,
        strategy: Strategy,
        desired: u32,
        seen: &[Seen],
        old_pods_run: bool,
    ) -> Acted {
        let desired = desired as i32;
        let known = self.current + 1;
        let before = self.sizes();
        let max = desired + surge_of(strategy, desired);
        let of_other_size = |version: &Version| {
            version.replicas > 0 && version.scaled_for.is_some_and(|(wanted, _)| wanted != desired)
        };
        if self.versions[..known].iter().any(of_other_size) || !self.is_rolling() {
            self.scale(strategy, desired, seen);
            for version in self.versions[..known]
                .iter_mut()
                .filter(|version| version.replicas > 0)
            {
                version.scaled_for = Some((desired, max));
            }
            return if self.sizes() == before {
                Acted::Nothing
            } else {
                Acted::OnNew
            };
        }
        let sets = self.versions[..known].iter().zip(seen).enumerate();
        let mut sets: Vec<PodSet> = sets
            .map(|(place, (version, seen))| PodSet {
                created: place as i64,
                replicas: version.replicas,
                available: seen.available as i32,
            })
            .collect();
        let acted = rollout::sync(strategy, desired, &mut sets, self.current, old_pods_run);
        for (version, set) in self.versions.iter_mut().zip(sets) {
            if version.replicas != set.replicas {
                version.replicas = set.replicas;
                version.scaled_for = Some((desired, max));
            }
        }
        acted
    }

    fn scale(&mut self, strategy: Strategy, desired: i32, seen: &[Seen]) {
        let sets = self.versions[..=self.current].iter().zip(seen).enumerate();
        let mut sets: Vec<ScaledSet> = sets
            .map(|(place, (version, seen))| ScaledSet {
                created: place as i64,
                replicas: version.replicas,
                available: seen.available as i32,
                desired: version.scaled_for.map(|(desired, _)| desired),
                max: version.scaled_for.map(|(_, max)| max),
            })
            .collect();
        let reported = seen.iter().map(|seen| seen.pods as i32).sum();
        proportional::scale(strategy, desired, reported, &mut sets, self.current);
        for (version, set) in self.versions.iter_mut().zip(sets) {
            version.replicas = set.replicas;
        }
    }

    /// Looks how far the rollout has come at `now`, if one is under way.
    pub(super) fn look(
        &mut self,
        now: Time,
        controller: &Controller,
        desired: u32,
        seen: &[Seen],
    ) -> Option<Step> {
        let progress = self.progress.as_mut()?;
        let last = self.told.last_mut()?;
        let sum = |count: fn(&Seen) -> u32| seen.iter().map(count).sum::<u32>();
        let (pods, ready, available) = (sum(|s| s.pods), sum(|s| s.ready), sum(|s| s.available));
        let new = seen[self.current].pods;
        last.available_min = last.available_min.min(available);
        if new == desired && pods == desired && available == desired {
            "complete".clone_into(&mut last.state);
            last.ended_s = Some(now.secs_f64());
            self.progress = None;
            return Some(Step::Completed);
        }
        let is = [new, pods - new, ready, available];
        let was = std::mem::replace(&mut progress.seen, is);
        if is[0] > was[0] || is[1] < was[1] || is[2] > was[2] || is[3] > was[3] {
            progress.at = now;
            progress.failed = false;
            "progressing".clone_into(&mut last.state);
            return Some(Step::Progressed(now + controller.progress_deadline));
        }
        let late = now.since(progress.at) >= controller.progress_deadline;
        (late && !progress.failed).then(|| {
            progress.failed = true;
            "failed".clone_into(&mut last.state);
            Step::Failed
        })
    }
}

fn surge_of(strategy: Strategy, desired: i32) -> i32 {
    match strategy {
        Strategy::Recreate => 0,
        Strategy::RollingUpdate {
            max_surge,
            max_unavailable,
        } => Fenceposts::resolve(max_surge, max_unavailable, desired).surge,
    }
}
