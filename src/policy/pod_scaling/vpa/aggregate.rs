//! What is known of all containers of one name in a workload: how CPU and memory peaks are distributed.
//!
//! Knows: weights of samples and their first and last time. Must not know: single containers.
//! Source: `recommender/model/aggregate_container_state.go`.

use super::buckets::{CPU_BUCKETS, MEMORY_BUCKETS};
use super::decaying::{DecayingHistogram, HistogramCheckpoint};
use super::flags::RecommenderFlags;
use super::stamp::Stamp;
use crate::engine::Span;

/// The weight of every CPU sample: the least one, since samples no longer weigh as much as the request.
const CPU_SAMPLE_WEIGHT: f64 = 0.1;

/// Distributions of use, and the span they cover.
#[derive(Clone, Debug)]
pub struct AggregateState {
    /// CPU samples, cores.
    pub cpu: DecayingHistogram,
    /// Memory peaks, bytes: one for each container and interval.
    pub memory: DecayingHistogram,
    /// The earliest CPU sample.
    first: Option<Stamp>,
    /// The latest CPU sample.
    last: Option<Stamp>,
    /// How many CPU samples.
    samples: u64,
}

/// The saved form of an [`AggregateState`].
#[derive(Clone, Debug, PartialEq)]
pub struct StateCheckpoint {
    /// CPU.
    pub cpu: HistogramCheckpoint,
    /// Memory.
    pub memory: HistogramCheckpoint,
    /// The earliest CPU sample.
    pub first: Option<Stamp>,
    /// The latest CPU sample.
    pub last: Option<Stamp>,
    /// How many CPU samples.
    pub samples: u64,
}

impl AggregateState {
    /// Nothing known yet.
    #[must_use]
    pub fn new(flags: &RecommenderFlags) -> Self {
        Self {
            cpu: DecayingHistogram::new(&CPU_BUCKETS, flags.cpu_histogram_decay_half_life.span()),
            memory: DecayingHistogram::new(&MEMORY_BUCKETS, flags.memory_histogram_decay_half_life.span()),
            first: None,
            last: None,
            samples: 0,
        }
    }

    /// A CPU sample, thousandths.
    pub(super) fn add_cpu(&mut self, milli: u64, at: Stamp) {
        self.cpu.add(milli as f64 / 1000.0, CPU_SAMPLE_WEIGHT, at);
        self.last = self.last.max(Some(at));
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        self.samples += 1;
    }

    /// A memory peak, bytes.
    pub(super) fn add_memory(&mut self, bytes: u64, at: Stamp) {
        self.memory.add(bytes as f64, 1.0, at);
    }

    /// Takes a memory peak back.
    pub(super) fn subtract_memory(&mut self, bytes: u64, at: Stamp) {
        self.memory.subtract(bytes as f64, 1.0, at);
    }

    /// Adds all that `other` knows.
    pub fn merge(&mut self, other: &Self) {
        self.cpu.merge(&other.cpu);
        self.memory.merge(&other.memory);
        self.first = match (self.first, other.first) {
            (Some(ours), Some(theirs)) => Some(ours.min(theirs)),
            (ours, theirs) => ours.or(theirs),
        };
        self.last = self.last.max(other.last);
        self.samples += other.samples;
    }

    /// How many CPU samples were added.
    #[must_use]
    pub const fn samples(&self) -> u64 {
        self.samples
    }

    /// How far the history can be trusted: its length in units of `interval`, by the clock or by one sample a minute,
    /// whichever is less. CPU samples only, for memory too.
    #[must_use]
    pub(super) fn confidence(&self, interval: Span) -> f64 {
        let lifespan = match (self.first, self.last) {
            (Some(first), Some(last)) => last.since(first) as f64,
            _ => 0.0,
        };
        let minutes = interval.nanos() / 60_000_000_000;
        let rest = interval.nanos() % 60_000_000_000;
        let minutes = minutes as f64 + rest as f64 / 6e10;
        (lifespan / interval.nanos() as f64).min(self.samples as f64 / minutes)
    }

    /// Whether no CPU sample has come for so long that the state is forgotten.
    #[must_use]
    pub(super) fn is_expired(&self, now: Stamp, after: Span) -> bool {
        self.last.is_some_and(|last| now >= last.plus(after))
    }

    /// Its saved form, as in a VerticalPodAutoscalerCheckpoint.
    #[must_use]
    pub fn checkpoint(&self) -> StateCheckpoint {
        StateCheckpoint {
            cpu: self.cpu.checkpoint(),
            memory: self.memory.checkpoint(),
            first: self.first,
            last: self.last,
            samples: self.samples,
        }
    }

    /// What a restarted recommender knows: weights are back to 10,000ths of the heaviest.
    #[must_use]
    pub fn restored(flags: &RecommenderFlags, saved: &StateCheckpoint) -> Self {
        let mut state = Self::new(flags);
        state.cpu.load(&saved.cpu);
        state.memory.load(&saved.memory);
        (state.first, state.last, state.samples) = (saved.first, saved.last, saved.samples);
        state
    }
}
