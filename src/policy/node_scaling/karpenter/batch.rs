//! When nodes are planned for pods that wait: a little after the last of them came (`provisioning/batcher.go`).

use crate::engine::{Span, Time};

/// Pods that still wait are looked at again so often.
const RETRY_EVERY: Span = Span::from_secs(10);

/// A window in which pods come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Batch {
    /// When it opened.
    opened: Option<Time>,
    /// When the last pod came into it.
    last: Time,
    /// The newest pod that was seen, in this window or an earlier one.
    newest: Option<Time>,
    /// When pods that were seen before open a window again.
    retry: Time,
}

/// How long windows are open.
#[derive(Clone, Copy, Debug)]
pub(super) struct Durations {
    /// After the last pod.
    pub(super) idle: Span,
    /// After the first one.
    pub(super) most: Span,
}

impl Batch {
    /// Pods wait, the newest of which was created at `newest`; when their window closes. It is closed when that has come.
    pub(super) fn wait(&mut self, now: Time, newest: Time, durations: Durations) -> Time {
        let is_new = self.newest.is_none_or(|known| newest > known);
        if self.opened.is_some() {
            if is_new {
                self.last = now;
            }
        } else if is_new || now >= self.retry {
            (self.opened, self.last) = (Some(now), now);
        }
        self.newest = self.newest.max(Some(newest));
        match self.opened {
            Some(opened) => (self.last + durations.idle).min(opened + durations.most),
            None => self.retry,
        }
    }

    /// Whether a window is open.
    pub(super) const fn is_open(&self) -> bool {
        self.opened.is_some()
    }

    /// The window closes.
    pub(super) fn close(&mut self, now: Time) {
        self.opened = None;
        self.retry = now + RETRY_EVERY;
    }
}

#[cfg(test)]
mod tests {
    use super::{Batch, Durations, Span, Time};

    /// Were the window not to move with the pods that come, a burst would be planned for in pieces; were it to move without
    /// end, nothing would be planned for in a steady stream.
    #[test]
    fn the_window_closes_a_second_after_the_last_pod_and_ten_after_the_first() {
        let durations = Durations {
            idle: Span::from_secs(1),
            most: Span::from_secs(10),
        };
        let at = |tenths: u64| Time::from_nanos(tenths * 100_000_000);
        let mut batch = Batch::default();
        for tenths in (5..100).step_by(5) {
            let due = batch.wait(at(tenths), at(tenths), durations);
            assert_eq!(due, at((tenths + 10).min(105)), "at {tenths} tenths");
        }
        batch.close(at(105));
        assert_eq!(
            batch.wait(at(106), at(95), durations),
            at(205),
            "known pods wait for their turn"
        );
        assert_eq!(batch.wait(at(205), at(95), durations), at(215));
    }
}
