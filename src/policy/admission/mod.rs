//! May this pod be created? What Kubernetes' admission plugins LimitRanger and ResourceQuota answer, in their words.
//!
//! Knows: pods' containers and what namespaces allow. Must not know: who creates pods, what else there is in the cluster
//! (how much of a quota is used is handed in), or what becomes of a refusal.

mod asked;
pub mod limit_range;
pub mod quota;
mod scopes;
pub mod whole_pod;

use std::fmt;

/// Why something is not created, in the API server's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which rule refused: stable, for filters and tests.
    pub code: &'static str,
    /// Whether it is forbidden, or invalid in itself.
    pub invalid: bool,
    /// Why.
    pub why: String,
}

impl Refusal {
    const fn forbidden(code: &'static str, why: String) -> Self {
        Self {
            code,
            invalid: false,
            why,
        }
    }

    /// Who refused.
    #[must_use]
    pub fn plugin(&self) -> &'static str {
        match self.code {
            "limit_range" => "LimitRanger",
            "invalid_pod" => "validation",
            _ => "ResourceQuota",
        }
    }

    /// The event that the pod's owner records when the creation of the pod `name` fails.
    #[must_use]
    pub fn of_pod(&self, name: &str) -> String {
        if self.invalid {
            format!("Error creating: Pod \"{name}\" is invalid: {}", self.why)
        } else {
            format!("Error creating: pods \"{name}\" is forbidden: {}", self.why)
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

/// A pod with these problems is invalid in itself; one without any is not.
fn sound_without(problems: Vec<String>) -> Result<(), Refusal> {
    if problems.is_empty() {
        return Ok(());
    }
    Err(Refusal {
        code: "invalid_pod",
        invalid: true,
        why: together(problems),
    })
}

/// One problem alone, or all in brackets (apimachinery, `pkg/util/errors`).
fn together(mut problems: Vec<String>) -> String {
    if problems.len() == 1 {
        problems.remove(0)
    } else {
        format!("[{}]", problems.join(", "))
    }
}
