//! Heuristics on small instances by hand, and what holds of every packing.

use super::bin_list::{Sorted, pack_sorted};
use super::columns::Columns;
use super::open_bins::OpenBins;
use super::shares::Shares;
use super::*;
use crate::engine::StreamKey;
use crate::model::packing::bounds::exact;
use crate::model::packing::{BinKind, Item, lower_bound};
use crate::model::price::Money;
use crate::policy::catalog::Catalog;
use proptest::prelude::*;
use serde_json::{Value, json};

fn kind(name: &str, capacity: &[u64], usd: Option<f64>, most: Option<u64>) -> BinKind {
    BinKind {
        name: name.to_owned(),
        capacity: capacity.to_vec(),
        price: usd.map(Money::from_usd),
        most,
    }
}

fn instance(kinds: Vec<BinKind>, sizes: &[Vec<u64>]) -> Instance {
    let item = |(place, sizes): (usize, &Vec<u64>)| Item {
        name: place.to_string(),
        class: String::new(),
        sizes: sizes.clone(),
        below_zero: Vec::new(),
    };
    Instance {
        name: "by-hand".to_owned(),
        dimensions: (1..=kinds[0].capacity.len())
            .map(|number| number.to_string())
            .collect(),
        kinds,
        items: sizes.iter().enumerate().map(item).collect(),
        optimum: None,
    }
}

/// One dimension, bins of 10.
fn line(sizes: &[u64]) -> Instance {
    let sizes: Vec<Vec<u64>> = sizes.iter().map(|&size| vec![size]).collect();
    instance(vec![kind("bin", &[10], None, None)], &sizes)
}

fn packed(packer: &dyn Packer, instance: &Instance) -> Packing {
    packer.pack(instance, &mut StreamKey::new(1, 0).stream("packing"))
}

/// The items of each bin.
fn contents(packer: &dyn Packer, instance: &Instance) -> Vec<Vec<usize>> {
    packed(packer, instance)
        .bins
        .into_iter()
        .map(|bin| bin.items)
        .collect()
}

fn catalogued(name: &str, parameters: Value) -> Box<dyn Packer> {
    let catalog = Catalog::standard();
    let entry = catalog.packing.iter().find(|entry| entry.name == name);
    (entry.unwrap_or_else(|| panic!("no {name}")).build)(parameters).unwrap()
}

#[test]
fn each_heuristic_does_what_its_name_says() {
    // 6 4 | 7 | 2 2 …: where does the 3 go, where the last 2?
    let sizes = line(&[6, 7, 2, 3, 2]);
    let by = |name: &str, parameters: Value| contents(&*catalogued(name, parameters), &sizes);
    let none = || json!({});
    assert_eq!(by("first_fit", none()), [vec![0, 2, 4], vec![1, 3]]);
    assert_eq!(by("next_fit", none()), [vec![0], vec![1, 2], vec![3, 4]]);
    assert_eq!(
        by("best_fit", none()),
        [vec![0, 3], vec![1, 2], vec![4]],
        "the 2 to the 7, the 3 to the 6"
    );
    assert_eq!(by("worst_fit", none()), [vec![0, 2, 4], vec![1, 3]]);
    assert_eq!(by("first_fit_decreasing", none()), [vec![1, 3], vec![0, 2, 4]]);
    assert_eq!(by("best_fit_decreasing", none()), [vec![1, 3], vec![0, 2, 4]]);
    assert_eq!(by("dot_product", none()), [vec![1, 3], vec![0, 2, 4]]);
    assert_eq!(by("l2_norm_greedy", none()), [vec![1, 3], vec![0, 2, 4]]);
}

/// A measure that looked at one dimension only would take the long thin item first.
#[test]
fn measures_see_all_dimensions() {
    let sizes = [vec![9, 1], vec![6, 6], vec![2, 5]];
    let wide = instance(vec![kind("bin", &[10, 10], None, None)], &sizes);
    let first = |measure: &str| {
        let packer = catalogued("first_fit_decreasing", json!({"measure": measure}));
        contents(&*packer, &wide)[0][0]
    };
    assert_eq!(first("linf"), 0);
    assert_eq!(first("max"), 0);
    assert_eq!(first("l1"), 1);
    assert_eq!(first("sum"), 1);
    assert_eq!(first("product"), 1);
    assert_eq!(first("l2"), 0, "0.81 + 0.01 against 0.36 + 0.36");
}

#[test]
fn a_bin_is_opened_where_the_items_share_costs_least_and_then_of_the_cheaper_kind() {
    let kinds = || {
        vec![
            kind("wide", &[16, 16], Some(0.80), None),
            kind("small", &[4, 4], Some(0.20), None),
            kind("tall", &[4, 64], Some(0.30), Some(1)),
        ]
    };
    let opened = |sizes: &[u64]| {
        let one = instance(kinds(), &[sizes.to_vec()]);
        one.kinds[packed(&FirstFit {}, &one).bins[0].kind].name.clone()
    };
    assert_eq!(
        opened(&[2, 2]),
        "small",
        "as dear as the wide one by share, and cheaper"
    );
    assert_eq!(opened(&[8, 2]), "wide", "the only one that takes it");
    assert_eq!(
        opened(&[1, 4]),
        "tall",
        "a fourth of 0.30 is less than all of 0.20"
    );
    // There is one tall bin: the second item goes to what costs least of the others.
    let two = instance(kinds(), &[vec![3, 4], vec![3, 60], vec![4, 64]]);
    let packing = packed(&NextFit {}, &two);
    assert_eq!(packing.left_out, [2], "{packing:?}");
    assert_eq!(packing.faults(&two), [] as [String; 0]);
}

/// What the sorting in place does is what sorting all of the list after each item would do.
fn naive(instance: &Instance, measure: BinMeasure, weights: Weights, sorted: Sorted) -> Packing {
    let shares = Shares::new(instance);
    let dimensions = instance.dimensions.len();
    let (mut bins, mut columns) = (OpenBins::new(instance), Columns::new(dimensions));
    let mut list: Vec<usize> = Vec::new();
    let mut free = vec![0.0_f32; dimensions];
    for item in 0..instance.items.len() {
        let bin = match list.iter().copied().find(|&bin| bins.fits(bin, item)) {
            Some(bin) => bin,
            None => {
                let bin = bins.open(item).unwrap();
                columns.open(bins.capacity(bin));
                free.iter_mut().for_each(|free| *free += 1.0);
                match sorted {
                    Sorted::Increasing => list.push(bin),
                    Sorted::Decreasing => list.insert(0, bin),
                }
                bin
            }
        };
        bins.put(bin, item);
        columns.set(bin, bins.free(bin), bins.capacity(bin));
        free.iter_mut()
            .zip(shares.item(item))
            .for_each(|(free, share)| *free -= share);
        let of_bins = weights.of(&free, list.len());
        let mut measures = vec![0.0; list.len()];
        columns.measure(measure, &of_bins, 0..list.len(), &mut measures);
        list.sort_by(|&a, &b| match sorted {
            Sorted::Increasing => measures[a].total_cmp(&measures[b]),
            Sorted::Decreasing => measures[b].total_cmp(&measures[a]),
        });
    }
    bins.packing()
}

/// Sizes in few steps, so that many measures are equal.
fn sizes(dimensions: usize, most: usize) -> impl Strategy<Value = Vec<Vec<u64>>> {
    prop::collection::vec(prop::collection::vec(0..=10_u64, dimensions), 1..=most)
}

proptest! {
    // All heuristics on each.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_packing_is_one_and_takes_no_fewer_bins_than_the_bound(
        sizes in sizes(3, 40), limited in any::<bool>(), seed in any::<u64>(),
    ) {
        let kinds = match limited {
            false => vec![kind("bin", &[10, 10, 10], None, None)],
            true => vec![
                kind("small", &[6, 10, 3], Some(1.0), Some(3)),
                kind("large", &[20, 10, 15], Some(3.0), Some(5)),
            ],
        };
        let instance = instance(kinds, &sizes);
        let catalog = Catalog::standard();
        let own = catalog.packing.iter().map(|entry| (entry.name, (entry.build)(Value::Null).unwrap()));
        let by_rule = catalog.placement.iter().filter_map(|entry| {
            let rule = (entry.build)(Value::Null).ok()?.rule()?;
            Some((entry.name, ByRule::new(rule).into()))
        });
        let bound = lower_bound(&instance).bins;
        for (name, packer) in own.chain(by_rule) {
            let mut stream = StreamKey::new(seed, 0).stream("packing");
            let packing = packer.pack(&instance, &mut stream);
            prop_assert_eq!(packing.faults(&instance), Vec::<String>::new(), "{}", name);
            prop_assert!(packing.bins.len() <= instance.items.len());
            if packing.left_out.is_empty() {
                prop_assert!(packing.bins.len() as u64 >= bound, "{}: {} under {}", name, packing.bins.len(), bound);
            } else {
                prop_assert!(limited, "{} left items out of bins without end", name);
            }
        }
        for named in published::names() {
            let packer = catalogued(named.policy, named.parameters);
            prop_assert_eq!(packed(&*packer, &instance).faults(&instance), Vec::<String>::new(), "{}", named.name);
        }
    }

}

proptest! {
    #[test]
    fn sorting_in_place_is_sorting_all(sizes in sizes(2, 60)) {
        let instance = instance(vec![kind("bin", &[20, 20], None, None)], &sizes);
        let shares = Shares::new(&instance);
        for measure in BinMeasure::ALL {
            for weights in Weights::ALL {
                for sorted in [Sorted::Increasing, Sorted::Decreasing] {
                    let order = 0..instance.items.len();
                    let quick = pack_sorted(&instance, &shares, order, measure, weights, sorted);
                    prop_assert_eq!(&quick, &naive(&instance, measure, weights, sorted), "{:?} {:?} {:?}", measure, weights, sorted);
                }
            }
        }
    }

    /// Theorems of one dimension: next fit needs at most twice the total; first fit at most 1.7 times the optimum (Dósa and
    /// Sgall 2013); first fit decreasing at most 11/9 of it and 6/9 more (Dósa 2007).
    #[test]
    fn one_dimension_keeps_its_guarantees(sizes in prop::collection::vec(1..=10_u64, 1..=14)) {
        let instance = line(&sizes);
        let bins = |packer: &dyn Packer| packed(packer, &instance).bins.len() as u64;
        let total: u64 = sizes.iter().sum();
        let next = bins(&NextFit {});
        prop_assert!(next <= 2 * total.div_ceil(10));
        let Some(least) = exact(&instance, 1_000_000) else { return Ok(()) };
        let least = least.bins.len() as u64;
        let first = bins(&FirstFit {});
        prop_assert!(first * 10 <= least * 17);
        let decreasing = bins(&FirstFitDecreasing::default());
        prop_assert!(decreasing * 9 <= least * 11 + 6);
    }
}
