//! The API server's own validation of what is asked for a pod as a whole (`validatePodResourceConsistency`), and the lists
//! of a pod in which it stands.

use super::{Refusal, asked, sound_without};
use crate::model::namespace::{Amounts, amount_text};
use crate::model::pod_resources::PodAmounts;
use crate::model::pod_template::{Container, ContainerKind, PodTemplate};

/// Whether a pod's containers keep to what is asked for the pod as a whole.
///
/// # Errors
/// Containers that reserve more together, or one that may use more, than the pod.
pub fn check(template: &PodTemplate) -> Result<(), Refusal> {
    let pod = template.pod_resources();
    if !pod.is_set() {
        return Ok(());
    }
    let mut problems = Vec::new();
    let together_asked = asked::of_pod(&template.containers, asked::requests);
    for (name, amount) in pod.requests.named() {
        if let Some(&of_containers) = together_asked.get(name).filter(|&&sum| sum > amount) {
            problems.push(format!(
                "spec.resources.requests[{name}]: Invalid value: \"{}\": must be greater than or equal to aggregate \
                 container requests of {}",
                amount_text(name, amount),
                amount_text(name, of_containers)
            ));
        }
    }
    let is_main = |container: &&Container| container.kind == ContainerKind::Main;
    for (index, container) in template.containers.iter().filter(is_main).enumerate() {
        let limits = asked::limits(container);
        for (name, amount) in pod.limits.named() {
            if let Some(&limit) = limits.get(name).filter(|&&limit| limit > amount) {
                problems.push(format!(
                    "spec.containers[{index}].resources.limits[{name}]: Invalid value: \"{}\": must be less than or \
                     equal to pod limits of {}",
                    amount_text(name, limit),
                    amount_text(name, amount)
                ));
            }
        }
    }
    sound_without(problems)
}

/// What a pod asks for without its overhead.
pub(super) fn requests(template: &PodTemplate) -> Amounts {
    let list = asked::of_pod(&template.containers, asked::requests);
    with(list, template.pod_resources().requests)
}

/// What a pod may use at most, without its overhead.
pub(super) fn limits(template: &PodTemplate) -> Amounts {
    let list = asked::of_pod(&template.containers, asked::limits);
    with(list, template.pod_resources().limits)
}

fn with(mut list: Amounts, of_pod: PodAmounts) -> Amounts {
    list.extend(of_pod.named().map(|(name, amount)| (name.to_owned(), amount)));
    list
}
