//! The descheduler's plugins for how full nodes are: LowNodeUtilization evicts pods from overfull nodes so that the scheduler
//! can put them on others that have room; HighNodeUtilization empties nodes that are hardly used.
//!
//! Source: kubernetes-sigs/descheduler, `pkg/framework/plugins/nodeutilization` and `defaultevictor`, without metrics: how
//! full a node is, is what its pods request of its allocatable. Everything is as the plugins have it where nobody says
//! otherwise: no limit of evictions, no `nodeFit`, `numberOfNodes` 0, no deviation thresholds.
//!
//! Knows: which nodes are too full or too empty, which pods leave them, in which order, and when that ends. Must not know:
//! where their replacements go; that is the scheduler's business. Where the plugins walk maps, whose order Go draws anew
//! each time, nodes and pods go in the order of the view.

mod evictable;
#[cfg(test)]
mod tests;
mod thresholds;
mod usage;

pub use evictable::Protection;
pub use thresholds::Thresholds;

use crate::model::cluster::{BoundPod, ClusterView, NodeView};
use crate::model::placement_rules::DisruptionBudget;
use evictable::{protection, rank};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use usage::{amount, capacity, percentages, used_by};

/// Which plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Pods leave overfull nodes as long as others are hardly used.
    LowNodeUtilization,
    /// Pods leave nodes that are hardly used.
    HighNodeUtilization,
}

/// How full a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Below all thresholds.
    Underutilized,
    /// Above a target threshold.
    Overutilized,
    /// Neither, or closed.
    Appropriate,
}

/// A node and how full it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Classified {
    /// Its place.
    pub place: usize,
    /// How full it is.
    pub level: Level,
    /// Percent of it that is requested, by resource.
    pub percent: BTreeMap<String, f64>,
}

/// A pod that is evicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Eviction {
    /// The place of its node.
    pub place: usize,
    /// Its ticket there.
    pub ticket: u64,
}

/// Why a pod of a node that should be less full, or empty, is not evicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// The evictor passes it over.
    Protected(Protection),
    /// It tolerates the taints of no node that could take pods.
    Taints,
    /// Its budget allows none to go, or no more in one pass.
    Budget,
    /// It is under several budgets: the Eviction API refuses that.
    SeveralBudgets,
}

impl Kept {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Protected(protection) => protection.name(),
            Self::Taints => "Taints",
            Self::Budget => "Budget",
            Self::SeveralBudgets => "SeveralBudgets",
        }
    }

    /// What it means, after the pod's name.
    #[must_use]
    pub const fn told(self) -> &'static str {
        match self {
            Self::Protected(protection) => protection.told(),
            Self::Taints => "tolerates the taints of no node that could take it",
            Self::Budget => "is under a disruption budget that allows no more to go",
            Self::SeveralBudgets => "is under several disruption budgets, which the Eviction API refuses",
        }
    }
}

/// Why nothing is done at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idle {
    /// No node is underutilized.
    NoneUnderutilized,
    /// All nodes are.
    AllUnderutilized,
    /// No node is above its target.
    NoneOverutilized,
    /// No other node could take pods.
    NoneToTakePods,
}

/// What one pass comes to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pass {
    /// Every node that is ready, in the order of the view.
    pub nodes: Vec<Classified>,
    /// Who is evicted, in this order.
    pub evictions: Vec<Eviction>,
    /// Pods that were looked at, or passed over, and stay.
    pub kept: Vec<(Eviction, Kept)>,
    /// Why nothing is done, if that is so from the start.
    pub idle: Option<Idle>,
}

/// One pass over the nodes of `view`. `targets` are LowNodeUtilization's; the other plugin takes all of a node.
#[must_use]
pub fn pass(
    view: &dyn ClusterView,
    strategy: Strategy,
    thresholds: &Thresholds,
    targets: &Thresholds,
) -> Pass {
    let full = thresholds.all_at(100.0);
    let targets = match strategy {
        Strategy::LowNodeUtilization => targets,
        Strategy::HighNodeUtilization => &full,
    };
    let resources = thresholds.with_basic_resources();
    let ready: Vec<(usize, &NodeView)> = (0..view.len())
        .filter_map(|place| Some((place, view.node(place).filter(|node| node.open)?)))
        .collect();
    let mut pass = Pass::default();
    let (mut low, mut others) = (Vec::new(), Vec::new());
    for &(place, node) in &ready {
        let percent = percentages(node, &resources);
        let is_below = thresholds.none_below(&percent);
        let is_above = targets.any_below(&percent);
        let level = match strategy {
            Strategy::LowNodeUtilization if is_below && !node.cordoned => Level::Underutilized,
            Strategy::LowNodeUtilization if is_above => Level::Overutilized,
            Strategy::HighNodeUtilization if is_below => Level::Underutilized,
            _ => Level::Appropriate,
        };
        let takes_part = match strategy {
            Strategy::LowNodeUtilization => level == Level::Overutilized,
            Strategy::HighNodeUtilization => !node.cordoned,
        };
        if level == Level::Underutilized {
            low.push((place, node));
        } else if takes_part {
            others.push((place, node));
        }
        pass.nodes.push(Classified {
            place,
            level,
            percent,
        });
    }
    pass.idle = if low.is_empty() {
        Some(Idle::NoneUnderutilized)
    } else if low.len() == ready.len() {
        Some(Idle::AllUnderutilized)
    } else if others.is_empty() {
        Some(match strategy {
            Strategy::LowNodeUtilization => Idle::NoneOverutilized,
            Strategy::HighNodeUtilization => Idle::NoneToTakePods,
        })
    } else {
        None
    };
    if pass.idle.is_some() {
        return pass;
    }
    // Amounts of all resources in one sum, memory in bytes: memory decides.
    let fullness = |node: &NodeView| -> i128 { resources.iter().map(|name| amount(node, name)).sum() };
    let (mut sources, destinations) = match strategy {
        Strategy::LowNodeUtilization => (others, low),
        Strategy::HighNodeUtilization => (low, others),
    };
    match strategy {
        Strategy::LowNodeUtilization => sources.sort_by_key(|(_, node)| Reverse(fullness(node))),
        Strategy::HighNodeUtilization => sources.sort_by_key(|(_, node)| fullness(node)),
    }
    let mut evictor = Evictor {
        strategy,
        targets,
        resources: &resources,
        room: resources
            .iter()
            .map(|name| {
                let free =
                    |(_, node): &(usize, &NodeView)| capacity(node, name, targets) - amount(node, name);
                (name.clone(), destinations.iter().map(free).sum())
            })
            .collect(),
        destinations: destinations.iter().map(|(_, node)| *node).collect(),
        budgets: &view.objects().budgets,
        allowed: view
            .objects()
            .budgets
            .iter()
            .map(|budget| budget.disruptions_allowed)
            .collect(),
        pass,
    };
    for (place, node) in sources {
        evictor.empty(place, node);
    }
    evictor.pass
}

/// A pass in progress.
struct Evictor<'a> {
    strategy: Strategy,
    targets: &'a Thresholds,
    resources: &'a [String],
    /// What the nodes that could take pods have left up to their targets, by resource.
    room: BTreeMap<String, i128>,
    destinations: Vec<&'a NodeView>,
    budgets: &'a [DisruptionBudget],
    /// How many pods each budget still lets go: within a pass no replacement is ready yet.
    allowed: Vec<i32>,
    pass: Pass,
}

impl Evictor<'_> {
    /// Evicts pods from a node until it is full enough, or there is no room left for them.
    fn empty(&mut self, place: usize, node: &NodeView) {
        let mut removable: Vec<(u64, &BoundPod)> = Vec::new();
        for (ticket, pod) in node.pods.iter() {
            match protection(pod) {
                None => removable.push((ticket, pod)),
                // What ends with its node is no news.
                Some(Protection::DaemonSet | Protection::Mirror) => {}
                Some(why) => self.keep(place, ticket, Kept::Protected(why)),
            }
        }
        removable.sort_by_key(|(_, pod)| rank(&pod.class));
        let mut used: BTreeMap<&str, i128> = self
            .resources
            .iter()
            .map(|name| (name.as_str(), amount(node, name)))
            .collect();
        if !self.goes_on(node, &used) {
            return;
        }
        for (ticket, pod) in removable {
            if !self.destinations.iter().any(|node| tolerates_all(pod, node)) {
                self.keep(place, ticket, Kept::Taints);
                continue;
            }
            if let Err(why) = self.ask_for_eviction(pod) {
                self.keep(place, ticket, why);
                continue;
            }
            self.pass.evictions.push(Eviction { place, ticket });
            for name in self.resources {
                let freed = used_by(&pod.class, name);
                if let Some(used) = used.get_mut(name.as_str()) {
                    *used -= freed;
                }
                if let Some(room) = self.room.get_mut(name) {
                    *room -= freed;
                }
            }
            if !self.goes_on(node, &used) {
                return;
            }
        }
    }

    fn keep(&mut self, place: usize, ticket: u64, why: Kept) {
        self.pass.kept.push((Eviction { place, ticket }, why));
    }

    /// Whether a node of which so much is used should lose more pods.
    fn goes_on(&self, node: &NodeView, used: &BTreeMap<&str, i128>) -> bool {
        let has_room = self.room.values().all(|&room| room > 0);
        let is_above = || {
            let mut all = used.iter();
            all.any(|(name, &used)| used > capacity(node, name, self.targets))
        };
        has_room && (self.strategy == Strategy::HighNodeUtilization || is_above())
    }

    /// Asks the Eviction API, which takes no notice of anybody's plans.
    fn ask_for_eviction(&mut self, pod: &BoundPod) -> Result<(), Kept> {
        let (namespace, labels) = (&pod.class.namespace, &pod.class.labels);
        let covers =
            |budget: &DisruptionBudget| budget.namespace == *namespace && budget.selector.matches(labels);
        let mut covering = (0..self.budgets.len()).filter(|&budget| covers(&self.budgets[budget]));
        match (covering.next(), covering.next()) {
            (None, _) => Ok(()),
            (Some(_), Some(_)) => Err(Kept::SeveralBudgets),
            (Some(budget), None) if self.allowed[budget] < 1 => Err(Kept::Budget),
            (Some(budget), None) => {
                self.allowed[budget] -= 1;
                Ok(())
            }
        }
    }
}

/// Whether a pod bears every taint of a node. One with fewer tolerations than there are taints counts as one that does not.
fn tolerates_all(pod: &BoundPod, node: &NodeView) -> bool {
    let taints = &node.facts.taints;
    pod.class.tolerations.len() >= taints.len() && taints.iter().all(|taint| pod.class.tolerates(taint))
}
