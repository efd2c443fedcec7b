//! Which pods stop when a workload has too many.
//!
//! Knows: what the controller that owns the pods knows of them, which is nothing of their load; and their load where nobody
//! owns them. Must not know: why there are too many.

use crate::engine::Time;
use crate::model::cluster::{NodeId, Pod, PodId, PodPhase};
use crate::model::owner::Owner;
use crate::platform::kubernetes::deletion_order::{self, Candidate};
use crate::platform::kubernetes::pod_phase::PodPhase as ApiPhase;
use crate::sim::world::World;
use rand::Rng;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The API's timestamps are whole seconds.
const SECOND: u64 = 1_000_000_000;
const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";

impl World {
    /// The `count` of these `pods` of a workload to stop first, in the order of whoever owns them.
    pub(super) fn to_give_up(&self, workload: usize, pods: &[PodId], count: usize) -> Vec<PodId> {
        let run = &self.workloads[workload];
        let known = |&id: &PodId| Some((id, self.cluster.pod(id)?));
        let pods: Vec<(PodId, &Pod)> = pods.iter().filter_map(known).collect();
        if count >= pods.len() {
            return pods.into_iter().map(|(id, _)| id).collect();
        }
        if run.spec.template.owner == Owner::Nobody {
            return self.least_to_lose(workload, pods, count);
        }
        let mut on_node: BTreeMap<NodeId, usize> = BTreeMap::new();
        // Pods of other versions are of the same owner.
        let siblings = run.pods.values().filter_map(|&id| self.cluster.pod(id));
        for node in siblings.filter_map(|pod| pod.node) {
            *on_node.entry(node).or_default() += 1;
        }
        let uids = format!("uid/{}", run.spec.name);
        let candidates: Vec<Candidate> = pods
            .iter()
            .map(|&(_, pod)| self.candidate(pod, &uids, &on_node))
            .collect();
        // Of pods alike in all any may go: the order of their UIDs decides, as chance does there.
        let mut places: Vec<usize> = (0..pods.len()).collect();
        places.sort_by_key(|&place| candidates[place].uid);
        let pods: Vec<(PodId, &Pod)> = places.iter().map(|&place| pods[place]).collect();
        let candidates: Vec<Candidate> = places.iter().map(|&place| candidates[place]).collect();
        let order = match run.spec.template.owner {
            Owner::Job => deletion_order::job(&candidates),
            _ => deletion_order::replica_set(&candidates),
        };
        order.into_iter().take(count).map(|place| pods[place].0).collect()
    }

    /// The `count` of these pods that lose least: those furthest from being ready, then those with fewest requests, then
    /// the youngest. Who stops pods by hand looks at that; no controller does.
    fn least_to_lose(&self, workload: usize, mut pods: Vec<(PodId, &Pod)>, count: usize) -> Vec<PodId> {
        let serving = &self.workloads[workload].serving;
        pods.sort_by_key(|(_, pod)| {
            let load = pod
                .station
                .map_or(0, |station| serving.station(station).in_flight());
            (pod.phase, load, Reverse(pod.ordinal))
        });
        pods.into_iter().take(count).map(|(id, _)| id).collect()
    }

    fn candidate(&self, pod: &Pod, uids: &str, on_node: &BTreeMap<NodeId, usize>) -> Candidate {
        let since = |time: Time| self.now.since(Time::from_nanos(time.nanos() / SECOND * SECOND));
        let mut uid = self.key.entity_stream(uids, pod.ordinal);
        let ready = pod.ready_changed.filter(|_| pod.phase == PodPhase::Ready);
        let cost = pod.class.annotations.get(DELETION_COST);
        Candidate {
            assigned: pod.node.is_some(),
            phase: api_phase(pod),
            ready_for: ready.map(since),
            deletion_cost: cost.and_then(|cost| cost.parse().ok()).unwrap_or(0),
            doubled_up: pod.node.and_then(|node| on_node.get(&node)).copied().unwrap_or(0),
            restarts: pod.restarts.total(),
            sidecar_restarts: 0,
            age: since(pod.created),
            uid: u128::from(uid.next_u64()) << 64 | u128::from(uid.next_u64()),
        }
    }
}

/// A pod's phase as the API has it.
pub(in crate::sim) fn api_phase(pod: &Pod) -> ApiPhase {
    match pod.phase {
        PodPhase::Pending | PodPhase::Pulling => ApiPhase::Pending,
        // A pod whose init containers run is still pending there.
        PodPhase::Starting if pod.is_initializing() => ApiPhase::Pending,
        PodPhase::Starting | PodPhase::Ready | PodPhase::Terminating => ApiPhase::Running,
    }
}
