//! Jobs and CronJobs.

use super::{count, flag, list, phase, secs, span, text, time, times, whole};
use jiff::Timestamp;
use serde_json::{Value, json};
use tonnage::engine::{Span, Time};
use tonnage::model::cron::{Recurrence, Zone};
use tonnage::platform::kubernetes::cron_job::{self, Concurrency, CronEvent, CronJob};
use tonnage::platform::kubernetes::deletion_order::Candidate;
use tonnage::platform::kubernetes::job::back_off::BackOffRecord;
use tonnage::platform::kubernetes::job::failure_policy::{self, FailureAction, FailureRule, FailureTest};
use tonnage::platform::kubernetes::job::indexes::Indexes;
use tonnage::platform::kubernetes::job::sync::{self as job, JobCondition, JobPod, JobSpec, JobStatus};

/// Every age in the vectors is less.
const NOW: Time = Time::from_nanos(1_000_000_000_000_000);

fn ago(value: &Value) -> Time {
    let span = span(value).unwrap_or(Span::ZERO);
    Time::from_nanos(NOW.nanos() - span.nanos())
}

pub(super) fn back_off(given: &Value) -> Value {
    let mut record = BackOffRecord::default();
    let steps = list(&given["steps"]).iter().map(|step| {
        let failed = times(&step["new_failed_finished_at_s"]);
        record = record.after(&failed, &times(&step["new_succeeded_finished_at_s"]));
        json!({
            "failures_since_success": record.failures,
            "wait_s": secs(record.remaining(time(&step["t_s"])).nanos()),
        })
    });
    steps.collect()
}

pub(super) fn sync(given: &Value) -> Value {
    let completions = given["completions"]
        .as_i64()
        .map(|_| count(&given["completions"]));
    let spec = JobSpec {
        parallelism: count(&given["parallelism"]),
        completions,
        indexed: text(&given["completion_mode"]) == "Indexed",
        backoff_limit: count(&given["backoff_limit"]),
        active_deadline: span(&given["active_deadline_s"]),
        replaces_only_failed: text(&given["pod_replacement_policy"]) == "Failed",
        restarts_on_failure: text(&given["restart_policy"]) == "OnFailure",
        suspended: flag(&given["suspend"]),
    };
    let status = JobStatus {
        succeeded: count(&given["status_succeeded"]),
        failed: count(&given["status_failed"]),
        completed: Indexes::parse(text(&given["status_completed_indexes"]), completions.unwrap_or(0)),
        ..JobStatus::default()
    };
    let pods: Vec<_> = list(&given["pods"]).iter().map(pod).collect();
    let done = job::sync(&spec, &status, ago(&given["started_ago_s"]), &pods, NOW);
    let mut deleted: Vec<_> = done
        .deleted
        .iter()
        .map(|&place| text(&given["pods"][place]["name"]))
        .collect();
    deleted.sort_unstable();
    let condition = |condition| match condition {
        JobCondition::Complete => json!({"type": "Complete", "reason": ""}),
        JobCondition::Failed(failure) => json!({"type": "Failed", "reason": failure.reason()}),
        JobCondition::Suspended => json!({"type": "Suspended", "reason": "JobSuspended"}),
    };
    json!({
        "active": done.status.active,
        "completed_indexes": done.status.completed.to_string(),
        "conditions": done.condition.map(condition).into_iter().collect::<Vec<_>>(),
        "created": done.created,
        "created_indexes": done.created_indexes,
        "deleted": deleted,
        "deleted_count": deleted.len(),
        "failed": done.status.failed,
        "succeeded": done.status.succeeded,
    })
}

fn pod(value: &Value) -> JobPod {
    let restarts = u32::try_from(whole(&value["restarts"])).expect("a count");
    JobPod {
        index: value["index"].as_i64().map(|_| count(&value["index"])),
        state: Candidate {
            assigned: flag(&value["assigned"]),
            phase: phase(&value["phase"]),
            ready_for: flag(&value["ready"]).then(|| span(&value["ready_for_s"]).unwrap_or(Span::ZERO)),
            deletion_cost: 0,
            doubled_up: 0,
            restarts,
            sidecar_restarts: 0,
            age: span(&value["age_s"]).expect("an age"),
            uid: 0,
        },
        ended: ago(&value["finished_ago_s"]),
        terminating: flag(&value["terminating"]),
        restarts,
        verdict: None,
    }
}

fn action(name: &str) -> FailureAction {
    match name {
        "FailJob" => FailureAction::FailJob,
        "Ignore" => FailureAction::Ignore,
        "Count" => FailureAction::Count,
        other => panic!("an unknown action: {other}"),
    }
}

pub(super) fn failure_policy(given: &Value) -> Value {
    let rules: Vec<_> = list(&given["rules"])
        .iter()
        .map(|rule| FailureRule {
            action: action(text(&rule["action"])),
            test: if rule["condition"].is_string() {
                FailureTest::DisruptionTarget
            } else {
                FailureTest::ExitCode {
                    container: rule["container"].as_str().map(str::to_owned),
                    among: text(&rule["operator"]) == "In",
                    values: list(&rule["values"]).iter().map(count).collect(),
                }
            },
        })
        .collect();
    let exits: Vec<_> = list(&given["containers"])
        .iter()
        .map(|container| (text(&container["name"]), count(&container["exit_code"])))
        .collect();
    let found = failure_policy::action(&rules, &exits, flag(&given["disruption_target"]));
    json!({
        "action": found.map(|action| match action {
            FailureAction::FailJob => "FailJob",
            FailureAction::Ignore => "Ignore",
            FailureAction::Count => "Count",
        }),
        "counts_toward_backoff_limit": found.is_none_or(FailureAction::counts),
        "fails_job": found == Some(FailureAction::FailJob),
    })
}

pub(super) fn cron_sync(given: &Value) -> Value {
    let cron_job = CronJob {
        schedule: Recurrence::parse(text(&given["schedule"])).expect("a schedule"),
        zone: Zone::named(text(&given["time_zone"])).expect("a time zone"),
        concurrency: match text(&given["concurrency_policy"]) {
            "Allow" => Concurrency::Allow,
            "Forbid" => Concurrency::Forbid,
            "Replace" => Concurrency::Replace,
            other => panic!("an unknown policy: {other}"),
        },
        starting_deadline_secs: given["starting_deadline_s"].as_i64(),
        suspended: flag(&given["suspend"]),
        created: whole(&given["created_s"]),
        last_schedule: given["last_schedule_s"].as_i64(),
    };
    let active = usize::try_from(whole(&given["active_jobs"])).expect("a count");
    let now = Timestamp::from_second(whole(&given["now_s"])).expect("a time");
    let done = cron_job::sync(&cron_job, active, now);
    json!({
        "created": u8::from(done.starts),
        "deleted": if done.replaces { active } else { 0 },
        "events": done.events.into_iter().map(CronEvent::reason).collect::<Vec<_>>(),
        "last_schedule_s": done.last_schedule,
        "requeue_after_s": done.look_in.map(|span| secs(span.nanos())),
    })
}
