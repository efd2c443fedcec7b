//! Decisions and pods of a run, kept for tests that ask what was decided and where pods were.

use tonnage::sim::Sink;
use tonnage::sim::rows::{DecisionRow, PodRow};

/// The rows, in the order in which they were told.
#[derive(Default)]
pub(crate) struct Rows {
    pub(crate) decisions: Vec<DecisionRow>,
    pub(crate) pods: Vec<PodRow>,
}

impl Sink for Rows {
    fn decision(&mut self, row: DecisionRow) {
        self.decisions.push(row);
    }

    fn pod(&mut self, row: PodRow) {
        self.pods.push(row);
    }
}

impl Rows {
    /// Decisions about a question by what was asked.
    pub(crate) fn of<'a>(
        &'a self,
        question: &'a str,
        action: &'a str,
    ) -> impl Iterator<Item = &'a DecisionRow> {
        self.decisions
            .iter()
            .filter(move |row| row.question == question && row.action == action)
    }
}
