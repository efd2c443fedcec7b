//! Service in slots: each job in service has a slot of its own and runs at full speed, so its finish is known when
//! it starts.
//!
//! A binary heap by (finish, job id). Replacing the top (a completion with somebody waiting) costs one sift-down,
//! which is the hot path of a busy replica.

use super::job::Job;
use crate::engine::Time;

#[derive(Clone, Copy, Debug)]
struct Entry {
    finish: Time,
    job: Job,
}

impl Entry {
    #[inline]
    fn before(&self, other: &Self) -> bool {
        (self.finish, self.job.id) < (other.finish, other.job.id)
    }
}

/// Jobs in service, soonest finish first.
#[derive(Clone, Debug, Default)]
pub struct SlotService {
    heap: Vec<Entry>,
}

impl SlotService {
    /// Jobs in service.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether every slot is free.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    /// When the next job finishes.
    #[must_use]
    #[inline]
    pub fn next_finish(&self) -> Time {
        self.heap.first().map_or(Time::NEVER, |entry| entry.finish)
    }

    /// Puts a job in a slot at `now`; returns when it will finish.
    #[inline]
    pub fn start(&mut self, now: Time, job: Job) -> Time {
        let finish = now + job.demand;
        self.heap.push(Entry { finish, job });
        self.sift_up(self.heap.len() - 1);
        finish
    }

    /// The job that finishes next leaves its slot.
    #[inline]
    pub fn finish(&mut self) -> Option<Job> {
        let last = self.heap.pop()?;
        if self.heap.is_empty() {
            return Some(last.job);
        }
        let done = std::mem::replace(&mut self.heap[0], last);
        self.sift_down(0);
        Some(done.job)
    }

    /// The job that finishes next leaves and `next` takes its slot at `now`; returns the former and the finish of the
    /// latter. Same as [`Self::finish`] then [`Self::start`], at half the cost.
    ///
    /// # Panics
    /// If nothing is in service.
    #[inline]
    pub fn finish_and_start(&mut self, now: Time, next: Job) -> (Job, Time) {
        let finish = now + next.demand;
        let done = std::mem::replace(&mut self.heap[0], Entry { finish, job: next });
        self.sift_down(0);
        (done.job, finish)
    }

    /// Takes out the job called `id` before it is done; its remaining demand is left in it.
    pub fn remove(&mut self, now: Time, id: u64) -> Option<Job> {
        let place = self.heap.iter().position(|entry| entry.job.id == id)?;
        Some(self.take_out(now, place))
    }

    /// The job to put off for one in lane `lane`: of the lowest lane below it, the one started last.
    #[must_use]
    pub fn preemptible(&self, lane: u8) -> Option<u64> {
        self.heap
            .iter()
            .filter(|entry| entry.job.lane > lane)
            .max_by_key(|entry| (entry.job.lane, entry.job.since, entry.job.id))
            .map(|entry| entry.job.id)
    }

    /// The job called `id`, for marking it.
    pub fn get_mut(&mut self, id: u64) -> Option<&mut Job> {
        self.heap
            .iter_mut()
            .find(|entry| entry.job.id == id)
            .map(|entry| &mut entry.job)
    }

    /// Every job in service, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = &Job> {
        self.heap.iter().map(|entry| &entry.job)
    }

    /// Takes everything out, in order of job id.
    pub fn drain(&mut self) -> Vec<Job> {
        let mut jobs: Vec<Job> = self.heap.drain(..).map(|entry| entry.job).collect();
        jobs.sort_unstable_by_key(|job| job.id);
        jobs
    }

    fn take_out(&mut self, now: Time, place: usize) -> Job {
        let Entry { finish, mut job } = self.heap.swap_remove(place);
        if place < self.heap.len() {
            self.sift_down(place);
            self.sift_up(place);
        }
        job.demand = finish.since(now);
        job
    }

    #[inline]
    fn sift_up(&mut self, mut place: usize) {
        while place > 0 {
            let parent = (place - 1) / 2;
            if !self.heap[place].before(&self.heap[parent]) {
                break;
            }
            self.heap.swap(place, parent);
            place = parent;
        }
    }

    #[inline]
    fn sift_down(&mut self, mut place: usize) {
        let heap = self.heap.as_mut_slice();
        let moving = heap[place];
        loop {
            let mut child = 2 * place + 1;
            if child >= heap.len() {
                break;
            }
            if child + 1 < heap.len() {
                child += usize::from(heap[child + 1].before(&heap[child]));
            }
            if !heap[child].before(&moving) {
                break;
            }
            heap[place] = heap[child];
            place = child;
        }
        heap[place] = moving;
    }
}

#[cfg(test)]
mod tests {
    use super::{Job, SlotService, Time};
    use crate::engine::Span;
    use proptest::prelude::*;

    fn job(id: u64, demand: u64) -> Job {
        Job {
            id,
            born: Time::ZERO,
            since: Time::ZERO,
            waited: Span::ZERO,
            demand: Span::from_nanos(demand),
            work: Span::from_nanos(demand),
            expires: Time::NEVER,
            user: Job::OPEN,
            class: 0,
            lane: 0,
            orphan: false,
        }
    }

    proptest! {
        /// Jobs leave in order of (finish, id), whether the top is replaced or popped, also after removals.
        #[test]
        fn completions_come_in_order(demands in prop::collection::vec(0u64..50, 1..60), removed in 0usize..60, replace in any::<bool>()) {
            let mut service = SlotService::default();
            let mut expected = Vec::new();
            for (id, &demand) in demands.iter().enumerate() {
                service.start(Time::ZERO, job(id as u64, demand));
                expected.push((demand, id as u64));
            }
            if removed < demands.len() {
                prop_assert!(service.remove(Time::ZERO, removed as u64).is_some());
                expected.retain(|&(_, id)| id != removed as u64);
            }
            if replace && !expected.is_empty() {
                let now = service.next_finish();
                expected.sort_unstable();
                let (done, finish) = service.finish_and_start(now, job(1000, 7));
                prop_assert_eq!(done.id, expected.remove(0).1);
                expected.push((finish.nanos(), 1000));
            }
            expected.sort_unstable();
            let left: Vec<_> = std::iter::from_fn(|| {
                let finish = service.next_finish().nanos();
                service.finish().map(|job| (finish, job.id))
            }).collect();
            prop_assert_eq!(left, expected);
        }
    }
}
