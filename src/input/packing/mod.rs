//! Packing problems: instance files → [`Instance`].
//!
//! Knows: the formats of instance files and archives of them, and how to say what is wrong, all of it at once, by file and
//! line. Must not know: how an instance is packed.
//!
//! Instances come as VBP (vector bin packing: capacities, then sizes and a demand a line), as OR-Library files of one
//! dimension (several problems a file), or as two CSV tables of items and bins; see [`vbp`], [`or_library`] and
//! [`tables`]. Everything is read within bounds before anything is packed.

mod check;
mod files;
pub mod item_order;
mod natural_order;
mod number;
pub mod optima;
pub mod or_library;
mod problems;
pub mod tables;
#[cfg(test)]
mod tests;
mod triplets;
pub mod vbp;

pub use files::read_text;
pub use item_order::ItemOrder;
pub use optima::Optima;
pub use problems::{Problem, Problems};
pub use tables::read_tables;

use crate::model::packing::Instance;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// How much is read before it is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackingLimits {
    /// Bytes of all files together, once they are unpacked.
    pub bytes: u64,
    /// Files in folders and archives.
    pub files: usize,
    /// Folders and archives within one another.
    pub depth: usize,
    /// Items of one instance, copies counted.
    pub items: u64,
    /// Items of all instances together.
    pub all_items: u64,
    /// Dimensions of one instance.
    pub dimensions: usize,
}

impl Default for PackingLimits {
    fn default() -> Self {
        Self {
            bytes: 512 << 20,
            files: 100_000,
            depth: 8,
            items: 1_000_000,
            all_items: 20_000_000,
            dimensions: 64,
        }
    }
}

/// An instance as a file has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// The problem.
    pub instance: Instance,
    /// The fewest bins that anybody had reached when the file was made: no less than the optimum.
    pub best_known: Option<u64>,
    /// The file, and the line it begins on.
    pub place: (String, u64),
}

/// Reads the instances of files, folders, `.gz` and `.tar.gz` files: in the order of `paths`, within each by name, numbers in
/// names by value.
///
/// # Errors
/// Everything that is wrong with any of them.
pub fn read_instances(paths: &[PathBuf], limits: &PackingLimits) -> Result<Vec<Read>, Problems> {
    let mut problems = Problems::default();
    let mut all = Vec::new();
    let mut budget = limits.all_items;
    files::each_text(paths, limits, &mut problems, &mut |name, text, problems| {
        let limits = PackingLimits {
            items: limits.items.min(budget),
            ..*limits
        };
        let read = match format(name, text) {
            Format::Vbp => vbp::read(name, text, &limits, problems).into_iter().collect(),
            Format::OrLibrary => or_library::read(name, text, &limits, problems),
        };
        let items = |read: &Read| read.instance.items.len() as u64;
        budget = budget.saturating_sub(read.iter().map(items).sum());
        all.extend(read);
    });
    let mut names: BTreeMap<&str, &Read> = BTreeMap::new();
    for read in &all {
        if let Some(first) = names.insert(&read.instance.name, read) {
            let (file, line) = &first.place;
            let message = format!(
                "a second instance is named `{}`; the first is in {file}:{line}",
                read.instance.name
            );
            problems.at_line(&read.place.0, read.place.1, message);
        }
    }
    if all.is_empty() && problems.is_empty() {
        let paths: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
        problems.of_file(
            &paths.join(", "),
            "found no instance; expected .vbp or .txt files, plain, .gz or in a .tar.gz",
        );
    }
    problems.or(all)
}

enum Format {
    Vbp,
    OrLibrary,
}

/// By the name, or else by the third line: of VBP it is the number of items, of OR-Library capacity, number and best known.
fn format(name: &str, text: &str) -> Format {
    if name.trim_end_matches(".gz").ends_with(".vbp") {
        return Format::Vbp;
    }
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let (second, third) = (lines.nth(1), lines.next());
    let words = |line: Option<&str>| line.map_or(0, |line| line.split_whitespace().count());
    let numeric = second.is_some_and(|line| line.split_whitespace().all(|word| word.parse::<u64>().is_ok()));
    match words(third) {
        3 => Format::OrLibrary,
        1 if numeric => Format::Vbp,
        _ if words(second) > 1 => Format::Vbp,
        _ => Format::OrLibrary,
    }
}
