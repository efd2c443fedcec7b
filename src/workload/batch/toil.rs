//! A pod at its piece of work: how far it is, and when it ends.
//!
//! Knows: work, checkpoints, and the point at which it fails. Must not know: pods or nodes.

use super::pieces::Piece;
use super::spec::BatchSpec;
use crate::engine::{Span, StreamKey, Time};
use crate::model::pace::{PaceClock, Speed};
use crate::stats::Sampler;
use rand::RngExt;

/// How a pod that was let go on comes to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Its piece is done.
    Done,
    /// It fails.
    Fails,
}

/// A pod at its piece of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Toil {
    piece: Piece,
    /// All the work of the piece.
    work: Span,
    /// After so much of it the pod fails.
    fails_at: Option<Span>,
    /// Its work time while it works, and what that was when it began.
    clock: Option<(PaceClock, Time)>,
    checkpoint_every: Option<Span>,
}

impl Toil {
    /// A pod that will go at `piece` of the job `job` of `workload`. How much work the piece is depends on nothing but
    /// that, and whether the pod fails on nothing but that and how many were at it before. `work` is compiled of the law
    /// in `spec`.
    #[must_use]
    pub fn new(
        spec: &BatchSpec,
        work: &Sampler,
        piece: Piece,
        key: StreamKey,
        workload: &str,
        job: u64,
    ) -> Self {
        let number = u64::from(piece.number);
        let mut stream = key.entity_stream(&format!("work/{workload}/{job}"), number);
        let work = work.sample_span(&mut stream);
        let mut toil = Self {
            piece,
            work,
            fails_at: None,
            clock: None,
            checkpoint_every: spec.checkpoint_every,
        };
        toil.draw_failure(spec, key, workload, job);
        toil
    }

    fn draw_failure(&mut self, spec: &BatchSpec, key: StreamKey, workload: &str, job: u64) {
        let attempt = self.piece.attempts;
        let name = format!("failure/{workload}/{job}/{attempt}");
        self.fails_at = spec.failure.and_then(|failure| {
            let mut stream = key.entity_stream(&name, self.piece.number.into());
            let (drawn, part): (f64, f64) = (stream.random(), stream.random());
            let left = self.work - self.piece.kept;
            (drawn < failure.chance).then(|| self.piece.kept + left.scaled(part))
        });
    }

    /// It goes on from what is kept, at full speed; when it comes to its end, if nothing happens to it.
    pub fn begin(&mut self, now: Time) -> Time {
        self.clock = Some((PaceClock::new(now), now));
        self.ends()
    }

    /// It goes on at `speed` from `now` on; when it comes to its end if that stays.
    pub fn slow(&mut self, now: Time, speed: Speed) -> Time {
        if let Some((clock, _)) = &mut self.clock {
            clock.set_speed(now, speed);
        }
        self.ends()
    }

    /// The speed at which it works.
    #[must_use]
    pub fn speed(&self) -> Speed {
        self.clock.map_or(Speed::FULL, |(clock, _)| clock.speed())
    }

    fn ends(&self) -> Time {
        self.clock.map_or(Time::NEVER, |(clock, began)| {
            let left = self.fails_at.unwrap_or(self.work) - self.piece.kept;
            clock.when(began + left)
        })
    }

    /// Whether it works.
    #[must_use]
    pub const fn is_working(&self) -> bool {
        self.clock.is_some()
    }

    /// How it ends, if it has come to its end by `now`.
    #[must_use]
    pub fn end_at(&self, now: Time) -> Option<End> {
        let done = self.piece.kept + self.worked(now)?;
        match self.fails_at {
            Some(point) => (done >= point).then_some(End::Fails),
            None => (done >= self.work).then_some(End::Done),
        }
    }

    /// What it has done since it began, as time at full speed.
    fn worked(&self, now: Time) -> Option<Span> {
        let (clock, began) = self.clock?;
        Some(clock.work_time(now).since(began))
    }

    /// It is interrupted: how much it has worked, as time at full speed, and how much of that is lost.
    pub fn stop(&mut self, now: Time) -> (Span, Span) {
        let Some(worked) = self.worked(now) else {
            return (Span::ZERO, Span::ZERO);
        };
        self.clock = None;
        let kept = match self.checkpoint_every {
            Some(every) if !every.is_zero() => {
                Span::from_nanos(worked.nanos() / every.nanos() * every.nanos())
            }
            _ => Span::ZERO,
        };
        self.piece.kept += kept;
        (worked, worked - kept)
    }

    /// The pod has failed and is started again where it is.
    pub fn again(&mut self, spec: &BatchSpec, key: StreamKey, workload: &str, job: u64) {
        self.piece.attempts += 1;
        self.draw_failure(spec, key, workload, job);
    }

    /// The piece as the pod leaves it undone.
    #[must_use]
    pub const fn left(&self) -> Piece {
        Piece {
            attempts: self.piece.attempts + 1,
            ..self.piece
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BatchSpec, End, Piece, Span, Speed, StreamKey, Time, Toil};
    use crate::stats::Distribution;
    use crate::workload::batch::FailureSpec;

    fn toil(checkpoint: Option<u64>, failure: Option<FailureSpec>, piece: Piece) -> Toil {
        let spec = BatchSpec {
            work: Distribution::constant(600.0).unwrap(),
            failure,
            checkpoint_every: checkpoint.map(Span::from_secs),
        };
        Toil::new(&spec, &spec.work.compile(), piece, StreamKey::new(1, 0), "etl", 0)
    }

    const fn at(secs: u64) -> Time {
        Time::from_nanos(secs * 1_000_000_000)
    }

    /// Without checkpoints all is lost; with them what was done since the last one, and the next pod goes on from there.
    #[test]
    fn what_an_interruption_costs_is_the_work_since_the_last_checkpoint() {
        let mut plain = toil(None, None, Piece::default());
        assert_eq!(plain.begin(at(100)), at(700));
        assert_eq!(plain.stop(at(350)), (Span::from_secs(250), Span::from_secs(250)));
        assert_eq!(plain.left().kept, Span::ZERO);

        let mut saving = toil(Some(60), None, Piece::default());
        saving.begin(at(100));
        assert_eq!(saving.stop(at(350)), (Span::from_secs(250), Span::from_secs(10)));
        let mut next = toil(Some(60), None, saving.left());
        assert_eq!(next.begin(at(400)), at(400 + 360));
        assert_eq!(next.end_at(at(760)), Some(End::Done));
        assert_eq!(next.end_at(at(759)), None);
    }

    /// At half speed the rest takes twice as long, and what was done counts as work, not as time.
    #[test]
    fn a_slower_pace_puts_the_end_off() {
        let mut slow = toil(Some(60), None, Piece::default());
        assert_eq!(slow.begin(at(100)), at(700));
        assert_eq!(slow.slow(at(400), Speed::ratio(1, 2)), at(1000));
        assert_eq!(slow.end_at(at(700)), None);
        assert_eq!(slow.slow(at(800), Speed::STOPPED), Time::NEVER);
        assert_eq!(slow.slow(at(900), Speed::FULL), at(1000));
        assert_eq!(slow.stop(at(950)), (Span::from_secs(550), Span::from_secs(10)));
    }

    #[test]
    fn a_pod_that_fails_does_so_before_its_work_is_done() {
        let failure = FailureSpec {
            chance: 1.0,
            exit_code: 1,
        };
        let mut failing = toil(None, Some(failure), Piece::default());
        let end = failing.begin(at(0));
        assert!(end < at(600), "{end}");
        assert_eq!(failing.end_at(end), Some(End::Fails));
    }
}
