//! Go's `math.Pow`, `Exp2` and `Log` to the last bit, where numbers of systems written in Go depend on it.
//!
//! Knows: floating-point numbers. Must not know: what they count. The platform's own functions round differently: most
//! starts of histogram buckets come out one unit off with them, and results would differ from machine to machine.
//! Sources: Go's `src/math/pow.go`, `exp.go` and `log.go`; the last two are FreeBSD's `e_exp.c` and `e_log.c`.

const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// Exponents beyond which Go's `Exp2` says infinity or zero.
const EXP2_MAX: f64 = 1_023.999_999_999_999_9;
const EXP2_MIN: f64 = -1074.0;

/// `base` to a whole power: squares and multiplies from the lowest bit of the exponent; a negative power is the
/// reciprocal of the positive one.
#[must_use]
pub(super) const fn pow(base: f64, exponent: i32) -> f64 {
    let (mut result, mut square, mut left) = (1.0, base, exponent.unsigned_abs());
    while left != 0 {
        if left & 1 == 1 {
            result *= square;
        }
        square *= square;
        left >>= 1;
    }
    if exponent < 0 { 1.0 / result } else { result }
}

/// `value · 2^exponent`, rounded once.
#[must_use]
pub(super) fn ldexp(value: f64, exponent: i32) -> f64 {
    // Steps that are exact while the value stays normal; only the last one may round.
    let (mut value, mut left) = (value, exponent.clamp(-2200, 2200));
    while left > 1023 {
        value *= power_of_two(1023);
        left -= 1023;
    }
    while left < -969 {
        // Leaves 53 bits above the smallest normal number, so that no step but the last meets a subnormal one.
        value *= power_of_two(-969);
        left += 969;
    }
    value * power_of_two(left)
}

/// `2^exponent` for exponents of normal numbers.
const fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((exponent + 1023) as u64) << 52)
}

/// 2 to the power of `x`.
#[must_use]
pub(super) fn exp2(x: f64) -> f64 {
    const P: [f64; 5] = [
        1.666_666_666_666_666_6e-1,
        -2.777_777_777_701_559_3e-3,
        6.613_756_321_437_934e-5,
        -1.653_390_220_546_525_2e-6,
        4.138_136_797_057_238_5e-8,
    ];
    if x.is_nan() || x > EXP2_MAX {
        return x + f64::INFINITY;
    }
    if x < EXP2_MIN {
        return 0.0;
    }
    // 2^x = e^r · 2^k with |r| at most half of ln 2, and r = high - low.
    let k = if x > 0.0 { x + 0.5 } else { x - 0.5 } as i32;
    let part = x - f64::from(k);
    let (high, low) = (part * LN2_HIGH, -part * LN2_LOW);
    let r = high - low;
    let t = r * r;
    let c = r - t * (P[0] + t * (P[1] + t * (P[2] + t * (P[3] + t * P[4]))));
    let y = 1.0 - ((low - (r * c) / (2.0 - c)) - high);
    ldexp(y, k)
}

/// The natural logarithm of a positive, finite, normal number.
#[must_use]
pub(super) const fn ln(x: f64) -> f64 {
    const L: [f64; 7] = [
        6.666_666_666_666_735e-1,
        3.999_999_999_940_942e-1,
        2.857_142_874_366_239e-1,
        2.222_219_843_214_978_4e-1,
        1.818_357_216_161_805e-1,
        1.531_383_769_920_937_3e-1,
        1.479_819_860_511_658_6e-1,
    ];
    // x = fraction · 2^k with the fraction in [1/2, 1), then moved into [√½, √2).
    let bits = x.to_bits();
    let mut k = ((bits >> 52) & 0x7ff) as i32 - 1022;
    let mut fraction = f64::from_bits((bits & !(0x7ff << 52)) | (1022 << 52));
    if fraction < std::f64::consts::SQRT_2 / 2.0 {
        fraction *= 2.0;
        k -= 1;
    }
    let f = fraction - 1.0;
    let k = k as f64;
    let s = f / (2.0 + f);
    let s2 = s * s;
    let s4 = s2 * s2;
    let odd = s2 * (L[0] + s4 * (L[2] + s4 * (L[4] + s4 * L[6])));
    let even = s4 * (L[1] + s4 * (L[3] + s4 * L[5]));
    let rest = odd + even;
    let half = 0.5 * f * f;
    k * LN2_HIGH - ((half - (s * (half + rest) + k * LN2_LOW)) - f)
}

#[cfg(test)]
mod tests {
    use super::{exp2, ldexp, ln, pow};
    use proptest::prelude::*;

    /// A wrong coefficient would show as a relative error far above that of the platform's functions.
    fn close(ours: f64, platform: f64) -> bool {
        (ours - platform).abs() <= 3e-16 * platform.abs()
    }

    #[test]
    fn the_ends_of_the_range_are_go_s() {
        assert_eq!(exp2(f64::INFINITY).to_bits(), f64::INFINITY.to_bits());
        assert!(exp2(f64::NAN).is_nan());
        assert_eq!(exp2(-1075.0).to_bits(), 0);
        assert_eq!(exp2(-1074.0).to_bits(), 1, "the smallest number there is");
        assert_eq!(pow(f64::INFINITY, -2).to_bits(), 0);
        assert_eq!(ldexp(1.0, -5000).to_bits(), 0);
        assert_eq!(ldexp(1.5, -1074).to_bits(), 2, "rounded once, to even");
    }

    proptest! {
        #[test]
        fn they_are_the_functions_they_are_named_after(x in -1000.0..1000.0f64, y in 1e-300..1e300f64) {
            prop_assert!(close(exp2(x), x.exp2()));
            prop_assert!(close(ln(y), y.ln()) || (ln(y) - y.ln()).abs() < 1e-16);
        }
    }
}
