//! Who makes the pods of a workload, and what each kind of them cannot have.
//!
//! Knows: which ways exclude each other, and the bounds of StatefulSets and DaemonSets. Must not know: versions.

use super::super::raw::daemon_set::{DaemonSet, DaemonUpdate as RawDaemonUpdate};
use super::super::raw::deployment::Deployment;
use super::super::raw::placement_rules::CountOrShare;
use super::super::raw::stateful_set::{PodManagementPolicy, StatefulSet, StatefulUpdate as RawUpdate};
use super::super::raw::workload as raw;
use super::super::spot::Spot;
use super::Lowering;
use crate::engine::Time;
use crate::model::owner::Owner;
use crate::model::placement_rules::Allowed;
use crate::platform::kubernetes::stateful_set::UpdateStrategy;
use crate::sim::controller::{DaemonUpdate, Deletion, Numbered};

pub(super) fn allowed(one: CountOrShare) -> Allowed {
    match one {
        CountOrShare::Count(count) => Allowed::Count(count),
        CountOrShare::Share(share) => Allowed::Share(share.get()),
    }
}

/// Who makes the pods of a workload, with what is said of it.
#[derive(Clone, Copy, Debug)]
pub(super) enum MadeBy<'a> {
    /// Whoever does not tell them apart and never changes their template.
    Alike,
    Deployment(&'a Deployment),
    StatefulSet(Option<&'a StatefulSet>),
    DaemonSet(&'a DaemonSet),
}

impl Lowering<'_> {
    /// Who makes the pods of `workload`, and what that cannot go with.
    pub(super) fn who_makes<'a>(
        &mut self,
        spot: &Spot<'_>,
        workload: &'a raw::Workload,
        owner: Owner,
    ) -> MadeBy<'a> {
        if let Some(daemon_set) = &workload.daemon_set {
            self.only_daemon_set(spot, workload);
            return MadeBy::DaemonSet(daemon_set);
        }
        if let Some(deployment) = &workload.deployment {
            self.only_deployment(spot, workload);
            return MadeBy::Deployment(deployment);
        }
        if workload.stateful_set.is_some() {
            self.only_stateful_set(spot, workload);
        }
        if owner == Owner::StatefulSet {
            return MadeBy::StatefulSet(workload.stateful_set.as_ref());
        }
        MadeBy::Alike
    }

    /// Reads how the pods of a StatefulSet are made and replaced.
    pub(super) fn numbered(&mut self, spot: &Spot<'_>, set: &StatefulSet) -> Numbered {
        let update = match set.update_strategy {
            RawUpdate::OnDelete(_) => UpdateStrategy::OnDelete,
            RawUpdate::RollingUpdate(bounds) => {
                let most = bounds.max_unavailable;
                let spot = spot
                    .at("updateStrategy")
                    .at("rolling_update")
                    .at("maxUnavailable");
                if most.is_some_and(is_zero) {
                    let error = spot.error(
                        "a StatefulSet cannot have a `maxUnavailable` of 0: nothing would ever be replaced",
                    );
                    self.push(error);
                }
                UpdateStrategy::RollingUpdate {
                    partition: Some(i32::try_from(bounds.partition).unwrap_or(i32::MAX)),
                    max_unavailable: most.map(allowed),
                }
            }
        };
        let mut deletions: Vec<Deletion> = Vec::new();
        for (spot, said) in spot.at("deletions").items().iter().zip(&set.deletions) {
            let at = Time::ZERO + said.at.span();
            if deletions.last().is_some_and(|last| last.at > at) {
                self.push(
                    spot.at("at")
                        .error("a deletion must not come before the one above it"),
                );
            }
            let ordinals = said.ordinals.clone();
            deletions.push(Deletion { at, ordinals });
        }
        Numbered {
            parallel: set.pod_management_policy == PodManagementPolicy::Parallel,
            update,
            deletions,
        }
    }

    /// Reads how the pods of a DaemonSet change template.
    pub(super) fn daemon_update(&mut self, spot: &Spot<'_>, update: RawDaemonUpdate) -> DaemonUpdate {
        let RawDaemonUpdate::RollingUpdate(bounds) = update else {
            return DaemonUpdate::OnDelete;
        };
        let spot = spot.at("updateStrategy").at("rolling_update");
        let surges = !is_zero(bounds.max_surge);
        // Kubernetes' default is 1, and says of both together what is said here.
        let default = CountOrShare::Count(u32::from(!surges));
        let most = bounds.max_unavailable.unwrap_or(default);
        let at = if spot.at("maxUnavailable").exists() {
            spot.at("maxUnavailable")
        } else {
            spot.at("maxSurge")
        };
        match (surges, is_zero(most)) {
            (true, false) => {
                let error = at.error("`maxUnavailable` must be 0 where `maxSurge` is above 0");
                self.push(error);
            }
            (false, true) => self.push(at.error("`maxUnavailable` cannot be 0 where `maxSurge` is 0")),
            _ => {}
        }
        DaemonUpdate::RollingUpdate {
            max_surge: allowed(bounds.max_surge),
            max_unavailable: allowed(most),
        }
    }

    fn only_deployment(&mut self, spot: &Spot<'_>, workload: &raw::Workload) {
        let serving = spot.at("serving");
        let wrong = [
            other_controller(spot, workload, raw::Controller::ReplicaSet),
            (spot.at("stateful_set"), true, "a `stateful_set`"),
            (serving.at("job"), true, "a `job`"),
            own_volumes(&serving, workload),
        ];
        self.exclude(&spot.at("deployment"), "a Deployment", wrong);
    }

    fn only_stateful_set(&mut self, spot: &Spot<'_>, workload: &raw::Workload) {
        let wrong = [
            other_controller(spot, workload, raw::Controller::StatefulSet),
            (spot.at("serving").at("job"), true, "a `job`"),
        ];
        self.exclude(&spot.at("stateful_set"), "a StatefulSet", wrong);
    }

    fn only_daemon_set(&mut self, spot: &Spot<'_>, workload: &raw::Workload) {
        let serving = spot.at("serving");
        let wrong = [
            other_controller(spot, workload, raw::Controller::DaemonSet),
            (spot.at("deployment"), true, "a `deployment`"),
            (spot.at("stateful_set"), true, "a `stateful_set`"),
            (
                serving.at("replicas"),
                true,
                "`replicas`: it has a pod on every node that takes one",
            ),
            (serving.at("job"), true, "a `job`"),
            own_volumes(&serving, workload),
        ];
        self.exclude(&spot.at("daemon_set"), "a DaemonSet", wrong);
    }

    pub(super) fn exclude<const N: usize>(
        &mut self,
        own: &Spot<'_>,
        who: &str,
        wrong: [(Spot<'_>, bool, &str); N],
    ) {
        for (spot, applies, what) in wrong {
            if applies && spot.exists() {
                let error = spot.key_error(format!("{who} cannot have {what}"));
                self.push(error.related(own.cursor.key_place(), format!("it is {who} here")));
            }
        }
    }
}

/// Whether a bound comes to nothing, of however many.
fn is_zero(bound: CountOrShare) -> bool {
    match bound {
        CountOrShare::Count(count) => count == 0,
        CountOrShare::Share(share) => share.get() <= 0.0,
    }
}

type Wrong<'s> = (Spot<'s>, bool, &'static str);

fn other_controller<'s>(spot: &Spot<'s>, workload: &raw::Workload, own: raw::Controller) -> Wrong<'s> {
    let other = workload.controller.is_some_and(|controller| controller != own);
    (spot.at("controller"), other, "another `controller`")
}

fn own_volumes<'s>(serving: &Spot<'s>, workload: &raw::Workload) -> Wrong<'s> {
    let templates = &workload.serving.volume_claim_templates;
    let spot = serving.at("volumeClaimTemplates");
    (spot, !templates.is_empty(), "volumes of each pod's own")
}
