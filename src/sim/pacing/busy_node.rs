//! A node whose pods may want more CPU than it has: who gets how much.
//!
//! Knows: what runs on a node, weights and classes of service. Must not know: what a pod does with its share.
//!
//! The kernel shares the CPU of a busy node by weights, within milliseconds. Here it is shared anew at a steady interval,
//! by what pods want at that moment; between two looks a pod has what it got, and one that begins to want more has at
//! least what its weight is worth. So the CPU that a node gives away is right on the average of many looks, and may be
//! over what it has for the length of one. The system is taken to use what is reserved for it.

use super::rule::most_of_pod;
use crate::engine::{Span, Time};
use crate::model::cluster::{ContainerState, NodeId, Pod, PodId, PodPhase};
use crate::model::cpu::{Claim, ClaimGroup, CpuShares, share_among_groups};
use crate::model::pod_template::ContainerKind;
use crate::platform::kubernetes::qos::QosClass;
use crate::sim::event::Control;
use crate::sim::platform::Platform;
use crate::sim::world::World;
use std::collections::BTreeMap;

/// A pod on a busy node.
struct Wanting {
    pod: PodId,
    claim: Claim,
    class: QosClass,
}

impl World {
    /// A pod has begun to run on a node: if its pods may want more CPU than there is, it is shared among them.
    pub(super) fn watch_cpu_of(&mut self, id: NodeId) {
        let Some(every) = self.scenario.cpu.share_every else {
            return;
        };
        if self.fleet.unlimited || self.pacing.crowded.contains(&id) || !self.may_be_crowded(id) {
            return;
        }
        self.pacing.crowded.insert(id);
        self.pacing.ever_crowded = true;
        // All that run there are slowed with it.
        for pod in self.pods_on(id) {
            self.set_pace(pod);
        }
        if self.pacing.sharing_planned.is_none() {
            let next = next_look(self.now, every);
            self.pacing.sharing_planned = Some(next);
            self.plan(next, Control::ShareCpu);
        }
    }

    /// The CPU of busy nodes is shared anew.
    pub(in crate::sim) fn on_share_cpu(&mut self) {
        self.pacing.sharing_planned = None;
        let Some(every) = self.scenario.cpu.share_every else {
            return;
        };
        let nodes: Vec<NodeId> = self.pacing.crowded.iter().copied().collect();
        for id in nodes {
            if !self.may_be_crowded(id) {
                self.pacing.crowded.remove(&id);
                self.give_shares(id, &BTreeMap::new());
                continue;
            }
            let has = self
                .cluster
                .node(id)
                .map_or(0, |node| node.view.allocatable.cpu_milli);
            // Most of the time there is enough.
            if self.cpu_wanted_on(id) <= has {
                self.give_shares(id, &BTreeMap::new());
            } else {
                let wanting = self.wanting_on(id);
                let shares = shares_of(&wanting, has, self.scenario.platform);
                let pods = wanting.iter().map(|one| one.pod);
                self.give_shares(id, &pods.zip(shares).collect());
            }
        }
        if !self.pacing.crowded.is_empty() {
            let next = self.now + every;
            self.pacing.sharing_planned = Some(next);
            self.plan(next, Control::ShareCpu);
        }
    }

    /// Whether the pods of a node may come to want more CPU than it has for them.
    fn may_be_crowded(&self, id: NodeId) -> bool {
        let Some(node) = self.cluster.node(id) else {
            return false;
        };
        let has_limits = self.scenario.cpu.limits.is_some();
        let pods = node.pods.iter().filter_map(|&pod| self.cluster.pod(pod));
        let most = pods.map(|pod| {
            let run = &self.workloads[pod.workload];
            let slots = if run.batch.is_some() { Some(0) } else { run.slots() };
            most_of_pod(&pod.class, slots, has_limits)
        });
        most.fold(0, u64::saturating_add) > node.view.allocatable.cpu_milli
    }

    /// The pods of a node that want CPU now, in their order there.
    fn wanting_on(&self, id: NodeId) -> Vec<Wanting> {
        self.answering_on(id)
            .map(|(pod_id, pod)| Wanting {
                pod: pod_id,
                claim: Claim {
                    weight: self.weight_of(pod),
                    most: self.cpu_wanted_by(pod_id, pod),
                },
                class: QosClass::of_pod(&pod.class),
            })
            .collect()
    }

    /// CPU that a pod would use now if it were alone, thousandths.
    fn cpu_wanted_by(&self, id: PodId, pod: &Pod) -> u64 {
        if let Some(work) = self.pacing.works.get(&id) {
            return work.wants();
        }
        let serving = &self.workloads[pod.workload].serving;
        let paced = pod
            .station
            .and_then(|station| serving.station(station).service.paced());
        match (paced, pod.phase) {
            (Some(paced), PodPhase::Ready | PodPhase::Terminating) => paced.cpu_wanted(),
            (None, PodPhase::Starting | PodPhase::Ready) => starting(pod),
            _ => 0,
        }
    }

    /// The weight of a pod's control group.
    fn weight_of(&self, pod: &Pod) -> u64 {
        match self.scenario.platform {
            // The kubelet's: what its containers request (`pkg/kubelet/cm/helpers_linux.go`, `ResourceConfigForPod`).
            Platform::Kubernetes => CpuShares::of_request(pod.class.requests().cpu_milli).get(),
            Platform::Docker { .. } | Platform::Swarm => {
                pod.class.running().map(|one| one.cpu_shares().get()).sum()
            }
        }
    }

    /// CPU that the pods of a node want now, thousandths.
    fn cpu_wanted_on(&self, id: NodeId) -> u64 {
        self.answering_on(id)
            .map(|(id, pod)| self.cpu_wanted_by(id, pod))
            .fold(0, u64::saturating_add)
    }

    /// The pods of a node that are not silent, in their order there.
    fn answering_on(&self, id: NodeId) -> impl Iterator<Item = (PodId, &Pod)> {
        let pods = self.cluster.node(id).into_iter().flat_map(|node| &node.pods);
        pods.filter_map(|&pod| Some((pod, self.cluster.pod(pod)?)))
            .filter(|(_, pod)| !pod.silent)
    }

    /// Gives the pods of a node their shares; those without one are free.
    fn give_shares(&mut self, id: NodeId, shares: &BTreeMap<PodId, u64>) {
        for pod in self.pods_on(id) {
            let share = shares.get(&pod).copied();
            if self.pacing.shares.get(&pod).copied() == share {
                continue;
            }
            match share {
                Some(share) => self.pacing.shares.insert(pod, share),
                None => self.pacing.shares.remove(&pod),
            };
            self.take_share(pod, share);
        }
    }

    /// A pod's share has changed.
    fn take_share(&mut self, id: PodId, share: Option<u64>) {
        let now = self.now;
        let Some(pod) = self.cluster.pod(id) else { return };
        match pod.station {
            Some(station) if self.workloads[pod.workload].batch.is_none() => {
                let serving = &mut self.workloads[pod.workload].serving;
                if serving.station(station).service.paced().is_some() {
                    serving.share_cpu(now, station, share);
                }
            }
            _ => self.set_pace(id),
        }
    }
}

/// What each gets of a busy node: what the kernel gives it now, or what its weight is worth should it want more soon.
fn shares_of(wanting: &[Wanting], has: u64, platform: Platform) -> Vec<u64> {
    let in_class = |class: QosClass| -> Vec<usize> {
        let places = wanting.iter().enumerate();
        places
            .filter(|(_, one)| one.class == class)
            .map(|(place, _)| place)
            .collect()
    };
    // Guaranteed pods stand beside the groups of the other two classes (`pkg/kubelet/cm/qos_container_manager_linux.go`);
    // Docker knows no classes.
    let members: Vec<Vec<usize>> = match platform {
        Platform::Kubernetes => {
            let alone = in_class(QosClass::Guaranteed)
                .into_iter()
                .map(|place| vec![place]);
            let groups = [in_class(QosClass::Burstable), in_class(QosClass::BestEffort)];
            alone
                .chain(groups.into_iter().filter(|group| !group.is_empty()))
                .collect()
        }
        Platform::Docker { .. } | Platform::Swarm => (0..wanting.len()).map(|place| vec![place]).collect(),
    };
    let groups: Vec<ClaimGroup> = members
        .iter()
        .map(|places| {
            let claims: Vec<Claim> = places.iter().map(|&place| wanting[place].claim).collect();
            let is_best_effort = places
                .iter()
                .all(|&place| wanting[place].class == QosClass::BestEffort);
            let sum = claims
                .iter()
                .map(|claim| claim.weight)
                .fold(0, u64::saturating_add);
            ClaimGroup {
                weight: if is_best_effort && platform == Platform::Kubernetes {
                    CpuShares::LEAST.get()
                } else {
                    sum
                },
                claims,
            }
        })
        .collect();
    let mut shares = vec![0; wanting.len()];
    for (places, given) in members.iter().zip(share_among_groups(has, &groups)) {
        for (&place, share) in places.iter().zip(given) {
            shares[place] = share;
        }
    }
    let active = wanting.iter().filter(|one| one.claim.most > 0);
    let weights: u128 = active.map(|one| u128::from(one.claim.weight)).sum();
    let content = |share: u64, one: &Wanting| share == one.claim.most;
    for (share, one) in shares
        .iter_mut()
        .zip(wanting)
        .filter(|(share, one)| content(**share, one))
    {
        let weight = u128::from(one.claim.weight);
        let own = if one.claim.most > 0 { 0 } else { weight };
        let worth = u128::from(has) * weight / (weights + own).max(1);
        *share = (*share).max(u64::try_from(worth).unwrap_or(u64::MAX));
    }
    // Nothing stands still for ever.
    shares.iter_mut().for_each(|share| *share = (*share).max(1));
    shares
}

/// What a pod's containers use while they start, and what they use in any case; thousandths.
fn starting(pod: &Pod) -> u64 {
    let containers = pod.class.containers.iter().zip(&pod.containers);
    let running = containers.filter(|(one, state)| {
        one.kind != ContainerKind::Init && matches!(state, ContainerState::Running(_))
    });
    running
        .map(|(one, _)| {
            let wants = one.usage.cpu_idle_milli + one.usage.cpu_startup_milli;
            match one.limits.cpu_milli {
                0 => wants,
                limit => wants.min(limit),
            }
        })
        .sum()
}

/// The first moment of the common rhythm of all nodes after `now`.
fn next_look(now: Time, every: Span) -> Time {
    let every = every.nanos().max(1);
    Time::from_nanos((now.nanos() / every + 1).saturating_mul(every))
}
