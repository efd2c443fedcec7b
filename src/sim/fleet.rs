//! The machines of a run: launching, billing, removing. Physics of the cloud side; decides nothing.

use super::cloud::{Chances, LaunchFailure, Planned};
use super::event::Control;
use super::meter::Meter;
use super::rows::NodeRow;
use super::unlimited::room_everywhere;
use super::world::{Row, World};
use crate::engine::{Span, StreamKey, Time};
use crate::model::cluster::{Cluster, Node, NodeFacts, NodeId, NodePhase, NodeView};
use crate::model::image::{ImageDisk, ImageSupply, NodeImageCache, Puller};
use crate::model::pool::{NamedNode, PoolSpec};
use crate::model::price::Money;
use crate::policy::node_scaling::{NodeClaim, NodeEvent};
use crate::policy::placement::ClusterEvent;
use crate::stats::{Gauge, Sampler};
use std::collections::{BTreeMap, BTreeSet};

/// A pool during a run.
#[derive(Clone, Debug)]
pub(super) struct PoolRun {
    pub(super) spec: PoolSpec,
    /// What its next node looks like to placement; who adds several such nodes to a what-if names them apart.
    pub(super) fresh: NodeView,
    pub(super) nodes: Gauge,
    /// Those of them that leave when their last pod has.
    draining: u32,
    launched_ever: u64,
    boot: Sampler,
    pub(super) chances: Chances,
    /// Launches under way that will fail.
    pub(super) failing: u32,
    /// Nodes whose machines are gone.
    pub(super) ended: u32,
    /// Launches that failed, notices of interruptions, and nodes that the provider took, since measuring started.
    pub(super) launch_failures: u64,
    pub(super) interruptions: u64,
    /// Nodes that went though nobody asked for it, ever.
    pub(super) taken: u64,
    /// By zone: how many nodes were launched there; one entry without zones.
    launched_in: Vec<u64>,
    /// What bills are held against.
    pub(super) meter: Meter,
    /// Cost and life of nodes that have gone.
    gone_cost: Money,
    gone_life: u128,
}

/// All pools, and counts over the measured time.
#[derive(Clone, Debug)]
pub(super) struct Fleet {
    pub(super) pools: Vec<PoolRun>,
    pub(super) nodes: Gauge,
    pub(super) launches: u64,
    pub(super) removals: u64,
    pub(super) launch_failures: u64,
    pub(super) interruptions: u64,
    /// Pods evicted through the API.
    pub(super) evictions: u64,
    /// Launches under way that will fail, and why. Nobody knows before they do.
    pub(super) failing: BTreeMap<NodeId, LaunchFailure>,
    /// Machines that the provider has said it takes back, and the place of that in the account of faults.
    pub(super) noticed: BTreeMap<NodeId, Option<u32>>,
    /// Machines that are gone while their nodes are still there: nobody pays for them any more.
    ended: BTreeMap<NodeId, Time>,
    /// What the scenario sets for given times, in their order.
    pub(super) planned: Vec<(Time, Planned)>,
    images: ImageSupply,
    /// Cost and node-time per pool when measuring started.
    measured_from: Vec<(Money, u128)>,
    /// The fleet stands for "room everywhere"; it is not reported.
    pub(super) unlimited: bool,
}

impl Fleet {
    pub(super) fn new(pools: &[PoolSpec], images: ImageSupply) -> Self {
        let unlimited = pools.is_empty();
        let pools: Vec<PoolSpec> = if unlimited {
            vec![room_everywhere()]
        } else {
            pools.to_vec()
        };
        let pools: Vec<PoolRun> = pools
            .into_iter()
            .enumerate()
            .map(|(index, spec)| PoolRun::new(index, spec))
            .collect();
        Self {
            nodes: Gauge::default(),
            launches: 0,
            removals: 0,
            launch_failures: 0,
            interruptions: 0,
            evictions: 0,
            failing: BTreeMap::new(),
            noticed: BTreeMap::new(),
            ended: BTreeMap::new(),
            planned: Vec::new(),
            images,
            measured_from: vec![(Money::ZERO, 0); pools.len()],
            pools,
            unlimited,
        }
    }

    /// Cost and node-nanoseconds of `pool` until now, given its living nodes' launch times and until when they are paid.
    fn bill(&self, pool: usize, alive: impl Iterator<Item = (Time, Time)>) -> (Money, u128) {
        let run = &self.pools[pool];
        alive.fold(
            (run.gone_cost, run.gone_life),
            |(cost, life), (launched, until)| {
                (
                    cost + run.spec.cost(launched, until),
                    life + u128::from(until.since(launched).nanos()),
                )
            },
        )
    }
}

impl PoolRun {
    fn new(index: usize, spec: PoolSpec) -> Self {
        let allocatable = spec.allocatable();
        let facts = node_facts(&spec, &format!("{}-template", spec.name), 0);
        let mut fresh = NodeView::new(facts, allocatable);
        fresh.pool = index;
        Self {
            fresh,
            nodes: Gauge::default(),
            draining: 0,
            launched_ever: 0,
            boot: spec.boot.compile(),
            chances: Chances::new(
                spec.offer.launch_failures.as_ref(),
                spec.offer.interruptions.as_ref(),
            ),
            failing: 0,
            ended: 0,
            launch_failures: 0,
            interruptions: 0,
            taken: 0,
            launched_in: vec![0; spec.zones.len().max(1)],
            meter: Meter::new(spec.price_at(Time::ZERO)),
            gone_cost: Money::ZERO,
            gone_life: 0,
            spec,
        }
    }

    /// The next node is launched: its ordinal in the pool and its place among those of its zone, what it looks like, and
    /// how long it takes to boot. Zones
    /// take turns, unless one is `asked` for, which moves no turn. A boot is drawn by the node's place within its zone, so
    /// that what happens in one zone moves no boot in another.
    fn launch(&mut self, key: StreamKey, asked: Option<usize>) -> (u64, u64, NodeView, Span) {
        let ordinal = self.launched_ever;
        self.launched_ever += 1;
        let named = usize::try_from(ordinal)
            .ok()
            .and_then(|index| self.spec.named.get(index));
        let keeps_turn = named.is_some() || asked.is_some();
        let zone = named.map(|node| node.zone).or(asked).unwrap_or(self.fresh.zone);
        let mut view = match named {
            Some(named) => named_view(&self.spec, named),
            None => {
                let facts = node_facts(&self.spec, &format!("{}-{ordinal}", self.spec.name), zone);
                NodeView::new(facts, self.fresh.allocatable.clone())
            }
        };
        (view.pool, view.zone) = (self.fresh.pool, zone);
        (view.open, view.booting) = (false, true);
        let place = self.launched_in[view.zone];
        self.launched_in[view.zone] += 1;
        let name = format!("boot/{}", self.spec.place_name(zone));
        let boot = self.boot.sample_span(&mut key.entity_stream(&name, place));
        if keeps_turn {
            return (ordinal, place, view, boot);
        }
        let next = (zone + 1) % self.launched_in.len();
        let facts = node_facts(&self.spec, &format!("{}-template", self.spec.name), next);
        let mut fresh = NodeView::new(facts, self.fresh.allocatable.clone());
        (fresh.pool, fresh.zone) = (self.fresh.pool, next);
        self.fresh = fresh;
        (ordinal, place, view, boot)
    }

    /// Machines there are, booting ones included: its nodes but for those whose machines are gone.
    pub(super) fn machines(&self) -> u32 {
        self.nodes.level() as u32 - self.ended
    }

    /// How many more nodes it may have; those on their way out still count.
    pub(super) fn room(&self) -> u32 {
        self.spec.nodes_max.saturating_sub(self.machines())
    }

    /// Nodes that are there to stay: booting or ready.
    pub(super) fn staying(&self) -> u32 {
        self.nodes.level() as u32 - self.draining
    }
}

/// What is asked of a node that is launched.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LaunchOf<'a> {
    /// Its zone; without one, its pool's zones take turns.
    pub(super) zone: Option<usize>,
    /// Whether it is there at once, without a boot.
    pub(super) at_once: bool,
    /// The claim that asks for it, if one does.
    pub(super) claim: Option<&'a NodeClaim>,
}

impl Fleet {
    /// How fast a node gets images from a registry that has no trouble, bytes per second.
    pub(super) const fn pull_link(&self) -> u64 {
        self.images.puller.link_bytes_per_s
    }

    /// Whether a machine is gone while its node is still there.
    pub(super) fn has_ended(&self, id: NodeId) -> bool {
        self.ended.contains_key(&id)
    }

    /// Until when a machine is paid for that is, or was, there at `now`.
    pub(super) fn paid_until(&self, id: NodeId, now: Time) -> Time {
        self.ended.get(&id).copied().unwrap_or(now)
    }

    /// A machine is gone while its node is still there.
    pub(super) fn machine_ended(&mut self, now: Time, id: NodeId, cluster: &Cluster) {
        if let Some(node) = cluster.node(id)
            && self.ended.insert(id, now).is_none()
        {
            let run = &mut self.pools[node.view.pool];
            run.meter.end(now);
            run.ended += 1;
        }
    }
}

impl World {
    /// Launches a node of `pool`.
    pub(super) fn launch_node(&mut self, pool: usize, launch: LaunchOf<'_>) -> NodeId {
        let now = self.now;
        let (key, supply): (StreamKey, ImageSupply) = (self.key, self.fleet.images);
        let run = &mut self.fleet.pools[pool];
        run.nodes.add(now, 1);
        self.fleet.nodes.add(now, 1);
        let (ordinal, place, mut view, boot) = run.launch(key, launch.zone);
        let zone = view.zone;
        if let Some(claim) = launch.claim {
            view.marked(&claim.labels, &claim.taints);
        }
        let node = Node {
            ordinal,
            view,
            phase: NodePhase::Booting,
            launched: now,
            ready: None,
            empty_since: None,
            claim: launch.claim.map(|claim| claim.claim),
            pods_changed: now,
            pods: BTreeSet::new(),
            pods_ever: 0,
            puller: match supply.cache {
                Some(_) => Puller::new(supply.puller, NodeImageCache::default()).telling(),
                None => Puller::new(supply.puller, NodeImageCache::default()),
            },
            images: ImageDisk::default(),
            pull_planned: Time::NEVER,
            cpu_reserved: Gauge::new(now, 0),
        };
        let id = self.cluster.add_node(node);
        self.preload_images(id, launch.at_once);
        let subject = node_subject(pool, ordinal);
        self.changed(subject, 0);
        if launch.at_once {
            self.open_node(id);
            self.begin_image_care(id);
        } else {
            self.fleet.launches += 1;
            if let Some((after, why)) = self.launch_fails(pool, zone, place) {
                self.fleet.failing.insert(id, why);
                self.fleet.pools[pool].failing += 1;
                self.plan(now + after, Control::LaunchFails(id));
                return id;
            }
            let boot = boot.scaled(self.boot_factor(pool));
            self.plan(now + boot, Control::NodeReady(id));
        }
        self.fleet.pools[pool].meter.begin(now);
        self.plan_notice(id, pool, zone, place);
        id
    }

    /// A node takes pods from now on.
    pub(super) fn open_node(&mut self, id: NodeId) {
        self.cluster.open(self.now, id);
        if let Some(node) = self.cluster.node(id) {
            self.reserved.offer(self.now, &node.view.allocatable, 1);
        }
        if self.registry_speed() < 1.0 {
            self.set_pull_rate(id);
        }
        self.gpus_come(id);
        self.plan_next_crash_of(id);
    }

    /// A node takes no more pods and leaves when its last one has.
    pub(super) fn close_node(&mut self, id: NodeId) {
        if let Some(node) = self
            .cluster
            .node(id)
            .filter(|node| node.phase != NodePhase::Draining)
        {
            self.fleet.pools[node.view.pool].draining += 1;
            self.cluster.close(id);
        }
    }

    /// A node that was closed takes pods again.
    pub(super) fn reopen_node(&mut self, id: NodeId) {
        if let Some(node) = self
            .cluster
            .node(id)
            .filter(|node| node.phase == NodePhase::Draining)
        {
            self.fleet.pools[node.view.pool].draining -= 1;
            self.cluster.reopen(self.now, id);
            self.tell_queue_of_node(id);
        }
    }

    /// A node without pods goes.
    pub(super) fn remove_node(&mut self, id: NodeId) {
        let now = self.now;
        let Some(node) = self.cluster.remove_node(id) else {
            return;
        };
        self.gpus_go(id, &node);
        self.drains.remove(&id);
        if self.registry.forget(id, &node.puller) {
            self.plan_sharing();
        }
        let rows = self.log.close_hold("node_scaling", node.name());
        self.rows.extend(rows.into_iter().map(Row::Decision));
        if node.ready.is_some() {
            self.reserved.offer(now, &node.view.allocatable, -1);
            self.tell_queue(|_| Some(ClusterEvent::NodeRemoved(&node.view)));
            self.plan_queue();
        }
        let pool = node.view.pool;
        let run = &mut self.fleet.pools[pool];
        run.nodes.add(now, -1);
        run.draining -= u32::from(node.phase == NodePhase::Draining);
        self.faults.forget_node(id);
        let ended = self.fleet.ended.remove(&id);
        if let Some(occurrence) = self.fleet.noticed.remove(&id) {
            occurrence
                .into_iter()
                .for_each(|one| self.faults.account.over(one));
            if ended.is_none() {
                self.tell_node_scaler(NodeEvent::Lost {
                    node: id,
                    pool,
                    at: now,
                });
            }
        }
        let run = &mut self.fleet.pools[pool];
        if self.fleet.failing.remove(&id).is_some() {
            // It never was there: nothing is billed, and no row tells of it.
            run.failing -= 1;
            self.fleet.nodes.add(now, -1);
            self.changed(node_subject(pool, node.ordinal), 2);
            return;
        }
        let until = ended.unwrap_or(now);
        if ended.is_some() {
            run.ended -= 1;
        } else {
            run.meter.end(now);
        }
        run.gone_cost += run.spec.cost(node.launched, until);
        run.gone_life += u128::from(until.since(node.launched).nanos());
        self.fleet.nodes.add(now, -1);
        self.fleet.removals += 1;
        self.changed(node_subject(pool, node.ordinal), 2);
        self.tell(|world| Row::Node(world.node_row(&node, Some(now), until)));
        self.upgrades_go_on(pool);
    }

    /// A node's row of `nodes.csv`; its machine is paid for until `paid`.
    pub(super) fn node_row(&self, node: &Node, removed: Option<Time>, paid: Time) -> NodeRow {
        let run = &self.fleet.pools[node.view.pool];
        let end = removed.unwrap_or(self.now);
        let allocatable = node.view.allocatable.cpu_milli as f64;
        NodeRow {
            node: node.name().to_owned(),
            pool: run.spec.name.clone(),
            zone: run.spec.zones.get(node.view.zone).cloned().unwrap_or_default(),
            shape: run.spec.shape.name.clone(),
            launched_s: node.launched.secs_f64(),
            ready_s: node.ready.map(Time::secs_f64),
            removed_s: removed.map(Time::secs_f64),
            cost_usd: run.spec.cost(node.launched, paid).usd(),
            pods: node.pods_ever,
            cpu_reserved: node
                .ready
                .filter(|_| allocatable > 0.0)
                .map(|_| node.cpu_reserved.mean_since_reset(end) / allocatable),
        }
    }

    /// Cost and node-nanoseconds of each pool since the start.
    pub(super) fn bills(&self) -> Vec<(Money, u128)> {
        (0..self.fleet.pools.len())
            .map(|pool| {
                let alive = self
                    .cluster
                    .nodes()
                    .filter(move |(id, node)| node.view.pool == pool && !self.fleet.failing.contains_key(id));
                self.fleet.bill(
                    pool,
                    alive.map(|(id, node)| (node.launched, self.fleet.paid_until(id, self.now))),
                )
            })
            .collect()
    }

    /// Cost and node-nanoseconds of each pool since measuring started.
    pub(super) fn measured_bills(&self) -> Vec<(Money, u128)> {
        let before = &self.fleet.measured_from;
        let since = |(now, then): ((Money, u128), &(Money, u128))| {
            (
                Money::from_picos(now.0.picos().saturating_sub(then.0.picos())),
                now.1 - then.1,
            )
        };
        self.bills().into_iter().zip(before).map(since).collect()
    }

    /// Measuring starts now.
    pub(super) fn reset_fleet_statistics(&mut self) {
        let now = self.now;
        // At the very start nothing has been paid yet: the least charge of the initial nodes belongs to the run.
        if now > Time::ZERO {
            self.fleet.measured_from = self.bills();
        }
        self.fleet.nodes.reset(now);
        self.fleet.pools.iter_mut().for_each(|pool| pool.nodes.reset(now));
        (self.fleet.launches, self.fleet.removals) = (0, 0);
        (
            self.fleet.launch_failures,
            self.fleet.interruptions,
            self.fleet.evictions,
        ) = (0, 0, 0);
        for pool in &mut self.fleet.pools {
            (pool.launch_failures, pool.interruptions) = (0, 0);
        }
    }
}

fn named_view(spec: &PoolSpec, node: &NamedNode) -> NodeView {
    let facts = NodeFacts {
        name: node.name.clone(),
        labels: node.labels.clone(),
        annotations: node.annotations.clone(),
        taints: node.taints.clone(),
        attach_limits: spec.attach_limits.clone(),
    };
    let mut view = NodeView::new(facts, node.allocatable.clone());
    view.cordoned = node.cordoned;
    view
}

fn node_facts(spec: &PoolSpec, name: &str, zone: usize) -> NodeFacts {
    NodeFacts {
        labels: spec.node_labels(name, zone),
        name: name.to_owned(),
        annotations: spec.annotations.clone(),
        taints: spec.taints.clone(),
        attach_limits: spec.attach_limits.clone(),
    }
}

/// The number a node's facts are recorded under.
pub(super) fn node_subject(pool: usize, ordinal: u64) -> u64 {
    1 << 63 | (pool as u64) << 48 | ordinal
}
