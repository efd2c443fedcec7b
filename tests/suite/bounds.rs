//! Lower bounds of packing problems against published results: a bound above what somebody reached is wrong.
//!
//! The instances are other people's data, read where they lie: `TONNAGE_BINPACKING`, else `../shared/binpacking`.

use flate2::read::GzDecoder;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;
use tonnage::model::packing::bounds::exact;
use tonnage::model::packing::{BinKind, Instance, Item, lower_bound};

/// What is published of an instance; `None` where nothing is.
#[derive(Clone, Copy, Debug)]
struct Published {
    bound: u64,
    optimum: Option<u64>,
    best: u64,
}

fn folder() -> Option<PathBuf> {
    let set = std::env::var_os("TONNAGE_BINPACKING").map(PathBuf::from);
    let folder =
        set.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/binpacking"));
    if !folder.is_dir() {
        eprintln!("no published instances at {}: not compared", folder.display());
        return None;
    }
    Some(folder)
}

/// The files of a `.tar.gz` by their stems. Long names and links do not occur.
fn files(path: PathBuf) -> BTreeMap<String, String> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).unwrap();
    GzDecoder::new(file).read_to_end(&mut bytes).unwrap();
    let mut files = BTreeMap::new();
    let mut at = 0;
    while at + 512 <= bytes.len() && bytes[at] != 0 {
        let text = |from: usize, until: usize| {
            let field = &bytes[at + from..at + until];
            String::from_utf8_lossy(field)
                .trim_matches(['\0', ' '])
                .to_owned()
        };
        let size = usize::from_str_radix(&text(124, 136), 8).unwrap();
        let body = &bytes[at + 512..at + 512 + size];
        if let Some(stem) = text(0, 100).strip_suffix(".vbp") {
            let stem = stem.rsplit('/').next().unwrap_or(stem).to_owned();
            files.insert(stem, String::from_utf8(body.to_vec()).unwrap());
        }
        at += 512 + size.div_ceil(512) * 512;
    }
    files
}

/// Some of the published triplets have sizes below zero.
fn read(name: &str, text: &str) -> Instance {
    let mut numbers = text
        .split_whitespace()
        .map(|number| number.parse::<i64>().unwrap());
    let dimensions = numbers.next().unwrap() as usize;
    let capacity = numbers
        .by_ref()
        .take(dimensions)
        .map(|size| size as u64)
        .collect();
    let rows: Vec<i64> = numbers.skip(1).collect();
    let rows = rows.chunks(dimensions + 1).map(|row| row[..dimensions].to_vec());
    instance(name, capacity, rows)
}

fn instance(name: &str, capacity: Vec<u64>, items: impl Iterator<Item = Vec<i64>>) -> Instance {
    let item = |(at, sizes): (usize, Vec<i64>)| Item {
        name: at.to_string(),
        class: String::new(),
        sizes: sizes
            .iter()
            .map(|&size| u64::try_from(size).unwrap_or(0))
            .collect(),
        below_zero: match sizes.iter().any(|&size| size < 0) {
            true => sizes
                .iter()
                .map(|&size| u64::try_from(-size).unwrap_or(0))
                .collect(),
            false => Vec::new(),
        },
    };
    Instance {
        name: name.to_owned(),
        dimensions: (1..=capacity.len())
            .map(|dimension| dimension.to_string())
            .collect(),
        kinds: vec![BinKind {
            name: "bin".to_owned(),
            capacity,
            price: None,
            most: None,
        }],
        items: items.enumerate().map(item).collect(),
        optimum: None,
    }
}

fn published(path: PathBuf) -> BTreeMap<String, Published> {
    let text = std::fs::read_to_string(path).unwrap();
    let row = |line: &str| {
        let mut fields = line.split('\t');
        let name = fields.next()?.to_owned();
        let mut number = || fields.next()?.parse::<i64>().ok();
        let (bound, optimum, best) = (number()?, number()?, number()?);
        let published = Published {
            bound: bound as u64,
            optimum: u64::try_from(optimum).ok(),
            best: best as u64,
        };
        Some((name, published))
    };
    text.lines().skip(1).filter_map(row).collect()
}

/// How many of a class of instances there are, have a known optimum, and reach what.
#[derive(Clone, Copy, Debug, Default)]
struct Reached {
    instances: u32,
    bound: u32,
    known: u32,
    optimum: u32,
}

fn compare(set: &str, class: &str) -> Option<BTreeMap<String, Reached>> {
    let folder = folder()?.join(set);
    let published = published(folder.join(format!("summary_{class}.tsv")));
    let mut reached = BTreeMap::<String, Reached>::new();
    for (name, text) in files(folder.join(format!("instances_{class}.tar.gz"))) {
        // Without optimisation all of them take minutes.
        if cfg!(debug_assertions) && !name.ends_with("_0") {
            continue;
        }
        let instance = read(&name, &text);
        let bound = lower_bound(&instance);
        let known = published[&name];
        assert!(
            bound.bins <= known.best,
            "{name}: {bound:?} is above what was reached: {known:?}"
        );
        assert!(
            known.optimum.is_none_or(|optimum| bound.bins <= optimum),
            "{name}: {bound:?} is above the optimum: {known:?}"
        );
        let cell = name.rsplit_once('_').map_or(name.as_str(), |(cell, _)| cell);
        let reached = reached.entry(cell.to_owned()).or_default();
        reached.instances += 1;
        reached.bound += u32::from(bound.bins >= known.bound);
        reached.known += u32::from(known.optimum.is_some());
        reached.optimum += u32::from(known.optimum == Some(bound.bins));
    }
    for (cell, reached) in &reached {
        println!("{cell}: {reached:?}");
    }
    Some(reached)
}

/// 540 instances of three classes; `cargo test --test suite bounds:: -- --nocapture` prints how many reach what.
#[test]
fn no_bound_is_above_what_is_published_of_vector_packing() {
    let Some(reached) = compare("vbp_new", "class1-3") else {
        return;
    };
    let all = |of: fn(&Reached) -> u32| reached.values().map(of).sum::<u32>();
    if cfg!(debug_assertions) {
        return;
    }
    assert_eq!(all(|reached| reached.instances), 540);
    let small = |cell: &str| ["_20_", "_40_", "_60_"].iter().any(|items| cell.contains(items));
    let small = reached.iter().filter(|(cell, _)| small(cell));
    let optimal: u32 = small.map(|(_, reached)| reached.optimum).sum();
    assert_eq!(
        optimal, 265,
        "of the 270 instances with up to 60 items so many bounds are the optimum"
    );
    assert!(
        all(|reached| reached.bound) >= 535,
        "the bound is as good as the published one almost everywhere"
    );
}

/// The optimum of a triplet instance is a third of its items by construction: every bin is full in every dimension.
#[test]
fn the_bound_proves_the_optimum_of_every_triplet_instance() {
    let Some(reached) = compare("vbp_triplet", "classC") else {
        return;
    };
    for (cell, reached) in reached {
        assert_eq!(reached.optimum, reached.instances, "{cell}");
        assert!(cfg!(debug_assertions) || reached.instances == 10, "{cell}");
    }
}

/// One dimension; the best known value is that of the OR-Library.
#[test]
fn no_bound_is_above_what_is_known_of_the_or_library() {
    let Some(folder) = folder() else {
        return;
    };
    for file in ["binpack1.txt", "binpack2.txt"] {
        let text = std::fs::read_to_string(folder.join("orlib_falkenauer").join(file)).unwrap();
        let mut words = text.split_whitespace();
        let problems: usize = words.next().unwrap().parse().unwrap();
        for _ in 0..problems {
            let name = words.next().unwrap().to_owned();
            let mut number = || words.next().unwrap().parse::<i64>().unwrap();
            let (capacity, items, best) = (number(), number(), number());
            let sizes: Vec<Vec<i64>> = (0..items).map(|_| vec![number()]).collect();
            let bound = lower_bound(&instance(&name, vec![capacity as u64], sizes.into_iter()));
            let best = best as u64;
            assert!(bound.bins <= best, "{name}: {bound:?} is above {best}");
            assert!(bound.bins + 1 >= best, "{name}: {bound:?} is far below {best}");
        }
    }
}

/// The search finds what is known to be the least, for every instance with 20 items.
#[test]
fn the_search_finds_the_published_optimum() {
    let Some(folder) = folder().map(|folder| folder.join("vbp_new")) else {
        return;
    };
    let published = published(folder.join("summary_class1-3.tsv"));
    let files = files(folder.join("instances_class1-3.tar.gz"));
    let small = files.iter().filter(|(name, _)| name.contains("_20_"));
    for (name, text) in small {
        let instance = read(name, text);
        let least = exact(&instance, 5_000_000).unwrap_or_else(|| panic!("{name}: not found"));
        assert_eq!(Some(least.bins.len() as u64), published[name].optimum, "{name}");
        for bin in &least.bins {
            for (dimension, &room) in instance.kinds[0].capacity.iter().enumerate() {
                let held: u64 = bin
                    .iter()
                    .map(|&item| instance.items[item].sizes[dimension])
                    .sum();
                assert!(held <= room, "{name}: {bin:?} does not fit");
            }
        }
        let mut items = least.bins.concat();
        items.sort_unstable();
        assert!(
            items.into_iter().eq(0..instance.items.len()),
            "{name}: not every item once"
        );
    }
}
