//! How many nodes of a kind some pods need (`cluster-autoscaler/estimator/binpacking_estimator.go`).
//!
//! Knows: the scheduler's filters, never its scores. Must not know: which kinds of nodes there are, or who is asked next.
//!
//! Pods of one group are alike. A group's pods first go to nodes that were made for groups before it, each search
//! beginning after the node where the last one ended; then to the newest node, and where that is full to another one.

use super::circular::Circular;
use crate::engine::Time;
use crate::model::cluster::{BoundPod, ClusterView, NodeView, Overlay, PodId};
use crate::model::gpu::Taken;
use crate::model::placement_rules::{HOSTNAME_LABEL, WhenUnsatisfiable};
use crate::model::pod_template::{ContainerKind, PodTemplate};
use crate::policy::placement::kube_scheduler::{KubeScheduler, Plugin};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Pods that are alike and wait.
#[derive(Clone, Debug)]
pub struct Group {
    /// What they are made from.
    pub class: Arc<PodTemplate>,
    /// How many.
    pub count: u32,
    /// One of them, where their volumes tell them from others of their class.
    pub like: Option<PodId>,
}

/// What an estimate says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Estimate {
    /// Nodes that got at least one pod.
    pub nodes: u32,
    /// Pods that got room, by group in the given order.
    pub scheduled: Vec<u32>,
    /// The groups in the order in which their pods were placed, each time another one's turn came.
    pub runs: Vec<usize>,
    /// Where the last search ended.
    pub last_found: usize,
}

/// How an estimate is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The most nodes; `None` for no limit.
    pub nodes_max: Option<u32>,
    /// The capacity of one node, not what of it is allocatable: thousandths of a CPU and bytes of memory.
    pub capacity: (u64, u64),
    /// Whether the nodes for the largest group are counted and not filled one by one (`fastpath-binpacking-enabled`).
    pub fast_path: bool,
    /// Where the last search before this estimate ended.
    pub last_found: usize,
}

/// How many nodes the `groups` need beside those of `view`. New ones look like those of `fresh` in turn: one, or one for
/// each zone.
#[must_use]
pub fn estimate(
    scheduler: &KubeScheduler,
    view: &dyn ClusterView,
    fresh: &[NodeView],
    groups: &[Group],
    settings: Settings,
    now: Time,
) -> Estimate {
    let Some(first) = fresh.first() else {
        return Estimate::default();
    };
    let mut packing = Packing {
        search: Circular::new(scheduler, Overlay::new(view), settings.last_found, now),
        existing: view.len(),
        fresh,
        settings,
        now,
        added: 0,
        taken: BTreeSet::new(),
        imaginary: 0,
        refused: false,
        estimate: Estimate {
            scheduled: vec![0; groups.len()],
            ..Estimate::default()
        },
    };
    let (order, counted) = order(first, groups, settings);
    for index in order {
        packing.pack(index, &groups[index], counted == Some(index));
    }
    let filled = packing.taken.len() as u32;
    packing.estimate.last_found = packing.search.last_found();
    packing.estimate.nodes = filled + packing.imaginary;
    packing.estimate
}

/// The groups, the largest pods first; and on the fast path the one whose nodes are counted, which comes last.
fn order(fresh: &NodeView, groups: &[Group], settings: Settings) -> (Vec<usize>, Option<usize>) {
    let size = |group: &Group| {
        let (asked, whole) = (group.class.requests(), &fresh.allocatable);
        let share = |asked: u64, whole: u64| {
            if whole == 0 {
                0.0
            } else {
                asked as f64 / whole as f64
            }
        };
        share(asked.cpu_milli, whole.cpu_milli) + share(asked.memory_bytes, whole.memory_bytes)
    };
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.sort_by(|&a, &b| size(&groups[b]).total_cmp(&size(&groups[a])));
    if !settings.fast_path {
        return (order, None);
    }
    let may = order
        .iter()
        .filter(|&&index| may_be_counted(&groups[index].class));
    let counted = may
        .max_by_key(|&&index| saving(settings.capacity, &groups[index]))
        .copied();
    if let Some(counted) = counted {
        order.retain(|&index| index != counted);
        order.push(counted);
    }
    (order, counted)
}

/// Whether full nodes of such pods are all alike: where a pod goes hangs on nothing but its own node.
fn may_be_counted(class: &PodTemplate) -> bool {
    let rules = &class.rules;
    let elsewhere = |key: &str| key != HOSTNAME_LABEL;
    rules.spread.is_empty()
        && !rules
            .pod_anti_affinity
            .required
            .iter()
            .any(|term| elsewhere(&term.topology_key))
}

/// How many placements counting saves, by a rough guess at the nodes needed.
fn saving(capacity: (u64, u64), group: &Group) -> u64 {
    let count = u64::from(group.count);
    let asked = group
        .class
        .containers
        .iter()
        .find(|one| one.kind == ContainerKind::Main);
    let asked = asked.map(|one| (one.requests.cpu_milli, one.requests.memory_bytes));
    let (cpu, memory) = asked.unwrap_or_default();
    let needed = |asked: u64, whole: u64| (count * asked).div_ceil(whole.max(1));
    let mut nodes = needed(cpu, capacity.0).max(needed(memory, capacity.1));
    if repels_itself(&group.class) {
        nodes = nodes.max(count);
    }
    count - count / nodes.max(1)
}

fn repels_itself(class: &PodTemplate) -> bool {
    let mut terms = class.rules.pod_anti_affinity.required.iter();
    terms.any(|term| {
        let own = term.matches(&class.namespace, &class.namespace, None, &class.labels);
        term.topology_key == HOSTNAME_LABEL && own
    })
}

/// An estimate in the making.
struct Packing<'a> {
    search: Circular<'a>,
    existing: usize,
    fresh: &'a [NodeView],
    settings: Settings,
    now: Time,
    added: u32,
    /// Nodes that took a pod. One that was there before counts as if it had to be launched: so it does in Go.
    taken: BTreeSet<usize>,
    imaginary: u32,
    /// Whether the limit has said no.
    refused: bool,
    estimate: Estimate,
}

impl Packing<'_> {
    fn pack(&mut self, index: usize, group: &Group, counted: bool) {
        let mut left = group.count;
        let existing = self.existing;
        while left > 0 && self.search(group, |place| place >= existing) {
            self.placed(index);
            left -= 1;
        }
        if counted {
            self.count(index, group, left);
            return;
        }
        while left > 0 && !self.refused {
            if !self.place_beyond(group) {
                return;
            }
            self.placed(index);
            left -= 1;
        }
    }

    /// Places a pod that no node made before takes: on the newest, or on one more.
    fn place_beyond(&mut self, group: &Group) -> bool {
        if let Some(newest) = self.newest() {
            let Some(refusal) = self.search.refusal(&group.class, group.like, newest) else {
                self.put(&group.class, newest);
                return true;
            };
            let spreads = group.class.rules.spread.iter().any(|constraint| {
                constraint.topology_key == HOSTNAME_LABEL
                    && constraint.when_unsatisfiable == WhenUnsatisfiable::DoNotSchedule
            });
            if spreads
                && refusal.plugin == Plugin::PodTopologySpread
                && self.search(group, |place| place != newest)
            {
                return true;
            }
            if !self.taken.contains(&newest) {
                return false;
            }
        }
        let Some(place) = self.add() else { return false };
        let takes = self.search.refusal(&group.class, group.like, place).is_none();
        if takes {
            self.put(&group.class, place);
        }
        takes
    }

    /// Fills one node and counts how many more like it are needed.
    fn count(&mut self, index: usize, group: &Group, left: u32) {
        if left == 0 || self.refused {
            return;
        }
        let Some(place) = self.add() else { return };
        let mut on_one = 0;
        while on_one < left && self.search.refusal(&group.class, group.like, place).is_none() {
            self.put(&group.class, place);
            self.placed(index);
            on_one += 1;
        }
        if on_one == 0 {
            return;
        }
        let mut rest = left - on_one;
        while rest > 0 && self.may_add() {
            self.added += 1;
            self.imaginary += 1;
            let here = rest.min(on_one);
            self.estimate.scheduled[index] += here;
            rest -= here;
        }
    }

    /// Places a pod on the first node found of those that `may` be.
    fn search(&mut self, group: &Group, may: impl Fn(usize) -> bool) -> bool {
        let Some(place) = self.search.find(&group.class, group.like, may) else {
            return false;
        };
        self.put(&group.class, place);
        true
    }

    fn put(&mut self, class: &Arc<PodTemplate>, place: usize) {
        let pod = BoundPod {
            class: class.clone(),
            id: None,
            started: self.now,
            terminating: None,
            devices: Taken::NONE,
        };
        self.search.put(pod, place);
        self.taken.insert(place);
    }

    fn placed(&mut self, index: usize) {
        self.estimate.scheduled[index] += 1;
        if self.estimate.runs.last() != Some(&index) {
            self.estimate.runs.push(index);
        }
    }

    /// The node that was made last.
    fn newest(&self) -> Option<usize> {
        (self.search.view().len() > self.existing).then(|| self.search.view().len() - 1)
    }

    /// Asks the limit for one more node.
    fn may_add(&mut self) -> bool {
        let may = self.settings.nodes_max.is_none_or(|most| self.added < most);
        self.refused |= !may;
        may
    }

    fn add(&mut self) -> Option<usize> {
        if !self.may_add() {
            return None;
        }
        let fresh = &self.fresh[self.added as usize % self.fresh.len()];
        let name = format!("{}-{}", fresh.facts.name, self.added);
        self.added += 1;
        Some(self.search.add_node(fresh.named(&name)))
    }
}
