//! What comes of an event for the others: calls go out, answers come back, failures are repeated or passed on.
//!
//! Messages are worked off in the order in which they came up, all at one instant. A call that ends keeps its place until
//! the last of them, so that none is taken for another's.

use super::super::arrivals::draw_class;
use super::super::failures::TURNAROUND_MIN;
use super::group::{Group, Members};
use super::open::{Message, NO_CALL, OpenId};
use super::record::{Call, CallId, Caller, NO_EDGE, Sent, of_ticket, ticket};
use crate::engine::{Span, Time};
use crate::model::request_queue::Job;
use rand::RngExt;

impl Group {
    /// Works off everything that members have told.
    #[inline]
    pub(super) fn tell_all(&mut self, members: &mut impl Members) {
        while let Some((place, message)) = self.told.pop_front() {
            match message {
                Message::Served(open) => self.next_step(members, place, open),
                Message::Left { user, class, expires } => self.left(members, place, user, class, expires),
                Message::Failed { user, fate } => self.attempt_failed(members, place, user, fate),
                Message::Broken { user, at } => self.broken(members, at, user),
                Message::Anew { station } => self.begins_anew(place, station),
                Message::Dropped { first_call } => self.dropped(members, place, first_call),
            }
        }
        for call in self.ended.drain(..) {
            self.calls.remove(call);
        }
    }

    /// The next calls of a request go out; without any, it is over.
    fn next_step(&mut self, members: &mut impl Members, place: usize, open: OpenId) {
        let now = self.of(members, place).now();
        loop {
            let Some(request) = self.of(members, place).open_request(open) else {
                return;
            };
            let step = usize::from(request.step);
            if request.failed || step == self.plans[place].steps.len() {
                let well = !request.failed;
                self.of(members, place).calls_ended(now, open, well);
                self.look(members, place);
                return;
            }
            request.step += 1;
            let mut out = 0;
            for edge in self.plans[place].steps[step].clone() {
                if self.edges[edge].is_made() {
                    out += 1;
                    self.begin(members, now, place, open, edge);
                }
            }
            if out > 0 {
                if let Some(request) = self.of(members, place).open_request(open) {
                    request.out = out;
                }
                return;
            }
        }
    }

    /// A call begins.
    fn begin(&mut self, members: &mut impl Members, now: Time, place: usize, open: OpenId, edge: usize) {
        let one = &mut self.edges[edge];
        one.record.calls += 1;
        if let Some(retrying) = &mut one.retrying {
            retrying.on_request(now);
        }
        let (class, demand) = {
            let callee = members.serving(one.spec.to);
            let class = match one.spec.class {
                Some(class) => usize::from(class),
                None => draw_class(&callee.class_bounds, &mut one.class),
            };
            (class, callee.demands[class].sample_span(&mut one.demand))
        };
        let caller = Caller::Request { member: place, open };
        let request = self.of(members, place).open_request(open);
        let station = request.as_ref().map_or(0, |request| request.station);
        let call = Call::new(caller, (edge as u32, station), now, class as u8, demand);
        let call = self.calls.insert(call);
        if let Some(request) = request {
            let first = std::mem::replace(&mut request.first_call, call.slot());
            self.calls[call].after = first;
            if let Some(first) = self.calls.at_slot(first) {
                self.calls[first].before = call.slot();
            }
        }
        self.try_send(members, now, call, 0);
    }

    /// A request leaves a member well: for another one, or back to who waits for it.
    fn left(&mut self, members: &mut impl Members, place: usize, user: u32, class: u8, expires: Time) {
        let now = self.of(members, place).now();
        if let Some((way, to)) = self.direction(place) {
            self.forward(members, now, place, (way, to), user, class, expires);
        } else if Job::is_ticket(user) {
            let (slot, which) = of_ticket(user);
            if let Some(call) = self.living(slot) {
                self.answered(members, now, call, which);
            }
        } else if user != Job::OPEN {
            self.of(members, place).user_goes_on(user, Span::ZERO);
            self.look(members, place);
        }
    }

    /// Where the next request that leaves goes: which way of its member, and to which workload.
    fn direction(&mut self, place: usize) -> Option<(usize, usize)> {
        let plan = &mut self.plans[place];
        if plan.forward.is_empty() {
            return None;
        }
        let mut point: f64 = plan.direction.random();
        plan.forward.iter().enumerate().find_map(|(way, forward)| {
            point -= forward.probability;
            (point < 0.0).then_some((way, forward.to))
        })
    }

    #[expect(clippy::too_many_arguments, reason = "what a request takes with it")]
    fn forward(
        &mut self,
        members: &mut impl Members,
        now: Time,
        place: usize,
        (way, to): (usize, usize),
        user: u32,
        class: u8,
        expires: Time,
    ) {
        let next = members.serving(to);
        let class = usize::from(class).min(next.demands.len() - 1);
        let plan = &mut self.plans[place];
        let demand = next.demands[class].sample_span(&mut plan.demands[way]);
        plan.passed[way] += 1;
        let member = self.place[to];
        if user == Job::OPEN {
            next.now = now;
            next.new_request(now, class, demand, Job::OPEN);
            self.look(members, member);
            return;
        }
        let ticket = if Job::is_ticket(user) {
            user
        } else {
            let caller = Caller::User { member: place, user };
            let call = Call::new(caller, (NO_EDGE, 0), now, class as u8, demand);
            ticket(self.calls.insert(call), 0)
        };
        let (slot, which) = of_ticket(ticket);
        let Some(call) = self.living(slot) else { return };
        let id = next.call_comes(now, class, demand, ticket, expires);
        self.calls[call].sent[which] = Some(Sent {
            member,
            id,
            since: now,
            probe: self.calls[call].sent[which].is_some_and(|sent| sent.probe),
        });
        self.look(members, member);
    }

    /// A call has ended: what is still out for it is given up, and its caller goes on.
    pub(super) fn end(&mut self, members: &mut impl Members, now: Time, call: CallId, well: bool) {
        let one = self.calls[call];
        self.give_up(members, now, call);
        match one.caller {
            Caller::User { member, user } => {
                let rest = if well { Span::ZERO } else { TURNAROUND_MIN };
                let serving = self.of(members, member);
                serving.now = now;
                serving.user_goes_on(user, rest);
                self.look(members, member);
            }
            Caller::Request { member, open } => {
                let edge = &mut self.edges[one.edge as usize];
                edge.record.failed += u64::from(!well);
                let fatal = !well && !edge.spec.optional;
                let Some(request) = members.serving(self.members[member]).open_request(open) else {
                    return;
                };
                edge.record.orphaned += u64::from(request.job.orphan);
                request.failed |= fatal;
                request.out -= 1;
                let over = request.out == 0;
                if request.first_call == call.slot() {
                    request.first_call = one.after;
                }
                self.unchain(one);
                if over {
                    self.of(members, member).now = now;
                    self.next_step(members, member, open);
                }
            }
        }
    }

    /// Takes a call out of the list of its request's.
    fn unchain(&mut self, one: Call) {
        if let Some(before) = self.calls.at_slot(one.before) {
            self.calls[before].after = one.after;
        }
        if let Some(after) = self.calls.at_slot(one.after) {
            self.calls[after].before = one.before;
        }
    }

    /// Another replica has taken the place of a station's: it knows nothing of how calls went.
    fn begins_anew(&mut self, place: usize, station: u32) {
        for steps in &self.plans[place].steps {
            for edge in &mut self.edges[steps.clone()] {
                edge.begin_anew(station);
            }
        }
    }

    /// A request is no more: its calls are for nothing.
    fn dropped(&mut self, members: &mut impl Members, place: usize, first_call: u32) {
        let now = self.of(members, place).now();
        let mut next = first_call;
        while next != NO_CALL
            && let Some(call) = self.calls.at_slot(next)
        {
            let one = self.calls[call];
            next = one.after;
            if !one.ended {
                if let Some(edge) = self.edges.get_mut(one.edge as usize) {
                    edge.record.orphaned += 1;
                }
                self.give_up(members, now, call);
            }
        }
    }
}
