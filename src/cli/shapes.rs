//! `shapes`: the machine types of the built-in price list.

use super::arguments::Format;
use super::tables::columns;
use super::{Context, Exit, Failure};
use crate::input::price_file::{embedded_prices, write_price_file};
use serde_json::json;

pub(super) fn shapes(context: &Context) -> Result<Exit, Failure> {
    let book = embedded_prices();
    let gib = |bytes: u64| bytes as f64 / f64::from(1_u32 << 30);
    let header = [
        "shape",
        "cpu",
        "memory_gib",
        "gpu",
        "usd_per_hour",
        "region",
        "kind",
    ];
    let rows = book.shapes.iter().map(|shape| {
        let gpu = shape.gpus.as_ref().map(|(name, count)| format!("{count} {name}"));
        vec![
            shape.name.clone(),
            (shape.cpu_milli as f64 / 1000.0).to_string(),
            gib(shape.memory_bytes).to_string(),
            gpu.unwrap_or_default(),
            format!("{:.4}", shape.price_per_hour.usd()),
            shape.region.clone(),
            shape.kind.clone(),
        ]
    });
    match context.console.format() {
        Format::Table => {
            let table = columns(&header, rows, context.console.sheet().width);
            let about = format!(
                "List prices as of {} ({}). They change and leave out discounts;\nreplace them with `cluster.prices: FILE`.",
                book.as_of, book.source
            );
            context.console.print(&format!("{table}\n{about}"))?;
        }
        Format::Csv => context.console.print(&write_price_file(&book))?,
        Format::Json => {
            let list: Vec<_> = rows
                .map(|row| {
                    header
                        .iter()
                        .zip(row)
                        .map(|(&key, value)| (key.to_owned(), json!(value)))
                        .collect()
                })
                .map(serde_json::Value::Object)
                .collect();
            context
                .console
                .print_json(&json!({"as_of": book.as_of, "source": book.source, "shapes": list}))?;
        }
    }
    Ok(Exit::Done)
}
