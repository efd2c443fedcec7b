//! Which of two nodes comes first for a task.
//!
//! Knows: how many tasks a node has, and which failed there of late. Must not know: whether the node has room. Source:
//! swarmkit `manager/scheduler/scheduler.go` (`nodeLess` in `scheduleTaskGroup`) and `nodeinfo.go`
//! (`countRecentFailures`, `maxFailures`, `monitorFailures`).

use crate::engine::{Span, Time};
use crate::model::cluster::NodeView;
use crate::model::pod_template::PodTemplate;
use crate::policy::placement::filter::alike_active;
use std::sync::Arc;

/// From so many failures of a version on a node is avoided.
const FAILURES_MAX: u32 = 5;
/// Failures count for so long.
const MONITORED: Span = Span::from_secs(300);

/// A task that failed.
#[derive(Clone, Debug, PartialEq)]
struct Failure {
    node: String,
    class: Arc<PodTemplate>,
    at: Time,
}

/// The tasks that failed within the last five minutes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Failures(Vec<Failure>);

impl Failures {
    /// A task made from `class` has failed on `node` at `now`.
    pub(super) fn add(&mut self, node: &str, class: &Arc<PodTemplate>, now: Time) {
        self.0.retain(|failure| now.since(failure.at) <= MONITORED);
        self.0.push(Failure {
            node: node.to_owned(),
            class: class.clone(),
            at: now,
        });
    }

    /// How many made from `class` have failed on `node` of late: those of the same version of the same service.
    fn of(&self, node: &str, class: &Arc<PodTemplate>, now: Time) -> u32 {
        let same = |failure: &&Failure| {
            failure.node == node
                && now.since(failure.at) <= MONITORED
                && (Arc::ptr_eq(&failure.class, class) || failure.class == *class)
        };
        self.0.iter().filter(same).count() as u32
    }
}

/// What decides between nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    /// Its position.
    pub(super) place: usize,
    /// Failures of the task's version there of late.
    pub(super) failures: u32,
    /// Tasks of the service that were not asked to stop.
    pub(super) alike: u32,
    /// All such tasks.
    pub(super) tasks: u32,
}

impl Standing {
    /// That of the `node` at `place` for a task made from `class`.
    pub(super) fn of(
        place: usize,
        node: &NodeView,
        class: &Arc<PodTemplate>,
        failures: &Failures,
        now: Time,
    ) -> Self {
        let counts = node.pods.classes().iter();
        Self {
            place,
            failures: failures.of(&node.facts.name, class, now),
            alike: alike_active(node, class),
            tasks: counts.map(|count| count.pods - count.terminating).sum(),
        }
    }

    /// The same with one more task of the service.
    pub(super) const fn with_one_more(self) -> Self {
        Self {
            alike: self.alike + 1,
            tasks: self.tasks + 1,
            ..self
        }
    }

    /// Whether it comes before `other`.
    pub(super) const fn is_before(&self, other: &Self) -> bool {
        let many = self.failures >= FAILURES_MAX || other.failures >= FAILURES_MAX;
        if many && self.failures != other.failures {
            return self.failures < other.failures;
        }
        if self.alike != other.alike {
            return self.alike < other.alike;
        }
        self.tasks < other.tasks
    }
}

#[cfg(test)]
mod tests {
    use super::{Failures, Standing};
    use crate::engine::{Span, Time};
    use crate::model::pod_template::PodTemplate;
    use std::sync::Arc;

    fn standing(failures: u32, alike: u32, tasks: u32) -> Standing {
        Standing {
            place: 0,
            failures,
            alike,
            tasks,
        }
    }

    /// Four failures count for nothing; five do, whatever else there is; equal numbers of them decide nothing.
    #[test]
    fn failures_then_the_service_then_all_tasks() {
        let before = |a: Standing, b: Standing| (a.is_before(&b), b.is_before(&a));
        assert_eq!(
            before(standing(4, 0, 9), standing(0, 1, 0)),
            (true, false),
            "four"
        );
        assert_eq!(
            before(standing(5, 0, 0), standing(4, 9, 9)),
            (false, true),
            "five"
        );
        assert_eq!(
            before(standing(6, 0, 9), standing(6, 1, 0)),
            (true, false),
            "the same"
        );
        assert_eq!(before(standing(0, 1, 1), standing(0, 1, 2)), (true, false));
        assert_eq!(before(standing(0, 1, 2), standing(0, 1, 2)), (false, false));
    }

    #[test]
    fn failures_are_of_one_version_on_one_node_within_five_minutes() {
        let class = Arc::new(PodTemplate::new(Vec::new()));
        let mut other = PodTemplate::new(Vec::new());
        other.labels.insert("version".into(), "2".into());
        let at = |secs| Time::ZERO + Span::from_secs(secs);
        let mut failures = Failures::default();
        (0..3).for_each(|turn| failures.add("a", &class, at(turn)));
        assert_eq!(failures.of("a", &class, at(300)), 3);
        assert_eq!(failures.of("a", &class, at(301)), 2, "the first was longer ago");
        assert_eq!(failures.of("b", &class, at(3)), 0);
        assert_eq!(failures.of("a", &Arc::new(other), at(3)), 0);
    }
}
