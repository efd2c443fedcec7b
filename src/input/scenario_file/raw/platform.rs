//! What runs the containers, and what it is told of each workload, as users write it: the words of Docker, Compose and
//! Swarm.
//!
//! Knows: fields and defaults. Must not know: when a container starts.

use super::probes::ProbeBy;
use crate::model::units::{ByteQuantity, Duration, Share};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What runs the containers: its name, or its name with its settings.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Platform {
    /// Its name: nothing else is set.
    Named(PlatformName),
    /// Its name, and what is set.
    With(PlatformWith),
}

impl Default for Platform {
    fn default() -> Self {
        Self::Named(PlatformName::Kubernetes)
    }
}

/// What runs the containers.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PlatformName {
    /// Kubernetes.
    Kubernetes,
    /// Docker hosts, each for itself: containers are placed by hand, nobody moves or makes anew what is lost, and there is
    /// no autoscaler.
    Docker,
    /// Docker Swarm: tasks are spread over nodes and replaced, and there is no autoscaler.
    Swarm,
}

/// What runs the containers, with its settings.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum PlatformWith {
    /// Kubernetes.
    Kubernetes(NoSettings),
    /// Docker hosts.
    Docker(DockerHosts),
    /// Docker Swarm.
    Swarm(NoSettings),
}

/// There is nothing to set.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct NoSettings {}

/// Docker hosts: the nodes of the cluster.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct DockerHosts {
    /// When `docker compose up` was.
    pub(crate) up: Up,
    /// How long after containers have ended for good a person starts them again: those that their `restart` policy leaves
    /// down, after a failure or when their host is back. Without it, nobody does. Each time is a step by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) starts_again: Option<Duration>,
}

/// When everything was brought up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Up {
    /// Before the run: all containers run at its start.
    #[default]
    Already,
    /// At the run's start: images are pulled, and containers start when what they depend on has come so far.
    AtStart,
}

/// Memory and swap together.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum MemorySwap {
    /// As much swap as there is.
    Word(Unlimited),
    /// So much.
    Total(ByteQuantity),
}

/// The word for no limit.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Unlimited {
    /// No limit.
    Unlimited,
}

/// What a service waits for: services by name, or with a condition each.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum DependsOn {
    /// They only have to be started.
    Names(Vec<String>),
    /// With conditions.
    Conditions(BTreeMap<String, Dependency>),
}

/// What is waited for.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "ServiceDependency")]
pub(crate) struct Dependency {
    /// What must have come.
    pub(crate) condition: Condition,
}

/// What must have come of a service before another starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ServiceCondition")]
pub(crate) enum Condition {
    /// Its containers run.
    #[default]
    #[serde(rename = "service_started")]
    Started,
    /// Its health check has found all its containers healthy. If it finds one unhealthy first, the other is never started.
    #[serde(rename = "service_healthy")]
    Healthy,
    /// Its containers have done their work: of a workload with a `job`.
    #[serde(rename = "service_completed_successfully")]
    Completed,
}

/// A container's health check. Under Docker it decides when others that wait for it start, and nobody does anything about
/// a container that is unhealthy. Under Swarm a task gets no requests before it is healthy, and one that is unhealthy is
/// stopped: another takes its place.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct HealthCheck {
    /// What its command asks: with `httpGet` the server that also serves the requests, as `curl` in the container does.
    pub(crate) by: ProbeBy,
    /// From the container's start, and from the end of a check, to the next.
    pub(crate) interval: Duration,
    /// A check that takes longer has failed.
    pub(crate) timeout: Duration,
    /// So many failures in a row make the container unhealthy.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub(crate) retries: u32,
    /// Failures within so long from the container's start do not count.
    pub(crate) start_period: Duration,
    /// The interval within the start period.
    pub(crate) start_interval: Duration,
}

impl Default for HealthCheck {
    fn default() -> Self {
        Self {
            by: ProbeBy::default(),
            interval: Duration::from_secs(30),
            timeout: Duration::from_secs(30),
            retries: 3,
            start_period: Duration::ZERO,
            start_interval: Duration::from_secs(5),
        }
    }
}

/// What a Swarm is told of a service.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Deploy {
    /// Whether a number of tasks is wanted, or one on every node.
    pub(crate) mode: ServiceMode,
    /// Whether tasks that end are replaced, and when.
    pub(crate) restart_policy: RestartPolicy,
    /// How tasks change version; `deployment.rollouts` says when, and to what.
    pub(crate) update_config: UpdateConfig,
    /// How they go back to the version before, where an update fails whose `failure_action` is `rollback`.
    pub(crate) rollback_config: UpdateConfig,
    /// Which nodes take its tasks.
    pub(crate) placement: Placement,
}

/// Whether a number of tasks is wanted, or one on every node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ServiceMode {
    /// As many as `replicas` says.
    #[default]
    Replicated,
    /// One on every node that the constraints allow, and on each new one.
    Global,
}

/// Whether tasks that end are replaced, and when. The defaults are Swarm's.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "TaskRestarts")]
pub(crate) struct RestartPolicy {
    /// After which ends.
    pub(crate) condition: RestartCondition,
    /// From a task's end to the start of the next, which is made and placed at once.
    pub(crate) delay: Duration,
    /// How often at most, within the `window`; 0 for no end.
    pub(crate) max_attempts: u64,
    /// How far back attempts count; 0 for all.
    pub(crate) window: Duration,
}

impl Default for RestartPolicy {
    fn default() -> Self {
        Self {
            condition: RestartCondition::Any,
            delay: Duration::from_secs(5),
            max_attempts: 0,
            window: Duration::ZERO,
        }
    }
}

/// After which ends a task is replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RestartCondition {
    /// After every one.
    #[default]
    Any,
    /// After failures.
    OnFailure,
    /// After none.
    None,
}

/// How tasks change version. The defaults are Swarm's.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct UpdateConfig {
    /// How many tasks at a time; 0 for all.
    #[schemars(range(max = 1_000_000))]
    pub(crate) parallelism: u32,
    /// From a new task's running to the next one's turn. A task runs when its container does; where it has a
    /// `healthcheck`, when that finds it healthy.
    pub(crate) delay: Duration,
    /// Which comes first, the old task's end or the new one's start.
    pub(crate) order: UpdateOrder,
    /// A new task that fails within so long is a failure of the update.
    pub(crate) monitor: Duration,
    /// The share of tasks that may fail so.
    pub(crate) max_failure_ratio: Share,
    /// What happens when more do.
    pub(crate) failure_action: FailureAction,
}

impl Default for UpdateConfig {
    fn default() -> Self {
        Self {
            parallelism: 1,
            delay: Duration::ZERO,
            order: UpdateOrder::StopFirst,
            monitor: Duration::from_secs(5),
            max_failure_ratio: Share::default(),
            failure_action: FailureAction::Pause,
        }
    }
}

/// Which of two tasks comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum UpdateOrder {
    /// The old one ends before the new one starts.
    #[default]
    StopFirst,
    /// The new one starts before the old one ends.
    StartFirst,
}

/// What happens when an update fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "UpdateFailure")]
pub(crate) enum FailureAction {
    /// Nothing more is updated.
    #[default]
    Pause,
    /// The update goes on.
    Continue,
    /// The tasks that were updated go back to the version before, by `rollback_config`.
    Rollback,
}

/// Which nodes take a service's tasks.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "TaskPlacement")]
pub(crate) struct Placement {
    /// Conditions on nodes, such as `node.labels.disk == ssd` or `node.hostname != web-0`.
    #[schemars(length(max = 100))]
    pub(crate) constraints: Vec<String>,
    /// Labels over whose values tasks are spread evenly, the later ones within the earlier.
    #[schemars(length(max = 10))]
    pub(crate) preferences: Vec<Preference>,
    /// The most tasks of the service on a node; 0 for no bound.
    #[schemars(range(max = 1_000_000))]
    pub(crate) max_replicas_per_node: u32,
}

/// What tasks are spread over.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TaskPreference")]
pub(crate) struct Preference {
    /// A label of the nodes, such as `node.labels.rack`.
    pub(crate) spread: String,
}

/// A port of the machine that a container is reached at.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Published {
    /// The port.
    #[schemars(range(min = 1, max = 65535))]
    pub(crate) published: u16,
    /// The address of the machine it is taken on. Without it, every address.
    #[serde(default)]
    pub(crate) host_ip: Option<String>,
    /// The transport.
    #[serde(default)]
    pub(crate) protocol: Transport,
    /// Under Swarm: where it is taken.
    #[serde(default)]
    pub(crate) mode: PublishMode,
}

/// A transport.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Transport {
    /// TCP.
    #[default]
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

/// Where a Swarm takes a published port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PublishMode {
    /// On every node, for the service as a whole: the routing mesh sends what comes there to any of its tasks.
    #[default]
    Ingress,
    /// On the task's node: a node has one task of the service at most.
    Host,
}
