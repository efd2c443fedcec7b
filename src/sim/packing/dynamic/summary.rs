//! What a run that is over came to.

use super::fleet::Run;
use super::levels::LEVELS;
use super::outcome::{ClusterOutcome, DynamicOutcome, Fate, Waits};
use super::run::Going;
use crate::engine::{Span, Time};
use crate::model::fleet::{CPU, GPU};

/// Nanoseconds of a thousandth of a device in an hour of a whole one.
const MILLI_NANOS_PER_HOUR: f64 = 3600.0 * 1e9 * 1e3;

impl Going<'_> {
    pub(super) fn finish(self, last: Time, at_last: Option<[u128; LEVELS]>) -> Run {
        let start = self.series.start();
        let all = self.waits_where(|_| true);
        let count = |fate: Fate| self.fates.iter().filter(|&&other| other == fate).count() as u64;
        let gangs = self.fates.iter().enumerate().filter(|(number, fate)| {
            matches!(fate, Fate::Started { .. }) && !self.of.kind(*number as u32).is_single()
        });
        let (integral, until) = match at_last {
            Some(integral) => (integral, last),
            None => (self.series.integral(), self.series.end()),
        };
        let nanos = until.since(start).nanos().max(1) as f64;
        let outcome = DynamicOutcome {
            queue: self.line.queue(),
            pods: self.fates.len() as u64,
            started: all.len() as u64,
            waited: waited(&all),
            too_large: count(Fate::TooLarge),
            over_quota: count(Fate::OverQuota),
            gangs: gangs.count() as u64,
            never_room: count(Fate::NeverRoom),
            waits: Waits::of(&all),
            clusters: self.clusters(),
            means: integral.map(|integral| integral as f64 / nanos),
            span_s: (start.secs_f64(), self.series.end().secs_f64()),
            demand_bound: self.of.demand_bound(),
            series: self.series,
        };
        Run {
            outcome,
            fates: self.fates,
            promised: self.first_promises,
        }
    }

    /// How long those pods waited and, where it is known, ran; of those that got a machine.
    fn waits_where(&self, is_meant: impl Fn(u32) -> bool) -> Vec<(Span, Option<Span>)> {
        let pods = self.of.pods().iter().zip(&self.fates).enumerate();
        pods.filter_map(|(number, (pod, fate))| match fate {
            Fate::Started { at, .. } if is_meant(number as u32) => {
                Some((at.since(pod.arrival), pod.lifetime))
            }
            _ => None,
        })
        .collect()
    }

    fn clusters(&self) -> Vec<ClusterOutcome> {
        let of = |(index, cluster): (usize, &super::VirtualCluster)| {
            let pods = self.of.pods();
            let is_its = |number: u32| pods[number as usize].cluster == Some(index as u32);
            let its = || (0..pods.len() as u32).filter(|&number| is_its(number));
            let waits = self.waits_where(is_its);
            let count = |meant: fn(&Fate) -> bool| {
                its()
                    .filter(|&number| meant(&self.fates[number as usize]))
                    .count() as u64
            };
            let ran = || its().filter(|&number| matches!(self.fates[number as usize], Fate::Started { .. }));
            let hours = |amount: usize| {
                let milli_nanos = ran().map(|number| {
                    let span = pods[number as usize].lifetime.unwrap_or(Span::ZERO);
                    u128::from(self.of.kind(number).total()[amount]) * u128::from(span.nanos())
                });
                milli_nanos.sum::<u128>() as f64 / MILLI_NANOS_PER_HOUR
            };
            ClusterOutcome {
                cluster: cluster.clone(),
                pods: its().count() as u64,
                started: waits.len() as u64,
                waited: waited(&waits),
                too_large: count(|fate| matches!(fate, Fate::TooLarge | Fate::OverQuota)),
                never_room: count(|fate| matches!(fate, Fate::NeverRoom)),
                waits: Waits::of(&waits),
                gpu_hours: hours(GPU),
                cpu_hours: hours(CPU),
            }
        };
        self.of.clusters().iter().enumerate().map(of).collect()
    }
}

fn waited(waits: &[(Span, Option<Span>)]) -> u64 {
    waits.iter().filter(|(wait, _)| wait.nanos() > 0).count() as u64
}
