//! What is left of a batch workload's Jobs.

use super::Quantiles;
use serde::{Deserialize, Serialize};

/// Jobs of a batch workload. None is lost: over a run measured from its start,
/// `started = succeeded + failed + replaced + unfinished`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BatchOutcome {
    /// Jobs created.
    pub started: u64,
    /// Jobs that are complete.
    pub succeeded: u64,
    /// Jobs that failed.
    pub failed: u64,
    /// Jobs that their CronJob deleted to start another.
    pub replaced: u64,
    /// Jobs that had not ended at the end.
    pub unfinished: u64,
    /// Why Jobs failed.
    pub failures: Vec<FailedJobs>,
    /// Times of the schedule for which no Job was created.
    pub starts_missed: u64,
    /// Pods created.
    pub pods: u64,
    /// Pods whose work was done.
    pub pods_succeeded: u64,
    /// Pods that ended, or were asked to stop, before that.
    pub pods_failed: u64,
    /// From the time that a Job was for to its end, of those that are complete, seconds.
    pub duration: Quantiles,
    /// From the time that a Job was for until its first pod worked, seconds.
    pub wait: Quantiles,
    /// Time that pods have worked, all together, seconds; of pods that still do, none yet.
    pub work_s: f64,
    /// Of that, work that was lost with its pod, seconds.
    pub work_lost_s: f64,
    /// For each bound that objectives name, how many Jobs kept it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub in_time: Vec<InTime>,
}

/// Jobs that failed for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedJobs {
    /// The reason as Kubernetes writes it.
    pub reason: String,
    /// How many Jobs.
    pub jobs: u64,
}

/// How many Jobs kept a bound on the time from the one they are for to their end.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct InTime {
    /// The bound, seconds.
    pub within_s: f64,
    /// Jobs of which it can be said: those that have ended, and those that are late already.
    pub jobs: u64,
    /// Of those, Jobs that were complete in time.
    pub in_time: u64,
}
