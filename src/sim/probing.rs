//! The probes of a run: what each pod's kubelet has found so far, and when it looks next.
//!
//! Knows: looks that are planned and results in a row. Must not know: why a container does or does not answer.
//!
//! A look is an event only where its result is not known before: while a container starts, what its probes make of it is
//! worked out at once, and a probe that nothing can keep from being answered is never sent.

use crate::engine::{Span, Time};
use crate::model::cluster::PodId;
use crate::model::probe::{Asks, ContainerProbes, Probe, ProbeKind};
use crate::platform::kubernetes::probe::{InARow, Verdict, on_start, ready_at};
use std::collections::BTreeMap;

/// A probe whose looks are events.
#[derive(Clone, Copy, Debug)]
pub(super) struct Looking {
    pub(super) probe: Probe,
    /// When it looks next; never while it waits for a new container.
    pub(super) next: Time,
    pub(super) in_a_row: InARow,
    /// When the container's failing has its consequence; never while it has none.
    pub(super) acts: Time,
}

/// What is known of a pod's probes.
#[derive(Clone, Debug, Default)]
struct OfPod {
    /// A look that the container will not pass while it starts, and which probe's.
    doom: Option<(Time, ProbeKind)>,
    looking: BTreeMap<ProbeKind, Looking>,
    /// It is stopped because of a probe, and finishes what it has, at most until then.
    stopping: Option<Time>,
}

/// The probes of all pods.
#[derive(Clone, Debug, Default)]
pub(super) struct Probing {
    pods: BTreeMap<PodId, OfPod>,
}

/// A start of main containers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start<'a> {
    /// When the kubelet took the pod over.
    pub(super) phase: Time,
    /// When they start.
    pub(super) started: Time,
    /// How long each container of the pod takes until it answers, in the template's order.
    pub(super) takes: &'a [Span],
}

impl Start<'_> {
    /// When a pod with these probes is ready, as far as they hold it back, and the first of its looks at which a
    /// container is given up.
    pub(super) fn outlook(&self, probes: &[ContainerProbes]) -> (Time, Option<(Time, ProbeKind)>) {
        let (mut ready, mut doom) = (Time::ZERO, None::<(Time, ProbeKind)>);
        for of in probes {
            let answers = self.started + self.takes[of.container];
            let mut triggered = self.started;
            let mut verdict = |probe: &Probe, kind| match on_start(probe, self.phase, self.started, answers) {
                Verdict::Passes(at) => at,
                Verdict::Fails(at) => {
                    doom = Some(doom.map_or((at, kind), |before| before.min((at, kind))));
                    Time::NEVER
                }
            };
            match (&of.startup, &of.liveness) {
                (Some(startup), _) => triggered = verdict(startup, ProbeKind::Startup),
                // It has nothing to wait for, and looks at once.
                (None, Some(liveness)) => {
                    verdict(liveness, ProbeKind::Liveness);
                }
                (None, None) => {}
            }
            let at = of.readiness.map_or(triggered, |probe| {
                ready_at(&probe, triggered, self.started, answers)
            });
            ready = ready.max(at);
        }
        (ready, doom)
    }
}

impl Probing {
    /// The containers of a pod start: what its probes will make of that. What was before is forgotten.
    pub(super) fn starts(&mut self, pod: PodId, doom: Option<(Time, ProbeKind)>) {
        self.pods.insert(
            pod,
            OfPod {
                doom,
                ..OfPod::default()
            },
        );
    }

    /// Which probe gives a starting pod up at `now`, if one does.
    pub(super) fn gives_up(&self, pod: PodId, now: Time) -> Option<ProbeKind> {
        let doom = self.pods.get(&pod)?.doom?;
        (doom.0 == now).then_some(doom.1)
    }

    /// From now on the looks of a probe are events, the first at `next`, unless they are already; whether that is new.
    pub(super) fn look(&mut self, pod: PodId, kind: ProbeKind, probe: Probe, next: Time) -> bool {
        let looking = &mut self.pods.entry(pod).or_default().looking;
        if looking.contains_key(&kind) {
            return false;
        }
        looking.insert(
            kind,
            Looking {
                probe,
                next,
                in_a_row: InARow::default(),
                acts: Time::NEVER,
            },
        );
        true
    }

    /// A probe of a pod whose looks are events.
    pub(super) fn looking(&mut self, pod: PodId, kind: ProbeKind) -> Option<&mut Looking> {
        self.pods.get_mut(&pod)?.looking.get_mut(&kind)
    }

    /// A pod is stopped because of a probe, and finishes what it has, at most until `until`.
    pub(super) fn stops(&mut self, pod: PodId, until: Time) {
        let of = self.pods.entry(pod).or_default();
        of.stopping = Some(until);
        of.looking.clear();
    }

    /// Until when a pod that is stopped because of a probe may finish what it has.
    pub(super) fn stopping(&self, pod: PodId) -> Option<Time> {
        self.pods.get(&pod).and_then(|of| of.stopping)
    }

    /// The containers of a pod have ended, or it is asked to stop: nobody looks any more.
    pub(super) fn forget(&mut self, pod: PodId) {
        self.pods.remove(&pod);
    }
}

/// Whether `probe` may go unanswered by a container that has started and does not hang.
pub(super) fn may_fail(probe: &Probe, requests_wait: bool) -> bool {
    probe.asks == Asks::Server && requests_wait
}
