//! Items no two of which go into one bin need a bin each: a clique of the graph of conflicts. In several dimensions it sees
//! what no dimension sees by itself, a pair that is too large in one and another in another.

use super::columns::Columns;

/// Most items that are looked at, those that are largest for their bin.
const ITEMS_MAX: usize = 2_000;

/// Most items from which a clique is grown.
const STARTS_MAX: usize = 200;

/// The size of the largest clique that growing from each of the items with most conflicts finds.
pub(super) fn bins(columns: &Columns) -> u64 {
    let items = largest(columns);
    let conflicts: Vec<Vec<bool>> = (items.iter())
        .map(|&one| {
            let against = items.iter();
            against.map(|&other| !columns.fit_together(one, other)).collect()
        })
        .collect();
    let degree: Vec<usize> = (conflicts.iter())
        .map(|row| row.iter().filter(|&&is| is).count())
        .collect();
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by_key(|&item| std::cmp::Reverse(degree[item]));
    let grown = order.iter().take(STARTS_MAX).map(|&start| {
        let mut clique = vec![start];
        for &item in order.iter().filter(|&&item| item != start) {
            if clique.iter().all(|&member| conflicts[member][item]) {
                clique.push(item);
            }
        }
        clique.len()
    });
    grown.max().unwrap_or(0) as u64
}

fn largest(columns: &Columns) -> Vec<usize> {
    let mut items: Vec<usize> = (0..columns.len).collect();
    if items.len() > ITEMS_MAX {
        let share = |item: usize| {
            let by_dimension = columns.capacity.iter().zip(&columns.sizes);
            by_dimension
                .filter(|&(&capacity, _)| capacity > 0)
                .map(|(&capacity, sizes)| {
                    u128::from(sizes[item]) * u128::from(u32::MAX) / u128::from(capacity)
                })
                .max()
        };
        items.sort_by_cached_key(|&item| std::cmp::Reverse(share(item)));
        items.truncate(ITEMS_MAX);
    }
    items
}
