//! Workloads as users write them: pods, how they serve, how their clients behave.
//!
//! Knows: fields and defaults. Must not know: queues, or what a pod reserves in all.

use super::batch::{CronJob, Job as BatchJob};
use super::calls::{Call, Forward};
use super::cluster::{Amounts, Effect};
use super::daemon_set::DaemonSet;
use super::deployment::Deployment;
use super::distribution::Times;
use super::memory::{MemoryByAge, MemoryLeak};
use super::placement_rules::{
    Affinity, DisruptionBudget, Port, PreemptionPolicy, SchedulingGate, SpreadConstraint,
};
use super::platform::{DependsOn, Deploy, HealthCheck, MemorySwap, Published};
use super::probes::{Lifecycle, Probe};
pub(crate) use super::queue::{ByConnection, ByVisibility, Job, Queue, Redelivery};
pub(crate) use super::retry::{Failure, Retry};
use super::stateful_set::StatefulSet;
use super::volumes::{ClaimTemplate, Volume};
use crate::model::units::{ByteQuantity, CpuQuantity, Duration, Share};
use crate::policy::routing::Balancing;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Something that runs in pods.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Workload {
    /// Its name, unique in the scenario.
    #[schemars(length(min = 1))]
    pub(crate) name: String,
    /// The object of `manifests` it comes from: `Deployment/shop`, or `namespace/Kind/name`. Replicas, containers and what
    /// the pods ask for are then that object's, unless they are given here too; containers go by their names.
    #[serde(default)]
    pub(crate) manifest: Option<String>,
    /// The service of the `compose` file that it is. Replicas, containers and what the file says of them are then that
    /// service's, unless they are given here too; its container goes by the service's name.
    #[serde(default)]
    pub(crate) service: Option<String>,
    /// Its pods only take room: no requests are sent to them, and `demand` may be absent. So are the pods of manifests
    /// and the services of a Compose file that no workload names.
    #[serde(default)]
    pub(crate) background: bool,
    /// The namespace of its pods.
    #[serde(default = "default_namespace")]
    pub(crate) namespace: String,
    /// Labels of its pods.
    #[serde(default)]
    pub(crate) labels: BTreeMap<String, String>,
    /// Annotations of its pods. Some are read: `cluster-autoscaler.kubernetes.io/safe-to-evict`,
    /// `karpenter.sh/do-not-disrupt`, `controller.kubernetes.io/pod-deletion-cost`.
    #[serde(default)]
    pub(crate) annotations: BTreeMap<String, String>,
    /// What makes its pods, and makes them anew. By default a StatefulSet where each pod has volumes of its own or there is
    /// a `stateful_set`, a Job where `serving` has a `job`, otherwise a ReplicaSet.
    #[serde(default)]
    pub(crate) controller: Option<Controller>,
    /// It is a DaemonSet: every node that takes one of its pods has one, from the time it is ready. It bears what pods of
    /// DaemonSets bear (nodes that are closed, not ready or short of something), and has no `replicas`.
    #[serde(default)]
    pub(crate) daemon_set: Option<DaemonSet>,
    /// Its pods are those of a Deployment: how they change version, and when. Without it, they never do.
    #[serde(default)]
    pub(crate) deployment: Option<Deployment>,
    /// Its pods are those of a StatefulSet: in which order they come and go, how they change version, and when. Without it,
    /// a StatefulSet has Kubernetes' defaults and one version.
    #[serde(default)]
    pub(crate) stateful_set: Option<StatefulSet>,
    /// The Docker host its containers are on, by the node's name; needed where there are several. Under `platform: docker`.
    #[serde(default)]
    pub(crate) host: Option<String>,
    /// When Docker starts its containers again: `no` (Docker's default), `always`, `unless-stopped`, `on-failure` or, so
    /// many times at most, `on-failure:3`. Under `platform: docker`.
    #[serde(default)]
    pub(crate) restart: Option<String>,
    /// What must have come of other workloads before its containers start, when everything is brought up. Under `platform:
    /// docker`.
    #[serde(default)]
    pub(crate) depends_on: Option<DependsOn>,
    /// Ports of its machines that are published for it. Two containers on a Docker host cannot have the same one. Under
    /// `platform: docker` and `swarm`.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub(crate) ports: Vec<Published>,
    /// How its containers are found healthy. Under `platform: docker` and `swarm`.
    #[serde(default)]
    pub(crate) healthcheck: Option<HealthCheck>,
    /// Memory and swap together that each of its containers may use, beside a limit of its memory: `unlimited`, or an amount;
    /// one equal to the limit is no swap. Without it, as much swap as memory. Only a host with `swap` has any. Under
    /// `platform: docker`.
    #[serde(default)]
    pub(crate) memswap_limit: Option<MemorySwap>,
    /// How much likelier than others the kernel kills its containers where memory runs out: a thousandth of the host's
    /// memory each. Under `platform: docker` and `swarm`.
    #[serde(default)]
    #[schemars(range(min = -1000, max = 1000))]
    pub(crate) oom_score_adj: i32,
    /// What a Swarm is told of its tasks. Under `platform: swarm`.
    #[serde(default)]
    pub(crate) deploy: Option<Deploy>,
    /// It serves requests. A workload has this or a `job`.
    #[serde(default = "Serving::of_nothing", skip_serializing_if = "Serving::is_nothing")]
    pub(crate) serving: Serving,
    /// Its pods are those of Jobs: they work until they are done.
    #[serde(default)]
    pub(crate) job: Option<BatchJob>,
    /// It is a CronJob: its Jobs are created by a schedule. Needs a `job`.
    #[serde(default)]
    pub(crate) cron_job: Option<CronJob>,
}

/// The kind of what makes a workload's pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum Controller {
    /// A Deployment's ReplicaSet, or one of its own.
    ReplicaSet,
    /// A StatefulSet: its pods have numbers, and come and go in their order.
    StatefulSet,
    /// A DaemonSet: its pods stay where they are, and go with their node. With `daemon_set`, new nodes get one too.
    DaemonSet,
    /// A Job.
    Job,
    /// Nothing: a pod that goes is gone, and of too many those with least to lose stop first.
    None,
}

fn default_namespace() -> String {
    "default".to_owned()
}

/// Replicas that serve requests.
// What is unknown is refused by the schema alone: a `job`, which has other fields beside, is read as this for its pods.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct Serving {
    /// Replicas at the start.
    #[serde(default = "one")]
    #[schemars(range(max = 1_000_000))]
    pub(crate) replicas: u32,
    /// What a pod is made of.
    #[schemars(length(min = 1, max = 100))]
    pub(crate) containers: Vec<Container>,
    /// Labels a node must have.
    #[serde(default)]
    pub(crate) node_selector: BTreeMap<String, String>,
    /// Taints of nodes the pods may ignore.
    #[serde(default)]
    pub(crate) tolerations: Vec<Toleration>,
    /// Which nodes, and near which pods, the pods must and would rather go.
    #[serde(default)]
    pub(crate) affinity: Affinity,
    /// How evenly the pods must, or should, be spread.
    #[serde(default, rename = "topologySpreadConstraints")]
    #[schemars(length(max = 100))]
    pub(crate) topology_spread_constraints: Vec<SpreadConstraint>,
    /// Greater goes first and may push out lesser.
    #[serde(default)]
    pub(crate) priority: i32,
    /// The priority class of the pods, for quotas that count by class; `priority` is its value.
    #[serde(default, rename = "priorityClassName")]
    pub(crate) priority_class_name: String,
    /// Whether the pods push out others of lower priority when no node takes them.
    #[serde(default, rename = "preemptionPolicy")]
    pub(crate) preemption_policy: PreemptionPolicy,
    /// What holds the pods back: while there is one, nobody looks for a node for them, and they wait. Nothing in a run
    /// lifts them.
    #[serde(default, rename = "schedulingGates")]
    #[schemars(length(max = 100))]
    pub(crate) scheduling_gates: Vec<SchedulingGate>,
    /// The one node the pods must go to, by its name.
    #[serde(default, rename = "nodeName")]
    pub(crate) node_name: Option<String>,
    /// A share of one GPU that a pod has, such as `500m`: 1m to 999m. Whole GPUs are asked for by a container, as
    /// `nvidia.com/gpu`. Kubernetes itself knows no shares: neither does `kube_scheduler` (but with `gpuSharing`), nor do
    /// `cluster_autoscaler` and `karpenter`. Of manifests, Alibaba's annotations of pods say it.
    #[serde(default)]
    pub(crate) gpu_share: Option<CpuQuantity>,
    /// What a pod reserves beside its containers, for its sandbox.
    #[serde(default)]
    pub(crate) overhead: Amounts,
    /// What a pod reserves, and may use at most, as a whole. Where it says something, it counts in place of the sum of the
    /// containers.
    #[serde(default)]
    pub(crate) resources: PodResources,
    /// How many of the pods may be pushed out at a time. Without it, all of them.
    #[serde(default, rename = "disruptionBudget")]
    pub(crate) disruption_budget: DisruptionBudget,
    /// Volumes that all the pods use.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub(crate) volumes: Vec<Volume>,
    /// Volumes that each pod has of its own.
    #[serde(default, rename = "volumeClaimTemplates")]
    #[schemars(length(max = 1000))]
    pub(crate) volume_claim_templates: Vec<ClaimTemplate>,
    /// From the containers' start to the first request the pod takes.
    #[serde(default = "Times::zero")]
    pub(crate) readiness: Times,
    /// How long a pod may finish what it has after it was asked to stop; 30 s is Kubernetes' default.
    #[serde(default = "default_grace")]
    pub(crate) termination_grace: Duration,
    /// Time a request takes in a slot at full speed. Needed unless every class has its own.
    #[serde(default)]
    pub(crate) demand: Option<Times>,
    /// Kinds of requests. Without it, all requests are alike.
    #[serde(default)]
    #[schemars(length(max = 255))]
    pub(crate) classes: Vec<Class>,
    /// The order of service.
    #[serde(default)]
    pub(crate) discipline: Discipline,
    /// Where requests wait, and how many may.
    #[serde(default)]
    pub(crate) queue: Queue,
    /// The pods are those of jobs: each ends of its own accord when it has done this. The policy of the workload starts
    /// them (`keda_job`). Needs `queue: {shared: true}` and `slots: 1`; without `redelivery`, a message is handed
    /// out again when its pod has gone. Without a job, pods go on until they are stopped.
    #[serde(default)]
    pub(crate) job: Option<Job>,
    /// What keeps requests from some replicas, whatever routing policy chooses among the others: those that fail, those
    /// that are new, those in other zones. Without it, nothing does.
    #[serde(default)]
    pub(crate) balancing: Balancing,
    /// An attempt that takes longer has failed for the client. Without it, clients wait for ever.
    #[serde(default)]
    pub(crate) timeout: Option<Duration>,
    /// Whether the server drops a request, waiting or in service, whose client has gone; most serve it for nothing.
    #[serde(default)]
    pub(crate) cancel_on_timeout: bool,
    /// How long clients wait in a queue before they leave. Without it, for ever.
    #[serde(default)]
    pub(crate) patience: Option<Times>,
    /// How failed attempts are repeated. Without it, they are not.
    #[serde(default)]
    pub(crate) retry: Option<Retry>,
    /// Calls to other workloads that a request makes after its own service, one step after another. It is answered when
    /// they are, and fails if one of them does that is not `optional`.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub(crate) calls: Vec<Call>,
    /// Whether a request keeps its slot while its calls are out, as with a thread for each request, or gives it to the next,
    /// as asynchronous servers do.
    #[serde(default = "yes")]
    pub(crate) hold_slot: bool,
    /// Workloads for one of which a request leaves when it is done here; what is left to 100% leaves for good. A caller is
    /// answered when the request has left for good.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub(crate) forward: Vec<Forward>,
}

impl Serving {
    /// What stands where a workload serves no requests.
    fn of_nothing() -> Self {
        // Nothing but the containers has no default.
        serde_json::from_value(serde_json::json!({"containers": []}))
            .expect("every other field has a default")
    }

    const fn is_nothing(&self) -> bool {
        self.containers.is_empty()
    }
}

const fn yes() -> bool {
    true
}

const fn one() -> u32 {
    1
}

const fn default_grace() -> Duration {
    Duration::from_secs(30)
}

/// One container of a pod.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Container {
    /// Its name, unique in the pod.
    #[schemars(length(min = 1))]
    pub(crate) name: String,
    /// When it runs.
    #[serde(default)]
    pub(crate) kind: Kind,
    /// Its image. Only one with a size under `cluster.images.sizes` has to be pulled; others are on every node.
    #[serde(default)]
    pub(crate) image: Option<String>,
    /// Its ports; only ports of the node (`hostPort`) matter here.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub(crate) ports: Vec<Port>,
    /// What it reserves and what it may use.
    #[serde(default)]
    pub(crate) resources: ContainerResources,
    /// Its weight for CPU time where containers compete for it, 2 to 262144; 1024 without it, as with 0. Under `platform:
    /// docker`; Kubernetes takes weights from requests, and Swarm gives all the same.
    #[serde(default)]
    #[schemars(range(max = 262_144))]
    pub(crate) cpu_shares: Option<u64>,
    /// What it uses.
    #[serde(default)]
    pub(crate) usage: Usage,
    /// Requests it serves at the same time; on one main container of the pod. Without it, there is no limit.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub(crate) slots: Option<u32>,
    /// From start to started; for an init container, its whole run.
    #[serde(default = "Times::zero")]
    pub(crate) startup: Times,
    /// Has it started? Until this probe passes the others wait; a container that fails it is stopped and started again.
    #[serde(default, rename = "startupProbe")]
    pub(crate) startup_probe: Option<Probe>,
    /// Does it still run as it should? A container that fails this probe is stopped and started again.
    #[serde(default, rename = "livenessProbe")]
    pub(crate) liveness_probe: Option<Probe>,
    /// May it get requests? Without this probe, as soon as it has started (and the pod's `readiness` has passed).
    #[serde(default, rename = "readinessProbe")]
    pub(crate) readiness_probe: Option<Probe>,
    /// What it does before it stops.
    #[serde(default)]
    pub(crate) lifecycle: Lifecycle,
}

/// When a container runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// Before the others, one after another, each to its end.
    Init,
    /// Beside the main containers, started before them.
    Sidecar,
    /// The pod's purpose.
    #[default]
    Main,
}

/// What a container reserves and what it may use at most.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ContainerResources {
    /// What it reserves; as in Kubernetes, a resource that is only limited is also reserved.
    pub(crate) requests: Amounts,
    /// What it may use at most. `nvidia.com/gpumem` is a number of MiB of each of its GPUs, as with HAMi; it reserves none.
    pub(crate) limits: Amounts,
}

/// What a pod reserves and what it may use at most, as a whole.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PodResources {
    /// What it reserves. As in Kubernetes, with any limit below, what is missing here is what the containers reserve
    /// together, or else its limit.
    pub(crate) requests: PodAmounts,
    /// What it may use at most.
    pub(crate) limits: PodAmounts,
}

/// Amounts for a pod as a whole. There are no others than these.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PodAmounts {
    /// CPU.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cpu: Option<CpuQuantity>,
    /// Memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) memory: Option<ByteQuantity>,
}

/// What a container uses, as opposed to what it reserves: idle, and more for each slot in use.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Usage {
    /// CPU without any request.
    pub(crate) cpu_idle: CpuQuantity,
    /// CPU for each slot in use.
    pub(crate) cpu_per_slot: CpuQuantity,
    /// Memory without any request.
    pub(crate) memory_idle: ByteQuantity,
    /// Memory for each slot in use.
    pub(crate) memory_per_slot: ByteQuantity,
    /// Memory without any request, where it changes with the container's age. It begins anew when the container is started
    /// again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) memory_by_age: Option<MemoryByAge>,
    /// Memory that is never given back until the container is started again, on top of all else.
    #[serde(skip_serializing_if = "MemoryLeak::is_none")]
    pub(crate) memory_leak: MemoryLeak,
    /// Memory of each of its GPUs without any request.
    pub(crate) gpu_memory_idle: ByteQuantity,
    /// Memory of each of its GPUs for each slot in use. What was needed once is kept until the container ends, as frameworks
    /// do. A container that needs more than there is for it fails.
    pub(crate) gpu_memory_per_slot: ByteQuantity,
    /// CPU it uses on top at first: class loading, compilation, filling of caches. Policies that look at CPU see it too.
    pub(crate) cpu_startup: CpuQuantity,
    /// For how long from its start on.
    pub(crate) cpu_startup_for: Duration,
}

/// A permission to ignore taints, with Kubernetes' rules: without `key` every key, without `effect` every effect.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Toleration {
    /// The taint's key.
    pub(crate) key: Option<String>,
    /// Whether the value must be equal or the key must only exist.
    pub(crate) operator: Operator,
    /// The taint's value, for `Equal`.
    pub(crate) value: Option<String>,
    /// The taint's effect.
    pub(crate) effect: Option<Effect>,
    /// For how long a `NoExecute` taint is borne that comes while the pod runs; without it, for ever, zero or less: not at
    /// all. Kubernetes gives every pod 300 s for nodes that are not ready or cannot be reached, unless it says otherwise.
    #[serde(rename = "tolerationSeconds")]
    pub(crate) toleration_seconds: Option<i64>,
}

/// How a toleration compares values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum Operator {
    /// The values are equal.
    #[default]
    Equal,
    /// Any value will do.
    Exists,
}

/// A kind of request.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Class {
    /// Its name, unique in the workload.
    #[schemars(length(min = 1))]
    pub(crate) name: String,
    /// Its share of the requests, relative to the other classes' shares.
    #[serde(default = "whole")]
    pub(crate) share: Share,
    /// Time a request of it takes in a slot at full speed; by default the workload's `demand`.
    #[serde(default)]
    pub(crate) demand: Option<Times>,
    /// Greater goes first, under a discipline with priorities.
    #[serde(default)]
    pub(crate) priority: i32,
}

const fn whole() -> Share {
    Share::ONE
}

/// The order of service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Discipline {
    /// In order of arrival, each in a slot of its own.
    #[default]
    Fifo,
    /// By priority of the class, in order of arrival within; nobody is interrupted.
    Priority,
    /// By priority of the class; a greater one takes the slot of a lesser one, which resumes later.
    PreemptivePriority,
    /// All at once, sharing the slots' capacity equally; nobody waits.
    ProcessorSharing,
}
