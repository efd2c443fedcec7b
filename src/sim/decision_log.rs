//! The log of decisions: every change as a row, repeated holds for one reason as one row with a count.

use super::rows::DecisionRow;
use crate::engine::Time;
use crate::policy::reason::Reason;
use std::collections::BTreeMap;

/// A decision before it is written down.
#[derive(Clone, Debug)]
pub(super) struct Decision<'a> {
    pub(super) question: &'static str,
    pub(super) policy: &'a str,
    pub(super) subject: &'a str,
    pub(super) action: &'static str,
    pub(super) from: Option<i64>,
    pub(super) to: Option<i64>,
    pub(super) result: &'a str,
    pub(super) reason_code: &'static str,
    pub(super) reason: Why<'a>,
}

/// A reason that is rendered only when its row is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Why<'a> {
    Typed(&'a Reason),
    Text(&'a str),
}

impl Why<'_> {
    fn render(self) -> String {
        match self {
            Self::Typed(reason) => reason.render(),
            Self::Text(text) => text.to_owned(),
        }
    }
}

/// Open runs of holds by question and subject, and how many decisions there were.
#[derive(Clone, Debug, Default)]
pub(super) struct DecisionLog {
    holds: BTreeMap<(&'static str, String), DecisionRow>,
    decisions: u64,
    last: Option<DecisionRow>,
}

/// Actions that change nothing.
const HOLDS: [&str; 2] = ["hold", "wait"];

impl DecisionLog {
    /// Decisions so far.
    pub(super) const fn count(&self) -> u64 {
        self.decisions
    }

    /// The last decision that was not a hold.
    pub(super) fn last(&self) -> Option<&DecisionRow> {
        self.last.as_ref()
    }

    /// Counts a decision that nobody wants to read.
    pub(super) fn count_one(&mut self, changes: bool) {
        self.decisions += u64::from(changes);
    }

    /// Takes a decision in; returns the rows that are complete now.
    pub(super) fn record(&mut self, now: Time, decision: &Decision<'_>) -> Vec<DecisionRow> {
        let key = (decision.question, decision.subject.to_owned());
        let hold = HOLDS.contains(&decision.action);
        if let Some(open) = self.holds.get_mut(&key)
            && hold
            && open.reason_code == decision.reason_code
            && open.action == decision.action
        {
            open.count += 1;
            open.last_time_s = now.secs_f64();
            return Vec::new();
        }
        let mut complete: Vec<DecisionRow> = self.holds.remove(&key).into_iter().collect();
        let row = DecisionRow {
            time_s: now.secs_f64(),
            last_time_s: now.secs_f64(),
            count: 1,
            question: decision.question,
            policy: decision.policy.to_owned(),
            subject: decision.subject.to_owned(),
            action: decision.action,
            from: decision.from,
            to: decision.to,
            result: decision.result.to_owned(),
            reason_code: decision.reason_code,
            reason: decision.reason.render(),
        };
        if hold {
            self.holds.insert(key, row);
        } else {
            self.decisions += 1;
            self.last = Some(row.clone());
            complete.push(row);
        }
        complete
    }

    /// An open run of holds is over, whatever comes next; returns its row.
    pub(super) fn close_hold(&mut self, question: &'static str, subject: &str) -> Option<DecisionRow> {
        self.holds.remove(&(question, subject.to_owned()))
    }

    /// The run has ended: every open run of holds is complete.
    pub(super) fn close(&mut self) -> Vec<DecisionRow> {
        let mut rows: Vec<DecisionRow> = std::mem::take(&mut self.holds).into_values().collect();
        rows.sort_by(|a, b| a.time_s.total_cmp(&b.time_s));
        rows
    }
}
