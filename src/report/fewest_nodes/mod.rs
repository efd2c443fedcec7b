//! The fewest machines with which waits stay under a limit, by policy and queue: table, CSV, JSON, picture and page.
//!
//! Knows what a search found. Must not know how it goes.

mod csv_file;
mod page;
mod search;
mod table;
#[cfg(test)]
mod tests;

pub use csv_file::{COLUMNS, TRIED_COLUMNS, to_csv, to_tried_csv};
pub use page::{picture, render};
pub use search::{FewestRow, FewestTable};
pub use table::{to_json, to_terminal};
