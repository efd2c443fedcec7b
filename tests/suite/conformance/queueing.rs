//! `queueing.json`: closed-form results a simulation must reproduce.
//!
//! Knows: which model of the file has a check. Must not know: how any model is simulated, which is the check's matter.

use super::{Case, Verdict, image_pull};

/// Checks one case by its model.
pub(crate) fn check(case: &Case) -> Verdict {
    match case.value["model"].as_str() {
        Some("image-pull") => image_pull::check(case),
        _ => Verdict::NotYetSupported,
    }
}
