//! What a reader of a packing's report meets.

use super::*;
use crate::model::packing::bounds::Bound;
use crate::model::packing::{BinKind, Instance, Item, PackedBin, Packing};
use crate::model::price::Money;
use crate::report::sample::assert_well_formed;
use crate::report::terminal::Sheet;
use crate::sim::packing::items::Attempt;

fn attempt(bins: u64, left_out: u64, usd: Option<f64>) -> Attempt {
    Attempt {
        bins,
        by_kind: vec![bins],
        left_out,
        cost: usd.map(Money::from_usd),
    }
}

fn packed(name: &str, bound: u64, published: Option<u64>, bins: &[u64]) -> PackedInstance {
    PackedInstance {
        name: name.to_owned(),
        items: 20,
        bound: Bound {
            bins: bound,
            method: "L2",
        },
        least_cost: None,
        is_impossible: false,
        published_optimum: published,
        best_known: None,
        attempts: bins.iter().map(|&bins| attempt(bins, 0, None)).collect(),
    }
}

fn set() -> PackingReport {
    PackingReport {
        title: "sets.tar.gz".to_owned(),
        policies: vec!["FF".to_owned(), "FFD-L1-Unit".to_owned(), "next_fit".to_owned()],
        instances: vec![
            packed("a_0", 10, Some(11), &[12, 11, 15]),
            packed("a_1", 9, None, &[9, 9, 13]),
            packed("a_2", 10, None, &[13, 12, 16]),
        ],
        asked: 3,
        command: "tonnage pack --instances sets.tar.gz".to_owned(),
        version: "0.1.0".to_owned(),
        ..PackingReport::default()
    }
}

#[test]
fn the_table_of_a_set_has_the_best_first() {
    insta::assert_snapshot!(to_terminal(&set(), Sheet::PLAIN), @r#"
    FFD-L1-Unit needs 32 bins, 10.3% over the proven bound of 29
      3 instances with 60 items; of 2 the optimum is known, and on 2 of these the best of 3 heuristics reaches it.

      policy         bins  optimal  mean gap  worst gap   on
      * FFD-L1-Unit    32        2       10%        20%  a_2
        FF             34        1     16.7%        30%  a_2
        next_fit       44        0     51.5%        60%  a_2

    * fewest bins, or least cost. Optimal: nobody can do with fewer bins. Gaps are to the proven bound, of the cost where bins have prices.
    "#);
}

#[test]
fn the_csv_has_a_row_an_instance_and_policy_and_leaves_out_what_is_not_known() {
    let mut report = set();
    report.instances[2].attempts[0].left_out = 1;
    insta::assert_snapshot!(to_csv(&report), @r#"
    instance,policy,bins,lower_bound,optimum
    a_0,FF,12,10,11
    a_0,FFD-L1-Unit,11,10,11
    a_0,next_fit,15,10,11
    a_1,FF,9,9,9
    a_1,FFD-L1-Unit,9,9,9
    a_1,next_fit,13,9,9
    a_2,FF,,10,
    a_2,FFD-L1-Unit,12,10,
    a_2,next_fit,16,10,
    "#);
}

#[test]
fn one_instance_with_prices_is_told_by_its_cost() {
    let mut report = set();
    report.instances.truncate(1);
    report.asked = 1;
    report.kinds = vec!["small".to_owned(), "large".to_owned()];
    let instance = &mut report.instances[0];
    instance.least_cost = Some(Money::from_usd(5.0));
    instance.attempts = vec![
        attempt(12, 0, Some(6.0)),
        attempt(14, 0, Some(5.5)),
        attempt(11, 2, Some(5.0)),
    ];
    instance
        .attempts
        .iter_mut()
        .for_each(|attempt| attempt.by_kind = vec![attempt.bins - 1, 1]);
    insta::assert_snapshot!(to_terminal(&report, Sheet::PLAIN), @r#"
    FFD-L1-Unit needs 14 bins, $5.50 an hour: 10% over the proven bound of $5.00
      20 items take at least 10 bins, proven by L2, and at least $5.00 an hour; the published optimum is 11.

      policy         bins  cost/h  small  large  left out  over bound
      * FFD-L1-Unit    14   $5.50     13      1         0         10%
        FF             12   $6.00     11      1         0         20%
        next_fit       11   $5.00     10      1         2          0%

    * fewest bins, or least cost. Optimal: nobody can do with fewer bins. Gaps are to the proven bound, of the cost where bins have prices.
    "#);
}

/// A heuristic that leaves items out has not won by needing fewer bins.
#[test]
fn where_nobody_can_pack_all_items_that_is_said() {
    let mut report = set();
    report.instances.truncate(1);
    report.instances[0].is_impossible = true;
    report.instances[0].attempts = vec![attempt(3, 4, None), attempt(3, 2, None), attempt(2, 9, None)];
    let said = answer(&report);
    assert_eq!(
        said,
        "FFD-L1-Unit needs 3 bins and leaves 2 items without one: there are too few bins for all items, whoever packs them"
    );
    report.instances.clear();
    assert_eq!(answer(&report), "Nothing was packed");
    assert!(to_terminal(&report, Sheet::PLAIN).starts_with("Nothing was packed"));
}

fn drawn(classes: usize, bins: usize) -> Bars {
    let item = |place: usize| Item {
        name: format!("</title>{place}"),
        class: format!("<c{}>", place % classes),
        sizes: vec![5, 2],
        below_zero: Vec::new(),
    };
    let kind = |name: &str| BinKind {
        name: name.to_owned(),
        capacity: vec![10, 0],
        price: None,
        most: None,
    };
    let instance = Instance {
        name: "a & b".to_owned(),
        dimensions: vec!["cpu".to_owned(), "gpu".to_owned()],
        kinds: vec![kind("m"), kind("r<")],
        items: (0..2 * bins).map(item).collect(),
        optimum: None,
    };
    let bin = |place: usize| PackedBin {
        kind: place % 2,
        items: vec![2 * place, 2 * place + 1],
    };
    let packing = Packing {
        bins: (0..bins).map(bin).collect(),
        left_out: Vec::new(),
    };
    Bars::of(&instance, &packing, "FF")
}

#[test]
fn pictures_and_page_are_well_formed_whatever_things_are_called() {
    let mut report = set();
    report.title = "<i>&".to_owned();
    report.policies[0] = "best_fit{measure: l1}</svg>".to_owned();
    assert_well_formed(&gaps(&report).unwrap());
    for (classes, bins) in [(1, 1), (3, 9), (20, 400)] {
        report.bars = Some(drawn(classes, bins));
        assert_well_formed(&bars(&drawn(classes, bins)).unwrap());
        let page = render(&report);
        let body = page
            .split("<body>")
            .nth(1)
            .and_then(|rest| rest.split("</body>").next());
        assert_well_formed(body.unwrap());
    }
    assert!(bars(&drawn(1, 0)).is_none(), "a picture of nothing");
}

/// Were two classes of one colour, or were there more colours than people can tell apart, the picture would say nothing.
#[test]
fn the_most_frequent_classes_have_a_colour_each_and_the_others_one_together() {
    let svg = bars(&drawn(20, 30)).unwrap();
    assert!(svg.contains("15 other classes"), "{svg}");
    let colours: std::collections::BTreeSet<&str> = svg
        .split("fill=\"#")
        .skip(1)
        .filter_map(|rest| rest.get(..6))
        .collect();
    let blocks = ["0072b2", "e69f00", "009e73", "d55e00", "cc79a7", "8c949c"];
    assert!(
        blocks.iter().all(|colour| colours.contains(colour)),
        "{colours:?}"
    );
    assert!(!colours.contains("56b4e9"), "the sixth colour is the others'");
}

#[test]
fn the_page_opens_with_the_answer() {
    let html = render(&set());
    let places = [
        "<h1>FFD-L1-Unit needs 32 bins",
        "id=\"h-gaps\"",
        "id=\"h-table\"",
        "id=\"h-instances\"",
        "tonnage pack --instances sets.tar.gz",
    ]
    .map(|text| html.find(text).unwrap_or_else(|| panic!("no {text}")));
    assert!(places.is_sorted(), "{places:?}");
}
