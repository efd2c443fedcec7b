//! Workloads run ahead to the next control event, each on its own; those that may interrupt go in step.

use super::world::World;
use crate::engine::Time;

impl World {
    /// Brings every workload to `bound`. Those that may interrupt go first, in step with each other; when one does, all
    /// others are brought to its time and it is answered. Returns events done and whether `bound` was reached.
    pub(super) fn advance_workloads(&mut self, bound: Time, arrivals: bool) -> (u64, bool) {
        let mut events = 0;
        while let Some((index, limit)) = self.workloads.next_watched(bound, arrivals) {
            let done = self.workloads.advance(index, limit, limit < bound || arrivals);
            events += done.events;
            if done.interrupted {
                let (now, who) = self.workloads.interruption(index);
                events += self.workloads.advance_calm(now, now < bound || arrivals, true).0;
                self.now = now;
                who.into_iter().for_each(|index| self.answer(index));
                return (events, false);
            }
        }
        let (others, stopped) = self.workloads.advance_calm(bound, arrivals, false);
        if let Some(at) = stopped {
            // The call's share of events is used up; the caller looks for a wish to stop and comes back.
            self.now = self.now.max(at.min(bound));
        }
        (events + others, stopped.is_none())
    }

    /// A workload has interrupted: replicas have drained, or its backlog has changed.
    fn answer(&mut self, index: usize) {
        self.answer_drained(index);
        if self.workloads[index].serving.take_poke() {
            self.ask_pod_scaler(index);
        }
    }
}
