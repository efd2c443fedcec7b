//! OR-Library files of one-dimensional problems: text → several instances.
//!
//! Line 1: the number of problems. Then of each: a line with its name; a line with the bin's capacity, the number of
//! items and the fewest bins known; one size a line. Empty lines do not count.

use super::check::too_large;
use super::number::{told, whole};
use super::vbp::lines;
use super::{PackingLimits, Problems, Read};
use crate::model::packing::{BinKind, Instance, Item};

/// Reads the text of a file; what is wrong goes to `problems`.
#[must_use]
pub fn read(file: &str, text: &str, limits: &PackingLimits, problems: &mut Problems) -> Vec<Read> {
    let lines = lines(text);
    let Some((&(first, count), mut rest)) = lines.split_first() else {
        problems.of_file(
            file,
            "it is empty; expected packing problems as VBP or OR-Library",
        );
        return Vec::new();
    };
    let count = match whole(count.trim(), "the number of problems") {
        Ok(count) => count,
        Err(message) => {
            problems.at_line(file, first, message);
            return Vec::new();
        }
    };
    let mut all = Vec::new();
    let mut budget = limits.items;
    for number in 1..=count {
        if rest.is_empty() {
            let message = format!("the number of problems is {count}, but {} follow", number - 1);
            problems.at_line(file, first, message);
            return all;
        }
        let Some((read, tail)) = one(file, rest, budget, problems) else {
            // Where the next one begins is not known.
            return all;
        };
        rest = tail;
        if let Some(read) = read {
            budget = budget.saturating_sub(read.instance.items.len() as u64);
            all.push(read);
        }
    }
    if let Some((line, text)) = rest.first() {
        let message = format!("found {} after the last of {count} problems", told(text.trim()));
        problems.at_line(file, *line, message);
    }
    all
}

/// A line with its number.
type Line<'t> = (u64, &'t str);

/// The problem that `lines` begin with, if nothing is wrong with it, and the lines after it, if they are known.
fn one<'a, 'b>(
    file: &str,
    lines: &'a [Line<'b>],
    budget: u64,
    problems: &mut Problems,
) -> Option<(Option<Read>, &'a [Line<'b>])> {
    let [(start, name), (head, numbers), rows @ ..] = lines else {
        let (line, name) = lines.first()?;
        let message = format!("problem {} ends after its name", told(name.trim()));
        problems.at_line(file, *line, message);
        return None;
    };
    let name = name.trim();
    let words: Vec<&str> = numbers.split_whitespace().collect();
    let [capacity, count, best_known] = words.as_slice() else {
        let message = format!(
            "problem {} begins with {} numbers, expected 3: capacity, number of items, fewest bins known",
            told(name),
            words.len()
        );
        problems.at_line(file, *head, message);
        return None;
    };
    let mut number = |word: &str, what: &str| {
        let number = whole(word, &format!("the {what} of problem {}", told(name)));
        number
            .map_err(|message| problems.at_line(file, *head, message))
            .ok()
    };
    let capacity = number(capacity, "capacity");
    let best_known = number(best_known, "fewest known bins");
    let count = number(count, "number of items")?;
    if count > budget {
        let message = format!(
            "problem {} has {count} items, more than are read of one file",
            told(name)
        );
        problems.at_line(file, *head, message);
        return None;
    }
    let found = rows.len() as u64;
    if count > found {
        let message = format!(
            "problem {} has {count} items, but the file ends after {found}",
            told(name)
        );
        problems.at_line(file, *head, message);
    }
    let (rows, rest) = rows.split_at(count.min(found) as usize);
    let before = problems.len();
    let capacity = match capacity {
        Some(0) => {
            let message = format!("the bins of problem {} have no capacity", told(name));
            problems.at_line(file, *head, message);
            None
        }
        other => other,
    };
    let mut instance = Instance {
        name: name.to_owned(),
        dimensions: vec!["1".to_owned()],
        kinds: vec![BinKind {
            name: "bin".to_owned(),
            capacity: vec![capacity.unwrap_or(u64::MAX)],
            price: None,
            most: None,
        }],
        items: Vec::with_capacity(rows.len()),
        optimum: None,
    };
    for (place, (line, text)) in (1..).zip(rows) {
        let size = match whole(text.trim(), &format!("the size of item {place}")) {
            Ok(size) => size,
            Err(message) => {
                problems.at_line(file, *line, message);
                continue;
            }
        };
        let item = Item {
            name: place.to_string(),
            class: String::new(),
            sizes: vec![size],
            below_zero: Vec::new(),
        };
        match too_large(&item, &instance.kinds.iter(), &instance.dimensions, |amount| {
            amount.to_string()
        }) {
            Some(message) => problems.at_line(file, *line, message),
            None => instance.items.push(item),
        }
    }
    let whole = problems.len() == before && capacity.is_some() && count <= found;
    let read = whole.then(|| Read {
        instance,
        best_known,
        place: (file.to_owned(), *start),
    });
    Some((read, rest))
}
