//! Calls that are out, and the requests that were sent for them.

use super::open::{NO_CALL, OpenId};
use crate::engine::arena::Id;
use crate::engine::{Span, Time};
use crate::model::request_queue::Job;

pub(super) type CallId = Id<Call>;

/// Who waits for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// A request of a member.
    Request { member: usize, open: OpenId },
    /// A closed-loop user of a member, whose request has left for another workload.
    User { member: usize, user: u32 },
}

/// A request that was sent for a call: where it is now, under which id, and since when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    pub(super) member: usize,
    pub(super) id: u64,
    pub(super) since: Time,
    /// Whether it decides about an open circuit.
    pub(super) probe: bool,
}

/// A call that has not ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    pub(super) caller: Caller,
    pub(super) edge: u32,
    /// The station of the request that calls.
    pub(super) station: u32,
    pub(super) begun: Time,
    pub(super) demand: Span,
    pub(super) class: u8,
    /// Which attempt it is at, from 0.
    pub(super) attempt: u8,
    /// It waits for another to end, since when.
    pub(super) pending: Option<Time>,
    /// The attempt counts among the repeated ones.
    pub(super) retrying: bool,
    /// It has ended; its place is free at the end of the instant.
    pub(super) ended: bool,
    /// At most two requests at a time: the second is a hedge.
    pub(super) sent: [Option<Sent>; 2],
    /// The other calls of the same request.
    pub(super) before: u32,
    pub(super) after: u32,
}

impl Call {
    pub(super) const fn new(
        caller: Caller,
        (edge, station): (u32, u32),
        begun: Time,
        class: u8,
        demand: Span,
    ) -> Self {
        Self {
            caller,
            edge,
            station,
            begun,
            demand,
            class,
            attempt: 0,
            pending: None,
            retrying: false,
            ended: false,
            sent: [None; 2],
            before: NO_CALL,
            after: NO_CALL,
        }
    }
}

/// No edge: a user's request that has left for another workload.
pub(super) const NO_EDGE: u32 = u32::MAX;

/// What a request carries that was sent for a call: the call's place and which of the two it is.
pub(super) const fn ticket(call: CallId, which: usize) -> u32 {
    Job::CALL | call.slot() << 1 | which as u32
}

/// The place of the call that a request was sent for, and which of the two it is.
pub(super) const fn of_ticket(ticket: u32) -> (u32, usize) {
    ((ticket & !Job::CALL) >> 1, (ticket & 1) as usize)
}
