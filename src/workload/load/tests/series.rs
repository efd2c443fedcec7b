//! Count series: each interval's count kept, and its requests spread as they should be.

use std::sync::Arc;

use super::{key, near, secs, series, span, times};
use crate::engine::Time;
use crate::workload::load::{Counts, LoadSpec, Spread};

fn per_interval(times: &[Time], interval: f64, intervals: usize) -> Vec<u32> {
    let mut counts = vec![0; intervals];
    for time in times {
        counts[(time.nanos() / (interval * 1e9) as u64) as usize] += 1;
    }
    counts
}

#[test]
fn every_interval_keeps_its_count_exactly() {
    let counts: Vec<u32> = (0..200u32)
        .map(|i| [0, 1, 2, 255, 256, 257, 512, 10_000][(i * 7 % 8) as usize] + i)
        .collect();
    for spread in [Spread::Uniform, Spread::Even] {
        let shared: Arc<[u32]> = counts.clone().into();
        let spec = LoadSpec::Counts(Counts {
            series: Arc::new(shared),
            interval: span(0.3),
            spread,
        });
        let times = times(&mut spec.open(key(0), "counts"), Time::NEVER);
        assert_eq!(per_interval(&times, 0.3, counts.len()), counts, "{spread:?}");
    }
}

#[test]
fn even_spread_is_even_across_bins() {
    let shared: Arc<[u32]> = vec![1000].into();
    let spec = LoadSpec::Counts(Counts {
        series: Arc::new(shared),
        interval: span(10.0),
        spread: Spread::Even,
    });
    let times = times(&mut spec.open(key(0), "counts"), Time::NEVER);
    for (index, time) in times.iter().enumerate() {
        assert_eq!(time.nanos(), 5_000_000 + 10_000_000 * index as u64);
    }
}

/// Kolmogorov's distance of `values` in [0, 1) from uniform, times √n; above 1.95 with probability 0.001.
fn kolmogorov(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len() as f64;
    let distance = |(i, x): (usize, &f64)| ((i as f64 + 1.0) / n - x).max(x - i as f64 / n);
    values.iter().enumerate().map(distance).fold(0.0, f64::max) * n.sqrt()
}

#[test]
fn positions_within_an_interval_are_uniform() {
    // Small counts use one bin, large ones many: both must look uniform, and so must each order statistic's mean.
    for count in [1u32, 3, 256, 700, 100_000] {
        let intervals = 200_000 / count as usize + 1;
        let times = times(
            &mut series(&vec![count; intervals], 60.0).open(key(1), "ks"),
            Time::NEVER,
        );
        let within = times
            .iter()
            .map(|time| (time.secs_f64() / 60.0).fract())
            .collect();
        let distance = kolmogorov(within);
        // Complete bins are stratified by nothing: a distance far below what independence gives is wrong as well.
        assert!(distance < 1.95, "count {count}: distance {distance}");
        assert!(
            distance > 0.3,
            "count {count}: too even to be independent, distance {distance}"
        );
    }
}

#[test]
fn counts_in_a_part_of_an_interval_are_binomial() {
    let (count, intervals) = (2000u32, 2000);
    let times = times(
        &mut series(&vec![count; intervals], 1.0).open(key(2), "split"),
        Time::NEVER,
    );
    let share = 0.3;
    let mut hits = vec![0.0; intervals];
    for time in times {
        let second = time.secs_f64();
        if second.fract() < share {
            hits[second as usize] += 1.0;
        }
    }
    let n = intervals as f64;
    let mean = hits.iter().sum::<f64>() / n;
    let variance = hits.iter().map(|hit| (hit - mean).powi(2)).sum::<f64>() / n;
    let expected = f64::from(count) * share * (1.0 - share);
    near(mean, f64::from(count) * share, (expected / n).sqrt(), "mean");
    near(variance, expected, expected * (2.0 / n).sqrt(), "variance");
}

#[test]
fn a_series_ends_after_its_last_interval() {
    let mut source = series(&[0, 5, 0, 0], 10.0).open(key(0), "end");
    let times = times(&mut source, Time::NEVER);
    assert_eq!(times.len(), 5);
    assert!(times.iter().all(|time| (secs(10.0)..secs(20.0)).contains(time)));
    assert!(source.next_arrival().is_none());
}
