//! Deployments: the sets of pods of a workload's versions become as large as its strategy says.

use crate::engine::Time;
use crate::model::cluster::PodId;
use crate::platform::kubernetes::rollout::{Acted, Strategy};
use crate::sim::controller::Kind;
use crate::sim::deployment::Sync;
use crate::sim::versions::Versions;
use crate::sim::world::World;

/// A sync that changes something is followed by another; they come to rest long before this.
const SYNCS_MAX: usize = 1000;

impl World {
    /// Brings the sets of a workload's versions to what its Deployment wants, as far as the API server takes new pods.
    pub(super) fn reconcile_deployment(&mut self, workload: usize) {
        let Kind::Alike(strategy) = self.workloads[workload].spec.controller.kind else {
            return;
        };
        for _ in 0..SYNCS_MAX {
            let seen = self.versions_seen(workload);
            let old_pods_run = strategy == Strategy::Recreate && self.old_pods_run(workload);
            let run = &mut self.workloads[workload];
            let (Some(versions), Some(deployment)) = (&run.versions, &mut run.deployment) else {
                return;
            };
            let is_rolling = versions.is_rolling();
            let before = deployment.sizes();
            let acted = deployment.sync(&Sync {
                strategy,
                desired: run.desired,
                current: versions.current(),
                is_rolling,
                seen: &seen,
                old_pods_run,
            });
            let sizes = deployment.sizes();
            if acted != Acted::Nothing && is_rolling {
                self.log_sync(workload, &before, &sizes);
            }
            if !self.resize_versions(workload, &sizes) {
                return self.look_at_rollout(workload);
            }
            if acted == Acted::Nothing {
                break;
            }
        }
        self.all_pods_created(workload);
        self.look_at_rollout(workload);
    }

    /// Creates and stops pods until each version has as many as it should; whether the API server took all.
    fn resize_versions(&mut self, workload: usize, sizes: &[u32]) -> bool {
        for (revision, &size) in (0..).zip(sizes) {
            let pods: Vec<PodId> = self.pods_of_version(workload, revision);
            for _ in pods.len()..size as usize {
                if self.create_replica(workload, revision, Time::ZERO).is_none() {
                    return false;
                }
            }
            let surplus = pods.len().saturating_sub(size as usize);
            if surplus > 0 {
                for pod in self.to_give_up(workload, &pods, surplus) {
                    self.terminate_pod(pod);
                }
            }
        }
        true
    }

    fn pods_of_version(&self, workload: usize, revision: u32) -> Vec<PodId> {
        let pods = self.workloads[workload].pods.values().copied();
        pods.filter(|&id| self.cluster.pod(id).is_some_and(|pod| pod.revision == revision))
            .collect()
    }

    /// Whether a pod of an older version still runs, those that were asked to stop included.
    fn old_pods_run(&self, workload: usize) -> bool {
        let versions = self.workloads[workload].versions.as_ref();
        let current = versions.map_or(0, Versions::current);
        let mut pods = self.cluster.pods();
        pods.any(|(_, pod)| pod.workload == workload && pod.revision != current)
    }

    fn log_sync(&mut self, workload: usize, before: &[u32], after: &[u32]) {
        let Some(versions) = &self.workloads[workload].versions else {
            return;
        };
        let current = versions.current() as usize;
        let old = |sizes: &[u32]| sizes[..current].iter().sum::<u32>();
        let why = format!(
            "pods of version {}: {} to {}, of older ones: {} to {}",
            versions.name(),
            before[current],
            after[current],
            old(before),
            old(after)
        );
        let change = Some((before[current], after[current]));
        self.log_rollout(workload, "resize", change, "rolling", &why);
    }
}
