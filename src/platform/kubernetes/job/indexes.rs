//! Sets of completion indexes, in the notation of a Job's status: `0-2,5`.

use std::collections::BTreeSet;
use std::fmt;

/// Indexes of an Indexed Job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Indexes(BTreeSet<i32>);

impl Indexes {
    /// Reads `0-2,5`; indexes from `completions` on are left out, and so is what cannot be read.
    #[must_use]
    pub fn parse(text: &str, completions: i32) -> Self {
        let ranges = text.split(',').filter_map(|part| {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            Some(first.parse().ok()?..=last.parse().ok()?)
        });
        Self(ranges.flatten().filter(|&index| index < completions).collect())
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> i32 {
        self.0.len() as i32
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `index` is among them.
    #[must_use]
    pub fn contains(&self, index: i32) -> bool {
        self.0.contains(&index)
    }

    /// Adds an index.
    pub fn insert(&mut self, index: i32) {
        self.0.insert(index);
    }
}

impl fmt::Display for Indexes {
    /// Three and more in a row are written as a range.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut ranges: Vec<(i32, i32)> = Vec::new();
        for &index in &self.0 {
            match ranges.last_mut() {
                Some((_, last)) if *last + 1 == index => *last = index,
                _ => ranges.push((index, index)),
            }
        }
        for (place, &(first, last)) in ranges.iter().enumerate() {
            f.write_str(if place == 0 { "" } else { "," })?;
            match last - first {
                0 => write!(f, "{first}")?,
                1 => write!(f, "{first},{last}")?,
                _ => write!(f, "{first}-{last}")?,
            }
        }
        Ok(())
    }
}
