//! The fields of a row: splitting, numbers, instants.
//!
//! Knows: how CSV quotes and how people write times. Must not know: which column means what.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::Trouble;
use crate::engine::Span;

/// The fields of one CSV row, trimmed. A quoted field may hold commas and doubled quotes, but no line end.
pub(super) struct Fields<'a>(Option<&'a str>);

impl<'a> Fields<'a> {
    pub(super) fn of(line: &'a str) -> Self {
        Self(Some(line))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Cow<'a, str>;

    fn next(&mut self) -> Option<Cow<'a, str>> {
        let rest = self.0.take()?;
        if let Some(quoted) = rest.trim_start().strip_prefix('"') {
            let mut text = String::new();
            let mut left = quoted;
            while let Some((head, tail)) = left.split_once('"') {
                text.push_str(head);
                match tail.strip_prefix('"') {
                    Some(more) => {
                        text.push('"');
                        left = more;
                    }
                    None => {
                        self.0 = tail.split_once(',').map(|(_, after)| after);
                        return Some(Cow::Owned(text));
                    }
                }
            }
        }
        let (field, after) = match rest.split_once(',') {
            Some((field, after)) => (field, Some(after)),
            None => (rest, None),
        };
        self.0 = after;
        Some(Cow::Borrowed(field.trim()))
    }
}

/// Decimal seconds as whole nanoseconds, without the rounding a float would bring: `1700000000.123456789` is exact.
pub(super) fn decimal_nanos(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.contains(['e', 'E']) {
        let nanos = (text.parse::<f64>().ok()? * 1e9).round();
        return (nanos.abs() < 9e18).then_some(nanos as i64);
    }
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut nanos = 0;
    let mut unit = 100_000_000;
    for byte in fraction.bytes().take(9) {
        nanos += i64::from(byte - b'0') * unit;
        unit /= 10;
    }
    nanos += i64::from(fraction.as_bytes().get(9).is_some_and(|byte| *byte >= b'5'));
    let nanos = whole.checked_mul(1_000_000_000)?.checked_add(nanos)?;
    Some(if negative { -nanos } else { nanos })
}

/// A date and time without a zone, taken as UTC, in nanoseconds since 1970.
pub(super) fn civil_nanos(at: DateTime) -> Option<i64> {
    let stamp = TimeZone::UTC.to_timestamp(at).ok()?;
    i64::try_from(stamp.as_nanosecond()).ok()
}

/// `2023-11-16 18:17:03.97996`, with or without a `T`, as nanoseconds since 1970 in UTC.
pub(super) fn date_nanos(text: &str) -> Result<i64, Trouble> {
    text.parse::<DateTime>()
        .ok()
        .filter(|_| text.len() > 10)
        .and_then(civil_nanos)
        .ok_or_else(|| Trouble::text(text, "a time such as 2023-11-16 18:17:03.97"))
}

/// Decimal seconds, a time with a zone (RFC 3339), or a time without one (UTC), in nanoseconds.
pub(super) fn instant_nanos(text: &str) -> Result<i64, Trouble> {
    if let Some(nanos) = decimal_nanos(text) {
        return Ok(nanos);
    }
    if let Ok(stamp) = text.parse::<Timestamp>()
        && let Ok(nanos) = i64::try_from(stamp.as_nanosecond())
    {
        return Ok(nanos);
    }
    date_nanos(text).map_err(|_| Trouble::text(text, "seconds or a time such as 2023-11-16T18:17:03.97Z"))
}

/// Seconds from 0 up as a span.
pub(super) fn seconds(text: &str) -> Result<Span, Trouble> {
    decimal_nanos(text)
        .and_then(|nanos| u64::try_from(nanos).ok())
        .map(Span::from_nanos)
        .ok_or_else(|| Trouble::text(text, "seconds from 0 up"))
}

/// A whole number that fits into 32 bits.
pub(super) fn count(text: &str) -> Result<u32, Trouble> {
    text.parse()
        .map_err(|_| Trouble::text(text, "a whole number from 0 to 4294967295"))
}

#[cfg(test)]
mod tests {
    use super::{Fields, decimal_nanos, instant_nanos};

    #[test]
    fn quoted_fields_keep_their_commas() {
        let fields = |line| Fields::of(line).map(String::from).collect::<Vec<_>>();
        assert_eq!(fields("a, b ,\"c,\"\"d\"\"\",e"), ["a", "b", "c,\"d\"", "e"]);
        assert_eq!(fields("a,,"), ["a", "", ""]);
        assert_eq!(fields("\"open,b"), ["\"open", "b"]);
    }

    #[test]
    fn decimal_seconds_lose_no_nanosecond() {
        for (text, nanos) in [
            ("1700000000.123456789", Some(1_700_000_000_123_456_789)),
            ("0.9999999999", Some(1_000_000_000)),
            ("-1.5", Some(-1_500_000_000)),
            (".25", Some(250_000_000)),
            ("3.", Some(3_000_000_000)),
            ("2e3", Some(2_000_000_000_000)),
            ("", None),
            (".", None),
            ("1.2.3", None),
            ("--1", None),
            ("99999999999999999999", None),
            ("1e400", None),
            ("nan", None),
        ] {
            assert_eq!(decimal_nanos(text), nanos, "{text:?}");
        }
    }

    #[test]
    fn one_instant_in_every_notation() {
        let expected = Ok(1_700_158_623_979_960_000);
        for text in [
            "1700158623.97996",
            "2023-11-16 18:17:03.9799600",
            "2023-11-16T18:17:03.97996",
            "2023-11-16T18:17:03.97996Z",
            "2023-11-16T20:17:03.97996+02:00",
        ] {
            assert_eq!(instant_nanos(text), expected, "{text}");
        }
        assert!(instant_nanos("yesterday").is_err());
        assert!(instant_nanos("2023-11-16").is_err());
    }
}
