//! One running container: which of its samples count, and its memory peak of the current interval.
//!
//! Knows: the order and windows of one container's samples. Must not know: other containers; what it learns goes into
//! the aggregate it is handed. Source: `recommender/model/container.go`.

use super::aggregate::AggregateState;
use super::amount::scaled;
use super::stamp::Stamp;
use crate::engine::Span;

/// By how much a kill for memory raises the sample that stands for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OomBump {
    /// At least this many times what was used.
    pub ratio: f64,
    /// At least this many bytes more.
    pub min_bytes: u64,
}

/// The recent past of one container.
#[derive(Clone, Copy, Debug, Default)]
pub struct ContainerHistory {
    last_cpu: Option<Stamp>,
    last_memory: Option<Stamp>,
    /// End of the current interval, not part of it.
    window_end: Option<Stamp>,
    /// The greatest use seen in the interval, bytes.
    peak: u64,
    /// The greatest use guessed from a kill in the interval, bytes.
    oom_peak: u64,
}

impl ContainerHistory {
    /// Takes a CPU sample, thousandths; `false` if it is not newer than the last.
    pub fn add_cpu(&mut self, milli: u64, at: Stamp, into: &mut AggregateState) -> bool {
        if self.last_cpu.is_some_and(|last| at <= last) {
            return false;
        }
        self.last_cpu = Some(at);
        into.add_cpu(milli, at);
        true
    }

    /// Takes a memory sample, bytes; `false` if it is older than the last. Intervals are `interval` long and start
    /// with the container's first sample.
    pub fn add_memory(&mut self, bytes: u64, at: Stamp, interval: Span, into: &mut AggregateState) -> bool {
        if self.last_memory.is_some_and(|last| at < last) {
            return false;
        }
        if self.is_new_peak(bytes, at, interval, into) {
            self.peak = bytes;
        }
        true
    }

    /// Takes a kill for memory of a container that asked for `request` bytes, as a sample above what it used;
    /// `false` if it was before the current interval. A kill older than the last sample counts and sets the clock of
    /// memory samples back.
    pub fn record_oom(
        &mut self,
        request: u64,
        at: Stamp,
        interval: Span,
        bump: OomBump,
        into: &mut AggregateState,
    ) -> bool {
        if self.window_end.is_some_and(|end| at < end.minus(interval)) {
            return false;
        }
        // Earlier kills are left out, or every kill would raise the next guess.
        let used = request.max(self.peak);
        let needed = used.saturating_add(bump.min_bytes).max(scaled(used, bump.ratio));
        if self.is_new_peak(needed, at, interval, into) {
            self.oom_peak = needed;
        }
        true
    }

    /// Whether `bytes` is the peak of its interval so far; if so it has replaced the old one in the aggregate. Peaks
    /// are stamped with the end of their interval, in the future.
    fn is_new_peak(&mut self, bytes: u64, at: Stamp, interval: Span, into: &mut AggregateState) -> bool {
        self.last_memory = Some(at);
        let end = *self.window_end.get_or_insert(at);
        if at < end {
            let old = self.peak.max(self.oom_peak);
            // An interval that began with a use of nothing keeps no peak at all, as in the real one.
            if old == 0 || bytes <= old {
                return false;
            }
            into.subtract_memory(old, end);
            into.add_memory(bytes, end);
            return true;
        }
        let intervals = Span::from_nanos(at.since(end).unsigned_abs() / interval.nanos() * interval.nanos());
        let end = end.plus(intervals).plus(interval);
        self.window_end = Some(end);
        (self.peak, self.oom_peak) = (0, 0);
        into.add_memory(bytes, end);
        true
    }
}
