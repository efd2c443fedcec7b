//! The workloads of a run, and which of them has something to do next.
//!
//! Between control events each workload goes on by itself, and of a thousand of them only a few have anything to do
//! before the next one. So their next times are kept in winner trees: nobody looks at the others. Whatever takes a
//! workload out mutably may change when it goes on; it is noted, and looked at again before anybody asks.
//!
//! Workloads that have to do with each other go on as a group, which is noted under its first member.

use super::workload_run::WorkloadRun;
use crate::engine::{StreamKey, Time, WinnerTree};
use crate::workload::serving::{Advance, Group, Members, Serving};
use std::ops::{Index, IndexMut};

/// The workloads in the order of the scenario.
#[derive(Clone, Debug)]
pub(super) struct Workloads {
    runs: Vec<WorkloadRun>,
    groups: Vec<Group>,
    /// Which group each is in.
    group_of: Vec<Option<usize>>,
    /// When those that may interrupt go on.
    watched: WinnerTree,
    /// When the others go on.
    calm: WinnerTree,
    /// Who was handed out since the last look, each once.
    touched: Vec<usize>,
    is_touched: Vec<bool>,
    /// A load has broken off.
    broken: bool,
}

impl Workloads {
    pub(super) fn new(mut runs: Vec<WorkloadRun>, key: StreamKey) -> Self {
        let count = runs.len();
        let calls: Vec<_> = runs
            .iter()
            .map(|run| (run.spec.name.as_str(), &run.spec.serving.calls))
            .collect();
        let mut groups = Group::all_of(&calls, key);
        let mut group_of = vec![None; count];
        for (index, group) in groups.iter_mut().enumerate() {
            group.link(&mut runs);
            for &member in group.members() {
                group_of[member] = Some(index);
            }
        }
        let mut workloads = Self {
            runs,
            groups,
            group_of,
            watched: WinnerTree::default(),
            calm: WinnerTree::default(),
            touched: (0..count).collect(),
            is_touched: vec![true; count],
            broken: false,
        };
        workloads.look_again();
        workloads
    }

    pub(super) const fn len(&self) -> usize {
        self.runs.len()
    }

    pub(super) fn iter(&self) -> std::slice::Iter<'_, WorkloadRun> {
        self.runs.iter()
    }

    /// Whether a load has broken off: the run cannot go on.
    pub(super) const fn broken(&self) -> bool {
        self.broken
    }

    /// When the first of them has something to do.
    pub(super) fn next_time(&self) -> Time {
        debug_assert!(self.touched.is_empty(), "somebody changed and was not looked at");
        self.watched.earliest().0.min(self.calm.earliest().0)
    }

    /// Looks when those that were handed out go on.
    pub(super) fn look_again(&mut self) {
        for group in &mut self.groups {
            group.look_at(&mut self.runs, &self.touched);
        }
        while let Some(index) = self.touched.pop() {
            self.is_touched[index] = false;
            self.note(index);
        }
    }

    /// The groups of those that have to do with each other.
    pub(super) fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// Measuring of what they have to do with each other starts now.
    pub(super) fn reset_calls(&mut self) {
        self.groups.iter_mut().for_each(Group::reset_statistics);
    }

    /// The workload that its group, if it is in one, is noted under.
    fn first_of(&self, index: usize) -> usize {
        self.group_of[index].map_or(index, |group| self.groups[group].members()[0])
    }

    fn note(&mut self, index: usize) {
        let index = self.first_of(index);
        let (next, may_interrupt, broken) = match self.group_of[index] {
            None => {
                let serving = &self.runs[index].serving;
                (
                    serving.next_time(),
                    serving.may_interrupt(),
                    serving.fault().is_some(),
                )
            }
            Some(group) => {
                let group = &self.groups[group];
                let mut members = group.members().iter().map(|&member| &self.runs[member].serving);
                let broken = members.clone().any(|serving| serving.fault().is_some());
                (group.next_time(), members.any(Serving::may_interrupt), broken)
            }
        };
        let (watched, calm) = if may_interrupt {
            (next, Time::NEVER)
        } else {
            (Time::NEVER, next)
        };
        self.watched.set(index, watched);
        self.calm.set(index, calm);
        self.broken |= broken;
    }

    /// Whether it, or its group, completes something at `bound`.
    fn completes_at(&mut self, index: usize, bound: Time) -> bool {
        match self.group_of[index] {
            None => self.runs[index].serving.next_completion() == bound,
            Some(group) => self.groups[group].completes_at(&mut self.runs, bound),
        }
    }

    /// How far it, or its group, has run and when it goes on.
    fn now_and_next(&self, index: usize) -> (Time, Time) {
        match self.group_of[index] {
            None => (
                self.runs[index].serving.now(),
                self.runs[index].serving.next_time(),
            ),
            Some(group) => (self.groups[group].now(), self.groups[group].next_time()),
        }
    }

    /// When it, or its group, has interrupted, and who wants to be looked at.
    pub(super) fn interruption(&mut self, index: usize) -> (Time, Vec<usize>) {
        match self.group_of[index] {
            None => (self.runs[index].serving.now(), vec![index]),
            Some(group) => (self.groups[group].now(), self.groups[group].take_alerts()),
        }
    }

    /// Of those that may interrupt, the next with something to do up to `bound` (at `bound` itself an arrival counts
    /// only if `arrivals`): its index, and how far it may go, which is the time of the one after it.
    pub(super) fn next_watched(&mut self, bound: Time, arrivals: bool) -> Option<(usize, Time)> {
        let mut aside: Vec<usize> = Vec::new();
        let found = loop {
            let (time, index) = self.watched.earliest();
            if time > bound || time == Time::NEVER {
                break None;
            }
            self.watched.set(index, Time::NEVER);
            aside.push(index);
            if time < bound || arrivals || self.completes_at(index, bound) {
                break Some((index, bound.min(self.watched.earliest().0)));
            }
        };
        for index in aside {
            self.note(index);
        }
        found
    }

    /// Lets one of them go on to `bound`, arrivals at it included only if `arrivals`.
    pub(super) fn advance(&mut self, index: usize, bound: Time, arrivals: bool) -> Advance {
        let done = match self.group_of[index] {
            None => self.runs[index].serving.advance(bound, arrivals),
            Some(group) => self.groups[group].advance(&mut self.runs, bound, arrivals),
        };
        self.note(index);
        done
    }

    /// Lets those that cannot interrupt go on to `bound`. Returns events done, and where one of them had to stop
    /// before `bound` because its share of events in one call was used up; with `all_the_way` none does.
    pub(super) fn advance_calm(
        &mut self,
        bound: Time,
        arrivals: bool,
        all_the_way: bool,
    ) -> (u64, Option<Time>) {
        let mut events = 0;
        // Those whose next arrival is at `bound` and comes after what is due there.
        let mut aside: Vec<usize> = Vec::new();
        let mut stopped = None;
        loop {
            let (time, index) = self.calm.earliest();
            if time > bound || time == Time::NEVER {
                break;
            }
            let done = self.advance(index, bound, arrivals);
            events += done.events;
            if self.calm.earliest() == (time, index) && done.events == 0 {
                self.calm.set(index, Time::NEVER);
                aside.push(index);
            } else if let (now, next) = self.now_and_next(index)
                && !all_the_way
                && next <= bound
            {
                stopped = Some(now);
                break;
            }
        }
        for index in aside {
            self.note(index);
        }
        (events, stopped)
    }
}

impl Members for Vec<WorkloadRun> {
    #[inline(always)]
    fn serving(&mut self, workload: usize) -> &mut Serving {
        &mut self[workload].serving
    }
}

impl Index<usize> for Workloads {
    type Output = WorkloadRun;

    fn index(&self, index: usize) -> &WorkloadRun {
        &self.runs[index]
    }
}

impl IndexMut<usize> for Workloads {
    fn index_mut(&mut self, index: usize) -> &mut WorkloadRun {
        if !self.is_touched[index] {
            self.is_touched[index] = true;
            self.touched.push(index);
        }
        &mut self.runs[index]
    }
}
