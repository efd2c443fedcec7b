//! Which items that go into one bin together are worth most? The knapsack problem in several dimensions, by branch and
//! bound over whole numbers.

use super::columns::Columns;

/// What one bin can be worth at most.
#[derive(Clone, Debug)]
pub(super) struct Priced {
    /// No set that goes into one bin is worth more.
    pub(super) at_most: u64,
    /// Sets worth more than was asked for, the best first.
    pub(super) sets: Vec<Vec<usize>>,
    /// Steps it took.
    pub(super) steps: u64,
}

/// Looks, from every item, for the best set with it that is worth more than `above`; `None` if that takes more than
/// `steps_max` steps.
pub(super) fn price(columns: &Columns, values: &[u64], above: u64, steps_max: u64) -> Option<Priced> {
    let mut search = Search::new(columns, values, above, steps_max);
    let mut sets = Vec::new();
    for start in 0..search.order.len() {
        if let Some((value, set)) = search.best_from(start)? {
            sets.push((value, set));
        }
    }
    sets.sort_by_key(|(value, _)| std::cmp::Reverse(*value));
    Some(Priced {
        at_most: sets.first().map_or(above, |&(value, _)| value),
        sets: sets.into_iter().map(|(_, set)| set).collect(),
        steps: search.steps,
    })
}

struct Search<'a> {
    columns: &'a Columns,
    values: &'a [u64],
    /// Items with a value, those worth most for their room first.
    order: Vec<usize>,
    /// Room an item takes, summed over dimensions as parts of a bin, rounded down.
    room: Vec<u64>,
    above: u64,
    steps: u64,
    steps_max: u64,
    chosen: Vec<usize>,
    best: Option<(u64, Vec<usize>)>,
}

/// A bin in the sum of one dimension.
const SCALE: u128 = 1 << 24;

impl<'a> Search<'a> {
    fn new(columns: &'a Columns, values: &'a [u64], above: u64, steps_max: u64) -> Self {
        let room: Vec<u64> = (0..columns.len)
            .map(|item| {
                let shares = (columns.capacity.iter().zip(&columns.sizes))
                    .filter(|&(&capacity, _)| capacity > 0)
                    .map(|(&capacity, sizes)| u128::from(sizes[item]) * SCALE / u128::from(capacity));
                (shares.sum::<u128>() as u64).max(1)
            })
            .collect();
        let mut order: Vec<usize> = (0..columns.len).filter(|&item| values[item] > 0).collect();
        let density = |item: usize| (u128::from(values[item]) << 40) / u128::from(room[item]);
        order.sort_by_key(|&item| (std::cmp::Reverse(density(item)), item));
        Self {
            columns,
            values,
            order,
            room,
            above,
            steps: 0,
            steps_max,
            chosen: Vec::new(),
            best: None,
        }
    }

    /// The best set whose first item in the order is the one at `start`, if it is worth more than asked for.
    fn best_from(&mut self, start: usize) -> Option<Option<(u64, Vec<usize>)>> {
        self.best = None;
        let dimensions = self
            .columns
            .capacity
            .iter()
            .filter(|&&capacity| capacity > 0)
            .count();
        // A zero size still counts as room of one: so much may be lost on every item.
        let room = dimensions as u64 * SCALE as u64 + self.columns.len as u64;
        let item = self.order[start];
        let free: Vec<u64> = (self.columns.capacity.iter().zip(&self.columns.sizes))
            .map(|(&capacity, sizes)| capacity - sizes[item])
            .collect();
        self.chosen.push(item);
        let done = self.extend(
            start + 1,
            &free,
            room.saturating_sub(self.room[item]),
            self.values[item],
        );
        self.chosen.pop();
        done.then(|| self.best.take())
    }

    /// Whether it was looked through within the steps.
    fn extend(&mut self, from: usize, free: &[u64], room: u64, value: u64) -> bool {
        let least = |search: &Self| search.best.as_ref().map_or(search.above, |&(value, _)| value);
        if value > least(self) {
            self.best = Some((value, self.chosen.clone()));
        }
        for at in from..self.order.len() {
            let item = self.order[at];
            // Those that follow are worth no more for their room than this one.
            let gain = u128::from(room) * u128::from(self.values[item]) / u128::from(self.room[item]);
            if u128::from(value) + gain <= u128::from(least(self)) {
                return true;
            }
            self.steps += 1;
            if self.steps > self.steps_max {
                return false;
            }
            let sizes = &self.columns.sizes;
            if !free.iter().zip(sizes).all(|(&free, sizes)| sizes[item] <= free) {
                continue;
            }
            let left: Vec<u64> = (free.iter().zip(sizes))
                .map(|(&free, sizes)| free - sizes[item])
                .collect();
            self.chosen.push(item);
            let room = room.saturating_sub(self.room[item]);
            let done = self.extend(at + 1, &left, room, value + self.values[item]);
            self.chosen.pop();
            if !done {
                return false;
            }
        }
        true
    }
}
