//! How the pods of a workload are made and replaced.
//!
//! Knows: which ways exclude each other, and how a version differs from the one before. Must not know: when pods come
//! or go.

use super::super::raw::deployment as raw_deployment;
use super::super::raw::placement_rules::CountOrShare;
use super::super::raw::workload as raw;
use super::super::spot::Spot;
use super::Lowering;
use super::cluster::ImageList;
use crate::engine::Time;
use crate::input::nearest;
use crate::model::namespace::LimitRange;
use crate::model::placement_rules::Allowed;
use crate::model::pod_template::PodTemplate;
use crate::model::units::quoted;
use crate::platform::kubernetes::daemon_set::added_tolerations;
use crate::platform::kubernetes::rollout::Strategy;
use crate::policy::admission::limit_range;
use crate::sim::controller::{Controller, Crashes, Rollout};
use std::sync::Arc;

fn allowed(one: CountOrShare) -> Allowed {
    match one {
        CountOrShare::Count(count) => Allowed::Count(count),
        CountOrShare::Share(share) => Allowed::Share(share.get()),
    }
}

impl Lowering<'_> {
    /// Reads what makes the pods of a workload; its template gets what the controller adds.
    pub(super) fn controller(
        &mut self,
        spot: &Spot<'_>,
        workload: &raw::Workload,
        template: &mut PodTemplate,
        images: &ImageList,
        ranges: &[LimitRange],
    ) -> Controller {
        let mut controller = Controller::default();
        if workload.daemon_set.is_some() {
            controller.on_every_node = true;
            template.tolerations.extend(added_tolerations(false));
            self.daemon_set(spot, workload);
        }
        let Some(deployment) = &workload.deployment else {
            return controller;
        };
        let own = spot.at("deployment");
        self.only_deployment(spot, &own, workload);
        controller.strategy = match deployment.strategy {
            raw_deployment::Strategy::Recreate(_) => Strategy::Recreate,
            raw_deployment::Strategy::RollingUpdate(bounds) => Strategy::RollingUpdate {
                max_surge: allowed(bounds.max_surge),
                max_unavailable: allowed(bounds.max_unavailable),
            },
        };
        controller.min_ready = deployment.min_ready.span();
        controller.progress_deadline = deployment.progress_deadline.0.span();
        let mut containers = workload.serving.containers.clone();
        let mut before = template.clone();
        let spots = own.at("rollouts").items();
        for (place, (spot, rollout)) in spots.iter().zip(&deployment.rollouts).enumerate() {
            let at = Time::ZERO + rollout.at.span();
            if controller.rollouts.last().is_some_and(|last| last.at >= at) {
                let error = spot
                    .at("at")
                    .error("a rollout must come later than the one before it");
                self.push(error);
            }
            let version = rollout
                .version
                .clone()
                .unwrap_or_else(|| format!("v{}", place + 2));
            let Some(template) = self.version(
                spot,
                rollout,
                &mut containers,
                &before,
                images,
                &workload.name,
                ranges,
            ) else {
                continue;
            };
            before = template;
            controller.rollouts.push(Rollout {
                at,
                version,
                template: Arc::new(before.clone()),
                never_ready: rollout.never_ready,
                crashes: self.crashes(spot, rollout),
            });
        }
        controller
    }

    /// The template of a version, which differs from the one `before` in what `rollout` says.
    #[expect(
        clippy::too_many_arguments,
        reason = "what a container needs to be read, and what it differs from"
    )]
    fn version(
        &mut self,
        spot: &Spot<'_>,
        rollout: &raw_deployment::Rollout,
        containers: &mut [raw::Container],
        before: &PodTemplate,
        images: &ImageList,
        workload: &str,
        ranges: &[LimitRange],
    ) -> Option<PodTemplate> {
        let mut lowered = before.containers.clone();
        let items = spot.at("containers").items();
        for (item, change) in items.iter().zip(&rollout.containers) {
            let Some(place) = containers.iter().position(|one| one.name == change.name) else {
                let error = item
                    .at("name")
                    .error(format!("the workload has no container {}", quoted(&change.name)));
                let names = containers.iter().map(|one| one.name.as_str());
                self.push(error.suggest(nearest(&change.name, names)));
                continue;
            };
            let container = &mut containers[place];
            if let Some(image) = &change.image {
                container.image = Some(image.clone());
            }
            if let Some(resources) = &change.resources {
                container.resources = resources.clone();
            }
            if let Some(startup) = &change.startup {
                container.startup = startup.clone();
            }
            let mut container = self.container(item, container, workload, images)?;
            limit_range::apply_defaults(ranges, &mut container);
            lowered[place] = container;
        }
        let mut template = before.with_containers(lowered);
        if let Some(readiness) = &rollout.readiness {
            template.readiness = self.law(&spot.at("readiness"), readiness)?;
        }
        Some(template)
    }

    fn crashes(&mut self, spot: &Spot<'_>, rollout: &raw_deployment::Rollout) -> Option<Crashes> {
        let crashes = rollout.crashes.as_ref()?;
        let after = self.law(&spot.at("crashes").at("after"), &crashes.after)?;
        Some(Crashes {
            after,
            probability: crashes.probability.get(),
        })
    }

    /// Only a workload of replicas that are alike has versions.
    fn only_deployment(&mut self, spot: &Spot<'_>, own: &Spot<'_>, workload: &raw::Workload) {
        let serving = spot.at("serving");
        let other = workload
            .controller
            .is_some_and(|controller| controller != raw::Controller::ReplicaSet);
        let wrong = [
            (spot.at("controller"), other, "another `controller`"),
            (spot.at("daemon_set"), true, "a `daemon_set`"),
            (serving.at("job"), true, "a `job`"),
            (
                serving.at("volumeClaimTemplates"),
                !workload.serving.volume_claim_templates.is_empty(),
                "volumes of each pod's own",
            ),
        ];
        self.exclude(own, "a Deployment", wrong);
    }

    fn daemon_set(&mut self, spot: &Spot<'_>, workload: &raw::Workload) {
        let serving = spot.at("serving");
        let other = workload
            .controller
            .is_some_and(|controller| controller != raw::Controller::DaemonSet);
        let wrong = [
            (spot.at("controller"), other, "another `controller`"),
            (
                serving.at("replicas"),
                true,
                "`replicas`: it has a pod on every node that takes one",
            ),
            (serving.at("job"), true, "a `job`"),
            (
                serving.at("volumeClaimTemplates"),
                !workload.serving.volume_claim_templates.is_empty(),
                "volumes of each pod's own",
            ),
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
