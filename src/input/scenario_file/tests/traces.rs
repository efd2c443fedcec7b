//! Files that a scenario names: found, checked, missing.

use super::super::{LoadOptions, load_file};
use super::{read, small};
use crate::input::Limits;
use crate::policy::catalog::Catalog;
use std::fs;
use std::path::Path;

/// `small` with the arrivals of its load replaced.
fn with_arrivals(arrivals: &str) -> String {
    small("").replace("{poisson: {rate: 10/s}}", arrivals)
}

fn refusal(text: &str, base: &Path) -> (String, bool) {
    let refused = read(text, base, &[]).expect_err("it must be refused");
    (
        refused.render().replace(&base.display().to_string(), "BASE"),
        refused.missing_trace,
    )
}

#[test]
fn a_missing_trace_says_where_to_get_it() {
    let text =
        with_arrivals("{number_list: {file: nasa.txt, source: 'https://ita.ee.lbl.gov', licence: free use}}");
    let folder = tempfile::tempdir().unwrap();
    let (text, missing) = refusal(&text, folder.path());
    assert!(missing);
    insta::assert_snapshot!(text, @"");
}

#[test]
fn a_trace_is_found_beside_the_file_or_in_the_folder_of_traces_and_its_checksum_holds() {
    let (beside, traces) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::create_dir(traces.path().join("nasa")).unwrap();
    fs::write(traces.path().join("nasa/a.txt"), "3 4 5\n").unwrap();
    let sum = "4c33f9d5b1fa4a5ee6a2ea9b2c0d3a4ae04b5d64c6c5bd3e9c8f4d5f6a7b8c9d";
    let text = with_arrivals(&format!(
        "{{number_list: {{file: nasa/a.txt, interval: 1m, sha256: {sum}}}}}"
    ));
    fs::write(beside.path().join("x.yaml"), &text).unwrap();
    let catalog = Catalog::standard();
    let load = |name: &str| {
        let options = LoadOptions {
            catalog: &catalog,
            overrides: &[],
            traces: Some(traces.path().to_owned()),
            limits: Limits::default(),
        };
        load_file(&beside.path().join(name), &options)
    };
    let refused = load("x.yaml").expect_err("the checksum is wrong");
    assert!(!refused.missing_trace);
    let message = refused.diagnostics.sorted()[0].message.clone();
    let (_, found) = message.rsplit_once(' ').unwrap();
    assert_eq!(found.len(), 64, "{message}");
    fs::write(
        beside.path().join("y.yaml"),
        text.replace(sum, &found.to_uppercase()),
    )
    .unwrap();
    let loaded = load("y.yaml").unwrap_or_else(|refused| panic!("{}", refused.render()));
    assert!(loaded.scenario.assumptions[0].contains("replays nasa/a.txt"));
    assert_eq!(
        loaded.scenario.workloads[0].loads[0].1.spec.length(),
        Some(crate::engine::Span::from_secs(180))
    );
}

#[test]
fn an_unsound_trace_is_reported_with_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("r.csv"),
        "timestamp,class\n1,all\n0.5,all\nx,\n",
    )
    .unwrap();
    let (text, missing) = refusal(&with_arrivals("{requests: {file: r.csv}}"), folder.path());
    assert!(!missing);
    insta::assert_snapshot!(text, @"");
}

#[test]
fn measured_times_and_price_lists_come_from_files() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("d.txt"), "0.1 0.2\n0.3\n").unwrap();
    fs::write(
        folder.path().join("p.csv"),
        "name,cpu,memory_gib,usd_per_hour\nbox,4,8,0.25\n",
    )
    .unwrap();
    let text = small("cluster: {prices: p.csv, pools: [{name: a, shape: box, nodes: 1}]}\n")
        .replace("demand: 40ms", "demand: {empirical: {file: d.txt}}");
    let loaded = read(&text, folder.path(), &[]).unwrap_or_else(|refused| panic!("{}", refused.render()));
    assert_eq!(loaded.scenario.pools[0].shape.capacity.cpu_milli, 4000);
    let demand = &loaded.scenario.workloads[0].serving.classes[0].demand;
    assert!((demand.mean() - 0.2).abs() < 1e-12);

    fs::write(
        folder.path().join("p.csv"),
        "name,cpu,memory_gib,usd_per_hour\nbox,four,8,0.25\n",
    )
    .unwrap();
    fs::write(folder.path().join("d.txt"), "0.1 -2\n").unwrap();
    insta::assert_snapshot!(refusal(&text, folder.path()).0, @"");
}
