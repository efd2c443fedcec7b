//! Containers that end though nobody asked their pod to stop: when they start again, and how often they have.
//!
//! Knows: back-offs and plans, by pod. Must not know: why a container ends, or what its pod was doing.

use super::platform::{RestartMemory, RestartRule};
use crate::engine::{Span, Time};
use crate::model::cluster::{PodId, RestartCounts};
use crate::model::probe::ProbeKind;
use std::collections::BTreeMap;

/// Why a container has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EndCause {
    /// It crashed.
    Crash,
    /// It was killed for its use of memory.
    OutOfMemory,
    /// It failed its startup probe.
    Startup,
    /// It failed its liveness probe.
    Liveness,
    /// Its health check found it unhealthy, and it was stopped.
    Unhealthy,
    /// It never started: its image could not be pulled.
    NoImage,
    /// It needed more memory of a GPU than there was for it.
    GpuMemory,
}

impl EndCause {
    /// Because of a probe.
    pub(super) const fn of_probe(kind: ProbeKind) -> Self {
        match kind {
            ProbeKind::Startup => Self::Startup,
            ProbeKind::Liveness | ProbeKind::Readiness => Self::Liveness,
        }
    }

    /// The exit code of its container: of a process that failed, or that was killed (128 + SIGKILL).
    pub(super) const fn exit_code(self) -> i32 {
        match self {
            // Of GpuMemory: CUDA refuses memory, and the process fails.
            Self::Crash | Self::NoImage | Self::GpuMemory => 1,
            Self::OutOfMemory | Self::Startup | Self::Liveness | Self::Unhealthy => 137,
        }
    }

    /// As the decision log names it.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Crash => "crashed",
            Self::OutOfMemory => "oom_killed",
            Self::Startup => "startup_probe_failed",
            Self::Liveness => "liveness_probe_failed",
            Self::Unhealthy => "unhealthy",
            Self::NoImage => "no_image",
            Self::GpuMemory => "gpu_out_of_memory",
        }
    }

    /// Counts a restart after it.
    pub(super) const fn count(self, restarts: &mut RestartCounts) {
        match self {
            Self::Crash => restarts.crash += 1,
            Self::OutOfMemory => restarts.out_of_memory += 1,
            Self::Startup | Self::Liveness | Self::Unhealthy => restarts.probe += 1,
            // It was not running.
            Self::NoImage => {}
            Self::GpuMemory => restarts.gpu_memory += 1,
        }
    }

    /// The same in words, of "its container".
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Crash => "crashed",
            Self::OutOfMemory => "was killed for its use of memory",
            Self::Startup => "failed its startup probe",
            Self::Liveness => "failed its liveness probe",
            Self::Unhealthy => "was found unhealthy",
            Self::NoImage => "could not be started: there is no such image",
            Self::GpuMemory => "ran out of GPU memory",
        }
    }
}

/// A restart to come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Restart {
    /// When.
    pub(super) at: Time,
    /// When the container ended.
    pub(super) ended: Time,
    pub(super) cause: EndCause,
    /// The fault's place in the account, if a fault ended it.
    pub(super) occurrence: Option<u32>,
}

/// The restarts of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Restarts {
    memories: BTreeMap<PodId, RestartMemory>,
    due: BTreeMap<PodId, Restart>,
    /// When containers that run will exit of their own accord.
    exits: BTreeMap<PodId, Time>,
}

impl Restarts {
    /// A container of `pod` that lives by `rule` and `ran` for so long ended at `now`: when it starts again, if it does.
    pub(super) fn ended(
        &mut self,
        pod: PodId,
        rule: RestartRule,
        (now, ran): (Time, Span),
        cause: EndCause,
        occurrence: Option<u32>,
    ) -> Option<Time> {
        self.exits.remove(&pod);
        let memory = self.memories.entry(pod);
        let memory = memory.or_insert_with(|| RestartMemory::new(rule));
        let at = memory.ended(rule, now, cause, ran)?;
        self.due.insert(
            pod,
            Restart {
                at,
                ended: now,
                cause,
                occurrence,
            },
        );
        Some(at)
    }

    /// The restart of `pod` that is due at `now`; the next one will have to wait longer.
    pub(super) fn take_due(&mut self, pod: PodId, now: Time) -> Option<Restart> {
        let restart = self.due.get(&pod).copied().filter(|due| due.at <= now)?;
        self.due.remove(&pod);
        if let Some(memory) = self.memories.get_mut(&pod) {
            memory.restarted(restart.ended, now);
        }
        Some(restart)
    }

    /// Whether a container of `pod` waits to be started again.
    pub(super) fn waits(&self, pod: PodId) -> bool {
        self.due.contains_key(&pod)
    }

    /// The containers of `pod`, which have just started, will exit at `at`.
    pub(super) fn exits_at(&mut self, pod: PodId, at: Time) {
        self.exits.insert(pod, at);
    }

    /// Whether the containers of `pod` exit at `now`.
    pub(super) fn exits_now(&self, pod: PodId, now: Time) -> bool {
        self.exits.get(&pod) == Some(&now)
    }

    /// A pod is gone; the fault whose restart it waited for, if any.
    pub(super) fn forget(&mut self, pod: PodId) -> Option<u32> {
        self.memories.remove(&pod);
        self.exits.remove(&pod);
        self.due.remove(&pod).and_then(|due| due.occurrence)
    }

    /// All containers of `pod` start anew with their machine: nothing is left of what was planned.
    pub(super) fn machine_restarts(&mut self, pod: PodId) -> Option<u32> {
        self.exits.remove(&pod);
        self.due.remove(&pod).and_then(|due| due.occurrence)
    }
}
