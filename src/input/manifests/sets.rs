//! How StatefulSets and DaemonSets order and replace their pods.
//!
//! Knows: Kubernetes' names of it, and the scenario's. Must not know: pods, or when a rollout begins.

use super::deployments;
use super::kinds::Kind;
use super::make::{Map, text};
use super::object::Object;
use super::pods::whole;
use crate::input::Diagnostics;

/// Adds to `workload` what `object` says of the order of its pods, if it is a StatefulSet or a DaemonSet.
pub(super) fn graft(object: &Object, workload: &mut Map, diagnostics: &mut Diagnostics) {
    let section = match object.kind {
        Kind::StatefulSet => "stateful_set",
        Kind::DaemonSet => "daemon_set",
        _ => return,
    };
    let spec = object.at("spec");
    let mut set = Map::new(object.place());
    set.take("podManagementPolicy", spec.at("podManagementPolicy"));
    let ready = spec.at("minReadySeconds");
    if let Some(seconds) = ready.tree().and_then(whole) {
        let value = text(ready.place(), format!("{seconds}s"));
        set.put_at("minReady", ready.key_place(), value);
    }
    let strategy = spec.at("updateStrategy");
    let other = ("OnDelete", "on_delete");
    deployments::strategy(strategy, "updateStrategy", other, &mut set, diagnostics);
    workload.put(section, set.tree());
}
