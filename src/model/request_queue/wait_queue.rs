//! A waiting line: first in, first out within a lane, lanes in order of priority.

use super::job::Job;
use crate::engine::Time;
use std::collections::VecDeque;

/// Jobs that wait. Lane 0 is served first.
#[derive(Clone, Debug)]
pub struct WaitQueue {
    lanes: Vec<VecDeque<Job>>,
    len: usize,
    preempted: bool,
}

impl WaitQueue {
    /// An empty line with `lanes` priorities (at least one).
    #[must_use]
    pub fn new(lanes: usize) -> Self {
        Self {
            lanes: vec![VecDeque::new(); lanes.max(1)],
            len: 0,
            preempted: false,
        }
    }

    /// Jobs waiting.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nobody waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Joins the end of the job's lane.
    #[inline(always)]
    pub fn push_back(&mut self, job: Job) {
        self.lanes[usize::from(job.lane)].push_back(job);
        self.len += 1;
    }

    /// Returns to the head of the job's lane, after a preemption.
    pub fn push_front(&mut self, job: Job) {
        self.preempted = true;
        self.lanes[usize::from(job.lane)].push_front(job);
        self.len += 1;
    }

    /// Takes the next job to serve.
    #[inline(always)]
    pub fn pop_front(&mut self) -> Option<Job> {
        if self.len == 0 {
            return None;
        }
        self.len -= 1;
        self.lanes.iter_mut().find_map(VecDeque::pop_front)
    }

    /// Takes out the job called `id` that joined at `since`. O(log n): a lane is in order of joining, except for jobs
    /// put off by a preemption, which are looked for one by one. `None` for one whose client has gone.
    pub fn remove(&mut self, id: u64, since: Time) -> Option<Job> {
        let (lane, place) = self.place_of(id, since)?;
        self.len -= 1;
        self.lanes[lane].remove(place)
    }

    /// The waiting job called `id` that joined at `since`, for marking it; `None` for one whose client has gone.
    pub fn get_mut(&mut self, id: u64, since: Time) -> Option<&mut Job> {
        let (lane, place) = self.place_of(id, since)?;
        self.lanes[lane].get_mut(place)
    }

    /// Since when the job called `id` waits, if jobs have been put off by preemptions and it waits here.
    #[must_use]
    pub fn put_off(&self, id: u64) -> Option<Time> {
        let found = self.preempted.then(|| self.iter().find(|job| job.id == id))?;
        found.map(|job| job.since)
    }

    fn place_of(&self, id: u64, since: Time) -> Option<(usize, usize)> {
        self.lanes.iter().enumerate().find_map(|(index, lane)| {
            let first = lane.partition_point(|job| job.since < since);
            (first..lane.len())
                .take_while(|&place| lane[place].since == since)
                .chain(if self.preempted { 0..lane.len() } else { 0..0 })
                .find(|&place| lane[place].id == id && lane[place].since == since && !lane[place].orphan)
                .map(|place| (index, place))
        })
    }

    /// Every waiting job, in the order of service.
    pub fn iter(&self) -> impl Iterator<Item = &Job> {
        self.lanes.iter().flatten()
    }

    /// Takes everybody out, in the order of service.
    pub fn drain(&mut self) -> Vec<Job> {
        self.len = 0;
        self.lanes.iter_mut().flat_map(|lane| lane.drain(..)).collect()
    }
}
