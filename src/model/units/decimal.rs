//! Decimal numbers as people write them, scaled to integers without passing through binary fractions.
//!
//! Knows: digits, point, exponent. Must not know: any unit.

/// A non-negative decimal number: `digits × 10^exponent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimal {
    digits: u128,
    exponent: i32,
}

/// A scaled decimal as an integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scaled {
    /// The value, rounded down.
    pub(super) floor: u128,
    /// Whether rounding lost nothing.
    pub(super) exact: bool,
}

impl Scaled {
    /// The value rounded up.
    pub(super) fn ceil(self) -> u128 {
        self.floor.saturating_add(u128::from(!self.exact))
    }
}

/// Splits `text` into the number it starts with (sign, digits, point, exponent) and the rest.
///
/// An `e` counts as an exponent only when digits follow, so that `2E` (exa) and `2Ei` keep their suffix.
pub(super) fn split_number(text: &str) -> (&str, &str) {
    let bytes = text.as_bytes();
    let digits_from = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    let sign = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let mut end = digits_from(sign);
    let mut digits = end - sign;
    if bytes.get(end) == Some(&b'.') {
        let fraction = digits_from(end + 1);
        digits += fraction - end - 1;
        end = fraction;
    }
    if digits == 0 {
        return ("", text);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits_from(end + 1 + sign);
        if exponent > end + 1 + sign {
            end = exponent;
        }
    }
    text.split_at(end)
}

impl Decimal {
    /// Reads a number that [`split_number`] found; nothing if it is negative or has more digits than 38.
    pub(super) fn parse(number: &str) -> Option<Self> {
        let number = number.strip_prefix('+').unwrap_or(number);
        let (mantissa, exponent) = match number.find(['e', 'E']) {
            Some(at) => (&number[..at], number[at + 1..].parse::<i32>().ok()?),
            None => (number, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let fraction = fraction.trim_end_matches('0');
        let mut digits: u128 = 0;
        for c in whole.bytes().chain(fraction.bytes()) {
            let digit = c.is_ascii_digit().then(|| u128::from(c - b'0'))?;
            digits = digits.checked_mul(10)?.checked_add(digit)?;
        }
        let exponent = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?;
        Some(Self { digits, exponent })
    }

    /// Whether this is zero.
    pub(super) fn is_zero(self) -> bool {
        self.digits == 0
    }

    /// `self × factor` as an integer; nothing if it overflows.
    pub(super) fn times(self, factor: u128) -> Option<Scaled> {
        let scaled = self.digits.checked_mul(factor)?;
        if scaled == 0 {
            return Some(Scaled {
                floor: 0,
                exact: true,
            });
        }
        let power = 10u128.checked_pow(self.exponent.unsigned_abs());
        if self.exponent >= 0 {
            let floor = scaled.checked_mul(power?)?;
            return Some(Scaled { floor, exact: true });
        }
        Some(match power {
            Some(power) => Scaled {
                floor: scaled / power,
                exact: scaled % power == 0,
            },
            None => Scaled {
                floor: 0,
                exact: false,
            },
        })
    }
}

/// `value` (finite, not negative) in its shortest exact decimal form with the point moved right by `places`.
pub(super) fn shifted(value: f64, places: i32) -> String {
    if value <= 0.0 {
        // Zero has no digit to move the point by.
        return "0".to_owned();
    }
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let point = exponent.parse::<i32>().unwrap_or(0) + places + 1;
    if !(-8..=21).contains(&point) {
        return format!("{mantissa}e{}", point - 1);
    }
    let count = digits.len() as i32;
    if point <= 0 {
        format!("0.{}{digits}", "0".repeat(point.unsigned_abs() as usize))
    } else if point >= count {
        format!("{digits}{}", "0".repeat((point - count) as usize))
    } else {
        let (whole, fraction) = digits.split_at(point as usize);
        format!("{whole}.{fraction}")
    }
}
