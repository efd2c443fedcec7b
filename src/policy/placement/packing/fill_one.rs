//! One bin at a time: it gets the item that suits it best until none has room, then the next one is opened.

use super::open_bins::OpenBins;
use super::shares::share;
use crate::model::packing::{Instance, Packing};

/// Packs so: `score` says how well an item suits a bin of which these shares are free; the greater, the better, the first
/// presented among equals. The kind of each new bin is the one the first item left would open.
pub(super) fn pack_one_by_one(instance: &Instance, score: impl Fn(&[f32], usize) -> f32) -> Packing {
    let mut bins = OpenBins::new(instance);
    let mut left: Vec<usize> = (0..instance.items.len()).collect();
    let mut free = vec![0.0; instance.dimensions.len()];
    while let Some(&first) = left.first() {
        let Some(bin) = bins.open(first) else {
            left.remove(0);
            continue;
        };
        loop {
            let known = bins.free(bin).iter().zip(bins.capacity(bin));
            for (share_free, (&free, &capacity)) in free.iter_mut().zip(known) {
                *share_free = share(free, capacity);
            }
            let mut best: Option<(f32, usize)> = None;
            for (place, &item) in left.iter().enumerate() {
                if !bins.fits(bin, item) {
                    continue;
                }
                let score = score(&free, item);
                if best.is_none_or(|(known, _)| score > known) {
                    best = Some((score, place));
                }
            }
            let Some((_, place)) = best else { break };
            bins.put(bin, left.remove(place));
        }
    }
    bins.packing()
}
