//! The versions of a workload's template during a run, and how far a rollout from one to the next has come.
//!
//! Knows: what was last seen of the pods of each version. Must not know: pods, or which of them go first.

use super::controller::Controller;
use super::outcome::RolloutOutcome;
use super::workload_run::StartTimes;
use crate::engine::{Span, Time};
use crate::model::pod_template::PodTemplate;
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

/// A version: its template, and how its pods start.
#[derive(Clone, Debug)]
pub(super) struct Version {
    pub(super) template: Arc<PodTemplate>,
    pub(super) start_times: StartTimes,
    pub(super) never_ready: bool,
    pub(super) crashes: Option<Exits>,
    name: String,
}

/// A rollout under way.
#[derive(Clone, Debug)]
struct Progress {
    /// Pods of the new version, of older ones, ready ones, available ones.
    seen: [u32; 4],
    /// When it last made progress.
    at: Time,
    late: bool,
}

/// What a rollout is to come to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Goal {
    /// So many pods in all, every one of them available.
    pub(super) pods: u32,
    /// So many of them of the new version.
    pub(super) new: u32,
    /// How long it may make no progress until that is told; `None` for ever.
    pub(super) patience: Option<Span>,
    /// What it is then.
    pub(super) late: &'static str,
}

/// What is to be told of a rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It made progress: it is late unless it makes some more by then.
    Progressed(Option<Time>),
    /// Every pod is as it should be.
    Completed,
    /// It has made no progress for too long.
    Late,
}

/// The versions of a workload.
#[derive(Clone, Debug)]
pub(super) struct Versions {
    all: Vec<Version>,
    current: usize,
    /// The latest one that was rolled out.
    begun: usize,
    /// The one before the current one: what a rollback goes back to.
    previous: usize,
    /// The current one is what was before, and comes back.
    rolls_back: bool,
    /// How many pods the rollout under way changes.
    dirty: u32,
    /// The one that the last rollout that came to its end has brought.
    stable: usize,
    progress: Option<Progress>,
    /// Pods of the current version that failed soon after their start, where that counts.
    failed: u32,
    /// Nothing more is changed, because too many failed.
    paused: bool,
    pub(super) told: Vec<RolloutOutcome>,
}

impl Versions {
    /// The versions of a workload that begins with `template`; nothing if it has only that one.
    pub(super) fn new(template: &Arc<PodTemplate>, controller: &Controller) -> Option<Self> {
        let version = |name: &str, template: &Arc<PodTemplate>| Version {
            template: template.clone(),
            start_times: StartTimes::of(template),
            never_ready: false,
            crashes: None,
            name: name.to_owned(),
        };
        let mut all = vec![version("v1", template)];
        all.extend(controller.rollouts.iter().map(|rollout| Version {
            never_ready: rollout.never_ready,
            crashes: rollout.crashes.as_ref().map(|crashes| Exits {
                after: crashes.after.compile(),
                probability: crashes.probability,
            }),
            ..version(&rollout.version, &rollout.template)
        }));
        (all.len() > 1).then_some(Self {
            all,
            current: 0,
            begun: 0,
            previous: 0,
            rolls_back: false,
            dirty: 0,
            stable: 0,
            progress: None,
            failed: 0,
            paused: false,
            told: Vec::new(),
        })
    }

    /// A version by the number that its pods have of it.
    pub(super) fn version(&self, revision: u32) -> &Version {
        &self.all[revision as usize]
    }

    /// The version that new pods are made from, as the pods name it.
    pub(super) const fn current(&self) -> u32 {
        self.current as u32
    }

    /// The version that the last rollout that came to its end has brought.
    pub(super) const fn stable(&self) -> u32 {
        self.stable as u32
    }

    /// The latest version that was rolled out, whether or not it was rolled back.
    pub(super) const fn begun(&self) -> u32 {
        self.begun as u32
    }

    /// Whether the version before comes back.
    pub(super) const fn rolls_back(&self) -> bool {
        self.rolls_back
    }

    /// How many pods the rollout under way changes.
    pub(super) const fn dirty(&self) -> u32 {
        self.dirty
    }

    /// How many there are, those to come included.
    pub(super) const fn count(&self) -> usize {
        self.all.len()
    }

    /// The name of the current version.
    pub(super) fn name(&self) -> &str {
        &self.all[self.current].name
    }

    /// The name of a version.
    pub(super) fn name_of(&self, revision: u32) -> &str {
        &self.all[revision as usize].name
    }

    pub(super) const fn is_rolling(&self) -> bool {
        self.progress.is_some()
    }

    /// One more pod of the current version failed soon after its start: how many have.
    pub(super) const fn one_failed(&mut self) -> u32 {
        self.failed += 1;
        self.failed
    }

    /// Nothing more is changed from `now` until the next version.
    pub(super) fn pause(&mut self, now: Time) {
        self.paused = true;
        if let (Some(_), Some(last)) = (&self.progress, self.told.last_mut()) {
            "paused".clone_into(&mut last.state);
            last.ended_s = Some(now.secs_f64());
        }
    }

    /// So many pods are available while a version is rolled out.
    pub(super) fn note_available(&mut self, available: u32) {
        if let Some(last) = self.told.last_mut() {
            last.available_min = last.available_min.min(available);
        }
    }

    /// The version under way has been rolled out at `now`.
    pub(super) fn complete(&mut self, now: Time) {
        self.progress = None;
        self.stable = self.current;
        if let Some(last) = self.told.last_mut() {
            "complete".clone_into(&mut last.state);
            last.ended_s = Some(now.secs_f64());
        }
    }

    /// Whether nothing more is changed until the next version.
    pub(super) const fn is_paused(&self) -> bool {
        self.paused
    }

    /// The next version is rolled out from `now` on, over so many pods.
    pub(super) fn begin(&mut self, now: Time, dirty: u32) {
        if self.begun + 1 >= self.all.len() {
            return;
        }
        self.previous = self.current;
        self.begun += 1;
        self.current = self.begun;
        self.rolls_back = false;
        self.roll(now, "superseded", dirty);
    }

    /// The version before comes back from `now` on, in so many pods.
    pub(super) fn roll_back(&mut self, now: Time, dirty: u32) {
        self.current = self.previous;
        self.rolls_back = true;
        self.roll(now, "rolled_back", dirty);
    }

    fn roll(&mut self, now: Time, last_is: &str, dirty: u32) {
        let under_way = self.progress.take().is_some() && !self.paused;
        if let Some(last) = self.told.last_mut().filter(|_| under_way) {
            last_is.clone_into(&mut last.state);
            last.ended_s = Some(now.secs_f64());
        }
        (self.failed, self.paused, self.dirty) = (0, false, dirty);
        self.progress = Some(Progress {
            seen: [0, u32::MAX, 0, 0],
            at: now,
            late: false,
        });
        self.told.push(RolloutOutcome {
            version: self.name().to_owned(),
            started_s: now.secs_f64(),
            ended_s: None,
            state: "progressing".to_owned(),
            available_min: u32::MAX,
        });
    }

    /// Looks how far the rollout has come at `now`, if one is under way. `seen` is by version.
    pub(super) fn look(&mut self, now: Time, goal: Goal, seen: &[Seen]) -> Option<Step> {
        let progress = self.progress.as_mut()?;
        let last = self.told.last_mut()?;
        let sum = |count: fn(&Seen) -> u32| seen.iter().map(count).sum::<u32>();
        let (pods, ready, available) = (sum(|s| s.pods), sum(|s| s.ready), sum(|s| s.available));
        let new = seen[self.current].pods;
        last.available_min = last.available_min.min(available);
        if new >= goal.new && pods == goal.pods && available == goal.pods {
            "complete".clone_into(&mut last.state);
            last.ended_s = Some(now.secs_f64());
            self.progress = None;
            if new == pods {
                self.stable = self.current;
            }
            return Some(Step::Completed);
        }
        let is = [new, pods - new, ready, available];
        let was = std::mem::replace(&mut progress.seen, is);
        if is[0] > was[0] || is[1] < was[1] || is[2] > was[2] || is[3] > was[3] {
            progress.at = now;
            progress.late = false;
            "progressing".clone_into(&mut last.state);
            return Some(Step::Progressed(goal.patience.map(|patience| now + patience)));
        }
        let late = goal
            .patience
            .is_some_and(|patience| now.since(progress.at) >= patience);
        (late && !progress.late).then(|| {
            progress.late = true;
            goal.late.clone_into(&mut last.state);
            Step::Late
        })
    }
}
