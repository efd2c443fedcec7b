//! Replicas whose pace changes: by their limits of CPU, by what their machine leaves them, by anything else that slows them.
//!
//! Knows: that what is due next at a replica may be a change of its pace. Must not know: machines, or what slows a replica.

use super::plane::{Serving, StationId};
use crate::engine::Time;
use crate::model::pace::Speed;
use crate::model::request_queue::{CpuRule, Job, Paced};

impl Serving {
    /// What a replica uses of CPU from `now` on, and what it may use.
    pub fn limit_cpu(&mut self, now: Time, id: StationId, rule: CpuRule) {
        self.set_pace(now, id, |paced| paced.set_rule(now, rule));
    }

    /// What its machine leaves a replica of CPU from `now` on, thousandths; `None`: all it wants.
    pub fn share_cpu(&mut self, now: Time, id: StationId, share: Option<u64>) {
        self.set_pace(now, id, |paced| paced.set_share(now, share));
    }

    /// By how much a replica is slowed from `now` on by anything but CPU.
    pub fn slow_replica(&mut self, now: Time, id: StationId, speed: Speed) {
        self.set_pace(now, id, |paced| paced.slow(now, speed));
    }

    /// Whether what is due at `id` is a change of its pace, which has been dealt with.
    pub(super) fn pace_turns(&mut self, now: Time, id: StationId) -> bool {
        let station = &mut self.stations[id];
        let turns = station.turns(now);
        if turns {
            self.clock.set(id, station.next_finish());
        }
        turns
    }

    fn set_pace(&mut self, now: Time, id: StationId, set: impl FnOnce(&mut Paced)) {
        self.now = self.now.max(now);
        let station = &mut self.stations[id];
        let is_new = station.service.paced().is_none();
        station.service.set_pace(now, set);
        self.clock.set(id, station.next_finish());
        self.paced += u32::from(is_new);
        self.ever_paced = true;
        // Finishes that were foreseen may come later now, and time-outs before them.
        if is_new {
            self.foresee_expiries(id);
        }
    }

    /// Time-outs that no request in service at `id` was going to live to see, at the pace it had. A second one for the same
    /// request finds it gone.
    fn foresee_expiries(&mut self, id: StationId) {
        let jobs: Vec<Job> = self.stations[id].service.jobs().copied().collect();
        for job in jobs {
            self.plan_expiry(id, job, None, false);
            self.plan_return(id, job, None);
        }
    }
}
