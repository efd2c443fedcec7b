//! VBP files: text → one instance.
//!
//! Line 1: the number of dimensions D. Line 2: D capacities of the bin. Line 3: the number of lines that follow. Then one
//! item a line: D sizes and how many there are of it. Empty lines do not count. Sizes are 0 or more, but for published
//! triplets: see `triplets`.

use super::check::too_large;
use super::number::{told, whole};
use super::triplets::fill_bins_exactly;
use super::{PackingLimits, Problems, Read};
use crate::model::packing::{BinKind, Instance, Item};

/// Lines with something on them and their numbers, from 1.
pub(super) type Lines<'a> = Vec<(u64, &'a str)>;

/// The lines of `text` that are not empty.
pub(super) fn lines(text: &str) -> Lines<'_> {
    let numbered = (1..).zip(text.lines());
    numbered.filter(|(_, line)| !line.trim().is_empty()).collect()
}

/// A file's name without its folder, archive and endings.
pub(super) fn stem(file: &str) -> &str {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let name = name.strip_suffix(".gz").unwrap_or(name);
    name.rsplit_once('.')
        .map_or(name, |(stem, _)| if stem.is_empty() { name } else { stem })
}

/// Reads the text of one VBP file; what is wrong goes to `problems`, and then there is no instance.
#[must_use]
pub fn read(file: &str, text: &str, limits: &PackingLimits, problems: &mut Problems) -> Option<Read> {
    let lines = lines(text);
    let before = problems.len();
    let mut reader = Reader {
        file,
        limits,
        problems,
    };
    let end = lines.last().map_or(1, |(line, _)| *line);
    let [
        (first, dimensions),
        (second, capacities),
        (third, count),
        rows @ ..,
    ] = lines.as_slice()
    else {
        // Whoever is handed a file of something else should not be told that it is too short.
        if let [(first, dimensions), ..] = lines.as_slice() {
            reader.one(*first, dimensions, "the number of dimensions")?;
        }
        reader.problems.at_line(
            file,
            end,
            "it ends too early: expected the number of dimensions, the capacities and the number of items, a line each",
        );
        return None;
    };
    let dimensions = reader.one(*first, dimensions, "the number of dimensions")?;
    let most = limits.dimensions as u64;
    if !(1..=most).contains(&dimensions) {
        let message = format!("the number of dimensions is {dimensions}, expected 1 to {most}");
        problems.at_line(file, *first, message);
        return None;
    }
    let dimensions = dimensions as usize;
    let capacity = reader.numbers(*second, capacities, dimensions, "capacity");
    for (place, capacity) in capacity.iter().flatten().enumerate() {
        if *capacity == 0 {
            let message = format!("the bin's capacity is 0 in dimension {}", place + 1);
            reader.problems.at_line(file, *second, message);
        }
    }
    if let Some(count) = reader.one(*third, count, "the number of items")
        && count != rows.len() as u64
    {
        let found = rows.len();
        let lines = if found == 1 {
            "1 line of items follows".to_owned()
        } else {
            format!("{found} lines of items follow")
        };
        let message = format!("the number of items is {count}, but {lines}");
        reader.problems.at_line(file, *third, message);
    }
    let rows = reader.rows(rows, dimensions, capacity.as_deref());
    // Where there is no capacity, that has been said already: it is not said of every item too.
    let told = |capacity: u64| if capacity == 0 { u64::MAX } else { capacity };
    let capacity = capacity?.into_iter().map(told).collect();
    let mut instance = Instance {
        name: stem(file).to_owned(),
        dimensions: (1..=dimensions).map(|number| number.to_string()).collect(),
        kinds: vec![BinKind {
            name: "bin".to_owned(),
            capacity,
            price: None,
            most: None,
        }],
        items: Vec::new(),
        optimum: None,
    };
    let mut items = 0_u64;
    for row in rows {
        let kinds = instance.kinds.iter();
        let message = too_large(&row.item, &kinds, &instance.dimensions, |amount| {
            amount.to_string()
        });
        if let Some(message) = message {
            problems.at_line(file, row.line, message);
            continue;
        }
        items = items.saturating_add(row.copies);
        if items > limits.items {
            let message = format!("with this one there are more than {} items", limits.items);
            problems.at_line(file, row.line, message);
            break;
        }
        instance.items.extend(copies(row.item, row.copies));
    }
    (problems.len() == before).then(|| Read {
        instance,
        best_known: None,
        place: (file.to_owned(), 1),
    })
}

/// So many of an item, each with a name of its own.
pub(super) fn copies(item: Item, count: u64) -> impl Iterator<Item = Item> {
    (1..=count).map(move |number| Item {
        name: match count {
            1 => item.name.clone(),
            _ => format!("{}.{number}", item.name),
        },
        ..item.clone()
    })
}

struct Row {
    line: u64,
    item: Item,
    copies: u64,
}

struct Reader<'a> {
    file: &'a str,
    limits: &'a PackingLimits,
    problems: &'a mut Problems,
}

impl Reader<'_> {
    /// The only number on a line.
    fn one(&mut self, line: u64, text: &str, what: &str) -> Option<u64> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let number = match words.as_slice() {
            [word] => whole(word, what),
            _ => Err(format!("found {}, expected {what} alone", told(text.trim()))),
        };
        number
            .map_err(|message| self.problems.at_line(self.file, line, message))
            .ok()
    }

    /// So many numbers on a line.
    fn numbers(&mut self, line: u64, text: &str, count: usize, what: &str) -> Option<Vec<u64>> {
        let words: Vec<&str> = text.split_whitespace().take(count + 1).collect();
        let mut good = words.len() == count;
        if !good {
            let found = text.split_whitespace().count();
            let message = format!("found {found} numbers, expected {count}, a {what} for each dimension");
            self.problems.at_line(self.file, line, message);
        }
        let mut numbers = Vec::with_capacity(count);
        for (place, word) in words.iter().take(count).enumerate() {
            match whole(word, &format!("the {what} in dimension {}", place + 1)) {
                Ok(number) => numbers.push(number),
                Err(message) => {
                    good = false;
                    self.problems.at_line(self.file, line, message);
                }
            }
        }
        good.then_some(numbers)
    }

    fn rows(&mut self, lines: &[(u64, &str)], dimensions: usize, capacity: Option<&[u64]>) -> Vec<Row> {
        let mut rows = Vec::new();
        // Asked only where a size is below 0.
        let mut triplets = None;
        for (number, &(line, text)) in (1_u64..).zip(lines) {
            let words: Vec<&str> = text.split_whitespace().take(self.limits.dimensions + 2).collect();
            let found = words.len();
            if found != dimensions + 1 {
                let message = format!(
                    "item {number} has {found} numbers, expected {}: {dimensions} sizes and how many there are",
                    dimensions + 1
                );
                self.problems.at_line(self.file, line, message);
                continue;
            }
            let mut row = Row {
                line,
                item: Item {
                    name: number.to_string(),
                    class: String::new(),
                    sizes: Vec::with_capacity(dimensions),
                    below_zero: Vec::new(),
                },
                copies: 0,
            };
            let before = self.problems.len();
            for (place, word) in words[..dimensions].iter().enumerate() {
                let below = word.strip_prefix('-').and_then(|digits| digits.parse().ok());
                if let (Some(below), Some(capacity)) = (below, capacity)
                    && *triplets.get_or_insert_with(|| fill_bins_exactly(lines, capacity))
                {
                    row.item.below_zero.resize(dimensions, 0);
                    row.item.below_zero[place] = below;
                    row.item.sizes.push(0);
                    continue;
                }
                match whole(
                    word,
                    &format!("the size of item {number} in dimension {}", place + 1),
                ) {
                    Ok(size) => row.item.sizes.push(size),
                    Err(message) => self.problems.at_line(self.file, line, message),
                }
            }
            match whole(words[dimensions], &format!("the demand of item {number}")) {
                Ok(0) => {
                    let message = format!("the demand of item {number} is 0, expected 1 or more");
                    self.problems.at_line(self.file, line, message);
                }
                Ok(copies) => row.copies = copies,
                Err(message) => self.problems.at_line(self.file, line, message),
            }
            if self.problems.len() == before {
                rows.push(row);
            }
        }
        rows
    }
}
