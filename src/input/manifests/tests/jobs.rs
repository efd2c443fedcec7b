//! Jobs and CronJobs from manifests, and what the scenario says of their work.

use super::{Folder, read, said, sound, workload};
use crate::engine::Span;
use crate::model::owner::Owner;
use crate::platform::kubernetes::cron_job::Concurrency;
use crate::platform::kubernetes::job::failure_policy::FailureTest;

/// A CronJob with the fields that `kubectl get -o yaml` prints, a Job of its own making, a pod of that, and another Job.
const OBJECTS: &str = r#"
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly, namespace: data, uid: 1a}
spec:
  concurrencyPolicy: Forbid
  failedJobsHistoryLimit: 1
  schedule: 30 2 * * *
  startingDeadlineSeconds: 600
  successfulJobsHistoryLimit: 3
  suspend: false
  timeZone: Europe/Berlin
  jobTemplate:
    metadata: {creationTimestamp: null}
    spec:
      activeDeadlineSeconds: 7200
      backoffLimit: 4
      completionMode: Indexed
      completions: 8
      parallelism: 4
      ttlSecondsAfterFinished: 3600
      podFailurePolicy:
        rules:
          - {action: Ignore, onPodConditions: [{type: DisruptionTarget, status: "True"}]}
          - {action: FailJob, onExitCodes: {containerName: etl, operator: In, values: [42]}}
      template:
        metadata: {labels: {app: nightly}}
        spec:
          containers:
            - name: etl
              image: etl:3
              resources: {requests: {cpu: "2", memory: 4Gi}}
          priorityClassName: ""
          restartPolicy: Never
          terminationGracePeriodSeconds: 60
status: {lastScheduleTime: "2026-01-05T01:30:00Z"}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: nightly-29459610
  namespace: data
  ownerReferences: [{apiVersion: batch/v1, kind: CronJob, name: nightly, uid: 1a, controller: true}]
spec:
  selector: {matchLabels: {batch.kubernetes.io/controller-uid: 2b}}
  template:
    metadata: {labels: {app: nightly}}
    spec: {containers: [{name: etl, image: "etl:3"}], restartPolicy: Never}
---
apiVersion: v1
kind: Pod
metadata:
  name: nightly-29459610-0-x7k2p
  namespace: data
  ownerReferences: [{apiVersion: batch/v1, kind: Job, name: nightly-29459610, uid: 2b, controller: true}]
spec: {containers: [{name: etl, image: "etl:3"}], restartPolicy: Never}
status: {phase: Running}
---
apiVersion: batch/v1
kind: Job
metadata: {name: reindex, namespace: data}
spec:
  template:
    spec: {containers: [{name: job, image: "reindex:1"}], restartPolicy: OnFailure}
"#;

const SCENARIO: &str = "name: n
duration: 6h
manifests: [a.yaml]
workloads:
  - name: nightly
    manifest: CronJob/nightly
    job: {work: {lognormal: {mean: 15m, cv: 0.4}}, checkpoint: {every: 5m}, parallelism: 2}
";

/// Were a field lost on the way, the Job would run with Kubernetes' defaults instead of its own.
#[test]
fn a_cron_job_is_what_its_manifest_says_with_the_work_that_the_scenario_adds() {
    let folder = Folder::new(&[("a.yaml", OBJECTS)]);
    let loaded = sound(SCENARIO, folder.path(), &[]);
    assert_eq!(
        loaded.scenario.workloads.len(),
        1,
        "what it has made is not there twice"
    );
    let nightly = workload(&loaded, "nightly");
    let plan = nightly.batch.as_ref().expect("it is a batch workload");
    let job = plan.job;
    assert_eq!(
        (job.parallelism, job.completions, job.indexed),
        (2, Some(8), true),
        "the scenario wins"
    );
    assert_eq!((job.backoff_limit, job.restarts_on_failure), (4, false));
    assert_eq!(job.active_deadline, Some(Span::from_secs(7200)));
    assert!(job.replaces_only_failed, "as with every failure policy");
    assert_eq!(plan.rules.len(), 2);
    assert_eq!(plan.rules[0].test, FailureTest::DisruptionTarget);
    assert_eq!(plan.work.checkpoint_every, Some(Span::from_secs(300)));
    let cron = plan.cron.as_ref().expect("it has a schedule");
    assert_eq!(
        (cron.concurrency, cron.starting_deadline_secs),
        (Concurrency::Forbid, Some(600))
    );
    assert!(!cron.suspended && plan.starts.is_empty());
    let template = &nightly.template;
    assert_eq!(
        (template.owner, template.namespace.as_str()),
        (Owner::Job, "data")
    );
    assert_eq!(
        (template.requests().cpu_milli, template.containers.len()),
        (2000, 1)
    );
    let said = said(&Ok(loaded), folder.path());
    assert!(
        said.contains("Job/reindex: how long its pods work is not known"),
        "{said}"
    );
    assert!(
        said.contains("spec.{failedJobsHistoryLimit, successfulJobsHistoryLimit}"),
        "{said}"
    );
}

/// Pods of Jobs that nobody describes are in the cluster all the same, and take room.
#[test]
fn without_a_workload_that_names_it_a_job_does_not_run_and_its_pods_take_room() {
    let folder = Folder::new(&[("a.yaml", OBJECTS)]);
    let alone = "name: n\nduration: 1h\nmanifests: [a.yaml]\n";
    let loaded = sound(alone, folder.path(), &[]);
    let names: Vec<&str> = loaded
        .scenario
        .workloads
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(names, ["nightly-29459610-0-x7k2p"]);
    assert!(loaded.scenario.workloads[0].background);
}

#[test]
fn a_job_needs_to_be_told_how_long_its_work_takes() {
    let folder = Folder::new(&[("a.yaml", OBJECTS)]);
    let text =
        "name: n\nduration: 1h\nmanifests: [a.yaml]\nworkloads: [{name: reindex, manifest: Job/reindex}]\n";
    let told = said(&read(text, folder.path(), &[]), folder.path());
    assert!(told.contains("missing field `work`"), "{told}");
    let with = sound(text, folder.path(), &["workloads.reindex.job.work=20m"]);
    let plan = workload(&with, "reindex")
        .batch
        .clone()
        .expect("it is a batch workload");
    assert!(plan.job.restarts_on_failure);
    let wrong = OBJECTS.replace("completionMode: Indexed", "completionMode: Indexd");
    let folder = Folder::new(&[("a.yaml", &wrong)]);
    let told = said(&read(SCENARIO, folder.path(), &[]), folder.path());
    assert!(told.contains("did you mean `Indexed`"), "{told}");
}
