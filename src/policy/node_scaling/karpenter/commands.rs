//! Commands under way: what comes in a node's place comes first, then the node goes (`disruption/queue.go`); claims that
//! fail; nodes whose time is over.

use super::policy::{Karpenter, Look};
use super::reading::is_going;
use super::reasons::{self, EXPIRED, EXPIRY_HELD, INTERRUPTED, NOT_REGISTERED, REPLACEMENT_FAILED};
use crate::engine::{Span, Time};
use crate::model::cluster::{NodeId, NodePhase};
use crate::policy::node_scaling::{DrainPlan, NodeDecision, NodeEvent, NodeInfo, NodeScalingView, Offering};
use crate::policy::reason::{Reason, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// An offering that had no node is not asked again for so long.
const UNAVAILABLE_FOR: Span = Span::from_secs(180);
/// A node must have come up after so long.
const REGISTRATION_TIMEOUT: Span = Span::from_secs(900);
/// A command is given up after at least and at most so long, and for each command under way by so much later.
const COMMAND_TIMEOUT: (Span, Span, u64) = (Span::from_secs(600), Span::from_secs(3600), 80_000_000);
/// What is remembered of nodes that are gone is forgotten so often, and lives are looked at.
const SWEEP_EVERY: Span = Span::from_secs(10);
/// Evictions that were refused are tried again so often.
const EVICTION_RETRY: Span = Span::from_secs(10);

/// A command that waits for what comes in its nodes' place.
#[derive(Clone, Debug)]
pub(super) struct Running {
    /// The nodes that are to go, and why each.
    pub(super) nodes: Vec<(NodeId, Reason)>,
    /// The claims of what comes in their place.
    pub(super) claims: Vec<u64>,
    /// When it began.
    pub(super) begun: Time,
}

impl Karpenter {
    /// Learns what has happened to nodes and claims.
    pub(super) fn hear(&mut self, view: &NodeScalingView<'_>) {
        let memory = &mut self.memory;
        // Most looks have nothing to hear.
        let there: BTreeMap<u64, &NodeInfo> = if view.events.is_empty() && memory.commands.is_empty() {
            BTreeMap::new()
        } else {
            view.nodes
                .iter()
                .filter_map(|info| Some((info.claim?, info)))
                .collect()
        };
        memory.failed.clear();
        for event in view.events {
            if let NodeEvent::LaunchFailed {
                pool,
                zone,
                claim,
                at,
                ..
            } = event
            {
                let offering = Offering {
                    pool: *pool,
                    zone: *zone,
                };
                memory.unavailable.insert(offering, *at + UNAVAILABLE_FOR);
                if let Some(claim) = claim.filter(|claim| !there.contains_key(claim)) {
                    let name = &view.pools[*pool].spec.name;
                    memory.failed.insert(claim, format!("{name} has no node").into());
                }
            }
        }
        for claim in memory.commands.iter().flat_map(|command| &command.claims) {
            if !there.contains_key(claim) && !memory.failed.contains_key(claim) {
                memory.failed.insert(*claim, "its node is gone".into());
            }
        }
        if view.now < memory.swept + SWEEP_EVERY {
            return;
        }
        memory.swept = view.now;
        let alive: BTreeSet<NodeId> = view.nodes.iter().map(|info| info.id).collect();
        memory.going.retain(|id| alive.contains(id));
        memory.said.retain(|id, _| alive.contains(id));
        memory
            .nominated
            .retain(|id, until| *until > view.now && alive.contains(id));
    }

    /// Nodes that the provider will take back go at once, and what it takes back it does not have.
    pub(super) fn leave_interrupted(&mut self, look: &mut Look<'_, '_>) {
        for event in look.view.events {
            let NodeEvent::Interrupted { node, at, gone_at } = event else {
                continue;
            };
            let mut infos = look.view.nodes.iter();
            let Some(info) = infos.find(|info| info.id == *node && info.phase != NodePhase::Draining) else {
                continue;
            };
            let zone = look.view.cluster.node(info.place).map_or(0, |node| node.zone);
            let offering = Offering {
                pool: info.pool,
                zone,
            };
            self.memory.unavailable.insert(offering, *at + UNAVAILABLE_FOR);
            let is_managed = self
                .memory
                .roster
                .of(*node)
                .is_some_and(|known| known.pool.is_some());
            if is_managed {
                self.memory.going.insert(*node);
                let reason =
                    Reason::new(&INTERRUPTED).with("span", Value::Span(gone_at.since(look.view.now)));
                let grace = self.grace_of(*node);
                look.decisions.push(drain(info, grace, reason));
            }
        }
    }

    /// How long a node may take to go, as its NodePool says.
    pub(super) fn grace_of(&self, node: NodeId) -> Option<Span> {
        let pool = self.memory.roster.of(node).and_then(|known| known.pool)?;
        self.pools[pool].termination_grace
    }

    /// Commands whose replacements are up go on, those whose replacements failed are given up.
    pub(super) fn go_on_with_commands(&mut self, look: &mut Look<'_, '_>) {
        if self.memory.commands.is_empty() {
            return;
        }
        let view = look.view;
        let by_id: BTreeMap<NodeId, &NodeInfo> = view.nodes.iter().map(|info| (info.id, info)).collect();
        let ready: BTreeSet<u64> = view
            .nodes
            .iter()
            .filter(|info| info.phase == NodePhase::Ready)
            .filter_map(|info| info.claim)
            .collect();
        let nodes: usize = self
            .memory
            .commands
            .iter()
            .map(|command| command.nodes.len())
            .sum();
        let (least, most, each) = COMMAND_TIMEOUT;
        let timeout = Span::from_nanos(each * nodes as u64).clamp(least, most);
        for command in std::mem::take(&mut self.memory.commands) {
            let failed = command
                .claims
                .iter()
                .find_map(|claim| self.memory.failed.get(claim));
            let late = view.now.since(command.begun) > timeout;
            let why: Option<Arc<str>> = match failed {
                Some(why) => Some(why.clone()),
                None => late.then(|| format!("not within {timeout}").into()),
            };
            let there = command
                .nodes
                .iter()
                .filter_map(|(id, reason)| Some((by_id.get(id)?, reason)));
            if let Some(why) = why {
                for (info, _) in there {
                    self.memory.going.remove(&info.id);
                    look.decisions.push(NodeDecision::Cordon {
                        place: info.place,
                        closed: false,
                        reason: Reason::new(&REPLACEMENT_FAILED).with("why", reasons::name(&why)),
                    });
                }
            } else if command.claims.iter().all(|claim| ready.contains(claim)) {
                for (info, reason) in there {
                    look.decisions
                        .push(drain(info, self.grace_of(info.id), reason.clone()));
                }
            } else {
                self.memory.commands.push(command);
            }
        }
    }

    /// Nodes that are too old go, whatever budgets say, and so do those that have not come up in time; when the next one
    /// will be.
    pub(super) fn end_lives(&mut self, look: &mut Look<'_, '_>) -> Option<Time> {
        let now = look.view.now;
        let (looked, due) = self.memory.lives;
        if looked.is_some_and(|looked| now < looked + SWEEP_EVERY) && due.is_none_or(|due| now < due) {
            return due;
        }
        let mut next: Option<Time> = None;
        let mut later = |at: Time| next = Some(next.map_or(at, |known| known.min(at)));
        for info in look
            .view
            .nodes
            .iter()
            .filter(|info| info.phase != NodePhase::Draining)
        {
            let Some(known) = self.memory.roster.of(info.id) else {
                continue;
            };
            let Some(pool) = known.pool else { continue };
            if info.phase == NodePhase::Booting {
                let due = info.launched + REGISTRATION_TIMEOUT;
                if due > now {
                    later(due);
                    continue;
                }
                look.decisions.push(NodeDecision::Remove {
                    place: info.place,
                    reason: Reason::new(&NOT_REGISTERED).with("span", Value::Span(REGISTRATION_TIMEOUT)),
                });
                continue;
            }
            let node_pool = &self.pools[pool];
            let Some(life) = node_pool.expire_after else {
                continue;
            };
            let due = info.launched + life;
            if due > now {
                later(due);
                continue;
            }
            let is_new = self.memory.going.insert(info.id);
            let held = self.held_pod(look, info);
            // A pod that must not be disrupted is waited for no longer than the grace period.
            let end = node_pool.termination_grace.map(|grace| due + grace);
            if held.is_some()
                && let Some(end) = end.filter(|&end| end > now)
            {
                later(end);
            }
            let held = held.filter(|_| end.is_none_or(|end| end > now));
            let decision = match held {
                None => {
                    let reason = Reason::new(&EXPIRED)
                        .with("age", Value::Span(now.since(info.launched)))
                        .with("nodepool", reasons::name(&node_pool.name))
                        .with("life", Value::Span(life));
                    drain(info, node_pool.termination_grace, reason)
                }
                Some(pod) => {
                    let reason = Reason::new(&EXPIRY_HELD)
                        .with("nodepool", reasons::name(&node_pool.name))
                        .with("pod", Value::Name(pod.into()));
                    if !is_new {
                        continue;
                    }
                    NodeDecision::Cordon {
                        place: info.place,
                        closed: true,
                        reason,
                    }
                }
            };
            look.decisions.push(decision);
        }
        self.memory.lives = (Some(now), next);
        next
    }

    /// Forgets nodes that are no longer going, and says which are.
    pub(super) fn is_going(&self, info: &NodeInfo) -> bool {
        is_going(info, &self.memory.going)
    }
}

/// A node is emptied and goes.
pub(super) fn drain(info: &NodeInfo, grace: Option<Span>, reason: Reason) -> NodeDecision {
    NodeDecision::Drain {
        place: info.place,
        plan: DrainPlan {
            after: Span::ZERO,
            retry_every: EVICTION_RETRY,
            give_up_after: None,
            grace_max: None,
            force_after: grace,
        },
        reason,
    }
}
