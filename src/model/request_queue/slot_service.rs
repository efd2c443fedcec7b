//! Service in slots: each job in service has a slot of its own and runs at full speed, so its finish is known when
//! it starts.
//!
//! A binary heap by (finish, job id). Replacing the top (a completion with somebody waiting) costs one sift-down,
//! which is the hot path of a busy replica.

use super::job::Job;
use crate::engine::Time;

/// A job in service as the heap sees it: small, because heaps move their entries about.
#[derive(Clone, Copy, Debug)]
struct Entry {
    finish: Time,
    slot: u32,
}

/// Jobs in service, soonest finish first.
#[derive(Clone, Debug, Default)]
pub struct SlotService {
    heap: Vec<Entry>,
    /// Jobs by slot; free slots keep their last job.
    jobs: Vec<Job>,
    free: Vec<u32>,
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
    #[inline(always)]
    pub fn start(&mut self, now: Time, job: Job) -> Time {
        let finish = now + job.demand;
        let slot = if let Some(slot) = self.free.pop() {
            self.jobs[slot as usize] = job;
            slot
        } else {
            self.jobs.push(job);
            (self.jobs.len() - 1) as u32
        };
        self.heap.push(Entry { finish, slot });
        self.sift_up(self.heap.len() - 1);
        finish
    }

    /// The job that finishes next leaves its slot.
    #[inline(always)]
    pub fn finish(&mut self) -> Option<Job> {
        let last = self.heap.pop()?;
        let done = match self.heap.first_mut() {
            None => last,
            Some(first) => {
                let done = std::mem::replace(first, last);
                self.sift_down(0);
                done
            }
        };
        self.free.push(done.slot);
        Some(self.jobs[done.slot as usize])
    }

    /// The job that finishes next leaves and `next` takes its slot at `now`; returns the former and the finish of the
    /// latter. Same as [`Self::finish`] then [`Self::start`], at half the cost.
    ///
    /// # Panics
    /// If nothing is in service.
    #[inline(always)]
    pub fn finish_and_start(&mut self, now: Time, next: Job) -> (Job, Time) {
        let finish = now + next.demand;
        let top = &mut self.heap[0];
        top.finish = finish;
        let done = std::mem::replace(&mut self.jobs[top.slot as usize], next);
        self.sift_down(0);
        (done, finish)
    }

    /// Takes out the job called `id` before it is done; its remaining demand is left in it.
    pub fn remove(&mut self, now: Time, id: u64) -> Option<Job> {
        let place = self.place_of(id)?;
        let Entry { finish, slot } = self.heap.swap_remove(place);
        if place < self.heap.len() {
            self.sift_down(place);
            self.sift_up(place);
        }
        self.free.push(slot);
        Some(Job {
            demand: finish.since(now),
            ..self.jobs[slot as usize]
        })
    }

    /// The job to put off for one in lane `lane`: of the lowest lane below it, the one started last.
    #[must_use]
    pub fn preemptible(&self, lane: u8) -> Option<u64> {
        self.iter()
            .filter(|job| job.lane > lane)
            .max_by_key(|job| (job.lane, job.since, job.id))
            .map(|job| job.id)
    }

    /// The job called `id`, for marking it.
    pub fn get_mut(&mut self, id: u64) -> Option<&mut Job> {
        let slot = self.heap[self.place_of(id)?].slot;
        self.jobs.get_mut(slot as usize)
    }

    /// Every job in service, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = &Job> {
        self.heap.iter().map(|entry| &self.jobs[entry.slot as usize])
    }

    /// Every job in service with its finish, in no particular order.
    pub fn finishes(&self) -> impl Iterator<Item = (Time, &Job)> {
        let entries = self.heap.iter();
        entries.map(|entry| (entry.finish, &self.jobs[entry.slot as usize]))
    }

    /// Takes everything out, in order of job id.
    pub fn drain(&mut self) -> Vec<Job> {
        let mut jobs: Vec<Job> = self.iter().copied().collect();
        jobs.sort_unstable_by_key(|job| job.id);
        self.heap.clear();
        self.jobs.clear();
        self.free.clear();
        jobs
    }

    /// Takes everything out with its finish, in no particular order.
    pub fn take_all(&mut self) -> Vec<(Time, Job)> {
        let jobs = self
            .heap
            .drain(..)
            .map(|entry| (entry.finish, self.jobs[entry.slot as usize]))
            .collect();
        self.jobs.clear();
        self.free.clear();
        jobs
    }

    /// Puts a job back that was taken out with its finish.
    pub fn resume(&mut self, finish: Time, job: Job) {
        let slot = self.jobs.len() as u32;
        debug_assert!(self.free.is_empty(), "jobs come back before slots are given away");
        self.jobs.push(job);
        self.heap.push(Entry { finish, slot });
        self.sift_up(self.heap.len() - 1);
    }

    fn place_of(&self, id: u64) -> Option<usize> {
        self.heap
            .iter()
            .position(|entry| self.jobs[entry.slot as usize].id == id)
    }

    /// Earlier finish first; the lower job id decides a tie, which hardly ever happens.
    #[inline]
    fn before(jobs: &[Job], a: Entry, b: Entry) -> bool {
        if a.finish == b.finish {
            return jobs[a.slot as usize].id < jobs[b.slot as usize].id;
        }
        a.finish < b.finish
    }

    #[inline(always)]
    fn sift_up(&mut self, mut place: usize) {
        let (heap, jobs) = (self.heap.as_mut_slice(), self.jobs.as_slice());
        let moving = heap[place];
        while place > 0 {
            let parent = (place - 1) / 2;
            if !Self::before(jobs, moving, heap[parent]) {
                break;
            }
            heap[place] = heap[parent];
            place = parent;
        }
        heap[place] = moving;
    }

    #[inline(always)]
    fn sift_down(&mut self, mut place: usize) {
        let (heap, jobs) = (self.heap.as_mut_slice(), self.jobs.as_slice());
        let moving = heap[place];
        loop {
            let mut child = 2 * place + 1;
            if child >= heap.len() {
                break;
            }
            if child + 1 < heap.len() {
                child += usize::from(Self::before(jobs, heap[child + 1], heap[child]));
            }
            if !Self::before(jobs, heap[child], moving) {
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
    use proptest::prelude::*;

    proptest! {
        /// Jobs leave in order of (finish, id), whether the top is replaced or popped, also after removals.
        #[test]
        fn completions_come_in_order(demands in prop::collection::vec(0u64..50, 1..60), removed in 0usize..60, replace in any::<bool>()) {
            let mut service = SlotService::default();
            let mut expected = Vec::new();
            for (id, &demand) in demands.iter().enumerate() {
                service.start(Time::ZERO, Job::plain(id as u64, demand));
                expected.push((demand, id as u64));
            }
            if removed < demands.len() {
                prop_assert!(service.remove(Time::ZERO, removed as u64).is_some());
                expected.retain(|&(_, id)| id != removed as u64);
            }
            if replace && !expected.is_empty() {
                let now = service.next_finish();
                expected.sort_unstable();
                let (done, finish) = service.finish_and_start(now, Job::plain(1000, 7));
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
