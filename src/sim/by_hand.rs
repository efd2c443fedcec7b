//! What a person has done by hand in a run: counted, and written down as decisions of a person.
//!
//! Knows: which kinds of steps there can be in a scenario, and how often there was one. Must not know: when a step is due;
//! what makes one says so.

use super::decision_log::{Decision, Why};
use super::outcome::StepsByHand;
use super::platform::Platform;
use super::scenario::Scenario;
use super::world::World;
use crate::engine::Time;
use crate::model::fault::FaultKind;
use crate::platform::by_hand::Step;
use std::collections::BTreeMap;

/// Steps by hand since measuring started, and what waits for a person.
#[derive(Clone, Debug, Default)]
pub(super) struct ByHand {
    /// The kinds there can be.
    steps: BTreeMap<Step, u64>,
    /// By workload: how many replicas there were before some ended for good, and when a person sees to that.
    pub(super) down: BTreeMap<usize, (u32, Time)>,
}

impl ByHand {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let platform = scenario.platform;
        let plain = platform != Platform::Kubernetes;
        let from_nothing = matches!(
            platform,
            Platform::Docker {
                from_nothing: true,
                ..
            }
        );
        let starts_again = platform.starts_again().is_some();
        let mended = scenario
            .faults
            .iter()
            .any(|fault| matches!(&fault.kind, FaultKind::NodeCrash(crash) if crash.repair.is_some()));
        let deletes = scenario.workloads.iter().any(|workload| {
            let numbered = workload.controller.numbered();
            numbered.is_some_and(|numbered| !numbered.deletions.is_empty())
        });
        let possible = [
            (Step::BringUp, from_nothing),
            (Step::Scale, plain),
            (Step::StartAgain, starts_again),
            (Step::MendMachine, mended),
            (Step::DeletePods, deletes),
        ];
        Self {
            steps: possible
                .into_iter()
                .filter_map(|(step, is)| is.then_some((step, 0)))
                .collect(),
            down: BTreeMap::new(),
        }
    }

    /// Measuring starts anew.
    pub(super) fn reset(&mut self) {
        self.steps.values_mut().for_each(|count| *count = 0);
    }

    /// For the outcome: every kind there can be, with how often there was one.
    pub(super) fn outcome(&self) -> Vec<StepsByHand> {
        let steps = self.steps.iter().map(|(step, &count)| StepsByHand {
            step: step.code().to_owned(),
            count,
        });
        steps.collect()
    }
}

impl World {
    /// A person has done something about `subject`; `change` is the number of its containers before and after.
    pub(super) fn done_by_hand(&mut self, step: Step, subject: &str, change: Option<(u32, u32)>, why: &str) {
        *self.by_hand.steps.entry(step).or_default() += 1;
        let decision = Decision {
            question: "by_hand",
            policy: self.scenario.platform.name(),
            by: Some("person"),
            subject,
            action: step.code(),
            from: change.map(|(from, _)| from.into()),
            to: change.map(|(_, to)| to.into()),
            result: "done",
            reason_code: step.code(),
            reason: Why::Text(why),
        };
        self.log.write(self.now, &decision, self.tell, &mut self.rows);
    }
}
