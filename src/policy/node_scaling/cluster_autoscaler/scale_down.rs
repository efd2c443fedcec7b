//! Which unneeded nodes go now, and why each other node stays (`core/scaledown/actuation/`, `budgets/budgets.go`).
//!
//! Knows: timers, cooldowns, least sizes, and how many may go at once. Must not know: how a node was found to be unneeded.

use super::cooldown::Cooldowns;
use super::limits::{Limits, Total};
use super::planner::{Planner, Stays, Unneeded, ids, patience};
use super::reasons;
use super::scan::Scan;
use super::utilization::Decisive;
use crate::engine::{Span, Time};
use crate::model::cluster::{NodeId, PodId};
use crate::policy::node_scaling::{DrainPlan, NodeDecision, NodeEvent, NodeInfo, NodeScalingView};
use crate::policy::reason::{Reason, ReasonKind, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Between attempts at evictions that were forbidden (`actuation/drain.go`).
const EVICTION_RETRY: Span = Span::from_secs(10);

/// Removals under way, and what was told of nodes that stay.
#[derive(Clone, Debug, Default)]
pub(super) struct Actuation {
    /// Nodes on their way out; whether pods had to leave.
    deleting: BTreeMap<NodeId, bool>,
    /// What keeps nodes for a while.
    pub(super) cooldowns: Cooldowns,
    told: BTreeMap<NodeId, &'static str>,
    /// What the cluster was like when nodes were last looked through.
    seen: Option<Seen>,
}

/// By this it is known that nothing has changed.
#[derive(Clone, Debug)]
struct Seen {
    cluster: Arc<()>,
    change: u64,
    roster: Option<u64>,
    budgets: Vec<i32>,
    pools: Vec<(u32, u32)>,
    holds_until: Time,
}

/// What came of looking for nodes that could go.
#[derive(Debug, Default)]
pub(super) struct ScaleDown {
    pub(super) decisions: Vec<NodeDecision>,
    /// Whether any goes.
    pub(super) removed: bool,
}

impl Actuation {
    /// Takes in what has happened since the last look.
    pub(super) fn update(&mut self, view: &NodeScalingView<'_>) {
        for event in view.events {
            if let NodeEvent::DrainFailed { node, .. } = event {
                self.deleting.remove(node);
                let mut known = view.nodes.iter();
                if let Some(info) = known.find(|info| info.id == *node) {
                    self.cooldowns.failed(info.pool, view.now);
                }
            }
        }
    }

    fn forget_gone(&mut self, scan: &Scan<'_>) {
        let ids = ids(scan);
        self.deleting.retain(|node, _| ids.contains(node));
        self.told.retain(|node, _| ids.contains(node));
    }

    /// Says why a node stays, unless that was said already.
    fn tell(
        &mut self,
        scan: &Scan<'_>,
        info: &NodeInfo,
        reason: impl FnOnce() -> Reason,
        code: &'static str,
    ) -> Option<NodeDecision> {
        if self.told.get(&info.id) == Some(&code) {
            return None;
        }
        self.told.insert(info.id, code);
        let node = scan.view.cluster.node(info.place)?;
        Some(NodeDecision::Hold {
            subject: node.facts.name.as_str().into(),
            reason: reason(),
        })
    }

    /// What keeps all nodes, and for how long still; `very_new` if pods that came only just now wait.
    fn cooldown(&self, scan: &Scan<'_>, very_new: bool) -> Option<(&'static str, Span)> {
        if very_new {
            return Some((
                "a pod that came only just now",
                scan.settings.scan_interval.span(),
            ));
        }
        self.cooldowns.of_all(scan.settings, scan.now())
    }
}

/// Finds unneeded nodes and lets the first of them go.
pub(super) fn scale_down(
    scan: &Scan<'_>,
    (planner, actuation): (&mut Planner, &mut Actuation),
    very_new: bool,
    (limits, mut total): (Limits, Total),
) -> ScaleDown {
    let mut down = ScaleDown::default();
    look_through(scan, planner, actuation, &mut down);
    let cooldown = actuation.cooldown(scan, very_new);
    let (now, settings, view) = (scan.now(), scan.settings, scan.view);
    let mut staying: Vec<u32> = view.pools.iter().map(|pool| pool.staying).collect();
    let drains = actuation.deleting.values().filter(|drains| **drains).count();
    let mut places = settings.max_scale_down_parallelism as usize;
    places = places.saturating_sub(actuation.deleting.len());
    let mut drain_places = (settings.max_drain_parallelism as usize).saturating_sub(drains);
    // Those without pods first; of each kind the ones that have been unneeded longest.
    let by_id: BTreeMap<NodeId, &NodeInfo> = match planner.unneeded.is_empty() {
        true => BTreeMap::new(),
        false => view.nodes.iter().map(|node| (node.id, node)).collect(),
    };
    let unneeded = planner.unneeded.iter();
    let mut unneeded: Vec<(&NodeInfo, Unneeded)> = unneeded
        .filter_map(|(id, unneeded)| Some((*by_id.get(id)?, *unneeded)))
        .collect();
    unneeded.sort_by_key(|(info, unneeded)| (unneeded.moving > 0, unneeded.since, info.place));
    for (info, node) in unneeded {
        let span = now.since(node.since);
        let pool = &view.pools[info.pool];
        let patience = patience(scan, info);
        let hold = if span <= patience {
            Some((
                &reasons::NOT_LONG_ENOUGH,
                described(&reasons::NOT_LONG_ENOUGH, &node).with("limit", Value::Span(patience)),
            ))
        } else if let Some((why, left)) = cooldown {
            let reason = Reason::new(&reasons::COOLDOWN).with("why", Value::Word(why));
            Some((&reasons::COOLDOWN, reason.with("span", Value::Span(left))))
        } else if staying[info.pool] <= pool.spec.nodes_min {
            Some((&reasons::MIN_SIZE, min_size(scan, info)))
        } else if let Some(resource) = limits.too_little_without(total, &pool.spec.shape.capacity) {
            Some((
                &reasons::LIMIT,
                Reason::new(&reasons::LIMIT).with("resource", Value::Word(resource)),
            ))
        } else {
            staying[info.pool] -= 1;
            total.subtract(&pool.spec.shape.capacity);
            let (most, name) = match node.moving {
                0 => (places, settings.max_scale_down_parallelism),
                _ => (places.min(drain_places), settings.max_drain_parallelism),
            };
            (most == 0).then(|| {
                let reason = Reason::new(&reasons::BUDGET).with("limit", Value::Count(name.into()));
                (&reasons::BUDGET, reason)
            })
        };
        if let Some((kind, reason)) = hold {
            down.decisions
                .extend(actuation.tell(scan, info, || reason, kind.code));
            continue;
        }
        places -= 1;
        drain_places -= usize::from(node.moving > 0);
        actuation.told.remove(&info.id);
        actuation.deleting.insert(info.id, node.moving > 0);
        actuation.cooldowns.removed(info.pool, now);
        down.removed = true;
        let kind = if node.moving == 0 {
            &reasons::EMPTY
        } else {
            &reasons::UNNEEDED
        };
        down.decisions.push(NodeDecision::Drain {
            place: info.place,
            plan: DrainPlan {
                after: settings.node_delete_delay_after_taint.span(),
                retry_every: EVICTION_RETRY,
                give_up_after: Some(settings.max_pod_eviction_time.span()),
                grace_max: Some(Span::from_secs(settings.max_graceful_termination_sec)),
                force_after: None,
            },
            reason: described(kind, &node).with("span", Value::Span(span)),
        });
    }
    for id in actuation.deleting.keys() {
        planner.unneeded.remove(id);
    }
    if down.removed {
        actuation.seen = None;
    }
    down
}

/// Finds out which nodes are unneeded, unless nothing has changed since that was last found out.
fn look_through(scan: &Scan<'_>, planner: &mut Planner, actuation: &mut Actuation, down: &mut ScaleDown) {
    let seen = see(scan);
    let (now, before) = (scan.now(), actuation.seen.take());
    if let (Some(seen), Some(before)) = (&seen, &before)
        && seen.is_as(before)
        && now < before.holds_until
    {
        actuation.seen = Some(before.clone());
        return;
    }
    actuation.forget_gone(scan);
    let waiting: Vec<_> = (0..scan.view.pools.len())
        .map(|pool| actuation.cooldowns.of_pool(pool, scan.settings, now))
        .collect();
    planner.update(scan, &waiting, &mut |info, stays| {
        if let Some((kind, reason)) = told(scan, info, &stays) {
            down.decisions.extend(actuation.tell(scan, info, reason, kind));
        }
    });
    actuation.seen = seen.map(|seen| Seen {
        holds_until: planner.holds_until(),
        ..seen
    });
}

fn see(scan: &Scan<'_>) -> Option<Seen> {
    let view = scan.view;
    let history = view.cluster.history().filter(|_| view.pending.is_empty())?;
    Some(Seen {
        cluster: history.identity().clone(),
        change: history.next(),
        roster: view.cluster.roster_version(),
        budgets: view
            .cluster
            .objects()
            .budgets
            .iter()
            .map(|one| one.disruptions_allowed)
            .collect(),
        pools: view.pools.iter().map(|pool| (pool.nodes, pool.staying)).collect(),
        holds_until: Time::ZERO,
    })
}

impl Seen {
    fn is_as(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.cluster, &other.cluster)
            && (self.change, self.roster) == (other.change, other.roster)
            && self.budgets == other.budgets
            && self.pools == other.pools
    }
}

const fn resource(decisive: Decisive) -> &'static str {
    match decisive {
        Decisive::Cpu => "CPU",
        Decisive::Memory => "memory",
        Decisive::Gpu => "GPUs",
    }
}

fn described(kind: &'static ReasonKind, node: &Unneeded) -> Reason {
    let (decisive, share) = node.full;
    Reason::new(kind)
        .with("share", Value::Share(share))
        .with("resource", Value::Word(resource(decisive)))
        .with("moving", Value::Count(node.moving.into()))
}

fn min_size(scan: &Scan<'_>, info: &NodeInfo) -> Reason {
    let spec = &scan.view.pools[info.pool].spec;
    Reason::new(&reasons::MIN_SIZE)
        .with("pool", pool_name(scan, info))
        .with("min", Value::Count(spec.nodes_min.into()))
}

fn pool_name(scan: &Scan<'_>, info: &NodeInfo) -> Value {
    Value::Name(scan.view.pools[info.pool].spec.name.as_str().into())
}

/// Why a node stays, in words made only when they are wanted; `None` where the last word still holds.
fn told<'a>(
    scan: &'a Scan<'_>,
    info: &'a NodeInfo,
    stays: &'a Stays,
) -> Option<(&'static str, impl FnOnce() -> Reason + 'a)> {
    let kind = match stays {
        Stays::Cooldown(..) => &reasons::POOL_COOLDOWN,
        Stays::Disabled => &reasons::DISABLED,
        Stays::MinSize => &reasons::MIN_SIZE,
        Stays::UnreadyKept => &reasons::UNREADY_KEPT,
        Stays::NothingAllocatable => &reasons::NOTHING_ALLOCATABLE,
        Stays::NotUnderutilized(..) => &reasons::NOT_UNDERUTILIZED,
        Stays::Blocked(..) => &reasons::BLOCKED,
        Stays::NoPlace(_) => &reasons::NO_PLACE,
        Stays::NotLookedAt(_) => &reasons::NOT_LOOKED_AT,
        Stays::Recently => return None,
    };
    let pod = |pod: &Option<PodId>| {
        let name = pod.map_or_else(|| "a pod".to_owned(), |pod| scan.view.pod_name(pod));
        Value::Name(name.into())
    };
    let reason = move || {
        let reason = Reason::new(kind);
        match stays {
            Stays::MinSize => min_size(scan, info),
            Stays::Cooldown(why, left) => reason
                .with("why", Value::Word(why))
                .with("pool", pool_name(scan, info))
                .with("span", Value::Span(*left)),
            Stays::Disabled | Stays::UnreadyKept | Stays::NothingAllocatable | Stays::Recently => reason,
            Stays::NotUnderutilized(decisive, share) => {
                let limit = match decisive {
                    Decisive::Gpu => scan.settings.scale_down_gpu_utilization_threshold,
                    Decisive::Cpu | Decisive::Memory => scan.settings.scale_down_utilization_threshold,
                };
                reason
                    .with("share", Value::Share(*share))
                    .with("resource", Value::Word(resource(*decisive)))
                    .with("limit", Value::Share(limit))
            }
            Stays::Blocked(blocking, rule) => reason
                .with("pod", pod(blocking))
                .with("rule", Value::Word(rule.name())),
            Stays::NoPlace(without) => {
                let span = scan.settings.unremovable_node_recheck_timeout.span();
                reason.with("pod", pod(without)).with("span", Value::Span(span))
            }
            Stays::NotLookedAt(count) => reason.with("count", Value::Count(*count as u64)),
        }
    };
    Some((kind.code, reason))
}
