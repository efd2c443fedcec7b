//! Pods that come to a fleet, wait, run and go: real traces, and the command.

use crate::cli::{expect, files, tonnage};
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use tempfile::TempDir;
use tonnage::experiment::{DynamicPolicy, Settings, run_fleet};
use tonnage::input::fleet::{LifetimeFiles, MachineNames, Machines, read_lifetimes};
use tonnage::input::{Diagnostics, Sources};
use tonnage::model::fleet::{FleetNode, Side};
use tonnage::model::gpu::ModelSet;
use tonnage::model::packing::index::Order;
use tonnage::sim::packing::dynamic::{DynamicFleet, DynamicOutcome, Level, Queue, Quota, VirtualCluster};

/// A file of the traces; says so if it is absent.
fn trace(file: &str) -> Option<PathBuf> {
    let named = std::env::var_os("TONNAGE_TRACES").map(PathBuf::from);
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/traces");
    let path = named.unwrap_or_else(beside).join(file);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is not there; set TONNAGE_TRACES", path.display());
    None
}

fn read(machines: Machines<'_>, pods: &Path) -> LifetimeFiles {
    let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
    let files = read_lifetimes(machines, pods, &mut sources, &mut diagnostics);
    assert!(!diagnostics.has_errors(), "{}", diagnostics.render(&sources));
    files.expect("nothing is wrong with it")
}

fn read_alike(node: FleetNode, count: usize, pods: &Path) -> LifetimeFiles {
    read(Machines::Alike(&[(node, count)], &MachineNames::default()), pods)
}

fn with_clusters(files: LifetimeFiles) -> DynamicFleet {
    let cluster = |name: String| VirtualCluster {
        name,
        quota: Quota::UNLIMITED,
    };
    let clusters = files.clusters.into_iter().map(cluster).collect();
    DynamicFleet::with_clusters(files.nodes, files.pods, clusters)
}

fn machine(cpu: u64, memory_mib: u64, gpus: usize) -> FleetNode {
    FleetNode {
        name: "node".to_owned(),
        cpu_milli: cpu * 1000,
        memory_mib,
        pods: u32::MAX,
        gpus,
        model: ModelSet::NONE,
        side: Side::UNLIMITED,
    }
}

fn outcomes(fleet: &DynamicFleet, queues: &[Queue]) -> Vec<DynamicOutcome> {
    let cases: Vec<_> = queues
        .iter()
        .map(|&queue| (DynamicPolicy::Order(Order::LeastLeft), queue))
        .collect();
    let run = |threads| {
        let settings = Settings {
            threads: NonZeroUsize::new(threads).expect("more than none"),
            cancelled: &AtomicBool::new(false),
            progress: &|_| {},
        };
        run_fleet(fleet, &cases, 42, &settings)
    };
    let found = run(1);
    assert_eq!(found, run(2), "the number of threads changes nothing");
    let found: Vec<_> = found.into_iter().flatten().collect();
    for outcome in &found {
        let counted = outcome.started + outcome.too_large + outcome.over_quota + outcome.never_room;
        assert_eq!(outcome.pods, counted, "every pod has one fate");
        assert!(
            outcome.mean(Level::Nodes) >= outcome.mean(Level::NodesBound),
            "below the bound"
        );
        for (resource, level) in [Level::Cpu, Level::Memory, Level::Gpu].into_iter().enumerate() {
            assert!(
                outcome.peak(level) <= fleet.capacity()[resource],
                "more than there is of {level:?}"
            );
        }
    }
    found
}

/// The numbers of openb, as published, and its whole fleet: 149 days, and nobody has to wait long.
#[test]
fn openb_with_its_own_times_finds_room_on_its_own_fleet() {
    let (Some(nodes), Some(pods)) = (
        trace("alibaba_gpu_v2023/openb_node_list_all_node.csv"),
        trace("alibaba_gpu_v2023/openb_pod_list_default.csv"),
    ) else {
        return;
    };
    let files = read(Machines::File(&nodes), &pods);
    let fleet = DynamicFleet::new(files.nodes, files.pods);
    let found = outcomes(&fleet, &[Queue::Fifo]);
    assert_eq!(
        (found[0].pods, found[0].too_large, found[0].never_room),
        (8152, 0, 0)
    );
    assert!(found[0].mean(Level::Fragmented) > 0.0);
    assert!(
        found[0].demand_bound <= 1523,
        "the real fleet was enough: {}",
        found[0].demand_bound
    );
}

/// Philly's jobs on machines of 8 GPUs, as many as are too few at times: backfilling shortens waits, and does so without
/// holding up the first in line.
#[test]
fn philly_waits_less_with_backfilling() {
    let Some(pods) = trace("philly_2017/philly.csv.gz") else {
        return;
    };
    let node = machine(1 << 20, 0, 8);
    let mut files = read_alike(node, 250, &pods);
    files.pods.truncate(20_000);
    let fleet = with_clusters(files);
    let found = outcomes(&fleet, &[Queue::Fifo, Queue::Backfill, Queue::Conservative]);
    let (fifo, backfill, conservative) = (&found[0], &found[1], &found[2]);
    for outcome in &found {
        assert_eq!(
            outcome.too_large, 0,
            "the fleet as a whole has room for every job"
        );
        assert!(outcome.gangs > 0, "some ask for more GPUs than a machine has");
        assert!(outcome.clusters.len() > 10, "virtual clusters are known");
        let started: u64 = outcome.clusters.iter().map(|cluster| cluster.started).sum();
        assert_eq!(started, outcome.started, "every job is of one of them");
    }
    assert!(
        conservative.waits.mean_s <= fifo.waits.mean_s,
        "{:?} {:?}",
        conservative.waits,
        fifo.waits
    );
    assert!(
        backfill.waits.mean_s <= fifo.waits.mean_s,
        "{:?} {:?}",
        backfill.waits,
        fifo.waits
    );
    assert!(backfill.peak(Level::Gpu) <= 2_000_000);
}

#[test]
fn lisa_and_dlrm_are_read_and_run() {
    if let Some(pods) = trace("surf_lisa_2022/surf_week_tasks.csv.gz") {
        let files = read_alike(machine(16, 96_000, 0), 200, &pods);
        let fleet = DynamicFleet::new(files.nodes, files.pods);
        let found = outcomes(&fleet, &[Queue::Fifo, Queue::Any]);
        assert_eq!(found[0].pods, 6295);
        assert_eq!(found[0].never_room, 0);
    }
    if let Some(pods) = trace("alibaba_dlrm_v2025/disaggregated_DLRM_trace.csv.gz") {
        let files = read_alike(machine(128, 1 << 20, 1), 4000, &pods);
        let limited = files
            .pods
            .iter()
            .filter(|pod| pod.spread.is_some_and(|spread| spread.most < u32::MAX));
        assert_eq!(limited.count(), 11_623, "pods with a limit a machine");
        let fleet = DynamicFleet::new(files.nodes, files.pods);
        let found = outcomes(&fleet, &[Queue::Any]);
        assert_eq!(found[0].pods, 23_871);
    }
}

const NODES: &str = "name,cpu,memory_gib,gpus\na,8,64,2\nb,8,64,0\n";
const PODS: &str = "name,arrival,duration,cpu,memory_gib,gpu,gpu_milli,priority\n\
    p1,0,100,6,8,0,0,0\np2,1,100,6,8,0,0,0\np3,2,50,8,8,0,0,0\np4,3,20,2,8,1,500,9\np5,4,200,2,8,1,300,0\n";

fn folder() -> TempDir {
    let dir = tempfile::tempdir().expect("a folder for the test");
    fs::write(dir.path().join("nodes.csv"), NODES).expect("the folder is ours");
    fs::write(dir.path().join("pods.csv"), PODS).expect("the folder is ours");
    dir
}

const BASIC: [&str; 6] = [
    "pack",
    "--nodes",
    "nodes.csv",
    "--pods",
    "pods.csv",
    "--lifetimes",
];

fn run(dir: &TempDir, more: &[&str]) -> String {
    let output = tonnage(dir.path(), &[&BASIC[..], more].concat());
    expect(&output, 0);
    String::from_utf8(output.stdout).expect("text")
}

fn refused(dir: &TempDir, args: &[&str]) -> String {
    let output = tonnage(dir.path(), args);
    expect(&output, 2);
    String::from_utf8(output.stderr).expect("text")
}

#[test]
fn the_command_shows_every_queue_as_table_and_csv() {
    let dir = folder();
    let more = ["--policies", "best_fit", "--queue", "all"];
    insta::assert_snapshot!("fleet_runs_table", run(&dir, &more));
    insta::assert_snapshot!(
        "fleet_runs_csv",
        run(&dir, &[&more[..], &["--format", "csv"]].concat())
    );
}

#[test]
fn every_policy_runs_and_the_folder_holds_page_rows_and_pictures() {
    let dir = folder();
    let out = run(&dir, &["--out", "runs", "--format", "csv"]);
    for policy in [
        "first_fit",
        "best_fit",
        "worst_fit",
        "next_fit",
        "round_robin",
        "gpu_packing",
        "06-FGD",
    ] {
        let is_of = |line: &str| line.starts_with(&format!("{policy},fifo,"));
        assert!(out.lines().any(is_of), "{policy} is missing:\n{out}");
    }
    let alone = run(&dir, &["--threads", "1", "--format", "csv"]);
    assert_eq!(out, alone, "the number of threads changes nothing");
    let found: Vec<_> = files(&dir.path().join("runs")).into_keys().collect();
    let expected = [
        "fleet_runs.csv",
        "fleet_timeseries.csv",
        "plots/allocation.svg",
        "plots/fragmentation.svg",
        "plots/nodes.svg",
        "plots/waiting.svg",
        "report.html",
    ];
    assert_eq!(found, expected);
    run(&dir, &["--out", "runs", "--policies", "best_fit"]);
}

#[test]
fn mistakes_on_the_command_line_are_told_with_what_was_meant() {
    let dir = folder();
    let told = refused(&dir, &[&BASIC[..], &["--queue", "backfil"]].concat());
    assert!(told.contains("`backfill`"), "the nearest name is offered: {told}");
    let node = "cpus=4,memory=x,gpus=99";
    let told = refused(
        &dir,
        &[
            "pack",
            "--node",
            node,
            "--count",
            "2",
            "--pods",
            "pods.csv",
            "--lifetimes",
        ],
    );
    for part in ["is cpu meant?", "memory", "at most 64"] {
        assert!(told.contains(part), "{part} is not told: {told}");
    }
    let told = refused(&dir, &["pack", "--pods", "pods.csv", "--lifetimes"]);
    assert!(told.contains("--nodes"), "machines are asked for: {told}");
    fs::write(
        dir.path().join("pods.csv"),
        "name,arrival,duration,cpu\na,x,1,1\nb,1,1,-1\n",
    )
    .expect("ours");
    let told = refused(&dir, &[&BASIC[..], &["--out", "runs"]].concat());
    assert!(
        told.contains("pods.csv:2:") && told.contains("pods.csv:3:"),
        "both rows are named: {told}"
    );
    assert!(!dir.path().join("runs").exists(), "nothing is written");
}
