//! Departures that are known but whose time has not come: for routers that ask for the least loaded replica.
//!
//! Between two arrivals the order of departures does not matter, only that all of them are taken. So they lie in
//! buckets of equal width, and a bucket is put in order when its time comes. Adding and taking are O(1) on average.

use crate::engine::{Span, Time};

#[derive(Clone, Copy, Debug)]
struct Entry {
    time: Time,
    station: u32,
    next: u32,
}

/// Departures of one call of the lazy loop.
#[derive(Clone, Debug, Default)]
pub(super) struct Departures {
    origin: Time,
    /// A bucket is `2^shift` ns wide.
    shift: u32,
    heads: Vec<u32>,
    entries: Vec<Entry>,
    free: Vec<u32>,
    /// The bucket whose time has come, latest first.
    current: Vec<(Time, u32)>,
    bucket: usize,
}

const NONE: u32 = u32::MAX;
/// Arrivals a bucket is wide.
const ARRIVALS_PER_BUCKET: u64 = 16;
const BUCKETS_MAX: u64 = 1 << 16;

impl Departures {
    /// Starts anew for departures from `from` to `until`, with arrivals about every `gap`.
    pub(super) fn begin(&mut self, from: Time, until: Time, gap: Span) {
        let span = until.since(from).nanos();
        let width = (gap.nanos().max(1).saturating_mul(ARRIVALS_PER_BUCKET)).max(span / BUCKETS_MAX + 1);
        self.shift = u64::BITS - width.leading_zeros();
        self.origin = from;
        self.heads.clear();
        self.heads.resize((span >> self.shift) as usize + 1, NONE);
        self.entries.clear();
        self.free.clear();
        self.current.clear();
        self.bucket = 0;
    }

    /// A request leaves `station` at `time`, which is in the range given to [`Self::begin`].
    #[inline]
    pub(super) fn push(&mut self, time: Time, station: u32) {
        let bucket = self.bucket_of(time);
        if bucket <= self.bucket {
            let place = self.current.partition_point(|&(known, _)| known > time);
            self.current.insert(place, (time, station));
            return;
        }
        let entry = Entry {
            time,
            station,
            next: self.heads[bucket],
        };
        self.heads[bucket] = if let Some(place) = self.free.pop() {
            self.entries[place as usize] = entry;
            place
        } else {
            self.entries.push(entry);
            (self.entries.len() - 1) as u32
        };
    }

    /// The station of a departure at or before `now` that was not taken yet.
    #[inline]
    pub(super) fn pop_until(&mut self, now: Time) -> Option<u32> {
        loop {
            match self.current.last() {
                Some(&(time, station)) => {
                    if time > now {
                        return None;
                    }
                    self.current.pop();
                    return Some(station);
                }
                None if self.bucket >= self.bucket_of(now) => return None,
                None => self.open_next(),
            }
        }
    }

    fn open_next(&mut self) {
        self.bucket += 1;
        let mut place = std::mem::replace(&mut self.heads[self.bucket], NONE);
        while place != NONE {
            let entry = self.entries[place as usize];
            self.current.push((entry.time, entry.station));
            self.free.push(place);
            place = entry.next;
        }
        self.current.sort_unstable_by(|a, b| b.cmp(a));
    }

    #[inline]
    fn bucket_of(&self, time: Time) -> usize {
        (time.since(self.origin).nanos() >> self.shift) as usize
    }
}
