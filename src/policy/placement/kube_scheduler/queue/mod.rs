//! The scheduling queue: whose turn it is, who backs off, who waits for an event that may help
//! (`backend/queue/scheduling_queue.go`, `active_queue.go`, `backoff_queue.go`).
//!
//! Knows: what it is told, and of nodes and objects what an event carries. Must not know: the cluster. An attempt takes
//! no simulated time, so that nothing happens while a pod is tried. Pods that wait alike are one lot: what one is told
//! holds for all, and a lot moves as one.

mod hints;
mod lot;
mod plugins;
#[cfg(test)]
mod tests;

use super::KubeScheduler;
use crate::engine::{Span, Time};
use crate::model::cluster::{ApiObjects, PodId};
use crate::model::pod_template::PodTemplate;
use crate::policy::placement::{ClusterEvent, PodQueue, Refusal};
use hints::Hints;
use lot::{Common, Lot, LotKey, Stand, Turn};
use plugins::Plugins;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A back-off ends with a whole second, and the scheduler looks once a second who has backed off.
const WINDOW: Span = Span::from_secs(1);
/// After so long a pod is tried again though nothing happened that may help.
const PARKED_MAX: Span = Span::from_secs(300);
/// The scheduler looks so often whose time that is.
const FLUSH: Span = Span::from_secs(30);

/// The pods that wait for a node.
#[derive(Clone, Debug)]
pub(super) struct SchedulingQueue {
    hints: Hints,
    initial: Span,
    max: Span,
    pop_from_back_off: bool,
    came: u64,
    lots_ever: u64,
    lots: BTreeMap<u64, Lot>,
    /// The lot that takes in more of its kind.
    by_key: BTreeMap<LotKey, u64>,
    active: BTreeSet<Turn>,
    /// Those an idle scheduler takes before their time.
    backing_off: BTreeSet<(Time, Turn)>,
    /// Those it does not.
    sitting_out: BTreeSet<(Time, Turn)>,
    parked: BTreeMap<u64, Plugins>,
    /// When parked lots are tried at the latest.
    flushes: BTreeSet<(Time, u64)>,
    places: BTreeMap<PodId, (u64, u64)>,
    in_hand: Option<InHand>,
}

/// The pod that is being tried.
#[derive(Clone, Debug)]
struct InHand {
    id: PodId,
    came: u64,
    lot: u64,
    common: Common,
}

impl SchedulingQueue {
    pub(super) fn of(scheduler: &KubeScheduler) -> Self {
        Self {
            hints: Hints::of(scheduler),
            initial: Span::from_secs(scheduler.pod_initial_backoff_seconds),
            max: Span::from_secs(scheduler.pod_max_backoff_seconds),
            pop_from_back_off: scheduler.feature_gates.scheduler_pop_from_backoff_q,
            came: 0,
            lots_ever: 0,
            lots: BTreeMap::new(),
            by_key: BTreeMap::new(),
            active: BTreeSet::new(),
            backing_off: BTreeSet::new(),
            sitting_out: BTreeSet::new(),
            parked: BTreeMap::new(),
            flushes: BTreeSet::new(),
            places: BTreeMap::new(),
            in_hand: None,
        }
    }

    /// How long a pod backs off after so many attempts.
    fn back_off(&self, attempts: u32) -> Span {
        let mut span = self.initial;
        for _ in 1..attempts {
            if span + span >= self.max {
                return self.max;
            }
            span += span;
        }
        span
    }

    /// Attempts beyond which back-off grows no more are not told apart.
    fn next_attempt(&self, attempts: u32) -> u32 {
        let grows = attempts == 0 || self.back_off(attempts) < self.max && attempts < 64;
        attempts + u32::from(grows)
    }

    /// The whole second in which the back-off of such pods ends; before that they are not tried again.
    fn back_off_ends(&self, common: &Common) -> Option<Time> {
        let tries = common.tries();
        (tries > 0).then(|| whole(common.since + self.back_off(tries), self.window()))
    }

    /// Back-off times are compared by the second where an idle scheduler takes who is next.
    const fn window(&self) -> Span {
        if self.pop_from_back_off {
            WINDOW
        } else {
            Span::from_nanos(1)
        }
    }

    /// Whether pods whose back-off ends at `ends` still back off.
    fn backs_off(&self, now: Time, ends: Time) -> bool {
        ends >= whole(now, self.window())
    }

    fn put(&mut self, stand: Stand, common: Common, pods: BTreeMap<u64, PodId>) {
        let key = common.key(stand);
        let known = self.by_key.get(&key).copied();
        let number = known.unwrap_or(self.lots_ever);
        for (&came, &id) in &pods {
            self.places.insert(id, (number, came));
        }
        match known {
            Some(_) => {
                self.unlist(number);
                if let Some(lot) = self.lots.get_mut(&number) {
                    lot.pods.extend(pods);
                }
            }
            None => {
                self.lots_ever += 1;
                self.by_key.insert(key, number);
                self.lots.insert(number, Lot { common, stand, pods });
            }
        }
        self.list(number);
    }

    /// Moves a whole lot; its pods keep their places in it unless another takes them in.
    fn shift(&mut self, number: u64, stand: Stand, change: impl FnOnce(&mut Common)) {
        self.unlist(number);
        let Some(mut lot) = self.lots.remove(&number) else {
            return;
        };
        self.forget_key(number, &lot);
        change(&mut lot.common);
        lot.stand = stand;
        let key = lot.common.key(stand);
        if self.by_key.contains_key(&key) {
            self.put(stand, lot.common, lot.pods);
            return;
        }
        self.by_key.insert(key, number);
        self.lots.insert(number, lot);
        self.list(number);
    }

    fn forget_key(&mut self, number: u64, lot: &Lot) {
        let key = lot.common.key(lot.stand);
        if self.by_key.get(&key) == Some(&number) {
            self.by_key.remove(&key);
        }
    }

    fn list(&mut self, number: u64) {
        let Some(lot) = self.lots.get(&number) else { return };
        let turn = lot.turn(number);
        match lot.stand {
            Stand::Active => {
                self.active.insert(turn);
            }
            Stand::BackOff(until) if lot.common.backs_off_whole() => {
                self.sitting_out.insert((until, turn));
            }
            Stand::BackOff(until) => {
                self.backing_off.insert((until, turn));
            }
            Stand::Parked => {
                self.flushes.insert((flushed_at(&lot.common), number));
                self.parked.insert(number, lot.common.rejectors);
            }
        }
    }

    fn unlist(&mut self, number: u64) {
        let Some(lot) = self.lots.get(&number) else { return };
        let turn = lot.turn(number);
        match lot.stand {
            Stand::Active => {
                self.active.remove(&turn);
            }
            Stand::BackOff(until) => {
                self.sitting_out.remove(&(until, turn));
                self.backing_off.remove(&(until, turn));
            }
            Stand::Parked => {
                self.flushes.remove(&(flushed_at(&lot.common), number));
                self.parked.remove(&number);
            }
        }
    }

    /// Takes one pod out of its lot.
    fn take(&mut self, number: u64, came: u64) {
        self.unlist(number);
        let Some(lot) = self.lots.get_mut(&number) else {
            return;
        };
        if let Some(id) = lot.pods.remove(&came) {
            self.places.remove(&id);
        }
        if lot.pods.is_empty() {
            if let Some(lot) = self.lots.remove(&number) {
                self.forget_key(number, &lot);
            }
        } else {
            self.list(number);
        }
    }

    /// An event may help a lot: its turn comes after what is left of its back-off.
    fn wake(&mut self, now: Time, number: u64) {
        let Some(lot) = self.lots.get(&number) else { return };
        let ends = self.back_off_ends(&lot.common);
        let stand = match ends.filter(|&ends| self.backs_off(now, ends)) {
            Some(ends) => Stand::BackOff(ends),
            None => Stand::Active,
        };
        self.shift(number, stand, |_| {});
    }

    /// Those whose time has come without any event.
    fn come_round(&mut self, now: Time) {
        for sits_out in [false, true] {
            loop {
                let list = if sits_out {
                    &self.sitting_out
                } else {
                    &self.backing_off
                };
                let Some(&(ends, turn)) = list.first() else { break };
                if after(ends, WINDOW) > now {
                    break;
                }
                self.shift(turn.3, Stand::Active, |_| {});
            }
        }
        while let Some(&(time, number)) = self.flushes.first()
            && time <= now
        {
            self.wake(now, number);
        }
    }

    /// Whose turn it is before that of a pod that has just come: who is of higher priority, was promised room and backs
    /// off. What makes a new pod for one that was pushed out sees it go later than the scheduler does.
    fn promised_before(&self, now: Time, turn: Turn) -> Option<Turn> {
        if !self.pop_from_back_off || !self.lots.get(&turn.3)?.common.is_fresh(now) {
            return None;
        }
        let promised =
            |other: &Turn| other.0 < turn.0 && self.lots.get(&other.3).is_some_and(|lot| lot.common.promised);
        let mut waiting = self.backing_off.iter().map(|&(_, turn)| turn);
        waiting.find(promised)
    }

    /// Whether what pods of this class are told holds for one pod alone.
    fn is_apart(class: &PodTemplate) -> bool {
        !class.volumes.own.is_empty()
    }
}

impl PodQueue for SchedulingQueue {
    fn add(&mut self, now: Time, id: PodId, class: &Arc<PodTemplate>) {
        self.came += 1;
        let common = Common {
            class: class.clone(),
            attempts: 0,
            errors: 0,
            since: now,
            rejectors: Plugins::default(),
            apart: Self::is_apart(class),
            promised: false,
            hasty: false,
        };
        self.put(Stand::Active, common, BTreeMap::from([(self.came, id)]));
    }

    fn remove(&mut self, id: PodId) {
        if let Some(&(number, came)) = self.places.get(&id) {
            self.take(number, came);
        }
        if self.in_hand.as_ref().is_some_and(|pod| pod.id == id) {
            self.in_hand = None;
        }
    }

    fn tell(&mut self, now: Time, objects: &ApiObjects, event: ClusterEvent<'_>) {
        let listeners = Hints::listeners(event);
        let helped: Vec<u64> = self
            .parked
            .iter()
            .filter(|(_, rejectors)| !rejectors.both(listeners).is_empty())
            .filter_map(|(&number, &rejectors)| {
                let class = &self.lots.get(&number)?.common.class;
                let helps = self.hints.may_help(objects, class, rejectors, event);
                helps.then_some(number)
            })
            .collect();
        for number in helped {
            self.wake(now, number);
        }
    }

    fn next(&mut self, now: Time) -> Option<PodId> {
        self.come_round(now);
        let early = || self.backing_off.first().map(|&(_, turn)| turn);
        let turn = match self.active.first() {
            Some(&turn) => self.promised_before(now, turn).unwrap_or(turn),
            None => early().filter(|_| self.pop_from_back_off)?,
        };
        let (came, number) = (turn.2, turn.3);
        let lot = self.lots.get(&number)?;
        let id = *lot.pods.get(&came)?;
        self.in_hand = Some(InHand {
            id,
            came,
            lot: number,
            common: lot.common.clone(),
        });
        self.take(number, came);
        Some(id)
    }

    fn refused(&mut self, now: Time, refusal: &Refusal, promised: bool) {
        let Some(pod) = self.in_hand.take() else { return };
        let rejectors = Plugins::of_refusal(refusal);
        let for_all = !pod.common.apart && !promised;
        let tried_before = pod.common.tries() > 0;
        let (attempts, errors) = match rejectors.is_empty() {
            true => (pod.common.attempts, self.next_attempt(pod.common.errors)),
            false => (self.next_attempt(pod.common.attempts), 0),
        };
        let common = Common {
            attempts,
            errors,
            since: now,
            rejectors,
            apart: promised || Self::is_apart(&pod.common.class),
            promised,
            hasty: tried_before && pod.common.since == now,
            class: pod.common.class,
        };
        let stand = match self.back_off_ends(&common).filter(|_| rejectors.is_empty()) {
            // Without a node there is no plugin to listen for events: only time brings the next attempt.
            Some(ends) => Stand::BackOff(ends),
            None => Stand::Parked,
        };
        if for_all && self.lots.contains_key(&pod.lot) {
            let alike = common.clone();
            self.shift(pod.lot, stand, |lot| *lot = alike);
        }
        self.put(stand, common, BTreeMap::from([(pod.came, pod.id)]));
    }

    fn next_time(&self, now: Time) -> Time {
        if !self.active.is_empty() || self.pop_from_back_off && !self.backing_off.is_empty() {
            return now;
        }
        let ends = [&self.backing_off, &self.sitting_out];
        let ends = ends.into_iter().filter_map(|list| list.first());
        let back = ends.map(|&(ends, _)| after(ends, WINDOW));
        let parked = self.flushes.first().map(|&(time, _)| time);
        back.chain(parked).min().unwrap_or(Time::NEVER).max(now)
    }

    fn waits_because(&self, now: Time, id: PodId) -> Option<String> {
        let (number, _) = self.places.get(&id)?;
        let lot = self.lots.get(number)?;
        let tried = now.since(lot.common.since);
        match lot.stand {
            Stand::Active => None,
            Stand::BackOff(ends) => {
                let left = after(ends, WINDOW).since(now);
                Some(format!(
                    "backs off for another {left} since its last attempt, {tried} ago"
                ))
            }
            Stand::Parked => {
                let names: Vec<&str> = lot.common.rejectors.iter().map(super::Plugin::name).collect();
                let left = flushed_at(&lot.common).since(now);
                Some(format!(
                    "is not looked at: nothing that could change what {} said has happened since its last attempt, \
                     {tried} ago; it is tried again in {left} at the latest",
                    names.join(", ")
                ))
            }
        }
    }

    fn clone_box(&self) -> Box<dyn PodQueue> {
        Box::new(self.clone())
    }
}

/// When a parked lot is tried at the latest.
fn flushed_at(common: &Common) -> Time {
    after(common.since + PARKED_MAX, FLUSH)
}

/// The last whole multiple of `step` that is not later than `time`.
const fn whole(time: Time, step: Span) -> Time {
    Time::from_nanos(time.nanos() / step.nanos() * step.nanos())
}

/// The first whole multiple of `step` that is later than `time`.
fn after(time: Time, step: Span) -> Time {
    whole(time, step) + step
}
