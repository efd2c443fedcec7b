//! A fleet, the pods that come to it and go, and what is known of both before anything happens.

use super::kind::{Kind, Shape, amounts, kinds, shapes};
use super::line::Queue;
use super::outcome::{DynamicOutcome, Fate};
use super::pod::DynamicPod;
use super::run::Going;
use super::virtual_cluster::{Quota, VirtualCluster};
use crate::engine::{Span, Time};
use crate::model::fleet::{DIMENSIONS, FleetNode, FleetPod, GPU, PodRequest, Side, TypicalPods};
use crate::model::gpu::GpuRequest;
use crate::model::packing::BinKind;
use crate::model::packing::bounds::{Change, Supply, over_time};
use crate::policy::placement::on_fleet::FleetChooser;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A fleet, and the pods that come to it and go.
#[derive(Clone, Debug)]
pub struct DynamicFleet {
    nodes: Vec<FleetNode>,
    pods: Vec<DynamicPod>,
    clusters: Vec<VirtualCluster>,
    typical: Arc<TypicalPods>,
    demand_bound: u64,
    shape_of: Vec<u32>,
    kinds: Vec<Kind>,
    kind_of: Vec<u32>,
}

/// One run, and what became of each pod.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// In sum.
    pub outcome: DynamicOutcome,
    /// One by one, in the order of [`DynamicFleet::pods`].
    pub fates: Vec<Fate>,
    /// Where the queue promises a time to everyone who comes: each pod that was promised one, and when.
    pub promised: Vec<(u32, Time)>,
}

impl DynamicFleet {
    /// These pods, which come in the order of their arrivals, those of one instant in that of the list.
    #[must_use]
    pub fn new(nodes: Vec<FleetNode>, pods: Vec<DynamicPod>) -> Self {
        Self::with_clusters(nodes, pods, Vec::new())
    }

    /// The same with the virtual clusters that the pods are of, as each says by its place in this list.
    #[must_use]
    pub fn with_clusters(
        nodes: Vec<FleetNode>,
        mut pods: Vec<DynamicPod>,
        clusters: Vec<VirtualCluster>,
    ) -> Self {
        pods.sort_by_key(|pod| pod.arrival);
        let known = clusters.len() as u32;
        for pod in &mut pods {
            pod.cluster = pod.cluster.filter(|&cluster| cluster < known);
        }
        let (shapes, shape_of) = shapes(&nodes);
        let (kinds, kind_of) = kinds(&pods, &shapes);
        // A gang counts once for each size of its parts: how many come at a time says nothing of which usually come.
        let parts = kind_of.iter().flat_map(|&kind| &kinds[kind as usize].parts);
        let asked = parts.map(|part| FleetPod {
            name: String::new(),
            request: part.request,
            models_text: format!("{:?}", part.request.models),
        });
        let typical = Arc::new(TypicalPods::of(&asked.collect::<Vec<_>>()));
        let mut fleet = Self {
            nodes,
            pods,
            clusters,
            typical,
            demand_bound: 0,
            shape_of,
            kinds,
            kind_of,
        };
        fleet.demand_bound = fleet.bound_if_none_waits_longer(Span::ZERO);
        fleet
    }

    /// How few machines of this shape take every pod that any number of them takes when they are empty, and how many pods
    /// no number of them takes.
    #[must_use]
    pub fn least_of(node: &FleetNode, pods: &[DynamicPod]) -> (u64, u64) {
        let endless = Shape {
            node: node.clone(),
            machines: u32::MAX,
        };
        let (kinds, kind_of) = kinds(pods, &[endless]);
        let machines = |kind: &Kind| {
            let parts = kind.parts.iter();
            parts.map(|part| u64::from(part.machines(kind.apart))).sum()
        };
        let least = kinds.iter().filter(|kind| kind.fits).map(machines).max();
        let too_large = kind_of.iter().filter(|&&kind| !kinds[kind as usize].fits);
        (least.unwrap_or(0), too_large.count() as u64)
    }

    /// Gives each virtual cluster, and only those, the share of the fleet's GPUs that its pods have of the GPU time all ask
    /// for: whole GPUs, rounded up, and as many as its largest pod asks for at least.
    pub fn share_by_demand(&mut self) {
        let mut asked = vec![(0_u128, 0_u64); self.clusters.len()];
        for (number, pod) in self.pods.iter().enumerate() {
            let kind = self.kind(number as u32);
            let (Some(cluster), true) = (pod.cluster, kind.fits) else {
                continue;
            };
            let gpus = kind.total()[GPU];
            let (time, most) = &mut asked[cluster as usize];
            *time += u128::from(gpus) * u128::from(pod.lifetime.map_or(0, |span| span.nanos() / 1_000_000));
            *most = (*most).max(gpus);
        }
        let sum: u128 = asked.iter().map(|(time, _)| time).sum();
        let gpus = u128::from(self.capacity()[GPU] / 1000);
        for (cluster, (time, most)) in self.clusters.iter_mut().zip(asked) {
            let share = (gpus * time)
                .checked_div(sum)
                .map_or(0, |_| (gpus * time).div_ceil(sum));
            let whole = u64::try_from(share).unwrap_or(0) * 1000;
            cluster.quota = Quota {
                gpu_milli: whole.max(most),
                ..Quota::UNLIMITED
            };
        }
    }

    /// The machines.
    #[must_use]
    pub fn nodes(&self) -> &[FleetNode] {
        &self.nodes
    }

    /// The pods in the order in which they come.
    #[must_use]
    pub fn pods(&self) -> &[DynamicPod] {
        &self.pods
    }

    /// The virtual clusters.
    #[must_use]
    pub fn clusters(&self) -> &[VirtualCluster] {
        &self.clusters
    }

    /// The pods that usually come.
    #[must_use]
    pub fn typical(&self) -> &Arc<TypicalPods> {
        &self.typical
    }

    /// What there is of all machines together: CPU, memory, GPU, disk (MiB) and RDMA (percent of a card); `None` where a
    /// machine has no limit of it, or no pod asks for any.
    #[must_use]
    pub fn measured(&self) -> [Option<u64>; 5] {
        let [cpu, memory, gpu] = self.capacity();
        let side = |of: fn(&Side) -> u64| {
            let amounts = || self.nodes.iter().map(|node| of(&node.side));
            amounts()
                .all(|amount| amount < Side::NO_LIMIT)
                .then(|| amounts().sum())
        };
        let limits_cpu = |node: &FleetNode| node.cpu_milli < FleetNode::CPU_NO_LIMIT;
        let whole = [
            Some(cpu).filter(|_| self.nodes.iter().all(limits_cpu)),
            Some(memory),
            Some(gpu),
            side(|side| side.disk_mib),
            side(|side| side.rdma_percent),
        ];
        let mut asked = [false; 5];
        for part in self.kinds.iter().flat_map(|kind| &kind.parts) {
            for (asked, amount) in asked.iter_mut().zip(amounts(&part.request)) {
                *asked |= amount > 0;
            }
        }
        std::array::from_fn(|at| whole[at].filter(|&whole| asked[at] && whole > 0))
    }

    /// What there is of all machines together: CPU, memory, GPU.
    #[must_use]
    pub fn capacity(&self) -> [u64; DIMENSIONS] {
        let mut sums = [0; DIMENSIONS];
        for node in &self.nodes {
            for (sum, amount) in sums.iter_mut().zip(capacity(node)) {
                *sum += amount;
            }
        }
        sums
    }

    /// The fewest machines of these shapes, however many there are, that the pods need at some time if every one of them
    /// starts when it comes.
    #[must_use]
    pub const fn demand_bound(&self) -> u64 {
        self.demand_bound
    }

    /// What the pod is made of.
    pub(super) fn kind(&self, number: u32) -> &Kind {
        &self.kinds[self.kind_of(number) as usize]
    }

    /// Which kind of pod it is.
    pub(super) fn kind_of(&self, number: u32) -> u32 {
        self.kind_of[number as usize]
    }

    /// Whether any pod that finds room asks for a share of a device.
    pub(super) fn has_shares(&self) -> bool {
        let fits = self.kinds.iter().filter(|kind| kind.fits);
        fits.flat_map(|kind| &kind.parts)
            .any(|part| part.request.gpus.is_share())
    }

    /// The machines that take a part of such a pod when they are empty.
    pub(super) fn could(&self, kind: &Kind) -> impl Iterator<Item = usize> {
        let of = self.shape_of.iter().enumerate();
        of.filter(|(_, shape)| kind.could[**shape as usize])
            .map(|(machine, _)| machine)
    }

    /// The most parts of pods there are at a time if nobody waits: with so many machines of one shape nobody waits for one.
    #[must_use]
    pub fn parts_at_peak(&self) -> u64 {
        let mut changes = Vec::with_capacity(2 * self.pods.len());
        for (number, pod) in self.pods.iter().enumerate() {
            let kind = self.kind(number as u32);
            if kind.fits {
                let parts: i64 = kind.parts.iter().map(|part| i64::from(part.count)).sum();
                // Who goes at an instant may be there still when others come, if it came at that instant itself.
                let end = pod
                    .end(pod.arrival)
                    .max(Time::from_nanos(pod.arrival.nanos() + 1));
                changes.push((pod.arrival, parts));
                changes.push((end, -parts));
            }
        }
        changes.sort_unstable();
        let mut parts = 0;
        let peak = changes.iter().map(|(_, change)| {
            parts += change;
            parts
        });
        peak.max().map_or(0, i64::unsigned_abs)
    }

    /// No fewer machines of these shapes will do if no pod waits longer than that: whenever it starts, it runs from the end of
    /// the longest wait until the earliest that it can go.
    #[must_use]
    pub fn bound_if_none_waits_longer(&self, wait: Span) -> u64 {
        let mut changes = Vec::with_capacity(2 * self.pods.len());
        for (number, pod) in self.pods.iter().enumerate() {
            let kind = self.kind(number as u32);
            let end = pod.end(pod.arrival);
            let start = pod.arrival.nanos().saturating_add(wait.nanos());
            let start = Time::from_nanos(start);
            if kind.fits && end > start {
                for request in kind.each() {
                    let all = amounts(request);
                    let sizes: [u64; DIMENSIONS] = std::array::from_fn(|at| all[at]);
                    changes.push((start, true, sizes));
                    changes.push((end, false, sizes));
                }
            }
        }
        // Who goes, goes first.
        changes.sort_by_key(|&(at, comes, _)| (at, comes));
        let shapes: BTreeSet<_> = self.nodes.iter().map(capacity).collect();
        let kinds = shapes.into_iter().map(|capacity| BinKind {
            name: String::new(),
            capacity: capacity.into(),
            price: None,
            most: None,
        });
        let supply = Supply::of_kinds(&kinds.collect::<Vec<_>>());
        let changes = changes
            .iter()
            .map(|&(at, comes, ref sizes)| Change { at, sizes, comes });
        over_time(supply, changes, Time::NEVER).peak
    }

    /// Lets them come and go; `None` if `told` said to stop. It is told now and then which share of the pods has come.
    #[must_use]
    pub fn run(
        &self,
        chooser: &mut dyn FleetChooser,
        queue: Queue,
        seed: u64,
        told: impl FnMut(f64) -> bool,
    ) -> Option<Run> {
        Going::new(self, chooser, queue, seed).until_nobody_is_left(told)
    }
}

/// What a machine has, as fleets count it.
fn capacity(node: &FleetNode) -> [u64; DIMENSIONS] {
    let all = amounts(&PodRequest {
        cpu_milli: node.cpu_milli,
        memory_mib: node.memory_mib,
        gpus: GpuRequest::whole(node.gpus as u16),
        ..PodRequest::default()
    });
    std::array::from_fn(|at| all[at])
}
