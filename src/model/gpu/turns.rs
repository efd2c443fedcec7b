//! How fast each goes of those that use one GPU in turns.
//!
//! Knows: how often each has work. Must not know: who they are.
//!
//! The GPU gives turns of equal length to the processes that have work (NVIDIA device plugin, "Shared Access to GPUs",
//! and CUDA's default time-sliced scheduling): with `k` of them at work each goes on at `1/k` of full speed. Speeds are
//! set now and then, from how often each had work of late, as if each began and ceased to have work whatever the others
//! do. Turns themselves, and the cost of changing from one process to the next, are not modelled.

/// Which part of the time a replica has work, if its slots in use are `busy` in the mean, of `slots` that it has (`None`:
/// no limit). As if each slot were in use or not whatever the others are: exact for one slot, where all are in use, and,
/// without limit, for Poisson arrivals.
#[must_use]
pub fn at_work(busy: f64, slots: Option<u32>) -> f64 {
    let idle = match slots {
        Some(slots) if slots > 0 => (1.0 - busy / f64::from(slots))
            .clamp(0.0, 1.0)
            .powf(f64::from(slots)),
        _ => (-busy.max(0.0)).exp(),
    };
    1.0 - idle
}

/// The mean speed of each while it has work, where each has work for its part of the time: the mean of `1/(1 + n)` over
/// how many others, `n`, have work at that time. The time in which any has work is the sum of what each gets done:
/// `Σ part × speed = 1 - Π (1 - part)`.
#[must_use]
pub fn speeds(parts: &[f64]) -> Vec<f64> {
    (0..parts.len())
        .map(|own| {
            // How likely each number of the others has work.
            let mut number = vec![1.0];
            for (_, &part) in parts.iter().enumerate().filter(|&(other, _)| other != own) {
                number.push(0.0);
                for count in (1..number.len()).rev() {
                    number[count] = number[count] * (1.0 - part) + number[count - 1] * part;
                }
                number[0] *= 1.0 - part;
            }
            let each = number.iter().enumerate();
            each.map(|(others, likely)| likely / (others + 1) as f64).sum()
        })
        .collect()
}

/// Which part of the time any of them has work.
#[must_use]
pub fn any_at_work(parts: impl IntoIterator<Item = f64>) -> f64 {
    1.0 - parts.into_iter().fold(1.0, |idle, part| idle * (1.0 - part))
}

#[cfg(test)]
mod tests {
    use super::{any_at_work, at_work, speeds};

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-12
    }

    #[test]
    fn as_many_as_always_have_work_share_the_time_equally() {
        for k in 1..=48_usize {
            let speeds = speeds(&vec![1.0; k]);
            assert!(speeds.iter().all(|&speed| near(speed, 1.0 / k as f64)), "{k}");
        }
        assert!(
            near(speeds(&[1.0, 0.0, 0.0])[0], 1.0),
            "who has no work takes no turn"
        );
    }

    /// Otherwise the GPU would do more or less than it can.
    #[test]
    fn all_that_is_done_is_the_time_in_which_any_has_work() {
        for parts in [
            vec![0.3, 0.9],
            vec![0.5; 7],
            vec![0.0, 0.1, 1.0, 0.4],
            vec![0.01; 20],
        ] {
            let done: f64 = parts
                .iter()
                .zip(speeds(&parts))
                .map(|(part, speed)| part * speed)
                .sum();
            assert!(near(done, any_at_work(parts.iter().copied())), "{parts:?}");
        }
    }

    #[test]
    fn work_is_there_while_a_slot_is_in_use() {
        assert!(near(at_work(0.25, Some(1)), 0.25));
        assert!(near(at_work(4.0, Some(4)), 1.0));
        assert!(near(at_work(1.0, None), 1.0 - (-1.0_f64).exp()));
        assert!(near(at_work(0.0, Some(8)), 0.0) && near(at_work(0.0, None), 0.0));
        assert!(at_work(1.0, Some(4)) < 1.0 && at_work(1.0, Some(4)) > at_work(1.0, None));
    }
}
