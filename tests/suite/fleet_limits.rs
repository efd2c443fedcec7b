//! Pods that come and go under limits: quotas of virtual clusters, jobs of several parts, roles and disks of machines, and
//! how few machines are enough.

use crate::cli::{expect, files, tonnage};
use std::fs;
use tempfile::TempDir;

const PODS: &str = "name,arrival,duration,gpu,cluster,nodes\n\
    a1,0,100,8,vision,\na2,1,100,8,vision,\nb1,2,50,8,speech,\nb2,3,20,16,speech,\na3,4,10,4,vision,3\nb4,5,10,99,speech,\n";

fn folder(pods: &str) -> TempDir {
    let dir = tempfile::tempdir().expect("a folder for the test");
    fs::write(dir.path().join("jobs.csv"), pods).expect("the folder is ours");
    dir
}

const BASIC: [&str; 7] = [
    "pack",
    "--pods",
    "jobs.csv",
    "--lifetimes",
    "--policies",
    "best_fit",
    "--node",
];

fn run(dir: &TempDir, more: &[&str]) -> String {
    let output = tonnage(dir.path(), &[&BASIC[..], more].concat());
    expect(&output, 0);
    String::from_utf8(output.stdout).expect("text")
}

fn refused(dir: &TempDir, more: &[&str]) -> String {
    let output = tonnage(dir.path(), &[&BASIC[..], more].concat());
    expect(&output, 2);
    String::from_utf8(output.stderr).expect("text")
}

#[test]
fn virtual_clusters_have_their_own_waits_and_wait_for_their_quotas() {
    let dir = folder(PODS);
    let free = ["gpus=8", "--count", "4", "--queue", "all"];
    insta::assert_snapshot!("fleet_clusters_table", run(&dir, &free[..3]));
    fs::write(
        dir.path().join("quotas.csv"),
        "cluster,gpus\nvision,8\nspeech,\nsound,1\n",
    )
    .expect("ours");
    let quota = [&free[..], &["--quota", "quotas.csv", "--out", "runs"]].concat();
    run(&dir, &quota);
    let written = files(&dir.path().join("runs"));
    insta::assert_snapshot!(
        "fleet_clusters_csv",
        fs::read_to_string(dir.path().join("runs/fleet_clusters.csv")).expect("it is there")
    );
    let page = fs::read_to_string(dir.path().join("runs/report.html")).expect("it is there");
    assert!(
        page.contains("Virtual clusters under"),
        "the page shows them: {:?}",
        written.keys()
    );
    let output = tonnage(dir.path(), &[&BASIC[..], &quota].concat());
    let said = String::from_utf8(output.stderr).expect("text");
    assert!(said.contains("no pod is of the cluster `sound`"), "{said}");
    let shares = run(
        &dir,
        &[&free[..], &["--quota", "demand", "--format", "json"]].concat(),
    );
    let json: serde_json::Value = serde_json::from_str(&shares).expect("JSON");
    let of = &json["virtual_clusters"][0];
    assert_eq!(of["cluster"], "vision");
    assert!(of["quota_gpus"].as_f64().is_some_and(|gpus| gpus < 32.0), "{of}");
}

#[test]
fn a_job_is_too_large_only_for_the_whole_fleet() {
    let dir = folder(PODS);
    let csv = run(&dir, &["gpus=8", "--count", "4", "--format", "csv"]);
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header = reader.headers().expect("there is one").clone();
    let row = reader.records().next().expect("a row").expect("fields");
    let of = |name: &str| row[header.iter().position(|known| known == name).expect(name)].to_owned();
    assert_eq!(of("too_large"), "1", "99 GPUs of 32");
    assert_eq!(of("gangs"), "2", "16 GPUs on two machines, and three nodes");
    assert_eq!(of("cpu_alloc_mean_pct"), "", "nobody asks for CPU");
    assert_eq!(of("memory_alloc_mean_pct"), "", "nor for memory");
    assert_ne!(of("gpu_alloc_mean_pct"), "");
}

#[test]
fn roles_disks_and_cards_limit_where_pods_go() {
    let dir = folder(
        "instance_sn,role,cpu_request,gpu_request,rdma_request,memory_request,disk_request,creation_time,deletion_time\n\
         i1,HN,8,1,25,32,100,0,50\ni2,CN,8,0,1,32,100,1,50\ni3,CN,8,0,100,32,100,2,50\ni4,CN,8,0,1,32,900,3,50\n\
         i5,XX,8,0,1,32,100,4,50\n",
    );
    let kinds = [
        "role=HN,cpu=64,memory=1Ti,gpus=1,disk=1Ti,rdma=100",
        "--count",
        "2",
        "--node",
        "role=CN,cpu=64,memory=1Ti,disk=500Gi,rdma=100",
        "--count",
        "1",
    ];
    let output = tonnage(dir.path(), &[&BASIC[..], &kinds, &["--format", "csv"]].concat());
    expect(&output, 0);
    let csv = String::from_utf8(output.stdout).expect("text");
    insta::assert_snapshot!("fleet_roles_csv", csv);
    let said = String::from_utf8(output.stderr).expect("text");
    assert!(said.contains("no machine has the role `XX`"), "{said}");
    let said = refused(&dir, &["cpu=64", "--count", "2", "--node", "cpu=32"]);
    assert!(said.contains("one --count for each --node"), "{said}");
}

#[test]
fn the_fewest_machines_are_searched_for_by_policy_and_queue() {
    let pods: String = (0..60)
        .map(|job| {
            format!(
                "j{job},{},{},{}\n",
                job * 40,
                300 + 37 * (job % 11),
                [1, 2, 4, 8, 16][job % 5]
            )
        })
        .collect();
    let dir = folder(&format!("name,arrival,duration,gpu\n{pods}"));
    let search = ["gpus=8,price=2.5", "--fewest-nodes", "p95=5m", "--queue", "all"];
    let csv = run(
        &dir,
        &[&search[..], &["--format", "csv", "--out", "found"]].concat(),
    );
    insta::assert_snapshot!("fewest_nodes_csv", csv);
    let found: Vec<_> = files(&dir.path().join("found")).into_keys().collect();
    assert_eq!(
        found,
        [
            "fewest_nodes.csv",
            "plots/waits.svg",
            "report.html",
            "tried_nodes.csv"
        ]
    );
    assert_eq!(
        csv,
        run(
            &dir,
            &[&search[..], &["--format", "csv", "--threads", "1"]].concat()
        ),
        "the number of threads changes nothing"
    );
    // The answer does what it says, and one fewer does not.
    let answer: u64 = csv
        .lines()
        .nth(1)
        .and_then(|row| row.split(',').nth(5))
        .expect("a number")
        .parse()
        .expect("whole");
    let p95 = |count: u64| {
        let count = count.to_string();
        let csv = run(&dir, &["gpus=8", "--count", &count, "--format", "csv"]);
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let at = reader
            .headers()
            .expect("there is one")
            .iter()
            .position(|name| name == "wait_p95_s");
        let row = reader.records().next().expect("a row").expect("fields");
        row[at.expect("it is there")].parse::<f64>().expect("seconds")
    };
    assert!(p95(answer) <= 300.0 && p95(answer - 1) > 300.0);
}

#[test]
fn wrong_limits_and_quotas_are_told_with_what_was_expected() {
    let dir = folder(PODS);
    for (limit, expected) in [
        ("p95", "WAIT=DURATION"),
        ("p0=1m", "p1 to p99 or max"),
        ("median=1m", "p1 to p99 or max"),
        ("p95=fast", "p95=10m"),
    ] {
        let said = refused(&dir, &["gpus=8", "--fewest-nodes", limit]);
        assert!(said.contains(expected), "{limit}: {said}");
    }
    fs::write(
        dir.path().join("quotas.csv"),
        "cluster,gpus\nvision,-8\nspeech,x\nvision,1\n",
    )
    .expect("ours");
    let said = refused(&dir, &["gpus=8", "--count", "4", "--quota", "quotas.csv"]);
    for line in ["quotas.csv:2:", "quotas.csv:3:", "quotas.csv:4:"] {
        assert!(said.contains(line), "{line} is not told: {said}");
    }
    fs::write(
        dir.path().join("jobs.csv"),
        "name,arrival,duration,gpu\na,0,1,1\n",
    )
    .expect("ours");
    let said = refused(&dir, &["gpus=8", "--count", "4", "--quota", "demand"]);
    assert!(said.contains("no virtual cluster"), "{said}");
    fs::write(
        dir.path().join("jobs.csv"),
        "name,arrival,duration,gpu,nodes,tasks\na,0,1,1,0,\nb,0,1,1,2,3\nc,0,1,1,,999999\n",
    )
    .expect("ours");
    let said = refused(&dir, &["gpus=8", "--count", "4"]);
    for line in ["jobs.csv:2:", "jobs.csv:3:", "jobs.csv:4:"] {
        assert!(said.contains(line), "{line} is not told: {said}");
    }
}
