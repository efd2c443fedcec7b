//! What one machine, or one quota, has free over time: now and after each booking begins or ends.

use super::kind::AMOUNTS;
use crate::engine::{Span, Time};
use crate::model::gpu::{GpuRequest, Taken};

/// What counts on a machine: the amounts, then pods.
pub(super) const COUNTED: usize = AMOUNTS + 1;

/// What is free for some time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Free {
    pub(super) counted: [u64; COUNTED],
    /// Idle thousandths of each device, where shares of them are asked for. Whole devices need only be counted: whoever
    /// comes when enough are idle keeps those that it gets, so that whoever comes later finds as many as were counted.
    pub(super) idle: Vec<u16>,
}

/// What a pod, or a part of one, wants of a machine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Want {
    pub(super) counted: [u64; COUNTED],
    pub(super) gpus: GpuRequest,
}

impl Free {
    pub(super) fn takes(&self, want: &Want) -> bool {
        let counted = self.counted.iter().zip(&want.counted);
        counted.fold(true, |fits, (free, asked)| fits & (free >= asked))
            && (self.idle.is_empty() || want.gpus.fits(&self.idle))
    }

    /// What is free at both times.
    fn least(&mut self, other: &Self) {
        for (free, other) in self.counted.iter_mut().zip(&other.counted) {
            *free = (*free).min(*other);
        }
        for (idle, other) in self.idle.iter_mut().zip(&other.idle) {
            *idle = (*idle).min(*other);
        }
    }

    pub(super) fn take(&mut self, want: &Want, devices: Taken) {
        for (free, asked) in self.counted.iter_mut().zip(&want.counted) {
            *free = free.saturating_sub(*asked);
        }
        if !self.idle.is_empty() {
            devices.take_from(&mut self.idle);
        }
    }

    fn give_back(&mut self, want: &Want, devices: Taken) {
        for (free, asked) in self.counted.iter_mut().zip(&want.counted) {
            *free += asked;
        }
        if !self.idle.is_empty() {
            devices.give_back(&mut self.idle);
        }
    }
}

/// When something that begins at `from` and lasts so long is over: never at the instant at which it begins, so that two
/// of no length do not count on the same room.
pub(super) fn end(from: Time, span: Option<Span>) -> Time {
    let nanos = span.map(|span| span.nanos().max(1));
    let end = nanos.and_then(|nanos| from.nanos().checked_add(nanos));
    end.map_or(Time::NEVER, Time::from_nanos)
}

/// What is free from each of these times on, until the next; from the last on for ever.
#[derive(Clone, Debug)]
pub(super) struct Profile {
    steps: Vec<(Time, Free)>,
}

impl Profile {
    pub(super) fn new(free: Free) -> Self {
        Self {
            steps: vec![(Time::ZERO, free)],
        }
    }

    /// What was before `now` is asked for no more.
    pub(super) fn forget(&mut self, now: Time) {
        let past = self.step(now);
        if past > 0 {
            self.steps.drain(..past);
        }
    }

    /// The step that holds at a time.
    fn step(&self, at: Time) -> usize {
        self.steps
            .partition_point(|(from, _)| *from <= at)
            .saturating_sub(1)
    }

    /// The first time after `at` at which anything changes.
    pub(super) fn next_change(&self, at: Time) -> Option<Time> {
        self.steps.get(self.step(at) + 1).map(|(from, _)| *from)
    }

    /// What is free from `from` until `to` all the time.
    pub(super) fn over(&self, from: Time, to: Time) -> Free {
        let first = self.step(from);
        let mut free = self.steps[first].1.clone();
        for (at, other) in &self.steps[first + 1..] {
            if *at >= to {
                break;
            }
            free.least(other);
        }
        free
    }

    /// The first time from `from` on, and before `before`, from which there is room for so long; `also` may refuse times.
    pub(super) fn next_start(
        &self,
        (from, before): (Time, Time),
        span: Option<Span>,
        want: &Want,
        also: impl Fn(Time) -> bool,
    ) -> Option<Time> {
        let (mut first, mut start) = (self.step(from), from);
        while start < before {
            match self.too_small(first, end(start, span), want) {
                None if also(start) => return Some(start),
                None => first += 1,
                Some(next) => first = next,
            }
            start = self.steps.get(first)?.0;
        }
        None
    }

    /// The step from which on to look again, if there is no room from the `first` step until `to`.
    fn too_small(&self, first: usize, to: Time, want: &Want) -> Option<usize> {
        let steps = self.steps[first..].iter().enumerate();
        let mut steps = steps.take_while(|(at, (from, _))| *at == 0 || *from < to);
        if self.steps[first].1.idle.is_empty() {
            // Where one step is too small, nothing begins before it is over.
            let small = steps.find(|(_, (_, free))| !free.takes(want));
            return small.map(|(at, _)| first + at + 1);
        }
        let free = self.over(self.steps[first].0, to);
        (!free.takes(want)).then_some(first + 1)
    }

    /// Books from `from` until `to` what is free all that time.
    pub(super) fn book(&mut self, from: Time, to: Time, want: &Want, devices: Taken) {
        self.change(from, to, |free| free.take(want, devices));
    }

    /// Gives back what was booked.
    pub(super) fn cancel(&mut self, from: Time, to: Time, want: &Want, devices: Taken) {
        self.change(from, to, |free| free.give_back(want, devices));
    }

    fn change(&mut self, from: Time, to: Time, change: impl Fn(&mut Free)) {
        let first = self.cut(from);
        let last = if to == Time::NEVER {
            self.steps.len()
        } else {
            self.cut(to)
        };
        self.steps[first..last]
            .iter_mut()
            .for_each(|(_, free)| change(free));
    }

    /// A step begins at this time; which one.
    fn cut(&mut self, at: Time) -> usize {
        let step = self.step(at);
        if self.steps[step].0 >= at {
            return step;
        }
        let free = self.steps[step].1.clone();
        self.steps.insert(step + 1, (at, free));
        step + 1
    }
}

#[cfg(test)]
mod tests {
    use super::{COUNTED, Free, Profile, Want};
    use crate::engine::{Span, Time};
    use crate::model::gpu::{GpuRequest, Taken};

    fn want(cpu: u64, gpus: GpuRequest) -> Want {
        let mut counted = [0; COUNTED];
        counted[0] = cpu;
        Want { counted, gpus }
    }

    fn at(secs: u64) -> Time {
        Time::from_nanos(secs * 1_000_000_000)
    }

    fn profile(idle: Vec<u16>) -> Profile {
        Profile::new(Free {
            counted: [4; COUNTED],
            idle,
        })
    }

    fn next(profile: &Profile, from: u64, secs: u64, want: &Want) -> Option<u64> {
        let span = Some(Span::from_secs(secs));
        let found = profile.next_start((at(from), Time::NEVER), span, want, |_| true);
        found.map(|time| time.nanos() / 1_000_000_000)
    }

    #[test]
    fn a_gap_is_used_by_who_is_gone_before_it_ends() {
        let mut profile = profile(Vec::new());
        let (one, three) = (want(1, GpuRequest::NONE), want(3, GpuRequest::NONE));
        profile.book(at(0), at(10), &three, Taken::NONE);
        profile.book(at(20), at(30), &three, Taken::NONE);
        assert_eq!(next(&profile, 0, 100, &one), Some(0), "one is free all the time");
        assert_eq!(next(&profile, 0, 10, &three), Some(10));
        assert_eq!(
            next(&profile, 3, 11, &three),
            Some(30),
            "a second too long for the gap"
        );
        assert_eq!(next(&profile, 12, 8, &three), Some(12));
        assert_eq!(next(&profile, 0, 1, &want(5, GpuRequest::NONE)), None);
        profile.cancel(at(20), at(30), &three, Taken::NONE);
        assert_eq!(
            next(&profile, 3, 11, &three),
            Some(10),
            "as if it had never been booked"
        );
    }

    #[test]
    fn a_share_needs_one_device_all_the_time() {
        let mut profile = profile(vec![1000, 1000]);
        let most = want(0, GpuRequest::share(700));
        profile.book(at(0), at(10), &most, Taken::of([0], 700));
        profile.book(at(10), at(20), &most, Taken::of([1], 700));
        assert_eq!(next(&profile, 0, 10, &most), Some(0), "on the other device");
        assert_eq!(
            next(&profile, 0, 11, &most),
            Some(10),
            "each device is free for a part of that time, none for all of it before"
        );
    }
}
