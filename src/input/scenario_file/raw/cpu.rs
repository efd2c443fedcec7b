//! How CPU slows what runs, as users write it.

use crate::model::units::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How CPU slows containers that say what they use (`usage`).
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Cpu {
    /// How CPU limits are kept.
    pub(crate) limits: Limits,
    /// How often the CPU of a node whose pods want more than it has is shared anew among them, by weights that follow
    /// their requests (Docker's `--cpu-shares`); 1 ms at least. `0s`: it is not, and all run as if they were alone.
    pub(crate) share_every: Duration,
}

impl Default for Cpu {
    fn default() -> Self {
        Self {
            limits: Limits::Exact,
            share_every: Duration::from_millis(100),
        }
    }
}

/// How CPU limits are kept.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Limits {
    /// As the kernel does it: all threads run until the quota of the 100 ms period is used up, and stop until the next.
    #[default]
    Exact,
    /// At a steady rate. Faster; not for requests that take less than a few periods of their container's CPU, whose times
    /// it makes too long.
    Fluid,
    /// They are not.
    Off,
}
