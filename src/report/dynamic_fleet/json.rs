//! Runs as JSON: the rows of the CSV with their names, numbers as numbers.

use super::csv_file::{to_clusters_csv, to_csv};
use super::runs::DynamicTable;
use serde_json::{Map, Value, json};

/// Everything that the table shows.
#[must_use]
pub fn to_json(table: &DynamicTable) -> Value {
    json!({
        "title": table.title,
        "machines": table.machines,
        "runs": rows(&to_csv(table), 2),
        "virtual_clusters": rows(&to_clusters_csv(table), 3),
        "version": table.version,
        "command": table.command,
    })
}

/// The rows of a CSV with their names; the first `texts` columns are names, the others numbers.
pub(in crate::report) fn rows(csv: &str, texts: usize) -> Vec<Value> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    // It was written a moment ago.
    let header = reader.headers().cloned().unwrap_or_default();
    let rows = reader.records().filter_map(Result::ok).map(|row| {
        let fields = header.iter().zip(row.iter()).enumerate();
        let fields = fields.map(|(column, (name, field))| {
            let value = if column < texts {
                field.into()
            } else {
                value(field)
            };
            (name.to_owned(), value)
        });
        Value::Object(fields.collect::<Map<_, _>>())
    });
    rows.collect()
}

/// A number, true or false; nothing where there is none.
fn value(field: &str) -> Value {
    let number = || field.parse::<f64>().ok().map(Value::from);
    let truth = || field.parse::<bool>().ok().map(Value::from);
    let whole = field.parse::<u64>().ok().map(Value::from);
    whole.or_else(number).or_else(truth).unwrap_or(Value::Null)
}
