//! Which nodes are unneeded, and since when (`core/scaledown/planner/planner.go`, `eligibility/eligibility.go`,
//! `unneeded/nodes.go`, `unremovable/nodes.go`).
//!
//! Knows: how full nodes are, which pods forbid that a node goes, and what was found out at earlier looks. Must not know:
//! when a node that is unneeded goes.

use super::drain::{Blocker, Fate, RemainingBudgets};
use super::occupants::{Covering, gone_from, kind, tenant, utilization};
use super::removal::Removals;
use super::scan::Scan;
use super::unready;
use super::utilization::{Decisive, Kind};
use crate::engine::{Span, Time};
use crate::model::cluster::{BoundPod, ClusterView, NodeId, NodePhase, PodId};
use crate::policy::node_scaling::NodeInfo;
use std::collections::{BTreeMap, BTreeSet};

/// The annotation of nodes that are never removed.
const SCALE_DOWN_DISABLED: &str = "cluster-autoscaler.kubernetes.io/scale-down-disabled";

/// What is remembered of nodes between looks.
#[derive(Clone, Debug, Default)]
pub(super) struct Planner {
    /// Nodes that are unneeded.
    pub(super) unneeded: BTreeMap<NodeId, Unneeded>,
    /// Until when nodes are not looked at again because their pods could not move.
    recheck: BTreeMap<NodeId, Time>,
    /// Where pods found room when they were last looked for.
    hints: BTreeMap<PodId, NodeId>,
    /// When the next pod that is stopping counts as gone, or a pool has waited long enough.
    next_change: Option<Time>,
}

/// A node that is unneeded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Unneeded {
    pub(super) since: Time,
    /// Pods that would move.
    pub(super) moving: u32,
    /// How full it is, and of what.
    pub(super) full: (Decisive, f64),
}

/// Why a node is not unneeded.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Stays {
    /// What happened in its pool keeps it for so long.
    Cooldown(&'static str, Span),
    /// Its annotation says that it stays.
    Disabled,
    /// Its group is at its min.
    MinSize,
    /// It is not ready, and such nodes are left alone.
    UnreadyKept,
    /// What it is used for cannot be told.
    NothingAllocatable,
    /// It is too full.
    NotUnderutilized(Decisive, f64),
    /// A pod forbids it.
    Blocked(Option<PodId>, Blocker),
    /// A pod would find no room.
    NoPlace(Option<PodId>),
    /// Its pods could not move when it was last looked at.
    Recently,
    /// Enough others are unneeded.
    NotLookedAt(usize),
}

/// A node that may go if its pods find room.
struct Candidate<'a> {
    info: &'a NodeInfo,
    full: (Decisive, f64),
    empty: bool,
}

impl Planner {
    /// Forgets that nodes are unneeded.
    pub(super) fn forget(&mut self) {
        self.unneeded.clear();
    }

    /// Until when what was found out holds if nothing changes.
    pub(super) fn holds_until(&self) -> Time {
        let recheck = self.recheck.values().copied();
        recheck.chain(self.next_change).min().unwrap_or(Time::NEVER)
    }

    /// Finds out anew which nodes are unneeded, but for those of pools that are `waiting` for so long; tells of each other
    /// one why it stays.
    pub(super) fn update(
        &mut self,
        scan: &Scan<'_>,
        waiting: &[Option<(&'static str, Span)>],
        stays: &mut dyn FnMut(&NodeInfo, Stays),
    ) {
        let (view, now) = (scan.view, scan.now());
        self.recheck.retain(|_, until| now < *until);
        let over = waiting.iter().flatten().map(|(_, left)| now + *left);
        self.next_change = over.chain(next_gone(scan)).min();
        let budgets = &view.cluster.objects().budgets;
        let mut covering = Covering::new(budgets);
        let mut remaining = RemainingBudgets::of(budgets);
        let mut candidates = self.eligible(scan, waiting, (&mut covering, &remaining), stays);
        // Those without pods first, then those that were unneeded before.
        candidates.sort_by_key(|one| (!one.empty, !self.unneeded.contains_key(&one.info.id)));
        let mut removals = self.removals(scan);
        let places: BTreeMap<NodeId, usize> = view.nodes.iter().map(|node| (node.id, node.place)).collect();
        let ids: BTreeMap<usize, NodeId> = view.nodes.iter().map(|node| (node.place, node.id)).collect();
        let (mut unneeded, mut hints) = (BTreeMap::new(), BTreeMap::new());
        let most = self.unneeded_max(scan);
        for candidate in &candidates {
            let info = candidate.info;
            if unneeded.len() >= most {
                stays(info, Stays::NotLookedAt(unneeded.len()));
                continue;
            }
            let found = moving(scan, info.place, &mut covering, &remaining).and_then(|moving| {
                let hint = |pod: PodId| self.hints.get(&pod).and_then(|node| places.get(node)).copied();
                match removals.remove(info.place, &moving, &hint) {
                    Ok(places) => Ok((moving, places)),
                    Err(pod) => Err(Stays::NoPlace(moving[pod].id)),
                }
            });
            let (moving, to) = match found {
                Ok(found) => found,
                Err(why) => {
                    let until = now + scan.settings.unremovable_node_recheck_timeout.span();
                    self.recheck.insert(info.id, until);
                    stays(info, why);
                    continue;
                }
            };
            for (pod, place) in moving.iter().zip(to) {
                remaining.charge(covering.of(&pod.class));
                if let Some((pod, to)) = pod.id.zip(ids.get(&place)) {
                    hints.insert(pod, *to);
                }
            }
            let since = self.unneeded.get(&info.id).map_or(now, |known| known.since);
            unneeded.insert(
                info.id,
                Unneeded {
                    since,
                    moving: moving.len() as u32,
                    full: candidate.full,
                },
            );
        }
        (self.unneeded, self.hints) = (unneeded, hints);
    }

    /// Nodes that are ready to go as far as they themselves are concerned.
    fn eligible<'a>(
        &self,
        scan: &Scan<'a>,
        waiting: &[Option<(&'static str, Span)>],
        (covering, remaining): (&mut Covering<'_>, &RemainingBudgets),
        stays: &mut dyn FnMut(&NodeInfo, Stays),
    ) -> Vec<Candidate<'a>> {
        let (view, settings) = (scan.view, scan.settings);
        let mut candidates = Vec::new();
        let is_there = |node: &&NodeInfo| matches!(node.phase, NodePhase::Ready | NodePhase::Unreachable);
        for info in view.nodes.iter().filter(is_there) {
            let Some(node) = scan.search.view().node(info.place) else {
                continue;
            };
            let pool = &view.pools[info.pool];
            if let Some((why, left)) = waiting[info.pool] {
                stays(info, Stays::Cooldown(why, left));
                continue;
            }
            if node
                .facts
                .annotations
                .get(SCALE_DOWN_DISABLED)
                .map(String::as_str)
                == Some("true")
            {
                stays(info, Stays::Disabled);
                continue;
            }
            if pool.staying <= pool.spec.nodes_min {
                stays(info, Stays::MinSize);
                continue;
            }
            if self.recheck.contains_key(&info.id) {
                stays(info, Stays::Recently);
                continue;
            }
            if !settings.scale_down_unready_enabled && unready::is_unready(info, node) {
                stays(info, Stays::UnreadyKept);
                continue;
            }
            let Some(used) = utilization(node, settings, scan.now()) else {
                stays(info, Stays::NothingAllocatable);
                continue;
            };
            let threshold = match used.gpu {
                Some(_) => settings.scale_down_gpu_utilization_threshold,
                None => settings.scale_down_utilization_threshold,
            };
            let full = used.decisive();
            if !used.is_low(threshold) {
                stays(info, Stays::NotUnderutilized(full.0, full.1));
                continue;
            }
            let moving = moving(scan, info.place, covering, remaining);
            let empty = moving.is_ok_and(|moving| moving.is_empty());
            candidates.push(Candidate { info, full, empty });
        }
        candidates
    }

    /// The cluster from which nodes go one after another: pods of nodes that are being emptied already come first.
    fn removals<'a>(&self, scan: &'a Scan<'_>) -> Removals<'a> {
        let (view, now) = (scan.view, scan.now());
        let mut destinations = vec![false; scan.search.view().len()];
        let mut coming: Vec<BoundPod> = Vec::new();
        for info in view.nodes {
            match info.phase {
                NodePhase::Ready => destinations[info.place] = true,
                NodePhase::Draining => {
                    let node = view.cluster.node(info.place).into_iter();
                    let pods = node.flat_map(|node| node.pods.iter().map(|(_, pod)| pod));
                    let moved = pods.filter(|pod| pod.terminating.is_none()).filter(|pod| {
                        let class = &pod.class;
                        kind(class) == Kind::Ordinary
                    });
                    coming.extend(moved.cloned());
                }
                NodePhase::Booting | NodePhase::Unreachable => {}
            }
        }
        let last_found = scan.search.last_found();
        let mut removals = Removals::new(scan.scheduler, scan.search.view(), destinations, last_found, now);
        removals.settle(&coming);
        removals
    }

    /// So many unneeded nodes are enough: more could not go soon.
    fn unneeded_max(&self, scan: &Scan<'_>) -> usize {
        let settings = scan.settings;
        let parallel = settings.max_scale_down_parallelism as usize;
        let interval = settings.scan_interval.span().nanos().max(1);
        let loops = (settings.scale_down_unneeded_time.span().nanos() / interval).max(1);
        let soon = parallel * usize::try_from(loops).unwrap_or(usize::MAX).min(1 << 20) + parallel;
        (self.unneeded.len() + 2 * parallel).min(soon)
    }
}

/// The pods of the node at `place` that would need room elsewhere, in the order in which they came.
fn moving(
    scan: &Scan<'_>,
    place: usize,
    covering: &mut Covering<'_>,
    remaining: &RemainingBudgets,
) -> Result<Vec<BoundPod>, Stays> {
    let rules = scan.settings.drain_rules();
    let mut moving = Vec::new();
    let node = scan.search.view().node(place).into_iter();
    for (_, pod) in node.flat_map(|node| node.pods.iter()) {
        let fate = rules.fate(&tenant(pod, scan.now()), remaining, covering.of(&pod.class));
        match fate {
            Fate::Moves => moving.push(pod.clone()),
            Fate::EndsWithNode | Fate::Vanishes => {}
            Fate::Blocks(blocker) => return Err(Stays::Blocked(pod.id, blocker)),
        }
    }
    Ok(moving)
}

/// When the next pod that is stopping counts as gone.
fn next_gone(scan: &Scan<'_>) -> Option<Time> {
    let nodes = scan.view.nodes.iter();
    let nodes = nodes.filter_map(|info| scan.view.cluster.node(info.place));
    let nodes = nodes.filter(|node| node.pods.classes().iter().any(|count| count.terminating > 0));
    let pods = nodes.flat_map(|node| node.pods.iter().map(|(_, pod)| pod));
    // It is gone strictly after that.
    let from = pods.filter_map(gone_from).map(|from| from + Span::from_nanos(1));
    from.filter(|from| *from > scan.now()).min()
}

/// How long a node must have been unneeded before it goes.
pub(super) fn patience(scan: &Scan<'_>, info: &NodeInfo) -> Span {
    let node = scan.search.view().node(info.place);
    match node.is_some_and(|node| unready::is_unready(info, node)) {
        true => scan.settings.scale_down_unready_time.span(),
        false => scan.settings.scale_down_unneeded_time.span(),
    }
}

/// Nodes by their id, for those who look many of them up.
pub(super) fn ids(scan: &Scan<'_>) -> BTreeSet<NodeId> {
    scan.view.nodes.iter().map(|node| node.id).collect()
}
