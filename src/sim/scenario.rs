//! A scenario: everything a run needs, validated and plain. Where it came from is forgotten.

use super::batch::BatchPlan;
use super::controller::Controller;
use super::objective::Objective;
use super::platform::{ContainerRules, Platform};
use crate::engine::Span;
use crate::model::cpu::CpuPhysics;
use crate::model::fault::FaultSpec;
use crate::model::image::ImageSupply;
use crate::model::namespace::Namespace;
use crate::model::observed::{MetricsSpec, Outage};
use crate::model::offer::CloudQuota;
use crate::model::placement_rules::BudgetRule;
use crate::model::pod_template::PodTemplate;
use crate::model::pool::PoolSpec;
use crate::model::volume::{Claim, StorageClass};
use crate::platform::kubernetes::image_gc::ImageGc;
use crate::policy::node_scaling::NodeScaler;
use crate::policy::placement::Placer;
use crate::policy::pod_scaling::PodScaler;
use crate::policy::pod_scaling::pod_sizer::PodSizer;
use crate::policy::routing::Routing;
use crate::stats::Distribution;
use crate::workload::load::Load;
use crate::workload::serving::ServingSpec;
use std::sync::Arc;

/// A policy and what users call it.
#[derive(Clone, Debug)]
pub struct Named<P> {
    /// Its name in the catalog.
    pub name: String,
    /// The policy in its initial state.
    pub policy: P,
}

/// Kinds of volumes, and volumes that pods share.
#[derive(Clone, Debug, Default)]
pub struct Storage {
    /// Storage classes, and how long their volumes take to move.
    pub classes: Vec<StorageSpec>,
    /// Claims that pods share by their names.
    pub claims: Vec<Claim>,
}

/// A kind of volume, and how long it takes to move one.
#[derive(Clone, Debug)]
pub struct StorageSpec {
    /// What placement sees of it.
    pub class: StorageClass,
    /// From binding to attached and mounted, seconds.
    pub attach: Distribution,
    /// From the end of its last pod to detached, seconds.
    pub detach: Distribution,
}

/// Everything a run needs.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// What it shows, in a sentence or two.
    pub story: String,
    /// Simulated time.
    pub duration: Span,
    /// Left out of statistics at the start.
    pub warmup: Span,
    /// The civil date and time at the start.
    pub start: jiff::civil::DateTime,
    /// The seed used unless the user gives another.
    pub seed: u64,
    /// Time between two rows of the time series.
    pub sample_every: Span,
    /// How metrics reach controllers.
    pub metrics: MetricsSpec,
    /// What runs the containers.
    pub platform: Platform,
    /// Whether and how CPU slows what runs.
    pub cpu: CpuPhysics,
    /// The machines; empty for a scenario without nodes, where every pod finds room.
    pub pools: Vec<PoolSpec>,
    /// Limits of the provider on what there is at a time.
    pub quotas: Vec<CloudQuota>,
    /// What goes wrong.
    pub faults: Vec<FaultSpec>,
    /// How images come to nodes.
    pub images: ImageSupply,
    /// When the kubelet deletes images.
    pub image_gc: ImageGc,
    /// Kinds of volumes, and volumes that pods share.
    pub storage: Storage,
    /// Namespaces of which more is known than their names.
    pub namespaces: Vec<Namespace>,
    /// The workloads.
    pub workloads: Vec<Workload>,
    /// Which node takes a pod.
    pub placement: Named<Box<dyn Placer>>,
    /// Which machines there are.
    pub node_scaling: Named<Box<dyn NodeScaler>>,
    /// When a node scaler that looks at intervals looks first; `None` for a time that chance draws.
    pub node_scaling_phase: Option<Span>,
    /// What is wanted of the outcome.
    pub objectives: Vec<Objective>,
    /// What the scenario takes for granted beyond what every run does, one sentence each.
    pub assumptions: Vec<String>,
}

impl Scenario {
    /// Whether nothing goes wrong in it but what the load itself brings about.
    #[must_use]
    pub fn is_undisturbed(&self) -> bool {
        self.faults.is_empty() && self.pools.iter().all(|pool| pool.offer.interruptions.is_none())
    }
}

/// A workload: pods, what they serve, who asks, and who decides about it.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Its name, unique in the scenario.
    pub name: String,
    /// Its pods only take room: no requests are expected.
    pub background: bool,
    /// Replicas at the start.
    pub replicas: u32,
    /// What its pods are made of.
    pub template: Arc<PodTemplate>,
    /// How they are made and replaced.
    pub controller: Controller,
    /// The rules of its platform that its containers live by.
    pub rules: ContainerRules,
    /// How many of its pods may be pushed out at a time; `None` for all.
    pub budget: Option<BudgetRule>,
    /// Its Jobs, where its pods work until they are done instead of serving requests.
    pub batch: Option<Arc<BatchPlan>>,
    /// How it serves.
    pub serving: ServingSpec,
    /// What arrives, by name of the load.
    pub loads: Vec<(String, Load)>,
    /// Which replica serves a request.
    pub routing: Named<Routing>,
    /// How many replicas.
    pub pod_scaling: Named<Box<dyn PodScaler>>,
    /// When a pod scaler that looks at intervals looks first; `None` for a time that chance draws.
    pub pod_scaling_phase: Option<Span>,
    /// Times at which sources of its metrics do not answer.
    pub outages: Vec<Outage>,
    /// How big; `None` for as the template says.
    pub pod_sizing: Option<Named<Box<dyn PodSizer>>>,
    /// When the pod sizer learns first; `None` for a time that chance draws.
    pub pod_sizing_phase: Option<Span>,
    /// When it looks first for pods to change; `None` for a time that chance draws.
    pub pod_updating_phase: Option<Span>,
}
