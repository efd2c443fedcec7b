//! The log of decisions: every change as a row, repeated holds for one reason as one row with a count.

use super::rows::DecisionRow;
use super::world::Row;
use crate::engine::Time;
use crate::policy::reason::Reason;
use std::collections::{BTreeMap, VecDeque};

/// A decision before it is written down.
#[derive(Clone, Debug)]
pub(super) struct Decision<'a> {
    pub(super) question: &'static str,
    pub(super) policy: &'a str,
    /// Which of the policy's loops decided, where it has several.
    pub(super) by: Option<&'static str>,
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

/// The log under way, and how many decisions there were.
///
/// Rows leave in the order of their (first) time. A run of holds is not complete before it ends, so what was decided
/// after its start waits with it; so that memory stays bounded however long that takes, the oldest run ends when
/// [`WAITING_MAX`] complete rows wait behind it, and goes on as a further row.
#[derive(Clone, Debug, Default)]
pub(super) struct DecisionLog {
    /// Rows in the order of their time, from number `first` on: the first is open, or there is none.
    rows: VecDeque<DecisionRow>,
    first: u64,
    /// The numbers of open runs of holds by question and subject, and of those by loop: two loops that hold in turn are
    /// two runs.
    open: BTreeMap<(&'static str, String), BTreeMap<Option<&'static str>, u64>>,
    decisions: u64,
    last: Option<DecisionRow>,
}

/// Actions that change nothing.
const HOLDS: [&str; 2] = ["hold", "wait"];
/// So many complete rows wait for a run of holds that began before them: about a megabyte.
const WAITING_MAX: usize = 4096;

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

    /// Takes a decision in and sends the rows whose turn it is now on their way; where nobody is `told`, it is only counted.
    pub(super) fn write(&mut self, now: Time, decision: &Decision<'_>, told: bool, rows: &mut Vec<Row>) {
        if told {
            rows.extend(self.record(now, decision).into_iter().map(Row::Decision));
        } else {
            self.count_one(!HOLDS.contains(&decision.action));
        }
    }

    /// Takes a decision in; returns the rows whose turn it is now.
    pub(super) fn record(&mut self, now: Time, decision: &Decision<'_>) -> Vec<DecisionRow> {
        let key = (decision.question, decision.subject.to_owned());
        let hold = HOLDS.contains(&decision.action);
        let runs = self.open.get(&key);
        let open = runs.and_then(|runs| runs.get(&decision.by));
        let open = open.map(|number| (number - self.first) as usize);
        if let Some(run) = open.and_then(|place| self.rows.get_mut(place))
            && hold
            && run.reason_code == decision.reason_code
            && run.action == decision.action
        {
            run.count += 1;
            run.last_time_s = now.secs_f64();
            return Vec::new();
        }
        // What one loop changes is news to the others.
        if !hold {
            self.open.remove(&key);
        }
        let row = DecisionRow {
            time_s: now.secs_f64(),
            last_time_s: now.secs_f64(),
            count: 1,
            question: decision.question,
            policy: match decision.by {
                None => decision.policy.to_owned(),
                Some(by) => format!("{}/{by}", decision.policy),
            },
            subject: decision.subject.to_owned(),
            action: decision.action,
            from: decision.from,
            to: decision.to,
            result: decision.result.to_owned(),
            reason_code: decision.reason_code,
            reason: decision.reason.render(),
        };
        if hold {
            let number = self.first + self.rows.len() as u64;
            self.open.entry(key).or_default().insert(decision.by, number);
        } else {
            self.decisions += 1;
            self.last = Some(row.clone());
        }
        self.rows.push_back(row);
        self.released()
    }

    /// An open run of holds is over, whatever comes next; returns the rows whose turn it is now.
    pub(super) fn close_hold(&mut self, question: &'static str, subject: &str) -> Vec<DecisionRow> {
        match self.open.remove(&(question, subject.to_owned())) {
            Some(_) => self.released(),
            None => Vec::new(),
        }
    }

    /// The run has ended: every open run of holds is complete.
    pub(super) fn close(&mut self) -> Vec<DecisionRow> {
        self.open.clear();
        self.released()
    }

    fn released(&mut self) -> Vec<DecisionRow> {
        let mut released = Vec::new();
        while let Some(row) = self.rows.front() {
            let key = (row.question, row.subject.clone());
            let (first, waiting) = (self.first, self.rows.len());
            let open_rows = || self.open.values().map(BTreeMap::len).sum::<usize>();
            let few = waiting <= WAITING_MAX || waiting - open_rows() <= WAITING_MAX;
            if let Some(runs) = self.open.get_mut(&key)
                && runs.values().any(|&number| number == first)
            {
                if few {
                    break;
                }
                runs.retain(|_, number| *number != first);
            }
            self.first += 1;
            released.extend(self.rows.pop_front());
        }
        released
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(log: &mut DecisionLog, at: u64, subject: &str, action: &'static str) -> Vec<DecisionRow> {
        let decision = Decision {
            question: "pod_scaling",
            policy: "p",
            by: None,
            subject,
            action,
            from: None,
            to: None,
            result: "done",
            reason_code: "why",
            reason: Why::Text("because"),
        };
        log.record(Time::from_nanos(at * 1_000_000_000), &decision)
    }

    fn told(rows: &[DecisionRow]) -> Vec<(f64, f64, u64, &str)> {
        let row = |row: &'_ DecisionRow| (row.time_s, row.last_time_s, row.count);
        rows.iter()
            .map(|r| (row(r).0, row(r).1, row(r).2, r.action))
            .collect()
    }

    /// Were a long run of holds written when it ends, a reader of the file would find it after what it came before.
    #[test]
    fn rows_come_in_the_order_of_their_first_time() {
        let mut log = DecisionLog::default();
        let mut rows = decide(&mut log, 1, "a", "hold");
        rows.extend(decide(&mut log, 2, "b", "scale"));
        rows.extend(decide(&mut log, 3, "a", "hold"));
        assert_eq!(rows, [], "what came after the start of an open run waits for it");
        rows.extend(decide(&mut log, 4, "a", "scale"));
        rows.extend(decide(&mut log, 5, "b", "hold"));
        rows.extend(log.close());
        assert_eq!(
            told(&rows),
            [
                (1.0, 3.0, 2, "hold"),
                (2.0, 2.0, 1, "scale"),
                (4.0, 4.0, 1, "scale"),
                (5.0, 5.0, 1, "hold")
            ]
        );
    }

    /// Were there no bound, a policy that holds for a year would keep a year of everybody's decisions in memory.
    #[test]
    fn a_hold_without_end_keeps_no_more_than_so_many_rows_waiting_and_loses_no_decision() {
        let mut log = DecisionLog::default();
        let mut rows = Vec::new();
        for at in 0..20_000 {
            rows.extend(decide(&mut log, at, "calm", "hold"));
            rows.extend(decide(&mut log, at, "busy", "scale"));
            assert!(log.rows.len() <= WAITING_MAX + 2);
        }
        rows.extend(log.close());
        assert!(rows.is_sorted_by(|a, b| a.time_s <= b.time_s));
        let holds: Vec<_> = rows.iter().filter(|row| row.action == "hold").collect();
        assert_eq!(holds.iter().map(|row| row.count).sum::<u64>(), 20_000);
        assert_eq!(holds.len(), 20_000usize.div_ceil(WAITING_MAX + 1));
        assert!(holds.windows(2).all(|pair| pair[0].last_time_s < pair[1].time_s));
        assert_eq!(log.count(), 20_000);
    }
}
