//! Jobs and CronJobs as users write them, in Kubernetes' own fields; and what their pods do, which it cannot know.
//!
//! Knows: fields and defaults. Must not know: what a controller makes of them. What the pods are made of is spelt as
//! `serving` spells it and read by the same code.

use super::distribution::Times;
use super::workload::Serving;
use crate::model::units::{Duration, Share};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// The fields of `serving` that say what a pod is made of and where it may go; `job` has them too.
const OF_PODS: [&str; 16] = [
    "affinity",
    "containers",
    "disruptionBudget",
    "gpu_share",
    "nodeName",
    "node_selector",
    "overhead",
    "preemptionPolicy",
    "priority",
    "priorityClassName",
    "resources",
    "schedulingGates",
    "termination_grace",
    "tolerations",
    "topologySpreadConstraints",
    "volumes",
];

/// Pods that work until they are done, as one Job or as many.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub(crate) struct JobFields {
    /// Pods at a time, at most.
    #[serde(default = "one")]
    #[schemars(range(max = 100_000))]
    pub(crate) parallelism: u32,
    /// Pods that must succeed. Without it, as in Kubernetes, one success is enough and no further pod is made then; the
    /// others work on.
    #[serde(default)]
    #[schemars(range(max = 1_000_000))]
    pub(crate) completions: Option<u32>,
    /// Whether each pod has an index of its own, which another takes over when it fails.
    #[serde(default)]
    pub(crate) completion_mode: CompletionMode,
    /// The Job fails when more pods than this have failed; 6 is Kubernetes' default.
    #[serde(default = "six")]
    #[schemars(range(max = 2_147_483_647))]
    pub(crate) backoff_limit: u32,
    /// What a failed pod means for its Job; the first rule that fits counts.
    #[serde(default)]
    pub(crate) pod_failure_policy: Option<PodFailurePolicy>,
    /// The Job fails when it is so many seconds old.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub(crate) active_deadline_seconds: Option<u32>,
    /// Whether a pod that was asked to stop is replaced at once. By default `TerminatingOrFailed`, with a
    /// `podFailurePolicy` `Failed`.
    #[serde(default)]
    pub(crate) pod_replacement_policy: Option<PodReplacementPolicy>,
    /// What happens when the containers of a pod fail.
    #[serde(default)]
    pub(crate) restart_policy: RestartPolicy,
    /// No pod may run; nothing in a run changes that.
    #[serde(default)]
    pub(crate) suspend: bool,
    /// When Jobs are created, one for each time. With a `cron_job` it says when.
    #[serde(default = "at_once")]
    #[schemars(length(min = 1, max = 100_000))]
    pub(crate) starts: Vec<Duration>,
    /// How long a pod works from the start of its containers to its end, if nothing happens to it. Each piece of a Job's
    /// work (an index, or what one pod of several does) has its own, whoever does it.
    pub(crate) work: Times,
    /// How pods fail of themselves. Without it, they do not.
    #[serde(default)]
    pub(crate) failure: Option<PodFailure>,
    /// What is kept of a pod's work when it goes before it is done. Without it, nothing is.
    #[serde(default)]
    pub(crate) checkpoint: Option<Checkpoint>,
}

const fn one() -> u32 {
    1
}

const fn six() -> u32 {
    6
}

fn at_once() -> Vec<Duration> {
    vec![Duration::ZERO]
}

/// Whether pods of a Job are alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum CompletionMode {
    /// They are.
    #[default]
    NonIndexed,
    /// Each has an index from 0 to `completions` − 1.
    Indexed,
}

/// When a pod is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum PodReplacementPolicy {
    /// As soon as it was asked to stop.
    TerminatingOrFailed,
    /// When it has ended.
    Failed,
}

/// What the kubelet does about containers that fail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum RestartPolicy {
    /// The pod has failed.
    #[default]
    Never,
    /// It starts them again where they are.
    OnFailure,
}

/// What a failed pod means for its Job.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PodFailurePolicy {
    /// The rules.
    #[schemars(length(min = 1, max = 20))]
    pub(crate) rules: Vec<FailureRule>,
}

/// A rule about failed pods.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct FailureRule {
    /// What it does.
    pub(crate) action: FailureAction,
    /// It fits a pod of which a container ended so.
    #[serde(default)]
    pub(crate) on_exit_codes: Option<OnExitCodes>,
    /// It fits a pod that has one of these conditions.
    #[serde(default)]
    #[schemars(length(max = 20))]
    pub(crate) on_pod_conditions: Vec<OnPodCondition>,
}

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum FailureAction {
    /// The Job fails.
    FailJob,
    /// The pod is replaced and does not count.
    Ignore,
    /// The pod counts, as one that no rule fits.
    Count,
}

/// How a container ended.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct OnExitCodes {
    /// Only this container; without it, any.
    #[serde(default)]
    pub(crate) container_name: Option<String>,
    /// Whether its code must be among the values.
    pub(crate) operator: ExitCodeOperator,
    /// Exit codes.
    #[schemars(length(min = 1, max = 255))]
    pub(crate) values: Vec<i32>,
}

/// How exit codes compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum ExitCodeOperator {
    /// It is among the values.
    In,
    /// It is not.
    NotIn,
}

/// A condition of a pod.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OnPodCondition {
    /// Which.
    #[serde(rename = "type")]
    pub(crate) kind: PodCondition,
    /// Only `"True"` is modelled, which is the default.
    #[serde(default)]
    pub(crate) status: Option<ConditionStatus>,
}

/// Conditions of failed pods that are modelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum PodCondition {
    /// It was evicted or preempted, or its node has gone.
    DisruptionTarget,
}

/// The status of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum ConditionStatus {
    /// The pod has it.
    True,
}

/// How pods fail of themselves.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct PodFailure {
    /// How likely, each time that a pod goes at its work. Chance says at what point of it.
    pub(crate) chance: Share,
    /// The exit code of its main container.
    #[serde(default = "exit_code")]
    #[schemars(range(min = 1, max = 255))]
    pub(crate) exit_code: i32,
}

const fn exit_code() -> i32 {
    1
}

/// What is kept of a pod's work.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Checkpoint {
    /// After so much work, and again after each further so much, what is done is kept for the pod that goes on with it.
    pub(crate) every: Duration,
}

/// A CronJob: a Job of this workload is created at each time of a schedule.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct CronJob {
    /// When: five fields (minute, hour, day of month, month, day of week), or `@hourly` and its like.
    #[schemars(length(min = 1))]
    pub(crate) schedule: String,
    /// Whose clocks: a name such as `Europe/Berlin`; UTC without it.
    #[serde(default)]
    pub(crate) time_zone: Option<String>,
    /// What happens when a Job before it still runs.
    #[serde(default)]
    pub(crate) concurrency_policy: ConcurrencyPolicy,
    /// A Job that could not be created for so many seconds is not any more. Without it, the last one that was due is made
    /// up for.
    #[serde(default)]
    #[schemars(range(max = 2_147_483_647))]
    pub(crate) starting_deadline_seconds: Option<u32>,
    /// No Job is created.
    #[serde(default)]
    pub(crate) suspend: bool,
}

/// What happens when a Job before it still runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum ConcurrencyPolicy {
    /// Both run.
    #[default]
    Allow,
    /// The new one is not created before the other has ended.
    Forbid,
    /// The other is deleted.
    Replace,
}

/// A Job with its pods: [`JobFields`], and the fields of `serving` that are about pods.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Job(pub(crate) JobFields);

impl JsonSchema for Job {
    fn schema_name() -> Cow<'static, str> {
        "BatchJob".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = JobFields::json_schema(generator);
        let serving = Serving::json_schema(generator);
        let fields = serving.get("properties").and_then(Value::as_object);
        let of_pods = fields.into_iter().flatten();
        let of_pods = of_pods.filter(|(name, _)| OF_PODS.contains(&name.as_str()));
        let of_pods: Map<String, Value> = of_pods
            .map(|(name, field)| (name.clone(), field.clone()))
            .collect();
        if let Some(Value::Object(own)) = schema.get_mut("properties") {
            own.extend(of_pods);
        }
        if let Some(Value::Array(required)) = schema.get_mut("required") {
            required.insert(0, "containers".into());
        }
        schema
    }
}
