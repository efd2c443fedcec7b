//! Microseconds per pod (its arrival, its placement and its departure) on fleets of 10,000 and 100,000 nodes at 80 % load:
//! Poisson arrivals, exponential lifetimes, pods that find no room wait in one queue. The sorted index and the look at
//! every node, in two and four resources, beside two hand-written loops with the rule "least free CPU" in two, and the look
//! at every node beside a plain one, node after node over the same columns, with the ratio of the two.
//!
//! `cargo bench --bench fleet` runs all of it, `-- NAME…` the cases whose name contains one of the words.

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::Instant;
use tonnage::model::packing::index::{ByShape, FleetIndex, FleetScan, Order, Shelf};

/// Seconds a pod runs, in the mean.
const LIFETIME: f64 = 3600.0;
const LOAD: f64 = 0.8;
/// CPU, memory, and two more; a pod asks for 1, 2, 4 or 8 of CPU, 4 to 32 of memory, and so on, each by itself.
const NODE: [u64; 4] = [64, 256, 128, 512];
const LEAST: [u64; 4] = [1, 4, 2, 8];
/// The mean of 1, 2, 4 and 8.
const MEAN_STEP: f64 = 3.75;

/// Where a pod goes.
trait Fleet<const D: usize> {
    /// Takes room for the pod; the node.
    fn place(&mut self, need: &[u64; D]) -> Option<usize>;
    fn free(&mut self, node: usize, need: &[u64; D]);
}

impl<S: Shelf<D>, const D: usize> Fleet<D> for ByShape<S, D> {
    fn place(&mut self, need: &[u64; D]) -> Option<usize> {
        let node = self.find(need)?;
        self.take(node, need);
        Some(node)
    }

    fn free(&mut self, node: usize, need: &[u64; D]) {
        self.give_back(node, need);
    }
}

/// The reference by hand: two columns of small numbers, looked at in full; the node with the least free CPU.
struct HandScan {
    cpu: Vec<u16>,
    memory: Vec<u16>,
}

impl HandScan {
    fn new(nodes: usize) -> Self {
        Self {
            cpu: vec![NODE[0] as u16; nodes],
            memory: vec![NODE[1] as u16; nodes],
        }
    }
}

impl Fleet<2> for HandScan {
    fn place(&mut self, need: &[u64; 2]) -> Option<usize> {
        let [cpu, memory] = need.map(|amount| amount as u16);
        let nodes = self.cpu.iter().zip(&self.memory);
        let key = |(&free, &rest): (&u16, &u16)| {
            if free >= cpu && rest >= memory {
                free
            } else {
                u16::MAX
            }
        };
        let least = nodes.clone().map(key).fold(u16::MAX, u16::min);
        if least == u16::MAX {
            return None;
        }
        let node = nodes.map(key).position(|key| key == least)?;
        self.cpu[node] -= cpu;
        self.memory[node] -= memory;
        Some(node)
    }

    fn free(&mut self, node: usize, need: &[u64; 2]) {
        self.cpu[node] += need[0] as u16;
        self.memory[node] += need[1] as u16;
    }
}

/// A look at every node as one writes it down: node after node, and on to the next at the first resource that is short.
/// The same columns of small numbers as [`FleetScan`] looks at, and the same answer.
struct PlainScan<const D: usize> {
    weights: [u16; D],
    keys: Vec<u16>,
    free: [Vec<u16>; D],
}

impl<const D: usize> PlainScan<D> {
    fn new(nodes: usize, capacity: &[u64; D], weights: [u16; D]) -> Self {
        let mut fleet = Self {
            weights,
            keys: vec![0; nodes],
            free: capacity.map(|amount| vec![amount as u16; nodes]),
        };
        (0..nodes).for_each(|node| fleet.sort(node));
        fleet
    }

    fn sort(&mut self, node: usize) {
        let amounts = self.free.iter().map(|column| column[node]);
        self.keys[node] = amounts
            .zip(self.weights)
            .map(|(amount, weight)| amount * weight)
            .sum();
    }
}

impl<const D: usize> Fleet<D> for PlainScan<D> {
    fn place(&mut self, need: &[u64; D]) -> Option<usize> {
        let need = need.map(|amount| amount as u16);
        let (mut least, mut best) = (u16::MAX, None);
        'nodes: for (node, &key) in self.keys.iter().enumerate() {
            for (column, need) in self.free.iter().zip(need) {
                if column[node] < need {
                    continue 'nodes;
                }
            }
            if key < least {
                (least, best) = (key, Some(node));
            }
        }
        let node = best?;
        for (column, need) in self.free.iter_mut().zip(need) {
            column[node] -= need;
        }
        self.sort(node);
        Some(node)
    }

    fn free(&mut self, node: usize, need: &[u64; D]) {
        for (column, &need) in self.free.iter_mut().zip(need) {
            column[node] += need as u16;
        }
        self.sort(node);
    }
}

/// The other: nodes in buckets by free CPU, the first of the bucket with room; which of equals is an accident.
struct HandBuckets {
    nodes: HandScan,
    buckets: Vec<Vec<u32>>,
    places: Vec<u32>,
}

impl HandBuckets {
    fn new(nodes: usize) -> Self {
        let mut buckets = vec![Vec::new(); NODE[0] as usize + 1];
        buckets[NODE[0] as usize] = (0..nodes as u32).collect();
        Self {
            nodes: HandScan::new(nodes),
            buckets,
            places: (0..nodes as u32).collect(),
        }
    }

    fn change(&mut self, node: usize, cpu: u16) {
        let (bucket, place) = (
            &mut self.buckets[usize::from(self.nodes.cpu[node])],
            self.places[node],
        );
        bucket.swap_remove(place as usize);
        if let Some(&moved) = bucket.get(place as usize) {
            self.places[moved as usize] = place;
        }
        let bucket = &mut self.buckets[usize::from(cpu)];
        self.places[node] = bucket.len() as u32;
        bucket.push(node as u32);
        self.nodes.cpu[node] = cpu;
    }
}

impl Fleet<2> for HandBuckets {
    fn place(&mut self, need: &[u64; 2]) -> Option<usize> {
        let [cpu, memory] = need.map(|amount| amount as u16);
        let able = self.buckets[usize::from(cpu)..].iter().flatten();
        let node = able
            .copied()
            .map(|node| node as usize)
            .find(|&node| self.nodes.memory[node] >= memory)?;
        self.change(node, self.nodes.cpu[node] - cpu);
        self.nodes.memory[node] -= memory;
        Some(node)
    }

    fn free(&mut self, node: usize, need: &[u64; 2]) {
        self.change(node, self.nodes.cpu[node] + need[0] as u16);
        self.nodes.memory[node] += need[1] as u16;
    }
}

/// What a run comes to.
#[derive(PartialEq)]
struct Ran {
    placed: usize,
    /// Which pod went where, mixed.
    digest: u64,
    running_max: usize,
}

/// Arrivals, placements and departures of `pods` pods; the same pods for every fleet.
fn run<const D: usize>(fleet: &mut impl Fleet<D>, nodes: usize, pods: usize) -> Ran {
    let mut chance = Xoshiro256PlusPlus::seed_from_u64(1);
    let rate = nodes as f64 * NODE[0] as f64 * LOAD / MEAN_STEP / LIFETIME;
    let mut exponential = |mean: f64| -chance.random::<f64>().max(1e-12).ln() * mean;
    let mut steps = Xoshiro256PlusPlus::seed_from_u64(2);
    let mut ends = BinaryHeap::<Reverse<(u64, u32, [u16; D])>>::new();
    let mut waiting = VecDeque::<([u64; D], f64)>::new();
    let mut ran = Ran {
        placed: 0,
        digest: 0,
        running_max: 0,
    };
    let (mut arrived, mut next) = (0, 0.0);
    let try_place =
        |fleet: &mut _, ends: &mut BinaryHeap<_>, ran: &mut Ran, now: f64, need: &[u64; D], lasts: f64| {
            let Some(node) = Fleet::<D>::place(fleet, need) else {
                return false;
            };
            ends.push(Reverse((
                (now + lasts).to_bits(),
                node as u32,
                need.map(|amount| amount as u16),
            )));
            ran.placed += 1;
            ran.digest = (ran.digest ^ node as u64)
                .wrapping_mul(0x9E37_79B9_7F4A_7C15)
                .rotate_left(23);
            true
        };
    loop {
        let end = ends
            .peek()
            .map_or(f64::INFINITY, |Reverse((time, ..))| f64::from_bits(*time));
        if arrived < pods && next <= end {
            let now = next;
            next += exponential(1.0 / rate);
            let need = std::array::from_fn(|at| LEAST[at] << steps.random_range(0..4));
            let lasts = exponential(LIFETIME).max(30.0);
            arrived += 1;
            if !waiting.is_empty() || !try_place(fleet, &mut ends, &mut ran, now, &need, lasts) {
                waiting.push_back((need, lasts));
            }
            ran.running_max = ran.running_max.max(ends.len());
        } else {
            let Some(Reverse((time, node, need))) = ends.pop() else {
                return ran;
            };
            fleet.free(node as usize, &need.map(u64::from));
            let now = f64::from_bits(time);
            while let Some((need, lasts)) = waiting.front() {
                if !try_place(fleet, &mut ends, &mut ran, now, need, *lasts) {
                    break;
                }
                waiting.pop_front();
            }
        }
    }
}

/// Most memory the program has had so far, in MB; zero where the system does not tell.
fn memory_max() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line
        .and_then(|line| line.trim().strip_suffix(" kB"))
        .and_then(|kib| kib.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1000.0 * 1.024
}

/// The processor's time where the system tells it, which what else runs adds little to; else the clock's.
fn seconds_since(start: (Option<f64>, Instant)) -> f64 {
    match (start.0, processor_seconds()) {
        (Some(start), Some(end)) => end - start,
        _ => start.1.elapsed().as_secs_f64(),
    }
}

fn processor_seconds() -> Option<f64> {
    let line = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    line.split(' ')
        .next()?
        .parse::<f64>()
        .ok()
        .map(|nanoseconds| nanoseconds / 1e9)
}

/// What is asked for on the command line.
struct Asked {
    words: Vec<String>,
    turns: usize,
}

impl Asked {
    /// What each of some turns came to, and the median of their seconds.
    fn case<const D: usize, F: Fleet<D>>(
        &self,
        name: &str,
        nodes: usize,
        pods: usize,
        new: impl Fn() -> F,
    ) -> Option<(Ran, f64)> {
        if !(self.words.is_empty() || self.words.iter().any(|word| name.contains(word.as_str()))) {
            return None;
        }
        let mut seconds = Vec::new();
        let mut last = None;
        for _ in 0..self.turns {
            let start = (processor_seconds(), Instant::now());
            last = Some(run(&mut new(), nodes, pods));
            seconds.push(seconds_since(start));
        }
        seconds.sort_by(f64::total_cmp);
        let ran = last?;
        println!(
            "{name:<45} {:>7.3} µs a pod ({:.3} to {:.3})  {} placed  most running {:>7}  digest {:016x}  {:>3.0} MB so far",
            seconds[seconds.len() / 2] * 1e6 / pods as f64,
            seconds[0] * 1e6 / pods as f64,
            seconds[seconds.len() - 1] * 1e6 / pods as f64,
            ran.placed,
            ran.running_max,
            ran.digest,
            memory_max()
        );
        Some((ran, seconds[seconds.len() / 2]))
    }
}

/// How much longer the plain look takes, at the same answer.
fn compare(ours: Option<(Ran, f64)>, plain: Option<(Ran, f64)>) {
    if let (Some((ours, seconds)), Some((plain, plainly))) = (ours, plain) {
        assert!(ours == plain, "the same rule places every pod alike");
        println!("{:<45} {:>7.2} times as long node by node", "", plainly / seconds);
    }
}

fn main() {
    let words = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with('-'))
        .collect();
    let asked = Asked { words, turns: 5 };
    const MILLION: usize = 1_000_000;
    const FEW: usize = 100_000;
    for nodes in [10_000, 100_000] {
        let (two, four) = (vec![[NODE[0], NODE[1]]; nodes], vec![NODE; nodes]);
        let name = |what: &str| format!("{nodes} nodes, {what}");
        use Order::{First, LeastLeft, MostLeft};
        asked.case(&name("best fit 2-D, index"), nodes, MILLION, || {
            FleetIndex::new(&two, LeastLeft)
        });
        asked.case(&name("best fit 4-D, index"), nodes, MILLION, || {
            FleetIndex::new(&four, LeastLeft)
        });
        asked.case(&name("worst fit 2-D, index"), nodes, MILLION, || {
            FleetIndex::new(&two, MostLeft)
        });
        asked.case(&name("worst fit 4-D, index"), nodes, MILLION, || {
            FleetIndex::new(&four, MostLeft)
        });
        asked.case(&name("first fit 2-D, index"), nodes, MILLION, || {
            FleetIndex::new(&two, First)
        });
        asked.case(&name("first fit 4-D, index"), nodes, MILLION, || {
            FleetIndex::new(&four, First)
        });
        let ours = asked.case(&name("least CPU, index"), nodes, MILLION, || {
            FleetIndex::by_one(&two, LeastLeft, 0)
        });
        asked.case(&name("least CPU, buckets by hand"), nodes, MILLION, || {
            HandBuckets::new(nodes)
        });
        let pods = if nodes == 10_000 { MILLION } else { FEW };
        let by_hand = asked.case(&name("least CPU, scan by hand"), nodes, pods, || {
            HandScan::new(nodes)
        });
        if let (Some((ours, _)), Some((by_hand, _))) = (ours, by_hand)
            && pods == MILLION
        {
            assert!(ours == by_hand, "the same rule places every pod alike");
        }
        asked.case(&name("least CPU, scan"), nodes, FEW, || {
            FleetScan::by_one(&two, LeastLeft, 0)
        });
        let ours = asked.case(&name("best fit 2-D, scan"), nodes, FEW, || {
            FleetScan::new(&two, LeastLeft)
        });
        let plain = asked.case(&name("best fit 2-D, scan node by node"), nodes, FEW, || {
            PlainScan::new(nodes, &[NODE[0], NODE[1]], [4, 1])
        });
        compare(ours, plain);
        let ours = asked.case(&name("best fit 4-D, scan"), nodes, FEW, || {
            FleetScan::new(&four, LeastLeft)
        });
        let plain = asked.case(&name("best fit 4-D, scan node by node"), nodes, FEW, || {
            PlainScan::new(nodes, &NODE, [8, 2, 4, 1])
        });
        compare(ours, plain);
    }
}
