//! One part of a GPU during a run: who has it, what memory they hold, how much they have worked.
//!
//! Knows: holders of one part. Must not know: nodes, or what a pod serves.

use crate::engine::{Span, Time};
use crate::model::cluster::PodId;
use crate::model::gpu::{GpuPart, MILLI, Sharing, turns};
use crate::stats::Gauge;

/// A pod that has units of a part, or a share of it.
#[derive(Clone, Copy, Debug)]
pub(in crate::sim) struct Holder {
    pub(super) pod: PodId,
    pub(super) units: u32,
    /// Thousandths of each unit.
    milli: u16,
    /// What it holds of the memory, bytes.
    memory: u64,
    /// Which part of the time before the last look it had work.
    at_work: f64,
}

/// A part during a run.
#[derive(Clone, Debug)]
pub(in crate::sim) struct PartRun {
    pub(super) holders: Vec<Holder>,
    /// Thousandths of units that somebody has.
    pub(in crate::sim) held: Gauge,
    /// Memory held, bytes.
    pub(in crate::sim) memory: Gauge,
    /// Time in which somebody who has it had work, ns.
    pub(in crate::sim) worked: f64,
    /// Work done, as ns of the whole GPU at full speed.
    pub(in crate::sim) used: f64,
    /// Containers that needed more of its memory than there was for them.
    pub(in crate::sim) out_of_memory: u64,
}

impl PartRun {
    pub(super) fn new(now: Time) -> Self {
        Self {
            holders: Vec::new(),
            held: Gauge::new(now, 0),
            memory: Gauge::new(now, 0),
            worked: 0.0,
            used: 0.0,
            out_of_memory: 0,
        }
    }

    /// Measuring starts now.
    pub(super) fn reset(&mut self, now: Time) {
        self.held.reset(now);
        self.memory.reset(now);
        (self.worked, self.used, self.out_of_memory) = (0.0, 0.0, 0);
    }

    /// Units that somebody has.
    pub(super) fn units_taken(&self) -> u32 {
        self.holders.iter().map(|holder| holder.units).sum()
    }

    /// A pod gets `units` of it, `milli` thousandths of each.
    pub(super) fn give(&mut self, now: Time, pod: PodId, units: u32, milli: u16) {
        self.held.add(now, i64::from(units) * i64::from(milli));
        self.holders.push(Holder {
            pod,
            units,
            milli,
            memory: 0,
            at_work: 0.0,
        });
    }

    /// A pod has nothing of it any more.
    pub(super) fn take_back(&mut self, now: Time, pod: PodId) {
        self.hold(now, pod, 0);
        let gone = |holder: &Holder| holder.pod == pod;
        for holder in self.holders.extract_if(.., |holder| gone(holder)) {
            self.held
                .add(now, -(i64::from(holder.units) * i64::from(holder.milli)));
        }
    }

    /// Most memory that `pod` may hold of it now, bytes; `None` if nobody knows how much there is.
    pub(super) fn room_for(&self, part: &GpuPart, pod: PodId) -> Option<u64> {
        let holder = self.holders.iter().find(|holder| holder.pod == pod)?;
        let most = u128::from(part.memory_of_one()?) * u128::from(holder.milli) / u128::from(MILLI);
        let most = u64::try_from(most).unwrap_or(u64::MAX);
        let others = self.memory.level() - holder.memory;
        Some(match part.sharing {
            Sharing::TimeSlicing => most.saturating_sub(others),
            Sharing::Alone | Sharing::Mps => most,
        })
    }

    /// `pod` holds so much memory of it from `now` on, bytes.
    pub(super) fn hold(&mut self, now: Time, pod: PodId, bytes: u64) {
        if let Some(holder) = self.holders.iter_mut().find(|holder| holder.pod == pod) {
            self.memory.add(now, bytes as i64 - holder.memory as i64);
            holder.memory = bytes;
        }
    }

    /// Over the `span` that ends now each had work for the part of it that `at_work` says.
    pub(super) fn look(&mut self, part: &GpuPart, span: Span, at_work: impl Fn(PodId) -> f64) {
        for holder in &mut self.holders {
            holder.at_work = at_work(holder.pod);
        }
        let span = span.nanos() as f64;
        let any = turns::any_at_work(self.holders.iter().map(|holder| holder.at_work));
        self.worked += span * any;
        let each = |holder: &Holder| holder.at_work * f64::from(holder.milli) / f64::from(MILLI);
        let busy = match part.sharing {
            Sharing::TimeSlicing => any,
            Sharing::Alone => self.holders.iter().map(each).sum(),
            Sharing::Mps => self.holders.iter().map(each).sum::<f64>() / f64::from(part.replicas),
        };
        self.used += span * part.speed() * busy;
    }

    /// The speed at which each of those who have it goes while it has work, as a part of a whole GPU's.
    ///
    /// A pod with a share of a GPU of its own (`gpu_share`) goes as fast as it says it does: its demand is for that share.
    pub(super) fn speeds(&self, part: &GpuPart) -> Vec<(PodId, f64)> {
        let at_work = || {
            self.holders
                .iter()
                .map(|holder| holder.at_work)
                .collect::<Vec<_>>()
        };
        let shares = match part.sharing {
            Sharing::Alone => vec![1.0; self.holders.len()],
            // `set_default_active_thread_percentage`, a whole number of per cents.
            Sharing::Mps => vec![f64::from((100 / part.replicas).max(1)) / 100.0; self.holders.len()],
            Sharing::TimeSlicing => turns::speeds(&at_work()),
        };
        let pods = self.holders.iter().map(|holder| holder.pod);
        pods.zip(shares.into_iter().map(|share| share * part.speed()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{GpuPart, PartRun, PodId, Sharing, Span, Time};
    use crate::engine::Id;

    const GIB: u64 = 1 << 30;

    fn part(sharing: Sharing, replicas: u32, compute: (u8, u8)) -> GpuPart {
        GpuPart {
            gpu: 0,
            instance: None,
            resource: "nvidia.com/gpu".into(),
            sharing,
            replicas,
            compute,
            memory_bytes: Some(8 * GIB),
        }
    }

    fn pods() -> [PodId; 3] {
        [0, 1, 2].map(|slot| Id::from_parts(slot, 0))
    }

    /// Were memory of one who has a part in turns not the others' loss, too much of it would be given.
    #[test]
    fn in_turns_memory_is_for_whoever_asks_first_and_otherwise_for_each_its_own() {
        let (now, [a, b, _]) = (Time::ZERO, pods());
        for (sharing, of_b) in [(Sharing::TimeSlicing, 3 * GIB), (Sharing::Mps, 4 * GIB)] {
            let part = part(sharing, 2, (1, 1));
            let mut run = PartRun::new(now);
            run.give(now, a, 1, 1000);
            run.give(now, b, 1, 1000);
            run.hold(now, a, 5 * GIB);
            assert_eq!(run.room_for(&part, b), Some(of_b));
            run.take_back(now, a);
            assert_eq!(run.memory.level(), 0);
            assert_eq!(run.held.level(), 1000);
        }
        let alone = part(Sharing::Alone, 1, (1, 1));
        let mut run = PartRun::new(now);
        run.give(now, a, 1, 250);
        assert_eq!(run.room_for(&alone, a), Some(2 * GIB), "a quarter of the device");
        assert_eq!(run.room_for(&alone, b), None, "it has none");
    }

    #[test]
    fn speeds_are_of_instances_of_threads_and_of_those_at_work() {
        let (now, pods) = (Time::ZERO, pods());
        let speed = |part: &GpuPart, at_work: f64| {
            let mut run = PartRun::new(now);
            pods.iter().for_each(|&pod| run.give(now, pod, 1, 1000));
            run.look(part, Span::from_secs(1), |_| at_work);
            (run.speeds(part)[0].1, run.used / 1e9)
        };
        let third = 1.0 / 3.0;
        assert_eq!(speed(&part(Sharing::TimeSlicing, 4, (1, 1)), 1.0), (third, 1.0));
        assert_eq!(speed(&part(Sharing::TimeSlicing, 4, (1, 1)), 0.0), (1.0, 0.0));
        assert_eq!(speed(&part(Sharing::Mps, 4, (1, 1)), 1.0), (0.25, 0.75));
        assert!((speed(&part(Sharing::Mps, 3, (1, 1)), 1.0).0 - 0.33).abs() < 1e-12);
        let (of_slice, used) = speed(&part(Sharing::TimeSlicing, 4, (3, 7)), 1.0);
        assert!((of_slice - 1.0 / 7.0).abs() < 1e-12 && (used - 3.0 / 7.0).abs() < 1e-12);
    }
}
