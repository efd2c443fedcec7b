//! Whose turn it is, in queues that look at those that wait whenever anything changes.

use super::line::Queue;
use super::promise::soonest;
use super::run::Going;
use super::virtual_cluster::Used;
use crate::engine::Time;
use std::collections::BTreeSet;

impl Going<'_> {
    /// Whose turn it is: of those whose virtual cluster may use more, so that who waits for its quota holds up only others
    /// of its cluster.
    pub(super) fn head(&self) -> Option<u32> {
        self.line.head(|first| self.quota_allows(first))
    }

    fn quota_allows(&self, number: u32) -> bool {
        let cluster = self.of.pods()[number as usize].cluster;
        !self.quotas.any || self.quotas.allow(cluster, Used::of(self.of.kind(number)))
    }

    /// Whether the first of its cluster does not wait for the quota.
    fn is_open(&self, number: u32) -> bool {
        let first = self.line.first_beside(&self.of.pods()[number as usize]);
        first.is_none_or(|first| self.quota_allows(first))
    }

    /// A pod that has just come gets in line, and starts if it may.
    pub(super) fn get_in_line(&mut self, number: u32, now: Time) {
        let before = self.head();
        self.line.add(number, &self.of.pods()[number as usize]);
        let is_new = self.head() != before;
        match self.line.queue() {
            Queue::Any => {
                self.try_start(number, now);
            }
            Queue::Conservative => self.reserve(number, now),
            Queue::Fifo | Queue::Priority if is_new => self.serve_heads(now, &[]),
            Queue::Fifo | Queue::Priority => {}
            Queue::Backfill if is_new => {
                // Whoever was first before is promised something new, if it is first again.
                self.promise_nothing();
                self.serve_heads(now, &[]);
                self.promise_first();
                self.serve_all(now, None, self.head());
            }
            Queue::Backfill => {
                if self.is_open(number) {
                    self.try_start(number, now);
                }
            }
        }
    }

    /// Machines have changed: whoever waits is looked at.
    pub(super) fn serve(&mut self, now: Time, changed: &[usize]) {
        // Where there are quotas, whoever was refused before may have been refused for that.
        let looked_at = (!self.quotas.any).then_some(changed);
        match self.line.queue() {
            Queue::Conservative => {}
            Queue::Fifo | Queue::Priority => self.serve_heads(now, changed),
            Queue::Any => self.serve_all(now, looked_at, None),
            Queue::Backfill => {
                let first = self.head();
                if first != self.promised {
                    // Somebody before whoever was promised something waited for its quota, and waits no more.
                    self.promise_nothing();
                }
                self.serve_heads(now, changed);
                let head = self.head();
                debug_assert!(
                    self.promise
                        .as_ref()
                        .is_none_or(|promise| promise.at > now || Some(promise.number) != head),
                    "a promise was broken"
                );
                self.promise_first();
                // Under another promise others may go, wherever there has been room all along.
                let looked_at = looked_at.filter(|_| head == first);
                self.serve_all(now, looked_at, head);
            }
        }
    }

    /// One after another as long as the first finds room.
    fn serve_heads(&mut self, now: Time, changed: &[usize]) {
        if self.head() != self.stuck {
            self.stuck = None;
        }
        while let Some(number) = self.head() {
            // One that found no room before can have some only on what has changed.
            if self.stuck == Some(number) && !self.some_take(changed, number) {
                return;
            }
            if !self.try_start(number, now) {
                self.stuck = Some(number);
                return;
            }
        }
    }

    /// Everyone in line behind `head`, or everyone, on the machines that have `changed` or on all.
    fn serve_all(&mut self, now: Time, changed: Option<&[usize]>, head: Option<u32>) {
        // Room only shrinks meanwhile: who is like one that found none finds none.
        let mut refused = BTreeSet::new();
        let mut next = match head {
            Some(head) => self.line.after(head, &self.of.pods()[head as usize]),
            None => self.line.first(),
        };
        let in_turn = self.line.queue() != Queue::Any;
        while let Some(number) = next {
            let pod = &self.of.pods()[number as usize];
            next = self.line.after(number, pod);
            let spread = pod.spread.map(|spread| (spread.group, spread.most));
            let kind = (self.of.kind_of(number), spread);
            if refused.contains(&kind) || (in_turn && !self.is_open(number)) {
                continue;
            }
            let could = match changed {
                Some(changed) => self.some_take(changed, number),
                None => self.any_takes(number),
            };
            if !could {
                refused.insert(kind);
            } else {
                self.try_start(number, now);
            }
        }
    }

    fn some_take(&self, machines: &[usize], number: u32) -> bool {
        let pod = &self.of.pods()[number as usize];
        let parts = &self.of.kind(number).parts;
        machines.iter().any(|&machine| {
            let mut parts = parts.iter();
            parts.any(|part| self.machines.takes(machine, pod, &part.request))
        })
    }

    fn any_takes(&self, number: u32) -> bool {
        let pod = &self.of.pods()[number as usize];
        let kind = self.of.kind(number);
        let takes = |machine: usize| {
            let mut parts = kind.parts.iter();
            parts.any(|part| self.machines.takes(machine, pod, &part.request))
        };
        self.of.could(kind).any(takes)
    }

    pub(super) fn promise_nothing(&mut self) {
        (self.promise, self.promised) = (None, None);
    }

    /// Promises the first in line what it can be promised.
    fn promise_first(&mut self) {
        let Some(number) = self.head() else {
            return self.promise_nothing();
        };
        if self.promised != Some(number) {
            let kind = self.of.kind(number);
            self.promise = soonest(&self.machines, number, kind, self.of.could(kind));
            self.promised = Some(number);
        }
    }

    /// Whether the pod would, when the first in line is to start, use what that one needs of the quota they share.
    pub(super) fn takes_promised_quota(&self, number: u32, used: Used, end: Time) -> bool {
        let Some(promise) = self.promise.as_ref().filter(|promise| promise.number != number) else {
            return false;
        };
        let pods = self.of.pods();
        let cluster = pods[number as usize].cluster;
        let both = used.and(Used::of(self.of.kind(promise.number)));
        end > promise.at
            && pods[promise.number as usize].cluster == cluster
            && !self.quotas.allow(cluster, both)
    }
}
