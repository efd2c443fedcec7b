//! The natural logarithm as Go computes it, so that scores are the same on every platform, and Go's.

use std::f64::consts::SQRT_2;

/// Natural logarithm of a finite `x` >= 1: the algorithm of FreeBSD's `e_log.c`, which Go's `math.Log` is.
pub(super) fn go_log(x: f64) -> f64 {
    const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    const L1: f64 = 6.666_666_666_666_735e-1;
    const L2: f64 = 3.999_999_999_940_942e-1;
    const L3: f64 = 2.857_142_874_366_239e-1;
    const L4: f64 = 2.222_219_843_214_978_4e-1;
    const L5: f64 = 1.818_357_216_161_805e-1;
    const L6: f64 = 1.531_383_769_920_937_3e-1;
    const L7: f64 = 1.479_819_860_511_658_6e-1;
    let (mut fraction, mut exponent) = (x, 0.0);
    while fraction >= 1.0 {
        fraction /= 2.0;
        exponent += 1.0;
    }
    if fraction < SQRT_2 / 2.0 {
        fraction *= 2.0;
        exponent -= 1.0;
    }
    let f = fraction - 1.0;
    let s = f / (2.0 + f);
    let s2 = s * s;
    let s4 = s2 * s2;
    let t1 = s2 * (L1 + s4 * (L3 + s4 * (L5 + s4 * L7)));
    let t2 = s4 * (L2 + s4 * (L4 + s4 * L6));
    let r = t1 + t2;
    let half_square = 0.5 * f * f;
    exponent * LN2_HIGH - ((half_square - (s * (half_square + r) + exponent * LN2_LOW)) - f)
}

#[cfg(test)]
mod tests {
    use super::go_log;

    #[test]
    fn it_is_the_natural_logarithm_to_the_last_place_or_so() {
        for size in 1..12_000_u32 {
            let (own, library) = (go_log(size.into()), f64::from(size).ln());
            assert!(
                (own - library).abs() <= library.abs() * 3e-16,
                "{size}: {own} {library}"
            );
        }
    }
}
