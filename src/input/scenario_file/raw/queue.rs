//! Where requests wait, as users write it: queues, message brokers, and jobs that take messages.
//!
//! Knows: fields and defaults. Must not know: replicas.

use crate::model::units::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where requests wait, and how many may.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Queue {
    /// One queue in front of all replicas, instead of one at each.
    pub(crate) shared: bool,
    /// Most requests that may wait in one queue; more are refused. Without it, there is no limit.
    pub(crate) limit: Option<u32>,
    /// The queue is a message broker's: requests are messages, replicas are workers, slots are messages a worker holds
    /// at a time. When is a message handed out again that its worker did not finish? Without it, it is lost.
    pub(crate) redelivery: Option<Redelivery>,
}

/// What the pod of a job does before it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub(crate) enum Job {
    /// It takes so many messages, one after another, and waits for those that are not there yet.
    Messages(#[schemars(range(min = 1))] u32),
    /// It takes one message after another, and ends as soon as it finds the queue empty.
    UntilEmpty(UntilEmpty),
}

/// There is nothing to set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UntilEmpty {}

/// When a broker hands out again what a worker did not finish. What comes too late was done for nothing.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub(crate) enum Redelivery {
    /// As soon as the worker has gone, and only then: RabbitMQ and other brokers that keep a connection to it.
    Connection(ByConnection),
    /// A time after it was handed out, whether the worker has gone or takes long: Amazon SQS, Google Pub/Sub, Azure
    /// Service Bus.
    Visibility(ByVisibility),
}

/// Redelivery when the worker has gone.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ByConnection {
    /// After so many deliveries a message is given up, to the dead-letter queue; it counts as lost.
    #[schemars(range(min = 1, max = 255))]
    pub(crate) deliveries: u8,
}

impl Default for ByConnection {
    fn default() -> Self {
        Self { deliveries: u8::MAX }
    }
}

/// Redelivery after a time.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ByVisibility {
    /// How long a message stays with the worker that got it; 30 s is Amazon SQS's default.
    pub(crate) timeout: Duration,
    /// After so many deliveries a message is given up, to the dead-letter queue; it counts as lost.
    #[schemars(range(min = 1, max = 255))]
    pub(crate) deliveries: u8,
}

impl Default for ByVisibility {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            deliveries: u8::MAX,
        }
    }
}
