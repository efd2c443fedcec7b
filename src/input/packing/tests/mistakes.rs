//! Every mistake is told, all at once, each at its line.

use super::*;
use proptest::prelude::*;

#[test]
fn all_mistakes_of_a_vbp_file_are_told_at_once() {
    let text = "2\n100 0\n7\n10 -5 1\n200 3 1\n1 2\n1 x 1\n3 3 0\n1 99999999999999999999 1\n";
    insta::assert_snapshot!(vbp_of(text).unwrap_err(), @r#"
    error: sets/class1_4_2_0.vbp:2: the bin's capacity is 0 in dimension 2
    error: sets/class1_4_2_0.vbp:3: the number of items is 7, but 6 lines of items follow
    error: sets/class1_4_2_0.vbp:4: the size of item 1 in dimension 2 is `-5`: it is negative
    error: sets/class1_4_2_0.vbp:5: item `2` is larger than any bin: 200 of 100 in dimension 1
    error: sets/class1_4_2_0.vbp:6: item 3 has 2 numbers, expected 3: 2 sizes and how many there are
    error: sets/class1_4_2_0.vbp:7: the size of item 4 in dimension 2 is `x`, expected a whole number
    error: sets/class1_4_2_0.vbp:8: the demand of item 5 is 0, expected 1 or more
    error: sets/class1_4_2_0.vbp:9: the size of item 6 in dimension 2 is `99999999999999999999`: more than 18446744073709551615
    "#);
}

#[test]
fn a_vbp_file_that_ends_early_or_begins_wrong_is_told() {
    for (text, expected) in [
        ("", "class1_4_2_0.vbp:1: it ends too early"),
        ("2\n1 1\n", "class1_4_2_0.vbp:2: it ends too early"),
        ("0\n\n1\n1\n1\n", "the number of dimensions is 0, expected 1 to 8"),
        ("9\n1\n1\n", "the number of dimensions is 9, expected 1 to 8"),
        (
            "2\n1 1 1\n0\n",
            "class1_4_2_0.vbp:2: found 3 numbers, expected 2, a capacity for each dimension",
        ),
        (
            "1\n5\n1\n5 1001\n",
            "class1_4_2_0.vbp:4: with this one there are more than 1000 items",
        ),
        (
            "1\n5\n2 2\n5 1\n",
            "class1_4_2_0.vbp:3: found `2 2`, expected the number of items alone",
        ),
    ] {
        let said = vbp_of(text).unwrap_err().to_string();
        assert!(said.contains(expected), "{text:?}: {said}");
    }
}

#[test]
fn all_mistakes_of_an_or_library_file_are_told_at_once() {
    let text = "3\nu_0\n100 2 1\n-4\n101\nu_1\n0 1 1\n1\nu_2\n100 5 1\n1\n2\n";
    let mut problems = Problems::default();
    let _ = or_library::read("binpack.txt", text, &LIMITS, &mut problems);
    insta::assert_snapshot!(problems, @r#"
    error: binpack.txt:4: the size of item 1 is `-4`: it is negative
    error: binpack.txt:5: item `2` is larger than any bin: 101 of 100 in dimension 1
    error: binpack.txt:7: the bins of problem `u_1` have no capacity
    error: binpack.txt:10: problem `u_2` has 5 items, but the file ends after 2
    "#);
}

#[test]
fn all_mistakes_of_tables_are_told_at_once() {
    let items = "name,class,count,cpu,memory\nweb,a,2,-500m,1Gi\nweb,a,x,1,\n,a,1,1,1Gi\nbig,a,1,99,1Gi\nshort,a\nfine,a,1,0.0001,1Gi\nfit,a,1,2,1Gi\n";
    let bins =
        "name,price,count,cpu,memory\nm,0.1,,8,32Gi\nm,cheap,0,8,32Gi\nnone,0.1,,0,1Gi\nfree,,,1,1Gi\n";
    let problems = read_tables(("items.csv", items), ("bins.csv", bins), &LIMITS).unwrap_err();
    insta::assert_snapshot!(problems, @r#"
    error: items.csv:2: `cpu` is `-500m`: it is negative
    error: items.csv:3: `memory` is empty, expected an amount such as 2, 0.5, 500m or 4Gi
    error: items.csv:3: `web` is already on line 2
    error: items.csv:3: `count` is `x`, expected a whole number
    error: items.csv:4: it has no name
    error: items.csv:5: item `big` is larger than any bin: 99 of 8 in dimension cpu
    error: items.csv:6: found 2 columns, expected 5
    error: items.csv:7: `cpu` is `0.0001`: finer than a thousandth
    error: bins.csv:3: `m` is already on line 2
    error: bins.csv:3: `price` is `cheap`, expected USD an hour such as 0.192
    error: bins.csv:3: `count` is 0, expected 1 or more
    error: bins.csv:4: bin `none` has no capacity of `cpu`: it takes none of the items
    error: bins.csv:5: `free` has no price, and others have one: give it to all or none
    "#);
    let other = "name,cpu,memry\na,1,1\n";
    let problems = read_tables(("items.csv", items), ("bins.csv", other), &LIMITS).unwrap_err();
    assert!(
        problems.to_string().contains("did you mean `memory`?"),
        "{problems}"
    );
    let nameless = read_tables(("items.csv", "nam,cpu\na,1\n"), ("bins.csv", bins), &LIMITS).unwrap_err();
    assert!(
        nameless
            .to_string()
            .contains("there is no column `name`; is it `nam`?"),
        "{nameless}"
    );
}

#[test]
fn an_order_that_is_no_permutation_is_told() {
    for (text, expected) in [
        (r#"{"3": [0, 1, 1]}"#, "the order of 3 items has 1 twice"),
        (
            r#"{"3": [0, 1, 3]}"#,
            "the order of 3 items has 3, expected 0 to 2",
        ),
        (r#"{"3": [0, 1]}"#, "the order of 3 items has 2 places"),
        (r#"{"many": [0]}"#, "`many` is no number of items"),
        (r#"{"1": [-1]}"#, "order.json:1: "),
        ("{", "order.json:1: "),
        (r#"{"1": [0], "01": [0]}"#, "there are two orders of 1 items"),
    ] {
        let said = ItemOrder::read("order.json", text).unwrap_err().to_string();
        assert!(said.contains(expected), "{text}: {said}");
    }
}

#[test]
fn optima_that_are_none_are_told() {
    for (text, expected) in [
        ("", "optima.tsv:1: expected columns `instance_name` and `OPT`"),
        (
            "instance_name\tOPT\na\t-2\n",
            "optima.tsv:2: the optimum is `-2`: it is negative",
        ),
        (
            "instance_name,OPT\na,1\na,2\n",
            "optima.tsv:3: `a` is already on line 2",
        ),
        (
            "instance_name,OPT\na\n",
            "optima.tsv:2: found 1 columns, expected 2",
        ),
    ] {
        let said = Optima::read("optima.tsv", text).unwrap_err().to_string();
        assert!(said.contains(expected), "{text}: {said}");
    }
}

proptest! {
    /// Whatever a file holds, it is read or refused with a reason.
    #[test]
    fn no_text_is_too_much(text in "([0-9 \\-]{0,6}|[a-z{},:\"\\[\\]]{0,4}|\n){0,60}") {
        let _ = vbp_of(&text);
        let mut problems = Problems::default();
        let read = or_library::read("a.txt", &text, &LIMITS, &mut problems);
        prop_assert!(problems.is_empty() || read.len() < 60);
        let _ = ItemOrder::read("order.json", &text);
        let _ = Optima::read("optima.tsv", &text);
        if let Ok(read) = read_tables(("i.csv", &text), ("b.csv", &text), &LIMITS) {
            prop_assert!(!read.instance.items.is_empty());
        }
    }
}
