//! The cron trigger: a number of replicas within a window of the clock.
//!
//! Knows: two schedules in a time zone. Must not know: what else is scaled on. Source: `pkg/scalers/cron_scaler.go`;
//! its schedules are those of robfig/cron, and its clock is Go's.

use super::MetricTarget;
use crate::model::cron::{Schedule, Zone};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// A window between two schedules.
#[derive(Clone, Debug, PartialEq)]
pub struct CronTrigger {
    start: Schedule,
    end: Schedule,
    zone: Zone,
    desired: u32,
}

impl CronTrigger {
    /// Reads the trigger's metadata: `timezone`, `start`, `end`, `desiredReplicas`.
    ///
    /// # Errors
    /// What is missing or malformed.
    pub fn parse(metadata: &BTreeMap<String, String>) -> Result<Self, String> {
        let text = |key: &str| {
            let found = metadata.get(key).filter(|text| !text.is_empty());
            found.ok_or_else(|| format!("metadata has no `{key}`"))
        };
        let schedule = |key: &str| {
            let text = text(key)?;
            Schedule::parse(text).map_err(|problem| format!("`{key}` is `{text}`: {problem}"))
        };
        if text("start")? == text("end")? {
            return Err("`start` and `end` must differ".to_owned());
        }
        let replicas = text("desiredReplicas")?;
        let desired = replicas.parse().ok().filter(|&desired: &u32| desired > 0);
        Ok(Self {
            start: schedule("start")?,
            end: schedule("end")?,
            zone: Zone::named(text("timezone")?)?,
            desired: desired.ok_or_else(|| {
                format!("`desiredReplicas` is `{replicas}`, expected a whole number above 0")
            })?,
        })
    }

    /// The replicas wanted at `now`; 0 outside the window, which is also when the trigger is not active.
    ///
    /// Inside is when the end comes no later than the next start, both strictly after `now`: so at the second of the
    /// start it is inside already, and at the second of the end outside already.
    #[must_use]
    pub fn replicas(&self, now: Timestamp) -> u32 {
        // A schedule that never comes again stands for a time long ago.
        let long_ago = i64::MIN;
        let start = self.start.next(now, &self.zone).unwrap_or(long_ago);
        let end = self.end.next(now, &self.zone).unwrap_or(long_ago);
        let is_before = |time: i64| now.as_second() < time;
        let inside = if start < end {
            !is_before(start) && is_before(end)
        } else {
            !is_before(start) || is_before(end)
        };
        if inside { self.desired } else { 0 }
    }

    /// What the HPA aims at: one replica for each replica wanted.
    #[must_use]
    pub const fn target(&self) -> MetricTarget {
        MetricTarget::AverageValue(1000)
    }
}
