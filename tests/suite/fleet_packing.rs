//! Pods onto fleets with GPUs: the published numbers of the FGD paper, and what hostile files are told.

use crate::cli::{expect, files, tonnage};
use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use tempfile::TempDir;
use tonnage::experiment::{Settings, inflate};
use tonnage::input::fleet::{FleetFiles, Published, read, read_published};
use tonnage::input::{Diagnostics, Sources};
use tonnage::policy::catalog::Catalog;
use tonnage::policy::placement::fleet::FleetPacker;
use tonnage::report::fleet::{FleetPolicyRuns, Level, PublishedDifference};
use tonnage::sim::packing::{Inflation, InflationOutcome};

/// A file of the folder that the variable names, or of the folder beside the repository; says so if it is absent.
fn shared(variable: &str, folder: &str, file: &str) -> Option<PathBuf> {
    let named = std::env::var_os(variable).map(PathBuf::from);
    let beside = || {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../shared")
            .join(folder)
    };
    let path = named.unwrap_or_else(beside).join(file);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is not there; set {variable}", path.display());
    None
}

fn openb(file: &str) -> Option<PathBuf> {
    shared("TONNAGE_TRACES", "traces", &format!("alibaba_gpu_v2023/{file}"))
}

fn given(nodes: &Path, pods: &Path) -> FleetFiles {
    let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
    let files = read(nodes, pods, &mut sources, &mut diagnostics);
    assert!(!diagnostics.has_errors(), "{}", diagnostics.render(&sources));
    files.expect("nothing is wrong with it")
}

/// The policies of the paper, by name.
fn paper() -> Vec<(&'static str, FleetPacker)> {
    let entries = Catalog::standard().fleet_packing;
    let six = entries
        .iter()
        .filter(|entry| entry.name.starts_with('0') && entry.name.contains('-'));
    let built = six.map(|entry| {
        let policy = (entry.build)(serde_json::Value::Null).expect("they take no parameters");
        (entry.name, FleetPacker::Scored(policy))
    });
    built.collect()
}

fn packed(inflation: &Inflation, seeds: &[u64], threads: usize) -> Vec<Vec<Option<InflationOutcome>>> {
    let policies: Vec<_> = paper().into_iter().map(|(_, policy)| policy).collect();
    let settings = Settings {
        threads: NonZeroUsize::new(threads).expect("at least one"),
        cancelled: &AtomicBool::new(false),
        progress: &|_| {},
    };
    inflate(inflation, &policies, seeds, &settings)
}

/// Were one rule of one policy, the order of pods, the filters or the measure of fragmentation another than the paper's,
/// some mean would leave its published place.
#[test]
fn the_published_means_of_the_fgd_paper_are_met_at_every_percentage() {
    let (Some(nodes), Some(pods), Some(published)) = (
        openb("openb_node_list_gpu_node.csv"),
        openb("openb_pod_list_default.csv"),
        shared("TONNAGE_PAPERS", "papers", "fgd.json"),
    ) else {
        return;
    };
    let files = given(&nodes, &pods);
    let inflation = Inflation::new(files.nodes, files.pods);
    let typical = inflation.typical();
    assert_eq!((typical.len(), typical.distinct()), (35, 91), "kinds of pods");
    let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
    let published: Published =
        read_published(&published, &mut sources, &mut diagnostics).expect("it is sound");
    let seeds: Vec<u64> = (42..52).collect();
    let outcomes = packed(&inflation, &seeds, 2);
    let runs: BTreeMap<&str, FleetPolicyRuns> = paper()
        .into_iter()
        .zip(outcomes)
        .map(|((name, _), outcomes)| {
            let whole = outcomes
                .into_iter()
                .map(|outcome| outcome.expect("nobody stops it"));
            let runs = FleetPolicyRuns {
                name: name.to_owned(),
                runs: seeds.iter().copied().zip(whole).collect(),
            };
            (name, runs)
        })
        .collect();
    let rows: Vec<PublishedDifference> = published
        .points
        .iter()
        .filter_map(|point| {
            let level = Level {
                mean: point.mean,
                sd: point.sd,
            };
            let runs = &runs[point.policy.as_str()];
            PublishedDifference::of(runs, &point.metric, point.arrived_pct, level, published.seeds)
        })
        .collect();
    assert_eq!(rows.len(), 6 * 3 * 20, "policies, numbers and percentages");
    let outside: Vec<_> = rows.iter().filter(|row| !row.is_within()).collect();
    assert!(outside.is_empty(), "{outside:#?}");
}

/// The other variants of the trace have columns of their own, and pods that ask for models.
#[test]
fn every_variant_of_the_trace_and_other_fleets_are_packed() {
    let (Some(nodes), Some(all), Some(default), Some(specs), Some(multi)) = (
        openb("openb_node_list_gpu_node.csv"),
        openb("openb_node_list_all_node.csv"),
        openb("openb_pod_list_default.csv"),
        openb("openb_pod_list_gpuspec33.csv.gz"),
        openb("openb_pod_list_multigpu50.csv.gz"),
    ) else {
        return;
    };
    for (nodes, pods, machines, count) in [
        (&nodes, &specs, 1213, 8152),
        (&nodes, &multi, 1213, 9061),
        (&all, &default, 1523, 8152),
    ] {
        let files = given(nodes, pods);
        assert!(files.is_openb, "{}", pods.display());
        assert_eq!((files.nodes.len(), files.pods.len()), (machines, count));
        let inflation = Inflation::new(files.nodes, files.pods);
        assert_eq!(inflation.gpus(), 6212);
        for outcome in packed(&inflation, &[42], 2).into_iter().flatten() {
            let outcome = outcome.expect("nobody stops it");
            let end = outcome.curve.at(130).expect("130 % arrive");
            assert!((75.0..100.0).contains(&end.alloc_pct), "{}", end.alloc_pct);
            assert!(
                outcome.placed < outcome.arrived,
                "more is asked for than there is"
            );
        }
    }
}

/// A small fleet in openb's format.
fn small() -> TempDir {
    let folder = TempDir::new().unwrap();
    let mut nodes = String::from("sn,cpu_milli,memory_mib,gpu,model\n");
    let mut pods = String::from("name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec\n");
    for index in 0..12 {
        let (gpus, model) = [(2, "T4"), (8, "G2"), (0, "")][index % 3];
        nodes += &format!(
            "node-{index:02},{},262144,{gpus},{model}\n",
            32_000 + index * 1000
        );
    }
    for index in 0..90 {
        let (count, milli) = [(1, 300), (1, 1000), (2, 1000), (0, 0), (1, 510)][index % 5];
        let spec = if index % 7 == 1 { "G2|T4" } else { "" };
        pods += &format!(
            "pod-{index:02},{},1024,{count},{milli},{spec}\n",
            1000 + index % 4 * 500
        );
    }
    fs::write(folder.path().join("nodes.csv"), nodes).unwrap();
    fs::write(folder.path().join("pods.csv"), pods).unwrap();
    folder
}

const PACK: [&str; 5] = ["pack", "--nodes", "nodes.csv", "--pods", "pods.csv"];

fn pack(folder: &TempDir, more: &[&str]) -> std::process::Output {
    tonnage(folder.path(), &[&PACK[..], more].concat())
}

/// Threads take work as they are free: nothing they do may show.
#[test]
fn any_number_of_threads_writes_the_same_bytes() {
    let folder = small();
    let one = pack(
        &folder,
        &[
            "--seeds",
            "3",
            "--threads",
            "1",
            "--format",
            "csv",
            "--out",
            "one",
        ],
    );
    let four = pack(
        &folder,
        &[
            "--seeds",
            "3",
            "--threads",
            "4",
            "--format",
            "csv",
            "--out",
            "four",
        ],
    );
    expect(&one, 0);
    assert_eq!(one.stdout, four.stdout);
    assert_eq!(
        files(&folder.path().join("one")),
        files(&folder.path().join("four"))
    );
    let names: Vec<_> = files(&folder.path().join("one")).into_keys().collect();
    assert!(names.contains(&"fleet.csv".to_owned()), "{names:?}");
    assert!(names.contains(&"report.html".to_owned()), "{names:?}");
    let csv = String::from_utf8(one.stdout).unwrap();
    let mut lines = csv.lines();
    assert!(
        lines
            .next()
            .unwrap_or_default()
            .starts_with("policy,seed,arrived_pct,alloc_pct,frag_pct"),
        "the header is a promise"
    );
    let percents: Vec<u32> = lines
        .filter_map(|line| line.strip_prefix("06-FGD,42,")?.split(',').next()?.parse().ok())
        .collect();
    // A pod asks for some percent of so small a fleet: not every percentage has one.
    assert!(
        percents.len() > 60 && percents.last() > Some(&125),
        "{percents:?}"
    );
    assert!(percents.is_sorted_by(|a, b| a < b), "each once, in order");
}

#[test]
fn the_answer_comes_first() {
    let folder = small();
    let output = pack(&folder, &["--seeds", "2"]);
    expect(&output, 0);
    insta::assert_snapshot!(String::from_utf8(output.stdout).unwrap());
}

/// Whoever misspells a policy or a model, or has a row that cannot be, is told everything at once, and nothing is written.
#[test]
fn bad_input_is_told_row_by_row_and_nothing_is_written() {
    let folder = small();
    let output = pack(&folder, &["--policies", "06-FDG", "--out", "out"]);
    expect(&output, 2);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("did you mean `06-FGD`?"), "{told}");
    let path = folder.path().join("pods.csv");
    let mut pods = fs::read_to_string(&path).unwrap();
    pods += "pod-00,1000,10,1,500,\nlarge,900000,10,0,0,\nmany,1000,10,2,500,\nless,-1,10,0,0,\n\
             model,1000,10,1,500,T5\nshort,1\n";
    fs::write(&path, pods).unwrap();
    let output = pack(&folder, &["--out", "out"]);
    expect(&output, 2);
    assert!(output.stdout.is_empty(), "nothing is shown of bad input");
    assert!(!folder.path().join("out").exists(), "and nothing is written");
    insta::assert_snapshot!(String::from_utf8(output.stderr).unwrap());
}

/// The rules of the catalog that serve clusters serve fleets as well, and draw the same whoever asks.
#[test]
fn every_rule_of_the_catalog_packs_a_fleet() {
    let folder = small();
    let names: Vec<_> = Catalog::standard()
        .placement
        .iter()
        .filter_map(|entry| {
            let placer = (entry.build)(serde_json::Value::Null).ok()?;
            placer.rule().map(|_| entry.name)
        })
        .collect();
    assert!(names.len() > 5, "{names:?}");
    let output = pack(
        &folder,
        &["--policies", &names.join(","), "--seeds", "2", "--format", "json"],
    );
    expect(&output, 0);
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for (policy, name) in told["policies"].as_array().unwrap().iter().zip(&names) {
        assert_eq!(policy["policy"], *name);
        let end = policy["alloc_pct"]["100"]["mean"].as_f64().unwrap();
        assert!((60.0..=100.0).contains(&end), "{name} allocates {end} %");
    }
}

/// Two racks of machines with two cells: tables, a page and pictures of them, the same each time.
#[test]
fn machines_with_numa_cells_are_a_table_a_page_and_pictures() {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write(
        "machines.csv",
        "name,rack,CPU1,RAM1,CPU2,RAM2\np-1,r-1,16,32,16,32\np-2,r-1,16,32,16,32\np-3,r-2,8,16,8,16\n",
    );
    write(
        "vms.csv",
        "name,cpu,memory_gib,cells\na,12,24,1\nb,24,48,2\nc,12,8,1\nd,8,16,1\ne,32,64,2\n",
    );
    let run = |out: &str| {
        let output = tonnage(
            folder.path(),
            &[
                "pack",
                "--nodes",
                "machines.csv",
                "--pods",
                "vms.csv",
                "--out",
                out,
                "--quiet",
            ],
        );
        expect(&output, 0);
        let read = |name: &str| {
            fs::read_to_string(folder.path().join(out).join(name)).unwrap_or_else(|_| panic!("no {name}"))
        };
        ["numa.csv", "report.html", "plots/placed.svg", "plots/cells.svg"].map(read)
    };
    let files = run("first");
    assert_eq!(files, run("second"));
    let [csv, page, placed, cells] = files;
    assert!(csv.starts_with("policy,seed,vms,placed,"), "{csv}");
    let answer = page
        .split("<h1>")
        .nth(1)
        .and_then(|rest| rest.split("</h1>").next());
    assert!(
        answer.unwrap().contains("places most: 4 of 5 virtual machines"),
        "{answer:?}"
    );
    assert!(placed.contains("refused: full") && placed.contains("Placed of 5 virtual machines"));
    assert!(cells.contains("2 × 16 CPUs, 32 GiB (2)") && cells.contains("2 × 8 CPUs, 16 GiB (1)"));
}

/// The Huawei set: every virtual machine is placed or counted under what stood in its way.
#[test]
fn machines_with_numa_cells_take_virtual_machines_that_keep_together_or_apart() {
    let file = |name: &str| {
        shared(
            "TONNAGE_TRACES",
            "traces",
            &format!("huawei_vm_placement_numa/{name}"),
        )
    };
    let (Some(machines), Some(vms)) = (file("PM_res.csv"), file("VM_data_C2.csv")) else {
        return;
    };
    let folder = TempDir::new().unwrap();
    let (machines, vms) = (machines.display().to_string(), vms.display().to_string());
    let output = tonnage(
        folder.path(),
        &["pack", "--nodes", &machines, "--pods", &vms, "--format", "json"],
    );
    expect(&output, 0);
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (told["machines"].as_u64(), told["vms"].as_u64()),
        (Some(1710), Some(4998))
    );
    let policies = told["policies"].as_array().unwrap();
    assert!(policies.len() > 5, "{policies:?}");
    for policy in policies {
        let count = |name: &str| policy[name].as_u64().unwrap();
        let refused = count("refused_full") + count("refused_cells") + count("refused_group");
        assert_eq!(count("placed") + refused, 4998, "{policy}");
        let cpu = policy["cpu_alloc_pct"].as_f64().unwrap();
        let stranded = policy["stranded_cpu_pct"].as_f64().unwrap();
        assert!(cpu > 30.0 && cpu + stranded <= 100.0, "{policy}");
    }
}
