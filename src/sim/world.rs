//! Everything that changes during a run, and the small moves every handler makes.

use super::apply::{Drain, Upgrade};
use super::attachments::Attachments;
use super::by_hand::ByHand;
use super::decision_log::DecisionLog;
use super::event::Control;
use super::failed_pulls::FailedPulls;
use super::faults::Faults;
use super::fleet::Fleet;
use super::gates::Gates;
use super::gpu_fragments::GpuFragments;
use super::gpus::Gpus;
use super::levels::FleetLevels;
use super::pacing::Pacing;
use super::probing::Probing;
use super::quota_use::QuotaUse;
use super::registry::Registry;
use super::reserved::Reserved;
use super::restarts::Restarts;
use super::rows::{
    ClusterSample, DecisionRow, FaultRow, GpuRow, JobRow, NodeRow, PlacementRow, PodRow, WorkloadSample,
};
use super::scenario::Scenario;
use super::swap_book::SwapBook;
use super::tasks::Tasks;
use super::turns::Turns;
use super::workloads::Workloads;
use crate::engine::digest::Fact;
use crate::engine::{Digest, EventQueue, Stream, StreamKey, Time};
use crate::model::cluster::{Cluster, NodeId, PodId};
use crate::policy::node_scaling::{NodeEvent, NodeScaler};
use crate::policy::placement::{Placer, PodQueue};
use crate::stats::{Gauge, Histogram, Sampler};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A row on its way to the sink.
#[derive(Clone, Debug)]
pub(super) enum Row {
    Workload(WorkloadSample),
    Cluster(ClusterSample),
    Decision(DecisionRow),
    Pod(PodRow),
    Node(NodeRow),
    Placement(PlacementRow),
    Fault(FaultRow),
    Job(JobRow),
    Gpu(GpuRow),
}

/// The state of a run.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) scenario: Arc<Scenario>,
    pub(super) key: StreamKey,
    pub(super) now: Time,
    pub(super) queue: EventQueue<Control>,
    pub(super) cluster: Cluster,
    pub(super) fleet: Fleet,
    pub(super) faults: Faults,
    pub(super) restarts: Restarts,
    /// Of a Swarm's services.
    pub(super) tasks: Tasks,
    pub(super) failed_pulls: FailedPulls,
    /// Who waits for whom while everything is brought up.
    pub(super) gates: Gates,
    pub(super) probing: Probing,
    /// Nodes whose pods may use more memory than they have for them.
    pub(super) short_of_memory: BTreeSet<NodeId>,
    /// When the memory of pods is looked at next, where it changes with their age.
    pub(super) memory_looks: BTreeMap<PodId, Time>,
    /// What pods have in swap.
    pub(super) swap_book: SwapBook,
    /// What a person has done, and will see to.
    pub(super) by_hand: ByHand,
    /// Pods whose work is slowed.
    pub(super) pacing: Pacing,
    /// Pods that have come to their end.
    pub(super) pods_ended: u64,
    /// Evictions that left fewer pods than a disruption budget asks for, as sentences.
    pub(super) broken_budgets: Vec<String>,
    /// Pools whose nodes are being replaced.
    pub(super) upgrades: Vec<Upgrade>,
    pub(super) workloads: Workloads,
    pub(super) placer: Box<dyn Placer>,
    /// The pods that wait, where the placer keeps a queue of them and the run has begun.
    pub(super) pod_queue: Option<Box<dyn PodQueue>>,
    pub(super) placement_stream: Stream,
    pub(super) node_scaler: Box<dyn NodeScaler>,
    pub(super) node_stream: Stream,
    /// What the node scaler has not been told of yet.
    pub(super) node_events: Vec<NodeEvent>,
    /// Nodes that are being drained.
    pub(super) drains: BTreeMap<NodeId, Drain>,
    /// Which volumes are on which nodes.
    pub(super) attachments: Attachments,
    /// How long volumes take to be attached and to be detached, by storage class.
    pub(super) volume_times: Vec<(Sampler, Sampler)>,
    /// Which pod waits for a pull, by the pull's token.
    pub(super) pulls: BTreeMap<u64, PodId>,
    pub(super) pulls_ever: u64,
    pub(super) registry: Registry,
    /// When the next search for nodes is planned.
    pub(super) place_planned: Time,
    /// When the last one was: pods that wait and were there then are known to find no room.
    pub(super) placed_at: Option<Time>,
    pub(super) node_scaler_turns: Turns,
    pub(super) log: DecisionLog,
    pub(super) digest: Digest,
    pub(super) measured_from: Time,
    pub(super) pod_pending: Histogram,
    pub(super) quota_use: QuotaUse,
    pub(super) reserved: Reserved<Gauge>,
    pub(super) gpu_fragments: GpuFragments,
    pub(super) gpus: Gpus,
    pub(super) levels: FleetLevels,
    /// Rows nobody has taken yet: those of the start, then only what is told while `tell` is on.
    pub(super) rows: Vec<Row>,
    /// Whether anybody listens to rows.
    pub(super) tell: bool,
    /// The workload whose placements somebody wants explained.
    pub(super) explained: Option<usize>,
}

impl World {
    /// Plans `event`.
    pub(super) fn plan(&mut self, at: Time, event: Control) {
        self.queue.push(at, event);
    }

    /// Plans a search for nodes for the pods that wait, unless one is planned for now.
    pub(super) fn plan_placement(&mut self) {
        let at = self.now + self.api_delay();
        if self.place_planned > at {
            self.place_planned = at;
            self.plan(at, Control::Place);
        }
    }

    /// Plans another attempt to create a workload's pods.
    pub(super) fn plan_creation(&mut self, at: Time, workload: usize) {
        self.plan(at, Control::Create(workload as u32));
    }

    /// Plans a look of the node scaler at `at`, unless it looks earlier anyway.
    pub(super) fn plan_node_scaler(&mut self, at: Time) {
        if let Some(at) = self.node_scaler_turns.by(at) {
            self.plan(at, Control::NodeScaler);
        }
    }

    /// Takes the fleet as it is into the interval under way.
    pub(super) fn note_levels(&mut self) {
        self.levels
            .note(self.now, &self.cluster, &self.reserved.now(), &self.fleet.pools);
    }

    /// A pod's or node's state has changed: a fact.
    pub(super) fn changed(&mut self, subject: u64, detail: u64) {
        self.digest.add(Fact::Changed, self.now, subject, detail);
    }

    /// Sends a row on its way, if anybody listens.
    pub(super) fn tell(&mut self, row: impl FnOnce(&Self) -> Row) {
        if self.tell {
            let row = row(self);
            self.rows.push(row);
        }
    }
}
