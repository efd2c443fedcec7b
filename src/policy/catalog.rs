//! The one list of policies: name, summary, parameter schema, constructor. It feeds the parser, the schema, the help,
//! the documentation and the tests; a policy that is not in it does not exist for users.
//!
//! A crate of your own adds to it: `Catalog::standard().with_pod_scaler::<Mine>("mine", "what it does")`.

use super::node_scaling::cluster_autoscaler::ClusterAutoscaler;
use super::node_scaling::{JustEnough, Karpenter, NodeScaler, StaticNodes};
use super::parameters::Parameters;
use super::placement::fgd_paper::{
    PaperBestFit, PaperDotProduct, PaperFgd, PaperGpuClustering, PaperGpuPacking, PaperRandom,
};
use super::placement::fleet::FleetPolicy;
use super::placement::packing::{self, Packer};
use super::placement::{
    self, BestFit, DotProduct, Fgd, FirstFit, GpuClustering, GpuPacking, KubeScheduler, L2NormGreedy,
    NextFit, Placer, PowerOfD, SwarmSpread, Tetris, VolcanoBinpack, WorstFit,
};
use super::pod_scaling::keda::{Keda, KedaJob};
use super::pod_scaling::kpa::Kpa;
use super::pod_scaling::pod_sizer::PodSizer;
use super::pod_scaling::vpa::Vpa;
use super::pod_scaling::{
    Hpa, OnDemand, PodScaler, Scheduled, StaticReplicas, StepScaling, TargetTracking, Threshold,
};
use super::routing::{
    self, BoundedLoad, JoinIdleQueue, JoinShortestQueue, KubeProxy, LeastRequest, LeastWorkLeft, Maglev,
    PeakEwma, PowerOfTwo, RingHash, RoundRobin, Routing, WeightedLeastConnections, WeightedLeastRequest,
    WeightedRoundRobin,
};
use schemars::{Schema, SchemaGenerator};
use serde_json::Value;

/// One policy for a question whose answers have type `T`.
#[derive(Clone, Copy, Debug)]
pub struct Entry<T> {
    /// What users call it.
    pub name: &'static str,
    /// What it does, in one line.
    pub summary: &'static str,
    /// The schema of its parameters.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
    /// Makes one from its parameters; every problem otherwise.
    pub build: fn(Value) -> Result<T, Vec<String>>,
}

/// Every policy there is, by question.
#[derive(Clone, Debug)]
pub struct Catalog {
    /// Which node takes this pod?
    pub placement: Vec<Entry<Box<dyn Placer>>>,
    /// Which machine of a fleet takes this pod, when a list of pods is packed?
    pub fleet_packing: Vec<Entry<Box<dyn FleetPolicy>>>,
    /// Which pod serves this request?
    pub routing: Vec<Entry<Routing>>,
    /// How many replicas?
    pub pod_scaling: Vec<Entry<Box<dyn PodScaler>>>,
    /// How big?
    pub pod_sizing: Vec<Entry<Box<dyn PodSizer>>>,
    /// Which machines?
    pub node_scaling: Vec<Entry<Box<dyn NodeScaler>>>,
    /// Which bin takes each of these items?
    pub packing: Vec<Entry<Box<dyn Packer>>>,
}

impl Catalog {
    /// The policies Tonnage ships.
    #[must_use]
    pub fn standard() -> Self {
        let none = Self {
            placement: vec![],
            fleet_packing: vec![],
            routing: vec![],
            pod_scaling: vec![],
            pod_sizing: vec![],
            node_scaling: vec![],
            packing: vec![],
        };
        none.with_placer::<BestFit>(
            "best_fit",
            "the fullest node with room: packs tightly, frees other nodes",
        )
        .with_placer::<FirstFit>("first_fit", "the first node with room, in order of launch")
        .with_placer::<NextFit>("next_fit", "the next node with room after the one used last")
        .with_placer::<WorstFit>("worst_fit", "the emptiest node: spreads load")
        .with_placer::<KubeScheduler>(
            "kube_scheduler",
            "Kubernetes' own scheduler with its default profile",
        )
        .with_placer::<placement::Random>("random", "any node with room, equally likely")
        .with_placer::<placement::RoundRobin>("round_robin", "every node with room in turn")
        .with_placer::<PowerOfD>(
            "power_of_d",
            "the emptiest of a few nodes with room that are drawn at random",
        )
        .with_placer::<DotProduct>(
            "dot_product",
            "the node whose free room goes best with what the pod asks for (Panigrahy et al. 2011)",
        )
        .with_placer::<Tetris>("tetris", "the same in shares of each node (Grandl et al. 2014)")
        .with_placer::<L2NormGreedy>(
            "l2_norm_greedy",
            "the node with the shortest vector of what is left (Panigrahy et al. 2011)",
        )
        .with_placer::<SwarmSpread>(
            "swarm_spread",
            "the fewest tasks of the same service, then of all (Docker Swarm)",
        )
        .with_placer::<VolcanoBinpack>(
            "volcano_binpack",
            "the fullest node of what the pod asks for (Volcano's binpack)",
        )
        .with_placer::<GpuClustering>(
            "gpu_clustering",
            "pods that ask for the same kind of GPU together",
        )
        .with_placer::<GpuPacking>(
            "gpu_packing",
            "begun GPUs before idle ones, begun nodes before idle ones",
        )
        .with_placer::<Fgd>(
            "fgd",
            "the least idle GPU becomes useless to the pods that usually come (Weng et al. 2023)",
        )
        .with_fleet_policy::<PaperRandom>("01-Random", "any machine with room, equally likely")
        .with_fleet_policy::<PaperDotProduct>(
            "02-DotProd",
            "the smallest inner product of what is free and what is asked for",
        )
        .with_fleet_policy::<PaperGpuClustering>(
            "03-GpuClustering",
            "tasks that ask for the same number of GPUs together (Gandiva)",
        )
        .with_fleet_policy::<PaperGpuPacking>(
            "04-GpuPacking",
            "begun devices, then begun machines, then small ones (MLaaS in the Wild)",
        )
        .with_fleet_policy::<PaperBestFit>("05-BestFit", "the least CPU and GPU left")
        .with_fleet_policy::<PaperFgd>(
            "06-FGD",
            "the least growth of GPU that is useless to the pods that usually come",
        )
        .with_routers()
        .with_pod_scaler::<StaticReplicas>("static", "always the same number of replicas")
        .with_pod_scaler::<TargetTracking>(
            "target_tracking",
            "as many replicas as bring a metric to its target (AWS)",
        )
        .with_pod_scaler::<StepScaling>("step_scaling", "larger steps further from the alarm (AWS)")
        .with_pod_scaler::<Threshold>(
            "threshold",
            "a fixed step when a level has been crossed for some samples",
        )
        .with_pod_scaler::<Scheduled>("scheduled", "replicas by the clock (cron)")
        .with_pod_scaler::<OnDemand>(
            "on_demand",
            "one replica set up per waiting request, stopped when idle",
        )
        .with_pod_scaler::<Kpa>(
            "kpa",
            "requests in flight over a long and a short window, down to zero (Knative)",
        )
        .with_pod_scaler::<Hpa>("hpa", "Kubernetes' HorizontalPodAutoscaler (autoscaling/v2)")
        .with_pod_scaler::<Keda>(
            "keda",
            "KEDA's ScaledObject: down to zero on triggers, between by the HPA it makes",
        )
        .with_pod_scaler::<KedaJob>(
            "keda_job",
            "KEDA's ScaledJob: at each poll so many jobs more, which end by themselves",
        )
        .with_pod_sizer::<Vpa>(
            "vpa",
            "requests that follow what containers use (Kubernetes' VerticalPodAutoscaler)",
        )
        .with_node_scaler::<StaticNodes>("static", "the fleet stays as it is")
        .with_node_scaler::<JustEnough>(
            "just_enough",
            "launches what waiting pods need, removes nodes empty for a while",
        )
        .with_node_scaler::<ClusterAutoscaler>(
            "cluster_autoscaler",
            "Kubernetes' Cluster Autoscaler, set by its own flags",
        )
        .with_node_scaler::<Karpenter>(
            "karpenter",
            "the cheapest instance types that take the waiting pods, and consolidation (Karpenter v1.13)",
        )
        .with_packers()
    }

    fn with_routers(self) -> Self {
        self.with_router::<LeastRequest>("least_request", "fewest requests in flight, in turn among equals")
        .with_router::<PowerOfTwo>("power_of_two", "the less loaded of two drawn at random")
        .with_router::<JoinShortestQueue>(
            "join_shortest_queue",
            "fewest requests in flight, at random among equals",
        )
        .with_router::<RoundRobin>("round_robin", "each replica in turn")
        .with_router::<routing::Random>("random", "any replica, equally likely")
        .with_router::<KubeProxy>(
            "kube_proxy",
            "a replica for each connection, which carries many requests (kube-proxy, Swarm's routing mesh)",
        )
        .with_router::<RingHash>("ring_hash", "by the request's key, on a hash ring (Envoy)")
        .with_router::<Maglev>("maglev", "by the request's key, in a table (Eisenbud et al. 2016)")
        .with_router::<BoundedLoad>(
            "bounded_load",
            "by the request's key, on a hash ring, past replicas that are too busy (Mirrokni et al. 2018)",
        )
        .with_router::<PeakEwma>(
            "peak_ewma",
            "the cheaper of two drawn at random, by response times and requests in flight (Finagle, Linkerd)",
        )
        .with_router::<WeightedRoundRobin>(
            "weighted_round_robin",
            "each replica in turn, as often as its weight says (NGINX)",
        )
        .with_router::<WeightedLeastConnections>(
            "weighted_least_connections",
            "fewest requests in flight for the weight (NGINX)",
        )
        .with_router::<WeightedLeastRequest>(
            "weighted_least_request",
            "earliest deadline by weight and requests in flight (Envoy)",
        )
        .with_router::<JoinIdleQueue>(
            "join_idle_queue",
            "a replica that said it has nothing to do, or any (Lu et al. 2011)",
        )
        .with_router::<LeastWorkLeft>(
            "least_work_left",
            "the least service owed: knows how long requests take, which nobody does",
        )
    }

    fn with_packers(self) -> Self {
        self.with_packer::<packing::FirstFit>("first_fit", "the oldest bin with room")
            .with_packer::<packing::NextFit>("next_fit", "the bin used last, or the next")
            .with_packer::<packing::BestFit>("best_fit", "the fullest bin with room")
            .with_packer::<packing::WorstFit>("worst_fit", "the emptiest bin with room")
            .with_packer::<packing::FirstFitDecreasing>(
                "first_fit_decreasing",
                "the largest item first, each into the oldest bin with room",
            )
            .with_packer::<packing::BestFitDecreasing>(
                "best_fit_decreasing",
                "the largest item first, each into the fullest bin with room",
            )
            .with_packer::<packing::DotProduct>(
                "dot_product",
                "bin by bin the item whose sizes point where there is room",
            )
            .with_packer::<packing::L2NormGreedy>(
                "l2_norm_greedy",
                "bin by bin the item that leaves least, as a square",
            )
            .with_packer::<packing::Random>("random", "any open bin with room, equally likely")
    }

    /// Adds a packing heuristic.
    #[must_use]
    pub fn with_packer<P: Packer + Parameters + 'static>(
        mut self,
        name: &'static str,
        summary: &'static str,
    ) -> Self {
        self.packing.push(Entry::new::<P>(name, summary));
        self
    }

    /// Adds a placement policy.
    #[must_use]
    pub fn with_placer<P: Placer + Parameters + 'static>(
        mut self,
        name: &'static str,
        summary: &'static str,
    ) -> Self {
        self.placement.push(Entry::new::<P>(name, summary));
        self
    }

    /// Adds a policy for pods that come to a fleet.
    #[must_use]
    pub fn with_fleet_policy<P: FleetPolicy + Parameters + 'static>(
        mut self,
        name: &'static str,
        summary: &'static str,
    ) -> Self {
        self.fleet_packing.push(Entry::new::<P>(name, summary));
        self
    }

    /// Adds a routing policy: one of Tonnage's own, or any [`Router`](super::routing::Router).
    #[must_use]
    pub fn with_router<P: Into<Routing> + Parameters + 'static>(
        mut self,
        name: &'static str,
        summary: &'static str,
    ) -> Self {
        self.routing.push(Entry::new::<P>(name, summary));
        self
    }

    /// Adds a pod-scaling policy.
    #[must_use]
    pub fn with_pod_scaler<P: PodScaler + Parameters + 'static>(
        mut self,
        name: &'static str,
        summary: &'static str,
    ) -> Self {
        self.pod_scaling.push(Entry::new::<P>(name, summary));
        self
    }

    /// Adds a pod-sizing policy.
    #[must_use]
    pub fn with_pod_sizer<P: PodSizer + Parameters + 'static>(
        mut self,
        name: &'static str,
        summary: &'static str,
    ) -> Self {
        self.pod_sizing.push(Entry::new::<P>(name, summary));
        self
    }

    /// Adds a node-scaling policy.
    #[must_use]
    pub fn with_node_scaler<P: NodeScaler + Parameters + 'static>(
        mut self,
        name: &'static str,
        summary: &'static str,
    ) -> Self {
        self.node_scaling.push(Entry::new::<P>(name, summary));
        self
    }
}

impl<T> Entry<T> {
    /// The policy `P`, an answer to the question that `T` answers.
    #[must_use]
    pub fn new<P: Parameters + Into<T>>(name: &'static str, summary: &'static str) -> Self {
        Self {
            name,
            summary,
            schema: |generator| generator.subschema_for::<P>(),
            build: |value| read::<P>(value).map(Into::into),
        }
    }
}

fn read<P: Parameters>(value: Value) -> Result<P, Vec<String>> {
    let value = if value.is_null() {
        Value::Object(serde_json::Map::new())
    } else {
        value
    };
    P::read(value)
}
