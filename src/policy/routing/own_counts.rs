//! What each of several proxies knows: the requests it has in flight itself, and nothing of the others'.

use super::asking::{Asking, Ended};

/// Requests in flight at each station, proxy by proxy.
#[derive(Clone, Debug)]
pub(super) struct OwnCounts {
    proxies: Vec<Vec<u32>>,
}

/// Sets the choice of a proxy apart from other choices by the same number.
const PROXIES: u64 = 0x70_72_6f_78_79;

impl OwnCounts {
    /// So many proxies, at least one, with nothing in flight.
    pub(super) fn new(proxies: u32) -> Self {
        Self {
            proxies: vec![Vec::new(); proxies.max(1) as usize],
        }
    }

    /// The proxy that an attempt goes through.
    pub(super) fn proxy_of(&self, asking: Asking) -> usize {
        asking.one_of(self.proxies.len() as u32, PROXIES) as usize
    }

    /// What `proxy` has in flight at `station`.
    pub(super) fn at(&self, proxy: usize, station: usize) -> u32 {
        self.proxies[proxy].get(station).copied().unwrap_or(0)
    }

    /// `proxy` sends one more to `station`.
    pub(super) fn sent(&mut self, proxy: usize, station: usize) {
        let counts = &mut self.proxies[proxy];
        if counts.len() <= station {
            counts.resize(station + 1, 0);
        }
        counts[station] += 1;
    }

    /// One of them has ended.
    pub(super) fn ended(&mut self, ended: &Ended) {
        let proxy = self.proxy_of(ended.asking);
        if let Some(count) = self.proxies[proxy].get_mut(ended.station) {
            *count = count.saturating_sub(1);
        }
    }
}
