//! Pods come to a fleet one by one until they ask for more than it has: how much of it can be put to use?
//!
//! This is the "Monte-Carlo inflation" of Weng et al. (USENIX ATC 2023): pods in random order, copies after the last one,
//! no departures, no second try.

use super::curve::{ARRIVED_PCT_MAX, Curve, Point};
use super::machines::{Machines, machine, sizes};
use super::score_board::ScoreBoard;
use super::sequence::sequence;
use crate::engine::StreamKey;
use crate::model::fleet::{CPU, Fleet, FleetNode, FleetPod, Fragmentation, GPU, MEMORY, TypicalPods};
use crate::policy::placement::Need;
use crate::policy::placement::fleet::FleetPacker;
use rand::seq::SliceRandom;
use std::sync::Arc;

/// Pods between two questions whether to stop.
const PODS_PER_LOOK: usize = 256;

/// What a fleet is measured in: what has arrived, and what is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measured {
    /// Thousandths of GPUs.
    Gpu,
    /// Thousandths of CPUs: where there are no GPUs, or nobody asks for one.
    Cpu,
}

/// A fleet and the pods that come to it.
#[derive(Clone, Debug)]
pub struct Inflation {
    nodes: Vec<FleetNode>,
    pods: Vec<FleetPod>,
    typical: Arc<TypicalPods>,
    measured: Measured,
    /// What there is of all machines together: CPU, memory, GPU.
    capacity: [u64; 3],
}

/// How full the machines are, in the order in which they were listed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filled {
    /// Of each machine: CPU in use, percent.
    pub cpu_pct: Vec<f64>,
    /// Of each device of each machine: thousandths in use.
    pub devices: Vec<Vec<u16>>,
}

/// What came of one packing.
#[derive(Clone, Debug, PartialEq)]
pub struct InflationOutcome {
    /// Levels over how much had arrived.
    pub curve: Curve,
    /// Pods that came.
    pub arrived: u64,
    /// Those of them that found a machine.
    pub placed: u64,
    /// The machines when the pods that had come asked for as much as the fleet has, or at the end if they never did.
    pub at_full: Filled,
}

impl Inflation {
    /// These pods onto these machines. Both are taken in the order of their names, so that the order of a file decides
    /// nothing.
    #[must_use]
    pub fn new(mut nodes: Vec<FleetNode>, mut pods: Vec<FleetPod>) -> Self {
        let typical = Arc::new(TypicalPods::of(&pods));
        nodes.sort_by(|a, b| a.name.cmp(&b.name));
        pods.sort_by(|a, b| a.name.cmp(&b.name));
        let fleet = Fleet::new(&nodes);
        let mut capacity = [0; 3];
        for node in 0..fleet.len() {
            for (sum, one) in capacity.iter_mut().zip(fleet.capacity(node)) {
                *sum += one;
            }
        }
        let asked: u64 = pods.iter().map(|pod| pod.request.gpus.total_milli()).sum();
        let measured = if capacity[GPU] > 0 && asked > 0 {
            Measured::Gpu
        } else {
            Measured::Cpu
        };
        Self {
            nodes,
            pods,
            typical,
            measured,
            capacity,
        }
    }

    /// The machines, by name.
    #[must_use]
    pub fn nodes(&self) -> &[FleetNode] {
        &self.nodes
    }

    /// The pods, by name.
    #[must_use]
    pub fn pods(&self) -> &[FleetPod] {
        &self.pods
    }

    /// The pods that usually come.
    #[must_use]
    pub fn typical(&self) -> &TypicalPods {
        &self.typical
    }

    /// What is measured.
    #[must_use]
    pub fn measured(&self) -> Measured {
        self.measured
    }

    /// GPUs of all machines.
    #[must_use]
    pub fn gpus(&self) -> u64 {
        self.nodes.iter().map(|node| node.gpus as u64).sum()
    }

    /// What a pod counts for, and one device of what it asks for.
    fn amounts(&self) -> (Vec<u64>, Vec<u64>) {
        let amounts = self.pods.iter().map(|pod| match self.measured {
            Measured::Gpu => (
                pod.request.gpus.total_milli(),
                u64::from(pod.request.gpus.milli()),
            ),
            Measured::Cpu => (pod.request.cpu_milli, pod.request.cpu_milli),
        });
        amounts.unzip()
    }

    /// Packs them under one policy and one seed; `None` if `told` said to stop. It is told now and then which share of
    /// the pods has come.
    #[must_use]
    pub fn run(
        &self,
        packer: &FleetPacker,
        seed: u64,
        mut told: impl FnMut(f64) -> bool,
    ) -> Option<InflationOutcome> {
        let key = StreamKey::new(seed, 0);
        // Machines stand in the order of their random ranks: the first among equals is the one of lowest rank.
        let mut ranked: Vec<usize> = (0..self.nodes.len()).collect();
        ranked.shuffle(&mut key.stream("packing/ranks"));
        let mut fleet = Fleet::new(ranked.iter().map(|&node| &self.nodes[node]));
        let mut packer = packer.clone();
        if let FleetPacker::Scored(policy) = &mut packer {
            policy.learn(&self.typical);
        }
        let mut stream = key.stream("packing/placement");
        let measured = match self.measured {
            Measured::Gpu => GPU,
            Measured::Cpu => CPU,
        };
        let whole = self.capacity[measured] as f64;
        let (amounts, units) = self.amounts();
        let target = whole * ARRIVED_PCT_MAX as f64 / 100.0;
        let order = sequence(&amounts, &units, target, key);

        let mut board = ScoreBoard::default();
        let mut fragmentation = Fragmentation::of(&fleet, &self.typical);
        let mut curve = Curve::default();
        let (mut arrived, mut placed, mut used) = (0, 0, [0_u64; 3]);
        let mut at_full = None;
        for (count, &index) in order.iter().enumerate() {
            if count % PODS_PER_LOOK == 0 && told(count as f64 / order.len() as f64) {
                return None;
            }
            let request = &self.pods[index].request;
            arrived += amounts[index];
            let choice = match &mut packer {
                FleetPacker::Scored(policy) => board.choose(&fleet, &**policy, request, &mut stream),
                FleetPacker::Ruled(rule) => {
                    let need = Need {
                        sizes: &sizes(request),
                        gpus: request.gpus,
                    };
                    let mut machines = Machines {
                        fleet: &fleet,
                        nodes: &self.nodes,
                        ranked: &ranked,
                        request,
                    };
                    let node = rule.choose(&mut machines, &need, &mut stream);
                    node.map(|node| {
                        let taken = rule.devices(&machine(&fleet, node).bin, &need, &mut stream);
                        (node, taken)
                    })
                }
            };
            if let Some((node, taken)) = choice {
                fleet.take(node, request, taken);
                if let FleetPacker::Scored(_) = packer {
                    board.changed(node);
                }
                fragmentation.look_again(&fleet, node, &self.typical);
                placed += 1;
                used[CPU] += request.cpu_milli;
                used[MEMORY] += request.memory_mib;
                used[GPU] += request.gpus.total_milli();
            }
            let arrived_pct = share(arrived as f64, whole);
            let fragmented = fragmentation.milli();
            let [cpu, memory, gpu] = self.capacity.map(|all| all as f64);
            curve.add(
                arrived_pct,
                Point {
                    alloc_pct: share(used[measured] as f64, whole),
                    frag_pct: share(fragmented, gpu),
                    frag_ratio_pct: share(fragmented, gpu - used[GPU] as f64),
                    cpu_pct: share(used[CPU] as f64, cpu),
                    memory_pct: share(used[MEMORY] as f64, memory),
                    refused: (count + 1 - placed) as f64,
                },
            );
            if at_full.is_none() && arrived_pct >= 100.0 {
                at_full = Some(filled(&fleet, &ranked));
            }
        }
        Some(InflationOutcome {
            curve,
            arrived: order.len() as u64,
            placed: placed as u64,
            at_full: at_full.unwrap_or_else(|| filled(&fleet, &ranked)),
        })
    }
}

/// Percent of a whole; none of nothing.
fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole * 100.0 } else { 0.0 }
}

/// How full each machine is, by its place in the list rather than by rank.
fn filled(fleet: &Fleet, ranked: &[usize]) -> Filled {
    let mut filled = Filled {
        cpu_pct: vec![0.0; ranked.len()],
        devices: vec![Vec::new(); ranked.len()],
    };
    for (rank, &node) in ranked.iter().enumerate() {
        let all = fleet.capacity(rank)[CPU] as f64;
        filled.cpu_pct[node] = share(all - fleet.free(rank)[CPU] as f64, all);
        let idle = fleet.idle(rank).iter();
        filled.devices[node] = idle.map(|idle| crate::model::gpu::MILLI - idle).collect();
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::{Inflation, Measured};
    use crate::model::fleet::{FleetNode, FleetPod, PodRequest, Side};
    use crate::model::gpu::{GpuRequest, ModelSet};
    use crate::policy::placement::L2NormGreedy;
    use crate::policy::placement::fgd_paper::PaperBestFit;
    use crate::policy::placement::fleet::FleetPacker;

    fn best_fit() -> FleetPacker {
        FleetPacker::Scored(PaperBestFit {}.into())
    }

    fn fleet(gpus: usize, asked: u16) -> Inflation {
        let node = |index: u64| FleetNode {
            name: format!("node-{index:02}"),
            cpu_milli: 1000 * (index + 1),
            memory_mib: 1000,
            pods: 100,
            gpus,
            model: ModelSet::NONE,
            side: Side::UNLIMITED,
        };
        let pod = |index: u64| FleetPod {
            name: format!("pod-{index:02}"),
            request: PodRequest {
                cpu_milli: 100 * (index % 5 + 1),
                memory_mib: 10,
                gpus: GpuRequest::whole(asked),
                ..PodRequest::default()
            },
            models_text: String::new(),
        };
        Inflation::new((0..10).map(node).collect(), (0..30).map(pod).collect())
    }

    #[test]
    fn the_order_of_lists_decides_nothing_and_the_seed_does() {
        let inflation = fleet(2, 1);
        let mut turned = inflation.clone();
        turned.nodes.reverse();
        turned.pods.reverse();
        let turned = Inflation::new(turned.nodes, turned.pods);
        let run = |inflation: &Inflation, seed| inflation.run(&best_fit(), seed, |_| false);
        assert_eq!(run(&inflation, 42), run(&turned, 42));
        assert_ne!(run(&inflation, 42), run(&inflation, 43));
    }

    #[test]
    fn a_fleet_without_gpus_is_measured_by_cpu() {
        let inflation = fleet(0, 0);
        assert_eq!(inflation.measured(), Measured::Cpu);
        let outcome = inflation
            .run(&best_fit(), 42, |_| false)
            .expect("nobody stops it");
        let end = outcome.curve.at(130).expect("copies come until 130 %");
        assert!(
            end.alloc_pct > 90.0 && end.alloc_pct <= 100.0,
            "{}",
            end.alloc_pct
        );
        assert!(end.refused > 0.0, "more came than there is");
        assert!((end.alloc_pct - end.cpu_pct).abs() < 1e-9);
        assert_eq!(outcome.at_full.devices, vec![Vec::<u16>::new(); 10]);
    }

    #[test]
    fn a_rule_is_asked_of_all_machines() {
        let rule = FleetPacker::Ruled(Box::new(L2NormGreedy {}));
        let outcome = fleet(2, 1).run(&rule, 42, |_| false).expect("nobody stops it");
        assert_eq!(outcome.placed, 20, "one pod a device");
    }

    #[test]
    fn a_wish_to_stop_ends_it() {
        assert_eq!(fleet(2, 1).run(&best_fit(), 42, |_| true), None);
    }
}
