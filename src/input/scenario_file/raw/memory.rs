//! How the memory of a container changes while it runs, as users write it.
//!
//! Knows: fields and defaults. Must not know: limits, or who is killed.

use super::load::Origin;
use crate::model::units::{ByteQuantity, Duration};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Memory without any request, by the container's age: since its start, or its last restart.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub(crate) enum MemoryByAge {
    /// In a straight line from `memory_idle` to another amount, where it stays: caches that fill, models that are loaded.
    Ramp {
        /// The amount at its end.
        to: ByteQuantity,
        /// How long it takes.
        over: Duration,
        /// The age at which it begins.
        #[serde(default)]
        after: Duration,
    },
    /// In straight lines from point to point, in place of `memory_idle`; as at the first before it, as at the last after it.
    Points(#[schemars(length(min = 1, max = 10_000))] Vec<MemoryPoint>),
    /// The same from a file.
    Trace(MemoryTrace),
}

/// Memory at an age.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemoryPoint {
    /// The container's age.
    pub(crate) age: Duration,
    /// Its memory then.
    pub(crate) memory: ByteQuantity,
}

/// A CSV with one measurement of memory a row, at most 100 000 of them.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemoryTrace {
    /// The file, also gzipped; looked for beside the scenario file, then in the folder of traces
    /// (`--traces DIR` or `TONNAGE_TRACES`).
    #[schemars(length(min = 1))]
    pub(crate) file: String,
    /// The column of times: seconds, or dates and times.
    #[serde(default = "timestamp_column")]
    pub(crate) timestamp: String,
    /// The column of memory: bytes, or quantities such as `1.5Gi`.
    #[serde(default = "memory_column")]
    pub(crate) memory: String,
    /// Whether ages count from the first row; otherwise they are seconds since the container's start.
    #[serde(default = "yes")]
    pub(crate) from_first_row: bool,
}

impl MemoryTrace {
    /// What it says about its file.
    pub(crate) fn origin(&self) -> Origin<'_> {
        Origin {
            file: &self.file,
            source: None,
            licence: None,
            sha256: None,
        }
    }
}

/// Memory that is never given back until the container is started again, on top of all else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct MemoryLeak {
    /// What each hour takes.
    pub(crate) per_hour: ByteQuantity,
    /// What each request it has served takes; of a main container.
    pub(crate) per_request: ByteQuantity,
}

impl MemoryLeak {
    pub(crate) fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

fn timestamp_column() -> String {
    "timestamp".to_owned()
}

fn memory_column() -> String {
    "memory".to_owned()
}

const fn yes() -> bool {
    true
}
