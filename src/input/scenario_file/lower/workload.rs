//! Workloads: pods and their containers.
//!
//! Knows: Kubernetes' rules about what a container asks for. Must not know: how requests are served, or which node has
//! room.

use super::super::raw::cluster::Amounts;
use super::super::raw::distribution::Times;
use super::super::raw::workload as raw;
use super::super::spot::Spot;
use super::Lowering;
use super::batch::uses_one_slot;
use super::cluster::effect;
use super::images::ImageList;
use super::objectives::finish_bounds;
use super::storage::LoweredStorage;
use super::{phases, policies};
use crate::engine::Span;
use crate::model::cpu::CpuShares;
use crate::model::gpu_memory::LIMIT_RESOURCE;
use crate::model::labels::Toleration;
use crate::model::namespace::Namespace;
use crate::model::owner::Owner;
use crate::model::placement_rules::BudgetRule;
use crate::model::pod_template::{AsksForNone, Container, ContainerKind, PodTemplate};
use crate::model::units::{ByteQuantity, CountQuantity, CpuQuantity, quoted};
use crate::policy::admission::limit_range;
use crate::policy::routing::Balancing;
use crate::sim::batch::BatchPlan;
use crate::sim::controller::Controller;
use crate::sim::objective::Objective;
use crate::sim::platform::{ContainerRules, Platform};
use crate::sim::scenario::Workload;
use crate::workload::load::Load;
use crate::workload::serving::{ClosedUsers, ServingSpec};
use std::sync::Arc;

/// What makes the pods of `workload`.
fn owner(workload: &raw::Workload) -> Owner {
    match workload.controller {
        _ if workload.daemon_set.is_some() => Owner::DaemonSet,
        Some(raw::Controller::ReplicaSet) => Owner::ReplicaSet,
        Some(raw::Controller::StatefulSet) => Owner::StatefulSet,
        Some(raw::Controller::DaemonSet) => Owner::DaemonSet,
        Some(raw::Controller::Job) => Owner::Job,
        Some(raw::Controller::None) => Owner::Nobody,
        None if !workload.serving.volume_claim_templates.is_empty() => Owner::StatefulSet,
        None if workload.stateful_set.is_some() => Owner::StatefulSet,
        None if workload.serving.job.is_some() || workload.job.is_some() => Owner::Job,
        None => Owner::ReplicaSet,
    }
}

/// The label by which a Deployment tells the pods of one of its ReplicaSets.
const REPLICA_SET_LABEL: &str = "pod-template-hash";

/// A workload before its load and its policies are known.
#[derive(Debug)]
pub(super) struct LoweredWorkload {
    pub(super) name: String,
    pub(super) background: bool,
    pub(super) replicas: u32,
    pub(super) template: PodTemplate,
    pub(super) controller: Controller,
    pub(super) rules: ContainerRules,
    pub(super) budget: Option<BudgetRule>,
    pub(super) serving: ServingSpec,
    pub(super) balancing: Balancing,
    pub(super) batch: Option<BatchPlan>,
}

/// Where `workload` says what its pods are made of.
pub(super) fn pods_of<'t>(workload: &Spot<'t>) -> Spot<'t> {
    let job = workload.at("job");
    if job.exists() { job } else { workload.at("serving") }
}

/// What arrives at a workload.
#[derive(Debug, Default)]
pub(super) struct Arriving {
    pub(super) loads: Vec<(String, Load)>,
    pub(super) users: Vec<ClosedUsers>,
}

impl LoweredWorkload {
    /// The whole workload.
    pub(super) fn with(
        mut self,
        arriving: Arriving,
        policies: policies::OfWorkload,
        first: phases::OfWorkload,
        objectives: &[Objective],
        index: usize,
    ) -> Workload {
        self.serving.clients.closed = arriving.users;
        let mut routing = policies.routing;
        // What cannot stand beside it was reported.
        if let Some(policy) = self.balancing.beside(routing.policy.clone()) {
            routing.policy = policy;
        }
        if let Some(batch) = &mut self.batch {
            batch.bounds = finish_bounds(objectives, index);
        }
        Workload {
            name: self.name,
            background: self.background,
            replicas: self.replicas,
            template: Arc::new(self.template),
            controller: self.controller,
            rules: self.rules,
            budget: self.budget,
            batch: self.batch.map(Arc::new),
            serving: self.serving,
            loads: arriving.loads,
            routing,
            pod_scaling: policies.pod_scaling,
            pod_scaling_phase: first.pod_scaling,
            pod_sizing: policies.pod_sizing,
            pod_sizing_phase: first.pod_sizing,
            pod_updating_phase: first.pod_updating,
            outages: Vec::new(),
        }
    }
}

impl Lowering<'_> {
    /// Reads one workload.
    pub(super) fn workload(
        &mut self,
        spot: &Spot<'_>,
        images: &ImageList,
        namespaces: &[Namespace],
        storage: &LoweredStorage,
    ) -> Option<LoweredWorkload> {
        let serving_spot = pods_of(spot);
        self.unique(&serving_spot.at("containers"), "container");
        self.unique(&serving_spot.at("classes"), "class");
        let Some(workload) = self.raw_workload(spot) else {
            self.laws_of_refused(&serving_spot);
            self.affinity_of_refused(&serving_spot);
            return None;
        };
        let serving = &workload.serving;
        let items = serving_spot.at("containers").items();
        let containers: Vec<_> = items
            .iter()
            .zip(&serving.containers)
            .map(|(item, container)| self.container(item, container, &workload.name, images))
            .collect();
        let slots = self.slots(&serving_spot, serving);
        let readiness = self.law(&serving_spot.at("readiness"), &serving.readiness);
        let mut containers: Vec<Container> = containers.into_iter().collect::<Option<_>>()?;
        let of_pod = self.pod_resources(&serving_spot, serving, &containers);
        // What a container does not say, its namespace may say for it. Nothing changes that during a run.
        let ranges = namespaces.iter().find(|one| one.name == workload.namespace);
        let ranges = ranges.map_or(&[][..], |namespace| &namespace.limit_ranges);
        for container in &mut containers {
            limit_range::apply_defaults(ranges, container);
        }
        if workload.job.is_some() {
            self.serve_nothing(&items, &containers);
            uses_one_slot(&mut containers);
        }
        let gpu_share = self.gpu_share(&serving_spot, serving, &containers);
        let mut template = PodTemplate::new(containers).with_pod_resources(of_pod);
        if let Some(milli) = gpu_share {
            template = template.with_gpu_share(milli);
        }
        let toleration = |(spot, toleration): (&Spot<'_>, &raw::Toleration)| {
            self.toleration(spot, toleration);
            self.toleration_seconds(spot, toleration);
            Toleration {
                key: toleration.key.clone().filter(|key| !key.is_empty()),
                value: match toleration.operator {
                    raw::Operator::Equal => Some(toleration.value.clone().unwrap_or_default()),
                    raw::Operator::Exists => None,
                },
                effect: toleration.effect.map(effect),
                lasts: toleration
                    .toleration_seconds
                    .map(|seconds| Span::from_secs(seconds.max(0).unsigned_abs())),
            }
        };
        template.tolerations = serving_spot
            .at("tolerations")
            .items()
            .iter()
            .zip(&serving.tolerations)
            .map(toleration)
            .collect();
        let overhead = self.amounts(&serving_spot.at("overhead"), &serving.overhead);
        template = template.with_overhead(&overhead?);
        template.namespace.clone_from(&workload.namespace);
        template.labels.clone_from(&workload.labels);
        template.annotations.clone_from(&workload.annotations);
        template.owner = owner(&workload);
        // A workload is one ReplicaSet: this label is how its pods are told from all others.
        template
            .labels
            .entry(REPLICA_SET_LABEL.to_owned())
            .or_insert_with(|| workload.name.clone());
        template.rules = self.placement_rules(&serving_spot, serving, &template.labels);
        self.contradictions(&serving_spot, &template.rules, &serving.node_selector);
        let budget = self.budget(&serving_spot.at("disruptionBudget"), serving.disruption_budget);
        template.node_selector.clone_from(&serving.node_selector);
        template.termination_grace = serving.termination_grace.span();
        template.readiness = readiness?;
        self.probes_and_hooks(&serving_spot.at("containers"), serving, &mut template);
        let volumes = self.volumes(&serving_spot, &workload, storage);
        let is_batch = workload.job.is_some() || workload.cron_job.is_some();
        let batch = self.batch(spot, &workload);
        let background = workload.background || is_batch;
        let spec = self.serving(&serving_spot, serving, slots, background)?;
        template.volumes = volumes?;
        let controller = self.controller(spot, &workload, &mut template, images, ranges);
        Some(LoweredWorkload {
            name: workload.name,
            background,
            // A DaemonSet's pods are counted when the nodes are there, a Job's when it wants some.
            replicas: if controller.is_on_every_node() || is_batch {
                0
            } else {
                serving.replicas
            },
            template,
            controller,
            rules: ContainerRules::default(),
            budget,
            serving: spec,
            balancing: serving.balancing.clone(),
            batch,
        })
    }

    /// What is at `spot`; the pods of a Job stand where those of replicas do.
    fn raw_workload(&mut self, spot: &Spot<'_>) -> Option<raw::Workload> {
        let mut workload: raw::Workload = self.read(spot)?;
        if workload.job.is_some() {
            workload.serving = self.read(&spot.at("job"))?;
        } else if !spot.at("serving").exists() {
            let error = spot.key_error("missing field `serving`");
            self.push(
                error.help("a workload serves requests (`serving`), or its pods are those of Jobs (`job`)"),
            );
            return None;
        }
        Some(workload)
    }

    /// Checks the laws of a workload that has mistakes elsewhere.
    fn laws_of_refused(&mut self, spot: &Spot<'_>) {
        let mut laws = vec![spot.at("demand"), spot.at("readiness"), spot.at("patience")];
        laws.extend(
            spot.at("containers")
                .items()
                .iter()
                .map(|item| item.at("startup")),
        );
        laws.extend(spot.at("classes").items().iter().map(|item| item.at("demand")));
        for law in laws {
            if let Some(times) = self.read::<Times>(&law) {
                self.law(&law, &times);
            }
        }
    }

    /// Kubernetes' rules: `Exists` takes no value, and without a key it must be `Exists`.
    fn toleration(&mut self, spot: &Spot<'_>, toleration: &raw::Toleration) {
        let exists = toleration.operator == raw::Operator::Exists;
        if exists && toleration.value.as_deref().is_some_and(|value| !value.is_empty()) {
            self.push(spot.at("value").key_error("the operator `Exists` takes no value"));
        }
        if !exists && toleration.key.as_deref().unwrap_or_default().is_empty() {
            let error = spot.key_error("a toleration without a key must have the operator `Exists`");
            self.push(error);
        }
    }

    pub(super) fn container(
        &mut self,
        spot: &Spot<'_>,
        container: &raw::Container,
        workload: &str,
        images: &ImageList,
    ) -> Option<Container> {
        let resources = &container.resources;
        let limits_spot = spot.at("resources").at("limits");
        let limits = self.amounts(&limits_spot, &resources.limits);
        let requests_spot = spot.at("resources").at("requests");
        let asked = self.asked(&resources.requests, &resources.limits);
        let requests = self.amounts(&requests_spot, &asked);
        self.requests_within_limits(&requests_spot, &limits_spot, resources);
        self.not_overcommitted(&requests_spot, &limits_spot, resources);
        let startup = self.law(&spot.at("startup"), &container.startup);
        let image = container.image.as_deref().and_then(|name| {
            let image = images.get(name);
            if image.is_none() {
                let said = format!(
                    "Image {} of {workload} has no declared size: it is taken to be on every node.",
                    quoted(name)
                );
                if !self.assumptions.contains(&said) {
                    self.assumptions.push(said);
                }
            }
            image
        });
        let usage = self.usage(spot, container);
        Some(Container {
            name: container.name.clone(),
            kind: match container.kind {
                raw::Kind::Init => ContainerKind::Init,
                raw::Kind::Sidecar => ContainerKind::Sidecar,
                raw::Kind::Main => ContainerKind::Main,
            },
            image,
            requests: requests?,
            asks_for_none: AsksForNone {
                cpu: asked.cpu.is_some_and(|amount| amount.millis() == 0),
                memory: asked.memory.is_some_and(|amount| amount.bytes() == 0),
            },
            limits: limits?,
            cpu_weight: self.cpu_weight(spot, container.cpu_shares),
            usage: usage?,
            startup: startup?,
        })
    }

    /// The weight of a container whose platform does not take it from its requests.
    fn cpu_weight(&mut self, spot: &Spot<'_>, shares: Option<u64>) -> Option<CpuShares> {
        let at = spot.at("cpu_shares");
        match (self.platform, shares) {
            (Platform::Kubernetes, None) => None,
            (Platform::Kubernetes, Some(_)) => {
                let error = at.key_error("Kubernetes takes the weight of a container from its requests");
                self.push(error.help("write `resources.requests.cpu`"));
                None
            }
            (Platform::Swarm, said) => {
                if said.is_some() {
                    let warning = at.warning("Swarm knows no `cpu_shares`: all containers weigh the same");
                    self.push(warning.help("it is read under `platform: docker`"));
                }
                Some(CpuShares::DEFAULT)
            }
            (Platform::Docker { .. }, None | Some(0)) => Some(CpuShares::DEFAULT),
            (Platform::Docker { .. }, Some(said)) => match CpuShares::new(said) {
                Ok(shares) => Some(shares),
                Err(error) => {
                    self.push(at.error(error.to_string()));
                    None
                }
            },
        }
    }

    /// Reports requests above their limits, which Kubernetes refuses.
    fn requests_within_limits(
        &mut self,
        requests: &Spot<'_>,
        limits: &Spot<'_>,
        resources: &raw::ContainerResources,
    ) {
        let (asked, limit) = (&resources.requests, &resources.limits);
        let above =
            |asked: Option<u64>, limit: Option<u64>| matches!((asked, limit), (Some(a), Some(l)) if a > l);
        let bytes = |amount: Option<ByteQuantity>| amount.map(ByteQuantity::bytes);
        let cpu = |amounts: &Amounts| amounts.cpu.map(CpuQuantity::millis);
        let mut too_large = Vec::new();
        if above(cpu(asked), cpu(limit)) {
            too_large.push("cpu");
        }
        if above(bytes(asked.memory), bytes(limit.memory)) {
            too_large.push("memory");
        }
        if above(bytes(asked.ephemeral_storage), bytes(limit.ephemeral_storage)) {
            too_large.push("ephemeral-storage");
        }
        let extended = asked.extended.iter().filter(|(name, count)| {
            above(
                Some(count.count()),
                limit
                    .extended
                    .get(*name)
                    .map(|count: &CountQuantity| count.count()),
            )
        });
        too_large.extend(extended.map(|(name, _)| name.as_str()));
        for name in too_large {
            let error = requests
                .at(name)
                .error(format!("a container cannot reserve more {name} than its limit"));
            self.push(error.related(limits.at(name).cursor.place(), "the limit is here"));
        }
    }

    /// The slots of the one main container that has some, and the rules about containers as a whole.
    fn slots(&mut self, spot: &Spot<'_>, serving: &raw::Serving) -> Option<u32> {
        let items = spot.at("containers").items();
        if !serving.containers.iter().any(|one| one.kind == raw::Kind::Main) {
            self.push(spot.at("containers").key_error("a pod needs a main container"));
        }
        let mut slots = None;
        let mut first = None;
        for (container, item) in serving.containers.iter().zip(&items) {
            let Some(count) = container.slots else { continue };
            let place = item.at("slots");
            if container.kind != raw::Kind::Main {
                self.push(place.key_error("only a main container can have slots"));
            } else if let Some(first) = first {
                let error = place.key_error("a second container has slots");
                self.push(error.related(first, "the first is here"));
            } else {
                first = Some(place.cursor.key_place());
                slots = Some(count);
            }
        }
        slots
    }
}

impl Lowering<'_> {
    /// What a container reserves: under Kubernetes what it only limits too, under Swarm what it says, and under Docker, which
    /// reserves nothing, devices alone.
    fn asked(&self, requests: &Amounts, limits: &Amounts) -> Amounts {
        match self.platform {
            Platform::Kubernetes => with_limits(requests, limits),
            Platform::Swarm => requests.clone(),
            Platform::Docker { .. } => Amounts {
                extended: with_limits(requests, limits).extended,
                ..Amounts::default()
            },
        }
    }
}

/// What is asked for, and what is only limited, which Kubernetes then also asks for.
fn with_limits(requests: &Amounts, limits: &Amounts) -> Amounts {
    let mut extended = limits.extended.clone();
    extended.extend(requests.extended.clone());
    extended.remove(LIMIT_RESOURCE);
    // A misspelt name of a limit is reported once, there.
    extended.retain(|name, _| name.contains('/') || requests.extended.contains_key(name));
    Amounts {
        cpu: requests.cpu.or(limits.cpu),
        memory: requests.memory.or(limits.memory),
        ephemeral_storage: requests.ephemeral_storage.or(limits.ephemeral_storage),
        extended,
    }
}
