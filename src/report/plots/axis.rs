//! Where the ticks of an axis go.
//!
//! Knows round numbers. Must not know what is plotted or on what.

use std::ops::Range;

const MINUTE: f64 = 60.0;
const HOUR: f64 = 3600.0;
const DAY: f64 = 86_400.0;

/// Steps between ticks that people read as time, seconds.
const TIME_STEPS: [f64; 26] = [
    0.1,
    0.5,
    1.0,
    2.0,
    5.0,
    10.0,
    30.0,
    MINUTE,
    2.0 * MINUTE,
    5.0 * MINUTE,
    10.0 * MINUTE,
    15.0 * MINUTE,
    30.0 * MINUTE,
    HOUR,
    2.0 * HOUR,
    3.0 * HOUR,
    6.0 * HOUR,
    12.0 * HOUR,
    DAY,
    2.0 * DAY,
    7.0 * DAY,
    14.0 * DAY,
    30.0 * DAY,
    60.0 * DAY,
    90.0 * DAY,
    365.0 * DAY,
];

/// Ticks from 0 to `span` seconds, at most `most` of them after the first, and how far they are apart.
pub(crate) fn time_ticks(span: f64, most: u32) -> (Vec<f64>, f64) {
    let wanted = span / f64::from(most.max(1));
    let step = TIME_STEPS
        .into_iter()
        .find(|step| *step >= wanted)
        .unwrap_or_else(|| nice_step(wanted));
    (multiples(step, span), step)
}

/// Ticks from 0 to just over `max`, about `about` of them, at 1, 2 or 5 times a power of ten. The last one is the
/// axis' end.
pub(crate) fn linear_ticks(max: f64, about: u32) -> Vec<f64> {
    let max = if max.is_finite() && max > 0.0 { max } else { 1.0 };
    let step = nice_step(max / f64::from(about.max(1)));
    let mut ticks = multiples(step, max);
    if ticks.last().is_some_and(|last| *last < max * (1.0 - 1e-9)) {
        ticks.push(step * ticks.len() as f64);
    }
    ticks
}

/// Ticks of a logarithmic axis that covers `range`: powers of ten, with 2 and 5 times them while they are few. The first
/// and the last are the axis' ends.
pub(crate) fn log_ticks(range: Range<f64>) -> Vec<f64> {
    let low = if range.start.is_finite() && range.start > 0.0 {
        range.start
    } else {
        1e-3
    };
    let high = if range.end.is_finite() && range.end > low {
        range.end
    } else {
        low * 10.0
    };
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    let factors: &[f64] = match high / low {
        narrow if narrow < 5.0 => &[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0],
        _ if last - first <= 3 => &[1.0, 2.0, 5.0],
        _ => &[1.0],
    };
    let all: Vec<f64> = (first..=last)
        .flat_map(|e| factors.iter().map(move |f| f * 10f64.powi(e)))
        .collect();
    let from = all
        .iter()
        .rposition(|tick| *tick <= low * (1.0 + 1e-9))
        .unwrap_or(0);
    let to = all
        .iter()
        .position(|tick| *tick >= high * (1.0 - 1e-9))
        .unwrap_or(all.len() - 1);
    all[from..=to.max(from)].to_vec()
}

fn nice_step(wanted: f64) -> f64 {
    let power = 10f64.powf(wanted.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|f| f * power)
        .find(|s| *s >= wanted * (1.0 - 1e-9))
        .unwrap_or(wanted)
}

fn multiples(step: f64, max: f64) -> Vec<f64> {
    let n = if step > 0.0 {
        (max / step * (1.0 + 1e-9)).floor().clamp(0.0, 1000.0) as u32
    } else {
        0
    };
    (0..=n).map(|i| f64::from(i) * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_cut_at_hours_and_days_not_at_powers_of_ten() {
        assert_eq!(
            time_ticks(6.0 * HOUR, 8),
            (
                vec![0.0, 3600.0, 7200.0, 10_800.0, 14_400.0, 18_000.0, 21_600.0],
                HOUR
            )
        );
        assert_eq!(time_ticks(365.0 * DAY, 8).0[1..3], [60.0 * DAY, 120.0 * DAY]);
        assert_eq!(time_ticks(0.0, 8).0, [0.0]);
    }

    #[test]
    fn an_axis_ends_above_its_highest_value() {
        assert_eq!(linear_ticks(38.0, 4), [0.0, 10.0, 20.0, 30.0, 40.0]);
        assert_eq!(linear_ticks(0.0, 4), [0.0, 0.5, 1.0]);
        assert_eq!(log_ticks(0.031..1.8), [0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0]);
        assert_eq!(log_ticks(0.2..0.4).len(), 3);
        assert_eq!(log_ticks(0.0..f64::NAN).len(), 4);
    }
}
