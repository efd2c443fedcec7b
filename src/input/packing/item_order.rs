//! In which order items are presented, by how many there are: JSON, `{"20": [13, 12, …]}`, the n-th number the place in the
//! file, from 0, of the n-th item presented.
//!
//! The programs of the published results shuffle the items first, each number of items in its own fixed way.

use super::{Problems, Read};
use std::collections::BTreeMap;

/// Orders by number of items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemOrder {
    orders: BTreeMap<usize, Vec<usize>>,
}

impl ItemOrder {
    /// Reads the text of a file.
    ///
    /// # Errors
    /// Everything that makes an order no permutation.
    pub fn read(file: &str, text: &str) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let orders: BTreeMap<String, Vec<u64>> = match serde_json::from_str(text) {
            Ok(orders) => orders,
            Err(error) => {
                let message = format!("{error}; expected {{\"20\": [places of the 20 items, from 0], …}}");
                problems.at_line(file, (error.line() as u64).max(1), message);
                return Err(problems);
            }
        };
        let mut read = Self::default();
        for (key, order) in orders {
            match permutation(&key, &order) {
                Ok(order) => {
                    if read.orders.insert(order.len(), order).is_some() {
                        problems.of_file(file, format!("there are two orders of {key} items"));
                    }
                }
                Err(message) => problems.of_file(file, message),
            }
        }
        problems.or(read)
    }

    /// Presents the items of each instance in its order; says how many instances keep the order of their file because
    /// there is none for their number of items.
    pub fn apply(&self, instances: &mut [Read]) -> usize {
        let mut kept = 0;
        for read in instances {
            let items = &mut read.instance.items;
            match self.orders.get(&items.len()) {
                Some(order) => *items = order.iter().map(|&place| items[place].clone()).collect(),
                None => kept += 1,
            }
        }
        kept
    }
}

fn permutation(key: &str, order: &[u64]) -> Result<Vec<usize>, String> {
    let count: usize = key
        .parse()
        .map_err(|_| format!("`{key}` is no number of items, expected a whole number"))?;
    if order.len() != count {
        return Err(format!("the order of {count} items has {} places", order.len()));
    }
    let mut seen = vec![false; count];
    for &place in order {
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        match seen.get_mut(place) {
            None => {
                return Err(format!(
                    "the order of {count} items has {place}, expected 0 to {}",
                    count - 1
                ));
            }
            Some(true) => return Err(format!("the order of {count} items has {place} twice")),
            Some(seen) => *seen = true,
        }
    }
    Ok(order.iter().map(|&place| place as usize).collect())
}
