//! How often Docker's engine tries to download a layer, and how long it waits in between.
//!
//! Source: moby `daemon/internal/distribution/xfer/download.go` (`makeDownloadFunc`) and `daemon/config/config.go`
//! (`DefaultDownloadAttempts`). What comes before any layer, the image's manifest, is asked for once: a registry that does
//! not answer fails the pull at once (`daemon/internal/distribution/pull_v2.go`). So does a disk that is full, which is
//! found out when a layer is unpacked.

use crate::engine::Span;

/// `max-download-attempts`.
pub const ATTEMPTS: u32 = 5;
/// The wait after the first attempt; it grows by this with each.
const WAIT: Span = Span::from_secs(5);

/// How long the engine waits after so many attempts that failed; `None`: the pull has failed.
#[must_use]
pub const fn wait_after(attempts: u32) -> Option<Span> {
    if attempts >= ATTEMPTS {
        return None;
    }
    Some(Span::from_nanos(WAIT.nanos() * attempts as u64))
}

#[cfg(test)]
mod tests {
    use super::wait_after;
    use crate::engine::Span;

    /// Five attempts, after which nobody tries again.
    #[test]
    fn the_waits_grow_by_five_seconds() {
        let waits: Vec<Option<f64>> = (1..=5).map(|done| wait_after(done).map(Span::secs_f64)).collect();
        assert_eq!(waits, [Some(5.0), Some(10.0), Some(15.0), Some(20.0), None]);
    }
}
