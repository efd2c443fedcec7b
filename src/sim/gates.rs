//! `docker compose up`: which pods wait, their images pulled, for what other workloads have not come to yet.
//!
//! Knows: who waits and who is healthy. Must not know: how a pod starts, or what makes it healthy.

use crate::model::cluster::PodId;
use crate::platform::docker::depends_on::Dependency;
use std::collections::{BTreeMap, BTreeSet};

/// What is held back when everything is brought up.
#[derive(Clone, Debug, Default)]
pub(super) struct Gates {
    /// What workloads wait for, by their index.
    waiting: BTreeMap<usize, Vec<Dependency>>,
    /// Workloads that will never start: what they wait for cannot come any more.
    failed: BTreeSet<usize>,
    held: BTreeSet<PodId>,
    healthy: BTreeSet<PodId>,
}

impl Gates {
    /// Workloads that wait for what is listed with them.
    pub(super) fn new(waiting: BTreeMap<usize, Vec<Dependency>>) -> Self {
        Self {
            waiting,
            ..Self::default()
        }
    }

    /// Whether nobody waits any more.
    pub(super) fn are_open(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether a pod of a workload may not start now; it is then remembered.
    pub(super) fn hold(&mut self, pod: PodId, workload: usize) -> bool {
        let holds = self.waiting.contains_key(&workload) || self.failed.contains(&workload);
        if holds {
            self.held.insert(pod);
        }
        holds
    }

    /// The first workload that waits for something of which `met` says that it has come.
    pub(super) fn first_waiting(&self, mut met: impl FnMut(&[Dependency]) -> bool) -> Option<usize> {
        let mut waiting = self.waiting();
        waiting
            .find(|(_, dependencies)| met(dependencies))
            .map(|(workload, _)| workload)
    }

    /// Who waits, and for what.
    pub(super) fn waiting(&self) -> impl Iterator<Item = (usize, &[Dependency])> {
        self.waiting
            .iter()
            .map(|(&workload, dependencies)| (workload, dependencies.as_slice()))
    }

    /// A workload waits no more. Returns the pods that were held back: of all workloads, which are held again if need be.
    pub(super) fn open(&mut self, workload: usize) -> BTreeSet<PodId> {
        self.waiting.remove(&workload);
        std::mem::take(&mut self.held)
    }

    /// What a workload waits for cannot come.
    pub(super) fn fail(&mut self, workload: usize) {
        self.waiting.remove(&workload);
        self.failed.insert(workload);
    }

    /// A pod was found healthy.
    pub(super) fn found_healthy(&mut self, pod: PodId) {
        self.healthy.insert(pod);
    }

    /// Whether a pod was found healthy.
    pub(super) fn is_healthy(&self, pod: PodId) -> bool {
        self.healthy.contains(&pod)
    }

    /// A pod is gone.
    pub(super) fn forget(&mut self, pod: PodId) {
        self.held.remove(&pod);
        self.healthy.remove(&pod);
    }
}
