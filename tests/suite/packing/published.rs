//! The published tables of vector bin packing heuristics, instance by instance.

use super::{binpacking, gunzipped};
use std::collections::BTreeMap;
use tonnage::engine::StreamKey;
use tonnage::input::packing::{ItemOrder, PackingLimits, Read, read_instances};
use tonnage::policy::catalog::Catalog;
use tonnage::policy::placement::packing::{Packer, published};

/// A published table: bins by column and instance.
struct Table {
    columns: Vec<String>,
    rows: BTreeMap<String, Vec<i64>>,
}

impl Table {
    fn read(text: &str) -> Self {
        let mut lines = text.lines().map(|line| line.split('\t'));
        let columns = lines.next().expect("a header").map(str::to_owned).collect();
        let row = |mut cells: std::str::Split<'_, char>| {
            let name = cells.next().expect("a name").to_owned();
            // Times are no numbers of bins.
            (name, cells.map(|cell| cell.parse().unwrap_or(-1)).collect())
        };
        Self {
            columns,
            rows: lines.map(row).collect(),
        }
    }

    /// What was published, unless it was not run.
    fn bins(&self, instance: &str, column: &str) -> Option<i64> {
        let place = self.columns.iter().position(|own| own == column)?;
        let bins = *self.rows.get(instance)?.get(place.checked_sub(1)?)?;
        (bins >= 0).then_some(bins)
    }
}

/// Instances as they were presented, with their published table.
fn presented(set: &str, instances: &str, results: &str) -> Option<(Vec<Read>, Table)> {
    let order = std::fs::read_to_string(binpacking("item_order_by_n.json")?).expect("readable");
    let order = ItemOrder::read("item_order_by_n.json", &order).expect("permutations");
    let paths = [binpacking(&format!("{set}/{instances}"))?];
    let mut instances = read_instances(&paths, &PackingLimits::default()).expect("sound instances");
    assert_eq!(order.apply(&mut instances), 0, "instances without an order");
    let table = Table::read(&gunzipped(&binpacking(&format!("{set}/{results}"))?));
    Some((instances, table))
}

fn packers() -> Vec<(String, Box<dyn Packer>)> {
    let catalog = Catalog::standard();
    let build = |named: published::Named| {
        let entry = catalog.packing.iter().find(|entry| entry.name == named.policy);
        let packer = (entry.expect("it is in the catalog").build)(named.parameters);
        (named.name, packer.expect("its parameters are sound"))
    };
    published::names().into_iter().map(build).collect()
}

/// How many items a family is promised to match to.
fn promised_items(name: &str) -> usize {
    let parts: Vec<&str> = name.split('-').collect();
    let weights = parts.last().copied().unwrap_or_default();
    match (name, weights) {
        ("FF", _) => 120,
        (name, _) if name.starts_with("FFD-") => 120,
        (name, "Unit" | "Avg") if name.starts_with("BF-") || name.starts_with("BFD-T1-") => 60,
        (name, "Avg") if name.starts_with("BFD-T2-") => 60,
        _ => 0,
    }
}

fn check(instances: &[Read], table: &Table) {
    let mut counts: BTreeMap<(String, usize), (usize, usize)> = BTreeMap::new();
    let mut broken = Vec::new();
    for (name, packer) in packers() {
        if !table.columns.contains(&name) {
            continue;
        }
        for read in instances {
            let instance = &read.instance;
            let Some(expected) = table.bins(&instance.name, &name) else {
                continue;
            };
            let mut stream = StreamKey::new(1, 0).stream("packing");
            let packing = packer.pack(instance, &mut stream);
            let actual = packing.bins.len() as i64;
            let count = counts.entry((name.clone(), instance.items.len())).or_default();
            if actual == expected {
                count.0 += 1;
            } else {
                count.1 += 1;
                eprintln!("{} {name}: published {expected}, here {actual}", instance.name);
                if instance.items.len() <= promised_items(&name) {
                    broken.push(format!(
                        "{} {name}: published {expected}, here {actual}",
                        instance.name
                    ));
                }
            }
        }
    }
    for ((name, items), (met, missed)) in &counts {
        eprintln!("{name} n={items}: {met} met, {missed} missed");
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_published_number_is_met_where_it_is_promised() {
    let set = presented("vbp_new", "instances_class1-3.tar.gz", "results_class1-3.tsv.gz");
    let Some((instances, table)) = set else { return };
    assert_eq!(instances.len(), 540);
    check(&instances, &table);
}

#[test]
fn every_published_number_of_the_triplets_is_met_where_it_is_promised() {
    let set = presented("vbp_triplet", "instances_classC.tar.gz", "results_classC.tsv.gz");
    let Some((instances, table)) = set else { return };
    assert_eq!(instances.len(), 120);
    check(&instances, &table);
}
