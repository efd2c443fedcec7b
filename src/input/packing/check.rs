//! What an instance must keep to whatever file it came from.

use crate::model::packing::{BinKind, Item};

/// The dimensions in which an item is larger than every kind of bin, or else that no kind takes it in all dimensions at
/// once; `None` if some kind takes it. Amounts are `told` as their file has them.
pub(super) fn too_large<'a>(
    item: &Item,
    kinds: &(impl Iterator<Item = &'a BinKind> + Clone),
    dimensions: &[String],
    told: impl Fn(u64) -> String,
) -> Option<String> {
    if kinds.clone().any(|kind| item.fits(&kind.capacity)) {
        return None;
    }
    let mut over = Vec::new();
    for (place, (&size, dimension)) in item.sizes.iter().zip(dimensions).enumerate() {
        let capacities = kinds.clone().map(|kind| kind.capacity[place]);
        let largest = capacities.max().unwrap_or(0);
        if size > largest {
            over.push(format!(
                "{} of {} in dimension {dimension}",
                told(size),
                told(largest)
            ));
        }
    }
    if over.is_empty() {
        return Some(format!(
            "item `{}` fits no kind of bin in all dimensions at once",
            item.name
        ));
    }
    Some(format!(
        "item `{}` is larger than any bin: {}",
        item.name,
        over.join(", ")
    ))
}
