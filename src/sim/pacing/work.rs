//! The pace of a pod at a piece of work.
//!
//! Knows: what it wants of CPU, what its limits and its machine leave it, and what else slows it. Must not know: what the
//! work is.
//!
//! A piece of work uses CPU at one rate for minutes or hours, so its limits are kept at a steady rate in either mode:
//! that is less than one period off in all.

use crate::engine::{Span, Time};
use crate::model::cpu::Throttling;
use crate::model::pace::Speed;
use crate::model::request_queue::{CpuRule, PaceRecord};

/// A pod at work.
#[derive(Clone, Debug)]
pub(super) struct WorkPace {
    pub(super) workload: usize,
    at: Time,
    /// While it rests nothing slows it.
    works: bool,
    wants: u64,
    /// What the limits leave to limited containers, by their places.
    limits: Vec<(usize, Speed)>,
    by_share: Speed,
    others: Speed,
    throttled: Vec<Span>,
    waited: Span,
    /// CPU that it would have used at full speed and did not, thousandths × ns.
    unused: u128,
}

impl WorkPace {
    pub(super) fn new(workload: usize, now: Time, rule: &CpuRule) -> Self {
        let limits: Vec<(usize, Speed)> = rule
            .limited
            .iter()
            .map(|one| (one.place, Speed::ratio(one.quota.milli(), one.idle_milli)))
            .collect();
        Self {
            workload,
            at: now,
            works: true,
            wants: rule.idle_milli,
            throttled: vec![Span::ZERO; limits.len()],
            limits,
            by_share: Speed::FULL,
            others: Speed::FULL,
            waited: Span::ZERO,
            unused: 0,
        }
    }

    /// CPU that it would use if nobody else did, thousandths.
    pub(super) fn wants(&self) -> u64 {
        if self.works {
            self.by_limits().of(self.wants)
        } else {
            0
        }
    }

    /// What the machine leaves it of that, and what anything else does, from `now` on.
    pub(super) fn set(&mut self, now: Time, share: Option<u64>, others: Speed) {
        self.settle(now);
        self.works = true;
        self.by_share = share.map_or(Speed::FULL, |share| Speed::ratio(share, self.wants()));
        self.others = others;
    }

    /// It stops working at `now`.
    pub(super) fn rest(&mut self, now: Time) {
        self.settle(now);
        self.works = false;
    }

    /// At which speed it goes on.
    pub(super) fn speed(&self) -> Speed {
        self.by_limits().times(self.by_share).times(self.others)
    }

    /// What slowness has cost it, and CPU that it did not use for it, thousandths × ns.
    pub(super) fn record(&self, now: Time) -> (PaceRecord, u128) {
        let mut until_now = self.clone();
        until_now.settle(now);
        let containers = until_now.limits.iter().zip(&until_now.throttled);
        let containers = containers.map(|(&(place, _), &throttled)| {
            let throttling = Throttling {
                throttled,
                ..Throttling::default()
            };
            (place, throttling)
        });
        let record = PaceRecord {
            containers: containers.collect(),
            waited_for_cpu: until_now.waited,
        };
        (record, until_now.unused)
    }

    /// Measures anew.
    pub(super) fn reset(&mut self, now: Time) {
        self.settle(now);
        self.throttled.fill(Span::ZERO);
        (self.waited, self.unused) = (Span::ZERO, 0);
    }

    fn by_limits(&self) -> Speed {
        let speeds = self.limits.iter().map(|&(_, speed)| speed);
        speeds.min().unwrap_or(Speed::FULL)
    }

    fn settle(&mut self, now: Time) {
        let passed = now.since(self.at).nanos();
        self.at = self.at.max(now);
        if !self.works {
            return;
        }
        for ((_, speed), throttled) in self.limits.iter().zip(&mut self.throttled) {
            *throttled += Span::from_nanos(speed.missing().of(passed));
        }
        self.waited += Span::from_nanos(self.by_share.missing().of(passed));
        self.unused += u128::from(self.speed().missing().of(passed)) * u128::from(self.wants);
    }
}
