//! The attempts of a call: let out or not, answered, failed, repeated, doubled.

use super::super::tally::Fate;
use super::circuit::Admission;
use super::group::{Due, Group, Members, Timer};
use super::hedge::Hedge;
use super::open::Message;
use super::record::{CallId, Sent, of_ticket, ticket};
use crate::engine::Time;
use std::cmp::Reverse;

impl Group {
    /// An attempt begins: a request goes out for a call, unless a circuit breaker has it wait or fail.
    pub(super) fn try_send(&mut self, members: &mut impl Members, now: Time, call: CallId, which: usize) {
        let one = self.calls[call];
        let edge = one.edge as usize;
        let admission = match self.edges[edge].circuit(one.station) {
            Some((circuit, rules)) => {
                let admission = circuit.admit(&rules, now);
                if admission == Admission::Waits && which == 0 {
                    circuit.pending.push_back(call);
                }
                admission
            }
            None => Admission::Sent { probe: false },
        };
        match admission {
            Admission::Sent { probe } => self.send(members, (now, now), call, which, probe),
            // A second request is not worth waiting for, or failing.
            Admission::Waits | Admission::Broken if which == 1 => {}
            Admission::Waits => {
                self.calls[call].pending = Some(now);
                let time = self.edges[edge].expires(now);
                self.plan(time, call, Due::Waited { attempt: one.attempt });
            }
            Admission::Broken => {
                self.edges[edge].record.broken += 1;
                self.tell_broken(now, call);
            }
        }
    }

    /// A request goes out at `now` for a call, for an attempt that began at `began`.
    fn send(
        &mut self,
        members: &mut impl Members,
        (now, began): (Time, Time),
        call: CallId,
        which: usize,
        probe: bool,
    ) {
        let one = self.calls[call];
        let edge = &mut self.edges[one.edge as usize];
        edge.record.attempts += 1;
        let (to, expires) = (edge.spec.to, edge.expires(began));
        let delay = edge.hedge.as_ref().filter(|_| which == 0).and_then(Hedge::delay);
        let member = self.place[to];
        let (user, class) = (ticket(call, which), usize::from(one.class));
        let callee = members.serving(to);
        // A retry is the same work. A hedge is sent because another server may be faster: its demand is its own.
        let demand = match which {
            0 => one.demand,
            _ => callee.demands[class].sample_span(&mut edge.hedge_demand),
        };
        let id = callee.call_comes(now, class, demand, user, expires);
        self.calls[call].sent[which] = Some(Sent {
            member,
            id,
            since: now,
            probe,
        });
        self.look(members, member);
        if let Some(delay) = delay {
            self.plan(now + delay, call, Due::Hedge { attempt: one.attempt });
        }
    }

    fn plan(&mut self, time: Time, call: CallId, what: Due) {
        if time != Time::NEVER {
            self.timers.push(Reverse(Timer { time, call, what }));
        }
    }

    /// The time of the next timer has come.
    pub(super) fn timer_due(&mut self, members: &mut impl Members) {
        let Some(Reverse(Timer { time, call, what })) = self.timers.pop() else {
            return;
        };
        let Some(one) = self.calls.get(call) else { return };
        match what {
            Due::Retry => self.try_send(members, time, call, 0),
            Due::Waited { attempt } => {
                if one.pending.is_some() && one.attempt == attempt {
                    self.wait_no_more(call);
                    self.failed(members, time, call, Fate::TimedOut);
                }
            }
            Due::Hedge { attempt } => {
                if one.attempt == attempt && one.sent[0].is_some() && one.sent[1].is_none() {
                    self.try_send(members, time, call, 1);
                    let sent = self.calls[call].sent[1].is_some();
                    self.edges[self.calls[call].edge as usize].record.hedged += u64::from(sent);
                }
            }
        }
    }

    /// The answer to a call has come.
    pub(super) fn answered(&mut self, members: &mut impl Members, now: Time, call: CallId, which: usize) {
        let first = self.calls[call].sent[0];
        let sent = self.calls[call].sent[which].take();
        let one = self.calls[call];
        if let Some(edge) = self.edges.get_mut(one.edge as usize) {
            let time = now.since(one.begun);
            edge.record.latency.record_one(time.nanos());
            // Of both requests together: the answer to the second would be early.
            if let Some(hedge) = &mut edge.hedge {
                let attempt = first.or(sent).map_or(one.begun, |sent| sent.since);
                let began = if one.attempt == 0 { one.begun } else { attempt };
                hedge.answered(now.since(began));
            }
        }
        if let Some(sent) = sent {
            self.release(members, now, call, sent, Some(true));
        }
        self.end(members, now, call, true);
    }

    /// A request that was sent for a call has failed.
    pub(super) fn attempt_failed(&mut self, members: &mut impl Members, place: usize, user: u32, fate: Fate) {
        let (slot, which) = of_ticket(user);
        let Some(call) = self.living(slot) else { return };
        let now = self.of(members, place).now();
        if let Some(sent) = self.calls[call].sent[which].take() {
            self.release(members, now, call, sent, Some(false));
        }
        if self.calls[call].sent.iter().all(Option::is_none) {
            self.failed(members, now, call, fate);
        }
    }

    /// A call that a circuit breaker does not let out at `now` fails, as soon as its step has begun.
    fn tell_broken(&mut self, now: Time, call: CallId) {
        let user = ticket(call, 0);
        self.told.push_back((0, Message::Broken { user, at: now }));
    }

    /// A circuit breaker did not let a call out: it has failed, and is not repeated.
    pub(super) fn broken(&mut self, members: &mut impl Members, now: Time, user: u32) {
        let (slot, _) = of_ticket(user);
        if let Some(call) = self.living(slot) {
            self.end(members, now, call, false);
        }
    }

    /// An attempt has failed with all that was sent for it: it is repeated, or the call has failed.
    fn failed(&mut self, members: &mut impl Members, now: Time, call: CallId, fate: Fate) {
        self.repeated(call);
        let one = self.calls[call];
        let again = self.edges.get_mut(one.edge as usize).and_then(|edge| {
            if edge
                .circuit(one.station)
                .is_some_and(|(circuit, rules)| !circuit.retries(&rules))
            {
                return None;
            }
            let time = edge
                .retrying
                .as_mut()
                .and_then(|retrying| retrying.next_attempt(now, one.attempt, fate));
            if let (None, Some((circuit, _))) = (time, edge.circuit(one.station)) {
                circuit.retried();
            }
            edge.record.retried += u64::from(time.is_some());
            time
        });
        match again {
            Some(time) => {
                let one = &mut self.calls[call];
                one.attempt += 1;
                one.retrying = true;
                self.plan(time, call, Due::Retry);
            }
            None => self.end(members, now, call, false),
        }
    }

    /// The attempt of a call has ended; if it was a repeated one, another may be repeated.
    fn repeated(&mut self, call: CallId) {
        let one = &mut self.calls[call];
        if std::mem::take(&mut one.retrying) {
            let (edge, station) = (one.edge as usize, one.station);
            if let Some((circuit, _)) = self.edges[edge].circuit(station) {
                circuit.retried();
            }
        }
    }

    /// A call does not wait for its turn any more.
    fn wait_no_more(&mut self, call: CallId) {
        let one = &mut self.calls[call];
        if one.pending.take().is_some() {
            let (edge, station) = (one.edge as usize, one.station);
            if let Some((circuit, _)) = self.edges[edge].circuit(station) {
                circuit.pending.retain(|&waiting| waiting != call);
            }
        }
    }

    /// A request that was sent for a call has ended: the next one that waits for its turn goes out.
    fn release(
        &mut self,
        members: &mut impl Members,
        now: Time,
        call: CallId,
        sent: Sent,
        well: Option<bool>,
    ) {
        let one = self.calls[call];
        let Some(edge) = self.edges.get_mut(one.edge as usize) else {
            return;
        };
        let Some((circuit, rules)) = edge.circuit(one.station) else {
            return;
        };
        circuit.ended(&rules, now, sent.probe, well);
        loop {
            let edge = &mut self.edges[one.edge as usize];
            let Some((circuit, _)) = edge.circuit(one.station) else {
                return;
            };
            let Some(&next) = circuit.pending.front() else {
                return;
            };
            match circuit.admit(&rules, now) {
                Admission::Waits => return,
                Admission::Sent { probe } => {
                    circuit.pending.pop_front();
                    let began = self.calls[next].pending.take().unwrap_or(now);
                    self.send(members, (now, began), next, 0, probe);
                    return;
                }
                Admission::Broken => {
                    circuit.pending.pop_front();
                    edge.record.broken += 1;
                    self.calls[next].pending = None;
                    self.tell_broken(now, next);
                }
            }
        }
    }

    /// Nobody waits for a call any more: what is out for it is given up.
    pub(super) fn give_up(&mut self, members: &mut impl Members, now: Time, call: CallId) {
        self.repeated(call);
        self.wait_no_more(call);
        let one = &mut self.calls[call];
        one.ended = true;
        let sent = std::mem::take(&mut one.sent);
        self.ended.push(call);
        for sent in sent.into_iter().flatten() {
            self.of(members, sent.member)
                .call_given_up(now, sent.id, sent.since);
            self.look(members, sent.member);
            self.release(members, now, call, sent, None);
        }
    }

    /// The call in a slot, if it has not ended.
    pub(super) fn living(&self, slot: u32) -> Option<CallId> {
        self.calls.at_slot(slot).filter(|&call| !self.calls[call].ended)
    }
}
