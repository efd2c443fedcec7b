//! Scheduled: replicas by the clock, as KEDA's cron scaler or a CronJob that runs `kubectl scale` do.
//!
//! Every entry is a cron expression and a number; the entry that fired last holds. The clock is the scenario's own
//! (`start`), without daylight saving.

use super::{PodScaler, PodScalerClock, PodScalingDecision, PodScalingView};
use crate::engine::{Stream, Time};
use crate::policy::parameters::Parameters;
use crate::policy::reason::{Reason, ReasonKind, Value};
use croner::Cron;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

static BY_CLOCK: ReasonKind = ReasonKind {
    code: "by_clock",
    sentence: "entry {entry} of the schedule holds",
};
static NOT_YET: ReasonKind = ReasonKind {
    code: "no_entry_yet",
    sentence: "no entry of the schedule has fired yet",
};

/// One line of the schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduledStep {
    /// When: minute, hour, day of month, month, day of week, for example `0 8 * * 1-5`.
    pub cron: String,
    /// How many replicas from then on.
    pub replicas: u32,
}

/// Replicas by the clock; the entry that fired last holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scheduled {
    /// The schedule.
    #[schemars(length(min = 1))]
    pub steps: Vec<ScheduledStep>,
    #[serde(skip)]
    parsed: Vec<Cron>,
}

impl Scheduled {
    /// The entry that fired last at or before `now`, the later one of two that fired together.
    fn current(&self, now: jiff::civil::DateTime) -> Option<usize> {
        let fired = self.parsed.iter().enumerate().filter_map(|(index, cron)| {
            cron.find_previous_occurrence(&now, true)
                .ok()
                .map(|time| (time, index))
        });
        fired.max().map(|(_, index)| index)
    }

    /// When the next entry fires after `now`.
    fn next(&self, now: jiff::civil::DateTime) -> Option<jiff::civil::DateTime> {
        let times = self.parsed.iter();
        times
            .filter_map(|cron| cron.find_next_occurrence(&now, false).ok())
            .min()
    }
}

impl PodScaler for Scheduled {
    fn clock(&self) -> PodScalerClock {
        PodScalerClock::Start
    }

    fn decide(&mut self, view: &PodScalingView<'_>, _: &mut Stream) -> (PodScalingDecision, Option<Time>) {
        let now = view.civil_now();
        let next = now.and_then(|now| self.next(now));
        let next = next.and_then(|next| u64::try_from(next.duration_since(view.start).as_nanos()).ok());
        let decision = match now.and_then(|now| self.current(now)) {
            Some(entry) => PodScalingDecision::new(
                self.steps[entry].replicas,
                Reason::new(&BY_CLOCK).with("entry", Value::Count(entry as u64 + 1)),
            ),
            None => PodScalingDecision::new(view.replicas.desired, Reason::new(&NOT_YET)),
        };
        (decision, next.map(Time::from_nanos))
    }

    fn clone_box(&self) -> Box<dyn PodScaler> {
        Box::new(self.clone())
    }
}

impl Parameters for Scheduled {
    /// Reads the cron expressions.
    fn prepare(mut self) -> Result<Self, Vec<String>> {
        let mut problems = Vec::new();
        self.parsed.clear();
        for (index, step) in self.steps.iter().enumerate() {
            match Cron::from_str(&step.cron) {
                Ok(cron) => self.parsed.push(cron),
                Err(_) => problems.push(format!("steps[{index}].cron: {}", wrong_with(&step.cron))),
            }
        }
        if problems.is_empty() {
            Ok(self)
        } else {
            Err(problems)
        }
    }
}

/// The parts of an expression in their order, and what each may be.
const PARTS: [(&str, &str); 5] = [
    ("minute", "0-59"),
    ("hour", "0-23"),
    ("day of the month", "1-31"),
    ("month", "1-12 or JAN-DEC"),
    ("day of the week", "0-7 or SUN-SAT"),
];

/// What is wrong with a cron expression: its number of parts, or the first part that is nothing by itself.
fn wrong_with(text: &str) -> String {
    let parts: Vec<&str> = text.split_whitespace().collect();
    if parts.len() != PARTS.len() {
        return format!(
            "`{text}` is not a cron expression: expected minute, hour, day of the month, month and day of the week, \
             such as `0 8 * * 1-5`"
        );
    }
    let alone = |index: usize| {
        let mut others = ["*"; PARTS.len()];
        others[index] = parts[index];
        others.join(" ")
    };
    let wrong = (0..PARTS.len()).find(|&index| Cron::from_str(&alone(index)).is_err());
    match wrong {
        Some(index) => {
            let ((name, range), found) = (PARTS[index], parts[index]);
            format!(
                "the {name} of `{text}` is `{found}`, expected {range}, a list, a range or a step of them, or `*`"
            )
        }
        None => format!("`{text}` is not a cron expression"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Parameters, Scheduled, ScheduledStep};

    #[test]
    fn the_entry_that_fired_last_holds_over_nights_and_weekends() {
        let step = |cron: &str, replicas| ScheduledStep {
            cron: cron.into(),
            replicas,
        };
        let schedule = Scheduled {
            steps: vec![step("0 8 * * 1-5", 20), step("0 19 * * 1-5", 4)],
            ..Scheduled::default()
        };
        let schedule = schedule.prepare().unwrap();
        let replicas = |time: &str| {
            schedule
                .current(time.parse().unwrap())
                .map(|entry| schedule.steps[entry].replicas)
        };
        assert_eq!(
            replicas("2026-03-02T07:59:00"),
            Some(4),
            "Friday evening's entry still holds on Monday morning"
        );
        assert_eq!(replicas("2026-03-02T08:00:00"), Some(20));
        assert_eq!(
            replicas("2026-03-07T12:00:00"),
            Some(4),
            "nothing fires on Saturday"
        );
        let broken = Scheduled {
            steps: vec![step("every day", 1)],
            ..Scheduled::default()
        };
        assert_eq!(broken.prepare().unwrap_err().len(), 1);
    }
}
