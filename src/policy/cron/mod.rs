//! Schedules of five fields and the clocks they are read by: robfig/cron's, which KEDA and Karpenter use.
//!
//! Knows: fields, the search for the next time, time zones. Must not know: what is scheduled.

mod schedule;
mod zone;

pub use schedule::Schedule;
pub use zone::Zone;
