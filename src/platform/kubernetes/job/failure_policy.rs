//! What a failed pod means for its Job.
//!
//! Source: `pkg/controller/job/pod_failure_policy.go`, `matchPodFailurePolicy`.

/// What a rule does about a failed pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureAction {
    /// The Job fails.
    FailJob,
    /// The pod is replaced and does not count.
    Ignore,
    /// The pod counts, as one that no rule fits.
    Count,
}

impl FailureAction {
    /// Whether such a pod counts toward the back-off limit.
    #[must_use]
    pub const fn counts(self) -> bool {
        !matches!(self, Self::Ignore)
    }
}

/// What a rule looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FailureTest {
    /// The exit code of a container that ended badly; a container that ended well is not looked at.
    ExitCode {
        /// Only of this one; of any if `None`.
        container: Option<String>,
        /// Whether the code must be among the values, or must not.
        among: bool,
        /// The values.
        values: Vec<i32>,
    },
    /// The pod was disrupted: evicted, preempted, on a node that went.
    DisruptionTarget,
}

/// A rule of `podFailurePolicy`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureRule {
    /// What it does.
    pub action: FailureAction,
    /// When.
    pub test: FailureTest,
}

/// The action of the first rule that fits a pod whose containers ended with `exits` (name and code).
#[must_use]
pub fn action(rules: &[FailureRule], exits: &[(&str, i32)], disrupted: bool) -> Option<FailureAction> {
    let fits = |test: &FailureTest| match test {
        FailureTest::DisruptionTarget => disrupted,
        FailureTest::ExitCode {
            container,
            among,
            values,
        } => exits.iter().any(|&(name, code)| {
            code != 0
                && container.as_ref().is_none_or(|container| container == name)
                && values.contains(&code) == *among
        }),
    };
    rules.iter().find(|rule| fits(&rule.test)).map(|rule| rule.action)
}
