//! Floor 7: many runs.
//!
//! Knows scenarios, outcomes and how to run several of them at once: [`mod@replicate`] runs them on threads and gathers them
//! by index, [`mod@summarise`] turns replications into means with intervals, [`mod@compare`] puts variants beside a baseline under
//! common random numbers, [`mod@inflate`] packs a fleet under several policies and seeds,
//! [`mod@dynamic`] lets pods come to it and go. Must not know files, terminals, how scenarios are written down or how results are shown.

pub mod compare;
pub mod dynamic;
mod fewest_machines;
pub mod inflate;
mod jobs;
pub mod metric;
mod pack_items;
pub mod replicate;
pub mod summarise;

pub use compare::{Comparison, Judgement, Line, compare};
pub use dynamic::{DynamicPolicy, run_fleet};
pub use fewest_machines::{Wanted, fewest_machines};
pub use inflate::inflate;
pub use metric::{Better, Metric, metrics};
pub use pack_items::pack_items;
pub use replicate::{Job, Settings, replicate, run_all};
pub use summarise::{LEVEL, Summary, summarise};
