use super::columns::Columns;
use super::{Bound, Impossible, cheapest, dual_feasible, exact, l2, lower_bound};
use crate::model::packing::{BinKind, Instance, Item};
use crate::model::price::Money;
use proptest::collection::vec;
use proptest::prelude::*;

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
                below_zero: Vec::new(),
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

fn priced(kinds: &[(&[u64], Option<u64>, u64)], items: &[&[u64]]) -> Result<(u64, u64), Impossible> {
    let plain: Vec<_> = kinds
        .iter()
        .map(|&(capacity, most, _)| (capacity, most))
        .collect();
    let mut instance = instance(&plain, items);
    for (kind, &(_, _, cents)) in instance.kinds.iter_mut().zip(kinds) {
        kind.price = Some(Money::from_picos(u128::from(cents) * 10_000_000_000));
    }
    let least = cheapest(&instance)?;
    let cents = least.cost_per_hour.expect("every kind has a price").picos() / 10_000_000_000;
    Ok((cents as u64, least.bins))
}

/// The cheap kind is scarce, the large one dear; what either takes is known by hand.
#[test]
fn the_least_cost_is_that_of_the_best_mix_of_kinds() {
    let items: Vec<&[u64]> = vec![&[1, 4]; 8];
    assert_eq!(priced(&[(&[8, 32], None, 40)], &items), Ok((40, 1)));
    assert_eq!(
        priced(&[(&[8, 32], None, 40), (&[4, 16], None, 15)], &items),
        Ok((30, 1))
    );
    assert_eq!(
        priced(&[(&[8, 32], None, 40), (&[4, 16], Some(1), 15)], &items),
        Ok((35, 1)),
        "half a large machine with the only small one"
    );
    let large: Vec<&[u64]> = vec![&[5, 5]; 3];
    assert_eq!(
        priced(&[(&[8, 32], None, 40), (&[4, 16], None, 1)], &large),
        Ok((120, 3)),
        "over half of the only kind that takes them"
    );
}

#[test]
fn what_cannot_be_packed_is_told() {
    assert_eq!(
        priced(
            &[(&[8], Some(1), 40), (&[4], Some(1), 40)],
            &[&[8], &[9], &[4], &[10]]
        ),
        Err(Impossible::TooLarge(vec![1, 3]))
    );
    assert_eq!(
        priced(&[(&[8], Some(1), 40), (&[4], Some(1), 40)], &[&[8], &[3], &[2]]),
        Err(Impossible::TooFewBins)
    );
    assert_eq!(
        priced(&[(&[8], Some(2), 40), (&[4], None, 1)], &[&[5], &[5], &[5]]),
        Err(Impossible::TooFewBins),
        "small bins without end are of no use to large items"
    );
    assert_eq!(
        priced(&[(&[8], Some(1), 40), (&[4], Some(1), 40)], &[&[8], &[3], &[1]]),
        Ok((80, 2))
    );
}

/// The least that bins of these kinds, given by what one holds and costs, cost that take all `items`, by trying
/// everything: each item into each open bin or a new one of each kind.
fn least(items: &[Vec<u64>], bins: &mut Vec<Vec<u64>>, kinds: &[(Vec<u64>, u64)], cost: u64, best: &mut u64) {
    if cost >= *best {
        return;
    }
    let Some((item, rest)) = items.split_first() else {
        *best = cost;
        return;
    };
    let fits = |free: &[u64]| item.iter().zip(free).all(|(size, free)| size <= free);
    for at in 0..bins.len() {
        if fits(&bins[at]) {
            bins[at]
                .iter_mut()
                .zip(item)
                .for_each(|(free, size)| *free -= size);
            least(rest, bins, kinds, cost, best);
            bins[at]
                .iter_mut()
                .zip(item)
                .for_each(|(free, size)| *free += size);
        }
    }
    for (capacity, price) in kinds.iter().filter(|(capacity, _)| fits(capacity)) {
        bins.push(
            capacity
                .iter()
                .zip(item)
                .map(|(room, size)| room - size)
                .collect(),
        );
        least(rest, bins, kinds, cost + price, best);
        bins.pop();
    }
}

fn small_instance() -> impl Strategy<Value = Instance> {
    (1..=3_usize, 1..=8_usize).prop_flat_map(|(dimensions, items)| {
        let capacity = vec(1..=20_u64, dimensions);
        let shares = vec(vec(0..=100_u64, dimensions), items);
        (capacity, shares).prop_map(|(capacity, shares)| {
            let sizes: Vec<Vec<u64>> = (shares.iter())
                .map(|shares| {
                    shares
                        .iter()
                        .zip(&capacity)
                        .map(|(share, room)| share * room / 100)
                        .collect()
                })
                .collect();
            let items: Vec<&[u64]> = sizes.iter().map(Vec::as_slice).collect();
            instance(&[(&capacity, None)], &items)
        })
    })
}

proptest! {
    /// No bound is above the least number of bins, the search finds it, and one more item never lowers a bound.
    #[test]
    fn bounds_and_search_agree_with_trying_everything(instance in small_instance()) {
        let sizes: Vec<Vec<u64>> = instance.items.iter().map(|item| item.sizes.clone()).collect();
        let mut fewest = u64::MAX;
        least(&sizes, &mut Vec::new(), &[(instance.kinds[0].capacity.clone(), 1)], 0, &mut fewest);
        let bound = lower_bound(&instance);
        prop_assert!(bound.bins <= fewest, "{bound:?} but {fewest} do");
        let program = cheapest(&instance).expect("every item fits");
        prop_assert!(program.bins <= fewest, "{program:?} but {fewest} do");
        let exact = exact(&instance, 1_000_000).expect("eight items are few");
        prop_assert_eq!(exact.bins.len() as u64, fewest);
        let mut fewer = instance.clone();
        fewer.items.pop();
        let by_line = |instance: &Instance| -> Vec<u64> {
            let lines = Columns::of(instance).lines();
            lines.iter().flat_map(|line| [l2::bins(line), dual_feasible::bins(line)]).collect()
        };
        for (one, more) in by_line(&fewer).into_iter().zip(by_line(&instance)) {
            prop_assert!(one <= more, "one item more and {more} bins instead of {one}");
        }
    }

    /// Nothing costs less than the least cost, nor takes fewer bins, of two kinds of which one is larger or neither.
    #[test]
    fn no_mix_of_kinds_is_cheaper_than_the_bound(
        mut instance in small_instance(),
        shares in vec(0..=200_u64, 3),
        cents in [1..=9_u64, 1..=9_u64],
    ) {
        instance.items.truncate(6);
        let other = instance.kinds[0].capacity.iter().zip(&shares).map(|(room, share)| room * share / 100).collect();
        instance.kinds.push(BinKind { name: "other".to_owned(), capacity: other, price: None, most: None });
        for (kind, cents) in instance.kinds.iter_mut().zip(cents) {
            kind.price = Some(Money::from_picos(cents.into()));
        }
        let sizes: Vec<Vec<u64>> = instance.items.iter().map(|item| item.sizes.clone()).collect();
        let of = |price: [u64; 2]| {
            let kinds: Vec<_> = instance.kinds.iter().map(|kind| kind.capacity.clone()).zip(price).collect();
            let mut best = u64::MAX;
            least(&sizes, &mut Vec::new(), &kinds, 0, &mut best);
            best
        };
        let program = cheapest(&instance).expect("every item fits");
        prop_assert!(program.bins <= of([1, 1]), "{program:?} but {} do", of([1, 1]));
        let cost = program.cost_per_hour.expect("every kind has a price").picos();
        prop_assert!(cost <= of(cents).into(), "{program:?} but {} do", of(cents));
        prop_assert!(lower_bound(&instance).bins <= of([1, 1]));
    }
}
