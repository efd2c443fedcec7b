//! A CSV table with a line of column names, some of them known and the others dimensions.

use super::super::number::told;
use super::super::{PackingLimits, Problems};
use crate::input::nearest;
use std::collections::BTreeMap;

/// One line of data.
#[derive(Debug)]
pub(super) struct Row {
    /// Its line in the file, from 1.
    pub(super) line: u64,
    cells: Vec<String>,
}

/// A whole table.
#[derive(Debug)]
pub(super) struct Sheet<'a> {
    pub(super) file: &'a str,
    pub(super) header_line: u64,
    columns: Vec<String>,
    /// The columns that are not among the known ones, in the order of the file.
    pub(super) dimensions: Vec<String>,
    pub(super) rows: Vec<Row>,
}

impl<'a> Sheet<'a> {
    /// Reads a table whose `known` columns are not dimensions; the first of them is required.
    pub(super) fn read(
        (file, text): (&'a str, &str),
        known: &[&str],
        limits: &PackingLimits,
        problems: &mut Problems,
    ) -> Option<Self> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .comment(Some(b'#'))
            .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let mut sheet = None;
        for record in reader.records() {
            // Of text in UTF-8 in memory every record is one.
            let Ok(record) = record else { continue };
            let line = record.position().map_or(1, csv::Position::line);
            let cells: Vec<String> = record.iter().map(str::to_owned).collect();
            match &mut sheet {
                None => sheet = Some(Self::begin(file, line, cells, known, limits, problems)?),
                Some(sheet) if cells.len() != sheet.columns.len() => {
                    let message = format!("found {} columns, expected {}", cells.len(), sheet.columns.len());
                    problems.at_line(file, line, message);
                }
                Some(sheet) => sheet.rows.push(Row { line, cells }),
            }
        }
        if sheet.is_none() {
            let message = format!(
                "it is empty; expected columns {} and one for each dimension",
                known.join(", ")
            );
            problems.of_file(file, message);
        }
        sheet
    }

    fn begin(
        file: &'a str,
        line: u64,
        columns: Vec<String>,
        known: &[&str],
        limits: &PackingLimits,
        problems: &mut Problems,
    ) -> Option<Self> {
        let before = problems.len();
        for (place, column) in columns.iter().enumerate() {
            if column.is_empty() {
                problems.at_line(file, line, format!("column {} has no name", place + 1));
            } else if columns[..place].contains(column) {
                problems.at_line(file, line, format!("there are two columns {}", told(column)));
            }
        }
        let is_dimension = |column: &&String| !known.contains(&column.as_str());
        let dimensions: Vec<String> = columns.iter().filter(is_dimension).cloned().collect();
        if !columns.iter().any(|column| column == known[0]) {
            let near = nearest(known[0], dimensions.iter().map(String::as_str));
            let near = near.map_or_else(String::new, |near| format!("; is it `{near}`?"));
            problems.at_line(file, line, format!("there is no column `{}`{near}", known[0]));
        } else if dimensions.is_empty() {
            let message = format!("there is no dimension: a column beside {}", known.join(", "));
            problems.at_line(file, line, message);
        }
        if dimensions.len() > limits.dimensions {
            let message = format!(
                "there are {} dimensions, more than {}",
                dimensions.len(),
                limits.dimensions
            );
            problems.at_line(file, line, message);
        }
        (problems.len() == before).then_some(Self {
            file,
            header_line: line,
            columns,
            dimensions,
            rows: Vec::new(),
        })
    }

    /// What stands in a column, if the table has it.
    pub(super) fn cell<'b>(&self, row: &'b Row, column: &str) -> Option<&'b str> {
        let place = self.columns.iter().position(|own| own == column)?;
        row.cells.get(place).map(String::as_str)
    }

    /// The row's name, if it has one that no earlier row has; `lines` knows those.
    pub(super) fn name(
        &self,
        row: &Row,
        lines: &mut BTreeMap<String, u64>,
        problem: &mut dyn FnMut(String),
    ) -> Option<String> {
        let name = self.cell(row, "name").unwrap_or_default();
        if name.is_empty() {
            problem("it has no name".to_owned());
            return None;
        }
        if let Some(first) = lines.get(name) {
            problem(format!("{} is already on line {first}", told(name)));
            return None;
        }
        lines.insert(name.to_owned(), row.line);
        Some(name.to_owned())
    }
}
