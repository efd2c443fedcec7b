//! Which of several ways to grow is best (`cluster-autoscaler/expander/`).
//!
//! Knows: what each way would launch and for how many pods. Must not know: how that was found out. An expander names
//! every best way; the draw among equals is the caller's.

/// A way to grow: so many nodes of one group for so many pods.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Growth {
    /// Nodes to launch.
    pub nodes: u32,
    /// Pods that would run on them.
    pub pods: u32,
    /// What those pods ask for together: thousandths of a CPU and bytes of memory.
    pub asked: (u64, u64),
    /// The capacity of one node, not what of it is allocatable: thousandths of a CPU and bytes of memory.
    pub capacity: (u64, u64),
    /// Price of one node for an hour.
    pub node_price: f64,
    /// Price of the pods for an hour, by what they ask for.
    pub pods_price: f64,
    /// Whether its nodes have GPUs.
    pub gpus: bool,
    /// Whether the group exists; one that would have to be made first counts as twice as unfit.
    pub exists: bool,
}

/// What makes one way better than another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expander {
    /// The least share of CPU and memory left idle on the new nodes; the default.
    #[default]
    LeastWaste,
    /// The most pods get room.
    MostPods,
    /// The fewest nodes are launched.
    LeastNodes,
    /// The least price for what the pods are worth, held against a preferred size of nodes.
    Price,
    /// The group whose name matches the pattern of the highest priority. Only names tell: here all ways are equal.
    Priority,
    /// Any.
    Random,
}

/// What the price expander knows of the cluster.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PriceContext {
    /// Price of a pod of 500 thousandths of a CPU and 500 MiB for an hour: keeps ratios of small prices apart.
    pub small_pod_price: f64,
    /// Nodes the cluster has: the larger it is, the larger the nodes it prefers.
    pub cluster_nodes: usize,
}

/// CPUs of the preferred node up to so many nodes in the cluster (`price/preferred.go`).
const PREFERRED_CPUS: [(usize, u64); 5] = [(2, 1), (6, 2), (20, 4), (60, 8), (200, 16)];
/// CPUs of the preferred node of larger clusters.
const PREFERRED_CPUS_MOST: u64 = 32;
/// So unfit is a node with GPUs, whatever its size.
const UNFITNESS_OF_GPUS: f64 = 1000.0;

impl Expander {
    /// What each is called by users.
    pub const NAMES: [&'static str; 6] = [
        "least-waste",
        "most-pods",
        "least-nodes",
        "price",
        "priority",
        "random",
    ];

    /// The expander of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let all = [
            Self::LeastWaste,
            Self::MostPods,
            Self::LeastNodes,
            Self::Price,
            Self::Priority,
            Self::Random,
        ];
        all.into_iter().find(|expander| expander.name() == name)
    }

    /// What users call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// The best of `ways`, by their places, in order.
    #[must_use]
    pub fn best(self, ways: &[Growth], context: PriceContext) -> Vec<usize> {
        match self {
            Self::Random | Self::Priority => (0..ways.len()).collect(),
            Self::MostPods => least(ways, |way| -f64::from(way.pods)),
            Self::LeastNodes => least(ways, |way| f64::from(way.nodes)),
            Self::LeastWaste => least(ways, waste),
            Self::Price => least(ways, |way| price_score(way, context)),
        }
    }
}

/// The places of the ways whose score is the least.
fn least(ways: &[Growth], score: impl Fn(&Growth) -> f64) -> Vec<usize> {
    let scores: Vec<f64> = ways.iter().map(score).collect();
    let best = scores.iter().copied().fold(f64::INFINITY, f64::min);
    let is_best = |place: &usize| scores[*place].total_cmp(&best).is_eq();
    (0..ways.len()).filter(is_best).collect()
}

/// The share of the new nodes' CPU left idle, plus the same of memory (`waste/waste.go`).
fn waste(way: &Growth) -> f64 {
    let idle = |capacity: u64, asked: u64| {
        let all = capacity as f64 * f64::from(way.nodes);
        (all - asked as f64) / all
    };
    idle(way.capacity.0, way.asked.0) + idle(way.capacity.1, way.asked.1)
}

/// How dear a way is (`price/price.go`): its price over the pods' worth, times how unfit its nodes are, which counts less
/// the more of them there are.
fn price_score(way: &Growth, context: PriceContext) -> f64 {
    let small = context.small_pod_price;
    let ratio = (way.node_price * f64::from(way.nodes) + small) / (way.pods_price + small);
    let fit = if way.gpus {
        UNFITNESS_OF_GPUS
    } else {
        let cpus = way.capacity.0 as f64 / 1000.0;
        let preferred = preferred_cpus(context.cluster_nodes) as f64;
        let unfitness = (preferred / cpus).max(cpus / preferred);
        let suppression = 1.0 - ((f64::from(way.nodes) - 1.0) / 15.0).tanh();
        (unfitness - 1.0) * suppression + 1.0
    };
    let new = if way.exists { 1.0 } else { 2.0 };
    ratio * fit * new
}

fn preferred_cpus(nodes: usize) -> u64 {
    let mut steps = PREFERRED_CPUS.iter();
    steps
        .find(|(up_to, _)| nodes <= *up_to)
        .map_or(PREFERRED_CPUS_MOST, |(_, cpus)| *cpus)
}
