use super::{Bound, lower_bound};
use crate::model::packing::{BinKind, Instance, Item};

pub(super) fn instance(kinds: &[(&[u64], Option<u64>)], items: &[&[u64]]) -> Instance {
    let dimensions = kinds[0].0.len();
    Instance {
        name: "test".to_owned(),
        dimensions: (1..=dimensions).map(|dimension| dimension.to_string()).collect(),
        kinds: (kinds.iter().enumerate())
            .map(|(at, (capacity, most))| BinKind {
                name: format!("kind {at}"),
                capacity: capacity.to_vec(),
                price: None,
                most: *most,
            })
            .collect(),
        items: (items.iter().enumerate())
            .map(|(at, sizes)| Item {
                name: format!("item {at}"),
                class: String::new(),
                sizes: sizes.to_vec(),
            })
            .collect(),
        optimum: None,
    }
}

fn bound(kinds: &[(&[u64], Option<u64>)], items: &[&[u64]]) -> (u64, &'static str) {
    let Bound { bins, method } = lower_bound(&instance(kinds, items));
    (bins, method)
}

/// Each bound proves a case that those before it do not.
#[test]
fn every_bound_has_its_case() {
    assert_eq!(bound(&[(&[10], None)], &[&[4], &[4], &[4]]), (2, "L1"));
    assert_eq!(bound(&[(&[10], None)], &[&[6], &[6], &[6]]), (3, "L2"));
    assert_eq!(
        bound(&[(&[100], None)], &[&[34], &[34], &[34], &[34], &[34]]),
        (3, "dual feasible functions"),
        "two thirds and a bit: two to a bin"
    );
    assert_eq!(
        bound(&[(&[10, 10, 10], None)], &[&[6, 6, 1], &[6, 1, 6], &[1, 6, 6]]),
        (3, "clique"),
        "every pair is too large in a dimension of its own"
    );
    assert_eq!(
        bound(
            &[(&[10, 10], None)],
            &[&[7, 0], &[7, 0], &[0, 7], &[0, 7], &[5, 5], &[5, 5]]
        )
        .0,
        3
    );
}

#[test]
fn of_several_kinds_the_largest_are_taken_first_and_no_more_than_there_are() {
    let items: Vec<&[u64]> = vec![&[5, 1]; 10];
    assert_eq!(bound(&[(&[10, 10], Some(2)), (&[5, 5], None)], &items), (8, "L1"));
    assert_eq!(bound(&[(&[10, 10], None), (&[5, 5], None)], &items), (5, "L1"));
}

#[test]
fn what_no_bin_takes_is_left_out_and_what_has_no_size_needs_one_bin() {
    assert_eq!(bound(&[(&[10], None)], &[&[11]]).0, 0);
    assert_eq!(bound(&[(&[10], None)], &[&[11], &[0], &[0]]).0, 1);
    assert_eq!(bound(&[(&[10, 0], None)], &[&[6, 0], &[6, 0], &[6, 1]]).0, 2);
    assert_eq!(bound(&[(&[0], None)], &[&[0]]).0, 1);
    assert_eq!(bound(&[(&[u64::MAX], None)], &[&[u64::MAX], &[u64::MAX]]).0, 2);
}
