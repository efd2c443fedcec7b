//! Made-up runs for the tests of this floor: a shop through a spike on a scaling fleet, and a silent queue.

mod day;

pub(super) use day::feed;

use super::series::{Series, SeriesCollector};
use super::summary::{Estimate, Intervals};
use crate::sim::outcome::{
    BatchOutcome, ClassOutcome, ClusterOutcome, FailedJobs, FaultOutcome, FaultedWorkload, ObjectiveOutcome,
    Outcome, PoolOutcome, Quantiles, ReplicaCounts, RequestCounts, Restarts, Spread, Warning,
    WorkloadOutcome,
};
use crate::sim::rows::{DecisionRow, FaultRow, PodRow, WorkloadSample};

const DURATION: f64 = 21_600.0;

fn quantiles(count: u64, p50: f64) -> Quantiles {
    Quantiles {
        count,
        mean: p50 * 1.3,
        std_dev: p50 * 1.9,
        p50,
        p95: p50 * 6.0,
        p99: p50 * 26.4,
        p999: p50 * 39.0,
        max: p50 * 42.0,
    }
}

/// Jobs of which some failed and one was too late.
pub(super) fn batch() -> BatchOutcome {
    let quantiles = |count: u64, scale: f64| Quantiles {
        count,
        mean: scale,
        std_dev: scale / 4.0,
        p50: scale,
        p95: scale * 1.5,
        p99: scale * 1.7,
        p999: scale * 1.7,
        max: scale * 1.8,
    };
    BatchOutcome {
        started: 24,
        succeeded: 20,
        failed: 2,
        replaced: 1,
        unfinished: 1,
        failures: vec![FailedJobs {
            reason: "DeadlineExceeded".to_owned(),
            jobs: 2,
        }],
        starts_missed: 3,
        pods: 220,
        pods_succeeded: 190,
        pods_failed: 28,
        duration: quantiles(20, 2400.0),
        wait: quantiles(23, 95.0),
        work_s: 190_000.0,
        work_lost_s: 9_500.0,
        in_time: Vec::new(),
    }
}

pub(super) fn outcome() -> Outcome {
    let requests = RequestCounts {
        arrived: 18_432_100,
        attempts: 18_433_900,
        succeeded: 18_428_580,
        call_failed: 0,
        cancelled: 0,
        refused: 512,
        timed_out: 2_840,
        abandoned: 0,
        lost: 148,
        unfinished: 20,
    };
    let shop = WorkloadOutcome {
        name: "shop".into(),
        routing: "least_request".into(),
        pod_scaling: "target_tracking".into(),
        requests,
        latency: quantiles(18_428_580, 0.047),
        wait: quantiles(18_431_000, 0.004),
        wait_probability: 0.213,
        queued_mean: 12.4,
        in_service_mean: 61.3,
        calling_mean: None,
        utilization: Some(0.683),
        replicas: ReplicaCounts {
            ready_mean: 14.2,
            starting_mean: 0.41,
            pending_mean: 0.12,
            ready_min: 6,
            ready_max: 38,
        },
        jobs: None,
        batch: None,
        rollouts: Vec::new(),
        cpu: None,
        balancing: None,
        restarts: Restarts::default(),
        scale_ups: 14,
        scale_downs: 9,
        pod_start: quantiles(52, 13.1),
        classes: vec![
            ClassOutcome {
                name: "browse".into(),
                requests,
                latency: quantiles(17_000_000, 0.04),
                wait: quantiles(1, 0.01),
            },
            ClassOutcome {
                name: "checkout".into(),
                requests,
                latency: quantiles(1_428_580, 0.1),
                wait: quantiles(1, 0.01),
            },
        ],
    };
    let thumbs = WorkloadOutcome {
        name: "thumbnails".into(),
        routing: "round_robin".into(),
        pod_scaling: "static".into(),
        requests: RequestCounts {
            arrived: 42_000,
            attempts: 42_000,
            succeeded: 42_000,
            ..RequestCounts::default()
        },
        latency: quantiles(42_000, 0.21),
        jobs: None,
        rollouts: Vec::new(),
        cpu: None,
        balancing: None,
        restarts: Restarts::default(),
        scale_ups: 0,
        scale_downs: 0,
        classes: Vec::new(),
        replicas: ReplicaCounts {
            ready_mean: 3.0,
            ready_min: 3,
            ready_max: 3,
            ..ReplicaCounts::default()
        },
        ..shop.clone()
    };
    Outcome {
        scenario: "black-friday".into(),
        story: "Does target tracking survive a spike on this fleet, and what does an eager target cost?"
            .into(),
        version: "0.1.0".into(),
        seed: 7,
        replication: 0,
        duration_s: DURATION,
        warmup_s: 600.0,
        stopped: "horizon".into(),
        failure: None,
        events: 55_301_220,
        digest: "9f86d081884c7d65".into(),
        workloads: vec![shop, thumbs],
        cluster: ClusterOutcome {
            placement: "best_fit".into(),
            node_scaling: "just_enough".into(),
            nodes_mean: 5.36,
            nodes_max: 9,
            nodes_min: 3,
            nodes_start: 3,
            node_hours: 32.14,
            cost_usd: 12.34,
            cost_usd_per_month: 1501.37,
            launches: 6,
            removals: 6,
            launch_failures: 0,
            interruptions: 0,
            evictions: 0,
            cpu_reserved: 0.612,
            memory_reserved: 0.431,
            gpu_reserved: None,
            gpu_fragmented: None,
            cpu_used: Some(0.418),
            pod_pending: quantiles(52, 1.2),
            images: None,
            gpus: Vec::new(),
            gpu_used: None,
            pools: vec![PoolOutcome {
                name: "general".into(),
                shape: "8cpu-32Gi".into(),
                nodes_mean: 5.36,
                nodes_max: 9,
                node_hours: 32.14,
                cost_usd: 12.34,
                ..PoolOutcome::default()
            }],
        },
        calls: Vec::new(),
        faults: vec![fault()],
        by_hand: Vec::new(),
        objectives: vec![
            ObjectiveOutcome {
                objective: "shop: p99 latency at most 300ms".into(),
                measured: "1.24s".into(),
                value: 1.24,
                bound: 0.3,
                unit: "s".into(),
                met: false,
                over: None,
            },
            ObjectiveOutcome {
                objective: "shop: success at least 99.9%".into(),
                measured: "99.981%".into(),
                value: 0.99981,
                bound: 0.999,
                unit: "ratio".into(),
                met: true,
                over: None,
            },
        ],
        assumptions: vec![
            "A pod takes requests from the moment its readiness probe succeeds.".into(),
            "Network latency between router and pod is zero.".into(),
        ],
        warnings: vec![Warning {
            what: "14 pods waited longer than a minute for a node during the spike.".into(),
            help: "Raise pools.general.nodes.min, or set policies.node_scaling.just_enough.headroom.".into(),
        }],
    }
}

/// The outage in the middle of the day.
fn fault() -> FaultOutcome {
    let once = |mean| Spread {
        count: 1,
        mean,
        max: mean,
    };
    FaultOutcome {
        name: "zone_outage a".into(),
        kind: "zone_outage".into(),
        occurrences: 1,
        unrecovered: 0,
        nodes: 2,
        time_to_detect_s: Some(once(55.0)),
        time_to_recover_s: Some(once(400.0)),
        workloads: vec![FaultedWorkload {
            name: "shop".into(),
            availability: Some(0.625),
            pods_lost: 4,
            requests_lost: 12,
            requests_failed: 100,
            requests_succeeded: 900,
            work_lost_s: 0.0,
        }],
    }
}

/// The same, as a run tells it.
pub(super) fn fault_row() -> FaultRow {
    FaultRow {
        fault: "zone_outage a".into(),
        kind: "zone_outage",
        target: "a".into(),
        began_s: 15_000.0,
        detected_s: Some(15_055.0),
        recovered_s: Some(15_400.0),
        nodes: 2,
        workload: "shop".into(),
        replicas_before: 8,
        availability: Some(0.625),
        pods_lost: 4,
        requests_lost: 12,
        requests_failed: 100,
        requests_succeeded: 900,
        work_lost_s: 0.0,
    }
}

/// No objectives, no requests, no machines.
pub(super) fn silent() -> Outcome {
    let mut outcome = outcome();
    outcome.objectives.clear();
    outcome.warnings.clear();
    outcome.assumptions.clear();
    outcome.faults.clear();
    outcome.cluster = ClusterOutcome::default();
    outcome.workloads.truncate(1);
    for workload in &mut outcome.workloads {
        workload.requests = RequestCounts::default();
        workload.latency = Quantiles::default();
        workload.wait = Quantiles::default();
        workload.utilization = None;
        workload.classes.clear();
    }
    outcome
}

pub(super) fn intervals() -> Intervals {
    let mut intervals = Intervals::new(10);
    let mut add = |scope: &str, name: &str, metric: &str, mean: f64, half: f64| {
        let estimate = Estimate {
            mean,
            ci95: Some((mean - half, mean + half)),
            replications: 10,
        };
        intervals.insert(scope, name, metric, estimate);
    };
    add("cluster", "cluster", "cost", 12.5, 0.6);
    add("cluster", "cluster", "cost_per_month", 1520.0, 73.0);
    add("cluster", "cluster", "nodes_mean", 5.4, 0.3);
    add("workload", "shop", "latency_p50", 0.048, 0.002);
    add("workload", "shop", "latency_p99", 1.21, 0.14);
    intervals
}

pub(super) fn series() -> Series {
    let mut collector = SeriesCollector::default();
    feed(&mut collector);
    collector.finish()
}

pub(super) fn workload_sample(time_s: f64, workload: &str) -> WorkloadSample {
    WorkloadSample {
        time_s,
        workload: workload.into(),
        arrivals_per_s: 100.0,
        completions_per_s: 100.0,
        failures_per_s: 0.0,
        queued_mean: 0.0,
        in_service_mean: 4.0,
        replicas_desired_mean: 3.0,
        replicas_desired_max: 3,
        replicas_ready_mean: 3.0,
        replicas_ready_min: 3,
        replicas_ready_max: 3,
        replicas_starting_mean: 0.0,
        replicas_starting_max: 0,
        replicas_pending_mean: 0.0,
        replicas_pending_max: 0,
        utilization: Some(0.4),
        latency_p50_s: Some(0.2),
        latency_p95_s: Some(0.3),
        latency_p99_s: Some(0.4),
    }
}

pub(super) fn pod(name: &str, workload: &str, created_s: f64) -> PodRow {
    PodRow {
        pod: name.into(),
        workload: workload.into(),
        node: "general-0".into(),
        created_s,
        bound_s: Some(created_s + 1.0),
        pulled_s: Some(created_s + 6.0),
        ready_s: Some(created_s + 18.0),
        terminating_s: None,
        ended_s: None,
        end: "running",
        served: 1000,
        lost: 0,
        utilization: Some(0.7),
        cpu_request_cores: 0.5,
        memory_request_bytes: 1 << 30,
        restarts: 0,
        restarts_oom: 0,
        restarts_probe: 0,
        cpu_throttled_s: None,
        cpu_waited_s: None,
        memory_peak_bytes: Some(700 << 20),
        swap_peak_bytes: 0,
        swapped_s: 0.0,
    }
}

pub(super) fn decision(time_s: f64, action: &'static str) -> DecisionRow {
    DecisionRow {
        time_s,
        last_time_s: time_s,
        count: 1,
        question: "pod_scaling",
        policy: "target_tracking".into(),
        subject: "shop".into(),
        action,
        from: Some(6),
        to: Some(8),
        result: "done".into(),
        reason_code: "utilization_above_target",
        reason: "utilization 0.93 over target 0.70: 6 × 0.93 / 0.70 = 8".into(),
    }
}

/// Fails unless every element is closed in order and every `&` starts an entity.
pub(super) fn assert_well_formed(xml: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = xml;
    while let Some(at) = rest.find('<') {
        let text = &rest[..at];
        assert!(!text.contains('>') || open.is_empty(), "stray > in {text:?}");
        let close = rest[at..]
            .find('>')
            .map(|end| at + end)
            .expect("a tag without an end");
        let tag = &rest[at + 1..close];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "closed out of order");
        } else if !tag.ends_with('/') && !tag.starts_with(['?', '!']) {
            open.push(tag.split_whitespace().next().unwrap_or_default());
        }
        rest = &rest[close + 1..];
    }
    assert!(open.is_empty(), "never closed: {open:?}");
    for part in xml.split('&').skip(1) {
        let entity = part.split(';').next().unwrap_or_default();
        assert!(
            matches!(entity, "amp" | "lt" | "gt" | "quot" | "apos") || entity.starts_with('#'),
            "bare & before {entity:?}"
        );
    }
    assert!(
        !xml.chars().any(|c| c.is_control() && c != '\n'),
        "a control character"
    );
}

/// Set `TONNAGE_REPORT_SAMPLE` to a folder to keep the files and look at them.
#[test]
fn a_finished_run_leaves_a_complete_folder() {
    use super::{PageInput, RunWriter, Tee, compare, compare_page, page, plots, write_outcome};
    let temporary = tempfile::tempdir().unwrap();
    let kept = std::env::var_os("TONNAGE_REPORT_SAMPLE").map(std::path::PathBuf::from);
    let dir = kept.as_deref().unwrap_or(temporary.path());
    let mut tee = Tee::new(RunWriter::create(dir).unwrap(), SeriesCollector::default());
    feed(&mut tee);
    tee.first.finish().unwrap();
    let series = tee.second.finish();
    let (outcome, intervals) = (outcome(), intervals());
    write_outcome(dir, &outcome, Some(&intervals)).unwrap();
    let plots = plots::write_all(&dir.join("plots"), &outcome, &series).unwrap();
    assert_eq!(
        plots,
        ["replicas.svg", "latency.svg", "nodes.svg", "utilization.svg"]
    );
    let command = Some("tonnage run black-friday.yaml --seed 7");
    let input = PageInput {
        outcome: &outcome,
        series: &series,
        intervals: None,
        command,
    };
    page::write(&dir.join("report.html"), &input).unwrap();
    compare_page::write(&dir.join("compare.html"), &compare::tests::sample()).unwrap();
    let mut names: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let expected = [
        "calls.csv",
        "cluster.csv",
        "compare.html",
        "decisions.csv",
        "faults.csv",
        "gpus.csv",
        "jobs.csv",
        "nodes.csv",
        "outcome.json",
        "plots",
        "pods.csv",
        "report.html",
        "summary.csv",
        "timeseries.csv",
    ];
    if kept.is_some() {
        // More to look at.
        let quiet = silent();
        let (empty, with) = (
            Series::default(),
            PageInput {
                intervals: Some(&intervals),
                ..input
            },
        );
        page::write(&dir.join("replications.html"), &with).unwrap();
        page::write(
            &dir.join("silent.html"),
            &PageInput {
                outcome: &quiet,
                series: &empty,
                ..input
            },
        )
        .unwrap();
        return;
    }
    assert_eq!(names, expected);
}
