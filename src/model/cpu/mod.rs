//! CPU as containers share it: weights while a machine is busy, quotas always.
//!
//! Knows: what the kernel's scheduler does with a container's weight and with its quota of CPU time a period, and the
//! bounds it sets to both. Must not know: pods, requests, or who asked for which limit.
//!
//! There are two modes. The *exact* one ([`Quota::run`] for a burst, [`Gate`] over time) is how a quota works: all threads go at full speed until the
//! quota of the period is used up, and stop until the next. The *fluid* one ([`fluid`]) lets a container go on at a
//! steady rate, the least of what it could use, what it may use and its share; it is fast, and never off by more than
//! one period a burst.

mod bounds;
pub mod fluid;
mod gate;
mod groups;
mod physics;
mod quota;
mod sharing;

pub use bounds::{CpuError, CpuShares, CpuWeight};
pub use gate::{CpuMode, Gate, Throttling};
pub use groups::{ClaimGroup, share_among_groups};
pub use physics::CpuPhysics;
pub use quota::{Burst, InPeriod, Quota};
pub use sharing::{Claim, share_out};
