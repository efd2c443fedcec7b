//! Tables for a terminal: words to the left, numbers to the right, no lines between them.
//!
//! Knows columns and how wide the terminal is. Must not know what is in them.

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};

use super::terminal::{plain, shortened};

/// A row: its texts, then its numbers.
pub(super) type Row = (Vec<String>, Vec<String>);

/// The lines of a whole table whose texts are at most `most` long, after an empty line; none without rows.
pub(super) fn lines(header: &[&str], rows: Vec<Row>, width: usize, most: usize) -> Vec<String> {
    if rows.is_empty() {
        return Vec::new();
    }
    let mut table = table(header, width);
    for (texts, numbers) in rows {
        let texts = texts.iter().map(|text| shortened(&plain(text), most));
        add(&mut table, &texts.chain(numbers).collect::<Vec<_>>());
    }
    vec![String::new(), render(&table)]
}

/// An empty table under `header`.
pub(super) fn table(header: &[&str], width: usize) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic);
    // `render` puts a margin before each line and takes the one after it away.
    table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    table.set_header(
        header
            .iter()
            .enumerate()
            .map(|(i, text)| aligned(i, text))
            .collect::<Vec<_>>(),
    );
    table
}

/// One row more.
pub(super) fn add(table: &mut Table, cells: &[String]) {
    table.add_row(
        cells
            .iter()
            .enumerate()
            .map(|(i, text)| aligned(i, text))
            .collect::<Vec<_>>(),
    );
}

fn aligned(column: usize, text: &str) -> Cell {
    Cell::new(text).set_alignment(if column == 0 {
        CellAlignment::Left
    } else {
        CellAlignment::Right
    })
}

/// Its lines.
pub(super) fn render(table: &Table) -> String {
    table
        .lines()
        .map(|line| format!(" {}", line.trim_end()))
        .collect::<Vec<_>>()
        .join("\n")
}
