//! Queues behave as theory says: closed forms, laws of conservation, and laws about pairs of runs.

mod closed_forms;
mod early_parting;
mod little;
mod paired;
