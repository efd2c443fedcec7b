//! What is planned of a batch workload: its Jobs' shape, and when they start. Validated and plain.

use crate::engine::{Span, Time};
use crate::model::cron::{Recurrence, Zone};
use crate::platform::kubernetes::cron_job::Concurrency;
use crate::platform::kubernetes::job::failure_policy::FailureRule;
use crate::platform::kubernetes::job::sync::JobSpec;
use crate::workload::batch::BatchSpec;

/// A batch workload.
#[derive(Clone, Debug)]
pub struct BatchPlan {
    /// What its pods do.
    pub work: BatchSpec,
    /// What each of its Jobs asks for.
    pub job: JobSpec,
    /// What a failed pod means for its Job.
    pub rules: Vec<FailureRule>,
    /// When Jobs are created, in order; none where a CronJob creates them.
    pub starts: Vec<Time>,
    /// The CronJob that creates them.
    pub cron: Option<CronPlan>,
    /// Bounds on the time a Job may take that objectives ask for.
    pub bounds: Vec<Span>,
}

/// A CronJob.
#[derive(Clone, Debug)]
pub struct CronPlan {
    /// When it creates Jobs.
    pub schedule: Recurrence,
    /// By which clocks.
    pub zone: Zone,
    /// What it does about Jobs that still run.
    pub concurrency: Concurrency,
    /// A start that is later than so many seconds is skipped.
    pub starting_deadline_secs: Option<i64>,
    /// Whether it creates none.
    pub suspended: bool,
}
