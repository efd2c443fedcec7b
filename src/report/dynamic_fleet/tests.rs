//! What runs of a fleet look like.

use super::{DynamicRun, DynamicTable, to_csv, to_json, to_series_csv, to_terminal};
use crate::engine::{Span, Time};
use crate::model::fleet::{Fleet, FleetNode, PodRequest, Side};
use crate::model::gpu::{GpuRequest, ModelSet};
use crate::model::packing::index::Order;
use crate::policy::placement::on_fleet::ByOrder;
use crate::sim::packing::dynamic::{DynamicFleet, DynamicPod, Queue};

fn table(gpus: usize) -> DynamicTable {
    let node = FleetNode {
        name: "a".to_owned(),
        cpu_milli: 8000,
        memory_mib: 1000,
        pods: 10,
        gpus,
        model: ModelSet::NONE,
        side: Side::UNLIMITED,
    };
    let pod = |number: u64| DynamicPod {
        name: format!("pod-{number}"),
        arrival: Time::from_nanos(number * 60_000_000_000),
        lifetime: Some(Span::from_secs(600 + 30 * (number % 7))),
        request: PodRequest {
            cpu_milli: 1000 * (number % 5),
            memory_mib: 100,
            gpus: if gpus > 0 {
                GpuRequest::share(100 * (number % 9) as u16)
            } else {
                GpuRequest::NONE
            },
            ..PodRequest::default()
        },
        priority: 0,
        spread: None,
        gang: None,
        cluster: None,
    };
    let fleet = DynamicFleet::new(vec![node; 2], (0..60).map(pod).collect());
    let runs = [Queue::Fifo, Queue::Any].map(|queue| {
        let mut chooser = ByOrder::new(&Fleet::new(fleet.nodes()), Order::LeastLeft);
        let run = fleet
            .run(&mut chooser, queue, 1, |_| false)
            .expect("nobody stops it");
        DynamicRun {
            policy: "best_fit".to_owned(),
            outcome: run.outcome,
        }
    });
    DynamicTable {
        title: "pods.csv on nodes.csv".to_owned(),
        machines: 2,
        capacity: fleet.measured(),
        runs: runs.into(),
        seed: 42,
        version: "0".to_owned(),
        command: "tonnage pack --nodes nodes.csv --pods pods.csv --lifetimes".to_owned(),
    }
}

#[test]
fn a_fleet_without_gpus_on_a_terminal() {
    insta::assert_snapshot!(to_terminal(&table(0), 110));
}

#[test]
fn a_fleet_with_gpus_on_a_terminal() {
    insta::assert_snapshot!(to_terminal(&table(2), 130));
}

#[test]
fn rows_have_every_column_and_json_says_the_same() {
    let table = table(0);
    for text in [to_csv(&table), to_series_csv(&table)] {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        assert!(reader.records().all(|row| row.is_ok()), "a row of another length");
    }
    let json = to_json(&table);
    assert_eq!(json["runs"][0]["queue"], "fifo");
    assert_eq!(json["runs"][1]["pods"], 60);
    assert!(
        json["runs"][0]["gpu_alloc_mean_pct"].is_null(),
        "there are no GPUs"
    );
}

#[test]
fn the_page_shows_every_run_and_names_the_files() {
    let page = super::render(&table(2));
    for text in [
        "best_fit",
        "backfill",
        "fleet_timeseries.csv",
        "fewest that could do",
    ] {
        assert_eq!(page.contains(text), text != "backfill", "{text}");
    }
}
