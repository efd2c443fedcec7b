//! How the pods of a workload are made and replaced.
//!
//! Knows: which ways exclude each other. Must not know: when pods come or go.

use super::super::raw::workload as raw;
use super::super::spot::Spot;
use super::Lowering;
use crate::model::pod_template::PodTemplate;
use crate::platform::kubernetes::daemon_set::added_tolerations;
use crate::sim::controller::Controller;

impl Lowering<'_> {
    /// Reads what makes the pods of a workload; its template gets what the controller adds.
    pub(super) fn controller(
        &mut self,
        spot: &Spot<'_>,
        workload: &raw::Workload,
        template: &mut PodTemplate,
    ) -> Controller {
        if workload.daemon_set.is_some() {
            template.tolerations.extend(added_tolerations(false));
            self.daemon_set(spot, workload);
        }
        Controller {
            on_every_node: workload.daemon_set.is_some(),
        }
    }

    fn daemon_set(&mut self, spot: &Spot<'_>, workload: &raw::Workload) {
        let serving = spot.at("serving");
        let daemon_set = spot.at("daemon_set").cursor.key_place();
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
        for (spot, applies, what) in wrong {
            if applies && spot.exists() {
                let error = spot.key_error(format!("a DaemonSet cannot have {what}"));
                self.push(error.related(daemon_set, "it is a DaemonSet here"));
            }
        }
    }
}
