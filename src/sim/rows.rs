//! What a run tells while it happens: rows, streamed to a [`Sink`].
//!
//! Each struct is one CSV file; its fields are the columns, in order, with their unit in the name. Columns are stable:
//! adding one is a feature, renaming or reordering one is a breaking change.

use serde::{Deserialize, Serialize};

/// `timeseries.csv`, one row a sample and workload: what the workload looked like in the interval that ends at
/// `time_s`. Means are weighted by time; least and most are levels that held for some time in the interval or at its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkloadSample {
    /// End of the sampled interval, seconds since the start.
    pub time_s: f64,
    /// Which workload.
    pub workload: String,
    /// Requests that arrived in the interval, retries included, per second.
    pub arrivals_per_s: f64,
    /// Requests served in time, per second.
    pub completions_per_s: f64,
    /// Requests refused, timed out, abandoned or lost, per second.
    pub failures_per_s: f64,
    /// Requests waiting, time-weighted mean.
    pub queued_mean: f64,
    /// Requests in service, time-weighted mean.
    pub in_service_mean: f64,
    /// Replicas the pod scaler wants, time-weighted mean.
    pub replicas_desired_mean: f64,
    /// Most replicas the pod scaler wanted.
    pub replicas_desired_max: u32,
    /// Replicas that take requests, time-weighted mean.
    pub replicas_ready_mean: f64,
    /// Fewest replicas that took requests.
    pub replicas_ready_min: u32,
    /// Most replicas that took requests.
    pub replicas_ready_max: u32,
    /// Replicas on a node that take no requests: they pull, start, or are no longer ready; time-weighted mean.
    pub replicas_starting_mean: f64,
    /// Most replicas on a node that took no requests at a time.
    pub replicas_starting_max: u32,
    /// Replicas without a node, time-weighted mean.
    pub replicas_pending_mean: f64,
    /// Most replicas without a node at a time.
    pub replicas_pending_max: u32,
    /// Mean share of slots in use over ready replicas in the interval, 0 to 1; empty without ready replicas.
    pub utilization: Option<f64>,
    /// Median latency of the requests completed in the interval, seconds; empty if there were none.
    pub latency_p50_s: Option<f64>,
    /// 95th percentile.
    pub latency_p95_s: Option<f64>,
    /// 99th percentile.
    pub latency_p99_s: Option<f64>,
}

/// `cluster.csv`, one row a sample: the fleet in the interval that ends at `time_s`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClusterSample {
    /// End of the sampled interval, seconds since the start.
    pub time_s: f64,
    /// Nodes there are, whatever their state, time-weighted mean.
    pub nodes_mean: f64,
    /// Most nodes at a time.
    pub nodes_max: u32,
    /// Nodes that take pods, time-weighted mean.
    pub nodes_ready_mean: f64,
    /// Most nodes that took pods at a time.
    pub nodes_ready_max: u32,
    /// Nodes that were launched and are not ready yet, time-weighted mean.
    pub nodes_booting_mean: f64,
    /// Most nodes that booted at a time.
    pub nodes_booting_max: u32,
    /// Nodes that are emptied before removal, time-weighted mean.
    pub nodes_draining_mean: f64,
    /// Most nodes that were emptied at a time.
    pub nodes_draining_max: u32,
    /// Pods without a node, time-weighted mean.
    pub pods_pending_mean: f64,
    /// Most pods without a node at a time; a pod that got its node at once never waited.
    pub pods_pending_max: u32,
    /// Pods bound to a node, time-weighted mean.
    pub pods_bound_mean: f64,
    /// Most pods bound at a time.
    pub pods_bound_max: u32,
    /// CPU reserved by bound pods over the interval, share of allocatable, 0 to 1.
    pub cpu_reserved_mean: f64,
    /// Memory reserved by bound pods over the interval, share of allocatable, 0 to 1.
    pub memory_reserved_mean: f64,
    /// GPU reserved by bound pods over the interval, share of all devices, 0 to 1; empty without GPUs.
    pub gpu_reserved_mean: Option<f64>,
    /// Idle GPU at `time_s` that is of no use to a pod like those that run, expected share of all devices, 0 to 1 (the
    /// measure of "Beware of Fragmentation", USENIX ATC 2023); empty without GPUs.
    pub gpu_fragmented: Option<f64>,
    /// What the fleet cost in the interval, US dollars an hour, by the price of the nodes there were.
    pub cost_usd_per_hour_mean: f64,
    /// What the fleet has cost since the start, US dollars, least charges included.
    pub cost_usd: f64,
}

/// `decisions.csv`, one row a decision, in the order of `time_s`; consecutive holds for one reason are one row with a
/// count, and a run of holds with thousands of other rows after its start goes on as a further row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DecisionRow {
    /// When it was (first) taken, seconds since the start.
    pub time_s: f64,
    /// When the last of a run of equal holds was taken, seconds since the start.
    pub last_time_s: f64,
    /// How many equal decisions in a row this stands for.
    pub count: u64,
    /// The question: `pod_scaling`, `node_scaling`, `placement`, `admission`; `rollout` for what a Deployment, a StatefulSet
    /// or a DaemonSet does with pods of several versions or in order, `restart` and `eviction` for what a kubelet does.
    pub question: &'static str,
    /// The policy's name in the catalog; of an admission, the plugin of the API server.
    pub policy: String,
    /// Whom it is about: a workload, a pool, a pod.
    pub subject: String,
    /// What was asked: `scale`, `hold`, `launch`, `remove`, `bind`, `wait`.
    pub action: &'static str,
    /// The value before (replicas, nodes); empty where there is none.
    pub from: Option<i64>,
    /// The value asked for; empty where there is none.
    pub to: Option<i64>,
    /// What was done about it: `done` or `refused: why`.
    pub result: String,
    /// Why, as a short stable code.
    pub reason_code: &'static str,
    /// Why, as a sentence.
    pub reason: String,
}

/// `pods.csv`, one row a pod, written when it has ended or the run has.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PodRow {
    /// The pod's name: its workload's, and how many of that there were before; of a StatefulSet its number, which one that
    /// takes its place has again.
    pub pod: String,
    /// Its workload.
    pub workload: String,
    /// The node it was bound to; empty if it never was.
    pub node: String,
    /// When it was created, seconds since the start.
    pub created_s: f64,
    /// When a node was found.
    pub bound_s: Option<f64>,
    /// When its images were there.
    pub pulled_s: Option<f64>,
    /// When it took its first request.
    pub ready_s: Option<f64>,
    /// When it was asked to stop.
    pub terminating_s: Option<f64>,
    /// When it was gone; empty if it outlived the run.
    pub ended_s: Option<f64>,
    /// How it ended: `running`, `stopped`, `killed`, `cancelled`, `completed` (of a job, its work done),
    /// `failed` (of a Job, its containers have failed), `lost` (with its machine), `evicted` (for lack of memory), `pending`.
    pub end: &'static str,
    /// Requests it served.
    pub served: u64,
    /// Requests lost with it.
    pub lost: u64,
    /// Share of its slots in use while ready, 0 to 1; empty if it never was ready.
    pub utilization: Option<f64>,
    /// CPU it reserved at its end, cores.
    pub cpu_request_cores: f64,
    /// Memory it reserved at its end, bytes.
    pub memory_request_bytes: u64,
    /// How often its containers were started again where they were, for whatever reason.
    pub restarts: u32,
    /// Those of them after a container was killed for its use of memory.
    pub restarts_oom: u32,
    /// Those of them after a startup or liveness probe had failed.
    pub restarts_probe: u32,
    /// Time for which CPU quotas stopped its containers, or slowed them as much, seconds since measuring started; empty
    /// where nothing could slow it.
    pub cpu_throttled_s: Option<f64>,
    /// Time by which others on its node slowed it while it had work, seconds since measuring started; empty where nothing
    /// could slow it.
    pub cpu_waited_s: Option<f64>,
    /// The most memory its containers were seen to have at once, bytes: at scrapes and whenever a container ended. Empty if
    /// none says how much it uses.
    pub memory_peak_bytes: Option<u64>,
    /// The most of that which was in swap, bytes, as looks each second saw it.
    pub swap_peak_bytes: u64,
    /// How long some of it was in swap, seconds.
    pub swapped_s: f64,
}

/// `nodes.csv`, one row a node, written when it is gone or the run has ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NodeRow {
    /// The node's name, `pool-ordinal`.
    pub node: String,
    /// Its pool.
    pub pool: String,
    /// Its zone; empty without zones.
    pub zone: String,
    /// Its shape.
    pub shape: String,
    /// When it was launched, seconds since the start.
    pub launched_s: f64,
    /// When it took pods.
    pub ready_s: Option<f64>,
    /// When it was gone; empty if it outlived the run.
    pub removed_s: Option<f64>,
    /// What it has cost, US dollars.
    pub cost_usd: f64,
    /// Pods it ran in its life.
    pub pods: u64,
    /// CPU reserved on it over its ready life, share of allocatable, 0 to 1.
    pub cpu_reserved: Option<f64>,
}

/// How the nodes compared when a pod got its node: told only of the workload that somebody wants explained.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlacementRow {
    /// When, seconds since the start.
    pub time_s: f64,
    /// The pod's name.
    pub pod: String,
    /// The node that it got.
    pub node: String,
    /// What was scored, and how much each score counts.
    pub criteria: Vec<(&'static str, i64)>,
    /// The best nodes that took it, at most [`COMPARED_MAX`], the highest total first.
    pub nodes: Vec<ComparedNodeRow>,
    /// Nodes that took it.
    pub feasible: usize,
    /// Nodes that did not.
    pub refused: usize,
    /// Why they did not, counted by reason.
    pub refusals: String,
    /// Nodes that were not looked at.
    pub skipped: usize,
}

/// So many nodes are told of one placement.
pub const COMPARED_MAX: usize = 10;

/// A node that took a pod.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ComparedNodeRow {
    /// Its name.
    pub node: String,
    /// A score for each criterion, before its weight.
    pub scores: Vec<i64>,
    /// The weighted sum.
    pub total: i64,
}

/// `requests.parquet`, one row a request that was answered or failed for good, in the order of its end within a
/// workload; requests unfinished at the end of the run have none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RequestRow<'a> {
    /// Its workload.
    pub workload: &'a str,
    /// Its class.
    pub class: &'a str,
    /// Its number in the workload, from 0, in order of first arrival.
    pub request: u64,
    /// Attempts made, the first included.
    pub attempts: u32,
    /// When it first arrived, seconds since the start.
    pub arrived_s: f64,
    /// When it was answered or failed for good, seconds since the start.
    pub ended_s: f64,
    /// From first arrival to end, seconds.
    pub latency_s: f64,
    /// Time its last attempt spent in queues, seconds.
    pub waited_s: f64,
    /// Service it asked for at full speed, seconds.
    pub demand_s: f64,
    /// `served`, `refused`, `timed_out`, `abandoned` or `lost`.
    pub end: &'static str,
}

/// `faults.csv`, one row a fault that happened and workload that it affected; one without a workload where it affected
/// none.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FaultRow {
    /// What the scenario calls the fault.
    pub fault: String,
    /// What kind it is of: `node_crash`, `zone_outage` and so on.
    pub kind: &'static str,
    /// What it hit: a node, a zone, a workload, a service.
    pub target: String,
    /// When it began, seconds since the start.
    pub began_s: f64,
    /// When the platform knew; empty where there is nothing to find out, or nobody has.
    pub detected_s: Option<f64>,
    /// When as many replicas answered as before, or as were wanted then; empty if that was not to be.
    pub recovered_s: Option<f64>,
    /// Machines it hit.
    pub nodes: u32,
    /// The workload it affected.
    pub workload: String,
    /// Replicas of it that answered before.
    pub replicas_before: u32,
    /// Share of those that answered from the beginning to the recovery, 0 to 1, over time.
    pub availability: Option<f64>,
    /// Pods lost: those that went without being asked to stop.
    pub pods_lost: u64,
    /// Requests lost with what the replicas were doing.
    pub requests_lost: u64,
    /// Requests that failed for good from the beginning to the recovery, for whatever reason.
    pub requests_failed: u64,
    /// Requests that succeeded meanwhile.
    pub requests_succeeded: u64,
    /// Work of pods of Jobs that was lost with what they were doing, seconds.
    pub work_lost_s: f64,
}

/// `jobs.csv`, one row a Job of a batch workload, written when it has ended or the run has.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JobRow {
    /// The Job's name.
    pub job: String,
    /// Its workload.
    pub workload: String,
    /// The time it is for, seconds since the start: when it was to start, or when its CronJob's schedule says.
    pub due_s: f64,
    /// When it was created.
    pub created_s: f64,
    /// When its first pod began to work; empty if none has.
    pub running_s: Option<f64>,
    /// When it had ended; empty if it outlived the run.
    pub ended_s: Option<f64>,
    /// `complete`, `failed`, `replaced` (by its CronJob's next), `running`, `waiting` (no pod of it has worked yet),
    /// `suspended`.
    pub result: &'static str,
    /// Why it failed, in Kubernetes' words; else empty.
    pub reason: &'static str,
    /// Pods created for it.
    pub pods: u64,
    /// Pods, or indexes, that have succeeded.
    pub succeeded: u32,
    /// Pods that have failed, as far as they count.
    pub failed: u32,
    /// Time its pods have worked, all together, seconds.
    pub work_s: f64,
    /// Of that, work that was lost with its pod, seconds.
    pub work_lost_s: f64,
}

/// `gpus.csv`, one row a part of a node's GPUs, written when the node is gone or the run has ended; only of GPUs of which
/// more is known than their number. All of the measured time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GpuRow {
    /// The node.
    pub node: String,
    /// Its pool.
    pub pool: String,
    /// The number of the GPU on its node, from 0.
    pub gpu: u32,
    /// The part: the GPU's number, and for an instance its profile and the slice of memory it begins at (`0/1g.5gb@3`).
    pub part: String,
    /// What the GPU is; empty if nobody said.
    pub model: String,
    /// The resource it is offered as.
    pub resource: String,
    /// How it is shared, with the profile of an instance: `alone`, `time slicing, 4 at once`, `1g.5gb alone`.
    pub sharing: String,
    /// Units that it is offered as.
    pub units: u32,
    /// Its memory, bytes; empty if nobody said.
    pub memory_bytes: Option<u64>,
    /// From when on it was there and measured, seconds since the start.
    pub since_s: f64,
    /// Until when it was there.
    pub until_s: f64,
    /// Units of it that pods had, time-weighted mean as share of all, 0 to 1.
    pub held: f64,
    /// Time in which a pod that had it had work, share, 0 to 1.
    pub at_work: f64,
    /// Work done, share of what the whole GPU can do, 0 to 1.
    pub used: f64,
    /// Memory held, time-weighted mean, bytes.
    pub memory_mean_bytes: f64,
    /// Most memory held, bytes.
    pub memory_max_bytes: u64,
    /// Containers that failed because they needed more of its memory than there was for them.
    pub out_of_memory: u64,
}

/// Takes rows as they happen. A sink must not influence the run.
pub trait Sink {
    /// A sample of one workload.
    fn workload_sample(&mut self, _row: WorkloadSample) {}
    /// A sample of the cluster.
    fn cluster_sample(&mut self, _row: ClusterSample) {}
    /// A decision, or a run of equal holds, in the order of their first time: what was decided after the start of a run
    /// of holds is told when the run is over.
    fn decision(&mut self, _row: DecisionRow) {}
    /// A pod's life.
    fn pod(&mut self, _row: PodRow) {}
    /// A node's life.
    fn node(&mut self, _row: NodeRow) {}
    /// How the nodes compared for a pod of the workload to be explained.
    fn placement(&mut self, _row: PlacementRow) {}
    /// A fault that has come to its end, and one workload that it affected.
    fn fault(&mut self, _row: FaultRow) {}
    /// A Job of a batch workload.
    fn job(&mut self, _row: JobRow) {}
    /// A part of a node's GPUs.
    fn gpu(&mut self, _row: GpuRow) {}
    /// Whether it wants every request as a row; asked when a run goes on. Runs are slower then.
    fn wants_requests(&self) -> bool {
        false
    }
    /// A request that has ended, if it wants them.
    fn request(&mut self, _row: RequestRow<'_>) {}
}

/// Nobody, or somebody.
impl<S: Sink> Sink for Option<S> {
    fn workload_sample(&mut self, row: WorkloadSample) {
        if let Some(sink) = self {
            sink.workload_sample(row);
        }
    }

    fn cluster_sample(&mut self, row: ClusterSample) {
        if let Some(sink) = self {
            sink.cluster_sample(row);
        }
    }

    fn decision(&mut self, row: DecisionRow) {
        if let Some(sink) = self {
            sink.decision(row);
        }
    }

    fn pod(&mut self, row: PodRow) {
        if let Some(sink) = self {
            sink.pod(row);
        }
    }

    fn node(&mut self, row: NodeRow) {
        if let Some(sink) = self {
            sink.node(row);
        }
    }

    fn fault(&mut self, row: FaultRow) {
        if let Some(sink) = self {
            sink.fault(row);
        }
    }

    fn job(&mut self, row: JobRow) {
        if let Some(sink) = self {
            sink.job(row);
        }
    }

    fn gpu(&mut self, row: GpuRow) {
        if let Some(sink) = self {
            sink.gpu(row);
        }
    }

    fn placement(&mut self, row: PlacementRow) {
        if let Some(sink) = self {
            sink.placement(row);
        }
    }

    fn wants_requests(&self) -> bool {
        self.as_ref().is_some_and(Sink::wants_requests)
    }

    fn request(&mut self, row: RequestRow<'_>) {
        if let Some(sink) = self {
            sink.request(row);
        }
    }
}

/// Drops every row: for runs of which only the outcome matters.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSink;

impl Sink for NoSink {}
