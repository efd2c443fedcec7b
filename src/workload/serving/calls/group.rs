//! Workloads that have to do with each other, advanced in step.
//!
//! Members are in the order of the scenario, and of simultaneous events that of the first member goes first. So the order
//! of everything is total, as it is for a workload alone.

use super::super::plane::{Advance, EVENTS_PER_CALL, Serving};
use super::components::connected;
use super::edge::{Edge, EdgeRecord};
use super::open::Message;
use super::record::{Call, CallId};
use super::spec::{CallsSpec, ForwardSpec};
use crate::engine::arena::Arena;
use crate::engine::{Stream, StreamKey, Time, WinnerTree};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::ops::Range;

/// Where the workloads of a group are.
pub trait Members {
    /// The workload of this index.
    fn serving(&mut self, workload: usize) -> &mut Serving;
}

/// What a member does after its own service.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// The edges of each step.
    pub(super) steps: Vec<Range<usize>>,
    hold_slot: bool,
    pub(super) forward: Vec<ForwardSpec>,
    /// Draws where requests go.
    pub(super) direction: Stream,
    /// Draws the demand of those that go to each of `forward`.
    pub(super) demands: Vec<Stream>,
    /// Requests that have gone to each of `forward` since the last reset.
    pub(super) passed: Vec<u64>,
}

/// Something that is due at a call without anybody having answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Timer {
    pub(super) time: Time,
    pub(super) call: CallId,
    pub(super) what: Due,
}

/// What a timer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    /// The next attempt.
    Retry,
    /// This attempt has waited for its turn too long.
    Waited { attempt: u8 },
    /// A second request for this attempt.
    Hedge { attempt: u8 },
}

/// The place of a workload that is no member.
const NO_MEMBER: usize = usize::MAX;

/// A group of workloads in progress.
#[derive(Clone, Debug)]
pub struct Group {
    /// Workloads by index, in order.
    pub(super) members: Vec<usize>,
    /// The place of each workload of the scenario among the members.
    pub(super) place: Vec<usize>,
    pub(super) plans: Vec<Plan>,
    pub(super) edges: Vec<Edge>,
    pub(super) calls: Arena<Call>,
    /// Calls that have ended at this instant.
    pub(super) ended: Vec<CallId>,
    pub(super) timers: BinaryHeap<Reverse<Timer>>,
    /// When each member has something to do.
    pub(super) clock: WinnerTree,
    pub(super) told: VecDeque<(usize, Message)>,
    /// Workloads that somebody outside has to look at.
    alerts: Vec<usize>,
    now: Time,
}

impl Group {
    /// The groups among workloads of these names.
    #[must_use]
    pub fn all_of(workloads: &[(&str, &CallsSpec)], key: StreamKey) -> Vec<Self> {
        let specs: Vec<&CallsSpec> = workloads.iter().map(|&(_, spec)| spec).collect();
        let parts = connected(&specs).into_iter();
        parts.map(|members| Self::new(members, workloads, key)).collect()
    }

    fn new(members: Vec<usize>, workloads: &[(&str, &CallsSpec)], key: StreamKey) -> Self {
        let mut edges = Vec::new();
        let mut between: BTreeMap<(usize, usize), u64> = BTreeMap::new();
        let mut plans = Vec::new();
        for &member in &members {
            let (name, spec) = workloads[member];
            let pair = |to: usize| format!("{name}/{}", workloads[to].0);
            let mut steps = Vec::new();
            for (step, calls) in spec.steps.iter().enumerate() {
                let first = edges.len();
                for call in calls {
                    let ordinal = between.entry((member, call.to)).or_default();
                    edges.push(Edge::new(call, member, step, &pair(call.to), *ordinal, key));
                    *ordinal += 1;
                }
                steps.push(first..edges.len());
            }
            let demand = |forward: &ForwardSpec| key.stream(&format!("forward demand/{}", pair(forward.to)));
            plans.push(Plan {
                steps,
                hold_slot: spec.hold_slot,
                forward: spec.forward.clone(),
                direction: key.stream(&format!("forward/{name}")),
                demands: spec.forward.iter().map(demand).collect(),
                passed: vec![0; spec.forward.len()],
            });
        }
        let mut place = vec![NO_MEMBER; workloads.len()];
        for (own, &member) in members.iter().enumerate() {
            place[member] = own;
        }
        Self {
            members,
            place,
            plans,
            edges,
            calls: Arena::default(),
            ended: Vec::new(),
            timers: BinaryHeap::new(),
            clock: WinnerTree::default(),
            told: VecDeque::new(),
            alerts: Vec::new(),
            now: Time::ZERO,
        }
    }

    /// Its workloads, by index, in order; never empty.
    #[must_use]
    pub fn members(&self) -> &[usize] {
        &self.members
    }

    /// Tells the members that they have to do with each other; before their first event.
    pub fn link(&mut self, members: &mut impl Members) {
        for place in 0..self.members.len() {
            let plan = &self.plans[place];
            let (calls, forwards) = (!plan.steps.is_empty(), !plan.forward.is_empty());
            let hold_slot = plan.hold_slot;
            self.of(members, place).link(calls, hold_slot, forwards);
            self.look(members, place);
        }
    }

    /// When the group has something to do.
    #[must_use]
    pub fn next_time(&self) -> Time {
        self.clock.earliest().0.min(self.next_timer())
    }

    /// The time up to which it has run.
    #[must_use]
    pub const fn now(&self) -> Time {
        self.now
    }

    /// Looks at workloads that were changed from outside, and tells the others what has come of it.
    pub fn look_at(&mut self, members: &mut impl Members, workloads: &[usize]) {
        for workload in workloads {
            let place = self.place[*workload];
            if place != NO_MEMBER {
                self.look(members, place);
            }
        }
        self.tell_all(members);
        self.alerts.clear();
    }

    /// Whether something can happen at `horizon` before its arrivals.
    pub fn completes_at(&self, members: &mut impl Members, horizon: Time) -> bool {
        self.completing(members, horizon).is_some()
    }

    /// Workloads that have to be looked at from outside, since the last call.
    pub fn take_alerts(&mut self) -> Vec<usize> {
        let mut alerts = std::mem::take(&mut self.alerts);
        alerts.sort_unstable();
        alerts.dedup();
        alerts
    }

    /// Runs to `horizon`: completions at it included, all else at it only if `arrivals_at_horizon`. Stops early when
    /// something outside must react, and after a few thousand events.
    pub fn advance(
        &mut self,
        members: &mut impl Members,
        horizon: Time,
        arrivals_at_horizon: bool,
    ) -> Advance {
        let mut events = 0;
        while events < EVENTS_PER_CALL {
            let (time, place) = self.clock.earliest();
            let timer = self.next_timer();
            if timer < time {
                if timer > horizon || (timer == horizon && !arrivals_at_horizon) {
                    break;
                }
                self.now = timer;
                self.timer_due(members);
            } else {
                if time > horizon || time == Time::NEVER {
                    break;
                }
                let place = if time < horizon || arrivals_at_horizon {
                    place
                } else if let Some(place) = self.completing(members, horizon) {
                    place
                } else {
                    break;
                };
                self.now = time;
                self.of(members, place).next_event();
                self.look(members, place);
            }
            self.tell_all(members);
            events += 1;
            if !self.alerts.is_empty() {
                return Advance {
                    events,
                    interrupted: true,
                };
            }
        }
        Advance {
            events,
            interrupted: false,
        }
    }

    /// The first member that completes something at `time`.
    fn completing(&self, members: &mut impl Members, time: Time) -> Option<usize> {
        (0..self.members.len()).find(|&place| self.of(members, place).next_completion() == time)
    }

    fn next_timer(&self) -> Time {
        self.timers
            .peek()
            .map_or(Time::NEVER, |Reverse(timer)| timer.time)
    }

    /// The member at `place`.
    #[inline(always)]
    pub(super) fn of<'a>(&self, members: &'a mut impl Members, place: usize) -> &'a mut Serving {
        members.serving(self.members[place])
    }

    /// Takes what the member at `place` has to tell, and when it goes on.
    #[inline]
    pub(super) fn look(&mut self, members: &mut impl Members, place: usize) {
        let workload = self.members[place];
        let serving = members.serving(workload);
        if let Some(outbox) = serving.outbox()
            && !outbox.is_empty()
        {
            self.told.extend(outbox.drain(..).map(|message| (place, message)));
        }
        self.clock.set(place, serving.next_time());
        if serving.wants_attention() {
            self.alerts.push(workload);
        }
    }

    /// Counts of each kind of call, in order of workloads and steps.
    pub fn records(&self) -> impl Iterator<Item = &EdgeRecord> {
        self.edges.iter().map(|edge| &edge.record)
    }

    /// Requests that were sent for calls and have not ended.
    #[must_use]
    pub fn requests_out(&self) -> usize {
        let sent = self.calls.iter().flat_map(|(_, call)| call.sent);
        sent.flatten().count()
    }

    /// Requests that have left one workload for another since the last reset: from, to, how many.
    pub fn forwards(&self) -> impl Iterator<Item = (usize, usize, u64)> {
        let plans = self.members.iter().zip(&self.plans);
        plans.flat_map(|(&from, plan)| {
            let ways = plan.forward.iter().zip(&plan.passed);
            ways.map(move |(way, &passed)| (from, way.to, passed))
        })
    }

    /// Calls that have not ended.
    #[must_use]
    pub fn calls_out(&self) -> usize {
        self.calls.len()
    }

    /// Ends the warm-up: forgets measurements, keeps state.
    pub fn reset_statistics(&mut self) {
        self.edges.iter_mut().for_each(Edge::reset);
        let passed = self.plans.iter_mut().flat_map(|plan| &mut plan.passed);
        passed.for_each(|passed| *passed = 0);
    }
}
