//! The autoscaling annotations of a Knative Service to the settings of its pod autoscaler.
//!
//! Knows: the annotations (`pkg/apis/autoscaling/register.go`) and the settings of the same meaning. Must not know: what
//! a setting leads to.

use super::autoscalers::scalar;
use super::ignored::Ignored;
use super::make::Map;
use super::object::Object;
use crate::input::{Diagnostic, Diagnostics, Tree, list_names, nearest};
use crate::model::units::quoted;
use std::collections::BTreeSet;

/// Annotations of the autoscaler begin so.
const PREFIX: &str = "autoscaling.knative.dev/";
/// Which autoscaler is used.
const CLASS: &str = "class";
/// The class that is modelled for Knative Services.
const KPA: &str = "kpa.autoscaling.knative.dev";

/// Annotations, and the settings that they are.
const SETTINGS: [(&str, &str); 15] = [
    ("metric", "metric"),
    ("target", "target"),
    ("target-utilization-percentage", "target-utilization-percentage"),
    ("target-burst-capacity", "target-burst-capacity"),
    ("window", "stable-window"),
    ("panic-window-percentage", "panic-window-percentage"),
    ("panic-threshold-percentage", "panic-threshold-percentage"),
    ("scale-down-delay", "scale-down-delay"),
    (
        "scale-to-zero-pod-retention-period",
        "scale-to-zero-pod-retention-period",
    ),
    ("initial-scale", "initial-scale"),
    ("activation-scale", "activation-scale"),
    ("min-scale", "min-scale"),
    ("max-scale", "max-scale"),
    ("metric-aggregation-algorithm", "metric-aggregation-algorithm"),
    ("progress-deadline", "progress-deadline"),
];

/// The settings of the autoscaler of the Knative Service `object`; nothing if another than Knative's own is asked for.
pub(super) fn policy(object: &Object, ignored: &mut Ignored, diagnostics: &mut Diagnostics) -> Option<Tree> {
    let (metadata, _) = object.template();
    let annotations = metadata.at("annotations");
    let mut settings = Map::new(object.place());
    let word = (object.file, object.word.as_str());
    let mut others = false;
    for (key, value) in annotations.entries() {
        let deadline = (key == "serving.knative.dev/progress-deadline").then_some("progress-deadline");
        let Some(name) = key.strip_prefix(PREFIX).or(deadline) else {
            others = true;
            continue;
        };
        let said = value.text().unwrap_or_default();
        let name = kebab(name);
        if name == CLASS {
            if said != KPA {
                ignored.because(
                    word,
                    format!(
                        "{}: the autoscaler {} is not modelled here",
                        object.title(),
                        quoted(said)
                    ),
                );
                return None;
            }
            continue;
        }
        let Some((_, setting)) = SETTINGS.iter().find(|(known, _)| *known == name) else {
            let known = || SETTINGS.iter().map(|(known, _)| *known).chain([CLASS]);
            let message = format!("unknown annotation {}", quoted(key));
            let error = Diagnostic::error(value.key_place(), message);
            let near = nearest(&name, known()).map(|near| format!("{PREFIX}{near}"));
            diagnostics.push(error.suggest(near).help(format!(
                "expected, after `{PREFIX}`, one of: {}",
                list_names(known())
            )));
            continue;
        };
        settings.put_at(setting, value.key_place(), scalar(value.place(), said));
    }
    if others {
        let path = BTreeSet::from(["spec.template.metadata.annotations".to_owned()]);
        ignored.add(word, path);
    }
    Some(settings.tree())
}

/// Knative's older spelling, `minScale`, in the newer one, `min-scale`.
fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            kebab.push('-');
        }
        kebab.push(letter.to_ascii_lowercase());
    }
    kebab
}
