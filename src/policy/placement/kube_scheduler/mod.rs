//! kube-scheduler: the default profile of Kubernetes' own scheduler, decision for decision.
//!
//! Knows: the plugins, their order and weights, and how kube-scheduler walks nodes and queues pods. Must not know: how
//! a pod is bound, or how victims leave. Each plugin has its file, named by what it filters and scores; the Go file it
//! follows is named there, below `pkg/scheduler/` of kubernetes/kubernetes. Amounts are integers and divisions truncate
//! as there.
//!
//! A filter sees the node handed in and what was worked out once for the pod, never another node.

mod amounts;
mod balanced_allocation;
mod class_matcher;
mod comparing;
pub mod configuration;
mod cycle;
mod filters;
mod go_log;
mod gpu_sharing;
mod image_locality;
mod inter_pod_filter;
mod inter_pod_score;
mod mirror;
mod node_affinity;
mod node_name;
mod node_ports;
mod node_resources_fit;
mod node_unschedulable;
mod node_volume_limits;
mod normalise;
pub mod preemption;
mod queue;
mod refused;
mod roster;
mod scores;
mod spread_constraints;
mod spread_filter;
mod spread_score;
mod standing;
mod status;
mod taint_toleration;
#[cfg(test)]
mod tests;
mod topology_counts;
mod volume_binding;
mod volume_restrictions;

pub use filters::Filters;
pub use scores::Scores;
pub use standing::Standing;
pub use status::{Code, Diagnosis, Plugin, Status, Why};

use super::{Comparison, Incoming, NoPreemption, Placement, Placer, PodQueue, Preemption, Refusal};
use crate::engine::Stream;
use crate::model::cluster::ClusterView;
use crate::model::gpu::Taken;
use crate::policy::parameters::Parameters;
use crate::policy::reason::ReasonKind;
use configuration::{
    BalancedArgs, FeatureGates, FitArgs, InterPodArgs, PreemptionArgs, SpreadArgs, Strategy, Version, Weights,
};
use cycle::Cycle;
use mirror::Mirror;
use preemption::Candidate;
use queue::SchedulingQueue;
use rand::RngExt;
use refused::RefusedLately;
use roster::Roster;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

static HIGHEST: ReasonKind = ReasonKind {
    code: "highest_score",
    sentence: "the highest weighted score of the nodes that take it",
};
static ONLY: ReasonKind = ReasonKind {
    code: "only_feasible",
    sentence: "the only node found that takes it",
};
static PROMISED: ReasonKind = ReasonKind {
    code: "nominated",
    sentence: "the node it was promised room on when it pushed others out",
};

/// Nodes below which all are looked at, and fewest to find above (`schedule_one.go`).
const FEASIBLE_MIN: usize = 100;

/// Kubernetes' scheduler with its default profile.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct KubeScheduler {
    /// Which Kubernetes to decide as.
    pub version: Version,
    /// How many nodes to find before scoring, percent; 0: as Kubernetes, fewer the larger the cluster, 5 at least.
    #[schemars(range(min = 0, max = 100))]
    pub percentage_of_nodes_to_score: u32,
    /// How long a pod backs off after its first attempt, in whole seconds; twice as long after each further one.
    #[schemars(range(min = 1, max = 86_400))]
    pub pod_initial_backoff_seconds: u64,
    /// How long a pod backs off at most, in whole seconds.
    #[schemars(range(min = 1, max = 86_400))]
    pub pod_max_backoff_seconds: u64,
    /// What can be switched off.
    pub feature_gates: FeatureGates,
    /// How much each plugin's score counts.
    pub weights: Weights,
    /// What a pod asks for must be free.
    #[serde(rename = "NodeResourcesFit")]
    pub node_resources_fit: FitArgs,
    /// Resources should be used evenly.
    #[serde(rename = "NodeResourcesBalancedAllocation")]
    pub balanced_allocation: BalancedArgs,
    /// Pods near, or not near, other pods.
    #[serde(rename = "InterPodAffinity")]
    pub inter_pod_affinity: InterPodArgs,
    /// Pods evenly over domains.
    #[serde(rename = "PodTopologySpread")]
    pub pod_topology_spread: SpreadArgs,
    /// Pods of lower priority make room.
    #[serde(rename = "DefaultPreemption")]
    pub default_preemption: PreemptionArgs,
    /// Whether it knows shares of GPUs, as with a plugin for them such as Alibaba's: a share needs a device with so much
    /// idle, whole GPUs need devices that nobody has a share of.
    pub gpu_sharing: bool,
    /// Where the next walk over the nodes begins.
    #[serde(skip)]
    next_start: usize,
    #[serde(skip)]
    roster: Roster,
    #[serde(skip)]
    mirror: Mirror,
    #[serde(skip)]
    refused: RefusedLately,
}

impl Default for KubeScheduler {
    fn default() -> Self {
        Self {
            version: Version::default(),
            percentage_of_nodes_to_score: 0,
            pod_initial_backoff_seconds: 1,
            pod_max_backoff_seconds: 10,
            feature_gates: FeatureGates::default(),
            weights: Weights::default(),
            node_resources_fit: FitArgs::default(),
            balanced_allocation: BalancedArgs::default(),
            inter_pod_affinity: InterPodArgs::default(),
            pod_topology_spread: SpreadArgs::default(),
            default_preemption: PreemptionArgs::default(),
            gpu_sharing: false,
            next_start: 0,
            roster: Roster::default(),
            mirror: Mirror::default(),
            refused: RefusedLately::default(),
        }
    }
}

/// What every node says to a pod, and how those that take it score. For explanations and tests; to place pods, the
/// scheduler may look at fewer nodes.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// Nodes that do not take it, and why.
    pub diagnosis: Diagnosis,
    /// The nodes that take it.
    pub scores: Scores,
}

impl KubeScheduler {
    /// Looks at every node.
    #[must_use]
    pub fn evaluate(&self, view: &dyn ClusterView, pod: &Incoming<'_>) -> Evaluation {
        let cycle = self.cycle(view, pod);
        let mut found = cycle.find(0, |nodes| nodes);
        let feasible = found.as_mut().map(|found| std::mem::take(&mut found.feasible));
        Evaluation {
            scores: scores::scores(self, &cycle, &feasible.unwrap_or_default()),
            diagnosis: cycle.diagnosis(found),
        }
    }

    /// Whether a pod that no node takes may push others out, and every node where that would help.
    #[must_use]
    pub fn preemption_candidates(
        &self,
        view: &dyn ClusterView,
        pod: &Incoming<'_>,
    ) -> (bool, Vec<Candidate>) {
        let cycle = self.cycle(view, pod);
        let diagnosis = cycle.diagnosis(cycle.find(0, |nodes| nodes));
        if preemption::eligible(&cycle, &diagnosis).is_err() {
            return (false, Vec::new());
        }
        let places = preemption::resolvable(&diagnosis, 0);
        (true, preemption::candidates(&cycle, &places, 0, usize::MAX).0)
    }

    fn cycle<'a>(&'a self, view: &'a dyn ClusterView, pod: &'a Incoming<'a>) -> Cycle<'a> {
        let roster = self.roster.clone().of(view);
        Cycle::new(self, view, roster, pod)
    }

    /// Asks every node anew, until enough take the pod.
    fn place_plainly(
        &mut self,
        view: &dyn ClusterView,
        roster: &Arc<[usize]>,
        pod: &Incoming<'_>,
        stream: &mut Stream,
    ) -> Placement {
        let cycle = Cycle::new(self, view, roster.clone(), pod);
        let found = cycle.find(self.next_start, |nodes| self.nodes_to_find(nodes));
        let feasible = match &found {
            Ok(found) => found.feasible.as_slice(),
            Err(_) => &[],
        };
        let placement = match feasible {
            [] => None,
            &[place] => Some((place, &ONLY)),
            several => {
                let best = scores::scores(self, &cycle, several).best();
                let place = match best.as_slice() {
                    [place] => *place,
                    ties => ties[stream.random_range(0..ties.len())],
                };
                Some((place, &HIGHEST))
            }
        };
        let looked_at = found
            .as_ref()
            .map_or(0, |found| found.feasible.len() + found.refused.len());
        let answer = match placement {
            Some((place, reason)) => Placement::Bind {
                place,
                reason,
                devices: Taken::NONE,
            },
            None => Placement::Wait(cycle.diagnosis(found).into()),
        };
        self.next_start = (self.next_start + looked_at) % roster.len().max(1);
        answer
    }

    /// How many of `nodes` to find before scoring.
    fn nodes_to_find(&self, nodes: usize) -> usize {
        if nodes < FEASIBLE_MIN {
            return nodes;
        }
        let percentage = match self.percentage_of_nodes_to_score {
            0 => 50_usize.saturating_sub(nodes / 125).max(5),
            given => given as usize,
        };
        (nodes * percentage / 100).max(FEASIBLE_MIN)
    }
}

impl Placer for KubeScheduler {
    fn place(&mut self, view: &dyn ClusterView, pod: &Incoming<'_>, stream: &mut Stream) -> Placement {
        let roster = self.roster.of(view);
        let all = roster.len().max(1);
        if let Some(place) = pod.nominated {
            let cycle = Cycle::new(self, view, roster.clone(), pod);
            if view.node(place).is_some_and(|node| cycle.filter(node).is_ok()) {
                return Placement::Bind {
                    place,
                    reason: &PROMISED,
                    devices: Taken::NONE,
                };
            }
        }
        // A pod that names its nodes has only those walked, and where a pod with volumes may go is a matter of its own
        // claims, which pods of its class do not share.
        let apart = pod.class.rules.node_affinity.only_nodes().is_some() || !pod.class.volumes.is_empty();
        if let Some(history) = view.history().filter(|_| !apart) {
            // A walk that finds nothing ends where it began, and draws nothing.
            if let Some(known) = self
                .refused
                .find(view, pod)
                .filter(|known| known.start == self.next_start)
            {
                return Placement::Wait(Refusal::Diagnosed(known.diagnosis.clone()));
            }
            let mut mirror = std::mem::take(&mut self.mirror);
            mirror.follow(self, view, history, &roster);
            let searched = mirror.search(self, view, pod, self.next_start, stream);
            self.mirror = mirror;
            if let Some((place, reason)) = searched.chosen {
                self.next_start = (self.next_start + searched.looked_at) % all;
                return Placement::Bind {
                    place,
                    reason,
                    devices: Taken::NONE,
                };
            }
            let start = self.next_start;
            let answer = self.place_plainly(view, &roster, pod, stream);
            if let Placement::Wait(Refusal::Diagnosed(diagnosis)) = &answer {
                let promised = self.mirror.has_promises();
                self.refused.keep(view, pod, promised, start, diagnosis);
            }
            return answer;
        }
        self.place_plainly(view, &roster, pod, stream)
    }

    fn compare(&self, view: &dyn ClusterView, pod: &Incoming<'_>) -> Option<Comparison> {
        let cycle = self.cycle(view, pod);
        let found = cycle
            .find(self.next_start, |nodes| self.nodes_to_find(nodes))
            .ok()?;
        let scores = scores::scores(self, &cycle, &found.feasible);
        Some(comparing::comparison(
            cycle.roster.len(),
            &found,
            &scores,
            &self.weights,
        ))
    }

    fn accepts(&self, view: &dyn ClusterView, place: usize, pod: &Incoming<'_>) -> bool {
        view.node(place).is_some() && self.filters(view, pod).refusal(place).is_none()
    }

    fn preempt(
        &mut self,
        view: &dyn ClusterView,
        pod: &Incoming<'_>,
        stream: &mut Stream,
    ) -> Result<Preemption, NoPreemption> {
        let cycle = self.cycle(view, pod);
        let (diagnosis, start) = match self.refused.find(view, pod) {
            Some(known) => (known.diagnosis.clone(), known.start),
            None => (Arc::new(cycle.diagnosis(cycle.find(0, |nodes| nodes))), 0),
        };
        preemption::eligible(&cycle, &diagnosis).map_err(NoPreemption::NotEligible)?;
        let places = preemption::resolvable(&diagnosis, start);
        let (offset, wanted) = preemption::search(self.default_preemption, places.len(), stream);
        let (mut found, refused) = preemption::candidates(&cycle, &places, offset, wanted);
        let best = preemption::best(&found);
        let chosen = match best.as_slice() {
            [] => {
                let said = preemption::no_candidate(cycle.roster.len(), refused);
                return Err(NoPreemption::NoCandidate(Box::new(said)));
            }
            [only] => *only,
            ties => ties[stream.random_range(0..ties.len())],
        };
        let candidate = found.swap_remove(chosen);
        Ok(Preemption {
            place: candidate.place,
            victims: candidate.victims.iter().filter_map(|(_, pod)| pod.id).collect(),
            violations: candidate.violations,
        })
    }

    fn kube_scheduler(&self) -> Option<&KubeScheduler> {
        Some(self)
    }

    fn queue(&self) -> Option<Box<dyn PodQueue>> {
        Some(Box::new(SchedulingQueue::of(self)))
    }

    fn clone_box(&self) -> Box<dyn Placer> {
        Box::new(self.clone())
    }
}

impl Parameters for KubeScheduler {
    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let strategy = &self.node_resources_fit.scoring_strategy;
        let shape = &strategy.requested_to_capacity_ratio.shape;
        if strategy.strategy == Strategy::RequestedToCapacityRatio && shape.is_empty() {
            problems.push("RequestedToCapacityRatio needs a shape of at least one point".to_owned());
        }
        if shape
            .windows(2)
            .any(|pair| pair[0].utilization >= pair[1].utilization)
        {
            problems.push("the points of a shape must rise in utilization".to_owned());
        }
        if self.pod_max_backoff_seconds < self.pod_initial_backoff_seconds {
            problems.push("podMaxBackoffSeconds must not be less than podInitialBackoffSeconds".to_owned());
        }
        problems
    }
}
