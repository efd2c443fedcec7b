//! Runs as JSON: the rows of the CSV with their names, numbers as numbers.

use super::csv_file::to_csv;
use super::runs::DynamicTable;
use serde_json::{Map, Value, json};

/// Everything that the table shows.
#[must_use]
pub fn to_json(table: &DynamicTable) -> Value {
    let text = to_csv(table);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    // It was written a moment ago.
    let header = reader.headers().cloned().unwrap_or_default();
    let rows = reader.records().filter_map(Result::ok).map(|row| {
        let fields = header.iter().zip(row.iter()).enumerate();
        let fields = fields.map(|(column, (name, field))| (name.to_owned(), value(column, field)));
        Value::Object(fields.collect::<Map<_, _>>())
    });
    json!({
        "title": table.title,
        "machines": table.machines,
        "runs": rows.collect::<Vec<_>>(),
        "version": table.version,
        "command": table.command,
    })
}

/// The first two columns are names.
fn value(column: usize, field: &str) -> Value {
    if column < 2 {
        return field.into();
    }
    let number = || field.parse::<f64>().ok().map(Value::from);
    field
        .parse::<u64>()
        .ok()
        .map(Value::from)
        .or_else(number)
        .unwrap_or(Value::Null)
}
