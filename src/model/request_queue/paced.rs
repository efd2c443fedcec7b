//! Service whose pace changes: quotas stop it, a busy machine slows it.
//!
//! Knows: how much CPU its requests use, what its containers may use, what its machine leaves it, and by how much else it
//! is slowed. Must not know: the other pods of its machine, or why its memory or its GPU makes it slow.
//!
//! All requests of a replica go on at one speed, so the service behind it runs in [work time](crate::model::pace) and
//! never learns of it.

use super::job::Job;
use super::processor_sharing::ProcessorSharing;
use super::slot_service::SlotService;
use crate::engine::{Span, Time};
use crate::model::cpu::{CpuMode, Gate, Quota, Throttling};
use crate::model::pace::{PaceClock, Speed};

/// A container whose limit matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitedContainer {
    /// Its place in the pod's template.
    pub place: usize,
    /// Its limit.
    pub quota: Quota,
    /// CPU it uses in any case, thousandths.
    pub idle_milli: u64,
    /// And for each request in service at full speed, thousandths.
    pub per_slot_milli: u64,
}

/// What a replica uses of CPU and what it may use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CpuRule {
    /// How limits are kept.
    pub mode: CpuMode,
    /// CPU that all its containers use in any case, thousandths.
    pub idle_milli: u64,
    /// And for each request in service at full speed, thousandths.
    pub per_slot_milli: u64,
    /// Containers that may come to use more than their limits.
    pub limited: Vec<LimitedContainer>,
    /// How far their periods have gone when they start.
    pub into_period: Span,
}

impl CpuRule {
    /// CPU it would use with `busy` requests in service, thousandths.
    #[must_use]
    pub fn wants(&self, busy: u64) -> u64 {
        wants(self.idle_milli, self.per_slot_milli, busy)
    }
}

fn wants(idle: u64, per_slot: u64, busy: u64) -> u64 {
    per_slot.saturating_mul(busy).saturating_add(idle)
}

/// What slowness has cost a replica since it was last measured anew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaceRecord {
    /// What their quotas have cost its containers, by their places in the pod's template.
    pub containers: Vec<(usize, Throttling)>,
    /// Time by which others on the machine slowed it while it had work.
    pub waited_for_cpu: Span,
}

impl PaceRecord {
    /// Time that quotas have cost all its containers together.
    #[must_use]
    pub fn throttled(&self) -> Span {
        let each = self.containers.iter().map(|(_, one)| one.throttled);
        each.fold(Span::ZERO, |sum, one| sum + one)
    }
}

/// The service behind a pace.
#[derive(Clone, Debug)]
pub(super) enum Unpaced {
    Slots(SlotService),
    Sharing(ProcessorSharing),
}

/// Service at a pace.
#[derive(Clone, Debug)]
pub struct Paced {
    inner: Unpaced,
    clock: PaceClock,
    rule: CpuRule,
    gates: Vec<Gate>,
    /// What the machine leaves it, thousandths of a CPU; `None`: all it wants.
    share: Option<u64>,
    /// By how much it is slowed by anything else.
    others: Speed,
    /// The part of its speed that is the machine's doing.
    by_share: Speed,
    /// And that of each quota, in the fluid mode.
    by_quota: Vec<Speed>,
    /// Up to when it is accounted for.
    at: Time,
    /// Requests × ns in which they stood still, or as much of slower time.
    lost: u128,
    waited: Span,
}

impl Paced {
    pub(super) fn new(now: Time, inner: Unpaced) -> Self {
        Self {
            inner,
            clock: PaceClock::new(now),
            rule: CpuRule::default(),
            gates: Vec::new(),
            share: None,
            others: Speed::FULL,
            by_share: Speed::FULL,
            by_quota: Vec::new(),
            at: now,
            lost: 0,
            waited: Span::ZERO,
        }
    }

    /// Requests in service, also those that stand still.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.inner {
            Unpaced::Slots(slots) => slots.len(),
            Unpaced::Sharing(sharing) => sharing.len(),
        }
    }

    /// Whether nothing is in service.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Requests that use CPU.
    #[must_use]
    pub fn running(&self) -> u32 {
        match &self.inner {
            Unpaced::Slots(slots) => slots.len() as u32,
            Unpaced::Sharing(sharing) => sharing.running(),
        }
    }

    /// When the next request completes, or the pace changes of its own accord.
    #[must_use]
    pub fn next_event(&self) -> Time {
        self.next_finish().min(self.next_turn())
    }

    /// Whether what happens at `now` is a change of pace: it has been dealt with. Requests that complete at the same time
    /// come first: a quota that is used up with the last of the work stops nobody.
    pub(super) fn turn(&mut self, now: Time) -> bool {
        if self.next_turn() > now || self.next_finish() <= now {
            return false;
        }
        let due = |gate: &Gate| gate.next_turn() <= now;
        let due: Vec<bool> = self.gates.iter().map(due).collect();
        self.advance(now);
        for (gate, _) in self.gates.iter_mut().zip(due).filter(|(_, due)| *due) {
            gate.turn();
        }
        self.find_pace(now);
        true
    }

    /// `job` joins at `now`.
    pub(super) fn start(&mut self, now: Time, job: Job) {
        self.advance(now);
        let work_now = self.clock.work_time(now);
        match &mut self.inner {
            Unpaced::Slots(slots) => {
                slots.start(work_now, job);
            }
            Unpaced::Sharing(sharing) => sharing.start(work_now, job),
        }
        self.find_pace(now);
    }

    /// The job due at `now` leaves.
    pub(super) fn finish(&mut self, now: Time) -> Option<Job> {
        self.advance(now);
        let work_now = self.clock.work_time(now);
        let job = match &mut self.inner {
            Unpaced::Slots(slots) => slots.finish(),
            Unpaced::Sharing(sharing) => sharing.finish(work_now),
        };
        self.find_pace(now);
        job
    }

    /// Takes out the job called `id` before it is done; its remaining demand is left in it.
    pub(super) fn remove(&mut self, now: Time, id: u64) -> Option<Job> {
        self.advance(now);
        let work_now = self.clock.work_time(now);
        let job = match &mut self.inner {
            Unpaced::Slots(slots) => slots.remove(work_now, id),
            Unpaced::Sharing(sharing) => sharing.remove(work_now, id),
        };
        self.find_pace(now);
        job
    }

    /// Takes everything out at `now`, in order of job id.
    pub(super) fn drain(&mut self, now: Time) -> Vec<Job> {
        self.advance(now);
        let jobs = match &mut self.inner {
            Unpaced::Slots(slots) => slots.drain(),
            Unpaced::Sharing(sharing) => sharing.drain(),
        };
        self.find_pace(now);
        jobs
    }

    pub(super) fn get_mut(&mut self, id: u64) -> Option<&mut Job> {
        match &mut self.inner {
            Unpaced::Slots(slots) => slots.get_mut(id),
            Unpaced::Sharing(sharing) => sharing.get_mut(id),
        }
    }

    pub(super) const fn inner(&self) -> &Unpaced {
        &self.inner
    }

    /// Its work time from `now` on, if the speed stayed what it is in the mean under its limits.
    pub(super) fn steady(&self, now: Time) -> PaceClock {
        let mut steady = self.clock;
        steady.set_speed(now, self.mean_speed());
        steady
    }

    /// How long `work` takes if the speed stays what it is in the mean.
    pub(super) fn wall(&self, work: Span) -> Span {
        let mut steady = PaceClock::new(Time::ZERO);
        steady.set_speed(Time::ZERO, self.mean_speed());
        steady.when(Time::ZERO + work).since(Time::ZERO)
    }

    /// What its requests still owe of work at `now`.
    pub(super) fn owed(&self, now: Time) -> (Time, Span) {
        let work_now = self.clock.work_time(now);
        let owed = match &self.inner {
            Unpaced::Slots(slots) => {
                let begun = slots.finishes().map(|(finish, _)| finish.since(work_now).nanos());
                Span::from_nanos(begun.sum())
            }
            Unpaced::Sharing(sharing) => sharing.owed().1,
        };
        (now, owed)
    }

    /// What it uses and may use changes at `now`: limits that stay keep what they have used.
    pub fn set_rule(&mut self, now: Time, rule: CpuRule) {
        self.advance(now);
        let mut gates = Vec::with_capacity(rule.limited.len());
        for container in &rule.limited {
            let known = self
                .rule
                .limited
                .iter()
                .position(|one| one.place == container.place);
            gates.push(match known.map(|place| self.gates[place].clone()) {
                Some(mut gate) => {
                    gate.resize(now, container.quota);
                    gate
                }
                None => Gate::new(container.quota, now, rule.into_period),
            });
        }
        (self.rule, self.gates) = (rule, gates);
        self.find_pace(now);
    }

    /// What its machine leaves it from `now` on, thousandths of a CPU; `None`: all it wants.
    pub fn set_share(&mut self, now: Time, share: Option<u64>) {
        self.advance(now);
        self.share = share;
        self.find_pace(now);
    }

    /// By how much it is slowed from `now` on by anything but CPU.
    pub fn slow(&mut self, now: Time, speed: Speed) {
        self.advance(now);
        self.others = speed;
        self.find_pace(now);
    }

    /// CPU it would use now if nobody else did and nothing limited it but its own limits, thousandths.
    #[must_use]
    pub fn cpu_wanted(&self) -> u64 {
        let busy = u64::from(self.running());
        let limits: u64 = self.rule.limited.iter().map(|one| one.over(busy)).sum();
        self.rule.wants(busy).saturating_sub(limits)
    }

    /// Requests × ns in which they stood still, or as much of slower time, since the last reset.
    #[must_use]
    pub fn lost(&self, now: Time) -> u128 {
        self.lost + self.losing(now.since(self.at))
    }

    /// What slowness has cost it since the last reset.
    #[must_use]
    pub fn record(&self, now: Time) -> PaceRecord {
        let mut until_now = self.clone();
        until_now.advance(now);
        let places = self.rule.limited.iter().map(|one| one.place);
        PaceRecord {
            containers: places.zip(until_now.gates.iter().map(Gate::throttling)).collect(),
            waited_for_cpu: until_now.waited,
        }
    }

    /// Measures anew.
    pub fn reset(&mut self, now: Time) {
        self.advance(now);
        (self.lost, self.waited) = (0, Span::ZERO);
        self.gates.iter_mut().for_each(Gate::reset);
    }

    fn next_finish(&self) -> Time {
        let due = match &self.inner {
            Unpaced::Slots(slots) => slots.next_finish(),
            Unpaced::Sharing(sharing) => sharing.next_finish(),
        };
        self.clock.when(due).max(self.at)
    }

    fn next_turn(&self) -> Time {
        match self.rule.mode {
            CpuMode::Exact => self
                .gates
                .iter()
                .map(Gate::next_turn)
                .min()
                .unwrap_or(Time::NEVER),
            CpuMode::Fluid => Time::NEVER,
        }
    }

    fn losing(&self, passed: Span) -> u128 {
        let missing = self.clock.speed().missing().of(passed.nanos());
        u128::from(missing) * u128::from(self.running())
    }

    /// Accounts for the time to `now`, in which nothing has changed.
    fn advance(&mut self, now: Time) {
        let passed = now.since(self.at);
        self.lost += self.losing(passed);
        if self.running() > 0 {
            self.waited += Span::from_nanos(self.by_share.missing().of(passed.nanos()));
        }
        for (place, gate) in self.gates.iter_mut().enumerate() {
            match self.rule.mode {
                CpuMode::Exact => gate.advance(now),
                CpuMode::Fluid => gate.slowed(passed, self.by_quota[place]),
            }
        }
        self.at = self.at.max(now);
    }

    /// Something has changed at `now`, to which it is accounted for: how fast it goes on.
    fn find_pace(&mut self, now: Time) {
        let busy = u64::from(self.running());
        let asks = |idle: u64, per_slot: u64| wants(idle, self.others.of(per_slot), busy);
        let wanted = asks(self.rule.idle_milli, self.rule.per_slot_milli);
        let is_stopped = self.rule.mode == CpuMode::Exact && self.gates.iter().any(Gate::is_stopped);
        self.by_share = match self.share {
            Some(share) if !is_stopped => Speed::ratio(share, wanted),
            _ => Speed::FULL,
        };
        let mut speed = self.others.times(self.by_share);
        self.by_quota.clear();
        for (gate, one) in self.gates.iter_mut().zip(&self.rule.limited) {
            let rate = self.by_share.of(asks(one.idle_milli, one.per_slot_milli));
            // What the container may use of each of its CPUs' time.
            let of_quota = match self.rule.mode {
                CpuMode::Exact if is_stopped => Speed::STOPPED,
                CpuMode::Exact => Speed::FULL,
                CpuMode::Fluid => Speed::ratio(one.quota.milli(), rate),
            };
            // While one container stands still, the others have nothing to do for the request.
            gate.use_cpu(if is_stopped { 0 } else { rate });
            self.by_quota.push(of_quota);
        }
        let slowest = self.by_quota.iter().copied().min().unwrap_or(Speed::FULL);
        speed = speed.times(slowest);
        self.clock.set_speed(now, speed);
    }

    /// The speed in the mean over periods, as things are.
    fn mean_speed(&self) -> Speed {
        if self.rule.mode == CpuMode::Fluid {
            return self.clock.speed();
        }
        let busy = u64::from(self.running()).max(1);
        let by_quota = self.rule.limited.iter().map(|one| {
            let wanted = wants(one.idle_milli, self.others.of(one.per_slot_milli), busy);
            Speed::ratio(one.quota.milli(), wanted)
        });
        let wanted = wants(
            self.rule.idle_milli,
            self.others.of(self.rule.per_slot_milli),
            busy,
        );
        let by_share = self
            .share
            .map_or(Speed::FULL, |share| Speed::ratio(share, wanted));
        self.others
            .times(by_quota.min().unwrap_or(Speed::FULL).min(by_share))
    }
}

impl LimitedContainer {
    /// CPU that it would use with `busy` requests in service and may not, thousandths.
    fn over(&self, busy: u64) -> u64 {
        wants(self.idle_milli, self.per_slot_milli, busy).saturating_sub(self.quota.milli())
    }
}

#[cfg(test)]
mod tests;
