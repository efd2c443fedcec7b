//! Schedules of five fields, as robfig/cron reads and steps them.
//!
//! Knows: fields and the search for the next time. Must not know: time zones beyond a [`Zone`], or what is scheduled.
//! Sources: robfig/cron v3, `parser.go` and `spec.go`.
//!
//! Differs from other readers: Sunday is 0 and never 7; `@daily` and seconds are refused; a time that clocks skip does
//! not happen that day.

use super::Zone;
use jiff::civil::DateTime;
use jiff::{Timestamp, ToSpan};

/// When something happens: bits per field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    minute: u64,
    hour: u64,
    day: u64,
    month: u64,
    weekday: u64,
}

/// Marks a field written as `*` or `?`.
const STAR: u64 = 1 << 63;
/// A schedule without a time in so many years has none.
const YEARS_MAX: i16 = 5;
const HOUR: i64 = 3600;

struct Field {
    name: &'static str,
    min: u32,
    max: u32,
    words: &'static [&'static str],
}

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const FIELDS: [Field; 5] = [
    Field {
        name: "minute",
        min: 0,
        max: 59,
        words: &[],
    },
    Field {
        name: "hour",
        min: 0,
        max: 23,
        words: &[],
    },
    Field {
        name: "day of month",
        min: 1,
        max: 31,
        words: &[],
    },
    Field {
        name: "month",
        min: 1,
        max: 12,
        words: &MONTHS,
    },
    Field {
        name: "day of week",
        min: 0,
        max: 6,
        words: &DAYS,
    },
];

impl Schedule {
    /// Reads `minute hour day-of-month month day-of-week`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let fields: Vec<_> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields[..] else {
            let found = fields.len();
            return Err(format!(
                "{found} fields, expected 5: minute, hour, day of month, month, day of week"
            ));
        };
        Ok(Self {
            minute: FIELDS[0].bits(minute)?,
            hour: FIELDS[1].bits(hour)?,
            day: FIELDS[2].bits(day)?,
            month: FIELDS[3].bits(month)?,
            weekday: FIELDS[4].bits(weekday)?,
        })
    }

    /// The first time strictly after `now`, a Unix time in seconds; `None` if there is none in five years.
    #[must_use]
    pub fn next(&self, now: Timestamp, zone: &Zone) -> Option<i64> {
        let mut at = now.as_second() + 1;
        // The time within the day counts only until a field has moved on.
        let mut moved = false;
        let year_last = zone.wall(at)?.year() + YEARS_MAX;
        'wrap: loop {
            let mut wall = zone.wall(at)?;
            if wall.year() > year_last {
                return None;
            }
            while !has(self.month, wall.month()) {
                if !moved {
                    moved = true;
                    wall = start_of_day(wall)?.with().day(1).build().ok()?;
                    wall = zone.wall(zone.unix(wall)?)?;
                }
                at = zone.unix(wall.checked_add(1.month()).ok()?)?;
                wall = zone.wall(at)?;
                if wall.month() == 1 {
                    continue 'wrap;
                }
            }
            while !self.day_matches(wall) {
                if !moved {
                    moved = true;
                    wall = zone.wall(zone.unix(start_of_day(wall)?)?)?;
                }
                at = to_midnight(zone.unix(wall.checked_add(1.day()).ok()?)?, zone)?;
                wall = zone.wall(at)?;
                if wall.day() == 1 {
                    continue 'wrap;
                }
            }
            while !has(self.hour, wall.hour()) {
                if !moved {
                    moved = true;
                    at = zone.unix(wall.with().minute(0).second(0).build().ok()?)?;
                }
                at += HOUR;
                wall = zone.wall(at)?;
                if wall.hour() == 0 {
                    continue 'wrap;
                }
            }
            while !has(self.minute, wall.minute()) {
                if !moved {
                    moved = true;
                    at -= at.rem_euclid(60);
                }
                at += 60;
                wall = zone.wall(at)?;
                if wall.minute() == 0 {
                    continue 'wrap;
                }
            }
            if wall.second() == 0 {
                return Some(at);
            }
            // Only second 0 matches, so the search goes on in the next minute.
            moved = true;
            at += 60 - i64::from(wall.second());
        }
    }

    /// Both day fields if one of them is a star, otherwise either.
    fn day_matches(&self, wall: DateTime) -> bool {
        let day = has(self.day, wall.day());
        let weekday = has(self.weekday, wall.weekday().to_sunday_zero_offset());
        if (self.day | self.weekday) & STAR != 0 {
            day && weekday
        } else {
            day || weekday
        }
    }
}

fn has(bits: u64, value: i8) -> bool {
    bits & (1 << value) != 0
}

fn start_of_day(wall: DateTime) -> Option<DateTime> {
    wall.with().hour(0).minute(0).second(0).build().ok()
}

/// Where clocks change at midnight, a day may seem to begin an hour early or late.
fn to_midnight(at: i64, zone: &Zone) -> Option<i64> {
    let hour = i64::from(zone.wall(at)?.hour());
    Some(match hour {
        0 => at,
        13.. => at + (24 - hour) * HOUR,
        _ => at - hour * HOUR,
    })
}

impl Field {
    fn bits(&self, text: &str) -> Result<u64, String> {
        let parts = text.split(',').filter(|part| !part.is_empty());
        parts
            .map(|part| self.range(part))
            .try_fold(0, |bits, range| Ok(bits | range?))
    }

    /// `*`, `n`, `a-b`, each with `/step`; `n/step` runs to the end.
    fn range(&self, text: &str) -> Result<u64, String> {
        let wrong = |what: &str| Err(format!("{}: `{text}` {what}", self.name));
        let (range, step) = match text.split_once('/') {
            None => (text, 1),
            Some((range, step)) => match step.parse() {
                Ok(0) | Err(_) => return wrong("has no step above 0"),
                Ok(step) => (range, step),
            },
        };
        let stepped = text.contains('/');
        let (first, last, star) = match range.split_once('-') {
            None if range == "*" || range == "?" => (self.min, self.max, step == 1),
            None if stepped => (self.value(range)?, self.max, false),
            None => (self.value(range)?, self.value(range)?, false),
            // robfig ignores what follows a star and a hyphen; here it is refused.
            Some((first, last)) => (self.value(first)?, self.value(last)?, false),
        };
        if first < self.min || last > self.max {
            return wrong(&format!("is outside {} to {}", self.min, self.max));
        }
        if first > last {
            return wrong("ends before it begins");
        }
        let bits = (first..=last)
            .step_by(step)
            .fold(0, |bits, value| bits | 1 << value);
        Ok(if star { bits | STAR } else { bits })
    }

    fn value(&self, text: &str) -> Result<u32, String> {
        let lower = text.to_ascii_lowercase();
        if let Some(index) = self.words.iter().position(|&word| word == lower) {
            return Ok(self.min + index as u32);
        }
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let value = if digits { text.parse().ok() } else { None };
        value.ok_or_else(|| format!("{}: `{text}` is no number", self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::{Schedule, Zone};
    use jiff::Timestamp;

    fn next(schedule: &str, zone: &str, now: &str) -> String {
        let schedule = Schedule::parse(schedule).unwrap();
        let now: Timestamp = now.parse().unwrap();
        let next = schedule.next(now, &Zone::named(zone).unwrap());
        next.map_or("never".to_owned(), |next| {
            Timestamp::from_second(next).unwrap().to_string()
        })
    }

    #[test]
    fn the_next_time_is_strictly_later_and_steps_over_what_clocks_skip() {
        for (schedule, zone, now, expected) in [
            ("0 8 * * *", "UTC", "2026-03-10T08:00:00Z", "2026-03-11T08:00:00Z"),
            (
                "0 8 * * *",
                "UTC",
                "2026-03-10T07:59:59.5Z",
                "2026-03-10T08:00:00Z",
            ),
            (
                "30 2 * * *",
                "Europe/Berlin",
                "2026-03-28T01:30:00Z",
                "2026-03-30T00:30:00Z",
            ),
            (
                "30 2 * * *",
                "Europe/Berlin",
                "2026-10-25T00:30:00Z",
                "2026-10-25T01:30:00Z",
            ),
            (
                "0 0 29 2 *",
                "UTC",
                "2026-01-01T00:00:00Z",
                "2028-02-29T00:00:00Z",
            ),
            ("0 0 31 2 *", "UTC", "2026-01-01T00:00:00Z", "never"),
            (
                "0 0 13 * fri",
                "UTC",
                "2026-02-14T00:00:00Z",
                "2026-02-20T00:00:00Z",
            ),
            (
                "*/20 5 * JAN-MAR ?",
                "Asia/Kolkata",
                "2026-04-01T00:00:00Z",
                "2026-12-31T23:30:00Z",
            ),
        ] {
            assert_eq!(
                next(schedule, zone, now),
                expected,
                "{schedule} in {zone} after {now}"
            );
        }
    }

    #[test]
    fn what_keda_refuses_is_refused() {
        for text in [
            "@daily",
            "0 0 * * 7",
            "61 * * * *",
            "0 0 0 * *",
            "5-1 * * * *",
            "*/0 * * * *",
            "* * * * * *",
            "-1 * * * *",
        ] {
            assert!(Schedule::parse(text).is_err(), "{text}");
        }
    }
}
