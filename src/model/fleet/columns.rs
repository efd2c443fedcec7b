//! The machines of a fleet as columns: what each has, what of it is free, and what each device has idle.

use super::{FleetNode, PodRequest, Side};
use crate::model::gpu::{DEVICES_MAX, MILLI, ModelSet, Taken, TaskClass};

/// Where CPU, in thousandths, stands in [`Fleet::capacity`] and [`Fleet::free`].
pub const CPU: usize = 0;
/// Where memory, MiB, stands.
pub const MEMORY: usize = 1;
/// Where the GPUs of all devices together, in thousandths, stand.
pub const GPU: usize = 2;
/// Numbers that are counted of every machine.
pub const DIMENSIONS: usize = 3;
/// What they are called, in that order.
pub const NAMES: [&str; DIMENSIONS] = ["cpu", "memory", "nvidia.com/gpu"];
/// Kinds of GPU tasks that are told apart: shares, 1, 2, … 30 devices, more.
const KINDS: usize = 32;

/// What a scan over machines looks at first: one that fails here has no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Room {
    cpu_milli: u64,
    memory_mib: u64,
    pods: u32,
    /// Idle thousandths of the device that has the most.
    largest: u16,
    /// Devices that are wholly idle.
    whole: u16,
    model: ModelSet,
}

/// The machines of a fleet, by index, and what of each is free.
///
/// Memory of a pod that asks for more than the machines' files say is refused like everything else; whoever does not know
/// the memory of machines sets both to zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fleet {
    capacity: Vec<[u64; DIMENSIONS]>,
    free: Vec<[u64; DIMENSIONS]>,
    largest: [u64; DIMENSIONS],
    rooms: Vec<Room>,
    pods: Vec<u32>,
    /// Where the devices of each machine begin in `idle`; one more at the end.
    first_device: Vec<usize>,
    idle: Vec<u16>,
    /// GPU tasks by kind; empty where no machine has a GPU.
    tasks: Vec<[u32; KINDS]>,
    hosts: Vec<u32>,
    /// What else each machine has free; empty where that limits nothing.
    sides: Vec<Side>,
}

/// Which of the kinds of tasks a request is.
fn kind(class: TaskClass) -> usize {
    match class {
        TaskClass::Share => 0,
        TaskClass::Whole(count) => usize::from(count).min(KINDS - 1),
    }
}

impl Fleet {
    /// The machines, all empty. Of one with more than [`DEVICES_MAX`] GPUs the rest are left out.
    #[must_use]
    pub fn new<'a>(nodes: impl IntoIterator<Item = &'a FleetNode>) -> Self {
        let mut fleet = Self {
            capacity: Vec::new(),
            free: Vec::new(),
            largest: [0; DIMENSIONS],
            rooms: Vec::new(),
            pods: Vec::new(),
            first_device: vec![0],
            idle: Vec::new(),
            tasks: Vec::new(),
            hosts: Vec::new(),
            sides: Vec::new(),
        };
        let mut is_limited = false;
        for node in nodes {
            let devices = node.gpus.min(DEVICES_MAX);
            fleet.idle.resize(fleet.idle.len() + devices, MILLI);
            fleet.first_device.push(fleet.idle.len());
            let gpu_milli = devices as u64 * u64::from(MILLI);
            let capacity = [node.cpu_milli, node.memory_mib, gpu_milli];
            fleet.capacity.push(capacity);
            for (most, has) in fleet.largest.iter_mut().zip(capacity) {
                *most = has.max(*most);
            }
            fleet.rooms.push(Room {
                cpu_milli: node.cpu_milli,
                memory_mib: node.memory_mib,
                pods: node.pods,
                largest: if devices > 0 { MILLI } else { 0 },
                whole: devices as u16,
                model: node.model,
            });
            fleet.sides.push(node.side);
            is_limited |= node.side != Side::UNLIMITED;
        }
        if !is_limited {
            fleet.sides.clear();
        }
        let count = fleet.capacity.len();
        fleet.free = fleet.capacity.clone();
        fleet.pods = vec![0; count];
        fleet.hosts = vec![0; count];
        if !fleet.idle.is_empty() {
            fleet.tasks = vec![[0; KINDS]; count];
        }
        fleet
    }

    /// How many machines there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.capacity.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.capacity.is_empty()
    }

    /// What the machine has: [`CPU`], [`MEMORY`], [`GPU`].
    #[must_use]
    pub fn capacity(&self, node: usize) -> &[u64; DIMENSIONS] {
        &self.capacity[node]
    }

    /// The most that any machine has.
    #[must_use]
    pub fn largest(&self) -> &[u64; DIMENSIONS] {
        &self.largest
    }

    /// What of it is free.
    #[must_use]
    pub fn free(&self, node: usize) -> &[u64; DIMENSIONS] {
        &self.free[node]
    }

    /// What else of it is free; [`Side::UNLIMITED`] in a fleet where that limits nothing.
    #[must_use]
    pub fn side(&self, node: usize) -> Side {
        self.sides.get(node).copied().unwrap_or(Side::UNLIMITED)
    }

    /// Pods on it.
    #[must_use]
    pub fn pods(&self, node: usize) -> u32 {
        self.pods[node]
    }

    /// The model of its GPUs.
    #[must_use]
    pub fn model(&self, node: usize) -> ModelSet {
        self.rooms[node].model
    }

    /// Idle thousandths of each of its devices.
    #[must_use]
    pub fn idle(&self, node: usize) -> &[u16] {
        &self.idle[self.first_device[node]..self.first_device[node + 1]]
    }

    /// Idle thousandths of every device, machine after machine.
    #[must_use]
    pub fn all_idle(&self) -> &[u16] {
        &self.idle
    }

    /// Which kinds of GPU tasks it hosts: bit 0 for shares, bits 1, 2, 3 … for so many whole devices, from 31 on in one.
    #[must_use]
    pub fn hosts(&self, node: usize) -> u32 {
        self.hosts[node]
    }

    /// Whether the machine has room for the pod, and the model it asks for.
    #[must_use]
    pub fn fits(&self, node: usize, pod: &PodRequest) -> bool {
        let room = &self.rooms[node];
        let gpus = pod.gpus;
        let devices = if gpus.is_share() {
            room.largest >= gpus.milli()
        } else {
            room.whole >= gpus.count()
        };
        room.cpu_milli >= pod.cpu_milli
            && room.memory_mib >= pod.memory_mib
            && room.pods > 0
            && devices
            && pod.models.accepts(room.model)
            && self
                .sides
                .get(node)
                .is_none_or(|side| side.has_room_for(&pod.side))
    }

    /// Puts a pod that [fits](Self::fits) on the machine, with these devices.
    pub fn take(&mut self, node: usize, pod: &PodRequest, taken: Taken) {
        let devices = self.first_device[node]..self.first_device[node + 1];
        taken.take_from(&mut self.idle[devices]);
        self.pods[node] += 1;
        self.rooms[node].pods -= 1;
        let free = &mut self.free[node];
        free[CPU] -= pod.cpu_milli;
        free[MEMORY] -= pod.memory_mib;
        free[GPU] -= pod.gpus.total_milli();
        if let Some(side) = self.sides.get_mut(node) {
            side.take(&pod.side);
        }
        if let Some(class) = pod.gpus.class() {
            let kind = kind(class);
            self.tasks[node][kind] += 1;
            self.hosts[node] |= 1 << kind;
        }
        self.look_again(node);
    }

    /// Takes a pod off the machine again that [took](Self::take) these devices.
    pub fn give_back(&mut self, node: usize, pod: &PodRequest, taken: Taken) {
        let devices = self.first_device[node]..self.first_device[node + 1];
        taken.give_back(&mut self.idle[devices]);
        self.pods[node] -= 1;
        self.rooms[node].pods += 1;
        let free = &mut self.free[node];
        free[CPU] += pod.cpu_milli;
        free[MEMORY] += pod.memory_mib;
        free[GPU] += pod.gpus.total_milli();
        if let Some(side) = self.sides.get_mut(node) {
            side.give_back(&pod.side);
        }
        if let Some(class) = pod.gpus.class() {
            let kind = kind(class);
            self.tasks[node][kind] -= 1;
            if self.tasks[node][kind] == 0 {
                self.hosts[node] &= !(1 << kind);
            }
        }
        self.look_again(node);
    }

    /// Brings what a scan looks at up to date.
    fn look_again(&mut self, node: usize) {
        let idle = self.idle(node);
        let largest = idle.iter().copied().max().unwrap_or(0);
        let whole = idle.iter().filter(|&&idle| idle == MILLI).count() as u16;
        let [cpu_milli, memory_mib, _] = self.free[node];
        let room = &mut self.rooms[node];
        (room.cpu_milli, room.memory_mib) = (cpu_milli, memory_mib);
        (room.largest, room.whole) = (largest, whole);
    }
}

#[cfg(test)]
mod tests {
    use super::{CPU, Fleet, GPU, MEMORY};
    use crate::model::fleet::{FleetNode, PodRequest, Role, Side};
    use crate::model::gpu::{GpuRequest, ModelSet, Taken};
    use proptest::prelude::*;

    fn node(gpus: usize) -> FleetNode {
        FleetNode {
            name: "a".to_owned(),
            cpu_milli: 8000,
            memory_mib: 1000,
            pods: 5,
            gpus,
            model: ModelSet::NONE,
            side: Side::UNLIMITED,
        }
    }

    fn asks(gpus: GpuRequest) -> PodRequest {
        PodRequest {
            cpu_milli: 1000,
            memory_mib: 100,
            gpus,
            ..PodRequest::default()
        }
    }

    #[test]
    fn a_machine_remembers_kinds_of_tasks_until_the_last_one_leaves() {
        let mut fleet = Fleet::new(&[node(4)]);
        let (share, pair) = (asks(GpuRequest::share(300)), asks(GpuRequest::whole(2)));
        fleet.take(0, &share, Taken::of([1], 300));
        fleet.take(0, &share, Taken::of([1], 300));
        fleet.take(0, &pair, Taken::of([0, 2], 1000));
        assert_eq!(fleet.hosts(0), 0b101);
        assert_eq!(fleet.idle(0), [0, 400, 0, 1000]);
        assert_eq!(fleet.free(0), &[5000, 700, 1400]);
        assert!(fleet.fits(0, &share));
        assert!(
            !fleet.fits(0, &pair),
            "one whole device is left, and no two halves make one"
        );
        fleet.give_back(0, &share, Taken::of([1], 300));
        assert_eq!(fleet.hosts(0), 0b101, "another share is still there");
        fleet.give_back(0, &share, Taken::of([1], 300));
        assert_eq!(fleet.hosts(0), 0b100);
        fleet.give_back(0, &pair, Taken::of([0, 2], 1000));
        assert_eq!(fleet, Fleet::new(&[node(4)]), "empty is as it was");
    }

    /// Rules that weigh amounts as shares of the largest machine would divide by nothing.
    #[test]
    fn the_largest_amounts_are_known_each_by_itself() {
        let few_gpus = FleetNode {
            cpu_milli: 9000,
            ..node(1)
        };
        assert_eq!(Fleet::new(&[node(4), few_gpus]).largest(), &[9000, 1000, 4000]);
    }

    #[test]
    fn the_number_of_pods_is_a_limit_too() {
        let mut fleet = Fleet::new(&[node(0)]);
        for _ in 0..5 {
            assert!(fleet.fits(0, &PodRequest::default()));
            fleet.take(0, &PodRequest::default(), Taken::NONE);
        }
        assert!(!fleet.fits(0, &PodRequest::default()));
    }

    #[test]
    fn disk_cards_and_roles_limit_where_they_are_known() {
        let gpu_host = Role::nth(0);
        let side = Side {
            disk_mib: 100,
            rdma_percent: 50,
            role: gpu_host,
        };
        let mut fleet = Fleet::new(&[FleetNode { side, ..node(0) }]);
        let asks = |disk_mib, rdma_percent, role| PodRequest {
            side: Side {
                disk_mib,
                rdma_percent,
                role,
            },
            ..PodRequest::default()
        };
        let half = asks(60, 25, gpu_host);
        assert!(fleet.fits(0, &half));
        assert!(!fleet.fits(0, &asks(0, 0, Role::nth(1))), "another role");
        assert!(!fleet.fits(0, &asks(0, 51, Role::ANY)), "more than its card");
        fleet.take(0, &half, Taken::NONE);
        assert!(!fleet.fits(0, &half), "no disk is left for another");
        fleet.give_back(0, &half, Taken::NONE);
        assert!(fleet.fits(0, &half));
        let unknown = Fleet::new(&[node(0)]);
        assert!(
            unknown.fits(0, &asks(1 << 50, 900, gpu_host)),
            "what is not known limits nothing"
        );
    }

    proptest! {
        /// Whatever comes and goes: no machine and no device ever gives more than it has, and what is free is what it has
        /// less what was taken.
        #[test]
        fn nothing_gives_more_than_it_has(
            steps in prop::collection::vec((0_usize..3, 0_u64..4000, 0_u64..400, 0_u16..5, 1_u16..1000, any::<bool>()), 1..200),
        ) {
            let mut fleet = Fleet::new(&[node(0), node(1), node(4)]);
            let mut there: Vec<(usize, PodRequest, Taken)> = Vec::new();
            for (node, cpu_milli, memory_mib, count, milli, leaves) in steps {
                if leaves && !there.is_empty() {
                    let (node, pod, taken) = there.swap_remove(usize::from(milli) % there.len());
                    fleet.give_back(node, &pod, taken);
                } else {
                    let gpus = if count == 4 { GpuRequest::share(milli) } else { GpuRequest::whole(count) };
                    let pod = PodRequest { cpu_milli, memory_mib, gpus, ..PodRequest::default() };
                    prop_assert_eq!(
                        gpus.fits(fleet.idle(node)) && fleet.free(node)[CPU] >= cpu_milli
                            && fleet.free(node)[MEMORY] >= memory_mib && fleet.pods(node) < 5,
                        fleet.fits(node, &pod),
                    );
                    if fleet.fits(node, &pod) {
                        let able = fleet.idle(node).iter().enumerate().filter(|(_, idle)| **idle >= gpus.milli());
                        let chosen: Vec<usize> = able.map(|(index, _)| index).take(usize::from(gpus.count())).collect();
                        let taken = if gpus.is_none() { Taken::NONE } else { Taken::of(chosen, gpus.milli()) };
                        fleet.take(node, &pod, taken);
                        there.push((node, pod, taken));
                    }
                }
                for node in 0..3 {
                    let on_it = there.iter().filter(|(on, ..)| *on == node);
                    let cpu: u64 = on_it.clone().map(|(_, pod, _)| pod.cpu_milli).sum();
                    let gpu: u64 = on_it.map(|(_, pod, _)| pod.gpus.total_milli()).sum();
                    prop_assert_eq!(cpu + fleet.free(node)[CPU], fleet.capacity(node)[CPU]);
                    prop_assert_eq!(gpu + fleet.free(node)[GPU], fleet.capacity(node)[GPU]);
                    let idle: u64 = fleet.idle(node).iter().map(|&idle| u64::from(idle)).sum();
                    prop_assert_eq!(idle, fleet.free(node)[GPU], "devices and machine agree");
                    prop_assert!(fleet.idle(node).iter().all(|idle| *idle <= 1000));
                }
            }
        }
    }
}
