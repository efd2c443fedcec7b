//! `queueing.json`: closed-form results a simulation must reproduce.
//!
//! Knows: which model of the file has a check. Must not know: how any model is simulated, which is the check's matter.

mod disciplines;
mod dispatch;
mod infinite_servers;
mod jackson;
mod law;
mod machine_repair;
mod measured;
mod one_queue;
mod replications;
mod set_up;

use super::{Case, Verdict, cfs_quota, image_pull, restart_backoff, tolerance};
use measured::Measured;
use serde_json::Value;

/// How a model is simulated: what one replication measures, and how much work that is.
pub(crate) struct Plan {
    /// Requests of one replication, roughly, in units of a request at one simple queue.
    pub(crate) requests: f64,
    /// Runs the replication of this number, from 0.
    pub(crate) replicate: Box<dyn Fn(u64) -> Measured + Send + Sync>,
}

/// Checks one case by its model.
pub(crate) fn check(case: &Case) -> Verdict {
    let (model, params) = (case.value["model"].as_str(), &case.value["params"]);
    let plan = match model.unwrap_or_default() {
        "cfs-quota" => return cfs_quota::check(case),
        "image-pull" => return image_pull::check(case),
        "restart-backoff" => return restart_backoff::check(case),
        "M/M/1" | "M/M/c" | "M/M/c/K" | "M/G/1" | "M/G/c" | "GI/M/1" | "GI/M/c" | "G/G/c-approx"
        | "M/M/c+M" => one_queue::plan(params),
        "M/G/1-PS" => disciplines::sharing(params),
        "M/M/1-priority" => disciplines::priority(params),
        "M/G/inf" => infinite_servers::steady(params),
        "Mt/M/inf" => infinite_servers::periodic(params),
        "power-of-d" => dispatch::power_of_d(params),
        "dispatch-comparison" => dispatch::comparison(params, case.value),
        "M/M/1-setup" => set_up::plan(params, Some(1)),
        "M/M/k-setup" => set_up::plan(params, None),
        "M/M/inf-setup" => set_up::plan(params, Some(u32::MAX)),
        "jackson" => jackson::plan(params),
        "machine-repair" => machine_repair::plan(params),
        _ => None,
    };
    match plan {
        Some(plan) => tolerance::compare(case.value, &replications::until_precise(case.value, &plan)),
        None => Verdict::NotYetSupported,
    }
}

/// What a law of service may be stated by.
const SERVICE: &[&str] = &["service", "service_rate", "mean_service", "scv_service"];

/// Nothing if there are parameters beside `known`, [`SERVICE`] and `note`: what they ask for is not simulated.
pub(crate) fn only(params: &Value, known: &[&str]) -> Option<()> {
    let read = |name: &str| known.contains(&name) || SERVICE.contains(&name) || name == "note";
    params.as_object()?.keys().all(|name| read(name)).then_some(())
}

/// A parameter that is a number.
fn number(params: &Value, name: &str) -> Option<f64> {
    params[name].as_f64()
}

/// A parameter that is a count.
fn count(params: &Value, name: &str) -> Option<u32> {
    params[name].as_u64().and_then(|count| u32::try_from(count).ok())
}

mod tests {
    use super::{Verdict, check};
    use crate::conformance::cases_of;

    /// The models that are rules and no queues: their vectors take no time, and are looked at whenever tests run.
    #[test]
    fn vectors_without_chance_pass() {
        let document = serde_json::from_str(include_str!("../../conformance/queueing.json")).unwrap();
        let mut checked = 0;
        for case in cases_of(&document) {
            let model = case.value["model"].as_str().unwrap_or_default();
            if ["cfs-quota", "restart-backoff", "image-pull"].contains(&model) {
                checked += 1;
                assert!(matches!(check(&case), Verdict::Pass), "{}", case.id);
            }
        }
        assert!(checked >= 9, "{checked}");
    }
}
