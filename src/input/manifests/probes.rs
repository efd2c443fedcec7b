//! Probes and hooks of containers.
//!
//! Knows: Kubernetes' names of what a probe asks, and the scenario's. Must not know: when a probe is sent.

use super::make::{Map, text};
use super::pods::whole;
use crate::input::{Cursor, Tree};

const PROBES: [&str; 3] = ["startupProbe", "livenessProbe", "readinessProbe"];
const HANDLERS: [&str; 4] = ["httpGet", "grpc", "exec", "tcpSocket"];
const NUMBERS: [&str; 6] = [
    "initialDelaySeconds",
    "periodSeconds",
    "timeoutSeconds",
    "successThreshold",
    "failureThreshold",
    "terminationGracePeriodSeconds",
];

/// Puts what `container` says of its probes and of its end into `map`.
pub(super) fn of_container(container: Cursor<'_>, map: &mut Map) {
    for field in PROBES {
        let said = container.at(field);
        if said.exists() {
            map.put_at(field, said.key_place(), probe(said));
        }
    }
    let sleep = container.at("lifecycle").at("preStop").at("sleep");
    if sleep.exists() {
        let mut hook = Map::new(sleep.place());
        hook.take("sleep", sleep);
        let mut lifecycle = Map::new(sleep.place());
        lifecycle.put("preStop", hook.tree());
        map.put_at(
            "lifecycle",
            container.at("lifecycle").key_place(),
            lifecycle.tree(),
        );
    }
}

fn probe(said: Cursor<'_>) -> Tree {
    let mut probe = Map::new(said.place());
    if let Some(by) = HANDLERS.iter().find(|handler| said.at(handler).exists()) {
        probe.put("by", text(said.at(by).key_place(), *by));
    }
    // Kubernetes reads 0 as nothing said.
    let is_zero = |number: &str| said.at(number).tree().and_then(whole) == Some(0);
    for number in NUMBERS.into_iter().filter(|number| !is_zero(number)) {
        probe.take(number, said.at(number));
    }
    probe.tree()
}
