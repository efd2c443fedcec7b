//! How the pods of a workload are made and replaced.
//!
//! Knows: which ways exclude each other, and how a version differs from the one before. Must not know: when pods come
//! or go.

use super::super::raw::deployment as raw_deployment;
use super::super::raw::workload as raw;
use super::super::spot::Spot;
use super::Lowering;
use super::images::ImageList;
use super::sets::{MadeBy, allowed};
use crate::engine::Time;
use crate::input::nearest;
use crate::model::namespace::LimitRange;
use crate::model::pod_template::PodTemplate;
use crate::model::units::quoted;
use crate::platform::kubernetes::daemon_set::added_tolerations;
use crate::platform::kubernetes::rollout::Strategy;
use crate::policy::admission::limit_range;
use crate::sim::controller::{Controller, Crashes, Kind, Numbered, Rollout};
use std::sync::Arc;

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
        let own = self.who_makes(spot, workload, template.owner);
        let mut controller = Controller::default();
        let rollouts = match own {
            MadeBy::Alike => return controller,
            MadeBy::Deployment(deployment) => {
                controller.kind = Kind::Alike(match deployment.strategy {
                    raw_deployment::Strategy::Recreate(_) => Strategy::Recreate,
                    raw_deployment::Strategy::RollingUpdate(bounds) => Strategy::RollingUpdate {
                        max_surge: allowed(bounds.max_surge),
                        max_unavailable: allowed(bounds.max_unavailable),
                    },
                });
                controller.min_ready = deployment.min_ready.span();
                controller.progress_deadline = deployment.progress_deadline.0.span();
                (spot.at("deployment"), &deployment.rollouts)
            }
            MadeBy::StatefulSet(None) => {
                controller.kind = Kind::Numbered(Numbered::default());
                return controller;
            }
            MadeBy::StatefulSet(Some(set)) => {
                let spot = spot.at("stateful_set");
                controller.kind = Kind::Numbered(self.numbered(&spot, set));
                controller.min_ready = set.min_ready.span();
                (spot, &set.rollouts)
            }
            MadeBy::DaemonSet(set) => {
                let spot = spot.at("daemon_set");
                template.tolerations.extend(added_tolerations(false));
                controller.kind = Kind::OnEveryNode(self.daemon_update(&spot, set.update_strategy));
                controller.min_ready = set.min_ready.span();
                (spot, &set.rollouts)
            }
        };
        let (own, rollouts) = rollouts;
        let mut containers = workload.serving.containers.clone();
        let mut before = template.clone();
        let spots = own.at("rollouts").items();
        for (place, (spot, rollout)) in spots.iter().zip(rollouts).enumerate() {
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
}
