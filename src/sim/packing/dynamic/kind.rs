//! What pods are alike in: the parts they are made of, and whether the whole fleet takes them.

use super::pod::{DynamicPod, Gang};
use crate::model::fleet::{FleetNode, PodRequest, Side};
use crate::model::gpu::{GpuRequest, MILLI};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// What is counted of machines and pods: CPU, memory and GPUs as fleets count them, then disk and RDMA.
pub(super) const AMOUNTS: usize = 5;
pub(super) const DISK: usize = 3;
pub(super) const RDMA: usize = 4;

/// What a pod asks for of each.
pub(super) const fn amounts(request: &PodRequest) -> [u64; AMOUNTS] {
    [
        request.cpu_milli,
        request.memory_mib,
        request.gpus.total_milli(),
        request.side.disk_mib,
        request.side.rdma_percent,
    ]
}

/// Machines that are alike, and how many there are.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) node: FleetNode,
    pub(super) machines: u32,
}

/// The shapes of a fleet, and which of them each machine is of.
pub(super) fn shapes(nodes: &[FleetNode]) -> (Vec<Shape>, Vec<u32>) {
    let mut known = BTreeMap::new();
    let mut shapes: Vec<Shape> = Vec::new();
    let of = nodes.iter().map(|node| {
        let like = (
            node.cpu_milli,
            node.memory_mib,
            node.pods,
            node.gpus,
            node.model,
            node.side,
        );
        let shape = *known.entry(like).or_insert_with(|| {
            shapes.push(Shape {
                node: node.clone(),
                machines: 0,
            });
            shapes.len() - 1
        });
        shapes[shape].machines += 1;
        shape as u32
    });
    let of = of.collect();
    (shapes, of)
}

/// Parts that are alike: so many, each on one machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) request: PodRequest,
    pub(super) count: u32,
    /// So many of them have room on one empty machine at most.
    pub(super) on_one: u32,
}

impl Part {
    fn new(request: PodRequest, count: u32, shapes: &[Shape]) -> Self {
        let copies = shapes.iter().map(|shape| copies(&shape.node, &request));
        let on_one = copies.max().unwrap_or(0);
        Self {
            request,
            count,
            on_one: u32::try_from(on_one).unwrap_or(u32::MAX),
        }
    }

    /// On so few machines they have room at best.
    pub(super) const fn machines(&self, apart: bool) -> u32 {
        if apart || self.on_one == 0 {
            self.count
        } else {
            self.count.div_ceil(self.on_one)
        }
    }
}

/// Pods that are made of the same parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// The largest first.
    pub(super) parts: Vec<Part>,
    /// Whether each part is on a machine of its own.
    pub(super) apart: bool,
    /// Whether an empty fleet takes it.
    pub(super) fits: bool,
    /// Of each shape, whether an empty machine takes a part of it.
    pub(super) could: Vec<bool>,
}

impl Kind {
    /// On a fleet of these machines.
    pub(super) fn of(request: PodRequest, gang: Option<Gang>, shapes: &[Shape]) -> Self {
        let count = gang.map_or(1, |gang| gang.parts);
        let apart = gang.is_some_and(|gang| gang.apart);
        let room = |shape: &Shape| {
            let copies = copies(&shape.node, &request);
            u64::from(shape.machines) * if apart { copies.min(1) } else { copies }
        };
        let fits = shapes.iter().map(room).fold(0, u64::saturating_add) >= u64::from(count);
        let split = if fits || gang.is_some() {
            None
        } else {
            split(&request, shapes)
        };
        let fits = fits || split.is_some();
        let parts = split.unwrap_or_else(|| vec![Part::new(request, count, shapes)]);
        let takes = |shape: &Shape| parts.iter().any(|part| copies(&shape.node, &part.request) > 0);
        Self {
            could: shapes.iter().map(takes).collect(),
            parts,
            apart,
            fits,
        }
    }

    /// Whether it is on one machine.
    pub(super) fn is_single(&self) -> bool {
        matches!(self.parts[..], [Part { count: 1, .. }])
    }

    /// Each part by itself.
    pub(super) fn each(&self) -> impl Iterator<Item = &PodRequest> {
        let copies = |part: &Part| part.count as usize;
        self.parts
            .iter()
            .flat_map(move |part| std::iter::repeat_n(&part.request, copies(part)))
    }

    /// What all parts ask for together.
    pub(super) fn total(&self) -> [u64; AMOUNTS] {
        let mut total = [0_u64; AMOUNTS];
        for part in &self.parts {
            for (sum, amount) in total.iter_mut().zip(amounts(&part.request)) {
                *sum = sum.saturating_add(amount.saturating_mul(u64::from(part.count)));
            }
        }
        total
    }
}

/// How many such pods a machine takes when there is nobody else on it.
pub(super) fn copies(node: &FleetNode, request: &PodRequest) -> u64 {
    if !request.models.accepts(node.model) || !request.side.role.accepts(node.side.role) {
        return 0;
    }
    let times = |has: u64, asked: u64| has.checked_div(asked).unwrap_or(u64::MAX);
    let gpus = node.gpus as u64;
    let devices = if request.gpus.is_share() {
        gpus * u64::from(MILLI / request.gpus.milli())
    } else {
        times(gpus, u64::from(request.gpus.count()))
    };
    [
        times(node.cpu_milli, request.cpu_milli),
        times(node.memory_mib, request.memory_mib),
        times(node.side.disk_mib, request.side.disk_mib),
        times(node.side.rdma_percent, request.side.rdma_percent),
        devices,
    ]
    .into_iter()
    .fold(u64::from(node.pods), u64::min)
}

/// A pod that asks for more GPUs than any machine has, in parts: machines with the most GPUs as full as they can be, then
/// the rest. CPU and the like go with the GPUs. `None` if it asks for no more GPUs than a machine has, or for more than
/// all have.
fn split(request: &PodRequest, shapes: &[Shape]) -> Option<Vec<Part>> {
    let able = |shape: &&Shape| {
        let node = &shape.node;
        request.models.accepts(node.model) && request.side.role.accepts(node.side.role) && node.gpus > 0
    };
    let mut able: Vec<&Shape> = shapes.iter().filter(able).collect();
    able.sort_by_key(|shape| Reverse(shape.node.gpus));
    let whole = request.gpus.count();
    if able
        .first()
        .is_none_or(|most| usize::from(whole) <= most.node.gpus)
    {
        return None;
    }
    let mut parts: BTreeMap<Reverse<u16>, u32> = BTreeMap::new();
    let mut left = whole;
    for shape in able {
        let fits = |gpus: &u16| copies(&shape.node, &share_of(request, *gpus)) > 0;
        let most = (1..=shape.node.gpus as u16).rev().find(fits);
        let Some(most) = most else { continue };
        let full = u32::from(left / most).min(shape.machines);
        if full > 0 {
            *parts.entry(Reverse(most)).or_default() += full;
            left -= most * full as u16;
        }
        if left > 0 && full < shape.machines {
            *parts.entry(Reverse(left)).or_default() += 1;
            left = 0;
        }
        if left == 0 {
            let parts = parts.into_iter();
            let part = |(Reverse(gpus), count)| Part::new(share_of(request, gpus), count, shapes);
            return Some(parts.map(part).collect());
        }
    }
    None
}

/// What a part with so many of its GPUs asks for, rounded up.
fn share_of(request: &PodRequest, gpus: u16) -> PodRequest {
    let whole = u64::from(request.gpus.count());
    let of = |amount: u64| (amount * u64::from(gpus)).div_ceil(whole);
    PodRequest {
        cpu_milli: of(request.cpu_milli),
        memory_mib: of(request.memory_mib),
        gpus: GpuRequest::whole(gpus),
        models: request.models,
        side: Side {
            disk_mib: of(request.side.disk_mib),
            rdma_percent: of(request.side.rdma_percent),
            role: request.side.role,
        },
    }
}

/// The kinds of a list of pods, and which kind each is.
pub(super) fn kinds(pods: &[DynamicPod], shapes: &[Shape]) -> (Vec<Kind>, Vec<u32>) {
    let mut known: BTreeMap<(PodRequest, Option<Gang>), u32> = BTreeMap::new();
    let mut kinds = Vec::new();
    let of = pods.iter().map(|pod| {
        *known.entry((pod.request, pod.gang)).or_insert_with(|| {
            kinds.push(Kind::of(pod.request, pod.gang, shapes));
            (kinds.len() - 1) as u32
        })
    });
    let of = of.collect();
    (kinds, of)
}

#[cfg(test)]
mod tests {
    use super::{Kind, Shape};
    use crate::model::fleet::{FleetNode, PodRequest, Side};
    use crate::model::gpu::{GpuRequest, ModelSet};
    use crate::sim::packing::dynamic::Gang;

    fn shape(gpus: usize, machines: u32) -> Shape {
        let node = FleetNode {
            name: String::new(),
            cpu_milli: 1000 * gpus as u64,
            memory_mib: 100,
            pods: 10,
            gpus,
            model: ModelSet::NONE,
            side: Side::UNLIMITED,
        };
        Shape { node, machines }
    }

    fn asks(gpus: u16, cpu_milli: u64) -> PodRequest {
        PodRequest {
            cpu_milli,
            gpus: GpuRequest::whole(gpus),
            ..PodRequest::default()
        }
    }

    fn parts(kind: &Kind) -> Vec<(u16, u64, u32)> {
        let each = kind.parts.iter();
        each.map(|part| (part.request.gpus.count(), part.request.cpu_milli, part.count))
            .collect()
    }

    #[test]
    fn a_job_for_more_gpus_than_a_machine_has_is_split_into_full_machines_and_the_rest() {
        let kind = Kind::of(asks(20, 10_000), None, &[shape(8, 100)]);
        assert!(kind.fits);
        assert_eq!(parts(&kind), [(8, 4000, 2), (4, 2000, 1)]);
        let mixed = Kind::of(asks(31, 0), None, &[shape(4, 100), shape(8, 2)]);
        assert_eq!(
            parts(&mixed),
            [(8, 0, 2), (4, 0, 3), (3, 0, 1)],
            "the largest first"
        );
        let tight = Kind::of(asks(16, 32_000), None, &[shape(8, 100)]);
        assert_eq!(
            parts(&tight),
            [(4, 8000, 4)],
            "CPU goes with the GPUs: a machine has CPU for four"
        );
    }

    #[test]
    fn only_what_the_whole_fleet_cannot_take_is_too_large() {
        let fleet = [shape(8, 2)];
        assert!(Kind::of(asks(16, 0), None, &fleet).fits);
        assert!(!Kind::of(asks(17, 0), None, &fleet).fits);
        assert!(
            !Kind::of(asks(1, 9000), None, &fleet).fits,
            "CPU alone is not split"
        );
        let gang = |parts, apart| Some(Gang { parts, apart });
        assert!(Kind::of(asks(4, 0), gang(4, false), &fleet).fits, "two on each");
        assert!(!Kind::of(asks(4, 0), gang(5, false), &fleet).fits);
        assert!(
            !Kind::of(asks(4, 0), gang(3, true), &fleet).fits,
            "only two machines"
        );
    }
}
