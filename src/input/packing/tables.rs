//! Two CSV tables, of items and of bins: text → one instance.
//!
//! Items have the columns `name`, optional `class` and `count`; bins have `name`, optional `price` (USD an hour) and
//! `count` (empty: as many as are needed). Every further column is a dimension, the same ones in both tables, with
//! amounts as Kubernetes writes quantities: `2`, `0.5`, `500m`, `4Gi`.

mod cells;
mod sheet;

use super::check::too_large;
use super::vbp::{copies, stem};
use super::{PackingLimits, Problems, Read};
use crate::input::nearest;
use crate::model::packing::{BinKind, Instance, Item};
use cells::{amount, count, of_thousandths, price, shortest};
use sheet::Sheet;
use std::collections::BTreeMap;

const ITEM_COLUMNS: [&str; 3] = ["name", "class", "count"];
const BIN_COLUMNS: [&str; 3] = ["name", "price", "count"];

/// A file's name and its text.
pub type Named<'a> = (&'a str, &'a str);

struct ItemRow {
    line: u64,
    item: Item,
    count: u64,
}

/// Reads an instance from the text of its table of items and of that of its bins.
///
/// # Errors
/// Everything that is wrong with either.
pub fn read_tables(items: Named<'_>, bins: Named<'_>, limits: &PackingLimits) -> Result<Read, Problems> {
    let mut problems = Problems::default();
    let item_sheet = Sheet::read(items, &ITEM_COLUMNS, limits, &mut problems);
    let bin_sheet = Sheet::read(bins, &BIN_COLUMNS, limits, &mut problems);
    let (Some(item_sheet), Some(bin_sheet)) = (item_sheet, bin_sheet) else {
        return Err(problems);
    };
    let matched = matched(&item_sheet, &bin_sheet, &mut problems);
    let mut kinds = kinds(&bin_sheet, &item_sheet.dimensions, &mut problems);
    let mut rows = rows(&item_sheet, &mut problems);
    if !matched || kinds.is_empty() {
        return Err(problems);
    }
    let dimensions = item_sheet.dimensions.clone();
    refuse_useless(&kinds, &rows, bins.0, &dimensions, &mut problems);
    rows.retain(|row| {
        let kinds = kinds.iter().map(|(_, kind)| kind);
        let message = too_large(&row.item, &kinds, &dimensions, of_thousandths);
        let fits = message.is_none();
        message
            .into_iter()
            .for_each(|message| problems.at_line(items.0, row.line, message));
        fits
    });
    let lists = kinds.iter_mut().map(|(_, kind)| &mut kind.capacity);
    shortest(
        lists
            .chain(rows.iter_mut().map(|row| &mut row.item.sizes))
            .collect(),
    );
    let mut instance = Instance {
        name: stem(items.0).to_owned(),
        dimensions,
        kinds: kinds.into_iter().map(|(_, kind)| kind).collect(),
        items: Vec::new(),
        optimum: None,
    };
    let mut total = 0_u64;
    for row in rows {
        total = total.saturating_add(row.count);
        if total > limits.items {
            let message = format!("with this one there are more than {} items", limits.items);
            problems.at_line(items.0, row.line, message);
            break;
        }
        instance.items.extend(copies(row.item, row.count));
    }
    problems.or(Read {
        instance,
        best_known: None,
        place: (items.0.to_owned(), 1),
    })
}

/// Whether both tables have the same dimensions.
fn matched(items: &Sheet<'_>, bins: &Sheet<'_>, problems: &mut Problems) -> bool {
    let mut matched = true;
    for (own, other) in [(items, bins), (bins, items)] {
        for dimension in own
            .dimensions
            .iter()
            .filter(|name| !other.dimensions.contains(name))
        {
            matched = false;
            let near = nearest(dimension, other.dimensions.iter().map(String::as_str));
            let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            let message = format!("column `{dimension}` is not in {}{near}", other.file);
            problems.at_line(own.file, own.header_line, message);
        }
    }
    matched
}

/// What stands in each column of `dimensions`, `None` if one of them is wrong.
fn amounts(
    sheet: &Sheet<'_>,
    row: &sheet::Row,
    dimensions: &[String],
    problems: &mut Problems,
) -> Option<Vec<u64>> {
    let mut all = Vec::with_capacity(dimensions.len());
    for dimension in dimensions {
        let Some(cell) = sheet.cell(row, dimension) else {
            continue;
        };
        match amount(cell) {
            Ok(amount) => all.push(amount),
            Err(message) => problems.at_line(sheet.file, row.line, format!("`{dimension}` {message}")),
        }
    }
    (all.len() == dimensions.len()).then_some(all)
}

fn kinds(sheet: &Sheet<'_>, dimensions: &[String], problems: &mut Problems) -> Vec<(u64, BinKind)> {
    let mut kinds = Vec::new();
    let mut lines = BTreeMap::new();
    for row in &sheet.rows {
        let capacity = amounts(sheet, row, dimensions, problems);
        let mut problem = |message: String| problems.at_line(sheet.file, row.line, message);
        let name = sheet.name(row, &mut lines, &mut problem);
        let price = sheet
            .cell(row, "price")
            .filter(|cell| !cell.is_empty())
            .map(price)
            .transpose();
        let most = sheet
            .cell(row, "count")
            .filter(|cell| !cell.is_empty())
            .map(count)
            .transpose();
        match (capacity, name, price, most) {
            (Some(capacity), Some(name), Ok(price), Ok(most)) => kinds.push((
                row.line,
                BinKind {
                    name,
                    capacity,
                    price,
                    most,
                },
            )),
            (_, _, price, most) => {
                price.err().into_iter().chain(most.err()).for_each(problem);
            }
        }
    }
    if sheet.rows.is_empty() {
        problems.of_file(sheet.file, "it has no bins");
    }
    let priced = kinds.iter().filter(|(_, kind)| kind.price.is_some()).count();
    if priced > 0 {
        for (line, kind) in kinds.iter().filter(|(_, kind)| kind.price.is_none()) {
            let message = format!(
                "`{}` has no price, and others have one: give it to all or none",
                kind.name
            );
            problems.at_line(sheet.file, *line, message);
        }
    }
    kinds
}

fn rows(sheet: &Sheet<'_>, problems: &mut Problems) -> Vec<ItemRow> {
    let mut rows = Vec::new();
    let mut lines = BTreeMap::new();
    for row in &sheet.rows {
        let sizes = amounts(sheet, row, &sheet.dimensions, problems);
        let mut problem = |message: String| problems.at_line(sheet.file, row.line, message);
        let name = sheet.name(row, &mut lines, &mut problem);
        let number = sheet
            .cell(row, "count")
            .filter(|cell| !cell.is_empty())
            .map_or(Ok(1), count);
        match (sizes, name, number) {
            (Some(sizes), Some(name), Ok(count)) => rows.push(ItemRow {
                line: row.line,
                item: Item {
                    name,
                    class: sheet.cell(row, "class").unwrap_or_default().to_owned(),
                    sizes,
                    below_zero: Vec::new(),
                },
                count,
            }),
            (_, _, number) => number.err().into_iter().for_each(problem),
        }
    }
    if sheet.rows.is_empty() {
        problems.of_file(sheet.file, "it has no items");
    }
    rows
}

/// A kind that has nothing of what every item asks for takes none of them.
fn refuse_useless(
    kinds: &[(u64, BinKind)],
    rows: &[ItemRow],
    file: &str,
    dimensions: &[String],
    problems: &mut Problems,
) {
    let needed = |place: usize| rows.iter().all(|row| row.item.sizes[place] > 0);
    for (line, kind) in kinds {
        let mut empty = (0..dimensions.len()).filter(|&place| kind.capacity[place] == 0);
        let all = kind.capacity.iter().all(|&capacity| capacity == 0);
        if let Some(place) = empty.find(|&place| all || needed(place)) {
            let message = format!(
                "bin `{}` has no capacity of `{}`: it takes none of the items",
                kind.name, dimensions[place]
            );
            problems.at_line(file, *line, message);
        }
    }
}
