//! What searches look like.

use super::{FewestRow, FewestTable, picture, render, to_csv, to_json, to_terminal, to_tried_csv};
use crate::engine::{Span, Time};
use crate::model::fleet::{Fleet, FleetNode, PodRequest, Side};
use crate::model::gpu::ModelSet;
use crate::model::packing::index::Order;
use crate::policy::placement::on_fleet::ByOrder;
use crate::sim::packing::dynamic::{
    DynamicFleet, DynamicPod, Limits, Probe, Queue, WaitLimit, WaitOf, fewest,
};

fn table(price: Option<f64>, most: u64) -> FewestTable {
    let node = FleetNode {
        name: "a".to_owned(),
        cpu_milli: 4000,
        memory_mib: 0,
        pods: 10,
        gpus: 0,
        model: ModelSet::NONE,
        side: Side::UNLIMITED,
    };
    let pod = |number: u64| DynamicPod {
        name: format!("pod-{number}"),
        arrival: Time::from_nanos(number * 30_000_000_000),
        lifetime: Some(Span::from_secs(600 + 30 * (number % 7))),
        request: PodRequest {
            cpu_milli: 1000 * (1 + number % 4),
            ..PodRequest::default()
        },
        priority: 0,
        spread: None,
        gang: None,
        cluster: None,
    };
    let pods: Vec<DynamicPod> = (0..60).map(pod).collect();
    let limit = WaitLimit {
        of: WaitOf::Percentile(95),
        at_most: Span::from_secs(300),
    };
    let limits = Limits {
        least: 1,
        guess: 8,
        most,
    };
    let rows = [Queue::Fifo, Queue::Any].map(|queue| {
        let found = fewest(limits, |machines| {
            let fleet = DynamicFleet::new(vec![node.clone(); machines as usize], pods.clone());
            let mut chooser = ByOrder::new(&Fleet::new(fleet.nodes()), Order::LeastLeft);
            let run = fleet.run(&mut chooser, queue, 1, |_| false)?;
            let wait_s = limit.of.in_run(&fleet, &run);
            Some(Probe {
                wait_s,
                holds: wait_s <= 300.0,
                outcome: run.outcome,
            })
        });
        FewestRow {
            policy: "best_fit".to_owned(),
            queue,
            found: found.expect("nobody stops it"),
        }
    });
    FewestTable {
        title: "pods.csv on machines of cpu=4".to_owned(),
        limit,
        price,
        rows: rows.into(),
        seed: 42,
        version: "0".to_owned(),
        command: "tonnage pack --node cpu=4 --fewest-nodes p95=5m --pods pods.csv --lifetimes".to_owned(),
    }
}

#[test]
fn a_search_on_a_terminal() {
    insta::assert_snapshot!(to_terminal(&table(Some(0.5), 100), 120));
}

#[test]
fn too_few_machines_are_told_and_cost_nothing() {
    let table = table(None, 2);
    assert!(to_terminal(&table, 120).contains("No number of machines that was tried is enough"));
    let json = to_json(&table);
    assert!(json["searches"][0]["nodes"].is_null() && json["searches"][0]["cost_usd"].is_null());
}

#[test]
fn rows_have_every_column_and_page_and_json_say_the_same() {
    let table = table(Some(0.5), 100);
    for text in [to_csv(&table), to_tried_csv(&table)] {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        assert!(reader.records().all(|row| row.is_ok()), "a row of another length");
    }
    let machines = table.rows[0].found.machines.expect("there are enough");
    let json = to_json(&table);
    assert_eq!(json["searches"][0]["nodes"], machines);
    assert_eq!(
        json["searches"][0]["cost_usd_per_hour"].as_f64(),
        Some(0.5 * machines as f64)
    );
    assert_eq!(json["searches"][0]["limit_of"], "p95");
    let page = render(&table);
    for text in ["best_fit", "tried_nodes.csv", "of the waits at most"] {
        assert!(page.contains(text), "{text} is missing");
    }
    assert!(picture(&table).is_some_and(|svg| svg.contains("limit")));
}
