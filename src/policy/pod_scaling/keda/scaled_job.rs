//! ScaledJobs: how many jobs to create for a queue.
//!
//! Knows: the triggers' loads and the jobs that run. Must not know: what a job does, or when it ends.
//! Sources: `pkg/scaling/scaledjob/metrics.go`, `pkg/scaling/executor/scale_jobs.go`,
//! `apis/keda/v1alpha1/scaledjob_types.go`.

use super::{ReadyCondition, ScaleTrigger, reasons, validate};
use crate::engine::Span;
use crate::policy::parameters::Parameters;
use crate::policy::reason::{Reason, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `keda.sh/v1alpha1` ScaledJob: its spec without the job's template.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct ScaledJob {
    /// Seconds between two rounds; 30 if not given.
    #[schemars(range(min = 1))]
    pub polling_interval: Option<u32>,
    /// Jobs that run even without load; 0 if not given.
    pub min_replica_count: Option<u32>,
    /// Most jobs at a time; 100 beside `minReplicaCount` if not given.
    pub max_replica_count: Option<u32>,
    /// What happens to running jobs when the object is changed, which it is not during a run.
    pub rollout: Rollout,
    /// How jobs are counted.
    pub scaling_strategy: ScalingStrategy,
    /// What is scaled on.
    #[schemars(length(min = 1))]
    pub triggers: Vec<ScaleTrigger>,
}

/// `rollout`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct Rollout {
    /// Whether jobs of an older spec are deleted or end by themselves.
    pub strategy: RolloutStrategy,
    /// How what belongs to a deleted job goes with it.
    pub propagation_policy: String,
}

/// Whether jobs of an older spec are deleted or end by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RolloutStrategy {
    /// They are deleted.
    #[default]
    Default,
    /// They end by themselves.
    Gradual,
}

/// `scalingStrategy`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct ScalingStrategy {
    /// How running and pending jobs are set against the queue.
    pub strategy: Strategy,
    /// `custom` only: taken off the queue.
    pub custom_scaling_queue_length_deduction: Option<i32>,
    /// `custom` only: share of running jobs taken off, a number as text; without one the default strategy is used.
    pub custom_scaling_running_job_percentage: String,
    /// Conditions that a pod must have for its job not to be pending; if none, running is enough. One that no simulated
    /// pod gets keeps all jobs pending, as it would in a cluster.
    pub pending_pod_conditions: Vec<String>,
    /// How several triggers are combined.
    pub multiple_scalers_calculation: Calculation,
}

/// How running and pending jobs are set against the queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Strategy {
    /// Running jobs still stand in the queue.
    #[default]
    Default,
    /// As the custom fields say.
    Custom,
    /// Running jobs have left the queue.
    Accurate,
    /// As many as the maximum leaves room for, whatever the queue.
    Eager,
}

/// How several triggers are combined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Calculation {
    /// The longest queue.
    #[default]
    Max,
    /// The shortest queue that is not empty.
    Min,
    /// The mean over active triggers.
    Avg,
    /// The sum over active triggers.
    Sum,
}

/// A trigger's load.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TriggerLoad {
    /// Whether it is active.
    pub active: bool,
    /// Its value: the queue's length.
    pub value: f64,
    /// What one job takes of it; zero: the trigger asks for no jobs.
    pub target: f64,
}

/// What a round sees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JobView<'a> {
    /// The triggers that answered.
    pub triggers: &'a [TriggerLoad],
    /// Whether any trigger failed.
    pub error: bool,
    /// Jobs that have not finished.
    pub running: u32,
    /// Those of them whose pod neither runs nor has run.
    pub pending: u32,
}

/// What a round came to.
#[derive(Clone, Debug, PartialEq)]
pub struct JobDecision {
    /// Whether any trigger is active, or a minimum keeps the object so.
    pub active: bool,
    /// The queue, rounded up.
    pub queue_length: i64,
    /// Jobs that the queue could use, rounded up.
    pub max_scale: i64,
    /// Jobs to create.
    pub jobs: u32,
    /// The condition Ready.
    pub ready: ReadyCondition,
    /// Why.
    pub reason: Reason,
}

impl Strategy {
    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Custom => "custom",
            Self::Accurate => "accurate",
            Self::Eager => "eager",
        }
    }
}

impl ScaledJob {
    /// Time between two rounds.
    #[must_use]
    pub fn polling_interval(&self) -> Span {
        Span::from_secs(self.polling_interval.unwrap_or(30).into())
    }

    /// Jobs that always run; never more than the maximum.
    #[must_use]
    pub fn min_jobs(&self) -> i64 {
        let min = self.min_replica_count.unwrap_or(0);
        self.max_replica_count.map_or(min, |max| min.min(max)).into()
    }

    /// Jobs on top of those that always run; a minimum at or above the maximum leaves the maximum.
    #[must_use]
    pub fn max_jobs(&self) -> i64 {
        match (self.max_replica_count, self.min_replica_count) {
            (None, _) => 100,
            (Some(max), Some(min)) if min > max => max.into(),
            (Some(max), _) => i64::from(max) - self.min_jobs(),
        }
    }

    /// Whether any trigger is active, the queue, and the jobs it could use, both rounded up (`IsScaledJobActive`).
    fn combined(&self, triggers: &[TriggerLoad]) -> (bool, i64, i64) {
        let most = self.max_jobs() as f64;
        let loads = triggers.iter().filter(|load| load.active).map(|load| {
            let jobs = if load.target == 0.0 {
                0.0
            } else {
                (load.value / load.target).min(most)
            };
            (load.value, jobs)
        });
        let mut active = false;
        let (mut queue, mut jobs, mut count) = (0.0, 0.0, 0.0);
        for (value, wanted) in loads {
            let takes = match self.scaling_strategy.multiple_scalers_calculation {
                Calculation::Max => value > queue,
                Calculation::Min => queue == 0.0 || value < queue,
                Calculation::Avg | Calculation::Sum => {
                    (queue, jobs, count, active) = (queue + value, jobs + wanted, count + 1.0, true);
                    false
                }
            };
            if takes {
                (queue, jobs, active) = (value, wanted, true);
            }
        }
        if self.scaling_strategy.multiple_scalers_calculation == Calculation::Avg && count > 0.0 {
            (queue, jobs) = (queue / count, jobs / count);
        }
        let active = active || self.min_jobs() > 0;
        (active, queue.ceil() as i64, jobs.min(most).ceil() as i64)
    }

    /// The most jobs to create now, and the queue to set against it.
    fn effective(&self, queue: i64, max_scale: i64, running: i64, pending: i64) -> (i64, i64) {
        let most = self.max_jobs();
        let strategy = &self.scaling_strategy;
        match strategy.strategy {
            Strategy::Custom => match strategy.custom_scaling_running_job_percentage.parse::<f64>() {
                Ok(share) => {
                    let deduction = strategy.custom_scaling_queue_length_deduction.unwrap_or(0);
                    let taken = (running as f64 * share) as i64;
                    ((max_scale - i64::from(deduction) - taken).min(most), queue)
                }
                Err(_) => (max_scale - running, queue),
            },
            // Pending jobs have left nothing yet: they are part of what the queue could use.
            Strategy::Accurate if max_scale + running - pending > most => (most - running, queue),
            Strategy::Accurate => (max_scale - pending, queue),
            Strategy::Eager => ((most - running - pending).min(max_scale), most),
            Strategy::Default => (max_scale - running, queue),
        }
    }
}

/// Decides one round.
#[must_use]
pub fn request_jobs(job: &ScaledJob, view: &JobView) -> JobDecision {
    let (active, queue_length, max_scale) = job.combined(view.triggers);
    let (running, pending) = (i64::from(view.running), i64::from(view.pending));
    let min = job.min_jobs();
    let (kind, most, wanted) = if running < min {
        (&reasons::JOBS_TO_MIN, min - running, min - running)
    } else {
        let (most, queue) = job.effective(queue_length, max_scale, running - min, pending);
        (&reasons::JOBS, most, queue)
    };
    let jobs = if active {
        u32::try_from(wanted.min(most).max(0)).unwrap_or(u32::MAX)
    } else {
        0
    };
    let eager = job.scaling_strategy.strategy == Strategy::Eager;
    let room = job.max_jobs() - (running - min);
    let bound = if !active {
        "no trigger is active"
    } else if i64::from(jobs) >= room || (eager && most < max_scale) {
        "all that the maximum allows"
    } else if jobs == 0 {
        "those that run suffice"
    } else if wanted < most {
        "one for each message"
    } else {
        "all that the queue could use"
    };
    let count = |number: i64| Value::Count(number.max(0) as u64);
    JobDecision {
        active,
        queue_length,
        max_scale,
        jobs,
        ready: match (view.error, active) {
            (false, _) => ReadyCondition::Ready,
            (true, true) => ReadyCondition::PartialTriggerError,
            (true, false) => ReadyCondition::TriggerError,
        },
        reason: Reason::new(kind)
            .with("queue", count(queue_length))
            .with("max", count(max_scale))
            .with("running", count(running))
            .with("pending", count(pending))
            .with("strategy", Value::Word(job.scaling_strategy.strategy.name()))
            .with("to", Value::Count(jobs.into()))
            .with("bound", Value::Word(bound)),
    }
}

impl Parameters for ScaledJob {
    fn problems(&self) -> Vec<String> {
        let mut problems = validate::trigger_problems(&self.triggers);
        if self.polling_interval == Some(0) {
            problems.push(
                "pollingInterval must be above 0: the operator would poll for ever at one instant".to_owned(),
            );
        }
        problems
    }
}
