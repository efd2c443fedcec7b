//! Index and scan give the answer of the plainest look at every node, after whatever came before.

use super::super::MeanShare;
use super::{Amounts, ByShape, FleetIndex, FleetScan, Order, Shelf, has_room};
use proptest::prelude::*;

/// Something that happens: a pod that comes (its need), or one that goes (which of those that run).
#[derive(Clone, Debug)]
enum Turn<const D: usize> {
    Comes(Amounts<D>),
    Goes(prop::sample::Index),
}

fn turns<const D: usize>(need_max: u64) -> impl Strategy<Value = Vec<Turn<D>>> {
    let comes = prop::array::uniform(0..=need_max).prop_map(Turn::Comes);
    let goes = any::<prop::sample::Index>().prop_map(Turn::Goes);
    prop::collection::vec(prop_oneof![3 => comes, 2 => goes], 0..250)
}

/// Fleets of few shapes, some capacities zero, some alike but for one resource.
fn fleets<const D: usize>() -> impl Strategy<Value = Vec<Amounts<D>>> {
    let amount = prop_oneof![Just(0), Just(8), Just(12), 1..40_u64];
    let shapes = prop::collection::vec(prop::array::uniform(amount), 1..4);
    (
        shapes,
        prop::collection::vec(any::<prop::sample::Index>(), 0..300),
    )
        .prop_map(|(shapes, picks)| {
            picks
                .iter()
                .map(|pick| shapes[pick.index(shapes.len())])
                .collect()
        })
}

fn orders() -> impl Strategy<Value = Order> {
    prop_oneof![Just(Order::First), Just(Order::LeastLeft), Just(Order::MostLeft)]
}

/// The definition: of the nodes with room, the one with the least (or most) left, the lowest number among equals.
fn looked_up<const D: usize>(
    shapes: &[MeanShare],
    free: &[Amounts<D>],
    need: &Amounts<D>,
    order: Order,
) -> Option<usize> {
    let left = |&node: &usize| shapes[node].share((0..D).map(|at| free[node][at] - need[at]));
    let mut able = (0..free.len()).filter(|&node| has_room(need, &free[node]));
    match order {
        Order::First => able.next(),
        Order::LeastLeft => able.min_by_key(left),
        // Of equals it must be the first, and `max_by_key` names the last.
        Order::MostLeft => able.rev().max_by_key(left),
    }
}

fn agree<const D: usize>(capacities: &[Amounts<D>], turns: &[Turn<D>], order: Order) {
    fn checked<S: Shelf<D>, const D: usize>(fleet: &ByShape<S, D>, need: &Amounts<D>, right: Option<usize>) {
        assert_eq!(fleet.find(need), right, "{need:?} in {fleet:?}");
    }
    let mut index = FleetIndex::new(capacities, order);
    let mut scan = FleetScan::new(capacities, order);
    let mut free = capacities.to_vec();
    let shapes: Vec<_> = capacities
        .iter()
        .map(|&capacity| MeanShare::of(capacity))
        .collect();
    let mut running = Vec::new();
    for turn in turns {
        match turn {
            Turn::Comes(need) => {
                let right = looked_up(&shapes, &free, need, order);
                checked(&index, need, right);
                checked(&scan, need, right);
                let Some(node) = right else { continue };
                index.take(node, need);
                scan.take(node, need);
                (0..D).for_each(|at| free[node][at] -= need[at]);
                running.push((node, *need));
            }
            Turn::Goes(which) if !running.is_empty() => {
                let (node, need) = running.swap_remove(which.index(running.len()));
                index.give_back(node, &need);
                scan.give_back(node, &need);
                (0..D).for_each(|at| free[node][at] += need[at]);
            }
            Turn::Goes(_) => {}
        }
    }
    for (node, free) in free.iter().enumerate() {
        assert_eq!(
            (index.free(node), scan.free(node)),
            (free, free),
            "what is free is told rightly"
        );
    }
}

proptest! {
    #[test]
    fn two_resources_least_left(fleet in fleets::<2>(), turns in turns(12)) {
        agree(&fleet, &turns, Order::LeastLeft);
    }

    #[test]
    fn two_resources_most_left(fleet in fleets::<2>(), turns in turns(12)) {
        agree(&fleet, &turns, Order::MostLeft);
    }

    #[test]
    fn two_resources_first(fleet in fleets::<2>(), turns in turns(12)) {
        agree(&fleet, &turns, Order::First);
    }

    #[test]
    fn three_resources_least_left(fleet in fleets::<3>(), turns in turns(8)) {
        agree(&fleet, &turns, Order::LeastLeft);
    }

    #[test]
    fn four_resources_least_left(fleet in fleets::<4>(), turns in turns(6)) {
        agree(&fleet, &turns, Order::LeastLeft);
    }

    #[test]
    fn four_resources_most_left(fleet in fleets::<4>(), turns in turns(6)) {
        agree(&fleet, &turns, Order::MostLeft);
    }

    /// Hundreds of equal nodes that fill up and empty: leaves split, merge and go.
    #[test]
    fn one_shape_many_ties(count in 0..400_usize, turns in turns::<2>(4), order in orders()) {
        agree(&vec![[4, 4]; count], &turns, order);
    }

    /// Odd byte counts, whose weights are fixed point.
    #[test]
    fn amounts_without_a_small_common_multiple(picks in prop::collection::vec(0..3_usize, 1..100), turns in turns::<3>((1 << 42) - 1), order in orders()) {
        let shapes = [
            [(1 << 44) - 1, (1 << 43) - 3, (1 << 43) + 9],
            [(1 << 43) - 3, (1 << 44) - 1, (1 << 43) + 9],
            [1 << 44, 1 << 44, 0],
        ];
        let fleet: Vec<_> = picks.iter().map(|&pick| shapes[pick]).collect();
        agree(&fleet, &turns, order);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    /// So many nodes that they are parted into groups by the sizes that are asked for: what is learnt from the first pods
    /// fits the later ones or not.
    #[test]
    fn two_resources_in_groups(
        count in 256..800_usize,
        early in turns::<2>(6),
        late in prop::collection::vec(turns::<2>(13), 2..4),
        order in orders(),
    ) {
        agree(&vec![[12, 16]; count], &[early, late.concat()].concat(), order);
    }

    #[test]
    fn four_resources_in_groups(
        count in 1024..1500_usize,
        early in turns::<4>(4),
        late in prop::collection::vec(turns::<4>(9), 2..4),
        order in orders(),
    ) {
        agree(&vec![[8, 9, 10, 12]; count], &[early, late.concat()].concat(), order);
    }
}

#[test]
fn who_may_not_go_to_the_best_goes_to_the_next() {
    let capacities = [[8, 8], [4, 4], [4, 4], [6, 6]];
    let (index, scan) = (
        FleetIndex::new(&capacities, Order::LeastLeft),
        FleetScan::new(&capacities, Order::LeastLeft),
    );
    for (barred, right) in [
        (&[][..], Some(1)),
        (&[1], Some(2)),
        (&[1, 2], Some(3)),
        (&[0, 1, 2, 3], None),
    ] {
        let takes = |node: usize| !barred.contains(&node);
        assert_eq!(index.find_where(&[2, 2], takes), right);
        assert_eq!(scan.find_where(&[2, 2], takes), right);
    }
}

#[test]
fn best_fit_by_one_resource_is_its_least_amount_whatever_else_is_left() {
    let mut index = FleetIndex::by_one(&[[8, 8], [4, 64], [16, 4]], Order::LeastLeft, 0);
    assert_eq!(index.find(&[2, 2]), Some(1));
    index.take(1, &[3, 3]);
    assert_eq!(index.find(&[2, 2]), Some(0));
    assert_eq!(index.find(&[2, 9]), None);
    assert_eq!(index.len(), 3);
}
