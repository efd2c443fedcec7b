//! Processor sharing: all jobs in service share the replica's capacity equally.
//!
//! With `n` jobs on a capacity of `c` jobs at full speed, each runs at `min(1, c/n)`. The clock of served time per
//! job (*virtual time*) advances at that rate for all alike, so a job leaves when virtual time has advanced by its
//! demand since it came: one heap by virtual finish serves every change of `n` (egalitarian sharing; the fair-queueing
//! argument of Demers, Keshav and Shenker 1989). Virtual time is an integer in units of 2^-32 ns.

use super::job::Job;
use crate::engine::{Span, Time};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

const FRACTION_BITS: u32 = 32;

/// Jobs that share one capacity.
#[derive(Clone, Debug)]
pub struct ProcessorSharing {
    capacity: u32,
    virtual_now: u128,
    updated: Time,
    order: BinaryHeap<Reverse<(u128, u64)>>,
    jobs: BTreeMap<u64, (u128, Job)>,
}

impl ProcessorSharing {
    /// Nothing in service, `capacity` jobs (at least one) could run at full speed.
    #[must_use]
    pub fn new(capacity: u32) -> Self {
        Self {
            capacity: capacity.max(1),
            virtual_now: 0,
            updated: Time::ZERO,
            order: BinaryHeap::new(),
            jobs: BTreeMap::new(),
        }
    }

    /// Jobs in service.
    #[must_use]
    pub fn len(&self) -> usize {
        self.jobs.len()
    }

    /// Whether nothing is in service.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }

    /// Jobs that run at the same time at full speed; the number of jobs if there are fewer.
    #[must_use]
    pub fn running(&self) -> u32 {
        self.capacity
            .min(u32::try_from(self.jobs.len()).unwrap_or(u32::MAX))
    }

    /// When the next job finishes if nothing else changes.
    #[must_use]
    pub fn next_finish(&self) -> Time {
        let Some(&Reverse((finish, _))) = self.order.peek() else {
            return Time::NEVER;
        };
        let ahead = finish.saturating_sub(self.virtual_now);
        let (sharing, capacity) = self.sharing();
        let nanos = (ahead * sharing).div_ceil(capacity << FRACTION_BITS);
        self.updated + Span::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// Service owed to all of them when something last changed, and when that was.
    #[must_use]
    pub fn owed(&self) -> (Time, Span) {
        let ahead = self
            .jobs
            .values()
            .map(|&(finish, _)| finish.saturating_sub(self.virtual_now) >> FRACTION_BITS);
        let nanos = u64::try_from(ahead.sum::<u128>()).unwrap_or(u64::MAX);
        (self.updated, Span::from_nanos(nanos))
    }

    /// A job joins at `now`.
    pub fn start(&mut self, now: Time, job: Job) {
        self.advance(now);
        let finish = self.virtual_now + (u128::from(job.demand.nanos()) << FRACTION_BITS);
        self.order.push(Reverse((finish, job.id)));
        self.jobs.insert(job.id, (finish, job));
    }

    /// The job that finishes next leaves at `now`.
    pub fn finish(&mut self, now: Time) -> Option<Job> {
        self.advance(now);
        let Reverse((_, id)) = self.order.pop()?;
        let (_, job) = self.jobs.remove(&id)?;
        self.skip_departed();
        Some(job)
    }

    /// Takes out the job called `id` before it is done; its remaining demand is left in it.
    pub fn remove(&mut self, now: Time, id: u64) -> Option<Job> {
        self.advance(now);
        let (finish, mut job) = self.jobs.remove(&id)?;
        let left = finish.saturating_sub(self.virtual_now) >> FRACTION_BITS;
        job.demand = Span::from_nanos(u64::try_from(left).unwrap_or(u64::MAX));
        self.skip_departed();
        Some(job)
    }

    /// The job called `id`, for marking it.
    pub fn get_mut(&mut self, id: u64) -> Option<&mut Job> {
        self.jobs.get_mut(&id).map(|(_, job)| job)
    }

    /// Every job in service, in order of id.
    pub fn iter(&self) -> impl Iterator<Item = &Job> {
        self.jobs.values().map(|(_, job)| job)
    }

    /// Takes everything out, in order of job id.
    pub fn drain(&mut self) -> Vec<Job> {
        self.order.clear();
        std::mem::take(&mut self.jobs)
            .into_values()
            .map(|(_, job)| job)
            .collect()
    }

    /// (jobs that share, jobs at full speed): the inverse of the common speed as a fraction.
    fn sharing(&self) -> (u128, u128) {
        let jobs = self.jobs.len() as u128;
        let capacity = u128::from(self.capacity);
        (jobs.max(capacity), capacity)
    }

    fn advance(&mut self, now: Time) {
        let elapsed = u128::from(now.since(self.updated).nanos());
        let (sharing, capacity) = self.sharing();
        self.virtual_now += (elapsed << FRACTION_BITS) * capacity / sharing;
        self.updated = now;
    }

    /// Forgets entries of jobs that were taken out, so that the head of the order is always in service.
    fn skip_departed(&mut self) {
        while let Some(&Reverse((finish, id))) = self.order.peek() {
            if self.jobs.get(&id).is_some_and(|&(planned, _)| planned == finish) {
                break;
            }
            self.order.pop();
        }
    }
}
