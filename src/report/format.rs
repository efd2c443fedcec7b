//! Numbers for people: `1,234`, `212 ms`, `$12.34`, `99.98%`.
//!
//! Knows digits and units. Must not know what a number is about.

use crate::model::units::form;

/// What stands for a number there is none of.
pub const NOTHING: &str = "–";

/// A whole number with separators: `1,234,567`.
#[must_use]
pub fn count(value: u64) -> String {
    group(&value.to_string())
}

/// A big number in three digits: `987`, `12.3 k`, `4.56 M`.
#[must_use]
pub fn count_short(value: u64) -> String {
    let scales = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];
    let exact = value as f64;
    match scales.iter().find(|(scale, _)| exact >= *scale) {
        // Two digits are not shorter than four: 1,234 stays as it is.
        Some((scale, letter)) if value >= 10_000 => format!("{} {letter}", significant(exact / scale, 3)),
        _ => count(value),
    }
}

/// Any number in about three significant digits, with separators: `0.0123`, `4.2`, `1,234`.
#[must_use]
pub fn number(value: f64) -> String {
    if !value.is_finite() {
        return NOTHING.to_owned();
    }
    significant(value, 3)
}

/// An amount of data in bytes, in thousands: `850 B`, `61.2 GB`.
#[must_use]
pub fn bytes(value: f64) -> String {
    if !value.is_finite() {
        return NOTHING.to_owned();
    }
    let (mut scaled, mut unit) = (value, "B");
    for larger in ["kB", "MB", "GB", "TB", "PB", "EB"] {
        if scaled.abs() < 1000.0 {
            break;
        }
        (scaled, unit) = (scaled / 1000.0, larger);
    }
    format!("{} {unit}", significant(scaled, 3))
}

/// A length of time given in seconds: `850 µs`, `212 ms`, `1.2 s`, `2 min 30 s`, `6 h`, `3 d 4 h`.
#[must_use]
pub fn duration(seconds: f64) -> String {
    if !seconds.is_finite() {
        return NOTHING.to_owned();
    }
    if seconds < 0.0 {
        return format!("−{}", duration(-seconds));
    }
    if seconds < 59.95 {
        let (scale, unit) = match seconds {
            s if s == 0.0 || s >= 0.9995 => (1.0, "s"),
            s if s >= 0.000_999_5 => (1e3, "ms"),
            s if s >= 0.000_000_999_5 => (1e6, "µs"),
            _ => (1e9, "ns"),
        };
        return format!("{} {unit}", significant(seconds * scale, 3));
    }
    let whole = seconds.round() as u64;
    let (big, big_unit, small, small_unit) = match whole {
        0..3600 => (whole / 60, "min", whole % 60, "s"),
        3600..86_400 => (whole / 3600, "h", whole % 3600 / 60, "min"),
        _ => (whole / 86_400, "d", whole % 86_400 / 3600, "h"),
    };
    match small {
        0 => format!("{} {big_unit}", count(big)),
        _ => format!("{} {big_unit} {small} {small_unit}", count(big)),
    }
}

/// An amount of US dollars: `$0.0034`, `$12.34`, `$1,234`.
#[must_use]
pub fn money(usd: f64) -> String {
    if !usd.is_finite() {
        return NOTHING.to_owned();
    }
    let sign = if usd < 0.0 { "−" } else { "" };
    let amount = usd.abs();
    let digits = match amount {
        0.0 => "0".to_owned(),
        a if a < 0.01 => significant(a, 2),
        a if a < 999.995 => format!("{a:.2}"),
        a => group(&format!("{a:.0}")),
    };
    format!("{sign}${digits}")
}

/// A share of one as a percentage: `5%`, `71.3%`, `99.996%`. Never rounds a miss up to 100% or a rest down to 0%.
#[must_use]
pub fn percent(ratio: f64) -> String {
    if !ratio.is_finite() {
        return NOTHING.to_owned();
    }
    let value = ratio * 100.0;
    let near_full = value > 99.0 && value < 100.0;
    if near_full {
        let rest = 100.0 - value;
        // As many decimals as show two digits of what is missing, at most nine.
        let decimals = (1.0 - rest.log10().floor()).clamp(1.0, 9.0) as usize;
        let factor = 10f64.powi(i32::try_from(decimals).unwrap_or(9));
        return format!(
            "{}%",
            trim_zeros(&format!(
                "{:.decimals$}",
                (value * factor + 1e-6).floor() / factor
            ))
        );
    }
    format!("{}%", significant(value, 3))
}

/// A number with an explicit sign: `+1.2`, `−340`, `0`.
#[must_use]
pub fn signed(value: f64, render: impl Fn(f64) -> String) -> String {
    if value > 0.0 {
        format!("+{}", render(value))
    } else if value < 0.0 {
        format!("−{}", render(-value))
    } else if value.is_nan() {
        NOTHING.to_owned()
    } else {
        render(0.0)
    }
}

/// A value by the unit it has in `summary.csv`: `s`, `usd`, `ratio`, `bytes`, anything else as a plain number.
#[must_use]
pub fn by_unit(value: f64, unit: &str) -> String {
    match unit {
        "s" => duration(value),
        "usd" | "usd_per_month" | "usd_per_hour" => money(value),
        "ratio" => percent(value),
        "bytes" => bytes(value),
        _ => number(value),
    }
}

/// One instant on a time axis whose ticks are `step` apart: `0`, `90 s`, `30 min`, `2:30 h`, `1 d 6 h`, all in seconds.
#[must_use]
pub fn instant(seconds: f64, step: f64) -> String {
    let whole = seconds.round().max(0.0) as u64;
    if seconds == 0.0 {
        return "0".to_owned();
    }
    match step {
        s if s < 1.0 => format!("{} s", trim_zeros(&format!("{seconds:.3}"))),
        s if s < 60.0 && whole < 60 => format!("{whole} s"),
        s if s < 60.0 && whole < 3600 => format!("{}:{:02} min", whole / 60, whole % 60),
        s if s < 60.0 => format!("{}:{:02}:{:02}", whole / 3600, whole % 3600 / 60, whole % 60),
        s if s < 3600.0 && whole < 3600 => format!("{} min", whole / 60),
        s if s < 3600.0 && whole.is_multiple_of(3600) => format!("{} h", whole / 3600),
        s if s < 3600.0 => format!("{}:{:02} h", whole / 3600, whole % 3600 / 60),
        s if s < 86_400.0 && whole < 86_400 => format!("{} h", whole / 3600),
        s if s < 86_400.0 && !whole.is_multiple_of(86_400) => {
            format!("{} d {} h", whole / 86_400, whole % 86_400 / 3600)
        }
        _ => format!("{} d", whole / 86_400),
    }
}

/// A moment of a run, seconds since its start, to the millisecond: `0:20:00`, `26:03:07.250`.
#[must_use]
pub fn clock(seconds: f64) -> String {
    let millis = (seconds.max(0.0) * 1000.0).round() as u64;
    let (whole, rest) = (millis / 1000, millis % 1000);
    let text = format!("{}:{:02}:{:02}", whole / 3600, whole % 3600 / 60, whole % 60);
    match rest {
        0 => text,
        rest => format!("{text}.{rest:03}"),
    }
}

/// `1 node`, `2 nodes`.
#[must_use]
pub fn plural(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), form(n, one, many))
}

fn significant(value: f64, digits: i32) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = value.abs().log10().floor() as i32;
    let mut decimals = (digits - 1 - magnitude).clamp(0, 12);
    // 9.996 in three digits is 10.0, one digit fewer after the point.
    let rounded: f64 = format!("{:.1$}", value.abs(), decimals as usize)
        .parse()
        .unwrap_or(0.0);
    if rounded >= 10f64.powi(magnitude + 1) {
        decimals = (decimals - 1).max(0);
    }
    let text = format!("{:.1$}", value.abs(), decimals as usize);
    let text = if decimals > 0 { trim_zeros(&text) } else { text };
    format!("{}{}", if value < 0.0 { "−" } else { "" }, group(&text))
}

fn trim_zeros(text: &str) -> String {
    if !text.contains('.') {
        return text.to_owned();
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn group(text: &str) -> String {
    let (whole, rest) = text
        .split_once('.')
        .map_or((text, None), |(whole, rest)| (whole, Some(rest)));
    let mut out = String::with_capacity(text.len() + whole.len() / 3);
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(rest) = rest {
        out.push('.');
        out.push_str(rest);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_change_unit_where_people_do() {
        let shown: Vec<_> = [
            0.0,
            8.5e-7,
            0.00085,
            0.2124,
            0.9997,
            1.2,
            59.97,
            150.0,
            21_600.0,
            273_600.0,
            -0.5,
            f64::NAN,
        ]
        .map(duration)
        .into();
        assert_eq!(
            shown,
            [
                "0 s",
                "850 ns",
                "850 µs",
                "212 ms",
                "1 s",
                "1.2 s",
                "1 min",
                "2 min 30 s",
                "6 h",
                "3 d 4 h",
                "−500 ms",
                "–"
            ]
        );
    }

    #[test]
    fn a_missed_request_is_never_rounded_away() {
        assert_eq!(percent(0.999_996), "99.9996%");
        assert_eq!(percent(0.999_999_999), "99.9999999%");
        assert_eq!(percent(1.0), "100%");
        assert_eq!(percent(0.99981), "99.981%");
        assert_eq!(percent(0.7134), "71.3%");
        assert_eq!(percent(0.000_004), "0.0004%");
        assert_eq!(percent(0.0), "0%");
    }

    #[test]
    fn money_keeps_cents_while_they_matter() {
        assert_eq!(
            [0.0, 0.0034, 12.344, 1234.4, -3.0].map(money),
            ["$0", "$0.0034", "$12.34", "$1,234", "−$3.00"]
        );
    }

    #[test]
    fn counts_are_grouped_and_shortened() {
        assert_eq!(
            [0, 999, 1234, 1_234_567].map(count),
            ["0", "999", "1,234", "1,234,567"]
        );
        assert_eq!(
            [1234, 12_345, 1_234_567].map(count_short),
            ["1,234", "12.3 k", "1.23 M"]
        );
        assert_eq!(
            [0.0123, 4.2, 9.996, 1234.5].map(number),
            ["0.0123", "4.2", "10", "1,234"]
        );
    }

    #[test]
    fn ticks_of_a_day_read_as_a_clock() {
        assert_eq!(instant(9000.0, 1800.0), "2:30 h");
        assert_eq!(instant(1800.0, 1800.0), "30 min");
        assert_eq!(instant(90.0, 30.0), "1:30 min");
        assert_eq!(instant(108_000.0, 21_600.0), "1 d 6 h");
        assert_eq!(instant(172_800.0, 86_400.0), "2 d");
    }
}
