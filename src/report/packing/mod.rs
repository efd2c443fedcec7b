//! Packings of items: table, CSV, JSON, pictures and page.
//!
//! Knows what heuristics reached on instances, as plain data. Must not know how they did it.

mod answer;
mod bars;
mod csv_file;
mod gaps;
mod json;
mod page;
mod standing;
mod table;
#[cfg(test)]
mod tests;

pub use answer::{answer, sentences};
pub use bars::{Bar, Bars, Block, bars};
pub(super) use bars::{COLOURS, OTHERS};
pub use csv_file::{HEADER, to_csv};
pub use gaps::gaps;
pub use json::to_json;
pub use page::render;
pub use standing::{Standing, Worst};
pub use table::to_terminal;

use crate::sim::packing::items::PackedInstance;

/// What is shown of a set of packings.
#[derive(Clone, Debug, Default)]
pub struct PackingReport {
    /// Where the instances are from.
    pub title: String,
    /// The heuristics, in the order asked for.
    pub policies: Vec<String>,
    /// What they reached, one entry an instance that was packed.
    pub instances: Vec<PackedInstance>,
    /// How many there were to pack.
    pub asked: u64,
    /// The kinds of bins, if there is one instance that has several.
    pub kinds: Vec<String>,
    /// The packing with the fewest bins, or the cheapest, if there is one instance.
    pub bars: Option<Bars>,
    /// What a reader must know of how the instances were read.
    pub notes: Vec<String>,
    /// The command that repeats it.
    pub command: String,
    /// Tonnage's version.
    pub version: String,
}
