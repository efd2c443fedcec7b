//! Jobs in whole runs: how many pods they have and when, what becomes of those that fail or are pushed out, and how a
//! Job ends.

use crate::kept_rows::{self, Rows};
use crate::written;
use tonnage::engine::Span;
use tonnage::sim::Outcome;
use tonnage::sim::outcome::BatchOutcome;
use tonnage::sim::rows::JobRow;

const PODS: &str = "containers: [{name: c, resources: {requests: {cpu: 1, memory: 1Gi}}}]";

/// Eight CPUs, and one workload with this `job`; `more` of the workload, and `rest` of the scenario.
fn scenario(job: &str, more: &str, rest: &str) -> String {
    format!(
        "name: probe\nduration: 6h\nstart: 2026-01-05T00:00:00Z\n\
         cluster: {{pools: [{{name: a, shape: {{cpu: 4, memory: 16Gi}}, nodes: 2}}]}}\n\
         workloads: [{{name: etl, job: {{{PODS}, {job}}}{more}}}]\n{rest}"
    )
}

fn run(job: &str, more: &str, rest: &str) -> (BatchOutcome, Rows, Outcome) {
    let text = scenario(job, more, rest);
    let (outcome, rows) = kept_rows::run(written::scenario(&text), Span::from_secs(97));
    let batch = outcome.workloads[0]
        .batch
        .clone()
        .expect("it is a batch workload");
    assert_eq!(
        batch.started,
        batch.succeeded + batch.failed + batch.replaced + batch.unfinished,
        "no Job is lost: {batch:?}"
    );
    assert_eq!(rows.jobs.len() as u64, batch.started, "each Job is one row");
    (batch, rows, outcome)
}

fn only(rows: &Rows) -> &JobRow {
    assert_eq!(rows.jobs.len(), 1);
    &rows.jobs[0]
}

/// Twelve pieces of ten minutes, four at a time: three rounds, each a second late because the controller looks then.
#[test]
fn a_job_runs_as_many_pods_as_it_may_until_all_its_completions_are_done() {
    let (batch, rows, outcome) = run("parallelism: 4, completions: 12, work: 10m, starts: [1h]", "", "");
    let job = only(&rows);
    assert_eq!(
        (job.job.as_str(), job.result, job.succeeded, job.failed),
        ("etl", "complete", 12, 0)
    );
    assert_eq!(
        (job.due_s, job.created_s, job.running_s),
        (3600.0, 3600.0, Some(3600.0))
    );
    let end = job.ended_s.unwrap();
    assert!((5400.0..=5404.0).contains(&end), "{end}");
    assert_eq!((batch.pods, batch.pods_succeeded, batch.pods_failed), (12, 12, 0));
    assert_eq!(outcome.workloads[0].replicas.ready_max, 4);
    assert!(rows.pods.iter().all(|pod| pod.end == "completed"));
    assert!(
        (batch.work_s - 7200.0).abs() < 1e-6 && batch.work_lost_s == 0.0,
        "{batch:?}"
    );
    assert_eq!(rows.of("job", "complete").count(), 1);
}

/// Pods beyond what the machines take wait: the Job takes as long as the room there is makes it.
#[test]
fn pods_of_a_job_wait_for_room_as_all_pods_do() {
    let (batch, rows, _) = run("parallelism: 16, completions: 16, work: 10m", "", "");
    let end = only(&rows).ended_s.unwrap();
    assert!(
        (1200.0..=1203.0).contains(&end),
        "eight at a time take two rounds: {end}"
    );
    assert_eq!(batch.pods, 16);
}

/// Without completions one success ends the making of pods, and the others work on.
#[test]
fn a_job_without_completions_is_over_when_one_pod_has_succeeded_and_the_others_have_ended() {
    let (batch, rows, _) = run("parallelism: 3, work: {uniform: {low: 5m, high: 15m}}", "", "");
    assert_eq!((batch.pods, batch.pods_succeeded), (3, 3));
    assert_eq!(only(&rows).result, "complete");
}

/// A pod that fails is made again after ten, twenty, forty seconds … and after `backoffLimit` times the Job fails.
#[test]
fn a_job_whose_pods_always_fail_waits_longer_each_time_and_fails_at_its_limit() {
    let job = "work: 1m, backoffLimit: 3, failure: {chance: 100%}";
    let (batch, rows, _) = run(job, "", "");
    let job = only(&rows);
    assert_eq!(
        (job.result, job.reason, job.failed),
        ("failed", "BackoffLimitExceeded", 4)
    );
    assert_eq!(batch.failures.len(), 1);
    assert_eq!((batch.pods, batch.pods_failed), (4, 4));
    assert!(rows.pods.iter().all(|pod| pod.end == "failed"));
    let mut pods: Vec<_> = rows.pods.iter().collect();
    pods.sort_by(|a, b| a.created_s.total_cmp(&b.created_s));
    let waits: Vec<f64> = pods
        .windows(2)
        .map(|pair| pair[1].created_s - pair[0].ended_s.unwrap())
        .collect();
    for (wait, expected) in waits.iter().zip([10.0, 20.0, 40.0]) {
        assert!((expected..expected + 1.0).contains(wait), "{waits:?}");
    }
    assert!(
        (batch.work_lost_s - batch.work_s).abs() < 1e-9,
        "all was for nothing: {batch:?}"
    );
}

/// The kubelet restarts containers where they are: no pod is made anew, and restarts count.
#[test]
fn containers_that_are_restarted_in_place_keep_their_pod() {
    let job = "work: 10m, restartPolicy: OnFailure, backoffLimit: 20, failure: {chance: 60%}, completions: 6, parallelism: 6";
    let (batch, rows, outcome) = run(job, "", "");
    assert_eq!((batch.pods, batch.succeeded), (6, 1), "{batch:?}");
    assert!(outcome.workloads[0].restarts.crash > 0);
    assert_eq!(only(&rows).failed, 0);
    assert!(
        batch.work_lost_s > 0.0 && (batch.work_s - batch.work_lost_s - 3600.0).abs() < 1e-6,
        "{batch:?}"
    );
    let (limited, rows, _) = run(
        "work: 10m, restartPolicy: OnFailure, backoffLimit: 1, failure: {chance: 100%}",
        "",
        "",
    );
    assert_eq!((limited.failed, only(&rows).reason), (1, "BackoffLimitExceeded"));
}

/// An index is done once, by whoever, and a piece of work is as long as it was for the pod before.
#[test]
fn each_index_succeeds_once_and_is_taken_over_from_a_pod_that_failed() {
    let job = "completionMode: Indexed, completions: 10, parallelism: 5, backoffLimit: 50, failure: {chance: 40%}, \
               work: {lognormal: {mean: 10m, cv: 0.5}}";
    let (batch, rows, _) = run(job, "", "");
    let row = only(&rows);
    assert_eq!((row.result, row.succeeded), ("complete", 10));
    assert!(
        batch.pods_failed > 0 && batch.pods == 10 + batch.pods_failed,
        "{batch:?}"
    );
    let calm =
        "completionMode: Indexed, completions: 10, parallelism: 5, work: {lognormal: {mean: 10m, cv: 0.5}}";
    let (undisturbed, ..) = run(calm, "", "");
    let useful = batch.work_s - batch.work_lost_s;
    assert!(
        (useful - undisturbed.work_s).abs() < 1e-3,
        "{useful} and {undisturbed:?}"
    );
}

#[test]
fn a_job_that_is_too_old_fails_and_its_pods_go() {
    let (batch, rows, _) = run(
        "work: {uniform: {low: 5m, high: 2h}}, parallelism: 4, completions: 4, activeDeadlineSeconds: 600",
        "",
        "",
    );
    let job = only(&rows);
    assert_eq!(
        (job.result, job.reason, job.ended_s),
        ("failed", "DeadlineExceeded", Some(600.0))
    );
    assert_eq!(batch.pods, batch.pods_succeeded + batch.pods_failed);
    assert!(rows.pods.iter().all(|pod| pod.ended_s.unwrap() <= 600.0));
}

/// A machine that crashes takes the work of its pods with it; what a checkpoint has kept is not done again.
#[test]
fn checkpoints_keep_work_from_being_lost_with_a_machine() {
    let crash = "faults: [{node_crash: {node: a-0, at: [50m], repair: 10m}}]\n";
    let job = "parallelism: 8, completions: 8, work: 1h";
    let (plain, rows, _) = run(job, "", crash);
    assert_eq!(plain.succeeded, 1, "{plain:?}");
    assert!((plain.work_lost_s - 4.0 * 3000.0).abs() < 1.0, "{plain:?}");
    let fault = rows
        .faults
        .iter()
        .find(|row| row.workload == "etl")
        .expect("the fault is told");
    assert!((fault.work_lost_s - plain.work_lost_s).abs() < 1e-6, "{fault:?}");
    let late = only(&rows).ended_s.unwrap();
    let saving = format!("{job}, checkpoint: {{every: 15m}}");
    let (saved, rows, _) = run(&saving, "", crash);
    assert!((saved.work_lost_s - 4.0 * 300.0).abs() < 1.0, "{saved:?}");
    let early = only(&rows).ended_s.unwrap();
    assert!(early < late - 2000.0, "{early} and {late}");
    assert!((saved.work_s - saved.work_lost_s - 8.0 * 3600.0).abs() < 1e-6);
}

/// A pod that was pushed out counts as failed, unless the Job forgives that.
#[test]
fn a_failure_policy_forgives_disruptions_and_fails_a_job_at_a_fatal_exit_code() {
    let crash = "faults: [{node_crash: {node: a-0, at: [10m], repair: 10m}}]\n";
    let job = "parallelism: 8, completions: 8, work: 15m, backoffLimit: 0";
    let (harsh, rows, _) = run(job, "", crash);
    assert_eq!((harsh.failed, only(&rows).reason), (1, "BackoffLimitExceeded"));
    let forgiving =
        "podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: DisruptionTarget}]}]}";
    let (mild, rows, _) = run(&format!("{job}, {forgiving}"), "", crash);
    assert_eq!((mild.succeeded, only(&rows).failed), (1, 0), "{mild:?}");
    let fatal = "podFailurePolicy: {rules: [{action: FailJob, onExitCodes: {operator: In, values: [42]}}]}";
    let (fatal, rows, _) = run(
        &format!("work: 15m, failure: {{chance: 100%, exitCode: 42}}, {fatal}"),
        "",
        "",
    );
    assert_eq!(
        (fatal.failed, only(&rows).reason, fatal.pods),
        (1, "PodFailurePolicy", 1)
    );
}

/// Pods of a suspended Job never come, and the outcome says that it waits.
#[test]
fn a_suspended_job_has_no_pods() {
    let (batch, rows, _) = run("work: 1m, suspend: true", "", "");
    assert_eq!(
        (batch.pods, batch.unfinished, only(&rows).result),
        (0, 1, "suspended")
    );
}

/// A quota lets so many pods in; the others come when those have ended.
#[test]
fn a_quota_holds_pods_of_a_job_back_until_others_have_ended() {
    let quota = "namespaces: [{name: default, resourceQuotas: [{name: q, hard: {pods: '2'}}]}]\n";
    let (batch, rows, outcome) = run("parallelism: 4, completions: 4, work: 10m", "", quota);
    assert_eq!(
        (batch.succeeded, outcome.workloads[0].replicas.ready_max),
        (1, 2),
        "{batch:?}"
    );
    assert!(rows.of("admission", "wait").count() > 0);
}

/// A Job may have any number of starts, and each is a Job.
#[test]
fn each_start_is_a_job_of_its_own() {
    let (batch, rows, _) = run("work: 10m, starts: [2h, 1h, 5h59m]", "", "");
    assert_eq!((batch.started, batch.succeeded, batch.unfinished), (3, 2, 1));
    let names: Vec<&str> = rows.jobs.iter().map(|job| job.job.as_str()).collect();
    assert_eq!(names, ["etl-0", "etl-1", "etl-2"]);
    assert_eq!(rows.jobs[2].result, "running");
}

/// The objective looks at Jobs that have ended and at those that are late already.
#[test]
fn finishing_in_time_is_an_objective() {
    let met = |within: &str, at_least: &str| {
        let rest =
            format!("objectives: [{{finish: {{workload: etl, within: {within}, at_least: {at_least}}}}}]\n");
        let (.., outcome) = run(
            "work: {uniform: {low: 10m, high: 50m}}, parallelism: 1, starts: [0s, 1h, 2h, 3h]",
            "",
            &rest,
        );
        let objective = outcome.objectives[0].clone();
        (objective.met, objective.value)
    };
    assert_eq!(met("50m", "100%"), (true, 1.0));
    let (kept, share) = met("25m", "100%");
    assert!(!kept && share < 1.0);
    assert!(met("25m", "0%").0);
}

/// Time zero is a Monday, 00:00 UTC.
fn cron(fields: &str) -> String {
    format!(", cron_job: {{{fields}}}")
}

/// Each hour at 10 past: the controller looks a tenth of a second late, and Jobs are called as it calls them.
#[test]
fn a_cron_job_creates_a_job_at_each_time_of_its_schedule() {
    let (batch, rows, _) = run("work: 10m", &cron("schedule: '10 * * * *'"), "");
    assert_eq!((batch.started, batch.succeeded, batch.starts_missed), (6, 6, 0));
    let first = &rows.jobs[0];
    let minute = 1_767_571_200 / 60 + 10;
    assert_eq!(
        (first.job.clone(), first.due_s, first.created_s),
        (format!("etl-{minute}"), 600.0, 600.1)
    );
    assert!((batch.wait.max - 0.1).abs() < 0.01, "{:?}", batch.wait);
}

/// Clocks in Berlin are an hour ahead of UTC in January.
#[test]
fn a_schedule_goes_by_the_clocks_of_its_zone() {
    let (_, rows, _) = run(
        "work: 10m",
        &cron("schedule: '0 3 * * *', timeZone: Europe/Berlin"),
        "",
    );
    assert!((only(&rows).due_s - 7200.0).abs() < 1e-9);
}

/// Jobs take 90 minutes and come each hour: both run, or one waits for the other and starts late, or it takes its place.
#[test]
fn a_job_that_still_runs_is_joined_or_waited_for_or_replaced() {
    let with = |policy: &str| {
        let fields = format!("schedule: '0 * * * *', concurrencyPolicy: {policy}");
        run("work: 90m", &cron(&fields), "")
    };
    let (allowed, _, outcome) = with("Allow");
    assert_eq!((allowed.started, allowed.succeeded), (5, 4));
    assert_eq!(outcome.workloads[0].replicas.ready_max, 2);
    let (forbidden, rows, outcome) = with("Forbid");
    // At 1:00 one starts, and what was due at 2:00 starts when it is done at 2:30, and what was due at 4:00 at 4:00.
    assert_eq!(outcome.workloads[0].replicas.ready_max, 1);
    let created: Vec<f64> = rows
        .jobs
        .iter()
        .map(|job| (job.created_s / 60.0).round())
        .collect();
    assert_eq!(created, [60.0, 150.0, 240.0, 330.0], "{forbidden:?}");
    assert!(
        rows.of("job", "wait").count() > 0,
        "it is told that a start waits"
    );
    assert_eq!(
        forbidden.starts_missed, 1,
        "3:00 was never made up for: {:?}",
        rows.jobs
    );
    let (replaced, rows, _) = with("Replace");
    assert_eq!(
        (replaced.started, replaced.replaced, replaced.succeeded),
        (5, 4, 0)
    );
    assert!(
        rows.pods.iter().filter(|pod| pod.end == "stopped").count() == 4,
        "their pods go with them"
    );
    assert!((replaced.work_lost_s - 4.0 * 3600.0).abs() < 2.0);
}

/// What could not start within its deadline does not start.
#[test]
fn a_start_that_is_too_late_is_missed() {
    let fields = "schedule: '0 * * * *', concurrencyPolicy: Forbid, startingDeadlineSeconds: 600";
    let (batch, rows, _) = run("work: 90m", &cron(fields), "");
    assert_eq!((batch.started, batch.starts_missed), (3, 2), "{:?}", rows.jobs);
    assert!(rows.jobs.iter().all(|job| job.created_s - job.due_s < 1.0));
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let digest = || {
        let job =
            "parallelism: 4, completions: 9, work: {lognormal: {mean: 10m, cv: 1}}, failure: {chance: 20%}";
        run(job, &cron("schedule: '*/20 * * * *'"), "").2.digest
    };
    assert_eq!(digest(), digest());
}

/// What is impossible is refused where it stands, what is only odd is warned of.
#[test]
fn impossible_jobs_are_refused_where_they_stand() {
    for (job, more, expected) in [
        (
            "work: 1m, completionMode: Indexed",
            "",
            "must say how many `completions` it has",
        ),
        (
            "work: 20m, activeDeadlineSeconds: 600",
            "",
            "no Job can keep a deadline of 600 s",
        ),
        (
            "work: 5m, completions: 9, parallelism: 3, activeDeadlineSeconds: 600",
            "",
            "its work takes 15m",
        ),
        (
            "work: 1m",
            ", cron_job: {schedule: '0 0 30 2 *'}",
            "this schedule never comes",
        ),
        (
            "work: 1m",
            ", cron_job: {schedule: '0 25 * * *'}",
            "is outside 0 to 23",
        ),
        (
            "work: 1m",
            ", cron_job: {schedule: '@daily', timeZone: Europe/Berlim}",
            "no time zone `Europe/Berlim`",
        ),
        (
            "work: 1m, starts: [1h]",
            ", cron_job: {schedule: '@hourly'}",
            "says when Jobs start",
        ),
        ("work: 1m, starts: [7h]", "", "this Job never starts"),
        (
            "work: 1m, checkpoint: {every: 0s}",
            "",
            "must be longer than zero",
        ),
        ("work: 1m, paralelism: 2", "", "did you mean `parallelism`"),
        ("parallelism: 2", "", "missing field `work`"),
        ("work: 1m, replicas: 3", "", "unknown field `replicas`"),
        ("work: 1m", ", daemon_set: {}", "a Job cannot have a `daemon_set`"),
        (
            "work: 1m, restartPolicy: OnFailure, podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: DisruptionTarget}]}]}",
            "",
            "expected `Never`",
        ),
        (
            "work: 1m, podFailurePolicy: {rules: [{action: FailJob, onExitCodes: {containerName: d, operator: In, values: [0]}}]}",
            "",
            "no container `d`",
        ),
    ] {
        let said = written::refusal(&scenario(job, more, ""));
        assert!(said.contains(expected), "{job}{more}: {said}");
    }
    let load = "load: [{to: etl, arrivals: {constant: {rate: 1/s}}}]\n";
    let said = written::refusal(&scenario("work: 1m", "", load));
    assert!(said.contains("`etl` has Jobs and serves no requests"), "{said}");
    let scaler = "policies: {pod_scaling: {etl: {static: {replicas: 3}}}}\n";
    let said = written::refusal(&scenario("work: 1m", "", scaler));
    assert!(said.contains("has as many pods as its Jobs want"), "{said}");
    let neither = "name: probe\nduration: 1h\nworkloads: [{name: etl}]\n";
    assert!(written::refusal(neither).contains("missing field `serving`"));
}
