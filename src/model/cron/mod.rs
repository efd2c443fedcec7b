//! Schedules of a clock: when something recurs, by whose wall clocks.
//!
//! Knows: five-field schedules as robfig/cron reads and steps them, its named and fixed recurrences, time zones as Go
//! reads them. Must not know: what is scheduled.

mod recurrence;
mod schedule;
mod zone;

pub use recurrence::Recurrence;
pub use schedule::Schedule;
pub use zone::Zone;
