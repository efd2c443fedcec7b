//! What is left of a person's work in a run.

use super::Outcome;
use serde::{Deserialize, Serialize};

/// How often a person did something of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepsByHand {
    /// The kind: `bring_up`, `scale`, `start_again`, `mend_machine`, `delete_pods`.
    pub step: String,
    /// How often.
    pub count: u64,
}

impl Outcome {
    /// All steps by hand.
    #[must_use]
    pub fn steps_by_hand(&self) -> u64 {
        self.by_hand.iter().map(|steps| steps.count).sum()
    }
}
