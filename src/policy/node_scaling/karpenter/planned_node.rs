//! A node that is planned: what it must be like, and every instance type it may still be (`scheduling/nodeclaim.go`).

use super::allowed_values::AllowedValues;
use super::daemon_overhead::DaemonOverheads;
use super::existing_nodes::conflicts;
use super::instance_type::{InstanceType, min_values_met};
use super::node_pool::NodePool;
use super::pod_class::{ClassId, PodClasses};
use super::pod_queue::PlannedPod;
use super::requirements::{Requirements, Undefined};
use super::topology::Topology;
use crate::model::labels::Taint;
use crate::model::placement_rules::{HOSTNAME_LABEL, HostPort};
use crate::model::pod_template::PodTemplate;
use crate::model::resources::Resources;
use std::sync::Arc;

/// Why a planned node does not take a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The pod does not tolerate the taint of this key.
    Taint(Arc<str>),
    /// The pod asks for something else of the label of this key.
    Label(Arc<str>),
    /// A volume of the pod is where the node cannot be.
    Volume(Arc<str>),
    /// Where other pods are leaves no domain.
    Topology,
    /// No instance type has the labels that are asked for.
    NoTypeMeets,
    /// No instance type is large enough.
    NoTypeFits,
    /// No instance type that would do is on offer.
    NoOffering,
    /// Not as many values stay possible for the label of this key as the NodePool asks for.
    MinValues(Arc<str>),
    /// Every instance type is beyond what the NodePool's limits leave.
    Limits,
}

/// A node that is planned.
#[derive(Clone, Debug)]
pub struct PlannedNode {
    /// The index of its NodePool.
    pub pool: usize,
    /// What is asked of its labels.
    pub requirements: Requirements,
    /// The instance types it may be: indices.
    pub types: Vec<usize>,
    /// What its pods reserve; at the end also what DaemonSets take at least.
    pub requests: Resources,
    /// Its pods.
    pub pods: Vec<PlannedPod>,
    ports: Vec<HostPort>,
}

/// What a planned node would be with one pod more.
#[derive(Clone, Debug)]
pub struct Narrowed {
    requirements: Requirements,
    types: Vec<usize>,
}

/// What a planned node is narrowed by, beside the pod.
pub struct Surroundings<'a> {
    /// Its NodePool.
    pub pool: &'a NodePool,
    /// What DaemonSets take on its nodes.
    pub daemons: &'a DaemonOverheads,
    /// Every instance type.
    pub types: &'a [InstanceType],
    /// Every class.
    pub classes: &'a PodClasses,
}

impl PlannedNode {
    /// A node of a NodePool without pods, called `hostname` among the planned ones.
    #[must_use]
    pub fn new(index: usize, pool: &NodePool, hostname: &str, types: Vec<usize>) -> Self {
        let mut requirements = pool.requirements.clone();
        requirements.narrow(HOSTNAME_LABEL, &AllowedValues::only([hostname]));
        Self {
            pool: index,
            requirements,
            types,
            requests: Resources::default(),
            pods: Vec::new(),
            ports: Vec::new(),
        }
    }

    /// Whether the largest type it may be surely has no room for a pod with these requests; cheap.
    #[must_use]
    pub fn is_full_for(&self, requests: &Resources, types: &[InstanceType]) -> bool {
        let fits = |&index: &usize| {
            let allocatable = &types[index].allocatable;
            let left = |have: u64, used: u64, asked: u64| used.saturating_add(asked) <= have;
            left(allocatable.cpu_milli, self.requests.cpu_milli, requests.cpu_milli)
                && left(
                    allocatable.memory_bytes,
                    self.requests.memory_bytes,
                    requests.memory_bytes,
                )
                && left(allocatable.pods, self.requests.pods, requests.pods)
        };
        !self.types.iter().any(fits)
    }

    /// What it would be with a pod of `class` more.
    ///
    /// # Errors
    /// Why it cannot take it.
    pub fn narrowed(
        &self,
        class: ClassId,
        around: &Surroundings<'_>,
        topology: &mut Topology,
    ) -> Result<Narrowed, Refusal> {
        let asked = around.classes.get(class);
        let untolerated = |taint: &&Taint| !asked.template.tolerates(taint);
        if let Some(taint) = around.pool.taints.iter().find(untolerated) {
            return Err(Refusal::Taint(taint.key.as_str().into()));
        }
        let undefined = Undefined::WellKnownAllowed;
        if let Some(key) = self.requirements.conflict(&asked.requirements, undefined) {
            return Err(Refusal::Label(key.into()));
        }
        let mut base = self.requirements.clone();
        base.narrow_all(&asked.requirements);
        if asked.volumes.is_empty() {
            return self.narrowed_to(base, class, around, topology);
        }
        let mut refusal = Refusal::Topology;
        for needs in asked.volumes.iter() {
            if let Some(key) = base.conflict(needs, undefined) {
                refusal = Refusal::Volume(key.into());
                continue;
            }
            let mut narrowed = base.clone();
            narrowed.narrow_all(needs);
            match self.narrowed_to(narrowed, class, around, topology) {
                Ok(narrowed) => return Ok(narrowed),
                Err(why) => refusal = why,
            }
        }
        Err(refusal)
    }

    fn narrowed_to(
        &self,
        mut requirements: Requirements,
        class: ClassId,
        around: &Surroundings<'_>,
        topology: &mut Topology,
    ) -> Result<Narrowed, Refusal> {
        let undefined = Undefined::WellKnownAllowed;
        let taints = &around.pool.taints;
        let open = topology.open(class, around.classes, &requirements, taints, undefined);
        let open = open.ok_or(Refusal::Topology)?;
        if requirements.conflict(&open, undefined).is_some() {
            return Err(Refusal::Topology);
        }
        requirements.narrow_all(&open);
        let template = &around.classes.get(class).template;
        let mut requests = self.requests.clone();
        requests.add(template.requests());
        let types = self.types_for(&requirements, &requests, template, around)?;
        Ok(Narrowed { requirements, types })
    }

    fn types_for(
        &self,
        requirements: &Requirements,
        requests: &Resources,
        template: &PodTemplate,
        around: &Surroundings<'_>,
    ) -> Result<Vec<usize>, Refusal> {
        let ports = &template.rules.host_ports;
        // What its types met before they still meet.
        let is_same = *requirements == self.requirements && !self.pods.is_empty();
        let taken = conflicts(&self.ports, ports);
        let (mut meets, mut fits, mut offered) = (false, false, false);
        let mut left = Vec::with_capacity(self.types.len());
        for &index in self.types.iter().filter(|_| !taken) {
            let instance_type = &around.types[index];
            let daemons = around.daemons.of(index);
            if conflicts(&daemons.ports, ports) {
                continue;
            }
            let mut total = requests.clone();
            total.add(&daemons.requests);
            let it_fits = total.fits_in(&instance_type.allocatable);
            let it_meets = (is_same || instance_type.requirements.intersect(requirements))
                && instance_type.taints.iter().all(|taint| template.tolerates(taint));
            let it_is_offered = is_same || instance_type.launchable(requirements).next().is_some();
            meets |= it_meets;
            fits |= it_meets && it_fits;
            offered |= it_meets && it_fits && it_is_offered;
            if it_meets && it_fits && it_is_offered {
                left.push(index);
            }
        }
        if requirements.has_min_values()
            && let Some(key) = min_values_met(&left, around.types, requirements)
                .1
                .into_iter()
                .next()
        {
            return Err(Refusal::MinValues(key));
        }
        if !left.is_empty() {
            return Ok(left);
        }
        debug_assert!(!offered, "what is offered, large enough and right is left");
        Err(match (meets, fits) {
            (false, _) => Refusal::NoTypeMeets,
            (true, false) => Refusal::NoTypeFits,
            (true, true) => Refusal::NoOffering,
        })
    }

    /// Takes a pod.
    pub fn add(
        &mut self,
        pod: PlannedPod,
        class: ClassId,
        narrowed: Narrowed,
        around: &Surroundings<'_>,
        topology: &mut Topology,
    ) {
        let template = &around.classes.get(class).template;
        self.pods.push(pod);
        self.requests.add(template.requests());
        self.ports.extend(template.rules.host_ports.iter().cloned());
        self.requirements = narrowed.requirements;
        self.types = narrowed.types;
        let undefined = Undefined::WellKnownAllowed;
        topology.record(
            class,
            around.classes,
            &self.requirements,
            &around.pool.taints,
            undefined,
        );
    }

    /// The planning is over: its name among the planned ones goes, and what DaemonSets take comes.
    pub fn finish(&mut self, daemons: &DaemonOverheads) {
        self.requirements.remove(HOSTNAME_LABEL);
        self.requests.add(&daemons.least(&self.types));
    }
}
