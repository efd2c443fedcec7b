//! Each unit reads its notation, explains what it refuses, and prints what it reads back.

use super::*;
use proptest::prelude::*;
use serde_json::json;
use std::fmt::Debug;
use std::str::FromStr;

/// Every text reads as the value beside it.
fn reads<U: FromStr<Err = UnitError> + PartialEq + Debug>(table: &[(&str, U)]) {
    for (text, value) in table {
        assert_eq!(text.parse::<U>().as_ref(), Ok(value), "{text}");
    }
}

/// Every text is refused with the message and suggestion beside it.
fn refuses<U: FromStr<Err = UnitError> + Debug>(table: &[(&str, &str, Option<&str>)]) {
    for (text, problem, suggestion) in table {
        let error = text.parse::<U>().expect_err(text);
        assert_eq!(
            (error.problem.as_str(), error.suggestion.as_deref()),
            (*problem, *suggestion),
            "{text}"
        );
        if let Some(suggestion) = suggestion {
            suggestion.parse::<U>().expect("a suggestion must be valid");
        }
    }
}

#[test]
fn durations() {
    let ns = |nanos| Duration::new(crate::engine::Span::from_nanos(nanos));
    reads(&[
        ("90s", Duration::from_secs(90)),
        ("1h30m", Duration::from_secs(5400)),
        ("1.5h", Duration::from_secs(5400)),
        ("250ms", Duration::from_millis(250)),
        ("10us", ns(10_000)),
        ("10µs", ns(10_000)),
        ("2d", Duration::from_secs(172_800)),
        ("0.000000001s", ns(1)),
        ("0", Duration::ZERO),
        ("0s", Duration::ZERO),
    ]);
    refuses::<Duration>(&[
        ("90", "`90` has no unit", Some("90s")),
        ("", "`` is not a duration", None),
        ("abc", "`abc` is not a duration", None),
        ("-5s", "`-5s` is negative", None),
        ("5min", "`5min` has the unknown unit `min`", Some("5m")),
        ("5M", "`5M` has the unknown unit `M`", Some("5m")),
        ("6hours", "`6hours` has the unknown unit `hours`", Some("6h")),
        ("6 hours", "`6 hours` has the unknown unit `hours`", Some("6h")),
        ("6 h", "`6 h` is not a duration", Some("6h")),
        ("6 ", "`6 ` has no unit", None),
        ("1h 30m", "`1h 30m` is not a duration", Some("1h30m")),
        ("30m1h", "the units of `30m1h` are out of order", None),
        ("1h1h", "the units of `1h1h` are out of order", None),
        ("0.1ns", "`0.1ns` is finer than a nanosecond", None),
        ("600000d", "`600000d` is longer than 584 years", None),
        (
            "1e99999999999s",
            "`1e99999999999s` is longer than 584 years",
            None,
        ),
    ]);
}

#[test]
fn cpu() {
    reads(&[
        ("500m", CpuQuantity::from_millis(500)),
        ("2", CpuQuantity::from_millis(2000)),
        ("0.5", CpuQuantity::from_millis(500)),
        ("0.1", CpuQuantity::from_millis(100)),
        ("1k", CpuQuantity::from_millis(1_000_000)),
        ("0.0001", CpuQuantity::from_millis(1)),
        ("1500000n", CpuQuantity::from_millis(2)),
    ]);
    refuses::<CpuQuantity>(&[
        ("-1", "`-1` is negative", None),
        ("two", "`two` does not start with a number", None),
        ("2cores", "`2cores` has the unknown suffix `cores`", Some("2")),
        ("1e30", "`1e30` is too large", None),
    ]);
}

#[test]
fn bytes() {
    reads(&[
        ("2Gi", ByteQuantity::new(2 << 30)),
        ("500M", ByteQuantity::new(500_000_000)),
        ("1e3", ByteQuantity::new(1000)),
        ("1E3", ByteQuantity::new(1000)),
        ("2E", ByteQuantity::new(2_000_000_000_000_000_000)),
        ("128974848", ByteQuantity::new(128_974_848)),
        ("128974848000m", ByteQuantity::new(128_974_848)),
        ("1.5Ki", ByteQuantity::new(1536)),
        ("0.1k", ByteQuantity::new(100)),
        ("0", ByteQuantity::ZERO),
    ]);
    refuses::<ByteQuantity>(&[
        ("2gb", "`2gb` has the unknown suffix `gb`", Some("2G")),
        ("2GB", "`2GB` has the unknown suffix `GB`", Some("2G")),
        ("2GiB", "`2GiB` has the unknown suffix `GiB`", Some("2Gi")),
        ("2K", "`2K` has the unknown suffix `K`", Some("2k")),
        ("500m", "`500m` is less than one byte", Some("500M")),
        ("32Ei", "`32Ei` is too large", None),
    ]);
}

#[test]
fn counts() {
    reads(&[
        ("4", CountQuantity::new(4)),
        ("4.0", CountQuantity::new(4)),
        ("1k", CountQuantity::new(1000)),
    ]);
    refuses::<CountQuantity>(&[
        ("0.5", "`0.5` is not a whole number", None),
        ("500m", "`500m` is not a whole number", None),
    ]);
}

#[test]
fn ratios() {
    reads(&[
        ("70%", Ratio::from_percent(70)),
        ("0.7", Ratio::from_percent(70)),
        ("1", Ratio::ONE),
    ]);
    reads(&[
        ("99.9%", Share::new(0.999).unwrap()),
        ("100%", Share::ONE),
        ("0", Share::ZERO),
    ]);
    refuses::<Ratio>(&[
        ("70", "`70` is more than the whole", Some("70%")),
        ("1.5", "`1.5` is more than the whole", Some("150%")),
        ("-1%", "`-1%` is negative", None),
        ("NaN", "`NaN` is not a ratio", None),
        ("1e300%", "`1e300%` is too large", None),
        ("70 percent", "`70 percent` is not a ratio", Some("70%")),
    ]);
    refuses::<Share>(&[
        ("101%", "`101%` is more than the whole", None),
        ("99.9", "`99.9` is more than the whole", Some("99.9%")),
    ]);
}

#[test]
fn rates() {
    let rate = |value| Rate::from_per_second(value).unwrap();
    reads(&[
        ("900/s", rate(900.0)),
        ("30/min", rate(0.5)),
        ("1.5k/s", rate(1500.0)),
        ("3600/h", rate(1.0)),
    ]);
    refuses::<Rate>(&[
        ("900", "`900` has no unit of time", Some("900/s")),
        ("900rps", "`900rps` has the unknown unit `rps`", Some("900/s")),
        ("5/m", "`5/m` has the unknown unit `m`", Some("5/min")),
        ("-5/s", "`-5/s` is negative", None),
        ("1e300/s", "`1e300/s` is too large", None),
    ]);
    reads(&[("100M/s", ByteRate::from_bytes_per_second(100_000_000))]);
    refuses::<ByteRate>(&[
        ("100MB/s", "`100MB` has the unknown suffix `MB`", Some("100M/s")),
        ("100M", "`100M` has no `/s`", Some("100M/s")),
        ("10Gbps", "`10Gbps` counts bits", Some("1.25G/s")),
        ("10Gbit/s", "`10Gbit/s` counts bits", Some("1.25G/s")),
    ]);
}

#[test]
fn money_and_instants() {
    reads(&[
        ("0.384", Usd::from_micros(384_000)),
        ("$12", Usd::from_micros(12_000_000)),
    ]);
    refuses::<Usd>(&[
        ("-1", "`-1` is negative", None),
        ("1.5 USD", "`1.5 USD` is not an amount of dollars", Some("$1.5")),
        (
            "0.0000001",
            "`0.0000001` is finer than a millionth of a dollar",
            None,
        ),
    ]);
    let instant = Timestamp::from_unix_secs(1_772_438_400).unwrap();
    reads(&[
        ("2026-03-02T08:00:00Z", instant),
        ("2026-03-02T09:00:00+01:00", instant),
    ]);
    refuses::<Timestamp>(&[
        (
            "2026-03-02",
            "`2026-03-02` is not an instant",
            Some("2026-03-02T00:00:00Z"),
        ),
        (
            "2026-03-02 08:00",
            "`2026-03-02 08:00` is not an instant",
            Some("2026-03-02T08:00:00Z"),
        ),
        ("soon", "`soon` is not an instant", None),
        (
            "2026-03-02T08:00:00.5Z",
            "`2026-03-02T08:00:00.5Z` is finer than a second",
            None,
        ),
    ]);
}

#[test]
fn metric_quantities() {
    let milli = MetricQuantity::from_millis;
    reads(&[
        ("100", milli(100_000)),
        ("1500m", milli(1500)),
        ("0.05", milli(50)),
        ("1k", milli(1_000_000)),
        ("1500u", milli(2)),
    ]);
    refuses::<MetricQuantity>(&[
        ("-1", "`-1` is negative", None),
        ("1x", "`1x` has the unknown suffix `x`", None),
        ("10E", "`10E` is too large", None),
    ]);
}

#[test]
fn numbers_are_read_where_they_are_plain() {
    let check = |format: &str, value: serde_json::Value| {
        let found = formats().iter().find(|(name, _)| *name == format);
        found.map(|(_, check)| check(&value).map_err(|error| error.to_string()))
    };
    assert_eq!(check("cpu", json!(0.5)), Some(Ok(())));
    assert_eq!(check("duration", json!(0)), Some(Ok(())));
    assert_eq!(
        check("duration", json!(90)),
        Some(Err(
            "`90` has no unit; expected a duration such as `90s`, `1h30m` or `250ms`; did you mean `90s`?"
                .into()
        ))
    );
    assert_eq!(
        check("bytes", json!(18_446_744_073_709_551_615_u64)),
        Some(Ok(()))
    );
    assert_eq!(
        check("count", json!([1])),
        Some(Err("found a list; expected a whole number such as `4`".into()))
    );
    assert!(check("cpu", json!(1e300)).is_some_and(|result| result.is_err()));
}

#[test]
fn examples_in_the_schemas_are_valid() {
    let schemas = [
        schemars::schema_for!(Duration),
        schemars::schema_for!(CpuQuantity),
        schemars::schema_for!(ByteQuantity),
        schemars::schema_for!(CountQuantity),
        schemars::schema_for!(MetricQuantity),
        schemars::schema_for!(Ratio),
        schemars::schema_for!(Share),
        schemars::schema_for!(Rate),
        schemars::schema_for!(ByteRate),
        schemars::schema_for!(Usd),
        schemars::schema_for!(Timestamp),
    ];
    assert_eq!(schemas.len(), formats().len());
    for (schema, (name, check)) in schemas.iter().zip(formats()) {
        assert_eq!(schema.get("format"), Some(&json!(name)));
        for example in schema.get("examples").and_then(|value| value.as_array()).unwrap() {
            check(example).unwrap();
        }
    }
}

/// Printing and reading again gives the same value, also through JSON.
fn round_trip<U>(value: &U)
where
    U: FromStr<Err = UnitError>
        + std::fmt::Display
        + PartialEq
        + Debug
        + serde::Serialize
        + serde::de::DeserializeOwned,
{
    let text = value.to_string();
    assert_eq!(text.parse::<U>().as_ref(), Ok(value), "{text}");
    let json = serde_json::to_value(value).unwrap();
    assert_eq!(serde_json::from_value::<U>(json).unwrap(), *value);
}

proptest! {
    #[test]
    fn units_read_what_they_print(n: u64, f in 0.0..1e6f64, secs in -100_000_000_000i64..200_000_000_000) {
        round_trip(&Duration::new(crate::engine::Span::from_nanos(n)));
        round_trip(&CpuQuantity::from_millis(n));
        round_trip(&ByteQuantity::new(n));
        round_trip(&ByteQuantity::new(n << (n % 64)));
        round_trip(&CountQuantity::new(n));
        round_trip(&MetricQuantity::from_millis(n >> 1));
        round_trip(&Ratio::new(f).unwrap());
        round_trip(&Share::new(f / 1e6).unwrap());
        round_trip(&Rate::from_per_second(f).unwrap());
        round_trip(&ByteRate::from_bytes_per_second(n));
        round_trip(&Usd::from_micros(n));
        round_trip(&Timestamp::from_unix_secs(secs).unwrap());
    }

    #[test]
    fn no_text_makes_a_unit_panic(text in "[-+.0-9eE]{0,12}[a-zA-Z/%µ$ é]{0,5}|.{0,20}") {
        for (_, check) in formats() {
            if let Err(error) = check(&json!(text)) {
                prop_assert!(!error.to_string().is_empty());
            }
        }
    }

    #[test]
    fn no_number_makes_a_unit_panic(f: f64, n: i64) {
        for (_, check) in formats() {
            let _ = (check(&json!(f)), check(&json!(n)));
        }
    }
}
