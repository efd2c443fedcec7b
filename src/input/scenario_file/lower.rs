//! A checked document to a scenario: the parts in their order, and what only makes sense across them.
//!
//! Knows: which part needs which. Must not know: how a part is read (its own file does).
//!
//! Each part is deserialised for itself: one that the schema refused is left out, the others go on.

mod balancing;
mod batch;
mod blame;
mod calls;
mod changes;
mod cluster;
mod container_rules;
mod contradiction;
mod controller;
mod cpu;
mod distribution;
mod doubts;
mod faults;
pub(super) mod files;
mod fit;
mod gpu_share;
mod gpu_use;
mod gpus;
mod held_budgets;
mod images;
mod load;
mod memory;
mod named_nodes;
mod namespaces;
mod needs;
mod objectives;
mod offer;
mod outages;
mod phases;
mod placement_rules;
mod plain_job;
mod platform;
mod pod_resources;
mod policies;
mod probes;
mod published_ports;
mod recording;
mod serving;
mod sets;
mod storage;
mod swarm_service;
mod timing;
mod volume;
mod workload;

use super::raw;
use super::spot::Spot;
use crate::engine::Span;
use crate::input::{Diagnostic, Diagnostics, Sources, Tree};
use crate::model::units::quoted;
use crate::policy::catalog::Catalog;
use crate::sim::platform::Platform;
use crate::sim::scenario::Scenario;
use files::Files;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};

/// What every part needs.
pub(super) struct Lowering<'a> {
    catalog: &'a Catalog,
    files: &'a mut Files,
    sources: &'a mut Sources,
    diagnostics: &'a mut Diagnostics,
    /// Where the schema has found mistakes.
    refused: BTreeSet<String>,
    assumptions: Vec<String>,
    /// What runs the containers.
    platform: Platform,
    /// How long the run is, if that could be read.
    duration: Option<Span>,
    /// When it begins, if that could be read.
    start: Option<jiff::civil::DateTime>,
}

/// The scenario that `tree` describes; adds what is wrong to `diagnostics`, which holds what the schema refused.
pub(super) fn scenario(
    tree: &Tree,
    story: &str,
    catalog: &Catalog,
    files: &mut Files,
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Option<Scenario> {
    let refused = diagnostics.sorted().iter().map(|one| one.path.clone()).collect();
    let mut lowering = Lowering {
        catalog,
        files,
        sources,
        diagnostics,
        refused,
        assumptions: Vec::new(),
        platform: Platform::default(),
        duration: None,
        start: None,
    };
    lowering.scenario(&Spot::root(tree), story)
}

impl Lowering<'_> {
    fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Whether the schema has found a mistake at `path` or below.
    fn refused(&self, path: &str) -> bool {
        let below = format!("{path}.");
        self.refused
            .iter()
            .any(|found| found == path || found.starts_with(&below))
    }

    /// What is at `spot`; nothing if nothing is there or if it is refused, which is then said, if it was not yet.
    fn read<T: DeserializeOwned>(&mut self, spot: &Spot<'_>) -> Option<T> {
        match spot.read()? {
            Ok(value) => Some(value),
            Err(error) => {
                // The list of mistakes may have been cut: then nothing is certain but that there are some.
                if !self.refused(&spot.path) && !self.diagnostics.is_full() {
                    self.push(spot.error(error.to_string()));
                }
                None
            }
        }
    }

    /// What is at `spot`, or `default` if nothing is; nothing if it is refused.
    fn read_or<T: DeserializeOwned>(&mut self, spot: &Spot<'_>, default: T) -> Option<T> {
        if spot.exists() {
            self.read(spot)
        } else {
            Some(default)
        }
    }

    /// Reports items of the list at `spot` that share a name.
    fn unique(&mut self, spot: &Spot<'_>, kind: &str) {
        let mut first = BTreeMap::new();
        for item in spot.items() {
            let name = item.at("name");
            let Some(text) = name.cursor.text() else { continue };
            if let Some(place) = first.get(text) {
                let error = name.error(format!("a second {kind} is named {}", quoted(text)));
                self.push(error.related(*place, "the first is here"));
            } else {
                first.insert(text, name.cursor.place());
            }
        }
    }

    fn scenario(&mut self, root: &Spot<'_>, story: &str) -> Option<Scenario> {
        self.platform = self.platform(&root.at("platform"));
        let cpu = self.cpu(&root.at("cpu"));
        let timing = self.timing(root);
        self.duration = timing.as_ref().map(|timing| timing.duration);
        self.start = timing.as_ref().map(|timing| timing.start);
        self.unique(&root.at("cluster").at("pools"), "pool");
        self.unique(&root.at("workloads"), "workload");
        self.unique(&root.at("load"), "load");
        let mut cluster = self.cluster(&root.at("cluster"));
        let storage = self.storage(&root.at("cluster"));
        let namespaces = self.namespaces(&root.at("namespaces"));
        self.unused_namespaces(
            &root.at("namespaces"),
            &root.at("workloads"),
            &root.at("cluster").at("persistentVolumeClaims"),
        );
        let names: Vec<Option<&str>> = root
            .at("workloads")
            .items()
            .iter()
            .map(|item| item.text("name"))
            .collect();
        let mut workloads: Vec<_> = root
            .at("workloads")
            .items()
            .iter()
            .map(|item| self.workload(item, &cluster.images, &namespaces, &storage))
            .collect();
        self.container_rules(root, &names, &cluster.pools, &mut workloads);
        let ways = self.calls(&root.at("workloads"), &names, &mut workloads);
        cluster.unused_images(&root.at("cluster").at("images").at("sizes"), self);
        if root.at("cluster").exists() {
            self.fit(&root.at("workloads"), &workloads, &cluster.pools);
        }
        let loads = self.loads(root, &names, &workloads, &ways, timing.as_ref());
        let mut deciders = self.policies(&root.at("policies"), &names, timing.as_ref());
        self.platform_decides(root, &mut deciders);
        self.needs(&root.at("policies"), &workloads, &deciders);
        self.balancing(root, &workloads, &cluster.pools, &deciders);
        self.budgets_that_hold(&root.at("workloads").items(), &workloads, &deciders);
        self.nothing_for_jobs(root, &workloads);
        self.shares_are_known(root, &workloads, &deciders);
        self.gpu_use(&root.at("workloads"), &workloads, &cluster.pools);
        self.doubts(root, &cluster.pools, &workloads, &deciders, self.duration);
        let first_looks = self.phases(&root.at("policies").at("phase"), &names, &deciders);
        if !root.at("cluster").exists() && root.at("policies").at("node_scaling").exists() {
            let warning = root
                .at("policies")
                .at("node_scaling")
                .warning("there are no machines to scale");
            self.push(warning.help("describe them under `cluster:`"));
        }
        let span = timing.as_ref().map(|timing| timing.duration);
        let mut outages = self.outages(&root.at("metrics").at("outages"), &names, span);
        let mut faults = self.faults(&root.at("faults"), &names, &mut cluster.pools);
        let objectives = self.objectives(
            &root.at("objectives"),
            &names,
            &workloads,
            root.at("cluster").exists(),
        );
        let name = self.read(&root.at("name"));
        let description: Option<String> = self.read(&root.at("description"));
        let seed = self.read_or(&root.at("seed"), raw::default_seed());
        if self.diagnostics.has_errors() {
            return None;
        }
        let (timing, mut loads) = (timing?, loads);
        let workloads: Option<Vec<_>> = workloads
            .into_iter()
            .enumerate()
            .map(|(index, workload)| {
                let workload = workload?;
                let arrivals = loads.remove(&index).unwrap_or_default();
                let policies = deciders.of(index)?;
                let mut workload =
                    workload.with(arrivals, policies, first_looks.of(index), &objectives, index);
                workload.outages = outages.remove(&index).unwrap_or_default();
                workload
                    .outages
                    .extend(faults.outages.remove(&index).unwrap_or_default());
                Some(workload)
            })
            .collect();
        let mut assumptions = Vec::new();
        if !cluster.pools.is_empty() {
            assumptions.push(
                "Initial nodes and the replicas that fit on them are ready at time zero, with their images in place."
                    .to_owned(),
            );
        }
        assumptions.append(&mut self.assumptions);
        Some(Scenario {
            name: name?,
            story: description.unwrap_or_else(|| story.to_owned()),
            duration: timing.duration,
            warmup: timing.warmup,
            start: timing.start,
            seed: seed?,
            sample_every: timing.sample_every,
            metrics: timing.metrics,
            platform: self.platform,
            cpu,
            pools: cluster.pools.into_iter().flatten().collect(),
            quotas: cluster.quotas,
            faults: faults.faults,
            images: cluster.supply,
            image_gc: cluster.image_gc,
            storage: storage.storage,
            namespaces,
            workloads: workloads?,
            placement: deciders.placement?,
            node_scaling: deciders.node_scaling?,
            node_scaling_phase: first_looks.node_scaling,
            objectives,
            assumptions,
        })
    }
}
