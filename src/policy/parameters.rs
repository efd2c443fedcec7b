//! What a policy's parameter struct must be: readable, described by a schema, and checked as a whole.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Parameters of a policy, as users write them.
pub trait Parameters: DeserializeOwned + JsonSchema {
    /// What is wrong that a schema cannot say, one sentence each.
    fn problems(&self) -> Vec<String> {
        Vec::new()
    }

    /// Checks what a schema cannot say and prepares what is derived.
    ///
    /// # Errors
    /// Every problem, one sentence each.
    fn prepare(self) -> Result<Self, Vec<String>> {
        let problems = self.problems();
        if problems.is_empty() {
            Ok(self)
        } else {
            Err(problems)
        }
    }

    /// Reads and prepares what users wrote.
    ///
    /// # Errors
    /// Every problem, one sentence each.
    fn read(value: Value) -> Result<Self, Vec<String>> {
        serde_json::from_value::<Self>(value)
            .map_err(|error| vec![error.to_string()])?
            .prepare()
    }
}
