//! What is shown of two small packings.

use super::*;
use crate::report::sample::assert_well_formed;
use crate::sim::packing::{Curve, Filled, InflationOutcome, Measured, Point};

fn outcome(alloc_pct: f64) -> InflationOutcome {
    let mut curve = Curve::default();
    for percent in [0, 50, 100, 130] {
        curve.add(
            f64::from(percent),
            Point {
                alloc_pct: f64::from(percent).min(alloc_pct),
                frag_pct: (100.0 - alloc_pct) * 0.8,
                frag_ratio_pct: 80.0,
                cpu_pct: 40.0,
                memory_pct: 30.0,
                refused: 2.5,
            },
        );
    }
    InflationOutcome {
        curve,
        arrived: 120,
        placed: 110,
        at_full: Filled {
            cpu_pct: vec![50.0, 100.0],
            devices: vec![vec![1000, 300], vec![]],
        },
    }
}

pub(super) fn sample() -> FleetTable {
    let label = |name: &str, group: &str| MachineLabel {
        name: name.to_owned(),
        group: group.to_owned(),
    };
    let runs = |name: &str, alloc: [f64; 2]| FleetPolicyRuns {
        name: name.to_owned(),
        runs: vec![(42, outcome(alloc[0])), (43, outcome(alloc[1]))],
    };
    FleetTable {
        title: "pods.csv on nodes.csv".to_owned(),
        policies: vec![runs("01-Random", [86.0, 87.0]), runs("06-FGD", [95.25, 95.75])],
        measured: Measured::Gpu,
        gpus: 200,
        machines: vec![label("a", "2 × T4"), label("b", "no GPU")],
        pods: 90,
        typical: (3, 5),
        published: None,
        version: "0.0.0".to_owned(),
        command: "tonnage pack --nodes nodes.csv --pods pods.csv".to_owned(),
    }
}

#[test]
fn terminal_text_opens_with_the_answer() {
    insta::assert_snapshot!(to_terminal(&sample(), 100));
}

#[test]
fn a_row_is_a_policy_a_seed_and_a_percentage() {
    insta::assert_snapshot!(to_csv(&sample()));
}

#[test]
fn published_numbers_are_met_within_three_standard_errors() {
    let table = sample();
    let runs = &table.policies[1];
    let published = |mean| Level { mean, sd: 0.1 };
    let row = |mean| {
        let metric = "alloc_pct_at_arrived_pct";
        PublishedDifference::of(runs, metric, 100, published(mean), 10).expect("there is such a number")
    };
    // Ours are 95.25 and 95.75: 3 × √(0.01 / 10 + 0.125 / 2) + 0.05 = 0.806.
    assert!((row(95.0).tolerance - 0.8060).abs() < 1e-4);
    assert!(row(94.7).is_within() && !row(94.6).is_within());
    assert_eq!(
        PublishedDifference::of(runs, "no such number", 100, published(1.0), 10),
        None
    );
    let mut table = sample();
    table.published = Some(PublishedTable {
        source: "fgd.json".to_owned(),
        rows: vec![row(95.0), row(94.6)],
    });
    insta::assert_snapshot!(to_terminal(&table, 120));
}

#[test]
fn the_page_is_well_formed_whatever_things_are_called() {
    let mut table = sample();
    table.title = "</script><b>&\"".to_owned();
    table.policies[0].name = "<i>'".to_owned();
    table.machines[0].group = "<u>".to_owned();
    let html = render(&table);
    assert!(!html.contains("<i>") && !html.contains("<u>") && !html.contains("</script>"));
    let body = html
        .split("<body>")
        .nth(1)
        .and_then(|rest| rest.split("</body>").next());
    assert_well_formed(body.expect("a page has a body"));
    for svg in [
        heat_maps(&table).expect("it is small"),
        unallocated_chart(&table),
        fragmentation_chart(&table).expect("it has GPUs"),
    ] {
        assert_well_formed(&svg);
    }
    let places = [
        "<h1>06-FGD leaves 9 of 200 GPUs",
        "h-table",
        "h-curves",
        "h-machines",
        "tonnage pack",
    ];
    let found = places.map(|text| html.find(text).unwrap_or_else(|| panic!("no {text}")));
    assert!(found.is_sorted(), "{found:?}");
}

#[test]
fn a_fleet_without_gpus_has_no_gpu_columns() {
    let mut table = sample();
    table.measured = Measured::Cpu;
    table.gpus = 0;
    assert!(
        !to_terminal(&table, 100).contains("GPU"),
        "{}",
        to_terminal(&table, 100)
    );
    assert_eq!(fragmentation_chart(&table), None);
}
