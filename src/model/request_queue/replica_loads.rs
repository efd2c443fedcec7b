//! The replicas that take requests and how many each has: what a router may look at.

use super::level_index::LevelIndex;
use super::replica_facts::{Owed, ReplicaFacts};
use crate::engine::Time;

/// Ready replicas in order of their ordinal, and their requests in flight (waiting or in service).
#[derive(Clone, Debug, Default)]
pub struct ReplicaLoads {
    stations: Vec<u32>,
    place_of: Vec<u32>,
    loads: Vec<u32>,
    index: Option<LevelIndex>,
    /// By station, those that take none included.
    facts: Vec<ReplicaFacts>,
    /// By station, where somebody asks for it.
    owed: Vec<Owed>,
    version: u64,
    weights_version: u64,
}

const NOWHERE: u32 = u32::MAX;

impl ReplicaLoads {
    /// No replica yet; with `indexed`, the least loaded replica is found without a scan.
    #[must_use]
    pub fn new(indexed: bool) -> Self {
        Self {
            index: indexed.then(LevelIndex::default),
            ..Self::default()
        }
    }

    /// How many replicas take requests. Positions are `0..len()`.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        self.stations.len()
    }

    /// Whether no replica takes requests.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.stations.is_empty()
    }

    /// Requests in flight at position `place`.
    #[must_use]
    #[inline]
    pub fn load(&self, place: usize) -> u32 {
        self.loads[place]
    }

    /// The fewest requests in flight at any replica.
    #[must_use]
    pub fn least(&self) -> u32 {
        match &self.index {
            Some(index) => index.lowest(),
            None => self.loads.iter().copied().min().unwrap_or(0),
        }
    }

    /// The first least loaded position at or after `cursor`, going round.
    #[must_use]
    pub fn least_loaded_from(&self, cursor: usize) -> Option<usize> {
        if let Some(index) = &self.index {
            return index.first_from(cursor);
        }
        let least = self.least();
        let count = self.len();
        (0..count)
            .map(|step| (cursor + step) % count)
            .find(|&place| self.loads[place] == least)
    }

    /// How many replicas are least loaded.
    #[must_use]
    pub fn least_loaded_count(&self) -> u32 {
        match &self.index {
            Some(index) => index.lowest_count(),
            None => {
                let least = self.least();
                self.loads.iter().filter(|&&load| load == least).count() as u32
            }
        }
    }

    /// The `nth` (from 0) of the least loaded positions.
    #[must_use]
    pub fn nth_least_loaded(&self, nth: u32) -> Option<usize> {
        if let Some(index) = &self.index {
            return index.nth(nth);
        }
        let least = self.least();
        (0..self.len())
            .filter(|&place| self.loads[place] == least)
            .nth(nth as usize)
    }

    /// Changes whenever a replica joins or leaves: positions of before are worth nothing then.
    #[must_use]
    #[inline]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// Changes whenever a weight does, and with [`Self::version`].
    #[must_use]
    #[inline]
    pub const fn weights_version(&self) -> u64 {
        self.weights_version
    }

    /// What is known of the replica at position `place`.
    #[must_use]
    #[inline]
    pub fn facts(&self, place: usize) -> &ReplicaFacts {
        &self.facts[self.station(place)]
    }

    /// What is known of `station`, whether or not it takes requests.
    #[must_use]
    pub fn facts_of(&self, station: usize) -> ReplicaFacts {
        self.facts.get(station).copied().unwrap_or_default()
    }

    /// Says what `station` is, before it [joins](Self::join).
    pub fn introduce(&mut self, station: usize, facts: ReplicaFacts) {
        if self.facts.len() <= station {
            self.facts.resize(station + 1, ReplicaFacts::default());
        }
        self.facts[station] = facts;
    }

    /// The replica at position `place` weighs `weight` from now on.
    pub fn weigh(&mut self, place: usize, weight: f64) {
        let station = self.station(place);
        let before = std::mem::replace(&mut self.facts[station].weight, weight);
        self.weights_version += u64::from(before.to_bits() != weight.to_bits());
    }

    /// Service owed by the replica at position `place` at `now`, ns; zero where nobody [says](Self::owes).
    #[must_use]
    pub fn work_left(&self, place: usize, now: Time) -> u64 {
        let owed = self.owed.get(self.station(place));
        owed.map_or(0, |owed| owed.left(now))
    }

    /// What `station` owed when it was last said.
    #[must_use]
    pub fn owed(&self, station: usize) -> Owed {
        self.owed.get(station).copied().unwrap_or_default()
    }

    /// Says what `station` owes.
    pub fn owes(&mut self, station: usize, owed: Owed) {
        if self.owed.len() <= station {
            self.owed.resize(station + 1, Owed::default());
        }
        self.owed[station] = owed;
    }

    /// Position of `station`, if it takes requests.
    #[must_use]
    #[inline]
    pub fn place_of(&self, station: usize) -> Option<usize> {
        let place = self.place_of.get(station).copied();
        place
            .filter(|&place| place != NOWHERE)
            .map(|place| place as usize)
    }

    /// The station at position `place`.
    #[must_use]
    #[inline]
    pub fn station(&self, place: usize) -> usize {
        self.stations[place] as usize
    }

    /// Whether `station` takes requests.
    #[must_use]
    pub fn contains(&self, station: usize) -> bool {
        self.place_of(station).is_some()
    }

    /// `station` takes requests from now on, after those that already do; it has `load` in flight.
    pub fn join(&mut self, station: usize, load: u32) {
        if self.place_of.len() <= station {
            self.place_of.resize(station + 1, NOWHERE);
        }
        if self.facts.len() <= station {
            self.facts.resize(station + 1, ReplicaFacts::default());
        }
        self.place_of[station] = self.stations.len() as u32;
        self.stations.push(station as u32);
        self.loads.push(load);
        self.rebuild();
    }

    /// `station` takes no more requests; the others keep their order.
    pub fn leave(&mut self, station: usize) {
        let Some(place) = self.place_of(station) else {
            return;
        };
        self.stations.remove(place);
        self.loads.remove(place);
        self.place_of[station] = NOWHERE;
        for (place, &station) in self.stations.iter().enumerate().skip(place) {
            self.place_of[station as usize] = place as u32;
        }
        self.rebuild();
    }

    /// `station` now has `load` requests in flight. Ignored for a station that takes none.
    #[inline]
    pub fn set(&mut self, station: usize, load: u32) {
        let place = self.place_of[station];
        if place == NOWHERE {
            return;
        }
        let before = std::mem::replace(&mut self.loads[place as usize], load);
        if let Some(index) = &mut self.index
            && before != load
        {
            index.change(place as usize, before, load);
        }
    }

    /// `station`, which takes requests, has one more in flight.
    #[inline]
    pub fn increase(&mut self, station: usize) {
        let place = self.place_of[station] as usize;
        self.set(station, self.loads[place] + 1);
    }

    /// `station`, which takes requests, has one less in flight.
    #[inline]
    pub fn decrease(&mut self, station: usize) {
        let place = self.place_of[station] as usize;
        self.set(station, self.loads[place] - 1);
    }

    fn rebuild(&mut self) {
        self.version += 1;
        self.weights_version += 1;
        if self.index.is_some() {
            self.index = Some(LevelIndex::build(&self.loads));
        }
    }
}
