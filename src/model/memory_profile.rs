//! Memory that a container needs without any request, by its age: straight lines between points, and a slope for ever
//! after the last of them.
//!
//! Knows: whole bytes and nanoseconds. Must not know: limits, requests, or who is killed.

use crate::engine::Span;
use std::fmt;

/// Nanoseconds of an hour.
const HOUR: u128 = 3_600_000_000_000;

/// Memory by age.
///
/// At a point it is exactly what the point says, between two of them what the straight line says, rounded down to whole
/// bytes; so every question about it has one exact answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryProfile {
    /// Age and bytes; the first at age zero, ages rising.
    points: Vec<(Span, u64)>,
    /// Growth after the last point, bytes an hour.
    per_hour: u64,
}

/// Why points are no profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProfileError {
    /// There is none.
    Empty,
    /// The age of this one, counted from 0, is not greater than that of the one before.
    NotRising(usize),
}

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "there is no point"),
            Self::NotRising(place) => {
                write!(
                    f,
                    "the age of point {} is not above that of the one before",
                    place + 1
                )
            }
        }
    }
}

impl std::error::Error for ProfileError {}

impl MemoryProfile {
    /// The profile through `points` (age, bytes), on top of which a leak takes `per_hour` bytes more each hour of age.
    /// Before its first point it is as at that, after its last too, but for the leak.
    ///
    /// # Errors
    /// Where there is no point, or where ages do not rise.
    pub fn new(points: &[(Span, u64)], per_hour: u64) -> Result<Self, ProfileError> {
        let &(first, at_first) = points.first().ok_or(ProfileError::Empty)?;
        let unordered = points.windows(2).position(|pair| pair[1].0 <= pair[0].0);
        if let Some(place) = unordered {
            return Err(ProfileError::NotRising(place + 1));
        }
        let leaked = |age: Span| part(per_hour, age.nanos().into(), HOUR);
        let mut all = Vec::with_capacity(points.len() + 1);
        if !first.is_zero() {
            all.push((Span::ZERO, at_first));
        }
        all.extend(
            points
                .iter()
                .map(|&(age, bytes)| (age, bytes.saturating_add(leaked(age)))),
        );
        Ok(Self {
            points: all,
            per_hour,
        })
    }

    /// The same with `bytes` more at every age.
    #[must_use]
    pub fn raised(&self, bytes: u64) -> Self {
        let points = self.points.iter();
        Self {
            points: points.map(|&(age, at)| (age, at.saturating_add(bytes))).collect(),
            per_hour: self.per_hour,
        }
    }

    /// The place of the last point whose age is not above `age`.
    fn before(&self, age: Span) -> usize {
        self.points
            .partition_point(|&(at, _)| at <= age)
            .saturating_sub(1)
    }

    /// Memory at `age`, bytes.
    #[must_use]
    pub fn at(&self, age: Span) -> u64 {
        let place = self.before(age);
        let (from, start) = self.points[place];
        let along = u128::from((age - from).nanos());
        match self.points.get(place + 1) {
            Some(&(until, end)) => {
                let length = u128::from((until - from).nanos());
                let risen = part(end.saturating_sub(start), along, length);
                // Rounded down, so what has been lost is rounded up.
                let fallen = (u128::from(start.saturating_sub(end)) * along).div_ceil(length);
                (start + risen).saturating_sub(u64::try_from(fallen).unwrap_or(u64::MAX))
            }
            None => start.saturating_add(part(self.per_hour, along, HOUR)),
        }
    }

    /// The first age from `from` on at which it is more than `bytes`, if there is one.
    #[must_use]
    pub fn first_above(&self, from: Span, bytes: u64) -> Option<Span> {
        if self.at(from) > bytes {
            return Some(from);
        }
        // How far along a line that rises by `rise` in `length` it is above.
        let along = |start: u64, rise: u64, length: u128| {
            let wanted = u128::from(bytes - start) + 1;
            let wait = wanted.checked_mul(length)?.div_ceil(rise.into());
            u64::try_from(wait).ok()
        };
        let first = self.before(from);
        for pair in self.points[first..].windows(2) {
            let ((begin, start), (until, end)) = (pair[0], pair[1]);
            if end > bytes {
                let wait = along(start, end - start, (until - begin).nanos().into())?;
                return Some(begin + Span::from_nanos(wait));
            }
        }
        let &(last, at_last) = self.points.last()?;
        if self.per_hour == 0 {
            return None;
        }
        let wait = along(at_last, self.per_hour, HOUR)?;
        Some(Span::from_nanos(last.nanos().checked_add(wait)?))
    }

    /// The most it ever is; `u64::MAX` if it grows for ever.
    #[must_use]
    pub fn most(&self) -> u64 {
        let most = self.points.iter().map(|&(_, bytes)| bytes).max().unwrap_or(0);
        if self.per_hour > 0 { u64::MAX } else { most }
    }
}

/// `along` of `length` parts of `amount`, rounded down.
fn part(amount: u64, along: u128, length: u128) -> u64 {
    u64::try_from(u128::from(amount) * along / length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{MemoryProfile, ProfileError};
    use crate::engine::Span;
    use proptest::prelude::*;

    const SECOND: u64 = 1_000_000_000;

    fn of(points: &[(u64, u64)], per_hour: u64) -> MemoryProfile {
        let points: Vec<_> = points
            .iter()
            .map(|&(age, bytes)| (Span::from_secs(age), bytes))
            .collect();
        MemoryProfile::new(&points, per_hour).unwrap()
    }

    #[test]
    fn a_ramp_is_crossed_at_the_nanosecond_that_arithmetic_says() {
        let ramp = of(&[(0, 1000), (10, 2000)], 0);
        assert_eq!(ramp.at(Span::from_secs(5)), 1500);
        assert_eq!(ramp.at(Span::from_secs(50)), 2000);
        // 1501 is reached after 5.01 s.
        assert_eq!(
            ramp.first_above(Span::ZERO, 1500),
            Some(Span::from_nanos(5_010_000_000))
        );
        assert_eq!(ramp.first_above(Span::ZERO, 2000), None);
        assert_eq!(
            ramp.first_above(Span::from_secs(8), 1500),
            Some(Span::from_secs(8))
        );
        assert_eq!(ramp.most(), 2000);
    }

    #[test]
    fn a_leak_goes_on_for_ever_on_top_of_the_rest() {
        let leak = of(&[(0, 1000)], 3600);
        assert_eq!(leak.at(Span::from_secs(7)), 1007);
        assert_eq!(leak.first_above(Span::ZERO, 1099), Some(Span::from_secs(100)));
        assert_eq!(leak.most(), u64::MAX);
        let both = of(&[(0, 1000), (10, 2000)], 3600);
        assert_eq!(both.at(Span::from_secs(10)), 2010);
        assert_eq!(both.at(Span::from_secs(20)), 2020);
        assert_eq!(both.at(Span::MAX), 2000 + u64::MAX / SECOND);
        assert_eq!(of(&[(0, u64::MAX)], u64::MAX).at(Span::MAX), u64::MAX);
    }

    #[test]
    fn points_that_do_not_rise_are_no_profile() {
        let points = |ages: &[u64]| {
            let points: Vec<_> = ages.iter().map(|&age| (Span::from_secs(age), 1)).collect();
            MemoryProfile::new(&points, 0).map(|profile| profile.points.len())
        };
        assert_eq!(points(&[]), Err(ProfileError::Empty));
        assert_eq!(points(&[3, 5, 5]), Err(ProfileError::NotRising(2)));
        assert_eq!(points(&[3, 5]), Ok(3), "as at its first point before that");
    }

    proptest! {
        /// Were a crossing found late, a container would run on above its limit; early, and it would be killed below it.
        #[test]
        fn the_first_age_above_is_the_first(
            steps in prop::collection::vec((1u64..1000, 0u64..1000), 1..8),
            per_hour in prop_oneof![Just(0u64), 1u64..1_000_000_000_000],
            from in 0u64..3000, bytes in 0u64..2000,
        ) {
            let mut age = 0;
            let points: Vec<_> = steps
                .iter()
                .map(|&(step, bytes)| { age += step; (Span::from_nanos(age), bytes) })
                .collect();
            let profile = MemoryProfile::new(&points, per_hour).unwrap();
            let first = (from..10_000).find(|&age| profile.at(Span::from_nanos(age)) > bytes);
            let found = profile.first_above(Span::from_nanos(from), bytes).map(Span::nanos);
            prop_assert_eq!(found.filter(|&age| age < 10_000), first);
        }
    }
}
