//! Every ten seconds: which nodes may go, by one way after another; a command waits 15 s and must then still hold
//! (`disruption/controller.go`, `validation.go`).

use super::budgets::{DisruptionReason, allowed};
use super::candidates::{Site, Sites};
use super::commands::{Running, drain};
use super::consolidation::{Candidate, Consolidation, reported_saving};
use super::methods::{self, Command};
use super::planned_node::PlannedNode;
use super::planner::{Plan, Planner};
use super::pod_queue::PlannedPod;
use super::policy::{Karpenter, Look};
use super::provisioning::{cheapest_of, launch_reason};
use super::reasons;
use crate::engine::{Span, Time};
use crate::model::cluster::{History, NodeId, NodePhase};
use crate::policy::node_scaling::{NodeDecision, NodeScalingView};
use crate::policy::reason::Reason;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// Between two rounds in which nothing was done.
pub(super) const POLL_EVERY: Span = Span::from_secs(10);
/// A consolidation is tried again after so long though nothing has changed.
const REARM_AFTER: Span = Span::from_secs(300);
/// Between a command and its validation.
const VALIDATE_AFTER: Span = Span::from_secs(15);

/// The ways of disrupting nodes, in the order in which they are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Method {
    Empty,
    Drift,
    Multi,
    Single,
}

const METHODS: [Method; 4] = [Method::Empty, Method::Drift, Method::Multi, Method::Single];

impl Method {
    const fn reason(self) -> DisruptionReason {
        match self {
            Self::Empty => DisruptionReason::Empty,
            Self::Drift => DisruptionReason::Drifted,
            Self::Multi | Self::Single => DisruptionReason::Underutilized,
        }
    }
}

/// Where the loop is.
#[derive(Clone, Debug)]
pub(super) enum Round {
    /// It looks again then.
    Idle(Time),
    /// A command is validated then.
    Validating(Time, Box<Proposal>),
}

/// A command that waits for its validation.
#[derive(Clone, Debug)]
pub(super) struct Proposal {
    method: Method,
    pub(super) nodes: Vec<NodeId>,
    replacement: Option<Box<PlannedNode>>,
}

/// What the cluster looked like when a method found nothing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fingerprint {
    changes: (u64, u64),
    open: usize,
}

/// By method: what it looked at when it found nothing to do, and when.
#[derive(Clone, Debug, Default)]
pub(super) struct Settled([Option<(Fingerprint, Time)>; METHODS.len()]);

/// What a round looks at.
struct Scene<'o> {
    planner: Planner<'o>,
    others: Vec<PlannedPod>,
    sites: Sites,
    fingerprint: Option<Fingerprint>,
}

/// What is carried out.
struct Order {
    method: Method,
    /// Positions among the sites.
    sites: Vec<usize>,
    replacements: Vec<PlannedNode>,
    plan: Plan,
}

impl Karpenter {
    /// Goes on with the round if its time has come; when that will be.
    pub(super) fn disrupt_when_due(&mut self, look: &mut Look<'_, '_>) -> Time {
        let now = look.view.now;
        let due = match &self.memory.round {
            Some(Round::Idle(at) | Round::Validating(at, _)) => *at,
            None => now,
        };
        if due > now {
            return due;
        }
        let asks = |decision: &NodeDecision| matches!(decision, NodeDecision::Claim { .. });
        if look.decisions.iter().any(asks) {
            // What has just been asked for is seen at the next look.
            return now + Span::from_secs(1);
        }
        let first = match self.memory.round.take() {
            Some(Round::Validating(_, proposal)) => self.validate(look, &proposal),
            Some(Round::Idle(_)) | None => Some(0),
        };
        let mut from = first.unwrap_or(0);
        let next = loop {
            let mut scene = self.scene(look);
            let found = METHODS[from..]
                .iter()
                .find_map(|&method| self.compute(look, &mut scene, method));
            let next = match found {
                None => Some(Round::Idle(now + POLL_EVERY)),
                Some(Found::Now(order)) => {
                    self.carry_out(look, &scene, &order);
                    from = 0;
                    None
                }
                Some(Found::Later(proposal)) => Some(Round::Validating(now + VALIDATE_AFTER, proposal)),
            };
            self.memory.roster.classes = scene.planner.into_classes();
            if let Some(next) = next {
                break next;
            }
        };
        let (Round::Idle(at) | Round::Validating(at, _)) = &next;
        let at = *at;
        self.memory.round = Some(next);
        at
    }

    fn scene<'o>(&mut self, look: &Look<'o, '_>) -> Scene<'o> {
        let view = look.view;
        let mut others = self.memory.roster.waiting(view);
        others.extend(self.memory.roster.leaving(view, &self.memory.going));
        let existing = self.memory.roster.existing(view, look.market, &self.memory.going);
        let classes = std::mem::take(&mut self.memory.roster.classes);
        let mut planner = Planner::new(look.offer, classes, existing, view.cluster.objects());
        // Candidates are read with the same classes.
        self.memory.roster.classes = std::mem::take(&mut planner.classes);
        let sites = self.sites(look, &planner);
        planner.classes = std::mem::take(&mut self.memory.roster.classes);
        let open = sites
            .sites
            .iter()
            .filter(|site| site.unconsolidatable.is_none())
            .count();
        let changes = view
            .cluster
            .history()
            .map(History::next)
            .zip(view.cluster.roster_version());
        Scene {
            planner,
            others,
            sites,
            fingerprint: changes.map(|changes| Fingerprint { changes, open }),
        }
    }

    fn compute(&mut self, look: &mut Look<'_, '_>, scene: &mut Scene<'_>, method: Method) -> Option<Found> {
        if method == Method::Drift {
            return self.drift(look, scene).map(|order| Found::Now(Box::new(order)));
        }
        let slot = method as usize;
        let now = look.view.now;
        if let (Some(own), Some((known, at))) = (scene.fingerprint, self.memory.settled.0[slot])
            && own == known
            && now.since(at) < REARM_AFTER
        {
            return None;
        }
        let open: Vec<usize> = (0..scene.sites.sites.len())
            .filter(|&place| is_open(&scene.sites.sites[place], method))
            .collect();
        let candidates: Vec<Candidate> = open
            .iter()
            .map(|&place| scene.sites.sites[place].candidate.clone())
            .collect();
        let budgets = self.budgets(look.view, method.reason());
        let mut around = Consolidation {
            planner: &mut scene.planner,
            others: &scene.others,
            spot_to_spot: self.feature_gates.spot_to_spot_consolidation,
        };
        let looked = match method {
            Method::Empty => methods::empty(&candidates, budgets),
            Method::Multi => methods::multi(&mut around, &candidates, budgets),
            Method::Single | Method::Drift => methods::single(&mut around, &candidates, &budgets),
        };
        if method == Method::Single {
            let over = looked
                .over_budget
                .iter()
                .map(|&place| (open[place], self.over_budget(&candidates[place])));
            let blocked = looked
                .blocked
                .iter()
                .map(|(place, why)| (open[*place], reasons::blocked(why)));
            let stays: Vec<(usize, Reason)> = over.chain(blocked).collect();
            self.tell_why_they_stay(look, &scene.sites, stays);
        }
        let Some(Command {
            candidates,
            replacement,
        }) = looked.command
        else {
            if !looked.budgets_bind {
                self.memory.settled.0[slot] = scene.fingerprint.map(|own| (own, now));
            }
            return None;
        };
        let id = |&place: &usize| look.view.nodes[scene.sites.sites[open[place]].info].id;
        Some(Found::Later(Box::new(Proposal {
            method,
            nodes: candidates.iter().map(id).collect(),
            replacement,
        })))
    }

    /// The first drifted node whose pods all have a place, be it on several new nodes that cost more.
    fn drift(&mut self, look: &Look<'_, '_>, scene: &mut Scene<'_>) -> Option<Order> {
        let budgets = self.budgets(look.view, DisruptionReason::Drifted);
        let mut drifted: Vec<usize> = (0..scene.sites.sites.len())
            .filter(|&place| scene.sites.sites[place].drifted.is_some())
            .collect();
        drifted.sort_by_key(|&place| look.view.nodes[scene.sites.sites[place].info].launched);
        for place in drifted {
            let candidate = &scene.sites.sites[place].candidate;
            if candidate.pods.is_empty() || budgets[candidate.pool] == 0 {
                continue;
            }
            let mut around = Consolidation {
                planner: &mut scene.planner,
                others: &scene.others,
                spot_to_spot: false,
            };
            let plan = around.simulate(&[candidate]);
            if around.unplaced(&plan).is_none() {
                return Some(Order {
                    method: Method::Drift,
                    sites: vec![place],
                    replacements: plan.nodes.clone(),
                    plan,
                });
            }
        }
        None
    }

    /// A command's time has come: it is carried out if it still holds. From which method on to look: from the first if it
    /// was, from the next one if not.
    fn validate(&mut self, look: &mut Look<'_, '_>, proposal: &Proposal) -> Option<usize> {
        let mut scene = self.scene(look);
        let order = self.still_holds(look, &mut scene, proposal);
        let went = order.is_ok();
        match order {
            Ok(order) => self.carry_out(look, &scene, &order),
            Err(why) => self.tell_changed(look, proposal, why),
        }
        self.memory.roster.classes = scene.planner.into_classes();
        (!went)
            .then_some(proposal.method as usize + 1)
            .map(|next| next.min(METHODS.len() - 1))
    }

    fn still_holds(
        &mut self,
        look: &Look<'_, '_>,
        scene: &mut Scene<'_>,
        proposal: &Proposal,
    ) -> Result<Order, &'static str> {
        let method = proposal.method;
        let mut budgets = self.budgets(look.view, method.reason());
        let mut sites = Vec::new();
        for (place, site) in scene.sites.sites.iter().enumerate() {
            let id = look.view.nodes[site.info].id;
            if !proposal.nodes.contains(&id) || !is_open(site, method) {
                continue;
            }
            let left = &mut budgets[site.candidate.pool];
            if *left == 0 {
                return Err("a budget allows fewer nodes");
            }
            *left -= 1;
            sites.push(place);
        }
        if method == Method::Empty {
            sites.retain(|&place| scene.sites.sites[place].candidate.pods.is_empty());
            return if sites.is_empty() {
                Err("the nodes are no longer empty")
            } else {
                Ok(Order {
                    method,
                    sites,
                    replacements: Vec::new(),
                    plan: Plan::default(),
                })
            };
        }
        if sites.len() != proposal.nodes.len() {
            return Err("a node may no longer be disrupted");
        }
        let candidates: Vec<&Candidate> = sites
            .iter()
            .map(|&place| &scene.sites.sites[place].candidate)
            .collect();
        let mut around = Consolidation {
            planner: &mut scene.planner,
            others: &scene.others,
            spot_to_spot: self.feature_gates.spot_to_spot_consolidation,
        };
        let plan = around.simulate(&candidates);
        if around.unplaced(&plan).is_some() {
            return Err("a pod would have no place");
        }
        let replacements = match (proposal.replacement.as_deref(), plan.nodes.as_slice()) {
            (None, []) => Vec::new(),
            (Some(planned), [now]) => {
                if planned.types.iter().any(|own| !now.types.contains(own)) {
                    return Err("the pods need another node");
                }
                // The pods are those of now, the types those that save.
                let mut planned = planned.clone();
                planned.pods.clone_from(&now.pods);
                planned.requests.clone_from(&now.requests);
                vec![planned]
            }
            (Some(_), []) => return Err("no new node is needed any more"),
            _ => return Err("more new nodes are needed"),
        };
        Ok(Order {
            method,
            sites,
            replacements,
            plan,
        })
    }

    fn carry_out(&mut self, look: &mut Look<'_, '_>, scene: &Scene<'_>, order: &Order) {
        let view = look.view;
        let going: Vec<&Site> = order
            .sites
            .iter()
            .map(|&place| &scene.sites.sites[place])
            .collect();
        let candidates: Vec<&Candidate> = going.iter().map(|site| &site.candidate).collect();
        let saving = reported_saving(&candidates, order.replacements.first(), &look.offer.types);
        let cheaper = order.replacements.first();
        let cheaper: Option<Arc<str>> = cheaper.map(|node| cheapest_of(node, look.offer));
        let why = |site: &Site| self.why(order.method, site, going.len(), cheaper.as_ref(), saving);
        let nodes: Vec<(NodeId, Reason)> = going
            .iter()
            .map(|site| (view.nodes[site.info].id, why(site)))
            .collect();
        let infos: Vec<usize> = going.iter().map(|site| site.info).collect();
        let first = scene.planner.existing.all()[candidates[0].node].name.clone();
        self.memory.going.extend(nodes.iter().map(|(id, _)| *id));
        self.nominate(look, &scene.planner, &order.plan);
        if order.replacements.is_empty() {
            for (info, (id, reason)) in infos.iter().zip(nodes) {
                let grace = self.grace_of(id);
                look.decisions.push(drain(&view.nodes[*info], grace, reason));
            }
            return;
        }
        for (info, (_, reason)) in infos.iter().zip(&nodes) {
            look.decisions.push(NodeDecision::Cordon {
                place: view.nodes[*info].place,
                closed: true,
                reason: reason.clone(),
            });
        }
        let count = nodes.len();
        let mut claims = Vec::new();
        for node in &order.replacements {
            let reason = launch_reason(node, look.offer, &scene.planner.classes, Some((count, &first)));
            claims.push(self.claim(look, node, reason));
        }
        self.memory.commands.push(Running {
            nodes,
            claims,
            begun: view.now,
        });
    }

    /// By NodePool: how many nodes may be disrupted for a reason now.
    fn budgets(&self, view: &NodeScalingView<'_>, reason: DisruptionReason) -> Vec<u32> {
        let mut nodes = vec![0_u32; self.pools.len()];
        let mut disrupted = vec![0_u32; self.pools.len()];
        for info in view.nodes.iter().filter(|info| info.phase != NodePhase::Booting) {
            if let Some(pool) = self.memory.roster.of(info.id).and_then(|known| known.pool) {
                nodes[pool] += 1;
                disrupted[pool] += u32::from(self.is_going(info));
            }
        }
        let now = time_of_day(view);
        let pools = self.pools.iter().zip(nodes.into_iter().zip(disrupted));
        pools
            .map(|(pool, (nodes, disrupted))| {
                let allowed = allowed(&pool.disruption.budgets, nodes, reason, now);
                allowed.map_or(u32::MAX, |allowed| allowed.saturating_sub(disrupted))
            })
            .collect()
    }
}

/// What a method found.
enum Found {
    /// To be done at once.
    Now(Box<Order>),
    /// To be validated first.
    Later(Box<Proposal>),
}

fn is_open(site: &Site, method: Method) -> bool {
    let moves = !matches!(method, Method::Empty);
    site.held.is_none() && site.unconsolidatable.is_none() && !(moves && site.only_when_empty)
}

/// The time of day, with the clock of the scenario's start as UTC.
fn time_of_day(view: &NodeScalingView<'_>) -> Timestamp {
    let start = view.start.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp());
    let since = SignedDuration::from_nanos(i64::try_from(view.now.nanos()).unwrap_or(i64::MAX));
    let now = start.and_then(|start| start.checked_add(since));
    now.unwrap_or(Timestamp::UNIX_EPOCH)
}
