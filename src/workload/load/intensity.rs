//! A factor on a rate that grows exponentially: scale × e^(kt), its integral, and the inverse of that.
//!
//! Knows: this one function of time. Must not know: what it multiplies.

use crate::engine::Time;

/// The factor scale·e^(kt) on a rate, `t` in seconds since the load began.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Intensity {
    scale: f64,
    per_sec: f64,
}

impl Intensity {
    /// The factor 1 at all times.
    pub const ONE: Self = Self {
        scale: 1.0,
        per_sec: 0.0,
    };

    /// The factor `scale` at all times.
    #[must_use]
    pub const fn flat(scale: f64) -> Self {
        Self { scale, per_sec: 0.0 }
    }

    /// `scale` at the beginning, growing by the factor e^(`per_sec`) a second, compounded continuously.
    #[must_use]
    pub const fn growing(scale: f64, per_sec: f64) -> Self {
        Self { scale, per_sec }
    }

    /// Whether the factor is the same at all times.
    #[must_use]
    pub fn is_flat(self) -> bool {
        self.per_sec.abs() <= 0.0
    }

    /// Whether the factor is 1 at all times.
    #[must_use]
    pub fn is_one(self) -> bool {
        self.is_flat() && self.scale.to_bits() == 1f64.to_bits()
    }

    /// The factor at the beginning.
    #[must_use]
    pub const fn scale(self) -> f64 {
        self.scale
    }

    /// The exponent `k`, per second.
    #[must_use]
    pub const fn per_sec(self) -> f64 {
        self.per_sec
    }

    /// The factor at `secs`.
    #[must_use]
    pub fn at(self, secs: f64) -> f64 {
        if self.is_flat() {
            self.scale
        } else {
            self.scale * (self.per_sec * secs).exp()
        }
    }

    /// The same function as seen by a load that begins at `time`.
    #[must_use]
    pub fn from_then_on(self, time: Time) -> Self {
        Self {
            scale: self.at(time.secs_f64()),
            per_sec: self.per_sec,
        }
    }

    /// The mean factor over `length` seconds (not zero) from `from` seconds on.
    #[must_use]
    pub fn mean(self, from: f64, length: f64) -> f64 {
        if self.is_flat() {
            return self.scale;
        }
        self.at(from) * (self.per_sec * length).exp_m1() / (self.per_sec * length)
    }

    /// How many seconds after `from` the integral of the factor from there reaches `area` (not negative, in
    /// seconds); infinite if it never does.
    #[must_use]
    pub fn advance(self, from: f64, area: f64) -> f64 {
        let here = self.at(from);
        if here <= 0.0 {
            return f64::INFINITY;
        }
        if self.is_flat() {
            return area / here;
        }
        let grown = area * self.per_sec / here;
        if grown <= -1.0 {
            return f64::INFINITY;
        }
        grown.ln_1p() / self.per_sec
    }

    /// The integral from `from` seconds on to the end of time, in seconds.
    #[must_use]
    pub fn rest(self, from: f64) -> f64 {
        if self.scale <= 0.0 {
            0.0
        } else if self.per_sec < 0.0 {
            self.at(from) / -self.per_sec
        } else {
            f64::INFINITY
        }
    }
}

impl Default for Intensity {
    fn default() -> Self {
        Self::ONE
    }
}

#[cfg(test)]
mod tests {
    use super::Intensity;

    #[test]
    fn advancing_undoes_integrating() {
        for law in [
            Intensity::flat(2.5),
            Intensity::growing(2.0, 0.01),
            Intensity::growing(2.0, -0.01),
        ] {
            let (from, length) = (7.0, 30.0);
            let area = law.mean(from, length) * length;
            assert!((law.advance(from, area) - length).abs() < 1e-9, "{law:?}");
        }
    }

    #[test]
    fn a_dying_load_has_a_last_request() {
        let law = Intensity::growing(1.0, -0.1);
        assert!((law.rest(0.0) - 10.0).abs() < 1e-12);
        assert!(law.advance(0.0, 9.99).is_finite());
        assert!(law.advance(0.0, 10.01).is_infinite());
        assert!(Intensity::flat(0.0).advance(0.0, 1.0).is_infinite());
    }
}
