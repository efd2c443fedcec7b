//! Connections that clients keep: to which replica, since when, for how many more requests.

use crate::engine::Time;
use crate::model::request_queue::ReplicaLoads;

/// A client's last connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Connection {
    station: u32,
    /// Which replica it was there: stations are used again.
    ordinal: Option<u64>,
    /// Requests it can still carry.
    pub(super) left: u32,
    pub(super) opened: Time,
    pub(super) used: Time,
}

impl Connection {
    /// One that is opened at `now` to the replica at `place`, for `left` requests after this one.
    pub(super) fn open(now: Time, replicas: &ReplicaLoads, place: usize, left: u32) -> Self {
        Self {
            station: replicas.station(place) as u32,
            ordinal: Some(replicas.facts(place).ordinal),
            left,
            opened: now,
            used: now,
        }
    }

    /// Where its replica is among those that take requests, if it is one of them.
    pub(super) fn place_in(&self, replicas: &ReplicaLoads) -> Option<usize> {
        let place = replicas.place_of(self.station as usize)?;
        (Some(replicas.facts(place).ordinal) == self.ordinal).then_some(place)
    }
}

/// The last connection of every client that has had one.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Connections {
    all: Vec<Connection>,
    salt: Option<u64>,
}

impl Connections {
    /// That of `client`.
    pub(super) fn of(&mut self, client: usize) -> &mut Connection {
        if self.all.len() <= client {
            self.all.resize(client + 1, Connection::default());
        }
        &mut self.all[client]
    }

    /// What tells this run's choice of clients from another's; drawn once.
    pub(super) fn salt(&mut self, draw: impl FnOnce() -> u64) -> u64 {
        *self.salt.get_or_insert_with(draw)
    }
}
