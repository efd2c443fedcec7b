//! Batch workloads during a run: their Jobs, the pods of each, and what has come of them.
//!
//! Knows: which Job a pod is of, which piece of work it is at, and when a controller looks again. Must not know: the
//! rules of a controller (`platform/` has those), or how a pod is created and stopped (`apply/` does that).

mod books;
mod job_run;
mod plan;
mod run;
mod told;

pub(super) use books::Ended;
pub(super) use job_run::{EndedPod, JobPodRun, JobRun};
pub use plan::{BatchPlan, CronPlan};
pub(super) use run::BatchRun;
