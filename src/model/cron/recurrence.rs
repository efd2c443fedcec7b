//! Schedules with their short names: `@daily`, `@every 90m`.
//!
//! Source: robfig/cron v3, `ParseStandard`, `parser.go`, `constantdelay.go`.

use super::{Schedule, Zone};
use jiff::Timestamp;

/// When something recurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recurrence {
    /// At times of the clock.
    Clock(Schedule),
    /// So many seconds after the last time, at least one.
    Every(i64),
}

const NAMED: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

impl Recurrence {
    /// Reads five fields, a name such as `@daily`, or `@every` and a duration such as `1h30m`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some((_, fields)) = NAMED.iter().find(|(name, _)| *name == text) {
            return Schedule::parse(fields).map(Self::Clock);
        }
        if let Some(duration) = text.strip_prefix("@every ") {
            let secs = go_duration_secs(duration);
            return secs
                .map(|secs| Self::Every((secs as i64).max(1)))
                .ok_or_else(|| format!("`{duration}` is no duration such as `1h30m`"));
        }
        if text.starts_with('@') {
            let names: Vec<_> = NAMED.iter().map(|(name, _)| *name).collect();
            return Err(format!("expected one of {} or `@every 1h30m`", names.join(", ")));
        }
        Schedule::parse(text).map(Self::Clock)
    }

    /// The first time strictly after `now`, a Unix time in seconds; `None` if there is none in five years.
    #[must_use]
    pub fn next(&self, now: Timestamp, zone: &Zone) -> Option<i64> {
        match self {
            Self::Clock(schedule) => schedule.next(now, zone),
            Self::Every(secs) => now.as_second().checked_add(*secs),
        }
    }
}

/// Go's notation of a duration that is not negative, in seconds.
fn go_duration_secs(text: &str) -> Option<f64> {
    let units = [
        ("ns", 1e-9),
        ("us", 1e-6),
        ("µs", 1e-6),
        ("ms", 1e-3),
        ("s", 1.0),
        ("m", 60.0),
        ("h", 3600.0),
    ];
    let (mut rest, mut secs) = (text, 0.0);
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        rest = &rest[end..];
        let end = rest
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(rest.len());
        let (_, scale) = units.iter().find(|(name, _)| *name == &rest[..end])?;
        secs += number * scale;
        rest = &rest[end..];
    }
    Some(secs)
}

#[cfg(test)]
mod tests {
    use super::{Recurrence, Zone};
    use jiff::Timestamp;

    #[test]
    fn names_and_delays_are_read_and_others_are_refused() {
        let next = |text: &str| {
            let now: Timestamp = "2026-03-10T08:15:30Z".parse().unwrap();
            let next = Recurrence::parse(text).unwrap();
            let next = next.next(now, &Zone::utc()).unwrap();
            Timestamp::from_second(next).unwrap().to_string()
        };
        assert_eq!(next("@hourly"), "2026-03-10T09:00:00Z");
        assert_eq!(next("@weekly"), "2026-03-15T00:00:00Z");
        assert_eq!(next("@every 1h30m"), "2026-03-10T09:45:30Z");
        assert_eq!(next("@every 200ms"), "2026-03-10T08:15:31Z");
        for text in ["@fortnightly", "@every", "@every 3", "@every soon", "61 * * * *"] {
            assert!(Recurrence::parse(text).is_err(), "{text}");
        }
    }
}
