//! LimitRange: what each container, pod or volume of a namespace may ask for.

use super::Amounts;

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitKind {
    /// Each container.
    Container,
    /// Each pod.
    Pod,
    /// Each volume that is asked for.
    Claim,
}

impl LimitKind {
    /// Its name in Kubernetes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Container => "Container",
            Self::Pod => "Pod",
            Self::Claim => "PersistentVolumeClaim",
        }
    }
}

/// A rule: defaults and bounds.
#[derive(Clone, Debug, PartialEq)]
pub struct LimitRule {
    /// What it is about.
    pub kind: LimitKind,
    /// Limits of a container that has none.
    pub default: Amounts,
    /// Requests of a container that has none.
    pub default_request: Amounts,
    /// The least that may be asked for.
    pub min: Amounts,
    /// The most that may be asked for.
    pub max: Amounts,
    /// How many times its request a limit may be, in thousandths.
    pub ratio_milli: Amounts,
}

impl LimitRule {
    /// The same with what the API server fills in for containers: `default` from `max`, then `defaultRequest` from
    /// `default`, then from `min` (`pkg/apis/core/v1/defaults.go`, `SetDefaults_LimitRangeItem`).
    #[must_use]
    pub fn completed(mut self) -> Self {
        if self.kind == LimitKind::Container {
            let fill = |into: &mut Amounts, from: &Amounts| {
                for (name, amount) in from {
                    into.entry(name.clone()).or_insert(*amount);
                }
            };
            fill(&mut self.default, &self.max);
            fill(&mut self.default_request, &self.default);
            fill(&mut self.default_request, &self.min);
        }
        self
    }
}

/// Rules under one name.
#[derive(Clone, Debug, PartialEq)]
pub struct LimitRange {
    /// Its name.
    pub name: String,
    /// Its rules, [completed](LimitRule::completed).
    pub rules: Vec<LimitRule>,
}
