//! Sizes below zero, as some published triplets have them: an item that gives back to its bin.
//!
//! Of all bounds only the sum of a dimension holds for such sizes ([`super::l1`] counts them as they are); every other one
//! looks at the dimensions that have none. What holds without a dimension holds with it.

use crate::model::packing::{BinKind, Instance, Item};
use std::borrow::Cow;

/// The instance with only those dimensions in which no size is below zero.
pub(super) fn without_sizes_below_zero(instance: &Instance) -> Cow<'_, Instance> {
    if !instance.has_sizes_below_zero() {
        return Cow::Borrowed(instance);
    }
    let is_sound = |dimension: &usize| {
        let below = instance.items.iter().map(|item| item.below_zero.get(*dimension));
        below
            .into_iter()
            .all(|below| below.is_none_or(|&below| below == 0))
    };
    let kept: Vec<usize> = (0..instance.dimensions.len()).filter(is_sound).collect();
    let of = |all: &[u64]| kept.iter().map(|&dimension| all[dimension]).collect();
    let kinds = instance.kinds.iter().map(|kind| BinKind {
        capacity: of(&kind.capacity),
        ..kind.clone()
    });
    let items = instance.items.iter().map(|item| Item {
        sizes: of(&item.sizes),
        below_zero: Vec::new(),
        ..item.clone()
    });
    Cow::Owned(Instance {
        dimensions: kept
            .iter()
            .map(|&dimension| instance.dimensions[dimension].clone())
            .collect(),
        kinds: kinds.collect(),
        items: items.collect(),
        name: instance.name.clone(),
        optimum: instance.optimum,
    })
}
