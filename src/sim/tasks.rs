//! The tasks of a Swarm's services during a run: what their slots remember, and how far an update has come.
//!
//! Knows: which task takes the place of which. Must not know: pods, or who decides.

use crate::engine::{Span, Time};
use crate::model::cluster::{NodeId, PodId};
use crate::platform::swarm::restart::RestartHistory;
use std::collections::{BTreeMap, BTreeSet};

/// The workers of a service's update.
#[derive(Clone, Debug, Default)]
pub(super) struct Updater {
    /// New tasks that are not up yet: a worker waits for each.
    pub(super) working: BTreeSet<PodId>,
    /// Until when each of the workers waits that have done a task.
    pub(super) resting: Vec<Time>,
    /// All is done: until when failures are still looked for.
    pub(super) quiet_until: Option<Time>,
    /// The new tasks, and since when they are up.
    updated: BTreeMap<PodId, Option<Time>>,
}

impl Updater {
    /// A worker makes a task.
    pub(super) fn makes(&mut self, task: PodId) {
        self.working.insert(task);
        self.updated.insert(task, None);
    }

    /// A task is up at `now`; whether a worker waited for it, who now waits for `delay`.
    pub(super) fn is_up(&mut self, task: PodId, now: Time, delay: Span) -> bool {
        if let Some(since) = self.updated.get_mut(&task) {
            since.get_or_insert(now);
        }
        self.done(task, now, delay)
    }

    /// A worker need not wait for a task any longer; whether one did.
    pub(super) fn done(&mut self, task: PodId, now: Time, delay: Span) -> bool {
        let waited = self.working.remove(&task);
        if waited && !delay.is_zero() {
            self.resting.push(now + delay);
        }
        waited
    }

    /// Whether a task that has failed at `now` counts against the update: one that it made, and that was not up or had
    /// been for no longer than it is `monitored`.
    pub(super) fn counts(&self, task: PodId, now: Time, monitored: Span) -> bool {
        let since = self.updated.get(&task);
        since.is_some_and(|since| since.is_none_or(|since| now.since(since) <= monitored))
    }
}

/// The tasks of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Tasks {
    /// Restarts of the slot that a task is in, by task.
    histories: BTreeMap<PodId, RestartHistory>,
    /// By task that stops: the one that starts when it has.
    pub(super) waits_for_end: BTreeMap<PodId, PodId>,
    /// By new task: the old one of its slot, which runs beside it.
    pub(super) beside: BTreeMap<PodId, PodId>,
    updaters: BTreeMap<usize, Updater>,
    /// Nodes on which a service's task has ended and no other is made, by workload.
    given_up: BTreeSet<(usize, NodeId)>,
}

impl Tasks {
    /// What the slot of a task remembers; the next task in it is to have that.
    pub(super) fn take_history(&mut self, task: PodId) -> RestartHistory {
        self.histories.remove(&task).unwrap_or_default()
    }

    /// A task is in the slot that remembers this.
    pub(super) fn remember(&mut self, task: PodId, history: RestartHistory) {
        self.histories.insert(task, history);
    }

    /// The update of a workload's service.
    pub(super) fn updater(&mut self, workload: usize) -> &mut Updater {
        self.updaters.entry(workload).or_default()
    }

    /// An update of a workload's service begins, another than the one before.
    pub(super) fn update_begins(&mut self, workload: usize) {
        self.updaters.insert(workload, Updater::default());
        self.given_up.retain(|&(of, _)| of != workload);
    }

    /// No other task of a workload is made on a node.
    pub(super) fn give_up(&mut self, workload: usize, node: NodeId) {
        self.given_up.insert((workload, node));
    }

    /// Whether no other is made there.
    pub(super) fn is_given_up(&self, workload: usize, node: NodeId) -> bool {
        self.given_up.contains(&(workload, node))
    }

    /// A task is gone.
    pub(super) fn forget(&mut self, workload: usize, task: PodId) {
        self.histories.remove(&task);
        self.beside.retain(|&new, &mut old| new != task && old != task);
        if let Some(updater) = self.updaters.get_mut(&workload) {
            updater.working.remove(&task);
        }
    }
}
