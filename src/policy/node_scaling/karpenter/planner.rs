//! Which pods go to nodes that are there, and which nodes are to be made for the others (`scheduling/scheduler.go`).
//!
//! No scores: the first node that is there, then the planned node with fewest pods, then a new one of the first NodePool
//! that can make it. What was planned can be undone, so that many what-ifs share one reading of the cluster.

use super::allowed_values::AllowedValues;
use super::daemon_overhead::DaemonOverheads;
use super::existing_nodes::ExistingNodes;
use super::instance_type::{InstanceType, min_values_met, order_by_price};
use super::node_pool::{Limits, NodePool};
use super::planned_node::{Narrowed, PlannedNode, Refusal, Surroundings};
use super::pod_class::{ClassId, PodClasses};
use super::pod_queue::{PlannedPod, PodQueue, sort};
use super::requirements::{Requirements, Undefined};
use super::topology::Topology;
use super::universe::Universe;
use crate::model::cluster::ApiObjects;
use crate::model::placement_rules::HOSTNAME_LABEL;
use crate::model::resources::Resources;

/// A launch names at most so many instance types.
pub const TYPES_MAX: usize = 600;

/// What nodes can be made of.
#[derive(Debug)]
pub struct Offer {
    /// NodePools, in the order in which they are tried.
    pub pools: Vec<NodePool>,
    /// Instance types.
    pub types: Vec<InstanceType>,
    /// By NodePool: the types it may make.
    pub types_of: Vec<Vec<usize>>,
    /// By NodePool: what DaemonSets take.
    pub daemons: Vec<DaemonOverheads>,
    /// The domains that nodes to come may be in.
    pub universe: Universe,
}

impl Offer {
    /// What `pools`, in the order in which they are tried, can make of `types`.
    #[must_use]
    pub fn new(pools: Vec<NodePool>, types: Vec<InstanceType>, daemons: Vec<DaemonOverheads>) -> Self {
        let may = |pool: &NodePool| {
            let own = types.iter().enumerate().filter(|(_, one)| {
                one.requirements.intersect(&pool.requirements)
                    && one.launchable(&pool.requirements).next().is_some()
            });
            let own: Vec<usize> = own.map(|(index, _)| index).collect();
            let short = min_values_met(&own, &types, &pool.requirements).1;
            if short.is_empty() { own } else { Vec::new() }
        };
        let types_of: Vec<Vec<usize>> = pools.iter().map(may).collect();
        let mut universe = Universe::default();
        for (pool, own) in pools.iter().zip(&types_of) {
            let taints = pool.taints.clone().into();
            for &index in own {
                let mut labels = pool.requirements.clone();
                labels.narrow_all(&types[index].requirements);
                universe.add(&labels, &taints);
            }
        }
        Self {
            types_of,
            pools,
            types,
            daemons,
            universe,
        }
    }
}

/// A pod for which there is no place.
#[derive(Clone, Debug, PartialEq)]
pub struct Unplanned {
    /// Which.
    pub pod: PlannedPod,
    /// By NodePool in the order in which they are tried: why it makes no node for the pod.
    pub refusals: Vec<Refusal>,
}

/// Where pods go.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Pods that go to nodes that are there: the node's index, and the pod.
    pub existing: Vec<(usize, PlannedPod)>,
    /// Nodes to be made.
    pub nodes: Vec<PlannedNode>,
    /// Pods for which there is no place.
    pub unplanned: Vec<Unplanned>,
}

/// A reading of the cluster, and what is planned on it.
#[derive(Debug)]
pub struct Planner<'a> {
    offer: &'a Offer,
    /// Every class of pods.
    pub classes: PodClasses,
    /// Nodes that are there.
    pub existing: ExistingNodes,
    topology: Topology,
    /// By NodePool: what its limits leave.
    limits: Vec<Limits>,
    limits_now: Vec<Limits>,
    planned_ever: u64,
}

impl<'a> Planner<'a> {
    /// A reading of the cluster.
    #[must_use]
    pub fn new(offer: &'a Offer, classes: PodClasses, existing: ExistingNodes, objects: &ApiObjects) -> Self {
        let topology = Topology::new(objects, &existing, &classes);
        let mut limits: Vec<Limits> = offer.pools.iter().map(|pool| pool.limits.clone()).collect();
        for node in existing.all() {
            if let Some((pool, capacity)) = &node.charged {
                limits[*pool].charge(capacity);
            }
        }
        Self {
            offer,
            classes,
            existing,
            topology,
            limits_now: limits.clone(),
            limits,
            planned_ever: 0,
        }
    }

    /// Every class that was seen, for the next reading.
    #[must_use]
    pub fn into_classes(self) -> PodClasses {
        self.classes
    }

    /// What nodes can be made of.
    #[must_use]
    pub const fn offer(&self) -> &'a Offer {
        self.offer
    }

    /// Plans for `pods` as if the nodes `without` were not there, and undoes it.
    pub fn what_if(&mut self, without: &[usize], pods: Vec<PlannedPod>) -> Plan {
        for pod in &pods {
            self.existing.prepare(pod.class, &self.classes);
        }
        for &node in without {
            self.topology.take_out(node, &self.existing, &self.classes);
            self.existing.take_out(node);
            if let Some((pool, capacity)) = &self.existing.all()[node].charged {
                self.limits_now[*pool].give_back(capacity);
            }
        }
        let plan = self.plan(pods);
        self.existing.restore();
        self.topology.restore();
        self.limits_now.clone_from(&self.limits);
        plan
    }

    fn plan(&mut self, mut pods: Vec<PlannedPod>) -> Plan {
        for pod in &pods {
            self.topology
                .ensure(pod.class, &self.offer.universe, &self.existing, &self.classes);
        }
        let classes = &self.classes;
        sort(&mut pods, |class| classes.get(class).template.requests());
        let mut queue = PodQueue::new(pods);
        let mut run = Run {
            plan: Plan::default(),
            order: Vec::new(),
            placed: 0,
            failed: Vec::new(),
        };
        while let Some(pod) = queue.pop() {
            match self.place(pod, &mut run) {
                Ok(()) => run.placed += 1,
                Err(refusals) => {
                    run.failed.retain(|(class, ..)| *class != pod.class);
                    run.failed.push((pod.class, run.placed, refusals));
                    queue.push_back(pod);
                }
            }
        }
        let why = |class| {
            let known = run.failed.iter().find(|(failed, ..)| *failed == class);
            known.map(|(.., refusals)| refusals.clone()).unwrap_or_default()
        };
        let mut plan = run.plan;
        plan.unplanned = queue
            .left()
            .map(|&pod| Unplanned {
                pod,
                refusals: why(pod.class),
            })
            .collect();
        self.finish(&mut plan);
        plan
    }

    /// A pod gives up one thing after another until it finds a place.
    fn place(&mut self, pod: PlannedPod, run: &mut Run) -> Result<(), Vec<Refusal>> {
        // Nothing has changed since one of its like failed.
        if let Some((.., refusals)) = run
            .failed
            .iter()
            .find(|(class, placed, _)| *class == pod.class && *placed == run.placed)
        {
            return Err(refusals.clone());
        }
        let mut class = pod.class;
        loop {
            let refusals = match self.place_as(pod, class, run) {
                Ok(()) => return Ok(()),
                Err(refusals) => refusals,
            };
            let Some((relaxed, _)) = self.classes.relaxed(class) else {
                return Err(refusals);
            };
            class = relaxed;
            self.topology
                .ensure(class, &self.offer.universe, &self.existing, &self.classes);
        }
    }

    fn place_as(&mut self, pod: PlannedPod, class: ClassId, run: &mut Run) -> Result<(), Vec<Refusal>> {
        if let Some(node) = self.place_on_existing(class) {
            run.plan.existing.push((node, pod));
            return Ok(());
        }
        let nodes = &run.plan.nodes;
        run.order.sort_by_key(|&node| nodes[node].pods.len());
        for &node in &run.order {
            let requests = self.classes.get(class).template.requests();
            if run.plan.nodes[node].is_full_for(requests, &self.offer.types) {
                continue;
            }
            let planned = &run.plan.nodes[node];
            let around = surroundings(self.offer, &self.classes, planned.pool);
            if let Ok(narrowed) = planned.narrowed(class, &around, &mut self.topology) {
                run.plan.nodes[node].add(pod, class, narrowed, &around, &mut self.topology);
                return Ok(());
            }
        }
        let (node, narrowed) = self.new_node(class)?;
        let around = surroundings(self.offer, &self.classes, node.pool);
        run.order.push(run.plan.nodes.len());
        run.plan.nodes.push(node);
        let node = run.plan.nodes.last_mut().expect("it was just put there");
        node.add(pod, class, narrowed, &around, &mut self.topology);
        // Whichever type it will be: the limits are charged with the most that it can be.
        let largest = node.types.iter().fold(Resources::default(), |mut most, &index| {
            most.raise_to(&self.offer.types[index].capacity);
            most
        });
        self.limits_now[node.pool].charge(&largest);
        Ok(())
    }

    fn place_on_existing(&mut self, class: ClassId) -> Option<usize> {
        let mut from = 0;
        loop {
            let node = self.existing.first_from(from, class, &self.classes)?;
            if self.topology.is_empty() {
                self.existing.add(node, self.classes.get(class));
                return Some(node);
            }
            if let Some(requirements) = self.open_on(node, class) {
                let kind = self.existing.kind(node);
                let undefined = Undefined::Denied;
                self.topology
                    .record(class, &self.classes, &requirements, &kind.taints, undefined);
                self.existing.add(node, self.classes.get(class));
                return Some(node);
            }
            from = node + 1;
        }
    }

    /// What a node that is there is like with a pod of `class` more, if where other pods are leaves it open.
    fn open_on(&mut self, node: usize, class: ClassId) -> Option<Requirements> {
        let kind = self.existing.kind(node);
        let hostname = self.existing.all()[node].hostname.clone();
        let mut requirements = kind.requirements.clone();
        requirements.narrow(HOSTNAME_LABEL, &AllowedValues::only([hostname]));
        requirements.narrow_all(&self.classes.get(class).requirements);
        let undefined = Undefined::Denied;
        let open = self
            .topology
            .open(class, &self.classes, &requirements, &kind.taints, undefined)?;
        if requirements.conflict(&open, undefined).is_some() {
            return None;
        }
        requirements.narrow_all(&open);
        Some(requirements)
    }

    /// A node of the first NodePool that makes one for a pod of `class`.
    fn new_node(&mut self, class: ClassId) -> Result<(PlannedNode, Narrowed), Vec<Refusal>> {
        let mut refusals = Vec::new();
        for (index, pool) in self.offer.pools.iter().enumerate() {
            let limits = &self.limits_now[index];
            let within = |&&one: &&usize| limits.allow(&self.offer.types[one].capacity);
            let own = &self.offer.types_of[index];
            let types: Vec<usize> = own.iter().filter(within).copied().collect();
            if types.is_empty() && !own.is_empty() {
                refusals.push(Refusal::Limits);
                continue;
            }
            self.planned_ever += 1;
            let hostname = format!("hostname-placeholder-{:04}", self.planned_ever);
            let node = PlannedNode::new(index, pool, &hostname, types);
            let around = surroundings(self.offer, &self.classes, index);
            match node.narrowed(class, &around, &mut self.topology) {
                Ok(narrowed) => return Ok((node, narrowed)),
                Err(why) => refusals.push(why),
            }
        }
        Err(refusals)
    }

    /// Planned nodes name the cheapest types they may be, no more than a launch can name.
    fn finish(&self, plan: &mut Plan) {
        let mut kept = Vec::with_capacity(plan.nodes.len());
        for mut node in std::mem::take(&mut plan.nodes) {
            let types = &self.offer.types;
            node.finish(&self.offer.daemons[node.pool]);
            if node.types.len() > TYPES_MAX {
                order_by_price(&mut node.types, types, &node.requirements);
                node.types.truncate(TYPES_MAX);
                let short = min_values_met(&node.types, types, &node.requirements).1;
                if let Some(key) = short.into_iter().next() {
                    plan.unplanned.extend(node.pods.iter().map(|&pod| Unplanned {
                        pod,
                        refusals: vec![Refusal::MinValues(key.clone())],
                    }));
                    continue;
                }
            }
            kept.push(node);
        }
        plan.nodes = kept;
    }
}

/// What is remembered while planning.
struct Run {
    plan: Plan,
    /// Planned nodes in the order in which they were tried last.
    order: Vec<usize>,
    /// How many pods have found a place.
    placed: usize,
    /// Classes that failed, after how many had found a place, and why.
    failed: Vec<(ClassId, usize, Vec<Refusal>)>,
}

fn surroundings<'a>(offer: &'a Offer, classes: &'a PodClasses, pool: usize) -> Surroundings<'a> {
    Surroundings {
        pool: &offer.pools[pool],
        daemons: &offer.daemons[pool],
        types: &offer.types,
        classes,
    }
}
