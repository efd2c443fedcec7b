//! Laws of histograms and of what a container's history keeps.

use super::super::{
    AggregateState, CPU_BUCKETS, ContainerHistory, DecayingHistogram, OomBump, RecommenderFlags, Stamp,
    recommend,
};
use crate::engine::Span;
use crate::policy::pod_scaling::pod_sizer::SizedResource;
use proptest::prelude::*;

const DAY: Span = Span::from_secs(86_400);
const BUMP: OomBump = OomBump {
    ratio: 1.2,
    min_bytes: 100 << 20,
};

fn at(secs: i64) -> Stamp {
    Stamp::from_unix_secs(1_700_000_000 + secs)
}

fn samples() -> impl Strategy<Value = Vec<(f64, i64)>> {
    prop::collection::vec((0.0..900.0f64, 0..5_000_000_i64), 1..60)
}

fn filled(samples: &[(f64, i64)]) -> DecayingHistogram {
    let mut histogram = DecayingHistogram::new(&CPU_BUCKETS, DAY);
    for &(value, secs) in samples {
        histogram.add(value, 1.0, at(secs));
    }
    histogram
}

proptest! {
    #[test]
    fn percentiles_rise_and_bound_the_values(samples in samples()) {
        let histogram = filled(&samples);
        let percentiles: Vec<_> = (0..=20).map(|i| histogram.percentile(f64::from(i) / 20.0)).collect();
        prop_assert!(percentiles.windows(2).all(|two| two[0] <= two[1]));
        let newest = samples.iter().max_by_key(|sample| sample.1).expect("at least one");
        prop_assert!(percentiles[20] >= newest.0, "the newest weighs more than nothing");
    }

    /// A restart that lost weight would let recommendations jump.
    #[test]
    fn a_saved_histogram_weighs_the_same_and_has_nearly_the_same_shares(samples in samples()) {
        let histogram = filled(&samples);
        let saved = histogram.checkpoint();
        let mut restored = DecayingHistogram::new(&CPU_BUCKETS, DAY);
        restored.load(&saved);
        let again = restored.checkpoint();
        prop_assert_eq!(saved.reference, again.reference);
        prop_assert_eq!(saved.bucket_weights, again.bucket_weights);
        prop_assert!((saved.total_weight - again.total_weight).abs() <= 1e-9 * saved.total_weight);
    }

    #[test]
    fn merging_weighs_as_much_as_adding_all(one in samples(), other in samples()) {
        let mut merged = filled(&one);
        merged.merge(&filled(&other));
        let all: Vec<_> = one.iter().chain(&other).copied().collect();
        let (merged, all) = (merged.checkpoint(), filled(&all).checkpoint());
        // The references may lie whole half-lives apart: compare at one of them.
        let apart = merged.reference.zip(all.reference).map_or(0, |(a, b)| b.since(a));
        let scaled = all.total_weight * (apart as f64 / DAY.nanos() as f64).exp2();
        prop_assert!((merged.total_weight - scaled).abs() <= 1e-9 * scaled);
    }
}

/// Found by whoever plots a recommendation right after start: the peak lies a day ahead, and a later, greater one
/// replaces it.
#[test]
fn a_memory_peak_counts_once_an_interval_at_the_interval_s_end() {
    let flags = RecommenderFlags::default();
    let (mut state, mut history) = (AggregateState::new(&flags), ContainerHistory::default());
    for (secs, bytes) in [(0, 100_000_000), (60, 300_000_000), (120, 200_000_000)] {
        assert!(history.add_memory(bytes, at(secs), DAY, &mut state));
    }
    let mut expected = AggregateState::new(&flags).memory;
    expected.add(3e8, 1.0, at(86_400));
    assert_eq!(
        state.memory.checkpoint().bucket_weights,
        expected.checkpoint().bucket_weights
    );
    assert!(
        !history.add_memory(1, at(100), DAY, &mut state),
        "older than the last"
    );
    // Two and a half days later: the window moves by whole days.
    history.add_memory(100_000_000, at(216_000), DAY, &mut state);
    expected.add(1e8, 1.0, at(3 * 86_400));
    assert_eq!(
        state.memory.checkpoint().bucket_weights,
        expected.checkpoint().bucket_weights
    );
}

/// Two kills in one interval must not compound: the second is guessed from use, not from the first guess.
#[test]
fn kills_for_memory_raise_the_peak_without_compounding() {
    let flags = RecommenderFlags::default();
    let (mut state, mut history) = (AggregateState::new(&flags), ContainerHistory::default());
    let gib = 1 << 30;
    history.add_memory(gib, at(0), DAY, &mut state);
    assert!(history.record_oom(gib, at(60), DAY, BUMP, &mut state));
    let once = state.memory.checkpoint();
    assert!(history.record_oom(gib, at(120), DAY, BUMP, &mut state));
    assert_eq!(state.memory.checkpoint(), once);
    assert!(
        !history.record_oom(gib, at(-1), DAY, BUMP, &mut state),
        "before the interval"
    );
}

/// Without a CPU sample nothing is known, whatever memory says: confidence counts CPU samples only.
#[test]
fn without_history_the_bounds_are_as_wide_as_can_be() {
    let flags = RecommenderFlags::default();
    let (mut state, mut history) = (AggregateState::new(&flags), ContainerHistory::default());
    history.add_memory(1 << 30, at(0), DAY, &mut state);
    let said = recommend(&flags, &state, 3, &SizedResource::ALL);
    assert_eq!(said.upper.memory_bytes, Some(super::super::AMOUNT_MAX));
    assert_eq!(said.lower.memory_bytes, Some(87_381_333), "a third of 250 MiB");
    assert_eq!(
        said.upper.cpu_milli,
        Some(8),
        "infinity times nothing is the minimum"
    );
}

#[test]
fn a_restored_state_recommends_the_same() {
    let flags = RecommenderFlags::default();
    let (mut state, mut history) = (AggregateState::new(&flags), ContainerHistory::default());
    for minute in 0..1000 {
        history.add_cpu(300, at(60 * minute), &mut state);
        history.add_memory(700 << 20, at(60 * minute), DAY, &mut state);
    }
    let restored = AggregateState::restored(&flags, &state.checkpoint());
    assert_eq!(
        recommend(&flags, &restored, 1, &SizedResource::ALL),
        recommend(&flags, &state, 1, &SizedResource::ALL)
    );
    let mut merged = AggregateState::new(&flags);
    merged.merge(&state);
    assert_eq!(merged.checkpoint(), state.checkpoint());
}
