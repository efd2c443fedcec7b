//! The fewest bins themselves, for small problems: bin after bin is filled around the first item that is left, and whatever
//! a bin wastes counts against what all bins together may waste (Fukunaga and Korf, *Journal of Artificial Intelligence
//! Research* 28, 2007, there in one dimension). Waste is counted in each dimension and in the values of
//! [`super::configuration`], in which a bin of the best packings wastes hardly anything: that is what prunes.
//!
//! The search ends after so many steps and never by the clock: the same answer on every machine.

use super::columns::Columns;
use super::configuration::Valued;

/// A measure in which all items of a bin together have `bin` at most.
struct Measure {
    bin: u64,
    values: Vec<u64>,
}

/// What the search for a packing into so many bins came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Search {
    /// The items of each bin.
    Found(Vec<Vec<usize>>),
    /// There is no such packing.
    Impossible,
    /// Not known after so many steps.
    Unknown,
}

/// Looks for a packing into `bins` bins; `steps` are what is left of them.
pub(super) fn search(columns: &Columns, valued: Option<&Valued>, bins: u64, steps: &mut u64) -> Search {
    let mut measures: Vec<Measure> = (columns.capacity.iter().zip(&columns.sizes))
        .map(|(&capacity, sizes)| Measure {
            bin: capacity,
            values: sizes.clone(),
        })
        .collect();
    measures.extend(valued.map(|valued| Measure {
        bin: valued.bin,
        values: valued.values.clone(),
    }));
    // Values first: what is worth most is what wastes most if it is left for later.
    let mut items: Vec<usize> = (0..columns.len).collect();
    let share = |item: usize, measure: &Measure| -> u64 {
        (u128::from(measure.values[item]) << 32)
            .checked_div(u128::from(measure.bin))
            .unwrap_or(0) as u64
    };
    let weight = |item: usize| {
        let shares = measures[..columns.capacity.len()].iter();
        let sizes: u64 = shares.map(|measure| share(item, measure)).sum();
        (
            valued.map_or(0, |valued| valued.values[item] / (valued.bin / 64).max(1)),
            sizes,
        )
    };
    items.sort_by_key(|&item| (std::cmp::Reverse(weight(item)), item));
    let mut waste = Vec::new();
    for measure in &measures {
        let all: i128 = items.iter().map(|&item| i128::from(measure.values[item])).sum();
        waste.push(i128::from(bins) * i128::from(measure.bin) - all);
    }
    if waste.iter().any(|&waste| waste < 0) {
        return Search::Impossible;
    }
    // Where there is a packing it is near the best way to fill each bin, and looked for there first.
    for astray in [0, 1, 2, 4, 8, usize::MAX] {
        let share = if astray == usize::MAX { *steps } else { *steps / 8 };
        let mut filling = Filling {
            columns,
            measures: &measures,
            steps: share,
            packed: Vec::new(),
        };
        let answer = filling.fill(&items, &waste, bins, astray);
        *steps -= share - filling.steps;
        match answer {
            Some(true) => return Search::Found(filling.packed),
            Some(false) if astray == usize::MAX => return Search::Impossible,
            _ => {}
        }
    }
    Search::Unknown
}

struct Filling<'a> {
    columns: &'a Columns,
    measures: &'a [Measure],
    steps: u64,
    packed: Vec<Vec<usize>>,
}

/// A way to fill a bin.
struct Fill {
    set: Vec<usize>,
    waste: Vec<i128>,
    /// What is left to waste, of the scarcest measure, as parts of a bin.
    left: i128,
}

impl Filling<'_> {
    /// Whether `items` go into `bins` bins that waste no more than `waste`, looking at fills that are `astray` places behind
    /// the best of their bin, all together; `None` after too many steps.
    fn fill(&mut self, items: &[usize], waste: &[i128], bins: u64, astray: usize) -> Option<bool> {
        let Some((&first, rest)) = items.split_first() else {
            return Some(true);
        };
        if bins == 0 {
            return Some(false);
        }
        let mut fills = Vec::new();
        let mut set = vec![first];
        let free: Vec<u64> = (self.columns.capacity.iter().zip(&self.columns.sizes))
            .map(|(&capacity, sizes)| capacity - sizes[first])
            .collect();
        self.sets(rest, 0, &free, &mut set, waste, &mut fills)?;
        fills.sort_by(|one, other| other.left.cmp(&one.left).then_with(|| one.set.cmp(&other.set)));
        for (place, fill) in fills.into_iter().enumerate().take(astray.saturating_add(1)) {
            let astray = if astray == usize::MAX {
                astray
            } else {
                astray - place
            };
            let left: Vec<usize> = items
                .iter()
                .copied()
                .filter(|item| !fill.set.contains(item))
                .collect();
            self.packed.push(fill.set);
            if self.fill(&left, &fill.waste, bins - 1, astray)? {
                return Some(true);
            }
            self.packed.pop();
        }
        Some(false)
    }

    /// Notes every set with `set` and items of `rest` from position `from` on to which nothing more of `rest` could be
    /// added and that does not waste too much. Sets with room for another need no look: it could be moved there from
    /// whatever bin it is in.
    fn sets(
        &mut self,
        rest: &[usize],
        from: usize,
        free: &[u64],
        set: &mut Vec<usize>,
        waste: &[i128],
        fills: &mut Vec<Fill>,
    ) -> Option<()> {
        self.steps = self.steps.checked_sub(1)?;
        let sizes = &self.columns.sizes;
        let fits = |item: usize| free.iter().zip(sizes).all(|(&free, sizes)| sizes[item] <= free);
        if !rest.iter().any(|&item| !set.contains(&item) && fits(item)) {
            fills.extend(self.weigh(set, waste));
            return Some(());
        }
        for at in from..rest.len() {
            let item = rest[at];
            if !fits(item) {
                continue;
            }
            let left: Vec<u64> = free
                .iter()
                .zip(sizes)
                .map(|(&free, sizes)| free - sizes[item])
                .collect();
            set.push(item);
            self.sets(rest, at + 1, &left, set, waste, fills)?;
            set.pop();
        }
        Some(())
    }

    fn weigh(&self, set: &[usize], waste: &[i128]) -> Option<Fill> {
        let mut left = Vec::with_capacity(waste.len());
        for (measure, &waste) in self.measures.iter().zip(waste) {
            let held: i128 = set.iter().map(|&item| i128::from(measure.values[item])).sum();
            left.push(waste - (i128::from(measure.bin) - held));
        }
        if left.iter().any(|&left| left < 0) {
            return None;
        }
        let parts = (self.measures.iter().zip(&left))
            .filter(|(measure, _)| measure.bin > 0)
            .map(|(measure, &left)| (left << 20) / i128::from(measure.bin));
        Some(Fill {
            set: set.to_vec(),
            left: parts.min().unwrap_or(0),
            waste: left,
        })
    }
}
