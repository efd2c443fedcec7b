//! What pods have in swap, and had.
//!
//! Knows: amounts and times, by pod. Must not know: what goes to swap, or what that costs.

use crate::engine::{Span, Time};
use crate::model::cluster::PodId;
use std::collections::BTreeMap;

/// A pod's account.
#[derive(Clone, Copy, Debug, Default)]
struct Account {
    bytes: u64,
    since: Time,
    peak: u64,
    before: Span,
}

/// What there is to say of a pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Swapping {
    /// The most it had in swap, bytes.
    pub(super) peak_bytes: u64,
    /// For how long it had something there.
    pub(super) swapped: Span,
}

/// The accounts of the pods that have ever had something in swap.
#[derive(Clone, Debug, Default)]
pub(super) struct SwapBook(BTreeMap<PodId, Account>);

impl SwapBook {
    /// A pod has so many bytes in swap from `now` on. Whether that is another amount than before.
    pub(super) fn note(&mut self, pod: PodId, now: Time, bytes: u64) -> bool {
        if bytes == 0 && !self.0.contains_key(&pod) {
            return false;
        }
        let account = self.0.entry(pod).or_default();
        if account.bytes > 0 {
            account.before += now.since(account.since);
        }
        account.since = now;
        account.peak = account.peak.max(bytes);
        std::mem::replace(&mut account.bytes, bytes) != bytes
    }

    /// What there is to say of a pod at `now`.
    pub(super) fn of(&self, pod: PodId, now: Time) -> Swapping {
        let Some(account) = self.0.get(&pod) else {
            return Swapping::default();
        };
        let under_way = match account.bytes {
            0 => Span::ZERO,
            _ => now.since(account.since),
        };
        Swapping {
            peak_bytes: account.peak,
            swapped: account.before + under_way,
        }
    }

    /// A pod is gone.
    pub(super) fn forget(&mut self, pod: PodId) {
        self.0.remove(&pod);
    }
}

#[cfg(test)]
mod tests {
    use super::SwapBook;
    use crate::engine::Arena;
    use crate::engine::{Span, Time};
    use crate::model::cluster::PodId;

    #[test]
    fn time_counts_while_something_is_swapped() {
        let mut arena = Arena::default();
        let pod: PodId = arena.insert(crate::model::cluster::Pod::new(
            0,
            0,
            std::sync::Arc::new(crate::model::pod_template::PodTemplate::new(Vec::new())),
            Time::ZERO,
        ));
        let mut book = SwapBook::default();
        let at = |seconds| Time::ZERO + Span::from_secs(seconds);
        assert!(!book.note(pod, at(1), 0), "nothing was and nothing is");
        assert!(book.note(pod, at(2), 10));
        assert!(!book.note(pod, at(5), 10));
        assert!(book.note(pod, at(6), 30));
        assert!(book.note(pod, at(8), 0));
        let said = book.of(pod, at(100));
        assert_eq!((said.peak_bytes, said.swapped), (30, Span::from_secs(6)));
        assert!(book.note(pod, at(100), 5));
        assert_eq!(book.of(pod, at(101)).swapped, Span::from_secs(7));
    }
}
