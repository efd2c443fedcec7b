//! What a person has to do on Docker, Swarm and Kubernetes, and how Docker and Swarm run jobs without a Job controller.

use crate::kept_rows::{self, Rows};
use crate::scenarios::{loaded, met, run as run_sound, variant};
use crate::written;
use tonnage::engine::Span;
use tonnage::sim::Outcome;

/// Six hours of `hosts` machines, of which the first crashes after two hours and is mended after another.
fn text(platform: &str, hosts: u32, workloads: &str, more: &str) -> String {
    format!(
        "name: by-hand\nduration: 6h\nstart: 2026-03-03T00:00:00Z\nplatform: {platform}\n\
         cluster: {{pools: [{{name: box, shape: {{cpu: 8, memory: 16Gi}}, nodes: {hosts}}}]}}\n\
         workloads: [{workloads}]\nload: [{{to: web, arrivals: {{constant: {{rate: 1/s}}}}}}]\n\
         faults: [{{node_crash: {{node: box-0, at: [2h], repair: 1h}}}}]\n{more}\n"
    )
}

const WEB: &str = "{name: web, host: box-0, restart: always, serving: {replicas: 2, demand: 10ms, timeout: 1s, containers: \
                   [{name: c, slots: 4, startup: 5s, resources: {requests: {cpu: 100m}}}]}}";

/// A container that works for an hour and a half from half past twelve at night on, with checkpoints.
const JOB: &str = "{name: night, host: box-0, cron_job: {schedule: 30 0 * * *}, job: {work: 2h, checkpoint: {every: 20m}, \
                   containers: [{name: c, resources: {requests: {cpu: 1}}}]}}";

fn run(text: &str) -> (Outcome, Rows) {
    kept_rows::run(written::scenario(text), Span::from_secs_f64(61.7))
}

fn steps(outcome: &Outcome, step: &str) -> Option<u64> {
    let found = outcome.by_hand.iter().find(|steps| steps.step == step);
    found.map(|steps| steps.count)
}

/// Docker runs nothing again that a crash took: the job has failed, and its work is gone but for the checkpoints. A person
/// who starts it again has it go on from the last of them, and that is one step.
#[test]
fn a_job_that_a_crash_took_from_a_docker_host_is_lost_until_somebody_runs_it_again() {
    let both = format!("{WEB}, {JOB}");
    let (outcome, rows) = run(&text("docker", 1, &both, ""));
    assert_eq!(rows.jobs.len(), 1);
    let job = &rows.jobs[0];
    assert_eq!(
        (job.result, job.reason, job.pods),
        ("failed", "ContainerFailed", 1),
        "{job:?}"
    );
    // It began at half past midnight and had worked for an hour and a half: four checkpoints, and ten minutes more.
    assert!(
        (job.work_s - 5400.0).abs() < 1.0 && (job.work_lost_s - 600.0).abs() < 1.0,
        "{job:?}"
    );
    assert_eq!(steps(&outcome, "start_again"), None, "nobody does");
    assert_eq!(steps(&outcome, "mend_machine"), Some(1));

    let (outcome, rows) = run(&text("{docker: {starts_again: 10m}}", 1, &both, ""));
    let job = &rows.jobs[0];
    assert_eq!((job.result, job.pods), ("complete", 2), "{job:?}");
    // Mended at three, run again at ten past, with 40 minutes of work left.
    let ended = job.ended_s.expect("it ends");
    assert!((ended - (3.0 * 3600.0 + 50.0 * 60.0)).abs() < 5.0, "{job:?}");
    assert_eq!(steps(&outcome, "start_again"), Some(1));
    let told: Vec<_> = rows.of("by_hand", "start_again").collect();
    assert_eq!((told.len(), told[0].policy.as_str()), (1, "docker/person"));
    assert_eq!(outcome.steps_by_hand(), 2);
}

/// A Swarm replaces the task of a job as soon as it knows that its node is down, and nobody has to do anything for it.
#[test]
fn a_swarm_replaces_the_task_of_a_job_by_itself() {
    let both = format!("{WEB}, {JOB}")
        .replace("host: box-0, ", "")
        .replace("restart: always, ", "");
    let pinned = both.replace(
        "cron_job",
        "deploy: {placement: {constraints: [\"node.hostname == box-0\"]}}, cron_job",
    );
    for (workloads, late) in [(&both, 60.0), (&pinned, 3700.0)] {
        let (outcome, rows) = run(&text("swarm", 2, workloads, ""));
        let job = &rows.jobs[0];
        let ended = job.ended_s.expect("it ends");
        let took = ended - 1800.0;
        assert!(
            job.result == "complete" && took < 7200.0 + 600.0 + late,
            "{job:?}"
        );
        assert_eq!(
            steps(&outcome, "start_again"),
            None,
            "no person does that on a Swarm"
        );
        assert_eq!(
            outcome.steps_by_hand(),
            1,
            "the machine is mended: {:?}",
            outcome.by_hand
        );
    }
}

/// A crontab of a host that is down starts nothing, and makes up for nothing.
#[test]
fn a_crontab_makes_up_for_no_start() {
    let hourly = JOB
        .replace("30 0 * * *", "30 * * * *")
        .replace("work: 2h", "work: 10m");
    let (outcome, rows) = run(&text("docker", 1, &format!("{WEB}, {hourly}"), ""));
    let due: Vec<f64> = rows.jobs.iter().map(|job| job.due_s / 3600.0).collect();
    assert_eq!(due, [0.5, 1.5, 3.5, 4.5, 5.5]);
    let batch = outcome.workloads[1].batch.as_ref().expect("it is one");
    assert_eq!((batch.starts_missed, batch.succeeded), (1, 5));
    assert_eq!(rows.of("job", "skip").count(), 1);
}

/// Containers that a person had started, and that do not come back by themselves, are down until the person starts them.
#[test]
fn a_service_that_stays_down_is_started_again_by_hand() {
    let web = WEB.replace("restart: always, ", "");
    let (outcome, _) = run(&text("docker", 1, &web, ""));
    let answered = outcome.workloads[0].requests.succeeded;
    assert!(answered <= 7201, "nobody is there after the crash: {answered}");
    let (outcome, rows) = run(&text("{docker: {starts_again: 10m}}", 1, &web, ""));
    let answered = outcome.workloads[0].requests.succeeded;
    let expected = 7200.0 + 2.0 * 3600.0 + 50.0 * 60.0;
    assert!(
        (answered as f64 - expected).abs() < 30.0,
        "{answered}, not {expected}"
    );
    assert_eq!(
        steps(&outcome, "start_again"),
        Some(1),
        "both containers by one command"
    );
    let told: Vec<_> = rows
        .of("by_hand", "start_again")
        .map(|row| (row.from, row.to))
        .collect();
    assert_eq!(told, [(Some(0), Some(2))]);
}

/// Every change of a number is a step where a person makes it, and none where a controller does.
#[test]
fn scaling_by_the_clock_is_work_on_docker_and_swarm_and_none_on_kubernetes() {
    let policies = "policies: {pod_scaling: {web: {scheduled: {steps: [{cron: 0 1 * * *, replicas: 5}, \
                    {cron: 0 4 * * *, replicas: 2}]}}}}";
    for (platform, scaled) in [("docker", Some(2)), ("swarm", Some(2)), ("kubernetes", None)] {
        let web = match platform {
            "docker" => WEB.to_owned(),
            _ => WEB.replace("host: box-0, restart: always, ", ""),
        };
        let (outcome, rows) = run(&text(platform, 2, &web, policies));
        assert_eq!(steps(&outcome, "scale"), scaled, "{platform}");
        assert_eq!(rows.of("by_hand", "scale").count() as u64, scaled.unwrap_or(0));
        assert_eq!(steps(&outcome, "mend_machine"), Some(1), "{platform}");
        assert_eq!(outcome.workloads[0].scale_ups, 1, "{platform} does scale");
    }
    let (outcome, _) = run(&text("{docker: {up: at_start}}", 1, WEB, ""));
    assert_eq!(steps(&outcome, "bring_up"), Some(1), "one `up` for the host");
}

/// Were what a crontab cannot do read over, a scenario would promise it.
#[test]
fn what_no_crontab_does_is_refused() {
    let said = |job: String| written::refusal(&text("docker", 1, &format!("{WEB}, {job}"), ""));
    let schedule = "schedule: 30 0 * * *";
    let forbid = JOB.replace(schedule, &format!("{schedule}, concurrencyPolicy: Forbid"));
    let told = said(forbid);
    assert!(told.contains("a line of a crontab starts them"), "{told}");
    let deadline = JOB.replace(schedule, &format!("{schedule}, startingDeadlineSeconds: 60"));
    let told = said(deadline);
    assert!(told.contains("cron makes up for no start"), "{told}");
    let told = said(JOB.replace("host: box-0", "host: box-0, restart: always"));
    assert!(
        told.contains("is never done") && told.contains("`on-failure`"),
        "{told}"
    );
    let indexed = JOB.replace("work: 2h", "work: 2h, completions: 2, completionMode: Indexed");
    let told = said(indexed);
    assert!(told.contains("have no index on Docker"), "{told}");
    let limit = JOB.replace("work: 2h", "work: 2h, backoffLimit: 3");
    let told = written::told(&text("docker", 1, &format!("{WEB}, {limit}"), ""));
    assert!(
        told.contains("no Job controller") && told.contains("`backoffLimit`"),
        "{told}"
    );
    let scaled = "policies: {pod_scaling: {web: {target_tracking: {utilization: 50%}}}}";
    let told = written::refusal(&text(
        "swarm",
        1,
        &WEB.replace("host: box-0, restart: always, ", ""),
        scaled,
    ));
    assert!(
        told.contains("Swarm has no autoscaler") && told.contains("`scheduled`"),
        "{told}"
    );
    let same = "variants: {docker: {duration: 2h}}\nbaseline: docker";
    let told = written::refusal(&text("docker", 1, WEB, same));
    assert!(
        told.contains("the scenario as it stands is called `docker` too"),
        "{told}"
    );
}

/// One crash costs the Docker host everything for an hour and a half, seven steps by hand and the work since the last
/// checkpoint; the Swarm and Kubernetes go on. Only Kubernetes with autoscaling asks for nobody, and it costs least.
#[test]
fn docker_vs_kubernetes_is_a_day_of_one_crash_on_four_platforms() {
    let loaded = loaded("docker-vs-kubernetes/docker-vs-kubernetes.yaml").expect("needs no trace");
    assert_eq!(loaded.baseline, "docker");
    let docker = run_sound(loaded.scenario.clone());
    let [swarm, fixed, scaled] =
        ["swarm", "k8s-fixed", "k8s-autoscaled"].map(|name| run_sound(variant(&loaded, name)));
    let success = |outcome: &Outcome| outcome.workloads[0].requests.success_ratio().unwrap_or(0.0);
    let recovery = |outcome: &Outcome| outcome.faults[0].time_to_recover_s.expect("it recovers").max;
    assert!(success(&docker) < 0.9, "{}", success(&docker));
    assert!(recovery(&docker) >= 6000.0, "{}", recovery(&docker));
    let features = |outcome: &Outcome| outcome.workloads[4].batch.clone().expect("it is batch");
    assert_eq!(features(&docker).starts_missed, 1);
    assert!(features(&docker).work_lost_s > 60.0);
    for outcome in [&swarm, &fixed, &scaled] {
        assert!(success(outcome) > 0.995, "{}", success(outcome));
        assert_eq!(
            outcome.workloads[0].requests.arrived,
            docker.workloads[0].requests.arrived
        );
        assert_eq!(features(outcome).starts_missed, 0);
    }
    let hands = [&docker, &swarm, &fixed, &scaled].map(Outcome::steps_by_hand);
    assert_eq!(hands, [7, 5, 1, 0]);
    let start = [&docker, &swarm, &fixed, &scaled].map(|outcome| outcome.cluster.nodes_start);
    assert_eq!(start, [1, 4, 7, 3], "the control plane is one of Kubernetes'");
    let cost = |outcome: &Outcome| outcome.cluster.cost_usd;
    assert!((cost(&docker) - cost(&swarm)).abs() < 0.01, "they are as large");
    assert!(cost(&scaled) < 0.9 * cost(&docker) && cost(&fixed) > 1.5 * cost(&docker));
    assert!(met(&fixed) && met(&scaled), "{:#?}", scaled.objectives);
    assert!(!met(&docker));
}
