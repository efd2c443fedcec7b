//! How StatefulSets and DaemonSets order and replace their pods.
//!
//! Knows: Kubernetes' names of it, and the scenario's. Must not know: pods, or when a rollout begins.

use super::kinds::Kind;
use super::make::{Map, text};
use super::object::Object;
use super::pods::whole;
use crate::input::{Cursor, Diagnostic, Diagnostics, nearest};
use crate::model::units::quoted;

const STRATEGIES: [&str; 2] = ["OnDelete", "RollingUpdate"];

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
    strategy(spec.at("updateStrategy"), &mut set, diagnostics);
    workload.put(section, set.tree());
}

fn strategy(said: Cursor<'_>, set: &mut Map, diagnostics: &mut Diagnostics) {
    if !said.exists() {
        return;
    }
    let (kind, bounds) = (said.at("type"), said.at("rollingUpdate"));
    let mut strategy = Map::new(said.place());
    match kind.text() {
        Some("OnDelete") => {
            if bounds.tree().is_some_and(|tree| !tree.entries().is_empty()) {
                let error = "`rollingUpdate` may not be given where the `type` is `OnDelete`";
                diagnostics.push(Diagnostic::error(bounds.key_place(), error));
            }
            strategy.put("on_delete", Map::new(said.place()).tree());
        }
        None | Some("RollingUpdate") => match bounds.tree().filter(|_| bounds.exists()) {
            Some(tree) => strategy.put_at("rolling_update", bounds.key_place(), tree.clone()),
            None => strategy.put("rolling_update", Map::new(said.place()).tree()),
        },
        Some(other) => {
            let error = Diagnostic::error(kind.place(), format!("no strategy is named {}", quoted(other)));
            let error = error.suggest(nearest(other, STRATEGIES));
            diagnostics.push(error.help("expected one of: `OnDelete`, `RollingUpdate`"));
            return;
        }
    }
    set.put_at("updateStrategy", said.key_place(), strategy.tree());
}
