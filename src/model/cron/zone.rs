//! Wall clocks as Go reads them.
//!
//! Knows: the time zones of the world, from the database that is built in, and which instant Go takes a wall time for
//! when clocks change. Must not know: schedules. Source: Go's `time.Date`.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

/// A time zone.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone(TimeZone);

impl Zone {
    /// Coordinated universal time.
    #[must_use]
    pub const fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// The zone of a name as the IANA database has it, such as `Europe/Berlin`.
    ///
    /// # Errors
    /// When there is no such zone.
    pub fn named(name: &str) -> Result<Self, String> {
        let zone = TimeZoneDatabase::bundled().get(name);
        zone.map(Self).map_err(|_| {
            format!("there is no time zone `{name}`; a name such as `Europe/Berlin` is expected")
        })
    }

    /// What clocks show at a Unix time, seconds; `None` outside the years that clocks can show.
    pub(super) fn wall(&self, unix: i64) -> Option<DateTime> {
        let instant = Timestamp::from_second(unix).ok()?;
        Some(self.0.to_offset(instant).to_datetime(instant))
    }

    /// The Unix time when clocks show `wall`.
    ///
    /// A time that clocks skip or show twice is read with the offset that holds at that number of seconds by UTC,
    /// corrected once: which side of the change it falls on is an accident of Go's, and kept.
    pub(super) fn unix(&self, wall: DateTime) -> Option<i64> {
        let unix = Offset::UTC.to_timestamp(wall).ok()?.as_second();
        let offset = self.offset(unix)?;
        if offset == 0 {
            return Some(unix);
        }
        Some(unix - self.offset(unix - offset)?)
    }

    fn offset(&self, unix: i64) -> Option<i64> {
        let instant = Timestamp::from_second(unix).ok()?;
        Some(self.0.to_offset(instant).seconds().into())
    }
}
