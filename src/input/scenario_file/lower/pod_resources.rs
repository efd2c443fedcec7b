//! What pods reserve and may use as a whole.
//!
//! Knows: Kubernetes' rules between a pod and its containers, and what it fills in. Must not know: namespaces, whose
//! defaults for containers come later.

use super::super::raw::workload as raw;
use super::super::spot::Spot;
use super::Lowering;
use crate::model::namespace::amount_text;
use crate::model::pod_resources::{PodAmounts, PodResources};
use crate::model::pod_template::{Container, ContainerKind, PodTemplate};
use crate::model::units::{ByteQuantity, CpuQuantity};

impl Lowering<'_> {
    /// Reads `resources` of the pods at `spot`, whose containers are these.
    pub(super) fn pod_resources(
        &mut self,
        spot: &Spot<'_>,
        serving: &raw::Serving,
        containers: &[Container],
    ) -> PodResources {
        let said = PodResources {
            requests: amounts(serving.resources.requests),
            limits: amounts(serving.resources.limits),
        };
        let together = together(containers);
        let pod = said.with_defaults(together);
        let (requests, limits) = (
            spot.at("resources").at("requests"),
            spot.at("resources").at("limits"),
        );
        let amount = |list: PodAmounts, name: &str| list.named().find(|(known, _)| *known == name);
        for (name, sum) in together.named() {
            if let Some((_, request)) = amount(said.requests, name).filter(|(_, request)| *request < sum) {
                let sum = amount_text(name, sum);
                let request = amount_text(name, request);
                let error = requests.at(name).error(format!(
                    "the containers reserve {sum} {name} together, the pod only {request}"
                ));
                self.push(error.help("a pod reserves no less than its containers"));
            }
        }
        for (name, limit) in pod.limits.named() {
            let Some((_, request)) = amount(pod.requests, name).filter(|(_, request)| *request > limit)
            else {
                continue;
            };
            let limit_at = limits.at(name).cursor.place();
            let error = if requests.at(name).cursor.exists() {
                let error = requests
                    .at(name)
                    .error(format!("a pod cannot reserve more {name} than its limit"));
                error.related(limit_at, "the limit is here")
            } else {
                let request = amount_text(name, request);
                limits.at(name).error(format!(
                    "the containers reserve {request} {name} together, more than the pod may use"
                ))
            };
            self.push(error);
        }
        for (container, item) in containers.iter().zip(spot.at("containers").items()) {
            if container.kind != ContainerKind::Main {
                continue;
            }
            let own = [
                ("cpu", container.limits.cpu_milli),
                ("memory", container.limits.memory_bytes),
            ];
            for (name, own) in own {
                if amount(pod.limits, name).is_some_and(|(_, limit)| own > limit) {
                    let error = item
                        .at("resources")
                        .at("limits")
                        .at(name)
                        .error(format!("a container may not use more {name} than its pod"));
                    self.push(error.related(limits.at(name).cursor.place(), "the pod's limit is here"));
                }
            }
        }
        pod
    }
}

fn amounts(said: raw::PodAmounts) -> PodAmounts {
    PodAmounts {
        cpu_milli: said.cpu.map(CpuQuantity::millis),
        memory_bytes: said.memory.map(ByteQuantity::bytes),
    }
}

/// What the containers reserve together, of what any of them says something.
fn together(containers: &[Container]) -> PodAmounts {
    let template = PodTemplate::new(containers.to_vec());
    let sum = template.requests();
    let says = |says: &dyn Fn(&Container) -> bool| containers.iter().any(says);
    let cpu = says(&|one| one.requests.cpu_milli > 0 || one.asks_for_none.cpu);
    let memory = says(&|one| one.requests.memory_bytes > 0 || one.asks_for_none.memory);
    PodAmounts {
        cpu_milli: cpu.then_some(sum.cpu_milli),
        memory_bytes: memory.then_some(sum.memory_bytes),
    }
}
