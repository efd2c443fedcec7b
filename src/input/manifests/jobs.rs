//! Jobs and CronJobs to batch workloads.
//!
//! Knows: Kubernetes' names of what they ask for, and the scenario's. Must not know: pods, or how long their work takes,
//! which only the scenario says.

use super::kinds::Kind;
use super::make::Map;
use super::object::Object;
use crate::input::Cursor;

/// Adds to `job` what `object` says of its Jobs; `pods` is the spec of their pods.
pub(super) fn of_job(object: &Object, pods: Cursor<'_>, job: &mut Map) {
    let spec = match object.kind {
        Kind::CronJob => object.at("spec").at("jobTemplate").at("spec"),
        _ => object.at("spec"),
    };
    for field in [
        "parallelism",
        "completions",
        "completionMode",
        "backoffLimit",
        "activeDeadlineSeconds",
        "podReplacementPolicy",
        "podFailurePolicy",
        "suspend",
    ] {
        job.take(field, spec.at(field));
    }
    job.take("restartPolicy", pods.at("restartPolicy"));
}

/// Adds to `workload` when `object` creates Jobs, if it is a CronJob.
pub(super) fn of_cron_job(object: &Object, workload: &mut Map) {
    if object.kind != Kind::CronJob {
        return;
    }
    let spec = object.at("spec");
    let mut cron_job = Map::new(spec.key_place());
    for field in [
        "schedule",
        "timeZone",
        "concurrencyPolicy",
        "startingDeadlineSeconds",
        "suspend",
    ] {
        cron_job.take(field, spec.at(field));
    }
    workload.put_at("cron_job", spec.key_place(), cron_job.tree());
}

/// Why a Job or CronJob that no workload of the scenario names is none: nobody knows how long it works.
pub(super) fn why_not(object: &Object) -> String {
    let title = object.title();
    format!(
        "{title}: how long its pods work is not known, so none runs; `workloads: [{{name: {}, manifest: {title}, job: \
         {{work: 15m}}}}]` says it",
        object.name
    )
}
