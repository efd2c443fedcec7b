//! KEDA's ScaledJob in a whole run: how many jobs each strategy starts, and what becomes of their messages.

use crate::kept_rows::{self, Rows};
use crate::written;
use tonnage::engine::Span;
use tonnage::sim::Outcome;
use tonnage::sim::outcome::JobCounts;

/// Workers of ten minutes a message; `job` is what a pod does, `policy` the ScaledJob, `levels` the rates of messages.
fn run(job: &str, policy: &str, levels: &str) -> (Outcome, Rows) {
    let text = format!(
        "name: probe\nduration: 2h\n\
         cluster: {{pools: [{{name: a, shape: {{cpu: 64, memory: 256Gi}}, nodes: 1}}]}}\n\
         workloads: [{{name: w, serving: {{job: {job}, queue: {{shared: true}}, \
         demand: 10m, containers: [{{name: c, resources: {{requests: {{cpu: 1, memory: 1Gi}}}}, slots: 1, startup: 2s}}]}}}}]\n\
         load: [{{to: w, arrivals: {{step: {{levels: [{levels}]}}}}}}]\n\
         policies: {{pod_scaling: {{w: {{keda_job: {policy}}}}}}}\n"
    );
    kept_rows::run(written::scenario(&text), Span::from_secs(97))
}

/// One message a minute for an hour, then none: all is done at the end.
const STEADY: &str = "{at: 0s, rate: 1/min}, {at: 1h, rate: 0/s}";
/// Counts messages until they are settled.
const UNSETTLED: &str = "{type: rabbitmq, metadata: {mode: QueueLength, value: '1'}}";
/// Counts messages until they are handed out.
const WAITING: &str = "{type: redis, metadata: {listLength: '1'}}";

fn jobs(outcome: &Outcome) -> JobCounts {
    outcome.workloads[0].jobs.expect("the workload runs jobs")
}

fn slowest(outcome: &Outcome) -> f64 {
    outcome.workloads[0].latency.max
}

/// Where the strategy suits the queue there is a job for each message and none too many, and a message waits for a poll
/// and a start.
#[test]
fn a_strategy_that_suits_the_queue_starts_one_job_for_each_message() {
    for (strategy, trigger) in [("default", UNSETTLED), ("accurate", WAITING)] {
        let policy = format!("{{scalingStrategy: {{strategy: {strategy}}}, triggers: [{trigger}]}}");
        let (outcome, rows) = run("{messages: 1}", &policy, STEADY);
        let (jobs, requests) = (jobs(&outcome), outcome.workloads[0].requests);
        assert!(requests.arrived > 40, "{requests:?}");
        assert_eq!(jobs.started, requests.arrived, "{strategy}: {jobs:?}");
        assert_eq!(
            (jobs.done, jobs.unfinished, jobs.pods_failed),
            (jobs.started, 0, 0)
        );
        assert_eq!(
            requests.attempts, requests.arrived,
            "no message was handed out twice"
        );
        assert!(
            slowest(&outcome) <= 600.0 + 30.0 + 3.0,
            "{strategy}: {}",
            slowest(&outcome)
        );
        let completed = rows.pods.iter().filter(|row| row.end == "completed");
        assert!(completed.clone().all(|row| row.served == 1 && row.lost == 0));
        assert_eq!(completed.count() as u64, jobs.done);
        let scaled = rows.of("pod_scaling", "scale").collect::<Vec<_>>();
        assert!(
            scaled.iter().all(|row| row.to > row.from),
            "jobs are never stopped"
        );
        assert_eq!(
            scaled[0].reason,
            format!(
                "queue 1, which could use 1 job; 0 not done, 0 of them pending; strategy {strategy}: 1 created, all that \
                 the queue could use"
            )
        );
    }
}

/// The default strategy takes running jobs off a queue in which they no longer stand: too few jobs. The custom one says
/// how much to take off.
#[test]
fn the_default_strategy_starts_too_few_jobs_for_a_queue_that_forgets_what_it_handed_out() {
    let wait = |strategy: &str| {
        let policy = format!("{{scalingStrategy: {{{strategy}}}, triggers: [{WAITING}]}}");
        let (outcome, _) = run("{messages: 1}", &policy, STEADY);
        outcome.workloads[0].wait.mean
    };
    let default = wait("strategy: default");
    let half = wait("strategy: custom, customScalingRunningJobPercentage: '0.5'");
    let none = wait("strategy: custom, customScalingRunningJobPercentage: '0'");
    assert!(
        none < 35.0 && half > 2.0 * none && default > 1.3 * half,
        "{default} {half} {none}"
    );
    let unset = wait("strategy: custom");
    assert!(
        (unset - default).abs() < 1e-9,
        "without a share it is the default one"
    );
}

/// Eager fills the room that the maximum leaves, at each poll anew, but no more than the queue could use.
#[test]
fn eager_jobs_fill_the_room_that_the_maximum_leaves() {
    let most = |strategy: &str| {
        let policy = format!(
            "{{maxReplicaCount: 6, scalingStrategy: {{strategy: {strategy}}}, triggers: [{UNSETTLED}]}}"
        );
        let (outcome, _) = run("{messages: 1}", &policy, STEADY);
        outcome.workloads[0].replicas.ready_max
    };
    assert_eq!((most("default"), most("eager")), (6, 6), "the maximum holds");
    let early = |strategy: &str| {
        let policy = format!(
            "{{maxReplicaCount: 10, scalingStrategy: {{strategy: {strategy}}}, triggers: [{UNSETTLED}]}}"
        );
        let (_, rows) = run("{messages: 1}", &policy, STEADY);
        let early = rows.of("pod_scaling", "scale").filter(|row| row.time_s < 600.0);
        early.filter_map(|row| row.to).max()
    };
    assert!(
        early("eager") > early("default"),
        "messages in work call for jobs again"
    );
}

/// Jobs that drain the queue end when it is empty; those that find nothing end at once.
#[test]
fn draining_jobs_take_all_that_waits_and_end_with_the_queue() {
    let policy = format!("{{maxReplicaCount: 5, triggers: [{UNSETTLED}]}}");
    let (outcome, rows) = run(
        "{until_empty: {}}",
        &policy,
        "{at: 0s, rate: 30/min}, {at: 1m, rate: 0/s}",
    );
    let (jobs, requests) = (jobs(&outcome), outcome.workloads[0].requests);
    assert_eq!(requests.succeeded, requests.arrived, "{requests:?}");
    assert!(requests.arrived >= 20, "{requests:?}");
    assert_eq!(jobs.done, jobs.started);
    let served: u64 = rows.pods.iter().map(|row| row.served).sum();
    assert_eq!(
        served, requests.succeeded,
        "each message was done by one of the jobs"
    );
    assert!(
        rows.pods.iter().any(|row| row.served > 3),
        "a job does what it finds"
    );
}

/// A minimum keeps jobs that wait for their message; a job of three messages does three.
#[test]
fn a_minimum_of_jobs_waits_for_work() {
    let policy = format!("{{minReplicaCount: 4, triggers: [{UNSETTLED}]}}");
    let (outcome, rows) = run(
        "{messages: 3}",
        &policy,
        "{at: 0s, rate: 0/s}, {at: 1h, rate: 1/min}",
    );
    let first = rows.of("pod_scaling", "scale").next().expect("jobs are started");
    assert_eq!((first.to, first.reason_code), (Some(4), "keda_jobs_to_min"));
    let completed: Vec<_> = rows.pods.iter().filter(|row| row.end == "completed").collect();
    assert!(!completed.is_empty() && completed.iter().all(|row| row.served == 3));
    assert!(outcome.workloads[0].requests.succeeded > 0);
}

/// A job whose pod is pushed out gets another one, and its message is handed out again.
#[test]
fn a_job_whose_pod_goes_is_not_lost() {
    let text = format!(
        "name: probe\nduration: 4h\n\
         cluster: {{pools: [{{name: a, shape: {{cpu: 8, memory: 64Gi}}, nodes: 1}}]}}\n\
         workloads: [{{name: w, serving: {{job: {{messages: 1}}, priority: -10, termination_grace: 5s, \
         queue: {{shared: true}}, \
         demand: 10m, containers: [{{name: c, resources: {{requests: {{cpu: 1, memory: 1Gi}}}}, slots: 1}}]}}}}, \
         {{name: urgent, background: true, serving: {{replicas: 0, containers: [{{name: c, resources: {{requests: {{cpu: 6}}}}}}]}}}}]\n\
         load: [{{to: w, arrivals: {{step: {{levels: [{STEADY}]}}}}}}]\n\
         policies: {{placement: kube_scheduler, pod_scaling: {{w: {{keda_job: {{triggers: [{UNSETTLED}]}}}}, \
         urgent: {{scheduled: {{steps: [{{cron: '30 0 * * *', replicas: 1}}, {{cron: '50 0 * * *', replicas: 0}}]}}}}}}}}\n"
    );
    let (outcome, rows) = kept_rows::run(written::scenario(&text), Span::from_secs(97));
    let (jobs, requests) = (jobs(&outcome), outcome.workloads[0].requests);
    assert!(jobs.pods_failed > 0, "{jobs:?}");
    assert!(requests.attempts > requests.arrived, "{requests:?}");
    assert_eq!(requests.succeeded, requests.arrived, "{requests:?}");
    assert_eq!((jobs.started, jobs.done), (requests.arrived, requests.arrived));
    assert!(rows.pods.iter().any(|row| row.end == "killed" && row.lost == 1));
}

/// A condition that no pod has keeps every job pending, as it would in a cluster: the accurate strategy then takes jobs
/// in work off the queue as if they still had to take their message, and messages wait for them.
#[test]
fn pending_pods_are_counted_by_their_conditions() {
    let wait = |conditions: &str| {
        let policy = format!(
            "{{scalingStrategy: {{strategy: accurate, pendingPodConditions: [{conditions}]}}, triggers: [{WAITING}]}}"
        );
        run("{messages: 1}", &policy, STEADY).0.workloads[0].wait.mean
    };
    let plain = wait("");
    assert!((wait("Ready, PodScheduled") - plain).abs() < 1e-9);
    assert!(
        wait("example.com/never") > 3.0 * plain,
        "pending jobs stand for what waits"
    );
}

#[test]
fn what_is_no_job_is_refused() {
    let refused = |serving: &str, policy: &str| {
        written::refusal(&format!(
            "name: probe\nduration: 1h\nworkloads: [{{name: w, serving: {{demand: 1s, {serving}}}}}]\n\
             load: [{{to: w, arrivals: {{poisson: {{rate: 1/s}}}}}}]\npolicies: {{pod_scaling: {{w: {policy}}}}}\n"
        ))
    };
    let keda = format!("{{keda_job: {{triggers: [{UNSETTLED}]}}}}");
    let one = "containers: [{name: c, slots: 1}]";
    for (serving, policy, said) in [
        (one.to_owned(), keda.as_str(), "job: {messages: 1}"),
        (
            format!("job: {{messages: 1}}, {one}"),
            &keda,
            "queue: {shared: true}",
        ),
        (
            "job: {until_empty: {}}, queue: {shared: true}, containers: [{name: c, slots: 2}]".to_owned(),
            &keda,
            "one message after another",
        ),
        (
            format!("job: {{messages: 1}}, queue: {{shared: true}}, {one}"),
            "{static: {}}",
            "nothing starts any",
        ),
        (
            format!("job: {{messages: 0}}, queue: {{shared: true}}, {one}"),
            &keda,
            "at least 1",
        ),
        (
            format!("job: {{messages: 1}}, queue: {{shared: true}}, {one}"),
            "{keda_job: {pollingInterval: 0, triggers: [{type: redis}]}}",
            "at least 1",
        ),
    ] {
        let page = refused(&serving, policy);
        assert!(page.contains(said), "{said}:\n{page}");
    }
}
