//! What a container asks for, as lists in which a missing name differs from a zero.

use crate::model::namespace::Amounts;
use crate::model::pod_template::{Container, ContainerKind};
use crate::model::resources::Resources;

/// A container's requests.
pub(super) fn requests(container: &Container) -> Amounts {
    let mut amounts = given(&container.requests);
    if container.asks_for_none.cpu {
        amounts.entry("cpu".to_owned()).or_default();
    }
    if container.asks_for_none.memory {
        amounts.entry("memory".to_owned()).or_default();
    }
    amounts
}

/// A container's limits.
pub(super) fn limits(container: &Container) -> Amounts {
    given(&container.limits)
}

fn given(resources: &Resources) -> Amounts {
    let native = [
        ("cpu", resources.cpu_milli),
        ("memory", resources.memory_bytes),
        ("ephemeral-storage", resources.ephemeral_bytes),
    ];
    native
        .into_iter()
        .chain(resources.extended_iter())
        .filter(|&(_, amount)| amount > 0)
        .map(|(name, amount)| (name.to_owned(), amount))
        .collect()
}

/// What a pod asks for: main containers and sidecars together, but no less than any moment of its start takes.
pub(super) fn of_pod(containers: &[Container], list: impl Fn(&Container) -> Amounts) -> Amounts {
    let (mut all, mut sidecars, mut start) = (Amounts::new(), Amounts::new(), Amounts::new());
    for container in containers {
        let asked = list(container);
        match container.kind {
            ContainerKind::Main => add(&mut all, &asked),
            ContainerKind::Sidecar => {
                add(&mut all, &asked);
                add(&mut sidecars, &asked);
                raise(&mut start, &sidecars);
            }
            ContainerKind::Init => {
                let mut moment = sidecars.clone();
                add(&mut moment, &asked);
                raise(&mut start, &moment);
            }
        }
    }
    raise(&mut all, &start);
    all
}

fn add(list: &mut Amounts, more: &Amounts) {
    for (name, amount) in more {
        let sum = list.entry(name.clone()).or_default();
        *sum = sum.saturating_add(*amount);
    }
}

fn raise(list: &mut Amounts, least: &Amounts) {
    for (name, amount) in least {
        let most = list.entry(name.clone()).or_default();
        *most = (*most).max(*amount);
    }
}
