//! One sync of a CronJob: whether a Job starts now, and when to look again.
//!
//! Source: `pkg/controller/cronjob/cronjob_controllerv2.go`, `syncCronJob`, and `utils.go`, `mostRecentScheduleTime`.

use crate::engine::Span;
use crate::model::cron::{Recurrence, Zone};
use jiff::Timestamp;

/// The next look comes so long after the next start, so that it is not a hair early.
const DELTA_NANOS: i128 = 100_000_000;
/// More missed starts than this are warned of.
const MISSED_MAX: i64 = 100;
/// Go's zero time, which a schedule that never comes again gives: Unix seconds.
const NEVER: i64 = -62_135_596_800;

/// What a start does about Jobs that still run (`spec.concurrencyPolicy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Concurrency {
    /// Nothing.
    #[default]
    Allow,
    /// It is skipped, and made up for when they have ended.
    Forbid,
    /// It deletes them.
    Replace,
}

/// A CronJob, as far as a sync looks at it.
#[derive(Clone, Debug)]
pub struct CronJob {
    /// When it starts Jobs.
    pub schedule: Recurrence,
    /// By which clocks.
    pub zone: Zone,
    /// What it does about Jobs that still run.
    pub concurrency: Concurrency,
    /// A start that is later than so many seconds is skipped.
    pub starting_deadline_secs: Option<i64>,
    /// Whether it starts nothing.
    pub suspended: bool,
    /// When it was created, Unix seconds.
    pub created: i64,
    /// The last time a Job was started for, Unix seconds.
    pub last_schedule: Option<i64>,
}

/// What a sync tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CronEvent {
    /// The schedule names a date that never comes.
    InvalidSchedule,
    /// More than a hundred starts were missed.
    TooManyMissedTimes,
    /// It was too late for the last start.
    MissSchedule,
    /// A Job still runs.
    JobAlreadyActive,
    /// A Job that ran was deleted.
    SuccessfulDelete,
    /// A Job was started.
    SuccessfulCreate,
}

impl CronEvent {
    /// The reason as Kubernetes writes it.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::InvalidSchedule => "InvalidSchedule",
            Self::TooManyMissedTimes => "TooManyMissedTimes",
            Self::MissSchedule => "MissSchedule",
            Self::JobAlreadyActive => "JobAlreadyActive",
            Self::SuccessfulDelete => "SuccessfulDelete",
            Self::SuccessfulCreate => "SuccessfulCreate",
        }
    }
}

/// What a sync does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CronSync {
    /// Whether a Job starts; it is for [`CronSync::last_schedule`].
    pub starts: bool,
    /// Whether all Jobs that run are deleted first.
    pub replaces: bool,
    /// The last time a Job was started for, Unix seconds.
    pub last_schedule: Option<i64>,
    /// When to look again; `None` when nothing is to come.
    pub look_in: Option<Span>,
    /// What it tells of, in order.
    pub events: Vec<CronEvent>,
}

/// One sync at `now`, while `active` of its Jobs run.
#[must_use]
pub fn sync(cron_job: &CronJob, active: usize, now: Timestamp) -> CronSync {
    let mut done = CronSync {
        last_schedule: cron_job.last_schedule,
        ..CronSync::default()
    };
    if cron_job.suspended {
        return done;
    }
    let Ok(found) = cron_job.most_recent(cron_job.last_schedule, cron_job.starting_deadline_secs, now) else {
        done.events.push(CronEvent::InvalidSchedule);
        return done;
    };
    if let Some(due) = found.due {
        if found.missed > MISSED_MAX {
            done.events.push(CronEvent::TooManyMissedTimes);
        }
        cron_job.start(due, active, now, &mut done);
    }
    done.look_in = Some(cron_job.look_in(done.last_schedule, now));
    done
}

/// The last start that is due, and what it was sought from.
struct MostRecent {
    earliest: i64,
    due: Option<i64>,
    /// An estimate: the time gone by over the time between two starts.
    missed: i64,
}

impl CronJob {
    fn start(&self, due: i64, active: usize, now: Timestamp, done: &mut CronSync) {
        let late = |deadline: i64| is_before(due.saturating_add(deadline), now);
        if self.starting_deadline_secs.is_some_and(late) {
            done.events.push(CronEvent::MissSchedule);
        } else if self.last_schedule == Some(due) {
        } else if self.concurrency == Concurrency::Forbid && active > 0 {
            done.events.push(CronEvent::JobAlreadyActive);
        } else {
            if self.concurrency == Concurrency::Replace {
                done.replaces = active > 0;
                done.events
                    .extend(std::iter::repeat_n(CronEvent::SuccessfulDelete, active));
            }
            done.starts = true;
            done.events.push(CronEvent::SuccessfulCreate);
            done.last_schedule = Some(due);
        }
    }

    fn next(&self, unix: i64) -> i64 {
        let after = Timestamp::from_second(unix).ok();
        let next = after.and_then(|after| self.schedule.next(after, &self.zone));
        next.unwrap_or(NEVER)
    }

    /// # Errors
    /// When the schedule never comes, or not twice.
    fn most_recent(
        &self,
        last: Option<i64>,
        deadline: Option<i64>,
        now: Timestamp,
    ) -> Result<MostRecent, ()> {
        let mut earliest = last.unwrap_or(self.created);
        if let Some(deadline) = deadline {
            // In whole seconds: the search for the next start drops the fraction.
            earliest = earliest.max(now.as_second().saturating_sub(deadline));
        }
        let first = self.next(earliest);
        let second = self.next(first);
        let found = |due, missed| MostRecent {
            earliest,
            due,
            missed,
        };
        if is_after(first, now) {
            return Ok(found(None, 0));
        }
        if is_after(second, now) {
            return Ok(found(Some(first), 0));
        }
        let gap = second - first;
        if gap < 1 {
            return Err(());
        }
        let missed = (now.as_second() - first) / gap + 1;
        // Starts need not be evenly spaced: one gap earlier than reckoned, then one by one.
        let mut due = None;
        let mut next = self.next(first + (missed - 2) * gap);
        while !is_after(next, now) && next != NEVER {
            due = Some(next);
            next = self.next(next);
        }
        Ok(found(due, missed))
    }

    fn look_in(&self, last: Option<i64>, now: Timestamp) -> Span {
        let from = match self.most_recent(last, None, now) {
            Ok(MostRecent { due: Some(due), .. }) => due,
            Ok(MostRecent {
                earliest, missed: 0, ..
            }) => earliest,
            _ => now.as_second(),
        };
        let at = i128::from(self.next(from)) * 1_000_000_000 + DELTA_NANOS;
        let nanos = (at - now.as_nanosecond()).max(0);
        Span::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

fn is_after(unix: i64, now: Timestamp) -> bool {
    i128::from(unix) * 1_000_000_000 > now.as_nanosecond()
}

fn is_before(unix: i64, now: Timestamp) -> bool {
    i128::from(unix) * 1_000_000_000 < now.as_nanosecond()
}
