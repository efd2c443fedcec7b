//! Workloads run ahead to the next control event, each on its own; those that may interrupt go in step.

use super::world::World;
use crate::engine::Time;
use crate::workload::serving::Serving;

impl World {
    /// Brings every workload to `bound`. Those that may interrupt go first, in step with each other; when one does, all
    /// others are brought to its time and it is answered. Returns events done and whether `bound` was reached.
    pub(super) fn advance_workloads(&mut self, bound: Time, arrivals: bool) -> (u64, bool) {
        let mut events = 0;
        while let Some((index, limit)) = self.first_interruptible(bound, arrivals) {
            let done = self.workloads[index]
                .serving
                .advance(limit, limit < bound || arrivals);
            events += done.events;
            if done.interrupted {
                let now = self.workloads[index].serving.now();
                events += self.bring_others_to(index, now, now < bound || arrivals);
                self.now = now;
                self.answer(index);
                return (events, false);
            }
        }
        for run in &mut self.workloads {
            if run.serving.may_interrupt() {
                continue;
            }
            let done = run.serving.advance(bound, arrivals);
            events += done.events;
            if done.events > 0 && run.serving.next_time() <= bound {
                // The call's share of events is used up; the caller looks for a wish to stop and comes back.
                self.now = self.now.max(run.serving.now().min(bound));
                return (events, false);
            }
        }
        (events, true)
    }

    /// The workload that may interrupt and is the next of them with something to do up to `bound`: its index, and how
    /// far it may go, which is the time of the one after it.
    fn first_interruptible(&self, bound: Time, arrivals: bool) -> Option<(usize, Time)> {
        let due = |serving: &Serving| {
            let next = serving.next_time();
            next < bound || (next == bound && (arrivals || serving.next_completion() == bound))
        };
        let mut first: Option<(Time, usize)> = None;
        let mut limit = bound;
        for (index, run) in self.workloads.iter().enumerate() {
            if !run.serving.may_interrupt() || !due(&run.serving) {
                continue;
            }
            let time = run.serving.next_time();
            match first {
                Some((known, _)) if time >= known => limit = limit.min(time),
                known => {
                    limit = known.map_or(limit, |(time, _)| limit.min(time));
                    first = Some((time, index));
                }
            }
        }
        first.map(|(_, index)| (index, limit))
    }

    fn bring_others_to(&mut self, index: usize, now: Time, arrivals: bool) -> u64 {
        let mut events = 0;
        for (other, run) in self.workloads.iter_mut().enumerate() {
            if other == index || run.serving.may_interrupt() {
                continue;
            }
            loop {
                let done = run.serving.advance(now, arrivals);
                events += done.events;
                if done.events == 0 {
                    break;
                }
            }
        }
        events
    }

    /// A workload has interrupted: replicas have drained, or its backlog has changed.
    fn answer(&mut self, index: usize) {
        self.answer_drained(index);
        if self.workloads[index].serving.take_poke() {
            self.ask_pod_scaler(index);
        }
    }
}
