//! What a policy's parameter struct must be: readable, described by a schema, and checked as a whole.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

/// Parameters of a policy, as users write them.
pub trait Parameters: DeserializeOwned + JsonSchema {
    /// Checks what a schema cannot say and prepares what is derived.
    ///
    /// # Errors
    /// Every problem, one sentence each.
    fn prepare(self) -> Result<Self, Vec<String>> {
        Ok(self)
    }
}
